//! What is remembered of each recent negative mention.
//!
//! At most [`CAPACITY`] mentions a brand, under 1 KB each and without personal data:
//! texts are redacted before they are kept, ids and authors are hashes. Where there
//! are more, the counts stay exact, and what is told of the spike's parts rests on a
//! fair sample.

use std::collections::BTreeMap;

use compact_str::CompactString;
use mention::{EventTime, Mention};
use serde::{Deserialize, Serialize, Serializer};

use crate::counting::kind_of;
use crate::hash;
use crate::redact::Redacted;
use crate::spread::Spread;
use crate::terms::terms_of;
use crate::words::Words;

/// Negative mentions that a brand remembers in detail.
pub(crate) const CAPACITY: usize = 1024;
/// Spans kept of a mention: as many as the settings let a record have.
const SPANS_MAX: usize = 16;
/// Followers from which an author is micro, macro, mega (the tiers of `features.md`:
/// the usual borders of influencer marketing).
const TIERS: [(u64, &str); 3] = [(10_000, "micro"), (100_000, "macro"), (1_000_000, "mega")];

/// A word; short ones, and most are, need no allocation.
pub(crate) type Word = CompactString;

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
    pub(crate) kind: Word,
    /// Tier of its author.
    pub(crate) tier: Word,
    /// Language by the score's word, else the platform's.
    pub(crate) lang: Word,
    /// Aspects it is negative about, or all its aspects if there is none such.
    pub(crate) aspects: Vec<Word>,
    /// Terms, at most twelve.
    pub(crate) terms: Vec<Word>,
    /// Redacted text.
    pub(crate) text: String,
    /// What of it speaks for negative, `[start, end)` in characters, in their order;
    /// at most [`SPANS_MAX`], and only where the score tells.
    pub(crate) spans: Vec<[u16; 2]>,
}

impl Fact {
    /// `words` are those of the mention's text.
    pub(crate) fn of(
        mention: &Mention<'_>,
        words: &Words<'_>,
        key: u64,
        at: i64,
        counted: bool,
    ) -> Self {
        let lang = mention.score.as_ref().map(|score| &score.lang);
        let lang = lang
            .filter(|lang| !lang.is_empty())
            .or(mention.lang.as_ref());
        let (text, spans) = text_and_spans_of(mention, words);
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
            kind: Word::const_new(kind_of(mention).as_str()),
            tier: Word::const_new(tier_of(mention)),
            lang: lang.map_or_else(|| Word::const_new("und"), |lang| short(lang)),
            aspects: aspects_of(mention),
            terms: terms_of(words, &mention.brand),
            text,
            spans,
        }
    }

    pub(crate) fn minute(&self) -> i64 {
        EventTime::from_millis(self.at).minute()
    }
}

/// The first eight characters.
fn short(lang: &str) -> Word {
    match lang.len() {
        ..=8 => Word::new(lang),
        _ => lang.chars().take(8).collect(),
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

fn aspects_of(mention: &Mention<'_>) -> Vec<Word> {
    let aspects = mention
        .score
        .as_ref()
        .map_or(&[][..], |score| &score.aspects);
    let name = |aspect: &mention::AspectPolarity| Word::const_new(aspect.aspect.as_str());
    let negative = aspects
        .iter()
        .filter(|a| a.polarity == mention::Label::Negative);
    let mut names: Vec<Word> = negative.map(name).collect();
    if names.is_empty() {
        names = aspects.iter().map(name).collect();
    }
    names.sort();
    names.dedup();
    names
}

/// The redacted text, and the pieces of it that made the score negative.
fn text_and_spans_of(mention: &Mention<'_>, words: &Words<'_>) -> (String, Vec<[u16; 2]>) {
    let spans = mention.score.as_ref().map_or(&[][..], |score| &score.spans);
    if spans.is_empty() {
        return (Redacted::text_of(words.text()), Vec::new());
    }
    let redacted = Redacted::of(words.text());
    let negative = spans.iter().filter(|span| span.weight > 0.0);
    let placed = negative.filter_map(|span| redacted.place_of(span.start, span.end));
    let mut placed: Vec<_> = placed.take(SPANS_MAX).collect();
    placed.sort_unstable();
    placed.dedup();
    (redacted.into_text(), placed)
}

/// The recent negative mentions.
///
/// Keys are hashes, so that when there are too many, those with the smallest keys
/// are a fair sample, and the same one for every order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "Vec<Fact>")]
pub(crate) struct Facts {
    /// By minute and key.
    recent: BTreeMap<(i64, u64), Box<Fact>>,
    /// The minute of each key.
    minutes: BTreeMap<u64, i64>,
}

impl Facts {
    /// Whether a mention with that key would be kept; if not, its details needn't
    /// be worked out at all.
    pub(crate) fn would_keep(&self, key: u64) -> bool {
        let largest = self.minutes.last_key_value();
        self.minutes.len() < CAPACITY || largest.is_some_and(|(&largest, _)| key < largest)
    }

    pub(crate) fn insert(&mut self, fact: Fact) {
        let (minute, key) = (fact.minute(), fact.key);
        if let Some(before) = self.minutes.insert(key, minute) {
            self.recent.remove(&(before, key));
        }
        self.recent.insert((minute, key), Box::new(fact));
        if self.minutes.len() > CAPACITY
            && let Some((key, minute)) = self.minutes.pop_last()
        {
            self.recent.remove(&(minute, key));
        }
    }

    /// Forgets a mention that was deleted.
    pub(crate) fn forget(&mut self, key: u64) {
        if let Some(minute) = self.minutes.remove(&key) {
            self.recent.remove(&(minute, key));
        }
    }

    pub(crate) fn get(&self, key: u64) -> Option<&Fact> {
        let minute = *self.minutes.get(&key)?;
        self.recent.get(&(minute, key)).map(Box::as_ref)
    }

    fn get_mut(&mut self, key: u64) -> Option<&mut Fact> {
        let minute = *self.minutes.get(&key)?;
        self.recent.get_mut(&(minute, key)).map(Box::as_mut)
    }

    /// A mention that came to be a repeat of an earlier one doesn't count any more.
    pub(crate) fn uncount(&mut self, key: u64) {
        if let Some(fact) = self.get_mut(key) {
            fact.counted = false;
        }
    }

    /// New engagement: the mention has reached more people.
    pub(crate) fn raise_spread(&mut self, key: u64, spread: Spread) {
        if let Some(fact) = self.get_mut(key) {
            fact.spread = fact.spread.most(spread);
        }
    }

    /// Those of minutes `from` to `to`, by minute and key.
    pub(crate) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = &Fact> {
        let until = to.max(from); // an empty range mustn't end before it begins
        let found = self.recent.range((from, 0)..=(until, u64::MAX));
        found
            .map(|(_, fact)| fact.as_ref())
            .take_while(move |_| from <= to)
    }

    /// Drops what lies before `minute`.
    pub(crate) fn drop_before(&mut self, minute: i64) {
        while let Some(oldest) = self.recent.first_entry()
            && oldest.key().0 < minute
        {
            self.minutes.remove(&oldest.key().1);
            oldest.remove();
        }
        if self.recent.is_empty() {
            *self = Self::default(); // an emptied map keeps a node
        }
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.recent.values())
    }
}

impl TryFrom<Vec<Fact>> for Facts {
    type Error = &'static str;

    fn try_from(facts: Vec<Fact>) -> Result<Self, Self::Error> {
        if facts.len() > CAPACITY {
            return Err("more mentions in detail than are kept");
        }
        let mut all = Self::default();
        facts.into_iter().for_each(|fact| all.insert(fact));
        Ok(all)
    }
}
