//! `ophef metrics`: what the services export, from the code that exports it.

use std::io::{self, Write};

use service::Context;
use service::metrics::table;

const HEAD: &str = "\
# Metrics

Served at `/metrics` of every service, as text 0.0.4 or, when asked for, as OpenMetrics with exemplars (`mention`, the hashed id that a spike's examples carry too). This page is written by `ophef metrics`.

Labels are bounded: brands by the configuration, or by 500 (of care, 200) where they are found in the data (all others are counted as `other`, and their alerts are exported all the same); platforms, kinds, aspects, sentiments and reasons are closed sets; `spike`, `driver`, `term` and `thread` exist only while a spike is open, a few each; `term` also while it rises, five a brand; competitors are bounded by the configuration, campaigns by eight a brand. After a rebalance two instances may export a brand for a moment: take the `max by (brand, platform)`.
";

/// Prints the page.
///
/// # Errors
/// A fault of the program; standard output can't be written.
pub(crate) fn print() -> anyhow::Result<()> {
    Ok(io::stdout().write_all(page()?.as_bytes())?)
}

fn page() -> anyhow::Result<String> {
    let shared = Context::default();
    shared.announce("")?;
    #[cfg(target_os = "linux")]
    shared.registry.add_process()?;
    let watch = Context::default();
    drop(watch::Metrics::register(&watch.registry)?);
    let care = Context::default();
    drop(care::Metrics::register(&care.registry)?);
    let canary = Context::default();
    drop(canary::Metrics::register(&canary.registry)?);
    let console = Context::default();
    drop(console::Metrics::register(&console.registry)?);
    let source = Context::default();
    drop(sources::Metrics::register(&source.registry)?);
    let mut page = HEAD.to_owned();
    for (title, inventory) in [
        ("Every service", shared.registry.inventory()),
        ("ingest", ingest::inventory()?),
        ("score", score::inventory()?),
        ("watch", watch.registry.inventory()),
        ("care", care.registry.inventory()),
        ("insight", insight::inventory()?),
        ("canary", canary.registry.inventory()),
        ("console", console.registry.inventory()),
        ("source", source.registry.inventory()),
    ] {
        page += &format!("\n## {title}\n\n{}", table(&inventory));
    }
    Ok(page)
}
