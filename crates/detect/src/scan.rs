//! The share scan: how surprising the negatives of the last minutes are.
//!
//! Five windows of minutes end now. In each, k mentions are negative and the others
//! aren't. Were the mood as usual, k would be beta-binomial around the baseline's
//! share, with a correlation that the series has learned for that length of window: the
//! mood of two minutes wavers more than that of an hour if every minute has its own, and
//! less if it drifts. What isn't known of the baseline itself widens the distribution
//! too, so that a young series needs more evidence, not other rules. How many mentions
//! were to be expected at all helps to judge k (`traffic`), as far as the others don't
//! show that there is news or a campaign.

use std::f64::consts::LOG10_2;

use serde::{Deserialize, Serialize};

use crate::maths::{self, Crowd};

/// Lengths of the windows, minutes.
pub(crate) const WINDOWS: [i64; 5] = [2, 5, 15, 60, 120];
/// Number of the window of an hour, by which the mood is shown.
pub(crate) const HOUR_WINDOW: usize = 3;
/// The share expected of a brand nobody has seen yet, and how many mentions that
/// guess is worth. Learned offline: from the brands of real streams the shares
/// spread so widely that the guess must be weak.
const PRIOR_SHARE: f64 = 0.25;
const PRIOR_WEIGHT: f64 = 6.0;
const LOG10_3: f64 = 0.477_121_254_719_662_44;
const LOG10_5: f64 = 1.0 - LOG10_2;
/// log10 of the number of windows in an hour, by which their scores are lowered.
const CHANCES: [f64; WINDOWS.len()] = [
    LOG10_2 + LOG10_3 + LOG10_5, // thirty
    2.0 * LOG10_2 + LOG10_3,     // twelve
    2.0 * LOG10_2,               // four
    0.0,
    -LOG10_2, // a half
];
/// Fewer negatives than this in a window tell nothing: a handful of people are no wave,
/// and over an hour one more is needed.
pub(crate) const NEGATIVES_MIN: [u32; WINDOWS.len()] = [5, 5, 5, 6, 7];
/// How many mentions the brand's share is worth as a guess for one of its platforms.
const PLATFORM_PRIOR_WEIGHT: f64 = 12.0;
/// Hours in which what the long memory has seen loses half its weight.
const LONG_HALF_LIFE: f64 = 168.0;
/// The mood of a day strays from the usual by this standard deviation (of the logit),
/// and comes back with this time constant, hours. Learned offline, as the moods of real
/// brands' days differ with a correlation of about 1/30.
const DAY_DEVIATION: f64 = 0.35;
const DAY_HOURS: f64 = 24.0;
/// An hour of more than so many times the usual mentions, and some, is a surge.
const SURGE_TIMES: f64 = 2.0;
const SURGE_MENTIONS: f64 = 20.0;
/// Correlation before anything is known, and the range it is kept in.
const PRIOR_RHO: [f64; WINDOWS.len()] = [0.07, 0.05, 0.04, 0.035, 0.03];
const RHO_RANGE: [f64; 2] = [0.003, 0.3];
/// Fisher information (of a correlation) that the prior is worth.
const PRIOR_RHO_INFORMATION: f64 = 3000.0;
/// Hours in which what is known of the correlation loses half its weight.
const RHO_HALF_LIFE: f64 = 21.0 * 24.0;

/// Counts of a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Negative mentions.
    pub(crate) negative: u32,
    /// Mentions that count in the share.
    pub(crate) total: u32,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.negative = self.negative.saturating_add(other.negative);
        self.total = self.total.saturating_add(other.total);
    }

    pub(crate) fn remove(&mut self, other: Self) {
        self.negative = self.negative.saturating_sub(other.negative);
        self.total = self.total.saturating_sub(other.total);
    }

    /// One mention.
    pub(crate) fn one(negative: bool) -> Self {
        Self {
            negative: u32::from(negative),
            total: 1,
        }
    }
}

/// What is expected of each window.
pub(crate) type Moods = [Mood; WINDOWS.len()];

/// What the mood is expected to be: a share, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mood {
    /// Expected share of negatives, within (0, 1).
    pub(crate) share: f64,
    /// Mentions' worth of knowledge behind it.
    pub(crate) weight: f64,
}

impl Mood {
    /// What is expected of a brand before its first mention.
    pub(crate) const PRIOR: Self = Self {
        share: PRIOR_SHARE,
        weight: PRIOR_WEIGHT,
    };

    /// Whether these are a share and a weight that can be reckoned with.
    pub(crate) fn is_sound(self) -> bool {
        (0.001..=0.999).contains(&self.share) && (1.0..=1e6).contains(&self.weight)
    }

    /// The same share as a guess for one platform of the brand.
    pub(crate) fn for_platform(self) -> Self {
        Self {
            share: self.share,
            weight: PLATFORM_PRIOR_WEIGHT.min(self.weight),
        }
    }
}

/// The share of negatives, learned: a long memory for what is usual, and how far the
/// mood of these hours strays from it, which drifts. The stray is a Kalman filter's
/// estimate (R. E. Kalman, Journal of Basic Engineering 82 (1960) 35) of an
/// autoregressive logit, fed with hours; a quiet brand lives by the long memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    long: Memory,
    /// How far the logit strays from the usual.
    stray: f64,
    /// Variance of that.
    variance: f64,
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            long: Memory::default(),
            stray: 0.0,
            variance: DAY_DEVIATION * DAY_DEVIATION,
        }
    }
}

/// Fading counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    negative: f64,
    total: f64,
}

impl Memory {
    fn learn(&mut self, half_life: f64, negative: f64, total: f64) {
        let fade = maths::decay(1.0, half_life);
        self.negative = self.negative * fade + negative;
        self.total = self.total * fade + total;
    }

    fn share(&self, prior: Mood) -> f64 {
        (prior.weight * prior.share + self.negative) / (prior.weight + self.total)
    }
}

impl Baseline {
    pub(crate) fn mood(&self, prior: Mood) -> Mood {
        let usual = self.long.share(prior);
        let odds = usual / (1.0 - usual) * maths::exp(self.stray);
        Mood {
            share: (odds / (1.0 + odds)).clamp(1e-4, 1.0 - 1e-4),
            weight: prior.weight + self.long.total,
        }
    }

    /// Takes one hour. Its mentions share a mood (`rho`), so that many are worth
    /// less than their number; negatives far above the usual are cut, so that an
    /// undetected spike doesn't become the new normal within the hour. Where far more
    /// mentions came than the `usual` number, news, praise or a campaign speaks, and not
    /// the brand's usual mood: the hour is worth as much less.
    pub(crate) fn learn(&mut self, hour: Counts, usual: f64, prior: Mood, rho: f64) {
        let mood = self.mood(prior);
        let n = f64::from(hour.total);
        let rho_now = with_uncertainty(rho, mood.weight);
        let mean = n * mood.share;
        let variance = mean * (1.0 - mood.share) * (1.0 + (n - 1.0).max(0.0) * rho_now);
        let most = mean + 3.0 * (variance + 0.5).sqrt() + 1.0;
        let surge = if usual > 0.0 {
            (n / (SURGE_TIMES * usual + SURGE_MENTIONS)).max(1.0)
        } else {
            1.0
        };
        let inflation = (1.0 + (n - 1.0).max(0.0) * rho) * surge;
        let negative = f64::from(hour.negative).min(most);
        self.long
            .learn(LONG_HALF_LIFE, negative / inflation, n / inflation);
        let keep = maths::exp(-1.0 / DAY_HOURS);
        self.stray *= keep;
        let arising = DAY_DEVIATION * DAY_DEVIATION * (1.0 - keep * keep);
        self.variance = self.variance * keep * keep + arising;
        if n > 0.0 {
            // One step of weighted least squares on the logit's scale.
            let information = n * mood.share * (1.0 - mood.share);
            let noise = inflation / information;
            let gain = self.variance / (self.variance + noise);
            self.stray += gain * (negative - mean) / information;
            self.variance *= 1.0 - gain;
        }
    }

    /// Forgets what it knew in favour of `share`, worth `weight` mentions.
    pub(crate) fn rebase(&mut self, share: f64, weight: f64) {
        *self = Self {
            long: Memory {
                negative: share * weight,
                total: weight,
            },
            ..Self::default()
        };
    }
}

/// The correlation of moods when the expected share itself is uncertain: the
/// share's variance of a beta posterior with that weight, added.
fn with_uncertainty(rho: f64, weight: f64) -> f64 {
    rho + (1.0 - rho) / (weight + 1.0)
}

/// The correlation between the moods of mentions in the same window, learned for
/// each length of window from the blocks that it divides time into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dispersion {
    /// Σ information × estimate, per window.
    weighted: [f32; WINDOWS.len()],
    /// Σ information, per window.
    information: [f32; WINDOWS.len()],
}

impl Dispersion {
    /// The correlation for window number `window`.
    pub(crate) fn rho(&self, window: usize) -> f64 {
        let [weighted, information] =
            [self.weighted[window], self.information[window]].map(f64::from);
        let prior = PRIOR_RHO[window] * PRIOR_RHO_INFORMATION;
        let rho = (prior + weighted) / (PRIOR_RHO_INFORMATION + information);
        rho.clamp(RHO_RANGE[0], RHO_RANGE[1])
    }

    /// Takes one block of window number `window`: the moment estimator
    /// ((k−np)²/(np(1−p)) − 1)/(n−1), winsorised at three standard deviations,
    /// weighted by its information ½((n−1)/(1+(n−1)ρ))².
    #[allow(
        clippy::cast_possible_truncation,
        reason = "single precision is enough for a mean"
    )]
    pub(crate) fn learn(&mut self, window: usize, block: Counts, share: f64) {
        if block.total < 2 {
            return;
        }
        let n = f64::from(block.total);
        let rho = self.rho(window);
        let inflation = 1.0 + (n - 1.0) * rho;
        let deviation = f64::from(block.negative) - n * share;
        let squared = deviation * deviation / (n * share * (1.0 - share));
        let estimate = (squared.min(9.0 * inflation) - 1.0) / (n - 1.0);
        let information = 0.5 * ((n - 1.0) / inflation) * ((n - 1.0) / inflation);
        self.weighted[window] += (information * estimate) as f32;
        self.information[window] += information as f32;
    }

    /// An hour passes.
    #[allow(clippy::cast_possible_truncation, reason = "a factor near 1")]
    pub(crate) fn fade(&mut self) {
        let fade = maths::decay(1.0, RHO_HALF_LIFE) as f32;
        for value in self.weighted.iter_mut().chain(&mut self.information) {
            *value *= fade;
        }
    }
}

/// How surprising `counts` are in window number `window`, 0–300: −log10 of the
/// probability of as many negatives or more beside the others, less the decimal
/// logarithm of the number of such windows in an hour. Short windows have many more
/// chances to surprise, and would take most of the alarm budget without that.
pub(crate) fn score(counts: Counts, mood: Mood, rho: f64, crowd: Crowd, window: usize) -> f64 {
    let rho = with_uncertainty(rho, mood.weight);
    let others = counts.total.saturating_sub(counts.negative);
    let surprise = maths::surprise(counts.negative, others, crowd, mood.share, rho);
    (surprise - CHANCES[window]).max(0.0)
}

/// How far the negatives stand above the expected share, in squared standard
/// deviations; none if they don't.
pub(crate) fn squared_excess(counts: Counts, mood: Mood, rho: f64) -> Option<f64> {
    let rho = with_uncertainty(rho, mood.weight);
    let n = f64::from(counts.total);
    let above = f64::from(counts.negative) - n * mood.share;
    let variance = n * mood.share * (1.0 - mood.share) * (1.0 + (n - 1.0).max(0.0) * rho);
    (above > 0.0).then(|| above * above / variance)
}

/// The band of negatives expected of `total` mentions, about 95 %.
pub(crate) fn band(total: f64, mood: Mood, rho: f64) -> [f64; 2] {
    let rho = with_uncertainty(rho, mood.weight);
    let mean = total * mood.share;
    let variance = mean * (1.0 - mood.share) * (1.0 + (total - 1.0).max(0.0) * rho);
    let half = 1.96 * variance.max(0.0).sqrt();
    [(mean - half).max(0.0), (mean + half).min(total)]
}
