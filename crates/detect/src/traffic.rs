//! How many mentions are to be expected in a window, and how sure that is.

use crate::maths::Crowd;
use crate::rhythm::Rhythm;

/// A young rhythm knows the hours of the day by their mean only, which by day is about
/// twice and by night a fifth of it; this many hours halve that error.
const YOUNG_HOURS: f64 = 24.0;

/// The mentions expected in the `length` minutes that end with minute `last`.
pub(crate) fn crowd(rhythm: &Rhythm, last: i64, length: i64) -> Crowd {
    #[allow(clippy::cast_precision_loss, reason = "at most 120 minutes")]
    let minutes = length as f64;
    let mean = if length > 60 {
        // Two halves, as the rhythm bends.
        let half = length / 2;
        let middle = |last: i64| rate(rhythm, last.saturating_sub(half / 2));
        (middle(last) + middle(last.saturating_sub(half))) / 2.0 * minutes
    } else {
        rate(rhythm, last.saturating_sub(length / 2)) * minutes
    };
    let young = YOUNG_HOURS / (YOUNG_HOURS + rhythm.hours_known());
    let spread = rhythm.spread();
    Crowd {
        mean,
        shape: 1.0 / (spread * spread + young * young),
    }
}

/// Mentions a minute expected at that minute: between the middles of two hours the
/// rhythm runs straight.
fn rate(rhythm: &Rhythm, minute: i64) -> f64 {
    let from_middle = minute.saturating_sub(30);
    let hour = from_middle.div_euclid(60);
    #[allow(clippy::cast_precision_loss, reason = "0 to 59")]
    let part = from_middle.rem_euclid(60) as f64 / 60.0;
    (rhythm.expected(hour) * (1.0 - part) + rhythm.expected(hour + 1) * part) / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rhythm_runs_straight_between_the_hours() {
        let mut rhythm = Rhythm::new();
        assert!(crowd(&rhythm, 0, 60).mean.abs() < 1e-9);
        for hour in 0..24 * 60_i64 {
            let mentions = if hour.rem_euclid(24) < 12 {
                60.0
            } else {
                180.0
            };
            rhythm.learn(hour, mentions, 1.0);
        }
        let noon = 12 * 60;
        assert!((rate(&rhythm, noon - 90) - 1.0).abs() < 0.1);
        assert!((rate(&rhythm, noon) - 2.0).abs() < 0.1);
        assert!((rate(&rhythm, noon + 90) - 3.0).abs() < 0.1);
        let crowd = crowd(&rhythm, noon + 119, 120);
        assert!((crowd.mean - 350.0).abs() < 20.0, "{}", crowd.mean);
        assert!(crowd.shape > 50.0, "{}", crowd.shape);
    }
}
