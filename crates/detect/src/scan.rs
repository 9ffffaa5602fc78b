//! The share scan: how surprising the negatives of the last minutes are.
//!
//! Four windows of minutes end now. In each, k of n mentions are negative; were
//! the mood as usual, k would be beta-binomial around the baseline's share, with
//! a correlation that the series has learned for that length of window: the mood
//! of two minutes wavers more than that of an hour if every minute has its own,
//! and less if it drifts. What isn't known of the baseline itself widens the
//! distribution too, so that a young series needs more evidence, not other rules.

use serde::{Deserialize, Serialize};

use crate::maths;

/// Lengths of the windows, minutes.
pub(crate) const WINDOWS: [i64; 4] = [2, 5, 15, 60];
/// The share expected of a brand nobody has seen yet, and how many mentions that
/// guess is worth. Learned offline: from the brands of real streams the shares
/// spread so widely that the guess must be weak.
const PRIOR_SHARE: f64 = 0.25;
const PRIOR_WEIGHT: f64 = 6.0;
/// How many mentions the brand's share is worth as a guess for one of its platforms.
const PLATFORM_PRIOR_WEIGHT: f64 = 12.0;
/// Hours in which what the long memory has seen loses half its weight, and the short one.
const LONG_HALF_LIFE: f64 = 168.0;
const SHORT_HALF_LIFE: f64 = 4.0;
/// Mentions that the long memory's share is worth as a guess for the mood of these
/// hours: the moods of days differ with a correlation of about 1/30.
const DRIFT_WEIGHT: f64 = 30.0;
/// Correlation before anything is known, and the range it is kept in.
const PRIOR_RHO: [f64; 4] = [0.04, 0.035, 0.03, 0.025];
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

/// What the mood is expected to be: a share, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
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

    /// The same share as a guess for one platform of the brand.
    pub(crate) fn for_platform(self) -> Self {
        Self {
            share: self.share,
            weight: PLATFORM_PRIOR_WEIGHT.min(self.weight),
        }
    }
}

/// The share of negatives, learned: a long memory for what is usual, and a short
/// one for the mood of these hours, which drifts. The short one counts as far as it
/// has mentions; a quiet brand lives by the long one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    long: Memory,
    short: Memory,
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
        let usual = Mood {
            share: self.long.share(prior),
            weight: DRIFT_WEIGHT,
        };
        Mood {
            share: self.short.share(usual).clamp(1e-4, 1.0 - 1e-4),
            weight: prior.weight + self.long.total,
        }
    }

    /// Takes one hour. Its mentions share a mood (`rho`), so that many are worth
    /// less than their number; negatives far above the usual are cut, so that an
    /// undetected spike doesn't become the new normal within the hour.
    pub(crate) fn learn(&mut self, hour: Counts, prior: Mood, rho: f64) {
        let mood = self.mood(prior);
        let n = f64::from(hour.total);
        let rho_now = with_uncertainty(rho, mood.weight);
        let mean = n * mood.share;
        let variance = mean * (1.0 - mood.share) * (1.0 + (n - 1.0).max(0.0) * rho_now);
        let most = mean + 3.0 * (variance + 0.5).sqrt() + 1.0;
        let worth = 1.0 / (1.0 + (n - 1.0).max(0.0) * rho);
        let negative = f64::from(hour.negative).min(most) * worth;
        self.long.learn(LONG_HALF_LIFE, negative, n * worth);
        self.short.learn(SHORT_HALF_LIFE, negative, n * worth);
    }

    /// Forgets what it knew in favour of `share`, worth `weight` mentions.
    pub(crate) fn rebase(&mut self, share: f64, weight: f64) {
        let memory = Memory {
            negative: share * weight,
            total: weight,
        };
        (self.long, self.short) = (memory, memory);
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
    weighted: [f64; 4],
    /// Σ information, per window.
    information: [f64; 4],
}

impl Dispersion {
    /// The correlation for window number `window`.
    pub(crate) fn rho(&self, window: usize) -> f64 {
        let prior = PRIOR_RHO[window] * PRIOR_RHO_INFORMATION;
        let rho =
            (prior + self.weighted[window]) / (PRIOR_RHO_INFORMATION + self.information[window]);
        rho.clamp(RHO_RANGE[0], RHO_RANGE[1])
    }

    /// Takes one block of window number `window`: the moment estimator
    /// ((k−np)²/(np(1−p)) − 1)/(n−1), winsorised at three standard deviations,
    /// weighted by its information ½((n−1)/(1+(n−1)ρ))².
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
        self.weighted[window] += information * estimate;
        self.information[window] += information;
    }

    /// An hour passes.
    pub(crate) fn fade(&mut self) {
        let fade = maths::decay(1.0, RHO_HALF_LIFE);
        for value in self.weighted.iter_mut().chain(&mut self.information) {
            *value *= fade;
        }
    }
}

/// How surprising `counts` are in window number `window`: −log10 of the
/// probability of as many negatives or more, 0–300.
pub(crate) fn score(counts: Counts, mood: Mood, rho: f64) -> f64 {
    let rho = with_uncertainty(rho, mood.weight);
    maths::share_surprise(counts.negative, counts.total, mood.share, rho)
}

/// Whether the negatives stand so little above the expected that no threshold
/// could be near; saves most of the exact sums. `deviations` is the bar in
/// standard deviations.
pub(crate) fn is_dull(counts: Counts, mood: Mood, rho: f64, deviations: f64) -> bool {
    let rho = with_uncertainty(rho, mood.weight);
    let n = f64::from(counts.total);
    let above = f64::from(counts.negative) - n * mood.share;
    let variance = n * mood.share * (1.0 - mood.share) * (1.0 + (n - 1.0).max(0.0) * rho);
    above <= 0.0 || above * above < deviations * deviations * variance
}

/// The band of negatives expected of `total` mentions, about 95 %.
pub(crate) fn band(total: f64, mood: Mood, rho: f64) -> [f64; 2] {
    let rho = with_uncertainty(rho, mood.weight);
    let mean = total * mood.share;
    let variance = mean * (1.0 - mood.share) * (1.0 + (total - 1.0).max(0.0) * rho);
    let half = 1.96 * variance.max(0.0).sqrt();
    [(mean - half).max(0.0), (mean + half).min(total)]
}
