//! The same few authors, followed for four weeks.
//!
//! Which authors are followed is decided by their hashes alone: those with the smallest
//! ones ("bottom-k": E. Cohen, H. Kaplan, "Summarizing Data using Bottom-k Sketches", PODC
//! 2007). So the sample is uniform over authors, not over posts, it is the same for every
//! order of the mentions, and what is asked of it – who came back, who praises – is a
//! plain share of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Days that are remembered of an author, today included.
pub(crate) const DAYS: i64 = 28;
const DAYS_MASK: u32 = (1 << DAYS) - 1;
/// Authors that are followed: a share of them has a standard error of at most 2.8 points,
/// in 5 KB.
const AUTHORS_MAX: usize = 320;
/// An advocate has come on so many of the days at least …
const LOYAL_DAYS: u32 = 3;
/// … and has said so many positive things at least, and twice as many as negative ones.
const LOYAL_POSITIVES: u8 = 2;

/// Followed authors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The newest day.
    today: i64,
    authors: BTreeMap<u64, Author>,
    /// For this week and the four before: authors with this hash or a greater one may be
    /// missing, since there was no room for them.
    full_from: [u64; 5],
}

/// What is known of one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Author {
    /// Bit 0 is today, bit 1 yesterday, and so on.
    days: u32,
    positive: u8,
    negative: u8,
}

impl Author {
    const fn is_loyal(self) -> bool {
        self.days.count_ones() >= LOYAL_DAYS
            && self.positive >= LOYAL_POSITIVES
            && self.positive as u16 >= 2 * self.negative as u16
    }
}

/// What the sample says of all authors of the last 28 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Loyalty {
    /// Authors it rests on.
    pub(crate) sampled: usize,
    /// Share that posted on more than one day.
    pub(crate) returning: f64,
    /// Share of loyal advocates.
    pub(crate) advocates: f64,
    /// Days an author posted on, in the mean.
    pub(crate) days: f64,
}

impl Sample {
    pub(crate) const fn new() -> Self {
        Self {
            today: i64::MIN,
            authors: BTreeMap::new(),
            full_from: [u64::MAX; 5],
        }
    }

    /// An author posted on `day`: how positive, +1, 0 or −1.
    pub(crate) fn insert(&mut self, hash: u64, day: i64, mood: i8) {
        self.advance(day);
        let age = self.today - day;
        if !(0..DAYS).contains(&age) {
            return;
        }
        let has_room = self.authors.len() < AUTHORS_MAX;
        let largest = self.authors.last_key_value().map_or(0, |(&hash, _)| hash);
        if !has_room && hash > largest {
            self.note_full(hash);
            return;
        }
        let author = self.authors.entry(hash).or_default();
        author.days |= 1 << age;
        author.positive = author.positive.saturating_add(u8::from(mood > 0));
        author.negative = author.negative.saturating_add(u8::from(mood < 0));
        if self.authors.len() > AUTHORS_MAX
            && let Some((hash, _)) = self.authors.pop_last()
        {
            self.note_full(hash);
        }
    }

    fn note_full(&mut self, hash: u64) {
        self.full_from[0] = self.full_from[0].min(hash);
    }

    /// Time has reached `day`.
    pub(crate) fn advance(&mut self, day: i64) {
        if self.today == i64::MIN {
            self.today = day;
        }
        let passed = day.saturating_sub(self.today);
        if passed <= 0 {
            return;
        }
        let weeks = week_of(day) - week_of(self.today);
        self.today = day;
        for _ in 0..weeks.min(5) {
            self.full_from.rotate_right(1);
            self.full_from[0] = u64::MAX;
        }
        self.authors.retain(|_, author| {
            let shift = u32::try_from(passed).unwrap_or(u32::MAX);
            author.days = author.days.checked_shl(shift).unwrap_or(0) & DAYS_MASK;
            author.days != 0
        });
    }

    pub(crate) fn loyalty(&self) -> Option<Loyalty> {
        let from = self.full_from.iter().copied().min().unwrap_or(u64::MAX);
        let known = || self.authors.range(..from).map(|(_, author)| *author);
        let sampled = known().count();
        if sampled == 0 {
            return None;
        }
        #[allow(clippy::cast_precision_loss, reason = "at most a few hundred")]
        let of = |count: usize| count as f64 / sampled as f64;
        let returning = known()
            .filter(|author| author.days.count_ones() > 1)
            .count();
        let advocates = known().filter(|author| author.is_loyal()).count();
        let days: u32 = known().map(|author| author.days.count_ones()).sum();
        Some(Loyalty {
            sampled,
            returning: of(returning),
            advocates: of(advocates),
            days: of(days as usize),
        })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.authors.len() <= AUTHORS_MAX
            && self
                .authors
                .values()
                .all(|author| author.days & !DAYS_MASK == 0)
    }
}

/// Weeks since the Monday before 1970 of a day since 1970, which was a Thursday.
pub(crate) const fn week_of(day: i64) -> i64 {
    day.saturating_add(3).div_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn shares_of_the_sample_are_those_of_all() {
        let mut sample = Sample::new();
        for day in 0..28_i64 {
            for number in 0_u64..6_000 {
                // A third comes each day and praises, the others once.
                let is_daily = number % 3 == 0;
                if is_daily || number % 28 == day.cast_unsigned() {
                    sample.insert(mix(number), day, i8::from(is_daily));
                }
            }
        }
        let loyalty = sample.loyalty().unwrap();
        assert!(loyalty.sampled >= 300, "{loyalty:?}");
        assert!((loyalty.returning - 1.0 / 3.0).abs() < 0.08, "{loyalty:?}");
        assert!((loyalty.returning - loyalty.advocates).abs() < 1e-9);
        assert!(
            (loyalty.days - (28.0 + 2.0) / 3.0).abs() < 2.0,
            "{loyalty:?}"
        );
    }

    #[test]
    fn the_order_of_a_day_changes_nothing_and_four_weeks_of_silence_forget_all() {
        let mut numbers: Vec<u64> = (0..2_000).map(|number| number % 1_500).collect();
        let of = |numbers: &[u64]| {
            let mut sample = Sample::new();
            let posts = numbers.iter();
            posts.for_each(|&number| sample.insert(mix(number), 20_000, 1));
            sample
        };
        let sample = of(&numbers);
        numbers.sort_by_key(|&number| mix(number ^ 7));
        assert_eq!(of(&numbers), sample);
        let mut later = sample.clone();
        later.advance(20_028);
        assert_eq!(later.loyalty(), None);
        later.advance(i64::MAX);
        assert!(later.is_whole());
    }

    #[test]
    fn an_author_who_found_no_room_isnt_taken_for_new_afterwards() {
        let mut sample = Sample::new();
        // A flood of new authors every day: nobody comes back.
        for day in 0..40_i64 {
            for number in 0..500 {
                sample.insert(mix(day.cast_unsigned() * 1_000 + number), day, 0);
            }
        }
        let loyalty = sample.loyalty().unwrap();
        assert!(
            loyalty.sampled > 100 && loyalty.returning < 1e-9,
            "{loyalty:?}"
        );
    }
}
