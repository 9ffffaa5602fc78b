//! The plots of the report.

use mention::{Spike, SpikeKind};
use plot::{Chart, Tone};

use super::super::Outcome;
use super::super::timeline::{Point, Timeline};
use super::Numbered;

/// Spikes, alarms of another configuration, and labels that are marked in a plot at most.
const MARKED: usize = 200;

/// The brand's hours: how many negatives, and which share, each against what was
/// expected, with spikes and labels.
pub(super) fn of_brand(outcome: &Outcome<'_>, spikes: &[Numbered<'_>], brand: &str) -> Vec<Chart> {
    let Some(hours) = &outcome.hours else {
        return Vec::new();
    };
    let points: Vec<&Point> = hours.of(brand).collect();
    let which = which(hours);
    let counts = Chart::new(format!("Negative mentions an hour{which}"))
        .y_from(0.0)
        .band("expected", points.iter().map(|point| expected_count(point)))
        .line(
            "negative",
            points.iter().map(|p| (ms(p), count(p.hour.negative))),
        );
    let shares = Chart::new(format!("Share of negative mentions{which}"))
        .y_percent()
        .y_range(0.0, 1.0)
        .band("expected", points.iter().map(|point| expected_share(point)))
        .line(
            "observed",
            points.iter().map(|point| (ms(point), share(point))),
        );
    [counts, shares]
        .map(|chart| annotated(chart, outcome, spikes, brand))
        .into()
}

/// What a point of a long recording stands for.
fn which(hours: &Timeline) -> String {
    match hours.step_hours() {
        1 => String::new(),
        step => format!(": of every {step} hours the most unusual one"),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a place on a picture")]
fn ms(point: &Point) -> f64 {
    point.at.millis() as f64
}

#[allow(clippy::cast_precision_loss, reason = "a place on a picture")]
const fn count(count: u64) -> f64 {
    count as f64
}

fn expected_count(point: &Point) -> (f64, f64, f64) {
    let (total, expected) = (count(point.hour.total), point.hour.expected);
    (ms(point), expected.low * total, expected.high * total)
}

/// The band of the share; a gap where nothing was said.
fn expected_share(point: &Point) -> (f64, f64, f64) {
    let expected = point.hour.expected;
    let has_mentions = point.hour.total > 0;
    let low = if has_mentions { expected.low } else { f64::NAN };
    (ms(point), low, expected.high)
}

fn share(point: &Point) -> f64 {
    // Nothing of nothing is no number, and drawn as a gap.
    count(point.hour.negative) / count(point.hour.total)
}

/// The chart over the whole recording, with what happened in it.
#[allow(clippy::cast_precision_loss, reason = "places on a picture")]
fn annotated(chart: Chart, outcome: &Outcome<'_>, spikes: &[Numbered<'_>], brand: &str) -> Chart {
    let (first, last) = outcome.found.span.unwrap_or_default();
    let (first, last) = (first.millis() as f64, last.millis() as f64);
    let mut chart = chart.x_time().x_range(first, last);
    let labels = outcome.labels.iter().flat_map(|labels| &labels.all);
    let labels = labels.filter(|label| label.brand == brand);
    for label in labels.take(MARKED) {
        let (from, until) = (label.from.millis() as f64, label.until.millis() as f64);
        let name = format!("label {}", label.name);
        chart = chart.span(from, until, name, Tone::Truth);
    }
    // Where there is room for some only, it is for alarms.
    let of_kind = |is_alarm| {
        spikes
            .iter()
            .filter(move |spike| spike.is_alarm == is_alarm)
    };
    for spike in of_kind(true).chain(of_kind(false)).take(MARKED) {
        chart = with_spike(chart, spike, last);
    }
    let Some(other) = &outcome.other else {
        return chart;
    };
    let mut alarms = other.found.alarms();
    alarms.retain(|spike| spike.brand == brand);
    for spike in alarms.into_iter().take(MARKED) {
        chart = chart.mark(spike.detected_at.millis() as f64, "", Tone::Other);
    }
    chart
}

/// A spike from onset to closing, with its number at the moment at which it was noticed.
#[allow(clippy::cast_precision_loss, reason = "places on a picture")]
fn with_spike(chart: Chart, numbered: &Numbered<'_>, last: f64) -> Chart {
    let Numbered {
        number,
        spike,
        is_alarm,
    } = numbered;
    let tone = if *is_alarm { Tone::Alarm } else { Tone::Note };
    let closed = spike.closed_at.map(|closed| closed.millis() as f64);
    let what = format!(
        "{number}. {} on {}, severity {}",
        name(spike.spike_kind),
        spike.platform,
        spike.severity
    );
    chart
        .span(
            spike.onset.millis() as f64,
            closed.unwrap_or(last),
            what,
            tone,
        )
        .mark(spike.detected_at.millis() as f64, number.to_string(), tone)
}

/// The kind in words.
pub(super) fn name(kind: SpikeKind) -> String {
    kind.as_str().replace('_', " ")
}

/// The course of one spike.
#[allow(clippy::cast_precision_loss, reason = "places on a picture")]
pub(super) fn of_spike(spike: &Spike) -> Chart {
    let at = |point: &mention::SeriesPoint| point.at.millis() as f64;
    let points = &spike.series;
    let step = points
        .windows(2)
        .map(|pair| pair[1].at.millis_since(pair[0].at));
    let minutes = step.min().unwrap_or_default() / 60_000;
    let title = match minutes {
        0 | 1 => "Negative mentions a minute".to_owned(),
        minutes => format!("Negative mentions in {minutes} minutes"),
    };
    Chart::new(title)
        .size(720.0, 190.0)
        .x_time()
        .y_from(0.0)
        .band(
            "expected",
            points
                .iter()
                .map(|point| (at(point), point.low, point.high)),
        )
        .line(
            "negative",
            points
                .iter()
                .map(|point| (at(point), count(point.negative))),
        )
        .line(
            "all that count",
            points.iter().map(|point| (at(point), count(point.total))),
        )
        .mark(spike.detected_at.millis() as f64, "noticed", Tone::Alarm)
}
