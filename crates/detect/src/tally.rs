//! Sums over the negative mentions of a stretch of time, by what they have in common.
//!
//! Sums are whole thousandths of a mention, so that they don't depend on the order
//! of adding. Each table is bounded: when it is full, its smallest half goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::copies::Copies;
use crate::facts::{Fact, Word};
use crate::spread::{Spread, SpreadSum};

/// A mention, in thousandths.
pub(crate) const WHOLE: u64 = 1000;
/// Bounds of the tables: values of dimensions, terms, threads, exemplars.
const PARTS_MAX: usize = 256;
const TERMS_MAX: usize = 1024;
const THREADS_MAX: usize = 256;
const EXEMPLARS_MAX: usize = 5;
const VOICES_MAX: usize = 1024;
/// Posts of one author whose terms count: who repeats himself says nothing new.
const POSTS_HEARD: u32 = 3;

/// What a driver may be a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Dimension {
    Platform,
    Kind,
    Aspect,
    Language,
    AuthorTier,
    Thread,
    Term,
}

impl Dimension {
    /// Every dimension, in the order in which drivers are listed.
    pub(crate) const ALL: [Self; 7] = [
        Self::Platform,
        Self::Kind,
        Self::Aspect,
        Self::Language,
        Self::AuthorTier,
        Self::Thread,
        Self::Term,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Kind => "kind",
            Self::Aspect => "aspect",
            Self::Language => "language",
            Self::AuthorTier => "author_tier",
            Self::Thread => "thread",
            Self::Term => "term",
        }
    }
}

/// Value of a dimension for the mentions that have none.
pub(crate) const NONE: &str = "none";

/// One thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ThreadSum {
    pub(crate) posts: u64,
    /// Those of its posts that count in the share.
    pub(crate) counted: u64,
    /// People reached, and reactions.
    pub(crate) reach: u64,
    pub(crate) reactions: u64,
    /// Event times of its first and last post, milliseconds.
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// The sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Negative mentions that count in the share.
    pub(crate) negatives: u64,
    /// How far all of them spread, repeats included.
    pub(crate) spread: SpreadSum,
    /// Thousandths of mentions by dimension and value; threads and terms aside.
    pub(crate) parts: BTreeMap<(Dimension, Word), u64>,
    /// Mentions with the term, and their thousandths split over their terms.
    pub(crate) terms: BTreeMap<Word, [u64; 2]>,
    pub(crate) threads: BTreeMap<u64, ThreadSum>,
    /// Posts by author.
    voices: BTreeMap<u64, u32>,
    /// The mentions with the widest reach.
    pub(crate) exemplars: Vec<Fact>,
    pub(crate) copies: Copies,
}

impl Tally {
    pub(crate) fn add(&mut self, fact: &Fact) {
        self.spread.add(&fact.spread);
        self.add_thread(fact);
        self.copies.add(fact);
        if fact.counted {
            self.add_values(fact);
            self.keep_exemplar(fact);
        }
        prune(&mut self.threads, THREADS_MAX, |sum| {
            sum.posts.max(sum.reactions)
        });
    }

    fn add_values(&mut self, fact: &Fact) {
        self.negatives += 1;
        for (dimension, value, part) in parts_of(fact) {
            *self.parts.entry((dimension, Word::new(value))).or_default() += part;
        }
        let voice = self.voices.entry(fact.author).or_default();
        *voice = voice.saturating_add(1);
        for (term, part) in split(heard(fact, *voice)) {
            let sum = self.terms.entry(Word::new(term)).or_default();
            sum[0] += 1;
            sum[1] += part;
        }
        prune(&mut self.parts, PARTS_MAX, |sum| *sum);
        prune(&mut self.terms, TERMS_MAX, |sum| sum[0]);
        prune(&mut self.voices, VOICES_MAX, |posts| u64::from(*posts));
    }

    fn add_thread(&mut self, fact: &Fact) {
        let start = ThreadSum {
            posts: 0,
            counted: 0,
            reach: 0,
            reactions: 0,
            first: fact.at,
            last: fact.at,
        };
        let thread = self.threads.entry(fact.thread).or_insert(start);
        thread.posts += 1;
        thread.counted += u64::from(fact.counted);
        thread.reach = thread.reach.saturating_add(fact.spread.people());
        thread.reactions = thread.reactions.saturating_add(fact.spread.reactions());
        thread.first = thread.first.min(fact.at);
        thread.last = thread.last.max(fact.at);
    }

    /// A post that is in the sums has spread further, `from` what it was `to` what it is.
    pub(crate) fn raise(&mut self, key: u64, root: u64, from: Spread, to: Spread) {
        self.spread.take_back(&from);
        self.spread.add(&to);
        if let Some(thread) = self.threads.get_mut(&root) {
            let (reach, reactions) = (from.people(), from.reactions());
            thread.reach = thread
                .reach
                .saturating_sub(reach)
                .saturating_add(to.people());
            let others = thread.reactions.saturating_sub(reactions);
            thread.reactions = others.saturating_add(to.reactions());
        }
        if let Some(shown) = self.exemplars.iter_mut().find(|shown| shown.key == key) {
            shown.spread = to;
            self.exemplars.sort_by_key(rank);
        }
    }

    /// Widest reach first, then the earliest; one of each thread, of each author and of
    /// each text.
    fn keep_exemplar(&mut self, fact: &Fact) {
        if fact.text.is_empty() {
            return;
        }
        // They are in order: what ranks behind a full list would be cut off again.
        if self.exemplars.len() >= EXEMPLARS_MAX
            && (self.exemplars.last()).is_some_and(|last| rank(last) <= rank(fact))
        {
            return;
        }
        let alike = |kept: &Fact| {
            kept.thread == fact.thread || kept.author == fact.author || is_repeated(kept, fact)
        };
        if self
            .exemplars
            .iter()
            .any(|kept| rank(kept) <= rank(fact) && alike(kept))
        {
            return;
        }
        self.exemplars.retain(|kept| !alike(kept));
        self.exemplars.push(fact.clone());
        self.exemplars.sort_by_key(rank);
        self.exemplars.truncate(EXEMPLARS_MAX);
    }

    /// A post was deleted: it is no example any more. Sums of minutes that are closed stay.
    pub(crate) fn forget(&mut self, key: u64) {
        self.exemplars.retain(|shown| shown.key != key);
    }

    /// What the reactions are worth in negative mentions, for the severity: ten people
    /// who share a complaint are taken for one who complains.
    pub(crate) fn opinions(&self) -> u32 {
        u32::try_from(self.spread.weight / (10 * WHOLE)).unwrap_or(u32::MAX)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.parts.len() <= PARTS_MAX
            && self.terms.len() <= TERMS_MAX
            && self.threads.len() <= THREADS_MAX
            && self.voices.len() <= VOICES_MAX
            && self.exemplars.len() <= EXEMPLARS_MAX
            && self.copies.is_whole()
    }
}

/// The order of exemplars: widest reach first.
fn rank(fact: &Fact) -> (std::cmp::Reverse<u64>, i64, u64) {
    (std::cmp::Reverse(fact.spread.people()), fact.at, fact.key)
}

/// Whether two texts are the same but for little: equal, or with most of their terms
/// in common.
fn is_repeated(a: &Fact, b: &Fact) -> bool {
    let common = a.terms.iter().filter(|term| b.terms.contains(term)).count();
    let all = a.terms.len() + b.terms.len() - common;
    a.text == b.text || (common >= 3 && common * 10 >= all * 7)
}

/// What a mention is made of, in thousandths of it.
pub(crate) fn parts_of(fact: &Fact) -> impl Iterator<Item = (Dimension, &str, u64)> {
    let platform = mention::Platform::ALL[usize::from(fact.platform).min(14)];
    let whole = [
        (Dimension::Platform, platform.as_str(), WHOLE),
        (Dimension::Kind, fact.kind.as_str(), WHOLE),
        (Dimension::Language, fact.lang.as_str(), WHOLE),
        (Dimension::AuthorTier, fact.tier.as_str(), WHOLE),
    ];
    let aspects = split(&fact.aspects);
    whole
        .into_iter()
        .chain(aspects.map(|(aspect, part)| (Dimension::Aspect, aspect, part)))
}

/// The terms of an author's post that count; `voice` are his posts so far.
pub(crate) fn heard(fact: &Fact, voice: u32) -> &[Word] {
    if voice > POSTS_HEARD {
        &[]
    } else {
        &fact.terms
    }
}

/// A whole mention split evenly over its values, exactly: the first ones take the
/// odd thousandths. Without values it is all [`NONE`]'s.
pub(crate) fn split(values: &[Word]) -> impl Iterator<Item = (&str, u64)> {
    let count = values.len().max(1) as u64;
    let none = values.is_empty().then_some((NONE, WHOLE));
    let parts = values.iter().zip(0..).map(move |(value, position)| {
        let odd = u64::from(position < WHOLE % count);
        (value.as_str(), WHOLE / count + odd)
    });
    parts.chain(none)
}

/// Halves a table that has outgrown its bound, keeping the largest; of equals those
/// that sort first.
pub(crate) fn prune<K: Ord + Clone, V>(
    table: &mut BTreeMap<K, V>,
    most: usize,
    weight: impl Fn(&V) -> u64,
) {
    if table.len() <= most {
        return;
    }
    let mut ranked: Vec<(std::cmp::Reverse<u64>, K)> = table
        .iter()
        .map(|(key, value)| (std::cmp::Reverse(weight(value)), key.clone()))
        .collect();
    ranked.sort();
    for (_, key) in ranked.into_iter().skip(most / 2) {
        table.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_split_exactly() {
        let values: Vec<Word> = (0..7).map(|i| Word::new(i.to_string())).collect();
        let sum: u64 = split(&values).map(|(_, part)| part).sum();
        assert_eq!(sum, WHOLE);
        assert!(split(&[]).eq([(NONE, WHOLE)]));
    }

    #[test]
    fn a_full_table_keeps_its_largest() {
        let mut table: BTreeMap<u64, u64> = (0..=10).map(|key| (key, key % 5)).collect();
        prune(&mut table, 10, |weight| *weight);
        assert_eq!(
            table.into_iter().collect::<Vec<_>>(),
            [(2, 2), (3, 3), (4, 4), (8, 3), (9, 4)]
        );
    }
}
