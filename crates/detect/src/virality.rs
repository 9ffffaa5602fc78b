//! Threads that spread: how far a negative post goes for its age, and how rare that
//! is for this brand.
//!
//! A thread's size is what its posts get and how many join it, for its age (`thread`).
//!
//! # How rare it is
//!
//! A brand counts how many of its threads reached each size, over what it learns from:
//! minutes that are closed and belong to no spike. Sizes far beyond what it has seen
//! come as rarely as an exponential tail says, since a power law's logarithm has one;
//! the tail's mean is learned. A brand without a past has a tail heavier than the ones
//! measured: 0.06·X^−0.87 of the negative posts get further than X shares, where 0.05·X^−1.4
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
use crate::thread::{REACTIONS, Size, Thread};

/// Threads whose minutes are all closed that are kept, and the most there may be at once.
const THREADS_MAX: usize = 256;
const THREADS_AT_ONCE: usize = 2 * THREADS_MAX;
/// Records of open minutes that wait to be learned from.
const OPEN_MAX: usize = 2048;
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
/// size exceeds another one in the tail (0.5: exponent 0.87). How many exceedances
/// that last is worth.
const PRIOR_POSTS: f64 = 20.0;
const PRIOR_PART: f64 = 0.06;
const PRIOR_EXCESS: f64 = 0.5;
const PRIOR_EXCESSES: f64 = 20.0;
/// Range of the mean excess: exponents of 1.7 to 0.6. Tails thinner than the thinnest
/// measured or so heavy that nothing is ever rare aren't believed.
const EXCESS_RANGE: [f64; 2] = [0.25, 0.7];
/// Threads beyond a size from which it is known how often it is reached.
const KNOWN_FROM: f64 = 40.0;
/// Minutes without growth after which a thread has stopped spreading.
const HOLD: i64 = 30;

/// What is known of a brand's threads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Virality {
    /// In boxes: a node of the map has room for eleven, and most brands have few.
    threads: BTreeMap<u64, Box<Thread>>,
    /// Sizes by reactions in minutes that are still open, by minute and thread.
    open: BTreeMap<(i64, u64), Size>,
    /// Threads that reached each step of the size, fading, up to the largest one.
    reached: Vec<f64>,
    /// Negative posts and minutes learned from, fading.
    posts: f64,
    minutes: f64,
}

impl Virality {
    /// Whether the restored bounds hold.
    pub(crate) fn is_whole(&self) -> bool {
        let numbers = self.reached.iter().chain([&self.posts, &self.minutes]);
        self.threads.len() <= THREADS_AT_ONCE
            && self.open.len() <= OPEN_MAX
            && self.reached.len() <= STEPS
            && numbers
                .into_iter()
                .all(|number| number.is_finite() && *number >= 0.0)
            && self.threads.values().all(|thread| thread.is_whole())
    }

    fn thread(&mut self, root: u64, first: i64) -> Option<&mut Thread> {
        let is_full = self.threads.len() >= THREADS_AT_ONCE;
        if is_full && !self.threads.contains_key(&root) {
            return None; // a flood of threads; each of them is as ordinary as the next
        }
        Some(
            self.threads
                .entry(root)
                .or_insert_with(|| Box::new(Thread::new(first))),
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
        let size = thread.talk(at);
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
            thread.show(fact);
        }
    }

    /// Remembers how far a post of the thread has spread.
    pub(crate) fn remember(&mut self, root: u64, key: u64, spread: Spread) {
        if let Some(thread) = self.threads.get_mut(&root) {
            thread.remember(key, spread);
        }
    }

    /// How far a post of the thread has spread, if that is remembered.
    pub(crate) fn spread(&self, root: u64, key: u64) -> Option<Spread> {
        self.threads.get(&root)?.spread(key)
    }

    /// The post that is shown of the thread.
    pub(crate) fn top(&self, root: u64) -> Option<&Fact> {
        self.threads.get(&root)?.top.as_ref()
    }

    /// When the thread began, milliseconds.
    pub(crate) fn first(&self, root: u64) -> Option<i64> {
        self.threads.get(&root).map(|thread| thread.first)
    }

    /// A post was deleted. What it was the first of isn't negative any more, and nothing
    /// of it is shown; that a thread was told of stays known, so that it doesn't page again.
    pub(crate) fn forget(&mut self, key: u64) {
        if let Some(thread) = self.threads.get_mut(&key) {
            thread.is_negative = false;
        }
        for thread in self.threads.values_mut() {
            thread.forget(key);
        }
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
        while highest < STEPS && self.return_of(highest as f64 * STEP, 0) <= bar {
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
        if from < to && to > self.reached.len() {
            self.reached.reserve_exact(to - self.reached.len());
            self.reached.resize(to, 0.0);
        }
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
            let size = by_reactions.larger(thread.talk(end));
            let Some(before) = thread.settle(minute, size) else {
                continue;
            };
            let (from, to) = (step_after(before), step_after(size.for_age));
            if !frozen(minute) && !thread.told {
                self.count(from, to);
            }
        }
        if self.open.is_empty() {
            self.open = BTreeMap::new(); // an emptied map keeps a node
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

    /// The negative posts of a closed minute that belongs to no spike.
    pub(crate) fn learn_minute(&mut self, negatives: u32) {
        self.posts += f64::from(negatives);
        self.minutes += 1.0;
    }

    /// An hour passes.
    pub(crate) fn fade(&mut self) {
        let fade = maths::decay(1.0, HALF_LIFE);
        for step in &mut self.reached {
            *step *= fade;
        }
        self.posts *= fade;
        self.minutes *= fade;
    }

    /// log10 of the hours after which a negative thread of that size comes along,
    /// by what the others did.
    pub(crate) fn log_return_hours(&self, root: u64, size: f64) -> f64 {
        let own = self.threads.get(&root).filter(|thread| !thread.told);
        self.return_of(size, own.map_or(0, |thread| step_after(thread.settled)))
    }

    /// Beyond the sizes that are well known the tail is exponential in steps, of which
    /// the part that reaches each next one is learned. As that is known from a few
    /// threads only, the predictive distribution is taken (Lomax), which is heavier. The
    /// first `own` steps have been reached by the thread itself.
    fn return_of(&self, size: f64, own: usize) -> f64 {
        let of_others =
            |(step, reached): (usize, &f64)| (reached - f64::from(u8::from(step < own))).max(0.0);
        let reached = || self.reached.iter().enumerate().map(of_others);
        let known = reached().rposition(|reached| reached >= KNOWN_FROM);
        let step = known.unwrap_or(0);
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        let from = step as f64 * STEP;
        let above = reached().nth(step).unwrap_or(0.0);
        let further: f64 = reached().skip(step + 1).sum();
        let next = maths::exp(-STEP / PRIOR_EXCESS);
        let believed = PRIOR_EXCESSES * next / (1.0 - next);
        let threads = above + PRIOR_EXCESSES;
        let ratio = (further + believed) / (further + believed + threads);
        let excess = (-STEP / maths::ln(ratio)).clamp(EXCESS_RANGE[0], EXCESS_RANGE[1]);
        let beyond = threads * maths::ln(1.0 + ((size - from) / (excess * threads)).max(-0.5));
        let prior = PRIOR_POSTS * PRIOR_PART * maths::exp(-from / PRIOR_EXCESS);
        let part = (above + prior) / (self.posts.max(above) + PRIOR_POSTS);
        let an_hour = 60.0 * (self.posts + 1.0) / (self.minutes + 60.0);
        beyond / LN_10 - maths::log10(part * an_hour)
    }

    /// Whether the thread grew in the half hour before the closed minute.
    pub(crate) fn is_spreading(&self, root: u64, minute: i64) -> bool {
        let Some(thread) = self.threads.get(&root) else {
            return false;
        };
        let since = minute.saturating_sub(HOLD);
        let grew = |(_, size): (&(i64, u64), &Size)| thread.is_growth(*size);
        let open = self.open.range((since, 0)..=(minute, u64::MAX));
        thread.grew >= since || open.filter(|((_, of), _)| *of == root).any(grew)
    }
}

/// The first step that lies beyond the size: 0 for a size of 0, which is none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "0 to 60"
)]
fn step_after(size: f64) -> usize {
    if size <= 0.0 {
        return 0;
    }
    (size / STEP).min(STEPS as f64 - 1.0) as usize + 1
}

fn minute_of(at: i64) -> i64 {
    at.div_euclid(mention::EventTime::MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares, and the part of 14,485 recorded mentions that got as many
    /// (`tests/threads.rs` counts them).
    const RECORDED: [(f64, f64); 6] = [
        (1.0, 0.052_8),
        (2.0, 0.008_8),
        (4.0, 0.002_7),
        (8.0, 0.000_76),
        (16.0, 0.000_55),
        (32.0, 0.000_14),
    ];

    #[test]
    fn what_is_believed_of_an_unknown_brand_is_more_than_was_ever_measured() {
        for (shares, part) in RECORDED {
            let believed = PRIOR_PART * maths::exp(-maths::log10(shares) / PRIOR_EXCESS);
            assert!(believed > part, "{shares}: {believed} {part}");
        }
    }

    #[test]
    fn a_larger_thread_is_never_less_rare() {
        let mut brand = Virality::default();
        for number in 0..5000 {
            brand.learn_minute(1);
            brand.count(0, number % 9);
        }
        for known in [Virality::default(), brand] {
            let returns = (0..400).map(|size| known.return_of(f64::from(size) / 20.0, 0));
            let returns: Vec<f64> = returns.collect();
            assert!(returns.is_sorted() && returns.iter().all(|hours| hours.is_finite()));
        }
    }

    #[test]
    fn of_too_many_threads_the_least_recently_active_go() {
        let mut brand = Virality::default();
        for number in 0..3 * THREADS_MAX as u64 {
            brand.join(number, 1, i64::try_from(number).unwrap() * 60_000, true);
            brand.settle(i64::try_from(number).unwrap() - 5, |_| false);
        }
        assert!(brand.threads.len() <= THREADS_MAX && brand.is_whole());
        assert!(brand.knows(3 * THREADS_MAX as u64 - 1) && !brand.knows(0));
        // In one minute there may be twice as many, and no more.
        for number in 0..10 * THREADS_MAX as u64 {
            brand.join(1 << 32 | number, 1, 1 << 40, true);
        }
        assert!(brand.threads.len() <= THREADS_AT_ONCE && brand.is_whole());
    }
}
