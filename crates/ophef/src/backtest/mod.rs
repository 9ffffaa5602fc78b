//! `ophef backtest`: recorded mentions through the very stages of production,
//! one after the other in memory, without Kafka.

mod compare;
mod feedback;
mod found;
mod html;
mod interval;
mod json;
mod labels;
mod replay;
mod text;
mod timeline;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use settings::Settings;

use crate::cli::{self, Story};
use crate::demo;
use crate::recording::Recording;
use crate::volume;
use found::Found;
use labels::Labels;
use replay::replay;
use timeline::Timeline;

/// A backtest that is done, for those who tell of it.
struct Outcome<'a> {
    /// The recording's name.
    recording: String,
    settings: &'a Settings,
    found: Found,
    /// The other configuration with what it finds.
    other: Option<Other<'a>>,
    /// The hours, if a report is asked for.
    hours: Option<Timeline>,
    labels: Option<Labels>,
}

/// The configuration that is compared with.
struct Other<'a> {
    /// Its file.
    name: String,
    settings: &'a Settings,
    found: Found,
}

/// Answers `ophef backtest`; `other` are the settings of `--compare`.
///
/// # Errors
/// A file can't be read or written, the recording holds lines but not one that
/// can be used, or the labels don't fit to it.
pub(crate) fn run(
    args: &cli::Backtest,
    settings: &Settings,
    other: Option<&Settings>,
) -> anyhow::Result<()> {
    if let (Some(input), Some(output)) = (&args.volume, &args.scores) {
        return volume::run(input, output);
    }
    let mut settings = settings.clone();
    if let Some(budget) = args.alarms_per_week {
        set_budget(&mut settings, budget);
    }
    let inputs = [&args.from, &args.labels, &args.feedback, &args.compare];
    refuse_overwriting(inputs, args.html.as_deref())?;
    let labels = match (&args.labels, &args.feedback) {
        (Some(file), _) => Some(Labels::read(file)?),
        (None, Some(file)) => Some(feedback::read(file)?),
        (None, None) => None,
    };
    let now = service::clock::now();
    let recording = demo::open(args.from.as_deref(), Story::Week, now)?;
    let configurations: Vec<&Settings> = std::iter::once(&settings).chain(other).collect();
    let with_hours = args.html.is_some();
    let labels_read = labels.as_ref();
    let (found, hours) = replay(&recording, &configurations, labels_read, with_hours, now)?;
    let mut found = found.into_iter();
    let first = found.next().unwrap_or_default();
    if let Some(labels) = labels_read.filter(|_| first.scored > 0) {
        check_labels(labels, &first)?;
    }
    let name = args.compare.as_deref().map(Path::display);
    let other = other.zip(found.next()).map(|(settings, found)| Other {
        name: name.map(|name| name.to_string()).unwrap_or_default(),
        settings,
        found,
    });
    let outcome = Outcome {
        recording: recording.path().display().to_string(),
        settings: &settings,
        found: first,
        other,
        hours,
        labels,
    };
    tell(args, &outcome)?;
    refuse_useless(&recording, &outcome.found)
}

/// A report in the place of what it tells of would be a loss.
///
/// # Errors
/// The page is one of the files that are read.
pub(crate) fn refuse_overwriting<'a>(
    inputs: impl IntoIterator<Item = &'a Option<PathBuf>>,
    html: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(html) = html else {
        return Ok(());
    };
    let mut inputs = inputs.into_iter().flatten();
    if inputs.any(|input| volume::is_same_file(input, html)) {
        bail!(
            "--html {} would overwrite an input: name another file",
            html.display()
        );
    }
    Ok(())
}

/// The budget for all brands, those with one of their own too.
fn set_budget(settings: &mut Settings, budget: f64) {
    settings.watch.alarms_per_week = budget;
    for brand in &mut settings.brand {
        brand.alarms_per_week = None;
    }
}

fn tell(args: &cli::Backtest, outcome: &Outcome<'_>) -> anyhow::Result<()> {
    if let Some(path) = &args.html {
        std::fs::write(path, html::page(outcome))
            .with_context(|| format!("can't write {}", path.display()))?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json::object(outcome))?;
    } else {
        text::print(outcome, &mut out)?;
    }
    Ok(out.flush()?)
}

fn refuse_useless(recording: &Recording, found: &Found) -> anyhow::Result<()> {
    if found.lines > 0 && found.lines == found.dead.values().sum::<u64>() {
        let most = found.dead.iter().max_by_key(|(_, count)| **count);
        let first = most.and_then(|(reason, _)| found.first_dead.get(reason));
        bail!(
            "none of the {} lines of {} is a mention that can be used; most often: {}",
            found.lines,
            recording.path().display(),
            first.map_or("unknown", String::as_str)
        );
    }
    Ok(())
}

/// Labels that say nothing about the recording are a mistake, not a bad result.
fn check_labels(labels: &Labels, found: &Found) -> anyhow::Result<()> {
    /// Brands that are named in an error.
    const NAMED: usize = 10;
    // Feedback is about whatever alarmed, wherever that was; a table is about this recording.
    let named = labels.brands.iter().filter(|_| labels.nothing.is_none());
    for (brand, line) in named {
        if !found.brands.contains_key(brand) {
            let mut names: Vec<&str> = found.brands.keys().map(String::as_str).collect();
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            bail!(
                "labels, line {line}: the recording has no brand {brand:?}; it has {}{more}",
                names.join(", ")
            );
        }
        if !found.is_watched(brand) {
            bail!("labels, line {line}: the configuration doesn't name the brand {brand:?}");
        }
    }
    let is_recorded = |label: &&labels::Label| {
        let span = found.span;
        span.is_some_and(|(first, last)| label.from <= last && label.until >= first)
    };
    let mut times = labels.all.iter().chain(labels.nothing.iter().flatten());
    if labels.count() > 0 && !times.any(|label| is_recorded(&label)) {
        let (first, last) = found.span.unwrap_or_default();
        bail!(
            "none of the {} labels lies within the recording, which goes from {first} to {last}",
            labels.count()
        );
    }
    Ok(())
}

/// Spikes for tests.
#[cfg(test)]
mod testing {
    use mention::{EventTime, Spike};

    /// An alarm of `brand` noticed at `detected_at`, with its onset then, still open.
    pub(super) fn spike(brand: &str, detected_at: &str) -> Spike {
        let at: EventTime = detected_at.parse().unwrap();
        let spike = serde_json::json!({
            "id": Spike::id_of(brand, None, at), "brand": brand, "platform": "all",
            "spike_kind": "complaint_wave", "pages": true, "severity": 2, "onset": at,
            "detected_at": at, "closed_at": null, "observed": {"negative": 9, "total": 10},
            "expected": {"share": 0.2, "low": 0.1, "high": 0.3}, "drivers": [], "terms": [],
            "threads": [], "exemplars": [], "series": [], "model": "test",
        });
        serde_json::from_value(spike).unwrap()
    }
}
