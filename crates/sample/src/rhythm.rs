//! When people post: the day-and-night rhythm, and drawing moments from a rate.

use crate::rng::Rng;

/// Seconds in an hour.
pub(crate) const HOUR: u64 = 3_600;
/// Seconds in a day.
pub(crate) const DAY: u64 = 24 * HOUR;
/// Seconds in a minute.
pub(crate) const MINUTE: u64 = 60;
/// Length of the week, seconds.
pub(crate) const WEEK: u64 = 7 * DAY;

/// Mentions of Pluimvos an hour at the stroke of each hour, Monday to Friday.
const WEEKDAY: [u64; 24] = [
    5, 2, 1, 1, 1, 2, 6, 14, 22, 28, 31, 33, 38, 34, 32, 32, 34, 37, 44, 58, 70, 62, 36, 14,
];
/// The same on Saturday: later, and more by day, since people shop and do odd jobs.
const SATURDAY: [u64; 24] = [
    8, 4, 2, 1, 1, 1, 2, 6, 15, 25, 33, 38, 40, 40, 38, 36, 34, 33, 36, 44, 50, 44, 32, 18,
];
/// The same on Sunday: quiet.
const SUNDAY: [u64; 24] = [
    9, 5, 3, 1, 1, 1, 1, 4, 8, 15, 22, 25, 26, 26, 25, 25, 26, 27, 30, 36, 42, 36, 22, 9,
];

/// The moment `hours:minutes` on a day of the week (Monday is 0), seconds.
pub(crate) const fn clock(day: u64, hours: u64, minutes: u64) -> u64 {
    day * DAY + hours * HOUR + minutes * MINUTE
}

/// Mentions of Pluimvos in 1,000 hours at the rate of second `at` of an ordinary week.
pub(crate) const fn everyday(at: u64) -> u64 {
    let (here, next) = (stroke(at / HOUR), stroke(at / HOUR + 1));
    let into = at % HOUR;
    (here * (HOUR - into) + next * into) * 1_000 / HOUR
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "an hour of the day fits a usize"
)]
const fn stroke(hour: u64) -> u64 {
    let of_day = (hour % 24) as usize;
    match (hour / 24) % 7 {
        5 => SATURDAY[of_day],
        6 => SUNDAY[of_day],
        _ => WEEKDAY[of_day],
    }
}

/// The rate at `at` on the straight lines between `corners` (second, mentions an hour),
/// in mentions in 1,000 hours; 0 before the first and after the last.
pub(crate) fn along(corners: &[(u64, u64)], at: u64) -> u64 {
    let line = corners
        .windows(2)
        .find(|pair| (pair[0].0..pair[1].0).contains(&at));
    line.map_or(0, |pair| {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        (low * (to - at) + high * (at - from)) * 1_000 / (to - from)
    })
}

/// Moments in `from..to` at `rate`, given in mentions in 1,000 hours: each second has a
/// mention or not, which below a few hundred an hour is a Poisson stream.
pub(crate) fn arrivals(rng: &mut Rng, from: u64, to: u64, rate: impl Fn(u64) -> u64) -> Vec<u64> {
    (from..to)
        .filter(|&at| rng.below(1_000 * HOUR) < rate(at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rhythm_passes_through_its_strokes() {
        assert_eq!(everyday(clock(0, 20, 0)), 70_000);
        assert_eq!(everyday(clock(0, 20, 30)), 66_000);
        assert_eq!(everyday(clock(6, 3, 0)), 1_000);
        assert_eq!(everyday(WEEK - 1) / 1_000, 5);
    }

    #[test]
    fn a_rate_gives_that_many_mentions() {
        let found = arrivals(&mut Rng::new(1), 0, 100 * HOUR, |_| 50_000).len();
        assert!((4_720..=5_280).contains(&found), "{found}");
    }

    #[test]
    fn corners_are_joined_by_lines() {
        let corners = [(10, 0), (20, 100), (30, 0)];
        assert_eq!(along(&corners, 15), 50_000);
        assert_eq!(along(&corners, 20), 100_000);
        assert_eq!((along(&corners, 9), along(&corners, 30)), (0, 0));
    }
}
