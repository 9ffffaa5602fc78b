//! What a brand's negative mentions are usually made of: sums that fade.
//!
//! It is only ever asked for the sum of a value that somebody else names, so only hashes
//! of values are kept, in order. That is small where a brand is quiet, found at nearly the
//! first look where it is busy, since hashes lie evenly, and no place where words pile up.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::hash;
use crate::maths;
use crate::tally::{Dimension, WHOLE, heard, parts_of, split};

/// Hours in which the background loses half its weight.
const HALF_LIFE: f64 = 168.0;
/// Bounds of the background's tables.
const PARTS_MAX: usize = 256;
const TERMS_MAX: usize = 512;
/// What has faded below this is dropped.
const NEGLIGIBLE: f64 = 0.02;

/// A value of a dimension, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key(#[serde(with = "postcard::fixint::le")] u64);

impl Key {
    fn of(dimension: Dimension, value: &str) -> Self {
        Self(hash::of(&[&[dimension as u8], value.as_bytes()]))
    }
}

/// Sums by key, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(Key, V)>", bound(deserialize = "V: Deserialize<'de>"))]
struct Sums<V>(Vec<(Key, V)>);

impl<V> Default for Sums<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: Copy + Default> Sums<V> {
    /// Where the key is, or belongs. Hashes lie evenly, so it is sought from where it would
    /// lie if they did so exactly: some places beside it, all in one or two lines of the
    /// cache.
    fn position(&self, key: Key) -> Result<usize, usize> {
        let Key(number) = key;
        #[allow(clippy::cast_possible_truncation, reason = "less than the length")]
        let even = ((u128::from(number) * self.0.len() as u128) >> 64) as usize;
        let mut at = even;
        while at > 0 && self.0[at - 1].0 >= key {
            at -= 1;
        }
        while at < self.0.len() && self.0[at].0 < key {
            at += 1;
        }
        match self.0.get(at) {
            Some((found, _)) if *found == key => Ok(at),
            _ => Err(at),
        }
    }

    fn get(&self, key: Key) -> Option<V> {
        let at = self.position(key).ok()?;
        self.0.get(at).map(|(_, sum)| *sum)
    }

    fn or_default(&mut self, key: Key) -> &mut V {
        let at = match self.position(key) {
            Ok(at) => at,
            Err(at) => {
                if self.0.len() == self.0.capacity() {
                    // By a quarter: most brands are quiet, and there are many of them.
                    let more = (self.0.len() / 4).max(2);
                    self.0.reserve_exact(more);
                }
                self.0.insert(at, (key, V::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Halves a table that has outgrown its bound, keeping the largest; of equals those
    /// that sort first.
    fn prune(&mut self, most: usize, weight: impl Fn(&V) -> f64) {
        if self.0.len() <= most {
            return;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank only"
        )]
        let rank = |(key, sum): &(Key, V)| (Reverse((weight(sum) * 1e3) as u64), *key);
        let mut ranks: Vec<_> = self.0.iter().map(rank).collect();
        ranks.sort_unstable();
        if let Some(cut) = ranks.get(most / 2) {
            self.0.retain(|entry| rank(entry) < *cut);
        }
    }
}

impl<V> TryFrom<Vec<(Key, V)>> for Sums<V> {
    type Error = &'static str;

    fn try_from(sums: Vec<(Key, V)>) -> Result<Self, Self::Error> {
        match sums.is_sorted_by(|(before, _), (after, _)| before < after) {
            true => Ok(Self(sums)),
            false => Err("sums out of order"),
        }
    }
}

/// The sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Background {
    pub(crate) negatives: f64,
    parts: Sums<f64>,
    /// Mentions with the term, and their parts.
    terms: Sums<[f64; 2]>,
}

impl Background {
    /// Mentions with that value of a dimension; those with several values count in parts.
    pub(crate) fn part(&self, dimension: Dimension, value: &str) -> f64 {
        let key = Key::of(dimension, value);
        let sum = match dimension {
            Dimension::Term => self.terms.get(key).map(|[_, part]| part),
            _ => self.parts.get(key),
        };
        sum.unwrap_or(0.0)
    }

    /// Mentions with that term.
    pub(crate) fn with_term(&self, term: &str) -> f64 {
        let sum = self.terms.get(Key::of(Dimension::Term, term));
        sum.map_or(0.0, |[mentions, _]| mentions)
    }

    /// Takes the counted mentions of one closed minute.
    #[allow(clippy::cast_precision_loss, reason = "thousandths of a mention")]
    pub(crate) fn learn<'a>(&mut self, facts: impl Iterator<Item = &'a Fact>) {
        let mentions = |part: u64| part as f64 / WHOLE as f64;
        let mut voices: BTreeMap<u64, u32> = BTreeMap::new();
        for fact in facts {
            self.negatives += 1.0;
            for (dimension, value, part) in parts_of(fact) {
                *self.parts.or_default(Key::of(dimension, value)) += mentions(part);
            }
            let voice = voices.entry(fact.author).or_default();
            *voice += 1;
            for (term, part) in split(heard(fact, *voice)) {
                let known = self.terms.or_default(Key::of(Dimension::Term, term));
                known[0] += 1.0;
                known[1] += mentions(part);
            }
        }
        self.parts.prune(PARTS_MAX, |sum| *sum);
        self.terms.prune(TERMS_MAX, |sum| sum[0]);
    }

    /// An hour passes.
    pub(crate) fn fade(&mut self) {
        if self.negatives <= 0.0 {
            return; // there is nothing to fade
        }
        let fade = maths::decay(1.0, HALF_LIFE);
        self.negatives *= fade;
        self.parts.0.retain_mut(|(_, sum)| {
            *sum *= fade;
            *sum > NEGLIGIBLE
        });
        self.terms.0.retain_mut(|(_, sum)| {
            *sum = sum.map(|sum| sum * fade);
            sum[0] > NEGLIGIBLE
        });
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.parts.0.len() <= PARTS_MAX && self.terms.0.len() <= TERMS_MAX
    }

    /// One with these parts, for tests.
    #[cfg(test)]
    pub(crate) fn with_parts(negatives: f64, parts: &[(Dimension, &str, f64)]) -> Self {
        let mut background = Self {
            negatives,
            ..Self::default()
        };
        for (dimension, value, sum) in parts {
            *background.parts.or_default(Key::of(*dimension, value)) = *sum;
        }
        background
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_found_wherever_they_lie(
            numbers in proptest::collection::vec(
                prop_oneof![any::<u64>(), 0..9_u64, u64::MAX - 9..=u64::MAX],
                0..60,
            ),
        ) {
            let (mut sums, mut map) = (Sums::<f64>::default(), BTreeMap::new());
            for number in numbers {
                prop_assert_eq!(sums.get(Key(number)), map.get(&number).copied());
                *sums.or_default(Key(number)) += 1.0;
                *map.entry(number).or_insert(0.0) += 1.0;
            }
            let found = sums.0.iter().map(|(Key(number), sum)| (*number, *sum));
            prop_assert!(found.eq(map));
        }
    }

    #[test]
    fn a_full_table_keeps_its_largest() {
        let mut sums: Sums<f64> = Sums::default();
        for number in 0..=10_u32 {
            let key = Key::of(Dimension::Term, &format!("{number:02}"));
            *sums.or_default(key) = f64::from(number % 5);
        }
        sums.prune(10, |sum| *sum);
        let kept = (0..=10_u32).filter_map(|number| {
            let key = Key::of(Dimension::Term, &format!("{number:02}"));
            sums.get(key)
        });
        let mut kept: Vec<f64> = kept.collect();
        kept.sort_by(f64::total_cmp);
        // All of the largest, all of the next, and of the third the one that sorts first.
        assert_eq!(kept, [2.0, 3.0, 3.0, 4.0, 4.0]);
    }
}
