//! The usual recipe of a dashboard: how many standard deviations above the mean?

use std::ops::Range;

use super::{Fives, Recipe, extra, first_above};
use crate::WEEK;
use crate::brand::Brand;
use crate::burst::Burst;

/// Least variance of a count of five minutes: a quiet brand's is zero most of the time.
const LEAST_VARIANCE: f64 = 0.05;

/// z-score of the negatives of five minutes against the week before.
#[derive(Debug)]
pub(super) struct Week(Fives);

impl Recipe for Week {
    fn of(brand: &Brand) -> Self {
        Self(Fives::of(brand))
    }

    fn scores(&self, judged: Range<usize>) -> Vec<f32> {
        judged.map(|minute| z(&self.0, minute, 0) as f32).collect()
    }

    fn delay(&self, threshold: f64, start: usize, burst: &Burst) -> Option<f64> {
        first_above(threshold, |after| {
            z(&self.0, start + after, extra(burst, after, 5))
        })
    }
}

/// z of the five minutes that end with `minute`, `extra` negatives added.
fn z(fives: &Fives, minute: usize, extra: u32) -> f64 {
    let until = minute.saturating_sub(4);
    let (mean, sd) = fives.moments(until.saturating_sub(WEEK), until);
    let now = f64::from(fives.counts[minute] + extra);
    (now - mean) / sd.max(libm::sqrt(LEAST_VARIANCE))
}
