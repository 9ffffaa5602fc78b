//! What the demo says at its end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use mention::{Driver, Spike};
use serde_json::{Value, json};

use super::observed::Observed;

/// The JSON object of `ophef demo --json`.
pub(super) fn json(observed: &Observed, wall: Duration) -> Value {
    json!({
        "in": observed.mentions(),
        "campaign_totals": observed.totals,
        "scored": observed.scored,
        "dead": observed.dead,
        "spikes": in_order(&observed.spikes),
        "complete": observed.is_done,
        "wall_seconds": (wall.as_secs_f64() * 1_000.0).round() / 1_000.0,
    })
}

/// Spikes by onset and id, as every report lists them.
pub(crate) fn in_order(spikes: &BTreeMap<String, Spike>) -> Vec<&Spike> {
    let mut spikes: Vec<_> = spikes.values().collect();
    spikes.sort_by(|a, b| (a.onset, &a.id).cmp(&(b.onset, &b.id)));
    spikes
}

/// A spike in one line for people: what, where, how bad, when, and why.
pub(crate) fn line(spike: &Spike) -> String {
    let until = match spike.closed_at {
        Some(closed) => format!("until {}", short_time(&closed.to_string())),
        None => "still open".to_owned(),
    };
    let pages = if spike.pages { "" } else { ", doesn't page" };
    format!(
        "{} on {}: {} (severity {}{pages}) from {}, seen {}, {until}; \
         {} of {} negative where {:.0} % is usual{}",
        spike.brand,
        spike.platform,
        spike.spike_kind.as_str().replace('_', " "),
        spike.severity,
        short_time(&spike.onset.to_string()),
        short_time(&spike.detected_at.to_string()),
        spike.observed.negative,
        spike.observed.total,
        spike.expected.share * 100.0,
        reasons(spike),
    )
}

/// The largest drivers and terms. What says nothing to people – most authors
/// are small, most posts are in one language – is left out.
pub(crate) fn reasons(spike: &Spike) -> String {
    let tells = |d: &&Driver| {
        matches!(
            d.dimension.as_str(),
            "platform" | "aspect" | "kind" | "thread"
        ) && !matches!(d.value.as_str(), "other" | "none")
            && d.share >= 0.2
    };
    let mut drivers: Vec<_> = spike.drivers.iter().filter(tells).collect();
    drivers.sort_by(|a, b| b.share.total_cmp(&a.share));
    let drivers = drivers.iter().take(3).map(|driver| {
        let value = match driver.dimension.as_str() {
            "thread" => "one thread",
            _ => driver.value.as_str(),
        };
        format!("{value} {:.0} %", driver.share * 100.0)
    });
    let terms = spike
        .terms
        .iter()
        .take(5)
        .map(|t| t.term.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let terms = (!terms.is_empty()).then(|| format!("words: {terms}"));
    let reasons: Vec<_> = drivers.chain(terms).collect();
    if reasons.is_empty() {
        String::new()
    } else {
        format!("; {}", reasons.join("; "))
    }
}

/// `2026-03-02T09:00:00.123Z` as `2026-03-02 09:00`.
pub(crate) fn short_time(time: &str) -> String {
    time.get(..16).unwrap_or(time).replacen('T', " ", 1)
}

/// The closing words for people.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn print(observed: &Observed, is_live: bool, wall: Duration) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let totals = match observed.totals {
        0 => String::new(),
        totals => format!("{totals} totals of campaigns, "),
    };
    writeln!(
        out,
        "{} {} in, {totals}{} scored, {} dead letters, {} spikes, {:.1} s",
        observed.mentions(),
        if is_live { "posts" } else { "mentions" },
        observed.scored,
        observed.dead_letters(),
        observed.spikes.len(),
        wall.as_secs_f64(),
    )?;
    for spike in in_order(&observed.spikes) {
        writeln!(out, "  {}", line(spike))?;
    }
    Ok(())
}
