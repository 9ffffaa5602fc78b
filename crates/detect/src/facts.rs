//! What is remembered of each recent negative mention.
//!
//! At most [`CAPACITY`] mentions a brand, under 1 KB each and without personal data:
//! texts are redacted before they are kept, ids and authors are hashes. Where there
//! are more, the counts stay exact, and what is told of the spike's parts rests on a
//! fair sample.

use std::collections::BTreeMap;

use mention::{EventTime, Mention, Text};
use serde::{Deserialize, Serialize};

use crate::counting::kind_of;
use crate::hash;
use crate::redact::Redacted;
use crate::spread::Spread;
use crate::terms::terms_of;

/// Negative mentions that a brand remembers in detail.
pub(crate) const CAPACITY: usize = 1024;
/// Spans kept of a mention: as many as the settings let a record have.
const SPANS_MAX: usize = 16;
/// Followers from which an author is micro, macro, mega (the tiers of `features.md`:
/// the usual borders of influencer marketing).
const TIERS: [(u64, &str); 3] = [(10_000, "micro"), (100_000, "macro"), (1_000_000, "mega")];

/// The mention that may decide on a spike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deciding {
    /// Event time, milliseconds.
    pub(crate) at: i64,
    pub(crate) platform: u8,
    /// People whom its author could reach (`Spread::audience`).
    pub(crate) audience: u64,
    /// The first post of its thread.
    pub(crate) root: u64,
}

/// One negative mention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fact {
    /// Event time, milliseconds.
    pub(crate) at: i64,
    /// Its key among the known mentions; the hashed id.
    pub(crate) key: u64,
    /// Position of its platform.
    pub(crate) platform: u8,
    /// Whether it counts in the share; repeats only add reach.
    pub(crate) counted: bool,
    /// The group of copies it belongs to; 0 for none.
    pub(crate) group: u64,
    /// Whether its author's account was young; none if that isn't known.
    pub(crate) young: Option<bool>,
    /// Hash of the author; its own key where the author isn't known.
    pub(crate) author: u64,
    /// Hash of the thread's first post.
    pub(crate) thread: u64,
    /// How far it has spread.
    pub(crate) spread: Spread,
    /// Name of its kind.
    pub(crate) kind: String,
    /// Tier of its author.
    pub(crate) tier: String,
    /// Language by the score's word, else the platform's.
    pub(crate) lang: String,
    /// Aspects it is negative about, or all its aspects if there is none such.
    pub(crate) aspects: Vec<String>,
    /// Terms, at most twelve.
    pub(crate) terms: Vec<String>,
    /// Redacted text.
    pub(crate) text: String,
    /// What of it speaks for negative, `[start, end)` in characters, in their order;
    /// at most [`SPANS_MAX`], and only where the score tells.
    pub(crate) spans: Vec<[u16; 2]>,
}

impl Fact {
    pub(crate) fn of(mention: &Mention<'_>, key: u64, at: i64, counted: bool) -> Self {
        let lang = mention.score.as_ref().map(|score| &score.lang);
        let lang = lang
            .filter(|lang| !lang.is_empty())
            .or(mention.lang.as_ref());
        let redacted = Redacted::of(&mention.text);
        Self {
            at,
            key,
            platform: crate::watch::platform_position(mention.platform),
            counted,
            group: 0,
            young: crate::copies::is_young(mention),
            author: author_of(mention, key),
            thread: thread_of(mention, key),
            spread: Spread::of(mention),
            kind: kind_of(mention).as_str().to_owned(),
            tier: tier_of(mention).to_owned(),
            lang: lang.map_or("und", Text::as_str).chars().take(8).collect(),
            aspects: aspects_of(mention),
            terms: terms_of(&mention.text, &mention.brand),
            spans: spans_of(mention, &redacted),
            text: redacted.text(),
        }
    }

    pub(crate) fn minute(&self) -> i64 {
        EventTime::from_millis(self.at).minute()
    }
}

/// The thread: its first post by `root`, else the post repeated or answered, else itself.
pub(crate) fn thread_of(mention: &Mention<'_>, key: u64) -> u64 {
    let first = mention.root.as_ref().or(mention.repost_of.as_ref());
    let first = first.or(mention.in_reply_to.as_ref());
    first.map_or(key, |id| crate::watch::key_of(mention.platform, id))
}

/// Hash of the author; the mention's own key where the author isn't known.
pub(crate) fn author_of(mention: &Mention<'_>, key: u64) -> u64 {
    let author = mention.author.as_ref();
    let id = author.and_then(|author| author.id.as_ref());
    id.map_or(key, |id| hash::of(&[b"author", id.as_bytes()]))
}

fn tier_of(mention: &Mention<'_>) -> &'static str {
    let Some(followers) = mention.author.as_ref().and_then(|author| author.followers) else {
        return "unknown";
    };
    let tier = TIERS.iter().rev().find(|(from, _)| followers >= *from);
    tier.map_or("nano", |(_, name)| name)
}

fn aspects_of(mention: &Mention<'_>) -> Vec<String> {
    let aspects = mention
        .score
        .as_ref()
        .map_or(&[][..], |score| &score.aspects);
    let name = |aspect: &mention::AspectPolarity| aspect.aspect.as_str().to_owned();
    let negative = aspects
        .iter()
        .filter(|a| a.polarity == mention::Label::Negative);
    let mut names: Vec<String> = negative.map(name).collect();
    if names.is_empty() {
        names = aspects.iter().map(name).collect();
    }
    names.sort();
    names.dedup();
    names
}

/// The pieces of the text that made the score negative, as they stand in the
/// redacted text.
fn spans_of(mention: &Mention<'_>, redacted: &Redacted) -> Vec<[u16; 2]> {
    let spans = mention.score.as_ref().map_or(&[][..], |score| &score.spans);
    let negative = spans.iter().filter(|span| span.weight > 0.0);
    let placed = negative.filter_map(|span| redacted.place_of(span.start, span.end));
    let mut placed: Vec<_> = placed.take(SPANS_MAX).collect();
    placed.sort_unstable();
    placed.dedup();
    placed
}

/// The recent negative mentions, by key.
///
/// Keys are hashes, so that when there are too many, those with the smallest keys
/// are a fair sample, and the same one for every order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    recent: BTreeMap<u64, Fact>,
}

impl Facts {
    /// Whether a mention with that key would be kept; if not, its details needn't
    /// be worked out at all.
    pub(crate) fn would_keep(&self, key: u64) -> bool {
        let largest = self.recent.last_key_value();
        self.recent.len() < CAPACITY || largest.is_some_and(|(&largest, _)| key < largest)
    }

    pub(crate) fn insert(&mut self, fact: Fact) {
        self.recent.insert(fact.key, fact);
        if self.recent.len() > CAPACITY {
            self.recent.pop_last();
        }
    }

    /// Forgets a mention that was deleted.
    pub(crate) fn forget(&mut self, key: u64) {
        self.recent.remove(&key);
    }

    /// A mention that came to be a repeat of an earlier one doesn't count any more.
    pub(crate) fn uncount(&mut self, key: u64) {
        if let Some(fact) = self.recent.get_mut(&key) {
            fact.counted = false;
        }
    }

    /// New engagement: the mention has reached more people.
    pub(crate) fn raise_spread(&mut self, key: u64, spread: Spread) {
        if let Some(fact) = self.recent.get_mut(&key) {
            fact.spread = fact.spread.most(spread);
        }
    }

    pub(crate) fn get(&self, key: u64) -> Option<&Fact> {
        self.recent.get(&key)
    }

    /// Those of minutes `from` to `to`, by key.
    pub(crate) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = &Fact> {
        let inside = move |fact: &&Fact| (from..=to).contains(&fact.minute());
        self.recent.values().filter(inside)
    }

    /// Drops what lies before `minute`.
    pub(crate) fn drop_before(&mut self, minute: i64) {
        self.recent.retain(|_, fact| fact.minute() >= minute);
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.recent.len() <= CAPACITY
    }
}
