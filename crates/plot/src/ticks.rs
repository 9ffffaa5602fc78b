//! Where an axis is labelled, and how.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::AxisKind;
use crate::scale::Scale;

/// Ticks of one axis at most.
const MOST: usize = 40;

const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;
const DAY_MS: f64 = 24.0 * HOUR_MS;
/// Steps of a time axis shorter than months, milliseconds: parts of an hour and of a
/// day that people count in.
const TIME_STEPS_MS: [f64; 14] = [
    MINUTE_MS,
    2.0 * MINUTE_MS,
    5.0 * MINUTE_MS,
    10.0 * MINUTE_MS,
    15.0 * MINUTE_MS,
    30.0 * MINUTE_MS,
    HOUR_MS,
    2.0 * HOUR_MS,
    3.0 * HOUR_MS,
    6.0 * HOUR_MS,
    12.0 * HOUR_MS,
    DAY_MS,
    2.0 * DAY_MS,
    7.0 * DAY_MS,
];
/// Steps of months.
const MONTHS: [i32; 9] = [1, 3, 6, 12, 24, 60, 120, 600, 1_200];
/// The mean month, milliseconds.
const MONTH_MS: f64 = 30.44 * DAY_MS;
/// Monday, 5 January 1970: weeks are counted from Mondays.
const FIRST_MONDAY_MS: f64 = 4.0 * DAY_MS;

/// Numbers between the ends of `scale` with their texts, about `wanted` of them.
pub(crate) fn ticks(kind: AxisKind, scale: &Scale, wanted: usize) -> Vec<(f64, String)> {
    let wanted = wanted.clamp(2, MOST / 2);
    match kind {
        AxisKind::Linear => steps(scale, wanted, number),
        AxisKind::Percent => steps(scale, wanted, percent),
        AxisKind::Log => powers(scale, wanted),
        AxisKind::Time => {
            times(scale, wanted).unwrap_or_else(|| steps(scale, wanted, |ms, _| number(ms, 1.0)))
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "forty ticks at most")]
fn steps(scale: &Scale, wanted: usize, text: fn(f64, f64) -> String) -> Vec<(f64, String)> {
    let rough = (scale.high - scale.low) / wanted as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = nice.into_iter().find(|nice| *nice >= rough * 0.999);
    let step = step.unwrap_or(rough);
    multiples(scale, 0.0, step)
        .map(|at| (at, text(at, step)))
        .collect()
}

/// The numbers `origin + k · step` between the ends.
#[allow(clippy::cast_precision_loss, reason = "forty ticks at most")]
fn multiples(scale: &Scale, origin: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = ((scale.low - origin) / step - 1e-6).ceil();
    // A little beyond the end is the end: it is rounding that put it there.
    let last = scale.high + step * 1e-6;
    (0..MOST)
        .map(move |index| origin + (first + index as f64) * step)
        .take_while(move |at| *at <= last)
}

/// Powers of ten, every few of them if there are many; between them 2 and 5 if there
/// are few.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most two hundred powers"
)]
fn powers(scale: &Scale, wanted: usize) -> Vec<(f64, String)> {
    let (low, high) = (
        scale.low.log10().floor() as i32,
        scale.high.log10().ceil() as i32,
    );
    let stride = ((high - low) as usize).div_ceil(wanted).max(1);
    let between: &[f64] = if high - low <= 3 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let powers = (low..=high).step_by(stride);
    let all = powers.flat_map(|power| between.iter().map(move |part| part * 10_f64.powi(power)));
    all.filter(|at| *at >= scale.low * (1.0 - 1e-9) && *at <= scale.high * (1.0 + 1e-9))
        .map(|at| (at, number(at, at)))
        .collect()
}

/// Moments of the calendar; none if the axis goes beyond it.
#[allow(clippy::cast_precision_loss, reason = "forty ticks at most")]
fn times(scale: &Scale, wanted: usize) -> Option<Vec<(f64, String)>> {
    let first = zoned(scale.low)?;
    zoned(scale.high)?;
    let rough = (scale.high - scale.low) / wanted as f64;
    if let Some(&step) = TIME_STEPS_MS.iter().find(|step| **step >= rough) {
        let origin = if step > DAY_MS { FIRST_MONDAY_MS } else { 0.0 };
        let format = if step < DAY_MS { "%H:%M" } else { "%-d %b" };
        let texts = multiples(scale, origin, step).map(|at| {
            let zoned = zoned(at)?;
            // Midnight says which day it is.
            let is_midnight = at.rem_euclid(DAY_MS) < 1.0;
            let format = if is_midnight { "%-d %b" } else { format };
            Some((at, zoned.strftime(format).to_string()))
        });
        return texts.collect();
    }
    let fitting = MONTHS
        .iter()
        .find(|months| f64::from(**months) * MONTH_MS >= rough);
    let step = *fitting.unwrap_or(&MONTHS[MONTHS.len() - 1]);
    let format = if step < 12 { "%b %Y" } else { "%Y" };
    // Counted from a month that the step divides, so that January comes first.
    let index = i32::from(first.year()) * 12 + i32::from(first.month()) - 1;
    let behind = index.rem_euclid(step);
    let start = first.start_of_day().ok()?.first_of_month().ok()?;
    let mut ticks = Vec::new();
    for index in 0..MOST {
        let months = i64::try_from(index).ok()? * i64::from(step) - i64::from(behind);
        let Ok(moment) = start.checked_add(months.months()) else {
            break;
        };
        let at = moment.timestamp().as_millisecond() as f64;
        if at > scale.high {
            break;
        }
        if at >= scale.low {
            ticks.push((at, moment.strftime(format).to_string()));
        }
    }
    Some(ticks)
}

#[allow(clippy::cast_possible_truncation, reason = "checked by the calendar")]
fn zoned(ms: f64) -> Option<Zoned> {
    let timestamp = Timestamp::from_millisecond(ms.round() as i64).ok()?;
    Some(timestamp.to_zoned(TimeZone::UTC))
}

/// A number with as many decimals as tell it from the next, `step` away.
pub(crate) fn number(value: f64, step: f64) -> String {
    let size = value.abs().max(step.abs());
    if value.abs() <= step.abs() * 1e-6 {
        return "0".to_owned();
    }
    if size >= 1e15 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.0e}");
    }
    let (value, step, unit) = match size {
        _ if size >= 1e9 => (value / 1e9, step / 1e9, "G"),
        _ if size >= 1e6 => (value / 1e6, step / 1e6, "M"),
        _ if size >= 1e4 => (value / 1e3, step / 1e3, "k"),
        _ => (value, step, ""),
    };
    format!("{value:.*}{unit}", decimals(step))
}

fn percent(value: f64, step: f64) -> String {
    format!("{:.*} %", decimals(step * 100.0), value * 100.0)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 6"
)]
fn decimals(step: f64) -> usize {
    if step <= 0.0 {
        return 0;
    }
    (-(step * 1.001).log10().floor()).clamp(0.0, 6.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    fn texts(kind: AxisKind, low: f64, high: f64) -> String {
        let axis = Axis {
            kind,
            ..Axis::default()
        };
        let scale = Scale::new(&axis, [low, high].into_iter(), (0.0, 100.0));
        let ticks = ticks(kind, &scale, 6);
        assert!(ticks.len() <= MOST);
        let texts: Vec<_> = ticks.into_iter().map(|(_, text)| text).collect();
        texts.join(", ")
    }

    fn ms(text: &str) -> f64 {
        let timestamp: Timestamp = text.parse().unwrap();
        timestamp.as_millisecond() as f64
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(texts(AxisKind::Linear, 0.0, 9.0), "0, 2, 4, 6, 8");
        assert_eq!(
            texts(AxisKind::Linear, -0.3, 0.25),
            "-0.3, -0.2, -0.1, 0, 0.1, 0.2"
        );
        assert_eq!(texts(AxisKind::Linear, 0.0, 36_000.0), "0, 10k, 20k, 30k");
        assert_eq!(texts(AxisKind::Linear, 7.0, 7.0), "0, 5, 10");
        assert_eq!(
            texts(AxisKind::Percent, 0.0, 0.12),
            "0 %, 2 %, 4 %, 6 %, 8 %, 10 %, 12 %"
        );
        assert_eq!(texts(AxisKind::Log, 0.5, 40.0), "0.5, 1, 2, 5, 10, 20");
        assert_eq!(
            texts(AxisKind::Log, 1e-12, 1e6),
            "1e-12, 1e-9, 1e-6, 0.001, 1, 1000, 1M"
        );
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let shown = |from, to| texts(AxisKind::Time, ms(from), ms(to));
        assert_eq!(
            shown("2026-03-01T22:30:00Z", "2026-03-02T02:10:00Z"),
            "23:00, 2 Mar, 01:00, 02:00"
        );
        assert_eq!(
            shown("2026-02-26T05:00:00Z", "2026-03-03T00:00:00Z"),
            "27 Feb, 28 Feb, 1 Mar, 2 Mar, 3 Mar"
        );
        // Weeks begin on Mondays.
        assert_eq!(
            shown("2026-03-01T00:00:00Z", "2026-04-05T00:00:00Z"),
            "2 Mar, 9 Mar, 16 Mar, 23 Mar, 30 Mar"
        );
        assert_eq!(
            shown("2025-11-20T00:00:00Z", "2026-12-31T00:00:00Z"),
            "Jan 2026, Apr 2026, Jul 2026, Oct 2026"
        );
        assert_eq!(
            shown("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            "1970, 1980, 1990, 2000, 2010, 2020"
        );
    }

    #[test]
    fn beyond_the_calendar_are_numbers() {
        assert_eq!(
            texts(AxisKind::Time, -1e90, 1e90),
            "-1e90, -5e89, 0, 5e89, 1e90"
        );
    }
}
