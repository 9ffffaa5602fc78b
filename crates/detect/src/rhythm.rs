//! How many mentions an hour usually brings.
//!
//! The expected number is a level times a factor of the hour.
//!
//! - **Level.** A slow one (half-life a fortnight) and how much of it the last day
//!   brings: a brand's volume wanders from day to day, and a busy brand shows within
//!   hours where it stands today. A quiet brand's day says little and counts as little.
//! - **Factor.** Forty-eight of them, by local hour of the day, on working days and on
//!   weekends and holidays. Each is shrunk towards what the same hour brings on all
//!   days, with its neighbours', and that towards 1; so a young brand is served from its
//!   first day, and a quiet one isn't taken in by single mentions.
//! - **Cut.** An hour counts as at most twice the expected mentions and three standard
//!   deviations: one loud hour isn't the new usual, and a lasting change is after a day.
//! - **Silence is not seen.** Once so many mentions are missing that a silence can't be
//!   chance, further silent hours are missing data. Otherwise an outage would teach that
//!   the brand is quiet, and the first hour after it would look like a campaign.
//! - **Announced campaigns aren't learned**: they say nothing about the usual.
//!
//! What is left, the *spread* of hours around the expected beyond chance, is learned
//! twice: once cut at three standard deviations, for how an ordinary hour differs, and
//! once in full for [`Rhythm::deviation`], so that a brand that had a surge of some size
//! must exceed it clearly to surprise again.
//!
//! The figures below were found on the hourly mentions of six brands over two months
//! (Numenta Anomaly Benchmark, realTweets), the same thinned to 30, 3 and 0.3 an hour.
//! Against the mean of the same hour on the days before, the negative log-likelihood
//! (negative binomial, spread 0.4, above the best of each hour) falls from 0.87 to 0.62
//! in the first week and from 0.78 to 0.50 after it; thinned to 30 an hour from 0.80 to
//! 0.58 and 0.70 to 0.48, to 3 an hour from 0.68 to 0.57 and 0.63 to 0.53. Halving or
//! doubling any figure changes these by less than 0.04, so they are round ones from the
//! middle. A level that follows half a day fits better still (0.47), but follows a surge,
//! too, before it is over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, HOURS, Slot};
use crate::maths;

/// Hours in which the slow level loses half of its weight, and what is known of today.
const SLOW_HALF_LIFE: f64 = 14.0 * 24.0;
const FAST_HALF_LIFE: f64 = 24.0;
/// Mentions that the slow level is worth as a guess for today's: days differ with a
/// standard deviation of about a third.
const SLOW_WEIGHT: f64 = 10.0;
/// Visits of a slot in which what it knows loses half its weight.
const SLOT_HALF_LIFE: f64 = 14.0;
/// Visits, and mentions, that the guess for an hour's factor is worth.
const GUESS_VISITS: f64 = 1.5;
const GUESS_MENTIONS: f64 = 10.0;
/// How many times that the factor on all days is worth as a guess for one sort of days.
const DAYS_GUESS: f64 = 2.0;
/// Weight of each neighbouring hour beside the hour itself.
const NEIGHBOUR: f64 = 0.25;
/// Hours' worth of knowledge that days off are as busy as others.
const RATIO_PRIOR: f64 = 8.0;
/// An hour of more than this many times the day's mean isn't believed.
const FACTOR_MAX: f64 = 24.0;
/// Cut of an hour: so many times the expected, and so many standard deviations.
const CUT_TIMES: f64 = 2.0;
const CUT_DEVIATIONS: f64 = 3.0;
/// Hours that must be known before anything is cut or the spread is learned: a day.
const YOUNG_HOURS: f64 = 24.0;
/// Mentions missing from a silence that can't be chance: odds of 1 in 20,000 for as
/// many expected, and spread makes it likelier by little.
const SILENT_MENTIONS: f64 = 10.0;
/// Relative standard deviation of an hour before anything is known (the six brands':
/// 0.2–0.6), the hours' worth of it, and its range.
const SPREAD_PRIOR: f64 = 0.35;
const SPREAD_PRIOR_HOURS: f64 = 20.0;
const SPREAD_RANGE: [f64; 2] = [0.05, 3.0];
/// Hours in which what is known of the spread loses half its weight.
const SPREAD_HALF_LIFE: f64 = 21.0 * 24.0;
/// No single hour may weigh more than this in the spread, however absurd its count.
const SPREAD_HOUR_MAX: f64 = 1e6;
/// Weights of slots are kept in twelfths of a visit: the most there can be,
/// 1/(1 − 2^(−1/14)) = 20.7, then just fits a byte.
const WEIGHT_STEPS: f64 = 12.0;

/// An hour further from the expected than so many standard deviations is news, or a fault:
/// it is worth this part of an ordinary one, until so many in a row say that the usual
/// has changed. The volume is known to 3 % by day that way, and to 8 % otherwise
/// (`ophef bench detect`, brands of five mentions a minute): news now and then would
/// keep level and hours too high for days.
const STRANGE_DEVIATIONS: f64 = 3.0;
pub(crate) const STRANGE_WEIGHT: f64 = 0.1;
const STRANGE_HOURS: u8 = 6;

/// Working days and days off.
const SORTS: usize = 2;

/// Mentions an hour, by local hour of the week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    /// Factor of each hour of the day, on working days and on days off, as observed.
    factors: [[f32; HOURS]; SORTS],
    /// Faded visits of each, in twelfths.
    weights: [[u8; HOURS]; SORTS],
    /// Faded mentions, and factors of the hours they came in, over a fortnight.
    slow: [f32; 2],
    /// The same over a day.
    fast: [f32; 2],
    /// Faded sum of the squared relative deviations beyond chance and of their
    /// information, cut; and in full.
    spread: [f32; 2],
    inflated: [f32; 2],
    /// Mentions expected in the silence up to now.
    silent: f32,
    /// Hours in a row that were far from the expected, up to now.
    strange: u8,
    /// Worked out from the factors once a day: how busy a day off is beside
    /// a working day, and the mean factor of a week.
    off_ratio: f32,
    mean_factor: f32,
    /// Tells the slot of an hour; given by the watch, not part of a snapshot.
    #[serde(skip)]
    calendar: Arc<Calendar>,
}

impl Rhythm {
    pub(crate) fn new() -> Self {
        Self {
            factors: [[1.0; HOURS]; SORTS],
            weights: [[0; HOURS]; SORTS],
            slow: [0.0; 2],
            fast: [0.0; 2],
            spread: [0.0; 2],
            inflated: [0.0; 2],
            silent: 0.0,
            strange: 0,
            off_ratio: 1.0,
            mean_factor: 1.0,
            calendar: Arc::default(),
        }
    }

    /// From now on hours are the calendar's.
    pub(crate) fn adopt(&mut self, calendar: &Arc<Calendar>) {
        self.calendar = Arc::clone(calendar);
    }

    /// Whether the values of a restored rhythm are such as are learned.
    pub(crate) fn is_whole(&self) -> bool {
        let sums = [self.slow, self.fast, self.spread, self.inflated];
        let single = [self.silent, self.off_ratio, self.mean_factor];
        let mut all = self.factors.iter().flatten().chain(sums.iter().flatten());
        all.all(|value| value.is_finite()) && single.iter().all(|value| value.is_finite())
    }

    /// Takes the hour with that number since the epoch, of which `seen` (0–1) was seen.
    pub(crate) fn learn(&mut self, hour: i64, mentions: f64, seen: f64) {
        let known = self.hours_known();
        if seen <= 0.0 || (known >= YOUNG_HOURS && self.calendar.expected_factor(hour) > 1.0) {
            return;
        }
        let expected = self.expected(hour) * seen;
        self.notice_silence(mentions, expected);
        if self.is_silent() {
            return;
        }
        let (mut believed, mut weight) = (mentions, 1.0);
        if known >= YOUNG_HOURS {
            self.learn_spread(mentions, expected);
            let most = CUT_TIMES * expected + CUT_DEVIATIONS * (expected + 1.0).sqrt();
            believed = mentions.min(most);
            weight = self.weight_of(mentions, expected);
        }
        let slot = self.calendar.slot(hour);
        let factor = self.factor(slot) * seen;
        let worth = [believed * weight, factor * weight];
        fade_and_add(&mut self.slow, SLOW_HALF_LIFE, worth);
        fade_and_add(&mut self.fast, FAST_HALF_LIFE, worth);
        self.learn_factor(slot, believed / seen, seen * weight);
    }

    /// What an hour is worth, 0–1: little if it is strange.
    fn weight_of(&mut self, mentions: f64, expected: f64) -> f64 {
        let own = self.spread();
        let deviation = (expected + 1.0 + own * own * expected * expected).sqrt();
        if (mentions - expected).abs() <= STRANGE_DEVIATIONS * deviation {
            self.strange = 0;
            return 1.0;
        }
        self.strange = self.strange.saturating_add(1);
        if self.strange > STRANGE_HOURS {
            1.0
        } else {
            STRANGE_WEIGHT
        }
    }

    fn notice_silence(&mut self, mentions: f64, expected: f64) {
        let missing = f64::from(self.silent) + expected;
        self.silent = if mentions > 0.0 {
            0.0
        } else {
            single(missing.min(SILENT_MENTIONS))
        };
    }

    /// Whether the hour learned last belongs to a silence that can't be chance: it is
    /// missing data, and nothing should be learned from it.
    pub(crate) fn is_silent(&self) -> bool {
        f64::from(self.silent) >= SILENT_MENTIONS
    }

    fn learn_factor(&mut self, slot: Slot, rate: f64, seen: f64) {
        let level = self.level();
        if level <= 0.0 {
            return; // there was no mention yet
        }
        let (factor, weight) = self.cell(slot);
        let fade = maths::decay(1.0, SLOT_HALF_LIFE);
        let grown = weight * fade + seen;
        let found = (rate / level).min(FACTOR_MAX);
        let sort = usize::from(slot.is_off);
        self.factors[sort][slot.hour] = single(factor + (found - factor) * seen / grown);
        self.weights[sort][slot.hour] = in_steps(grown);
        // Once a day is enough for what changes over weeks, and spares the other hours.
        if slot.hour == 0 || self.hours_known() < 2.0 * YOUNG_HOURS {
            self.off_ratio = single(self.ratio());
            self.mean_factor = single(self.mean_of_week());
        }
    }

    /// What an hour that was expected to bring `expected` says of the spread: the squared
    /// deviation beyond that of chance, weighted by its information.
    fn learn_spread(&mut self, mentions: f64, expected: f64) {
        if expected <= 0.0 {
            return;
        }
        let squared = (mentions - expected) * (mentions - expected);
        let own = self.spread() * self.spread() * expected;
        let information = (own / (1.0 + own)) * (own / (1.0 + own));
        let beyond = |squared: f64| {
            let relative = information * (squared - expected) / (expected * expected);
            relative.min(SPREAD_HOUR_MAX)
        };
        let cut = CUT_DEVIATIONS * CUT_DEVIATIONS * expected * (1.0 + own);
        let ordinary = [beyond(squared.min(cut)), information];
        fade_and_add(&mut self.spread, SPREAD_HALF_LIFE, ordinary);
        fade_and_add(
            &mut self.inflated,
            SPREAD_HALF_LIFE,
            [beyond(squared), information],
        );
    }

    /// Mentions that the hour usually brings; 0 while nothing is known. Announced
    /// campaigns aren't in it: what pages must not depend on them.
    pub(crate) fn expected(&self, hour: i64) -> f64 {
        let level = self.level();
        if level <= 0.0 {
            return 0.0;
        }
        level * self.factor(self.calendar.slot(hour))
    }

    /// The same with the campaigns and events that were announced for the hour.
    pub(crate) fn announced(&self, hour: i64) -> f64 {
        self.expected(hour) * self.calendar.expected_factor(hour)
    }

    /// By how much an ordinary hour differs from the expected, beyond what chance does:
    /// a relative standard deviation.
    pub(crate) fn spread(&self) -> f64 {
        relative_deviation(self.spread)
    }

    /// How far `mentions` lie above the `expected` ones, in standard deviations of the
    /// past, its surges included; below 0 where there are fewer.
    pub(crate) fn deviation(&self, mentions: f64, expected: f64) -> f64 {
        let spread = relative_deviation(self.inflated).max(self.spread());
        let own = spread * expected;
        // One mention more than chance: a silent brand's first is no surge.
        (mentions - expected) / (expected + 1.0 + own * own).sqrt()
    }

    /// Whole hours that the estimate rests on, faded.
    pub(crate) fn hours_known(&self) -> f64 {
        let steps = self
            .weights
            .iter()
            .flatten()
            .map(|weight| u32::from(*weight));
        f64::from(steps.sum::<u32>()) / WEIGHT_STEPS
    }

    /// Mentions an hour in the mean of a week; 0 while nothing is known.
    pub(crate) fn mean(&self) -> f64 {
        self.level() * f64::from(self.mean_factor)
    }

    /// Mentions an hour of factor 1, as of today.
    fn level(&self) -> f64 {
        let [slow, fast] = [self.slow, self.fast].map(|sums| sums.map(f64::from));
        if slow[0] <= 0.0 || slow[1] <= 0.0 {
            return 0.0;
        }
        let usual = slow[0] / slow[1];
        usual * (SLOW_WEIGHT + fast[0]) / (SLOW_WEIGHT + fast[1] * usual)
    }

    fn cell(&self, slot: Slot) -> (f64, f64) {
        let sort = usize::from(slot.is_off);
        let weight = f64::from(self.weights[sort][slot.hour]) / WEIGHT_STEPS;
        (f64::from(self.factors[sort][slot.hour]), weight)
    }

    /// What the guess for a factor is worth, in visits.
    fn guess_weight(&self) -> f64 {
        GUESS_VISITS + GUESS_MENTIONS / self.level().max(1e-3)
    }

    /// The shrunk factor of a slot.
    fn factor(&self, slot: Slot) -> f64 {
        let prior = self.guess_weight();
        let hour = slot.hour;
        let sides =
            self.pooled((hour + 1) % HOURS, prior) + self.pooled((hour + HOURS - 1) % HOURS, prior);
        let mut guess = (self.pooled(hour, prior) + NEIGHBOUR * sides) / (1.0 + 2.0 * NEIGHBOUR);
        if slot.is_off {
            guess *= f64::from(self.off_ratio);
        }
        let (factor, weight) = self.cell(slot);
        let prior = DAYS_GUESS * prior;
        (weight * factor + prior * guess) / (weight + prior)
    }

    /// Factor of an hour of the day on working days, learned from all days.
    fn pooled(&self, hour: usize, prior: f64) -> f64 {
        let (on, on_weight) = self.cell(Slot {
            hour,
            is_off: false,
        });
        let (off, off_weight) = self.cell(Slot { hour, is_off: true });
        let off = off / f64::from(self.off_ratio);
        (on_weight * on + off_weight * off + prior) / (on_weight + off_weight + prior)
    }

    /// How busy days off are beside working days, over the hours known of both.
    fn ratio(&self) -> f64 {
        let (mut off_sum, mut on_sum) = (RATIO_PRIOR, RATIO_PRIOR);
        for hour in 0..HOURS {
            let (on, on_weight) = self.cell(Slot {
                hour,
                is_off: false,
            });
            let (off, off_weight) = self.cell(Slot { hour, is_off: true });
            if on_weight > 0.0 && off_weight > 0.0 {
                let weight = on_weight * off_weight / (on_weight + off_weight);
                off_sum += weight * off;
                on_sum += weight * on;
            }
        }
        off_sum / on_sum
    }

    /// The mean factor, five working days to two others.
    fn mean_of_week(&self) -> f64 {
        let mean = |is_off| {
            let factors = (0..HOURS).map(|hour| self.factor(Slot { hour, is_off }));
            factors.sum::<f64>() / 24.0
        };
        (5.0 * mean(false) + 2.0 * mean(true)) / 7.0
    }
}

fn fade_and_add(sums: &mut [f32; 2], half_life: f64, added: [f64; 2]) {
    let fade = maths::decay(1.0, half_life);
    for (sum, added) in sums.iter_mut().zip(added) {
        *sum = single(f64::from(*sum) * fade + added);
    }
}

fn relative_deviation(sums: [f32; 2]) -> f64 {
    let [squares, information] = sums.map(f64::from);
    let prior = SPREAD_PRIOR_HOURS;
    let square = (SPREAD_PRIOR * SPREAD_PRIOR * prior + squares) / (prior + information);
    square
        .max(0.0)
        .sqrt()
        .clamp(SPREAD_RANGE[0], SPREAD_RANGE[1])
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "single precision is enough for a mean"
)]
fn single(value: f64) -> f32 {
    value as f32
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 255, by the limit"
)]
fn in_steps(weight: f64) -> u8 {
    (weight * WEIGHT_STEPS).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests;
