//! Rising terms, in bounded memory.
//!
//! Two tables of counts by a term's fingerprint, and the words themselves only of terms
//! that come often enough to be told. In the *present*, the last 18 to 24 hours, the term
//! that came least gives up its place to a new one (after "space-saving": A. Metwally,
//! D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data
//! Streams", ICDT 2005); what it had goes to the *past*, which fades and is bounded
//! likewise. Unlike there, a new term doesn't take over the count of the one before:
//! that bound is loose for words, of which most come once, and what a rare word had is
//! covered by the few mentions that any term is taken to have had ([`PRIOR`]).
//!
//! A term rises when it has more than its part of the mentions of the last day: what is
//! expected follows the *number* of mentions, so that a campaign that doubles all of them
//! raises no term. Terms are ranked by the Poisson deviance of what came against what was
//! expected (T. Dunning, "Accurate Methods for the Statistics of Surprise and
//! Coincidence", Computational Linguistics 19 (1993), for counts that are small beside
//! the total).
//!
//! All counts are whole numbers that are added, so the order of mentions leaves no trace
//! as long as no term has to give up its place; beyond that, which of the rarest terms are
//! held may depend on it.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::hash;

/// Terms of the present and of the past that are held, and those that are held by name.
/// Found on real mentions: `docs/insight.md`.
const PRESENT_MAX: usize = 640;
const PAST_MAX: usize = 1_024;
const NAMES_MAX: usize = 128;
/// Mentions of the present from which a term is held by name.
const NAMED_FROM: u32 = 5;
/// Longest term, bytes: its name needs no memory of its own.
const TERM_BYTES: usize = 24;
/// Milliseconds of a block.
const BLOCK_MS: i64 = 6 * 3_600_000;
/// Blocks that are the present.
const BLOCKS: usize = 4;
/// What of the past is forgotten with each block, one part in so many: 28 days' worth is
/// kept, half of which is younger than 19 days.
const FORGET: u64 = 112;
/// Parts of a mention that the past is counted in.
const PARTS: u64 = 1_024;
/// Mentions that any term is taken to have had in the past beside those counted.
pub(crate) const PRIOR: f64 = 2.0;
/// A rise is told from: so many mentions, of so many of 16 groups of people, so many times
/// what was expected, and this deviance. Whichever of thousands of words rises is looked
/// at all day, and people's topics come in clumps, so the bar is far beyond chance.
pub(crate) const COUNT_MIN: u32 = 8;
const PEOPLE_MIN: u32 = 5;
const LIFT_MIN: f64 = 3.0;
const DEVIANCE_MIN: f64 = 25.0;
/// What rises less is told for joining it with other brands, where a term may rise a little
/// at each: from so many people, so many times what was expected, and this deviance, which
/// chance alone gives one word in 140 (chi-squared, one degree of freedom, upwards).
const STIRRING_PEOPLE_MIN: u32 = 3;
const STIRRING_LIFT_MIN: f64 = 2.0;
const STIRRING_DEVIANCE_MIN: f64 = 6.0;
/// Nothing rises before there were so many mentions in the past: there is nothing yet to
/// hold it against.
const PAST_MIN: f64 = 100.0;

/// The terms of a brand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The newest block, since 1970; none before the first mention.
    block: Option<i64>,
    /// Mentions of each present block, the newest first, and of the past, in parts.
    all: [u32; BLOCKS],
    past_all: u64,
    /// By fingerprint.
    present: Vec<Present>,
    /// Fingerprints and parts of mentions, by fingerprint.
    past: Vec<(u32, u64)>,
    names: BTreeMap<u32, CompactString>,
}

/// A term of the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Present {
    print: u32,
    blocks: [u16; BLOCKS],
    /// Which of 16 groups of authors used it.
    people: u16,
    /// Mentions with it that were negative.
    negative: u16,
}

/// A term that rises.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rising {
    pub(crate) term: CompactString,
    pub(crate) count: u32,
    pub(crate) expected: f64,
    pub(crate) deviance: f64,
    pub(crate) negative: u32,
    people: u32,
}

impl Present {
    fn count(&self) -> u32 {
        self.blocks.iter().map(|&block| u32::from(block)).sum()
    }
}

impl Terms {
    /// A mention of that time has these terms; `author` is a hash.
    pub(crate) fn count<'t>(
        &mut self,
        at: i64,
        terms: impl Iterator<Item = &'t CompactString>,
        author: u64,
        is_negative: bool,
    ) {
        self.advance(at);
        let newest = self.block.unwrap_or_default();
        let back = usize::try_from(newest - at.div_euclid(BLOCK_MS)).unwrap_or(usize::MAX);
        let Some(all) = self.all.get_mut(back) else {
            return; // so late that it would be the past
        };
        *all = all.saturating_add(1);
        for text in terms.filter(|text| text.len() <= TERM_BYTES) {
            let print = print_of(text);
            let place = self.place_of(print);
            let term = &mut self.present[place];
            term.blocks[back] = term.blocks[back].saturating_add(1);
            term.people |= 1 << (author % 16);
            term.negative = term.negative.saturating_add(u16::from(is_negative));
            if term.count() >= NAMED_FROM && !self.names.contains_key(&print) {
                self.name(print, text.clone());
            }
        }
    }

    /// Time has reached `at`, milliseconds.
    pub(crate) fn advance(&mut self, at: i64) {
        let block = at.div_euclid(BLOCK_MS);
        let newest = *self.block.get_or_insert(block);
        if block <= newest {
            return;
        }
        self.block = Some(block);
        // After so many nothing is left, even of 2⁶⁴ parts.
        for _ in 0..(block - newest).min(8_192) {
            if self.past_all == 0 && self.all == [0; BLOCKS] {
                break;
            }
            self.pass_block();
        }
    }

    /// The oldest block becomes the past, and a new one begins.
    fn pass_block(&mut self) {
        self.past_all = faded(self.past_all) + u64::from(self.all[BLOCKS - 1]) * PARTS;
        self.past
            .iter_mut()
            .for_each(|(_, parts)| *parts = faded(*parts));
        // Less than a tenth of a mention is nothing beside the prior.
        self.past.retain(|(_, parts)| *parts > PARTS / 10);
        self.all.rotate_right(1);
        self.all[0] = 0;
        let mut present = std::mem::take(&mut self.present);
        for term in &mut present {
            self.remember(term.print, term.blocks[BLOCKS - 1]);
            term.blocks.rotate_right(1);
            term.blocks[0] = 0;
        }
        present.retain(|term| term.count() > 0);
        self.present = present;
        let Self { names, present, .. } = self;
        names.retain(|print, _| find(present, *print).is_ok());
    }

    /// Adds mentions to a term's past; if there is no room, the rarest one is forgotten.
    fn remember(&mut self, print: u32, count: u16) {
        if count == 0 {
            return;
        }
        let parts = u64::from(count) * PARTS;
        let place = self.past.binary_search_by_key(&print, |&(print, _)| print);
        match place {
            Ok(place) => self.past[place].1 += parts,
            Err(place) if self.past.len() < PAST_MAX => self.past.insert(place, (print, parts)),
            Err(place) => {
                let rarest = self
                    .past
                    .iter()
                    .enumerate()
                    .min_by_key(|(_, (_, parts))| *parts);
                let rarest = rarest.map_or(0, |(at, _)| at);
                replace(&mut self.past, rarest, place, (print, parts));
            }
        }
    }

    /// Where the term of the present is held, from now on if it wasn't.
    fn place_of(&mut self, print: u32) -> usize {
        let place = match find(&self.present, print) {
            Ok(place) => return place,
            Err(place) => place,
        };
        let term = Present {
            print,
            blocks: [0; BLOCKS],
            people: 0,
            negative: 0,
        };
        if self.present.len() < PRESENT_MAX {
            self.present.insert(place, term);
            return place;
        }
        // Of those that came least, the one that was silent for longest.
        let rank = |term: &Present| (term.count(), term.blocks[0], term.blocks[1]);
        let least = self
            .present
            .iter()
            .enumerate()
            .min_by_key(|(_, term)| rank(term));
        let least = least.map_or(0, |(at, _)| at);
        let former = self.present[least];
        let count = u16::try_from(former.count()).unwrap_or(u16::MAX);
        self.remember(former.print, count);
        self.names.remove(&former.print);
        replace(&mut self.present, least, place, term)
    }

    /// Holds a term by name; the one that came least isn't any more if there is no room.
    fn name(&mut self, print: u32, text: CompactString) {
        if self.names.len() >= NAMES_MAX {
            let count =
                |print: &u32| find(&self.present, *print).map(|at| self.present[at].count());
            let least = self
                .names
                .keys()
                .copied()
                .min_by_key(|print| count(print).unwrap_or(0));
            if let Some(least) = least {
                if count(&least) >= count(&print) {
                    return;
                }
                self.names.remove(&least);
            }
        }
        self.names.insert(print, text);
    }

    /// The terms of the present that have a name, those first that rise the most.
    #[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
    pub(crate) fn ranked(&self) -> Vec<Rising> {
        let now: u32 = self
            .all
            .iter()
            .fold(0, |sum, &block| sum.saturating_add(block));
        let before = self.past_all as f64 / PARTS as f64;
        if before < PAST_MIN {
            return Vec::new();
        }
        let times = f64::from(now) / before;
        let named = self.names.iter();
        let mut ranked: Vec<Rising> = named
            .filter_map(|(print, name)| self.rising(*print, name, times))
            .collect();
        ranked.sort_by(|a, b| {
            let by_deviance = b.deviance.total_cmp(&a.deviance);
            by_deviance.then_with(|| a.term.cmp(&b.term))
        });
        ranked
    }

    /// How a term rises, with `times` as many mentions now as in the past; `None` if it
    /// doesn't.
    #[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
    fn rising(&self, print: u32, name: &CompactString, times: f64) -> Option<Rising> {
        let term = self.present[find(&self.present, print).ok()?];
        let past = self.past.binary_search_by_key(&print, |&(print, _)| print);
        let past = past.map_or(0, |place| self.past[place].1);
        let expected = (past as f64 / PARTS as f64 + PRIOR) * times;
        let count = term.count();
        let came = f64::from(count);
        (came > expected).then(|| Rising {
            term: name.clone(),
            count,
            expected,
            deviance: 2.0 * (came * libm::log(came / expected) - (came - expected)),
            negative: u32::from(term.negative).min(count),
            people: term.people.count_ones(),
        })
    }

    pub(crate) fn is_whole(&self) -> bool {
        let is_in_range = |parts: u64| parts < 1 << 60;
        self.present.len() <= PRESENT_MAX
            && self.present.is_sorted_by(|a, b| a.print < b.print)
            && self.past.len() <= PAST_MAX
            && self.past.is_sorted_by(|a, b| a.0 < b.0)
            && is_in_range(self.past_all)
            && self.past.iter().all(|&(_, parts)| is_in_range(parts))
            && self.names.len() <= NAMES_MAX
            && self.names.values().all(|name| name.len() <= TERM_BYTES)
            && self.block.is_none_or(|block| block.abs() < i64::MAX / 4)
    }
}

fn find(present: &[Present], print: u32) -> Result<usize, usize> {
    present.binary_search_by_key(&print, |term| term.print)
}

/// What is left of parts of the past after a block.
const fn faded(parts: u64) -> u64 {
    parts - parts.div_ceil(FORGET)
}

/// Puts `new` before the element at `place` and takes out the one at `old`, with one move
/// of what lies between. Returns where it is.
fn replace<T>(sorted: &mut [T], old: usize, place: usize, new: T) -> usize {
    let place = if old < place {
        sorted[old..place].rotate_left(1);
        place - 1
    } else {
        sorted[place..=old].rotate_right(1);
        place
    };
    sorted[place] = new;
    place
}

/// 32 bits of a term's hash: among the few thousand words of a brand's day two of the same
/// are a matter of once in years.
#[allow(clippy::cast_possible_truncation, reason = "the upper half")]
fn print_of(text: &str) -> u32 {
    (hash::of(text.as_bytes()) >> 32) as u32
}

impl Rising {
    /// How many times what was expected.
    pub(crate) fn lift(&self) -> f64 {
        f64::from(self.count) / self.expected
    }

    /// Whether the rise is worth telling.
    pub(crate) fn is_told(&self) -> bool {
        self.count >= COUNT_MIN
            && self.people >= PEOPLE_MIN
            && self.lift() >= LIFT_MIN
            && self.deviance >= DEVIANCE_MIN
    }

    /// Whether it rises too little to be told of one brand, and enough to be joined with
    /// others.
    pub(crate) fn is_stirring(&self) -> bool {
        !self.is_told()
            && self.people >= STIRRING_PEOPLE_MIN
            && self.lift() >= STIRRING_LIFT_MIN
            && self.deviance >= STIRRING_DEVIANCE_MIN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<CompactString> {
        text.split(' ').map(CompactString::new).collect()
    }

    fn count(terms: &mut Terms, block: i64, text: &str, times: u64) {
        for author in 0..times {
            terms.count(block * BLOCK_MS, words(text).iter(), author, false);
        }
    }

    #[test]
    fn a_term_rises_by_its_part_of_the_mentions() {
        let mut terms = Terms::default();
        for block in 0..40 {
            count(&mut terms, block, "pakket laat", 20);
            count(&mut terms, block, "winkel", 20);
        }
        // Ten times as many mentions of the same mixture raise nothing.
        let mut busy = terms.clone();
        count(&mut busy, 40, "pakket laat", 200);
        count(&mut busy, 40, "winkel", 200);
        assert!(
            busy.ranked().iter().all(|rising| !rising.is_told()),
            "{:?}",
            busy.ranked()
        );
        // A new word does, and so does one that was rare; the flood of one author doesn't.
        count(&mut terms, 40, "#pluimdag pakket", 12);
        (0..50).for_each(|_| terms.count(40 * BLOCK_MS, words("spam").iter(), 7, true));
        let told: Vec<_> = terms.ranked().into_iter().filter(Rising::is_told).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].term.as_str(), told[0].count), ("#pluimdag", 12));
        assert!(told[0].lift() > 3.0);
        assert!(!told[0].is_stirring());
        // A few mentions by several people stir; as many by one don't.
        count(&mut terms, 40, "stroomstoring", 6);
        (0..6).for_each(|_| terms.count(40 * BLOCK_MS, words("flood").iter(), 7, true));
        let stirring = terms.ranked().into_iter().filter(Rising::is_stirring);
        let stirring: Vec<_> = stirring.map(|rising| rising.term).collect();
        assert_eq!(stirring, ["stroomstoring"]);
        // A day later it is the past.
        terms.advance(45 * BLOCK_MS);
        assert!(terms.ranked().is_empty());
    }

    #[test]
    fn tables_are_bounded_and_stay_in_order() {
        let mut terms = Terms::default();
        for number in 0..3_000 {
            let block = number / 300;
            count(&mut terms, block, &format!("w{number} daily"), 1);
            assert!(terms.is_whole());
        }
        assert_eq!(terms.past.len(), PAST_MAX);
        assert_eq!(terms.names.len(), 1);
        // What is said every day is remembered however many rare words there are.
        let daily = print_of("daily");
        let past = terms.past.iter().find(|(print, _)| *print == daily);
        assert!(
            past.is_some_and(|(_, parts)| *parts > 1_500 * PARTS),
            "{past:?}"
        );
        for number in 0..1_000 {
            count(&mut terms, 10, &format!("often{number}"), 6);
        }
        assert!(terms.is_whole() && terms.names.len() == NAMES_MAX);
    }

    #[test]
    fn the_end_of_time_comes_at_once() {
        let mut terms = Terms::default();
        count(&mut terms, 0, "pakket", 30);
        terms.advance(i64::MAX);
        terms.advance(i64::MIN);
        assert!(terms.present.is_empty() && terms.past.is_empty() && terms.is_whole());
    }

    proptest! {
        #[test]
        fn the_order_of_mentions_leaves_no_trace_while_there_is_room(
            mentions in proptest::collection::vec((0..3_i64, "[a-f]{1,2}( [a-f]{1,2}){0,3}", 0_u64..9), 0..60),
            turn in 0_usize..60,
        ) {
            let of = |mentions: &[(i64, String, u64)]| {
                let mut terms = Terms::default();
                terms.advance(3 * BLOCK_MS);
                for (block, text, author) in mentions {
                    terms.count((1 + block) * BLOCK_MS, words(text).iter(), *author, true);
                }
                terms
            };
            let mut turned = mentions.clone();
            turned.rotate_left(turn.min(mentions.len()));
            prop_assert_eq!(of(&turned), of(&mentions));
        }
    }
}
