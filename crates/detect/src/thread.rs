//! One thread: who joined it, how far its posts have spread, how large that makes it.
//!
//! Two things are counted, and the larger one speaks: how a negative post is noted
//! (`Spread::weight`: shares, replies, likes, views in units of a share), and how many
//! other authors join the thread, if it is mostly negative. Each is divided by the
//! part of it that is usually there at the thread's age, so that a young thread is
//! compared with what old ones were when they were young. A size is the decimal
//! logarithm of that.
//!
//! The part that is there after `t` minutes is `1 − (c/(t + c))^0.4`, the sum of
//! reactions that come as `(t + c)^−1.4`: an audience's response to something that
//! comes from outside (R. Crane and D. Sornette, PNAS 105 (2008) 15649: exponent 1 + θ,
//! θ = 0.4). For reactions c is 3 minutes. For conversations it is 32: half of the
//! 1,342 further posts of customers in recorded conversations with service desks came
//! within 150 minutes, a tenth in 8 and three quarters in a day, to which it was
//! fitted (the test `the_curve_of_conversations_is_the_recorded_one`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::maths;
use crate::spread::Spread;

/// Authors known of a thread: more would change nothing about how large it is taken to be.
const VOICES_MAX: usize = 128;
/// Posts of a thread whose spread is remembered.
const SPREADS_MAX: usize = 8;
/// The exponent of the law less one, and its constant for reactions and for
/// conversations, minutes; see the module's text.
const LAW: f64 = 0.4;
pub(crate) const REACTIONS: f64 = 3.0;
const CONVERSATION: f64 = 32.0;
/// Part that is taken to be there at once: what comes in the first seconds is too few
/// to be multiplied by more than ten.
const AT_ONCE: f64 = 0.1;
/// Growth that counts as spreading: a tenth.
const GROWTH: f64 = 0.0414;

/// One thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// Its earliest known post, milliseconds.
    pub(crate) first: i64,
    /// Whether its first post is known and negative.
    pub(crate) is_negative: bool,
    /// First post of each author, milliseconds, and whether that was negative.
    voices: BTreeMap<u64, (i64, bool)>,
    /// Its negative post with the most reactions, and how far its posts have spread: the
    /// furthest ones.
    pub(crate) top: Option<Fact>,
    spreads: BTreeMap<u64, Spread>,
    /// Last minute with a record of it, and last closed minute learned from.
    pub(crate) last: i64,
    /// Largest size in closed minutes.
    pub(crate) settled: f64,
    /// Size without regard to age when it last grew, and when that was.
    grown: f64,
    pub(crate) grew: i64,
    /// Whether it has been the cause of a spike: it never is again.
    pub(crate) told: bool,
}

impl Thread {
    pub(crate) fn new(first: i64) -> Self {
        Self {
            first,
            is_negative: false,
            voices: BTreeMap::new(),
            top: None,
            spreads: BTreeMap::new(),
            last: i64::MIN,
            settled: 0.0,
            grown: 0.0,
            grew: i64::MIN / 2,
            told: false,
        }
    }

    /// Takes an author's post; where there are too many authors, the earliest stay.
    pub(crate) fn join(&mut self, author: u64, at: i64, negative: bool) {
        self.first = self.first.min(at);
        let known = self.voices.entry(author).or_insert((at, negative));
        if at < known.0 {
            *known = (at, negative);
        }
        if self.voices.len() > VOICES_MAX {
            let latest = self
                .voices
                .iter()
                .max_by_key(|(author, (at, _))| (*at, **author));
            if let Some(author) = latest.map(|(author, _)| *author) {
                self.voices.remove(&author);
            }
        }
    }

    /// Authors beside the first one up to `until`, milliseconds, if the thread is
    /// mostly negative; else none.
    pub(crate) fn others(&self, until: i64) -> usize {
        let (mut voices, mut negatives) = (0, 0);
        for (_, negative) in self.voices.values().filter(|(at, _)| *at <= until) {
            voices += 1;
            negatives += usize::from(*negative);
        }
        if self.is_negative || 2 * negatives > voices {
            usize::saturating_sub(voices, 1)
        } else {
            0
        }
    }

    /// Size by the authors who have joined until then.
    #[allow(clippy::cast_precision_loss, reason = "at most 128")]
    pub(crate) fn talk(&self, until: i64) -> Size {
        let age = until.saturating_sub(self.first);
        Size::of(self.others(until) as f64, Some(age), CONVERSATION)
    }

    /// The thread's negative post with the most reactions, to be shown.
    pub(crate) fn show(&mut self, fact: &Fact) {
        let rank = |fact: &Fact| (fact.spread.reactions(), std::cmp::Reverse(fact.key));
        if self.top.as_ref().is_none_or(|top| rank(top) <= rank(fact)) {
            self.top = Some(fact.clone());
        }
    }

    /// Remembers how far a post has spread, if it is among the thread's furthest.
    pub(crate) fn remember(&mut self, key: u64, spread: Spread) {
        let known = self.spreads.entry(key).or_default();
        *known = known.most(spread);
        let now = *known;
        if let Some(top) = self.top.as_mut().filter(|top| top.key == key) {
            top.spread = now;
        }
        if self.spreads.len() > SPREADS_MAX {
            let ranked = self.spreads.iter();
            let least = ranked.min_by_key(|(key, spread)| (spread.weight(), **key));
            if let Some(key) = least.map(|(key, _)| *key) {
                self.spreads.remove(&key);
            }
        }
    }

    /// Forgets what a post said and how far it had spread.
    pub(crate) fn forget(&mut self, key: u64) {
        self.spreads.remove(&key);
        self.top.take_if(|top| top.key == key);
    }

    /// How far a post has spread, if that is remembered.
    pub(crate) fn spread(&self, key: u64) -> Option<Spread> {
        self.spreads.get(&key).copied()
    }

    /// Whether `size` is a growth.
    pub(crate) fn is_growth(&self, size: Size) -> bool {
        size.bare > self.grown + GROWTH
    }

    /// Takes the size of a closed minute for what it is. Returns the size for its age
    /// before, if that was smaller.
    pub(crate) fn settle(&mut self, minute: i64, size: Size) -> Option<f64> {
        if self.is_growth(size) {
            (self.grown, self.grew) = (size.bare, minute);
        }
        let before = self.settled;
        self.settled = before.max(size.for_age);
        (size.for_age > before).then_some(before)
    }

    /// Whether the restored bounds hold.
    pub(crate) fn is_whole(&self) -> bool {
        self.voices.len() <= VOICES_MAX && self.spreads.len() <= SPREADS_MAX
    }
}

/// A record of a thread: how large it makes it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
pub(crate) struct Size {
    /// For its age: decimal logarithm of the shares it is likely to end with.
    pub(crate) for_age: f64,
    /// As it stands.
    bare: f64,
}

impl Size {
    /// Of `count` shares (or authors) after `age` milliseconds, if known; `constant` is the law's.
    pub(crate) fn of(count: f64, age: Option<i64>, constant: f64) -> Self {
        let bare = maths::log10(count.max(1.0));
        let there = age.map_or(1.0, |age| AT_ONCE + (1.0 - AT_ONCE) * there(age, constant));
        Self {
            for_age: if count < 1.0 {
                0.0
            } else {
                bare - maths::log10(there)
            },
            bare,
        }
    }

    pub(crate) fn larger(self, other: Self) -> Self {
        Self {
            for_age: self.for_age.max(other.for_age),
            bare: self.bare.max(other.bare),
        }
    }
}

/// Part of a thread that is there after `age` milliseconds, 0–1.
#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds; the ends of the range are alike"
)]
pub(crate) fn there(age: i64, constant: f64) -> f64 {
    let minutes = age.max(0) as f64 / 60_000.0;
    1.0 - maths::exp(LAW * maths::ln(constant / (minutes + constant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes, and the part of customers' further posts that had come by then in the
    /// recorded conversations (`tests/threads.rs` counts them).
    const RECORDED: [(i64, f64); 8] = [
        (5, 0.055),
        (10, 0.127),
        (30, 0.282),
        (60, 0.386),
        (120, 0.471),
        (480, 0.617),
        (1440, 0.755),
        (2880, 0.812),
    ];

    #[test]
    fn the_curve_of_conversations_is_the_recorded_one() {
        for (minutes, part) in RECORDED {
            let curve = there(minutes * 60_000, CONVERSATION);
            assert!((curve - part).abs() < 0.06, "{minutes}: {curve} {part}");
        }
    }

    #[test]
    fn sizes_are_finite_and_grow_with_the_count_and_shrink_with_the_age() {
        for constant in [REACTIONS, CONVERSATION] {
            let mut before = Size::of(1e9, Some(i64::MIN), constant);
            for age in [0, 1, 60_000, 3_600_000, 86_400_000, i64::MAX] {
                let size = Size::of(1e9, Some(age), constant);
                assert!(size.for_age.is_finite() && size.for_age <= before.for_age);
                assert!(size.for_age >= Size::of(1e8, Some(age), constant).for_age);
                before = size;
            }
            assert_eq!(Size::of(0.0, Some(0), constant), Size::default());
        }
    }

    #[test]
    fn of_too_many_voices_the_earliest_stay_in_every_order() {
        let mut there = Thread::new(0);
        let mut back = Thread::new(0);
        for number in 0..200_u32 {
            there.join(u64::from(number), i64::from(number), true);
            back.join(u64::from(199 - number), i64::from(199 - number), true);
        }
        assert_eq!(there, back);
        assert_eq!(there.others(i64::MAX), VOICES_MAX - 1);
    }
}
