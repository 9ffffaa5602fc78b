//! The threshold that a series sets itself.
//!
//! However careful the model, a real series has surprises of its own. So each
//! series keeps a fading histogram of its hourly maxima of the score and reads
//! from its tail how often a score comes along by itself: its *return period* in
//! hours. A score pages when its return period exceeds what the alarm budget
//! allows. Excesses over a high quantile are close to exponential (the
//! peaks-over-threshold method: J. Pickands, Annals of Statistics 3 (1975) 119).

use serde::{Deserialize, Serialize};
use std::f64::consts::LN_10;

use crate::maths;

/// Bins of the histogram, and their width in units of the score.
const BINS: usize = 24;
const BIN_WIDTH: f64 = 0.25;
/// Share of the hours whose maximum lies above the tail's beginning, and the least score
/// it begins at: below, a quiet brand's few negatives leave gaps.
const TAIL: f64 = 0.2;
const TAIL_FROM: f64 = 1.5;
/// Hours in which an hour loses half its weight: a quarter of a year.
const HALF_LIFE: f64 = 90.0 * 24.0;
/// What a series is taken to be before it has a past: this many hours whose
/// maxima exceed s with probability rate·10^(−s), at most 1.
const PRIOR_HOURS: f64 = 72.0;
const PRIOR_RATE: f64 = 8.0;
/// Added to the threshold's return period (log10), for two reasons that pull apart.
/// Neighbouring hours are alike, so that false alarms come in fewer episodes than hours;
/// and a series is scored at each arrival, but its threshold learns from the ends of
/// minutes, the same for every order of arrival, which weighs more the more mentions
/// there are in a minute. What the first takes off, the most that the second adds, and
/// the mentions an hour at which half of that is added. Learned offline, from what brands
/// of a mention in twenty minutes to forty a minute had beside nominal (`ophef bench detect`).
const EPISODES: f64 = 0.05;
const ARRIVALS: [f64; 2] = [0.5, 600.0];
/// Mean excess over the tail's beginning if the model were exact (1/ln 10 = log10 e), and
/// how many excesses that belief is worth.
const PRIOR_EXCESS: f64 = std::f64::consts::LOG10_E;
const PRIOR_EXCESSES: f64 = 20.0;
/// The mean excess is kept within this range: a few lucky weeks mustn't promise a
/// thinner tail than the model has.
const EXCESS_RANGE: [f64; 2] = [0.38, 2.0];

/// The fading histogram of hourly maxima.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// Up to the highest one that ever had an hour: a quiet series has one or two.
    bins: Vec<f32>,
}

impl Calibration {
    pub(crate) fn new() -> Self {
        Self { bins: Vec::new() }
    }

    /// Whether a restored histogram has bins such as are learned.
    pub(crate) fn is_whole(&self) -> bool {
        self.bins.len() <= BINS && self.bins.iter().all(|bin| bin.is_finite() && *bin >= 0.0)
    }

    /// Takes the maximum of one hour; `weight` 0–1 is the part of the hour seen.
    pub(crate) fn learn(&mut self, maximum: f64, weight: f64) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a factor near 1; f32 is enough"
        )]
        let fade = maths::decay(1.0, HALF_LIFE) as f32;
        for bin in &mut self.bins {
            *bin *= fade;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the score is within 0 and 300"
        )]
        let bin = ((maximum / BIN_WIDTH) as usize).min(BINS - 1);
        #[allow(clippy::cast_possible_truncation, reason = "a weight of 0 to 1")]
        let weight = weight as f32;
        if bin >= self.bins.len() {
            self.bins.reserve_exact(bin + 1 - self.bins.len());
            self.bins.resize(bin + 1, 0.0);
        }
        self.bins[bin] += weight;
    }

    /// log10 of the hours after which a score of `score` or more comes along by itself, in a
    /// series of `volume` mentions an hour.
    pub(crate) fn log_return_hours(&self, score: f64, volume: f64) -> f64 {
        let tail = self.tail();
        let beyond = (score - tail.from) / (tail.mean_excess * LN_10);
        beyond - maths::log10(tail.rate) - arrivals(volume)
    }

    /// The score whose return period is `log_hours`, as a power of ten.
    pub(crate) fn score_at(&self, log_hours: f64, volume: f64) -> f64 {
        let tail = self.tail();
        tail.from
            + (log_hours + arrivals(volume) + maths::log10(tail.rate)) * tail.mean_excess * LN_10
    }

    /// The score that those beyond the one of this return period have in the mean.
    pub(crate) fn mean_beyond(&self, log_hours: f64, volume: f64) -> f64 {
        self.score_at(log_hours, volume) + self.tail().mean_excess
    }

    /// Walks down from the top until a fifth of the hours lie above, or to the
    /// least beginning.
    fn tail(&self) -> Tail {
        let seen: f64 = self.bins.iter().map(|&bin| f64::from(bin)).sum();
        let hours = seen + PRIOR_HOURS;
        // Σ of the excesses, in whole bins.
        let (mut above, mut bins_beyond) = (0.0, 0.0);
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let mut from = BIN_WIDTH * BINS as f64;
        for bin in (1..BINS).rev() {
            bins_beyond += above;
            above += self.bins.get(bin).map_or(0.0, |&bin| f64::from(bin));
            from -= BIN_WIDTH;
            if from <= TAIL_FROM || above + PRIOR_HOURS * prior_exceedance(from) > TAIL * hours {
                break;
            }
        }
        // Of exponential excesses the whole bins are geometric.
        let prior_bins = 1.0 / (maths::exp(BIN_WIDTH / PRIOR_EXCESS) - 1.0);
        let mean_bins = (PRIOR_EXCESSES * prior_bins + bins_beyond) / (PRIOR_EXCESSES + above);
        let mean_excess = BIN_WIDTH / maths::ln(1.0 + 1.0 / mean_bins);
        Tail {
            from,
            rate: ((above + PRIOR_HOURS * prior_exceedance(from)) / hours).min(1.0),
            mean_excess: mean_excess.clamp(EXCESS_RANGE[0], EXCESS_RANGE[1]),
        }
    }
}

/// The upper tail of the hourly maxima.
struct Tail {
    /// Where it begins.
    from: f64,
    /// Maxima beyond that, an hour; positive.
    rate: f64,
    /// By how much, in the mean.
    mean_excess: f64,
}

fn prior_exceedance(score: f64) -> f64 {
    (PRIOR_RATE * maths::exp(-score * LN_10)).min(1.0)
}

/// What is added to the return period of a series with that many mentions an hour.
fn arrivals(volume: f64) -> f64 {
    let [most, half] = ARRIVALS;
    let squared = volume * volume;
    most * squared / (squared + half * half) - EPISODES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_period_is_read_back() {
        let mut calibration = Calibration::new();
        for hour in 0..2000_u32 {
            // Maxima whose tail is 10^(-s): uniform p, s = -log10 p.
            let p = f64::from(hour.wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24);
            calibration.learn(-maths::log10(p.max(1e-9)), 1.0);
        }
        let hours = calibration.log_return_hours(2.2, 0.0);
        assert!((hours - 2.2).abs() < 0.25, "{hours}");
        let score = calibration.score_at(hours, 0.0);
        assert!((score - 2.2).abs() < 1e-9, "{score}");
    }

    #[test]
    fn a_restless_past_raises_the_threshold() {
        let mut restless = Calibration::new();
        for _ in 0..200 {
            restless.learn(2.6, 1.0);
        }
        assert!(restless.score_at(2.2, 0.0) > Calibration::new().score_at(2.2, 0.0) + 1.0);
    }
}
