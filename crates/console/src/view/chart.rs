//! A spike's course: observed against expected, as a picture and as numbers.

use mention::{EventTime, SeriesPoint, Spike};
use plot::{Chart, Tone};

use super::time::Clock;
use super::words::Lang;

/// Rows of the table beside the picture.
const ROWS: usize = 24;
/// Steps of the picture for a desk and of the one for a phone: single minutes are noise that
/// hides the course.
const STEPS: [usize; 2] = [48, 30];
/// Points that are drawn at most; the contract has no more, a hostile record may.
const POINTS: usize = 240;
/// A picture for a desk and one for a phone, pixels: texts in it don't shrink below what can
/// be read.
const SIZES: [(f64, f64); 2] = [(880.0, 280.0), (400.0, 260.0)];

/// The course of a spike.
#[derive(Debug)]
pub(crate) struct Course {
    /// SVG for wide pages; escaped by `plot`.
    pub(crate) wide: String,
    /// The same for narrow ones.
    pub(crate) narrow: String,
    /// What the picture says, in a sentence.
    pub(crate) sentence: String,
    /// The numbers, in steps long enough to be few.
    pub(crate) rows: Vec<Step>,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) at: String,
    pub(crate) negative: String,
    pub(crate) total: String,
    pub(crate) expected: String,
}

/// The course of a spike, if its record tells one.
pub(crate) fn course(spike: &Spike, clock: &Clock, lang: Lang) -> Option<Course> {
    let points = &spike.series[..spike.series.len().min(POINTS)];
    let first = points.first()?;
    let step_ms = points.get(1).map_or(60_000, |next| {
        next.at.millis_since(first.at).clamp(60_000, 86_400_000)
    });
    let [wide, narrow] = [0, 1].map(|at| {
        let steps = together(points, STEPS[at]);
        draw(spike, &steps, clock, lang, SIZES[at])
    });
    Some(Course {
        wide,
        narrow,
        sentence: sentence(points, step_ms, clock, lang),
        rows: rows(points, clock, lang),
    })
}

fn draw(
    spike: &Spike,
    points: &[Summed],
    clock: &Clock,
    lang: Lang,
    (width, height): (f64, f64),
) -> String {
    // The chart writes UTC; moved by the zone's offset it writes the wall's time.
    let offset = clock.offset_ms(spike.onset);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of sane times")]
    let x = |time: EventTime| time.plus_millis(offset).millis() as f64;
    let band = points.iter().map(|p| (x(p.at), p.low, p.high));
    let line = points.iter().map(|p| (x(p.at), p.negative));
    let mut chart = Chart::new(lang.or("Negative mentions", "Negatieve berichten"))
        .size(width, height)
        .x_time()
        .y_from(0.0)
        .band(lang.or("expected", "verwacht"), band)
        .line(lang.or("observed", "gezien"), line)
        .mark(x(spike.onset), lang.or("onset", "begin"), Tone::Note)
        .mark(
            x(spike.detected_at),
            lang.or("noticed", "opgemerkt"),
            Tone::Alarm,
        );
    if let Some(closed) = spike.closed_at {
        chart = chart.mark(x(closed), lang.or("over", "voorbij"), Tone::Truth);
    }
    chart.to_inline_svg()
}

/// The highest step of the table in words.
fn sentence(points: &[SeriesPoint], step_ms: i64, clock: &Clock, lang: Lang) -> String {
    let steps = together(points, ROWS);
    let peak = steps
        .iter()
        .max_by(|a, b| a.negative.total_cmp(&b.negative));
    let Some(peak) = peak else {
        return String::new();
    };
    let size = i64::try_from(points.len().div_ceil(ROWS)).unwrap_or(1);
    let (minutes, at) = (step_ms * size / 60_000, clock.hour(peak.at));
    let (negative, high) = (format!("{:.0}", peak.negative), peak.high.ceil());
    match lang {
        Lang::En => format!(
            "At its peak, {negative} negative mentions within {minutes} min at {at}, where at \
             most {high:.0} were to be expected."
        ),
        Lang::Nl => format!(
            "Op het hoogtepunt {negative} negatieve berichten binnen {minutes} min om {at}, \
             waar er hooguit {high:.0} te verwachten waren."
        ),
    }
}

/// Several steps of a series as one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Summed {
    at: EventTime,
    negative: f64,
    low: f64,
    high: f64,
}

/// At most `most` steps, each the sum of as many points. What deviates in one minute doesn't
/// in the next, so the half widths of the bands add up as the sides of a right angle do.
fn together(points: &[SeriesPoint], most: usize) -> Vec<Summed> {
    let size = points.len().div_ceil(most).max(1);
    let steps = points.chunks(size).map(|chunk| {
        #[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
        let negative = chunk.iter().map(|point| point.negative as f64).sum();
        let middle: f64 = chunk.iter().map(|p| f64::midpoint(p.low, p.high)).sum();
        let halves = chunk.iter().map(|point| (point.high - point.low) / 2.0);
        let half = halves.map(|half| half * half).sum::<f64>().sqrt();
        Summed {
            at: chunk.first().map(|point| point.at).unwrap_or_default(),
            negative,
            low: (middle - half).max(0.0),
            high: middle + half,
        }
    });
    steps.collect()
}

fn rows(points: &[SeriesPoint], clock: &Clock, lang: Lang) -> Vec<Step> {
    let size = points.len().div_ceil(ROWS).max(1);
    let totals = points.chunks(size).map(|chunk| {
        let totals = chunk.iter().map(|point| point.total);
        totals.fold(0, u64::saturating_add)
    });
    let steps = together(points, ROWS).into_iter().zip(totals);
    let rows = steps.map(|(step, total)| Step {
        at: clock.hour(step.at),
        negative: format!("{:.0}", step.negative),
        total: lang.number(total),
        expected: format!("{}–{}", lang.decimal(step.low), lang.decimal(step.high)),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_becomes_short_and_keeps_its_sum() {
        let point = |minute| SeriesPoint {
            at: EventTime::from_minute(minute),
            negative: 2,
            total: 3,
            low: 0.0,
            high: 2.0,
        };
        let points: Vec<_> = (0..240).map(point).collect();
        let steps = together(&points, 80);
        assert_eq!(steps.len(), 80);
        let sum: f64 = steps.iter().map(|step| step.negative).sum();
        assert!((sum - 480.0).abs() < 1e-9);
        // Three minutes of 1 ± 1 are 3 ± √3.
        assert!((steps[0].high - (3.0 + 3.0_f64.sqrt())).abs() < 1e-9);
        assert!((steps[0].low - (3.0 - 3.0_f64.sqrt())).abs() < 1e-9);
        assert_eq!(together(&points[..1], 80).len(), 1);
        assert!(together(&[], 80).is_empty());
    }
}
