//! Threads that spread: how far a negative post goes for its age, and how rare that
//! is for this brand.
//!
//! # The size of a thread
//!
//! Two things are counted, and the larger one speaks: how a negative post is noted
//! (`Spread::weight`: shares, replies, likes, views in units of a share), and how many
//! other authors join the thread, if it is mostly negative. Each is divided by the
//! part of it that is usually there at the thread's age, so that a young thread is
//! compared with what old ones were when they were young. A size is the decimal
//! logarithm of that.
//!
//! The part that is there after `t` minutes is `1 − (c/(t + c))^0.4`, the sum of
//! reactions that come as `(t + c)^−1.4`, the law of attention for the posts of large
//! authors (R. Crane and D. Sornette, PNAS 105 (2008) 15649, have the exponent as
//! 1 + θ with θ = 0.4). For reactions c is 3 minutes. For conversations it is 32: half
//! of the 1,345 further posts of customers in 1,316 recorded threads with service
//! desks came within 150 minutes, 10 % in 8 and 75 % in a day, to which it was fitted
//! (`tests/threads.rs`).
//!
//! # How rare it is
//!
//! A brand counts how many of its threads reached each size, over what it learns from:
//! minutes that are closed and belong to no spike. Sizes far beyond what it has seen
//! come as rarely as an exponential tail says, since a power law's logarithm has one;
//! the tail's mean is learned. A brand without a past has a tail heavier than the ones
//! measured: 0.06·X^−0.97 of the negative posts get further than X shares, where 0.05·X^−1.4
//! of 14,485 recorded mentions did.
//!
//! At most [`THREADS_MAX`] threads are kept after their last minute has closed, the least
//! recently active forgotten first, and twice as many with open ones; a lone post
//! without reactions is none.

use std::collections::BTreeMap;
use std::f64::consts::LN_10;

use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::maths;
use crate::spread::Spread;

/// Threads whose minutes are all closed that are kept, and the most there may be at once.
const THREADS_MAX: usize = 256;
const THREADS_AT_ONCE: usize = 2 * THREADS_MAX;
/// Authors known of a thread: more would change nothing about how large it is taken to be.
const VOICES_MAX: usize = 64;
/// Posts of a thread whose spread is remembered.
const SPREADS_MAX: usize = 8;
/// Records of open minutes that wait to be learned from.
const OPEN_MAX: usize = 2048;
/// The exponent of the law of attention less one, and its constant for reactions and
/// for conversations, minutes; see the module's text.
const LAW: f64 = 0.4;
pub(crate) const REACTIONS: f64 = 3.0;
pub(crate) const CONVERSATION: f64 = 32.0;
/// Part that is taken to be there at once: what comes in the first seconds is too few
/// to be multiplied by more than ten.
const AT_ONCE: f64 = 0.1;
/// Nothing smaller pages, however quiet the brand: 40 shares (or 200 likes, or 20,000
/// views) of one post, or 15 other authors in the thread.
const WEIGHT_MIN: f64 = 40.0;
const OTHERS_MIN: usize = 15;
/// Steps of the size, and how many: fifteen decades, more than there are people.
const STEP: f64 = 0.25;
const STEPS: usize = 60;
/// Hours in which what was learned loses half its weight: as long as the scan's own
/// thresholds have (`calibration`).
const HALF_LIFE: f64 = 28.0 * 24.0;
/// What is believed of a brand's negative posts before they are known: how many that
/// belief is worth, the part of them that get a share at all, and the mean by which a
/// size exceeds another one in the tail (0.45: exponent 0.97). How many exceedances
/// that last is worth.
const PRIOR_POSTS: f64 = 50.0;
const PRIOR_PART: f64 = 0.06;
const PRIOR_EXCESS: f64 = 0.45;
const PRIOR_EXCESSES: f64 = 20.0;
/// Range of the mean excess: exponents of 1.7 to 0.6. Tails thinner than the thinnest
/// measured or so heavy that nothing is ever rare aren't believed.
const EXCESS_RANGE: [f64; 2] = [0.25, 0.7];
/// Threads beyond a size from which it is known how often it is reached.
const KNOWN_FROM: f64 = 20.0;
/// Growth of a thread within [`HOLD`] minutes that counts as spreading: a tenth.
const GROWTH: f64 = 0.0414;
/// Minutes without growth after which a thread has stopped spreading.
const HOLD: i64 = 30;

/// One thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Thread {
    /// Its earliest known post, milliseconds.
    first: i64,
    /// Whether its first post is known and negative.
    is_negative: bool,
    /// First post of each author, milliseconds, and whether that was negative.
    voices: BTreeMap<u64, (i64, bool)>,
    /// Its negative post with the most reactions, and how far its posts have spread: the
    /// furthest ones.
    top: Option<Fact>,
    spreads: BTreeMap<u64, Spread>,
    /// Last minute with a record of it, and last closed minute learned from.
    last: i64,
    /// Largest size in closed minutes.
    settled: f64,
    /// Size without regard to age when it last grew, and when that was.
    grown: f64,
    grew: i64,
    /// Whether it has been the cause of a spike: it never is again.
    told: bool,
}

impl Thread {
    fn new(first: i64) -> Self {
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
    fn join(&mut self, author: u64, at: i64, negative: bool) {
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
    fn others(&self, until: i64) -> usize {
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
    fn of(count: f64, age: Option<i64>, constant: f64) -> Self {
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

/// What is known of a brand's threads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Virality {
    threads: BTreeMap<u64, Thread>,
    /// Sizes by reactions in minutes that are still open, by minute and thread.
    open: BTreeMap<(i64, u64), Size>,
    /// Threads that reached each step of the size, fading.
    reached: Vec<f64>,
    /// Negative posts and hours seen, fading.
    posts: f64,
    hours: f64,
}

impl Virality {
    /// Whether the restored bounds hold.
    pub(crate) fn is_whole(&self) -> bool {
        let numbers = self.reached.iter().chain([&self.posts, &self.hours]);
        self.threads.len() <= THREADS_AT_ONCE
            && self.open.len() <= OPEN_MAX
            && (self.reached.is_empty() || self.reached.len() == STEPS)
            && numbers
                .into_iter()
                .all(|number| number.is_finite() && *number >= 0.0)
            && self.threads.values().all(|thread| {
                thread.voices.len() <= VOICES_MAX && thread.spreads.len() <= SPREADS_MAX
            })
    }

    fn thread(&mut self, root: u64, first: i64) -> Option<&mut Thread> {
        let is_full = self.threads.len() >= THREADS_AT_ONCE;
        if is_full && !self.threads.contains_key(&root) {
            return None; // a flood of threads; each of them is as ordinary as the next
        }
        Some(
            self.threads
                .entry(root)
                .or_insert_with(|| Thread::new(first)),
        )
    }

    pub(crate) fn knows(&self, root: u64) -> bool {
        self.threads.contains_key(&root)
    }

    /// The first post of a known thread: when it was posted, and whether it is negative.
    pub(crate) fn begin(&mut self, root: u64, at: i64, negative: bool) {
        if let Some(thread) = self.threads.get_mut(&root) {
            thread.first = thread.first.min(at);
            thread.is_negative = negative;
        }
    }

    /// A post of `author` at `at` milliseconds. Returns the size of the thread with it.
    pub(crate) fn join(&mut self, root: u64, author: u64, at: i64, negative: bool) -> Option<Size> {
        let minute = minute_of(at);
        let thread = self.thread(root, at)?;
        thread.join(author, at, negative);
        thread.last = thread.last.max(minute);
        let size = talk(thread, at);
        let is_enough = thread.others(at) >= OTHERS_MIN;
        self.wait(minute, root, Size::default());
        is_enough.then_some(size)
    }

    /// Reactions to one of its negative posts, at `at` milliseconds: `weight` shares
    /// after `age`, if that is known. Returns the size of the thread by them, if they
    /// are enough to page.
    pub(crate) fn react(
        &mut self,
        root: u64,
        at: i64,
        weight: f64,
        age: Option<i64>,
    ) -> Option<Size> {
        let minute = minute_of(at);
        let first = at.saturating_sub(age.unwrap_or(0));
        let thread = self.thread(root, first)?;
        thread.first = thread.first.min(first);
        thread.last = thread.last.max(minute);
        let size = Size::of(weight, age, REACTIONS);
        self.wait(minute, root, size);
        (weight >= WEIGHT_MIN).then_some(size)
    }

    fn wait(&mut self, minute: i64, root: u64, size: Size) {
        if self.open.len() < OPEN_MAX || self.open.contains_key(&(minute, root)) {
            let known = self.open.entry((minute, root)).or_default();
            *known = known.larger(size);
        }
    }

    /// The thread's negative post with the most reactions, to be shown.
    pub(crate) fn show(&mut self, root: u64, fact: &Fact) {
        if let Some(thread) = self.threads.get_mut(&root) {
            let rank = |fact: &Fact| (fact.spread.reactions(), std::cmp::Reverse(fact.key));
            if thread
                .top
                .as_ref()
                .is_none_or(|top| rank(top) <= rank(fact))
            {
                thread.top = Some(fact.clone());
            }
        }
    }

    /// Remembers how far a post has spread, if it is among the thread's furthest.
    pub(crate) fn remember(&mut self, root: u64, key: u64, spread: Spread) {
        let Some(thread) = self.threads.get_mut(&root) else {
            return;
        };
        let known = thread.spreads.entry(key).or_default();
        *known = known.most(spread);
        let now = *known;
        if let Some(top) = thread.top.as_mut().filter(|top| top.key == key) {
            top.spread = now;
        }
        if thread.spreads.len() > SPREADS_MAX {
            let least = thread
                .spreads
                .iter()
                .min_by_key(|(key, spread)| (spread.weight(), **key));
            if let Some(key) = least.map(|(key, _)| *key) {
                thread.spreads.remove(&key);
            }
        }
    }

    /// How far a post of the thread has spread, if that is remembered.
    pub(crate) fn spread(&self, root: u64, key: u64) -> Option<Spread> {
        self.threads.get(&root)?.spreads.get(&key).copied()
    }

    /// The post that is shown of the thread.
    pub(crate) fn top(&self, root: u64) -> Option<&Fact> {
        self.threads.get(&root)?.top.as_ref()
    }

    /// When the thread began, milliseconds.
    pub(crate) fn first(&self, root: u64) -> Option<i64> {
        self.threads.get(&root).map(|thread| thread.first)
    }

    /// The thread's first post is gone.
    pub(crate) fn forget(&mut self, root: u64) {
        self.threads.remove(&root);
    }

    /// Whether it has been the cause of a spike.
    pub(crate) fn is_told(&self, root: u64) -> bool {
        self.threads.get(&root).is_some_and(|thread| thread.told)
    }

    /// The thread is the cause of a spike. What it had of a usual size is learned: as
    /// much as comes along once in the hours of `bar` (a power of ten).
    pub(crate) fn tell(&mut self, root: u64, at: i64, bar: f64) {
        let mut highest = 0;
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        while highest < STEPS && self.log_return_hours(highest as f64 * STEP) <= bar {
            highest += 1;
        }
        let Some(thread) = self.thread(root, at).filter(|thread| !thread.told) else {
            return;
        };
        thread.told = true;
        thread.last = thread.last.max(minute_of(at));
        let from = step_after(thread.settled);
        self.count(from, highest);
    }

    fn count(&mut self, from: usize, to: usize) {
        self.reached.resize(STEPS, 0.0);
        for step in self.reached.iter_mut().take(to).skip(from) {
            *step += 1.0;
        }
    }

    /// Takes in the minutes up to `until`, which are closed; nothing is learned from
    /// those that `frozen` holds for.
    pub(crate) fn settle(&mut self, until: i64, frozen: impl Fn(i64) -> bool) {
        while let Some(entry) = self.open.first_entry() {
            let (minute, root) = *entry.key();
            if minute > until {
                break;
            }
            let by_reactions = entry.remove();
            let Some(thread) = self.threads.get_mut(&root) else {
                continue;
            };
            let end = minute
                .saturating_add(1)
                .saturating_mul(60_000)
                .saturating_sub(1);
            let size = by_reactions.larger(talk(thread, end));
            if size.bare > thread.grown + GROWTH {
                (thread.grown, thread.grew) = (size.bare, minute);
            }
            if size.for_age <= thread.settled {
                continue;
            }
            let (from, to) = (step_after(thread.settled), step_after(size.for_age));
            thread.settled = size.for_age;
            if !frozen(minute) && !thread.told {
                self.count(from, to);
            }
        }
        self.drop_oldest(until);
    }

    /// Forgets the least recently active of the threads without open minutes, where
    /// those are too many.
    fn drop_oldest(&mut self, until: i64) {
        if self.threads.len() <= THREADS_MAX {
            return;
        }
        let closed = self
            .threads
            .iter()
            .filter(|(_, thread)| thread.last <= until);
        let mut closed: Vec<(i64, u64)> =
            closed.map(|(root, thread)| (thread.last, *root)).collect();
        closed.sort_unstable();
        let most = THREADS_MAX / 2; // half, so that this isn't done each minute
        for (_, root) in closed.iter().take(closed.len().saturating_sub(most)) {
            self.threads.remove(root);
        }
    }

    /// Negative posts of a closed minute.
    pub(crate) fn learn_posts(&mut self, negatives: u32) {
        self.posts += f64::from(negatives);
    }

    /// An hour passes.
    pub(crate) fn fade(&mut self) {
        let fade = maths::decay(1.0, HALF_LIFE);
        for step in &mut self.reached {
            *step *= fade;
        }
        self.posts *= fade;
        self.hours = self.hours * fade + 1.0;
    }

    /// log10 of the hours after which a negative thread of that size comes along.
    pub(crate) fn log_return_hours(&self, size: f64) -> f64 {
        let known = self
            .reached
            .iter()
            .rposition(|reached| *reached >= KNOWN_FROM);
        let step = known.unwrap_or(0);
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        let from = step as f64 * STEP;
        let above = self.reached.get(step).copied().unwrap_or(0.0);
        let further: f64 = self.reached.iter().skip(step + 1).sum();
        let excess = (PRIOR_EXCESSES * PRIOR_EXCESS + further * STEP) / (PRIOR_EXCESSES + above);
        let excess = excess.clamp(EXCESS_RANGE[0], EXCESS_RANGE[1]);
        let prior = PRIOR_POSTS * PRIOR_PART * maths::exp(-from / PRIOR_EXCESS);
        let part = (above + prior) / (self.posts.max(above) + PRIOR_POSTS);
        let an_hour = (self.posts + 1.0) / (self.hours + 1.0);
        (size - from) / (excess * LN_10) - maths::log10(part * an_hour)
    }

    /// Whether the thread grew in the half hour before the closed minute.
    pub(crate) fn is_spreading(&self, root: u64, minute: i64) -> bool {
        let Some(thread) = self.threads.get(&root) else {
            return false;
        };
        let since = minute.saturating_sub(HOLD);
        let grew = |(_, size): (&(i64, u64), &Size)| size.bare > thread.grown + GROWTH;
        let open = self.open.range((since, 0)..=(minute, u64::MAX));
        thread.grew >= since || open.filter(|((_, of), _)| *of == root).any(grew)
    }
}

/// Size by the authors who have joined until then.
#[allow(clippy::cast_precision_loss, reason = "at most 64")]
fn talk(thread: &Thread, until: i64) -> Size {
    let age = until.saturating_sub(thread.first);
    Size::of(thread.others(until) as f64, Some(age), CONVERSATION)
}

/// The first step that lies beyond the size: 0 for a size of 0, which is none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are 0 to 20"
)]
fn step_after(size: f64) -> usize {
    if size <= 0.0 {
        return 0;
    }
    ((size / STEP) as usize + 1).min(STEPS)
}

fn minute_of(at: i64) -> i64 {
    at.div_euclid(mention::EventTime::MINUTE_MS)
}
