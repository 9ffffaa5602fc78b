//! What customers wish for: "jammer dat er geen …", "please add …".

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use compact_str::CompactString;
use mention::{EventTime, Mention};
use serde::{Deserialize, Serialize};

/// How a wish begins, Dutch and English. What is wished follows.
const OPENINGS: [&str; 44] = [
    "ik zou willen dat",
    "ik zou graag willen dat",
    "ik wou dat",
    "ik wens dat",
    "ik zou het fijn vinden als",
    "zou fijn zijn als",
    "zou mooi zijn als",
    "zou handig zijn als",
    "zou leuk zijn als",
    "zou tof zijn als",
    "jammer dat er geen",
    "jammer dat er nog geen",
    "jammer dat jullie geen",
    "jammer dat je geen",
    "jammer dat je niet",
    "jammer dat jullie niet",
    "waarom is er geen",
    "waarom hebben jullie geen",
    "wanneer komt er een",
    "wanneer krijgen we",
    "hopelijk komt er",
    "ik mis een",
    "ik mis de optie",
    "graag een optie",
    "kunnen jullie een",
    "i wish you had",
    "i wish you would",
    "i wish there was",
    "i wish there were",
    "i wish the",
    "please add",
    "pls add",
    "please bring back",
    "would be nice if",
    "would be great if",
    "would be nice to have",
    "would love to see",
    "would love an option",
    "why is there no",
    "why don't you have",
    "too bad there is no",
    "shame there is no",
    "shame there's no",
    "you should add",
];
static OPENING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    let builder = builder.ascii_case_insensitive(true);
    let builder = builder.match_kind(MatchKind::LeftmostLongest);
    builder.build(OPENINGS).ok()
});
/// How much of a text is looked at, bytes.
const READ_MAX: usize = 1_000;
/// How much of a wish is looked at, bytes: a sentence.
const WISH_MAX: usize = 160;
/// Words that a wish is known by. Two wishes that share so many of them are one; where
/// there is one only, that one.
const TERMS: usize = 4;
const SHARED: usize = 2;
/// Longest word of these, bytes.
const TERM_BYTES: usize = 24;
/// Wishes that are held.
const WISHES_MAX: usize = 24;
/// Longest example, bytes.
const EXAMPLE_MAX: usize = 96;
/// Words that every wish has, and that tell nothing of what is wished.
const EMPTY: [&str; 18] = [
    "optie",
    "option",
    "mogelijkheid",
    "feature",
    "functie",
    "graag",
    "please",
    "kunnen",
    "zouden",
    "komt",
    "wordt",
    "jullie",
    "actually",
    "able",
    "ability",
    "support",
    "add",
    "was",
];

/// The wishes of a brand's customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wishes {
    groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    terms: Vec<CompactString>,
    count: u32,
    /// Milliseconds.
    first: i64,
    last: i64,
    /// A wish of it, redacted, and the hashed id of its mention.
    example: Option<(String, u64)>,
}

impl Wishes {
    /// Takes a customer's mention; whether there is a wish in it.
    pub(crate) fn take(&mut self, mention: &Mention<'_>) -> bool {
        let Some(wish) = wish_in(&mention.text) else {
            return false;
        };
        let mut terms = detect::terms_of(wish, &mention.brand);
        terms.retain(|term| !EMPTY.contains(&term.as_str()) && term.len() <= TERM_BYTES);
        terms.truncate(TERMS);
        if terms.is_empty() {
            return false;
        }
        let at = mention.created_at.millis();
        let shared = |group: &Group| group.shared(&terms);
        let best = self.groups.iter_mut().max_by_key(|group| shared(group));
        let needed = SHARED.min(terms.len());
        match best.filter(|group| shared(group) >= needed.min(group.terms.len())) {
            Some(group) => group.add(at),
            None => self.insert(Group {
                terms,
                count: 1,
                first: at,
                last: at,
                example: Some((example_of(&mention.text), mention.hashed_id())),
            }),
        }
        true
    }

    /// A new wish takes the place of the one that was wished least and longest ago.
    fn insert(&mut self, group: Group) {
        if self.groups.len() < WISHES_MAX {
            self.groups.push(group);
            return;
        }
        let rank = |group: &Group| (group.count, group.last);
        if let Some(least) = self.groups.iter_mut().min_by_key(|group| rank(group)) {
            *least = group;
        }
    }

    /// That post is deleted: it is no example any more.
    pub(crate) fn forget(&mut self, hashed_id: u64) {
        for group in &mut self.groups {
            group.example = group.example.take().filter(|(_, id)| *id != hashed_id);
        }
    }

    pub(crate) fn summary(&self) -> Vec<mention::Wish> {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_key(|group| (std::cmp::Reverse((group.count, group.last)), &group.terms));
        let wishes = groups.into_iter().map(|group| mention::Wish {
            terms: group.terms.iter().map(ToString::to_string).collect(),
            count: group.count.into(),
            first: EventTime::from_millis(group.first),
            last: EventTime::from_millis(group.last),
            example: group.example.as_ref().map(|(text, _)| text.clone()),
        });
        wishes.collect()
    }

    pub(crate) fn is_whole(&self) -> bool {
        let is_legal = |group: &Group| {
            let example = group.example.as_ref();
            group.terms.len() <= TERMS
                && group.terms.iter().all(|term| term.len() <= TERM_BYTES)
                && example.is_none_or(|(text, _)| text.len() <= EXAMPLE_MAX + '…'.len_utf8())
        };
        self.groups.len() <= WISHES_MAX && self.groups.iter().all(is_legal)
    }
}

impl Group {
    fn shared(&self, terms: &[CompactString]) -> usize {
        let is_shared = |term: &&CompactString| self.terms.contains(term);
        terms.iter().filter(is_shared).count()
    }

    fn add(&mut self, at: i64) {
        self.count = self.count.saturating_add(1);
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

/// What is wished for: the rest of the sentence behind the opening.
fn wish_in(text: &str) -> Option<&str> {
    let text = shorten(text, READ_MAX);
    let opening = OPENING.as_ref()?.find(text)?;
    // "jammer dat je niet" in the middle of a word is none.
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let before = opening.start().checked_sub(1).and_then(|at| bytes.get(at));
    if is_word(before) || is_word(bytes.get(opening.end())) {
        return None;
    }
    let rest = shorten(text.get(opening.end()..)?, WISH_MAX);
    let end = rest.find(['.', '!', '?', '\n', ';']).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The wish and what opens it, redacted as a whole, since what comes before may decide
/// what is personal.
fn example_of(text: &str) -> String {
    let redacted = detect::redacted(text);
    let start = OPENING
        .as_ref()
        .and_then(|openings| openings.find(redacted.as_str()));
    let start = start.map_or(0, |found| found.start());
    let whole = &redacted[start..];
    let mut example = shorten(whole, EXAMPLE_MAX).to_owned();
    if example.len() < whole.len() {
        example.push('…');
    }
    example
}

/// The beginning of a text, at most `most` bytes of it.
pub(crate) fn shorten(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::post;

    #[test]
    fn wishes_are_found_and_those_for_the_same_are_one() {
        let mut wishes = Wishes::default();
        for text in [
            "Jammer dat er geen afhaalpunt in Zwolle is! Verder top",
            "ik zou willen dat er een afhaalpunt in Zwolle kwam",
            "Zou fijn zijn als er ook in Zwolle een afhaalpunt was. Bel 06-12345678",
            "Please add dark mode to the app",
            "would be great if the app had a dark mode",
        ] {
            assert!(wishes.take(&post(text)), "{text}");
        }
        for text in [
            "Wat jammer dat er geen",
            "kikmis een bus",
            "alles goed",
            "ik wou dat.",
        ] {
            assert!(!wishes.take(&post(text)), "{text}");
        }
        let told = wishes.summary();
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!((told[0].count, told[1].count), (3, 2));
        assert!(told[0].terms.iter().any(|term| term == "afhaalpunt"));
        assert_eq!(
            told[1].example.as_deref(),
            Some("Please add dark mode to the app")
        );
        wishes.forget(post("Please add dark mode to the app").hashed_id());
        assert_eq!(wishes.summary()[1].example, None);
    }

    #[test]
    fn hostile_texts_stay_small_and_show_nothing_personal() {
        let mut wishes = Wishes::default();
        for number in 0..100 {
            let text = format!(
                "please add w{number}x{} é😡 06-12345678 @jan",
                "z".repeat(30_000)
            );
            wishes.take(&post(&text));
            wishes.take(&post(&format!(
                "bel 06-12345678, please add knop{number}q mail a@b.nl"
            )));
        }
        let told = wishes.summary();
        assert!(told.len() <= WISHES_MAX && wishes.is_whole());
        let texts: String = told
            .iter()
            .filter_map(|wish| wish.example.clone())
            .collect();
        assert!(
            !texts.contains("12345678") && !texts.contains("a@b.nl"),
            "{texts}"
        );
    }
}
