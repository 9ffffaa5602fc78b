//! Invented counts of mentions, for what real series are too few to show.
//!
//! The rate follows day and night and a slowly drifting mood; counts are overdispersed
//! (negative binomial, as a gamma mixture of Poisson counts); now and then a
//! thread gathers replies, its size Pareto distributed. Everything comes
//! from the seed.

use std::f64::consts::TAU;

use super::random::Random;

/// Rows of a day at a step of five minutes.
pub const ROWS_A_DAY: usize = 288;

/// What one brand's mentions are like.
#[derive(Debug, Clone, Copy)]
pub struct Brand {
    /// Mean count of a row of five minutes.
    pub mean: f64,
    /// Logarithmic swing between day and night; 0 for none.
    pub swing: f64,
    /// What remains of the rate on the sixth and seventh day of each week.
    pub weekend: f64,
    /// Squared coefficient of variation of the rate from row to row.
    pub dispersion: f64,
    /// Threads a day.
    pub threads: f64,
}

/// Expected and drawn counts of `rows` rows of five minutes; `bursts` are rows at
/// which a real burst begins, `size` times the brand's mean plus five a row, half
/// of it gone after half an hour.
#[must_use]
pub fn counts(
    brand: Brand,
    rows: usize,
    bursts: &[usize],
    size: f64,
    random: &mut Random,
) -> Vec<f64> {
    let (mut mood, mut thread, mut burst) = (0.0, 0.0, 0.0);
    let mut counts = Vec::with_capacity(rows);
    for row in 0..rows {
        let hour = (row % ROWS_A_DAY) as f64 / 12.0;
        // Stationary sd 0.25, correlation time half a day.
        mood = 0.993 * mood + 0.03 * random.normal();
        thread *= 0.8;
        if random.uniform() < brand.threads / ROWS_A_DAY as f64 {
            thread += libm::sqrt(brand.mean) * (libm::pow(random.uniform(), -1.0 / 1.7)).min(30.0);
        }
        burst *= libm::exp2(-1.0 / 6.0);
        if bursts.contains(&row) {
            burst = size * (brand.mean + 5.0);
        }
        let day = libm::exp(brand.swing * libm::cos((hour - 15.0) / 24.0 * TAU) + mood);
        let week = if row / ROWS_A_DAY % 7 < 5 {
            1.0
        } else {
            brand.weekend
        };
        let usual =
            brand.mean * day * week * random.gamma(1.0 / brand.dispersion) * brand.dispersion;
        counts.push(f64::from(random.poisson(usual + thread + burst)));
    }
    counts
}
