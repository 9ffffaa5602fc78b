//! The commands that need no Kafka: `check`, `schema`, `completions`.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use settings::{EXAMPLE, Environment, Settings};

use crate::cli::Cli;
use crate::second::{self, Pace};

/// `ophef check`: says that the configuration is right, and what it comes to.
///
/// # Errors
/// Every mistake found; standard output can't be written.
pub(crate) fn check(file: Option<&Path>, environment: &Environment) -> anyhow::Result<()> {
    let settings = Settings::load(file, environment)?;
    service::logging::check(&settings.log.filter)?;
    let brands = match settings.brand.as_slice() {
        [] => "every brand found in the data is tracked".to_owned(),
        brands => {
            let slugs: Vec<_> = brands.iter().map(|brand| brand.slug.as_str()).collect();
            format!("{} tracked: {}", brands.len(), slugs.join(", "))
        }
    };
    let own_model = second::load(&settings, Pace::Stream)?.map(|second| {
        format!(
            "  model   {} behind the built-in one\n",
            second.model.name()
        )
    });
    let events = match settings.event.len() {
        0 => String::new(),
        count => format!("  events  {count} announced\n"),
    };
    let summary = format!(
        "The configuration is right.\n  Kafka   {}\n  brands  {brands}\n  budget  {} false alarms per brand and week\n{events}{}",
        settings.kafka.brokers,
        settings.watch.alarms_per_week,
        own_model.unwrap_or_default(),
    );
    Ok(io::stdout().write_all(summary.as_bytes())?)
}

/// `ophef check --example`.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn example() -> anyhow::Result<()> {
    Ok(io::stdout().write_all(EXAMPLE.as_bytes())?)
}

/// `ophef schema`: one file a topic.
///
/// # Errors
/// The folder can't be written.
pub(crate) fn schema(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("can't create the folder {}", folder.display()))?;
    for (name, schema) in mention::schema::all() {
        let path = folder.join(name);
        std::fs::write(&path, format!("{schema:#}\n"))
            .with_context(|| format!("can't write {}", path.display()))?;
        writeln!(io::stdout(), "{}", path.display())?;
    }
    Ok(())
}

/// `ophef completions`.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    // Into memory first: the generator panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ophef", &mut script);
    Ok(io::stdout().write_all(&script)?)
}
