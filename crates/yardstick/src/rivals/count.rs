//! A careful scan of the number of negatives, blind to all other mentions.

use std::ops::Range;

use super::{Fives, Recipe, extra, first_above};
use crate::brand::Brand;
use crate::burst::Burst;
use crate::{DAY, WEEK};

/// Windows, minutes.
const WINDOWS: [usize; 3] = [5, 15, 60];
/// Negatives that are taken to have been seen at each hour beforehand, a tenth of one.
const LEAST_EXPECTED: f64 = 0.1;
/// Range of the shape of the gamma distribution of the rate.
const SHAPES: [f64; 2] = [0.2, 1e3];
/// Terms that are summed one by one; the rest is a geometric series.
const TERMS: u32 = 64;

/// Scan of windows of 5, 15 and 60 minutes: how improbable are so many negatives, if
/// they are negative binomial with the mean of that hour over the last seven days and
/// the dispersion of these days?
#[derive(Debug)]
pub(super) struct CountScan {
    fives: Fives,
    /// Negatives before each minute.
    before: Vec<u64>,
}

impl Recipe for CountScan {
    fn of(brand: &Brand) -> Self {
        let sums = brand.negative.iter().scan(0_u64, |sum, &count| {
            *sum += u64::from(count);
            Some(*sum)
        });
        Self {
            fives: Fives::of(brand),
            before: std::iter::once(0).chain(sums).collect(),
        }
    }

    fn scores(&self, judged: Range<usize>) -> Vec<f32> {
        judged
            .map(|minute| self.score(minute, |_| 0) as f32)
            .collect()
    }

    fn delay(&self, threshold: f64, start: usize, burst: &Burst) -> Option<f64> {
        first_above(threshold, |after| {
            self.score(start + after, |length| extra(burst, after, length))
        })
    }
}

impl CountScan {
    fn sum(&self, from: usize, until: usize) -> f64 {
        (self.before[until] - self.before[from]) as f64
    }

    /// −log10 of the probability of the most surprising window that ends with `minute`.
    fn score(&self, minute: usize, extra: impl Fn(usize) -> u32) -> f64 {
        let week_ago = minute.saturating_sub(WEEK);
        let (mean, sd) = self.fives.moments(week_ago, minute.saturating_sub(4));
        let over = sd * sd - mean;
        let shape = if over > 0.0 {
            mean * mean / over
        } else {
            SHAPES[1]
        };
        let shape = shape.clamp(SHAPES[0], SHAPES[1]);
        // The same hour of the seven days before.
        let hours = (1..=7).filter_map(|day| minute.checked_sub(day * DAY + 30));
        let (mut seen, mut days) = (LEAST_EXPECTED, 0.0);
        for from in hours {
            seen += self.sum(from, from + 60);
            days += 1.0;
        }
        let per_minute = seen / (60.0 * f64::max(days, 1.0));
        let windows = WINDOWS.into_iter().map(|length| {
            let own = self.sum((minute + 1).saturating_sub(length), minute + 1);
            surprise(
                own + f64::from(extra(length)),
                per_minute * length as f64,
                shape,
            )
        });
        windows.fold(0.0, f64::max)
    }
}

/// −log10 P\[K ≥ k\] of a negative binomial K; 0 up to one standard deviation above the
/// mean, where no alarm could be.
fn surprise(k: f64, mean: f64, shape: f64) -> f64 {
    if k <= mean + libm::sqrt(mean + mean * mean / shape) {
        return 0.0;
    }
    let odds = mean / (mean + shape);
    let first = libm::lgamma(k + shape) - libm::lgamma(shape) - libm::lgamma(k + 1.0)
        + shape * libm::log(1.0 - odds)
        + k * libm::log(odds);
    let (mut term, mut sum) = (1.0, 0.0);
    let mut ratio = odds;
    for step in 0..TERMS {
        sum += term;
        let at = k + f64::from(step);
        ratio = odds * (at + shape) / (at + 1.0);
        term *= ratio;
        if term < 1e-9 * sum {
            break;
        }
    }
    let rest = if ratio < 1.0 {
        term / (1.0 - ratio)
    } else {
        0.0
    };
    (-(first + libm::log(sum + rest)) / std::f64::consts::LN_10).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_sum_of_its_terms() {
        // P[K ≥ 8] by hand from the recursion of all terms, mean 3, shape 2.
        let (mean, shape) = (3.0, 2.0);
        let odds: f64 = mean / (mean + shape);
        let mut term = (1.0 - odds).powf(shape);
        let mut below = 0.0;
        for k in 0..8 {
            below += term;
            term *= odds * (f64::from(k) + shape) / (f64::from(k) + 1.0);
        }
        let expected = -(1.0 - below).log10();
        assert!((surprise(8.0, mean, shape) - expected).abs() < 1e-6);
    }
}
