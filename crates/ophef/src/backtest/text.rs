//! A backtest for people, on the terminal.

use std::io::{self, Write};

use mention::Spike;

use super::compare::Comparison;
use super::found::{Found, Row};
use super::interval::Estimate;
use super::labels::{Delays, Label, Verdict};
use super::{Other, Outcome};
use crate::demo::report;

/// Brands that are listed: a terminal isn't a table of thousands.
const BRANDS: usize = 50;

/// Writes what the backtest found.
pub(super) fn print(outcome: &Outcome<'_>, out: &mut impl Write) -> io::Result<()> {
    let found = &outcome.found;
    print_input(found, out)?;
    print_brands(found, out)?;
    for spike in report::in_order(&found.spikes) {
        writeln!(out, "  {}", report::line(spike))?;
    }
    if let Some(verdict) = found.verdict() {
        print_verdict(&verdict, found, out)?;
    }
    if let Some(other) = &outcome.other {
        print_comparison(found, other, out)?;
    }
    Ok(())
}

fn print_input(found: &Found, out: &mut impl Write) -> io::Result<()> {
    let alarms = found.alarms().len();
    writeln!(
        out,
        "{} mentions of {} over {:.1} weeks, {} dead letters: {}, {:.2} a brand and week",
        found.lines,
        several(found.brands.len(), "brand"),
        found.weeks(),
        found.dead.values().sum::<u64>(),
        several(alarms, "alarm"),
        alarms_a_week(found),
    )?;
    for (reason, count) in &found.dead {
        let first = found.first_dead.get(reason).map_or("", String::as_str);
        writeln!(
            out,
            "  dead letters, {reason}: {count} (the first: {first})"
        )?;
    }
    let mut others = found.brands.keys().filter(|slug| !found.is_watched(slug));
    if let Some(one) = others.next() {
        writeln!(
            out,
            "  not watched: {} that the configuration doesn't name, such as {one}",
            several(others.count() + 1, "brand")
        )?;
    }
    Ok(())
}

/// Alarms a brand and week.
#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
pub(super) fn alarms_a_week(found: &Found) -> f64 {
    found.alarms().len() as f64 / found.weeks() / found.watched().max(1) as f64
}

fn print_brands(found: &Found, out: &mut impl Write) -> io::Result<()> {
    let rows = found.rows();
    let watched = rows.iter().filter(|row| row.is_watched);
    for row in watched.clone().take(BRANDS) {
        writeln!(
            out,
            "  {}: {} mentions, {:.1} weeks, {}, {} a week, {}",
            row.brand,
            row.mentions,
            row.weeks,
            several(row.alarms, "alarm"),
            with_interval(row.rate),
            several(row.notes, "note"),
        )?;
    }
    let more = watched.count().saturating_sub(BRANDS);
    if more > 0 {
        writeln!(out, "  and {more} brands more; --json has them all")?;
    }
    Ok(())
}

/// So many of them: `1 alarm`, `2 alarms`.
pub(super) fn several(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A figure with its interval: `1.00 (0.03 to 5.57)`.
pub(super) fn with_interval(estimate: Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:.2} ({low:.2} to {high:.2})")
}

fn print_verdict(verdict: &Verdict, found: &Found, out: &mut impl Write) -> io::Result<()> {
    let judged = verdict.found.len() + verdict.missed.len();
    writeln!(
        out,
        "labels: {} of {judged} found, recall {}, precision {}{}",
        verdict.found.len(),
        or_none(verdict.recall()),
        or_none(verdict.precision()),
        delay(verdict),
    )?;
    for hit in &verdict.found {
        writeln!(
            out,
            "  found after {:.0} min and {} mentions: {}",
            hit.minutes,
            hit.mentions,
            label(&hit.label)
        )?;
    }
    for missed in &verdict.missed {
        writeln!(out, "  missed: {}", label(missed))?;
    }
    for unrecorded in &verdict.unrecorded {
        writeln!(
            out,
            "  outside the recording, not judged: {}",
            label(unrecorded)
        )?;
    }
    for spike in verdict.outside.iter().filter_map(|id| found.spikes.get(id)) {
        writeln!(out, "  false, outside every label: {}", report::line(spike))?;
    }
    for sentence in remarks(verdict) {
        writeln!(out, "  {sentence}")?;
    }
    Ok(())
}

/// What must be known to read precision and recall rightly.
pub(super) fn remarks(verdict: &Verdict) -> Vec<String> {
    let extra = (verdict.extra > 0).then(|| {
        format!(
            "{} within a label that was found already: neither good nor false",
            several(verdict.extra, "alarm")
        )
    });
    let unjudged = (verdict.unjudged > 0).then(|| {
        format!(
            "{} of which the labels say nothing: not judged",
            several(verdict.unjudged, "alarm")
        )
    });
    extra.into_iter().chain(unjudged).collect()
}

/// The delays in words; nothing if nothing was found.
pub(super) fn delay(verdict: &Verdict) -> String {
    let words = |delays: Delays, unit: &str| {
        let Delays { median, p90 } = delays;
        format!("median {median:.0} and nine in ten within {p90:.0} {unit}")
    };
    match (verdict.minutes(), verdict.mentions()) {
        (Some(minutes), Some(mentions)) => format!(
            "; delay {}, {}",
            words(minutes, "minutes"),
            words(mentions, "mentions")
        ),
        _ => String::new(),
    }
}

/// An estimate, or that there is none.
pub(super) fn or_none(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "unknown (there is none)".to_owned(), with_interval)
}

fn label(label: &Label) -> String {
    let name = if label.name.is_empty() {
        String::new()
    } else {
        format!(" ({})", label.name)
    };
    format!(
        "{} from {} to {}{name}",
        label.brand,
        report::short_time(&label.from.to_string()),
        report::short_time(&label.until.to_string()),
    )
}

fn print_comparison(found: &Found, other: &Other<'_>, out: &mut impl Write) -> io::Result<()> {
    let (first, second) = (found.alarms(), other.found.alarms());
    let comparison = Comparison::of(&first, &second);
    writeln!(
        out,
        "with {}: {} instead of {}, {:.2} a brand and week instead of {:.2}",
        other.name,
        several(second.len(), "alarm"),
        first.len(),
        alarms_a_week(&other.found),
        alarms_a_week(found),
    )?;
    print_changed_brands(found, &other.found, out)?;
    for pair in &comparison.both {
        let when = change(pair.later_minutes());
        writeln!(out, "  {when}: {}", report::line(pair.second))?;
    }
    let mut list = |what: &str, spikes: &[&Spike]| {
        spikes
            .iter()
            .try_for_each(|spike| writeln!(out, "  {what}: {}", report::line(spike)))
    };
    list("no more", &comparison.only_first)?;
    list("new", &comparison.only_second)?;
    if let (Some(here), Some(there)) = (found.verdict(), other.found.verdict()) {
        writeln!(
            out,
            "  labels: recall {} instead of {}, precision {} instead of {}{}",
            or_none(there.recall()),
            or_none(here.recall()),
            or_none(there.precision()),
            or_none(here.precision()),
            delay(&there),
        )?;
    }
    Ok(())
}

/// The brands whose alarms a week change.
fn print_changed_brands(here: &Found, there: &Found, out: &mut impl Write) -> io::Result<()> {
    let then = there.rows();
    let pairs = here.rows().into_iter().filter_map(|row| {
        let then = then.iter().find(|then| then.brand == row.brand)?;
        let changes = (then.alarms, then.is_watched) != (row.alarms, row.is_watched);
        changes.then_some((row, *then))
    });
    for (row, then) in pairs.take(BRANDS) {
        let rate = |row: &Row<'_>| {
            let rate = format!("{} a week", with_interval(row.rate));
            if row.is_watched {
                rate
            } else {
                "not watched".to_owned()
            }
        };
        writeln!(
            out,
            "  {}: {} instead of {}",
            row.brand,
            rate(&then),
            rate(&row)
        )?;
    }
    Ok(())
}

/// How much later than before, in words.
pub(super) fn change(later_minutes: f64) -> String {
    match later_minutes {
        m if m > 0.0 => format!("{m:.0} minutes later"),
        m if m < 0.0 => format!("{:.0} minutes earlier", -m),
        _ => "at the same time".to_owned(),
    }
}
