//! How many mentions an hour of the day usually brings.

use serde::{Deserialize, Serialize};

use crate::maths;

/// Visits of an hour of the day in which what it knows loses half its weight: a fortnight.
const HALF_LIFE: f64 = 14.0;
/// Visits that the mean of the entire day is worth as a guess for one of its hours.
const DAY_WEIGHT: f64 = 1.0;

/// Mentions an hour, by hour of the day (UTC).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    /// Fading sum and weight for each hour of the day.
    hours: Vec<[f32; 2]>,
}

impl Rhythm {
    pub(crate) fn new() -> Self {
        Self {
            hours: vec![[0.0; 2]; 24],
        }
    }

    /// Whether a restored rhythm has all its hours.
    pub(crate) fn is_whole(&self) -> bool {
        self.hours.len() == 24 && self.hours.iter().flatten().all(|value| value.is_finite())
    }

    /// Takes the hour with that number since the epoch, of which `weight` (0–1) was seen.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "single precision is enough for a mean"
    )]
    pub(crate) fn learn(&mut self, hour: i64, mentions: f64, weight: f64) {
        let fade = maths::decay(1.0, HALF_LIFE) as f32;
        let [sum, seen] = &mut self.hours[slot(hour)];
        *sum = *sum * fade + mentions as f32;
        *seen = *seen * fade + weight as f32;
    }

    /// Mentions expected in that hour; 0 while nothing is known.
    pub(crate) fn expected(&self, hour: i64) -> f64 {
        let [own_sum, own_seen] = self.hours[slot(hour)];
        (f64::from(own_sum) + DAY_WEIGHT * self.mean()) / (f64::from(own_seen) + DAY_WEIGHT)
    }

    /// Whole hours that the estimate rests on, faded.
    pub(crate) fn hours_known(&self) -> f64 {
        self.hours.iter().map(|hour| f64::from(hour[1])).sum()
    }

    /// Mentions an hour in the mean of the day; 0 while nothing is known.
    pub(crate) fn mean(&self) -> f64 {
        let (sum, seen) = self.hours.iter().fold((0.0, 0.0), |(sum, seen), hour| {
            (sum + f64::from(hour[0]), seen + f64::from(hour[1]))
        });
        if seen > 0.0 { sum / seen } else { 0.0 }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 23"
)]
fn slot(hour: i64) -> usize {
    hour.rem_euclid(24) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_told_from_the_day() {
        let mut rhythm = Rhythm::new();
        assert!(rhythm.expected(0).abs() < 1e-9);
        for hour in -120..120_i64 {
            let mentions = if hour.rem_euclid(24) < 8 { 1.0 } else { 10.0 };
            rhythm.learn(hour, mentions, 1.0);
        }
        assert!(rhythm.expected(124) < 2.5);
        assert!(rhythm.expected(132) > 9.0);
    }
}
