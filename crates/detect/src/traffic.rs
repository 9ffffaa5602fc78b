//! How many mentions are to be expected in a window, and how sure that is.

use std::cell::{Cell, OnceCell};

use serde::{Deserialize, Serialize};

use crate::maths::{self, Crowd};
use crate::rhythm::{Rhythm, STRANGE_WEIGHT};
use crate::surge::HOUR;

/// Hours in which what is known of the spread loses half its weight: a week.
const HALF_LIFE: f64 = 168.0;
/// Relative variance of an hour's mentions around the rhythm before anything is known,
/// and the Fisher information that this guess is worth: some days of a busy brand.
const PRIOR_SPREAD: f64 = 0.2;
const PRIOR_INFORMATION: f64 = 300.0;
/// The least spread: no rhythm is known better than to 2 %.
const SPREAD_MIN: f64 = 0.0004;
/// A young rhythm knows the hours of the day by their mean only, which by day is about
/// twice and by night a fifth of it; after this many hours that is past.
const YOUNG_HOURS: f64 = 24.0;
/// Squared deviations beyond this many variances are news or a campaign, which the scan
/// expects on its own; they are cut, and worth a part of an ordinary hour.
const CUT: f64 = 6.0;

/// Hours that one evaluation remembers: those of the longest window and those beside
/// them, as a power of two.
const REMEMBERED: usize = 8;

/// How much the mentions of an hour vary around the rhythm, beyond chance.
///
/// Other than [`Rhythm::spread`], which tells what is unusual, it is weighted by what
/// each hour tells, so that a busy brand's is known within days: the better the volume
/// is known, the fewer negatives are needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// Σ information × estimate of the relative variance, fading.
    weighted: f64,
    /// Σ information, fading.
    information: f64,
}

impl Traffic {
    /// The relative variance of the rate.
    fn spread(&self) -> f64 {
        let prior = PRIOR_SPREAD * PRIOR_INFORMATION;
        let spread = (prior + self.weighted) / (PRIOR_INFORMATION + self.information);
        spread.max(SPREAD_MIN)
    }

    /// Takes an hour of `mentions`, `expected` of them before it began. The moment
    /// estimator ((n − e)² − e)/e², weighted by its information (e/(1 + e·spread))².
    pub(crate) fn learn(&mut self, mentions: f64, expected: f64) {
        let fade = maths::decay(1.0, HALF_LIFE);
        self.weighted *= fade;
        self.information *= fade;
        if expected <= 0.0 {
            return;
        }
        let spread = self.spread();
        let variance = expected + expected * expected * spread;
        let deviation = mentions - expected;
        let is_strange = deviation * deviation > CUT * variance;
        let squared = (deviation * deviation).min(CUT * variance);
        let information = expected / (1.0 + expected * spread);
        let worth = if is_strange { STRANGE_WEIGHT } else { 1.0 };
        let information = information * information * worth;
        self.weighted += information * (squared - expected) / (expected * expected);
        self.weighted = self.weighted.max(-PRIOR_SPREAD * PRIOR_INFORMATION);
        self.information += information;
    }

    /// The mentions expected in the `length` minutes that end with minute `last`.
    pub(crate) fn crowd(&self, flow: &Flow<'_>, last: i64, length: i64) -> Crowd {
        let end = last.saturating_add(1);
        let begin = end.saturating_sub(length);
        let mean = flow.until(end) - flow.until(begin) + flow.whole_hours(begin, end);
        let young = flow.youth();
        Crowd {
            mean,
            shape: 1.0 / (self.spread() + young * young),
        }
    }
}

/// A rhythm as the windows of one evaluation ask for it, all about the same few hours: each
/// is worked out once.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    rhythm: &'a Rhythm,
    /// An hour asked for and the mentions expected in it, by the last digits of the hour.
    expected: [Cell<Option<(i64, f64)>>; REMEMBERED],
    youth: OnceCell<f64>,
}

impl<'a> Flow<'a> {
    pub(crate) const fn new(rhythm: &'a Rhythm) -> Self {
        Self {
            rhythm,
            expected: [const { Cell::new(None) }; REMEMBERED],
            youth: OnceCell::new(),
        }
    }

    /// What is not known yet of the hours of the day: a relative standard deviation.
    fn youth(&self) -> f64 {
        let youth = || YOUNG_HOURS / (YOUNG_HOURS + self.rhythm.hours_known());
        *self.youth.get_or_init(youth)
    }

    fn expected(&self, hour: i64) -> f64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the last digits, whatever the sign"
        )]
        let place = &self.expected[hour as usize % REMEMBERED];
        match place.get() {
            Some((of, expected)) if of == hour => expected,
            _ => {
                let expected = self.rhythm.expected(hour);
                place.set(Some((hour, expected)));
                expected
            }
        }
    }

    /// Mentions expected from the beginning of the hour of minute `end` to its beginning:
    /// the hour's own in all, at a rate that runs smoothly into those beside it (cubic
    /// Hermite interpolation of the sum, whose slopes are kept where it rises: F. Fritsch,
    /// R. Carlson, SIAM Journal on Numerical Analysis 17 (1980) 238).
    fn until(&self, end: i64) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "0 to 59")]
        let part = end.rem_euclid(HOUR) as f64 / HOUR as f64;
        if part <= 0.0 {
            return 0.0;
        }
        let hour = end.div_euclid(HOUR);
        let own = self.expected(hour);
        let slope = |beside: i64| f64::midpoint(self.expected(beside), own).min(3.0 * own);
        let (begin, finish) = (slope(hour - 1), slope(hour + 1));
        let left = 1.0 - part;
        part * (own * part * (3.0 - 2.0 * part) + begin * left * left - finish * part * left)
    }

    /// Mentions expected in the hours that begin between the hours of both minutes.
    fn whole_hours(&self, begin: i64, end: i64) -> f64 {
        let hours = begin.div_euclid(HOUR)..end.div_euclid(HOUR);
        hours.map(|hour| self.expected(hour)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_learned_and_news_does_not_spoil_it() {
        let mut steady = Traffic::default();
        for hour in 0..1_000_u32 {
            let news = if hour % 70 == 0 { 400.0 } else { 0.0 };
            steady.learn(if hour % 2 == 0 { 110.0 } else { 90.0 } + news, 100.0);
        }
        assert!(steady.spread() < 0.02, "{}", steady.spread());
        let mut restless = Traffic::default();
        for hour in 0..1_000_u32 {
            restless.learn(if hour % 2 == 0 { 160.0 } else { 40.0 }, 100.0);
        }
        let spread = restless.spread();
        assert!((0.3..0.4).contains(&spread), "{spread}");
    }

    #[test]
    fn the_rhythm_runs_straight_between_the_hours() {
        let mut rhythm = Rhythm::new();
        let traffic = Traffic::default();
        assert!(traffic.crowd(&Flow::new(&rhythm), 0, 60).mean.abs() < 1e-9);
        for hour in 0..24 * 60_i64 {
            let mentions = if hour.rem_euclid(24) < 12 {
                60.0
            } else {
                180.0
            };
            rhythm.learn(hour, mentions, 1.0);
        }
        let noon = 12 * 60;
        let crowd = traffic.crowd(&Flow::new(&rhythm), noon + 119, 120);
        assert!((crowd.mean - 350.0).abs() < 20.0, "{}", crowd.mean);
        assert!(crowd.shape < 1.0 / PRIOR_SPREAD);
    }
}
