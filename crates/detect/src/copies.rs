//! Copies of one text: told apart from opinions, and noted when they come in step.
//!
//! Whoever writes the mentions may mark near-duplicates (`cluster`). Those that nobody
//! marked are found where they are exact but for what a copier changes without
//! thinking: capitals, punctuation, handles, links and digits. Either way a group of
//! copies counts once in the share, so that a text pasted a thousand times is one
//! opinion, and the people behind a wave are those who wrote something of their own.

use std::collections::BTreeMap;

use mention::{Coordination, EventTime, Mention, Spike, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::hash;
use crate::notes::{Cause, Note};
use crate::scan::{Counts, Mood};
use crate::tally::prune;
use crate::watch::BrandWatch;
use crate::words::Words;

/// Shorter texts are alike by chance: "nog steeds geen pakket" is many people's own.
const WORDS_MIN: usize = 6;
const LETTERS_MIN: usize = 30;
/// Letters after which a text is cut: what is as long and alike so far is a copy.
const LETTERS_MAX: usize = 2_000;
/// An author's account counts as young below this age.
const YOUNG: i64 = 30 * 24 * 60 * EventTime::MINUTE_MS;
/// Copies in step follow one another within this time.
const STEP: u64 = 5 * 60_000;
/// Repeats of one text within the hour that are worth a note, at least, and in units
/// of the negatives expected in it.
const COORDINATED_MIN: u32 = 20;
const COORDINATED_TIMES: f64 = 5.0;
/// Minutes in which these repeats come, and after which a group that is silent is over.
const HOUR: i64 = 60;
/// Groups of copies that are counted at once, and told of in one spike.
const GROUPS_MAX: usize = 256;
/// Copies in a spike from which they are worth telling.
const COPIES_TOLD_MIN: u64 = 2;
/// The age of accounts is told from this many known ones on, if they are half of all.
const AGES_MIN: u64 = 5;
/// Posts of known age, and the young ones' part of them, from which young accounts are
/// worth telling though no post is a copy.
const YOUNG_POSTS_MIN: u64 = 10;
const YOUNG_PART: f64 = 0.5;

/// The group of a text's copies on one day, if it is long enough to have any. A day,
/// because the same complaint may be made again; what straddles midnight counts twice.
pub(crate) fn group_of_text(words: &Words<'_>, at: i64) -> Option<u64> {
    let mut hash = hash::Hasher::new();
    b"text".iter().for_each(|&byte| hash.byte(byte));
    hash.end_part();
    add_letters(&mut hash, words)?;
    let day = at.div_euclid(24 * 60 * EventTime::MINUTE_MS);
    hash.end_part();
    day.to_le_bytes().iter().for_each(|&byte| hash.byte(byte));
    hash.end_part();
    Some(hash.finish().max(1))
}

/// Adds the words of a text in small letters, without handles, links, digits and
/// punctuation; none if they are too few.
fn add_letters(hash: &mut hash::Hasher, words: &Words<'_>) -> Option<()> {
    let (mut words_kept, mut letters) = (0, 0);
    for word in words.iter() {
        let is_own = !word.text.starts_with('@') && !word.is_address();
        if !is_own || (words_kept == 0 && word.text.eq_ignore_ascii_case("rt")) {
            continue;
        }
        let before = letters;
        if word.is_ascii() {
            for letter in word.text.bytes().filter(u8::is_ascii_alphabetic) {
                hash.byte(letter.to_ascii_lowercase());
                letters += 1;
            }
        } else {
            for letter in word.text.chars().filter(|letter| letter.is_alphabetic()) {
                add_small(hash, letter);
                letters += 1;
            }
        }
        if letters > before {
            hash.byte(b' ');
            words_kept += 1;
        }
        if letters >= LETTERS_MAX {
            break;
        }
    }
    (words_kept >= WORDS_MIN && letters >= LETTERS_MIN).then_some(())
}

fn add_small(hash: &mut hash::Hasher, letter: char) {
    for small in letter.to_lowercase() {
        let mut buffer = [0; 4];
        let bytes = small.encode_utf8(&mut buffer).bytes();
        bytes.for_each(|byte| hash.byte(byte));
    }
}

/// Whether the author's account was young when it posted; none if its age isn't known.
pub(crate) fn is_young(mention: &Mention<'_>) -> Option<bool> {
    let opened = mention.author.as_ref()?.created_at?;
    Some(mention.created_at.millis_since(opened) < YOUNG)
}

/// Counts over negative posts, copies and others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    /// Copies, and those of them that came in step.
    copies: u64,
    in_step: u64,
    /// All posts, those whose account's age is known, and the young ones of them.
    posts: u64,
    aged: u64,
    young: u64,
}

impl Sums {
    /// Adds a post; `last` is when the one before it in its group came.
    fn add(&mut self, fact: &Fact, last: Option<i64>) {
        self.posts += 1;
        self.aged += u64::from(fact.young.is_some());
        self.young += u64::from(fact.young == Some(true));
        if fact.group != 0 && !fact.counted {
            self.copies += 1;
            let gap = last.map(|last| fact.at.abs_diff(last));
            self.in_step += u64::from(gap.is_some_and(|gap| gap <= STEP));
        }
    }

    /// What they show, if anything.
    fn told(self) -> Option<Coordination> {
        let is_known = self.aged >= AGES_MIN && 2 * self.aged >= self.posts;
        let young = is_known.then(|| part(self.young, self.aged));
        let are_young =
            self.aged >= YOUNG_POSTS_MIN && young.is_some_and(|young| young >= YOUNG_PART);
        (self.copies >= COPIES_TOLD_MIN || are_young).then(|| Coordination {
            copies: self.copies,
            in_step: part(self.in_step, self.copies),
            young_accounts: young,
        })
    }
}

/// A part in four decimals; 0 of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
fn part(of: u64, all: u64) -> f64 {
    (of as f64 / all.max(1) as f64 * 1e4).round() / 1e4
}

/// The copies among a spike's negatives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copies {
    /// When the last post of each group came, milliseconds.
    last: BTreeMap<u64, i64>,
    sums: Sums,
}

impl Copies {
    pub(crate) fn add(&mut self, fact: &Fact) {
        let last = match fact.group {
            0 => None,
            group => self.last.insert(group, fact.at),
        };
        self.sums.add(fact, last);
        if self.last.len() > GROUPS_MAX {
            // The group that has been silent longest is the least likely to go on.
            let oldest = self.last.iter().min_by_key(|(group, at)| (**at, **group));
            if let Some(group) = oldest.map(|(group, _)| *group) {
                self.last.remove(&group);
            }
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.last.len() <= GROUPS_MAX
    }

    /// What they show, if anything.
    pub(crate) fn told(&self) -> Option<Coordination> {
        self.sums.told()
    }
}

/// The groups of copies that are being counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Groups {
    known: BTreeMap<u64, Group>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Group {
    /// First minute, and copies, of the hour that is being counted.
    first: i64,
    copies: u32,
    note: Told,
}

/// How far the telling of a group has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "at most 256 of them, for want of a heap"
)]
enum Told {
    #[default]
    Not,
    /// A note was written; it gets its last revision when the group falls silent.
    Open(Tell),
    Over,
}

/// What a note's revisions have in common, and the sums of the closed minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Tell {
    position: Option<u8>,
    first: i64,
    /// When it was noticed, milliseconds.
    at: i64,
    /// Last closed minute with a post of the group.
    last: i64,
    /// When that post came, milliseconds.
    last_at: Option<i64>,
    sums: Sums,
}

impl Tell {
    fn add(&mut self, fact: &Fact) {
        self.sums.add(fact, self.last_at);
        self.last = fact.minute();
        self.last_at = Some(fact.at);
    }
}

impl Groups {
    pub(crate) fn is_whole(&self) -> bool {
        self.known.len() <= GROUPS_MAX
    }

    fn has_open_notes(&self) -> bool {
        let mut groups = self.known.values();
        groups.any(|group| matches!(group.note, Told::Open(_)))
    }
}

impl BrandWatch {
    /// One more copy in a group, a negative one, at `at` milliseconds.
    pub(crate) fn note_copy(&mut self, group: u64, platform: u8, at: i64, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(at).minute();
        let mood = self.state.all.mood(Mood::PRIOR);
        let hourly = self.state.all.rhythm.mean() * mood.share;
        let fresh = Group {
            first: minute,
            ..Group::default()
        };
        let known = self.state.copies.known.entry(group).or_insert(fresh);
        if minute.saturating_sub(known.first) > HOUR {
            *known = Group {
                note: known.note,
                ..fresh
            };
        }
        known.copies = known.copies.saturating_add(1);
        let is_many = known.copies >= COORDINATED_MIN
            && f64::from(known.copies) >= COORDINATED_TIMES * hourly;
        let (first, is_new) = (known.first.min(minute), known.note == Told::Not);
        if is_many && is_new {
            self.tell_of(group, platform, first, at, out);
        }
        prune(&mut self.state.copies.known, GROUPS_MAX, |group| {
            u64::from(group.copies)
        });
    }

    fn tell_of(&mut self, group: u64, platform: u8, first: i64, at: i64, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(at).minute();
        let mut tell = Tell {
            position: self.own_series(platform),
            first,
            at,
            last: first,
            last_at: None,
            sums: Sums::default(),
        };
        let mut so_far = tell;
        self.take_posts(group, [first, minute], &mut so_far);
        out.push(self.coordinated(group, &so_far));
        self.take_posts(group, [first, self.learned_minute()], &mut tell);
        if let Some(known) = self.state.copies.known.get_mut(&group) {
            known.note = Told::Open(tell);
        }
    }

    /// Adds the group's posts of these minutes in order of time.
    fn take_posts(&self, group: u64, [from, to]: [i64; 2], tell: &mut Tell) {
        let facts = self.state.facts.between(from, to);
        let mut facts: Vec<&Fact> = facts.filter(|fact| fact.group == group).collect();
        facts.sort_by_key(|fact| (fact.at, fact.key));
        facts.into_iter().for_each(|fact| tell.add(fact));
    }

    /// A revision of the note.
    fn coordinated(&self, group: u64, tell: &Tell) -> Spike {
        let posts = u32::try_from(tell.sums.posts).unwrap_or(u32::MAX);
        let spike = self.note(&Note {
            kind: SpikeKind::Coordinated,
            cause: Cause::Copies(group),
            position: tell.position,
            first: tell.first,
            last: tell.last,
            at: tell.at,
            counts: Counts {
                negative: posts,
                total: posts,
            },
        });
        Spike {
            coordination: tell.sums.told(),
            ..spike
        }
    }

    /// A minute is closed: notes of copies that have come to an end get their last
    /// revision.
    pub(crate) fn learn_copies(&mut self, minute: i64, out: &mut Vec<Spike>) {
        if !self.state.copies.has_open_notes() {
            return;
        }
        let mut groups = std::mem::take(&mut self.state.copies);
        for (&key, group) in &mut groups.known {
            let Told::Open(tell) = &mut group.note else {
                continue;
            };
            self.take_posts(key, [minute, minute], tell);
            if minute.saturating_sub(tell.last) > HOUR {
                out.push(self.coordinated(key, tell));
                group.note = Told::Over;
            }
        }
        self.state.copies = groups;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_known_whatever_was_changed_without_thinking() {
        let text = "Bij deze webshop nooit meer bestellen, ze lichten iedereen op!";
        let copies = [
            "BIJ DEZE WEBSHOP NOOIT MEER BESTELLEN ze lichten iedereen op",
            "RT @iemand: Bij deze webshop nooit meer bestellen, ze lichten iedereen op!!! 😡",
            "@acme @ander bij deze webshop nooit meer bestellen, ze lichten iedereen op https://t.co/x 3",
        ];
        let group_of = |text, at| group_of_text(&Words::of(text), at);
        let group = group_of(text, 0);
        assert!(group.is_some());
        for copy in copies {
            assert_eq!(group_of(copy, 7), group, "{copy}");
        }
        assert_ne!(group_of(text, 24 * 60 * EventTime::MINUTE_MS), group);
        let other = "Bij deze webshop altijd weer bestellen, ze helpen iedereen!";
        assert_ne!(group_of(other, 0), group);
    }

    #[test]
    fn what_many_people_say_by_themselves_is_no_copy() {
        for text in ["Nog steeds geen pakket", "", "@acme 06 12", "a b c d e f g"] {
            assert_eq!(group_of_text(&Words::of(text), 0), None, "{text}");
        }
        let endless = "woord ".repeat(20_000);
        let cut = "woord ".repeat(LETTERS_MAX / 5);
        let [endless, cut] = [endless, cut].map(|text| group_of_text(&Words::of(&text), 0));
        assert!(endless.is_some() && endless == cut);
    }
}
