//! Looking for spikes.

use mention::{EventTime, Spike, SpikeKind};

use super::{Entry, State};

/// Spikes on one page of results.
pub const PAGE: usize = 50;
/// Longest text that can be looked for, characters.
pub const MAX_TEXT_CHARS: usize = 200;

/// What is asked for; what isn't set doesn't matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Slug of the brand.
    pub brand: Option<String>,
    /// Name of the platform, or `all` for spikes over all of them.
    pub platform: Option<String>,
    /// What it looks like.
    pub kind: Option<SpikeKind>,
    /// Words, all of which are in a term, a driver or an example; capitals don't matter.
    pub text: Option<String>,
    /// Not over before this time.
    pub from: Option<EventTime>,
    /// Begun before this time.
    pub until: Option<EventTime>,
    /// Whether it is open still.
    pub open: Option<bool>,
    /// Whether it called somebody.
    pub pages: Option<bool>,
    /// Results that are passed over: those of the pages before.
    pub skip: usize,
}

/// A page of results.
#[derive(Debug)]
pub struct Found {
    /// The spikes, newest onset first.
    pub entries: Vec<Entry>,
    /// How many there are on all pages.
    pub total: usize,
}

impl State {
    /// The spikes that are as asked for.
    #[must_use]
    pub fn search(&self, query: &Query) -> Found {
        let words = query.words();
        let mut total = 0;
        let mut entries = Vec::new();
        for entry in self.newest() {
            if !query.fits(&entry.spike) || !has_words(&entry.spike, &words) {
                continue;
            }
            if total >= query.skip && entries.len() < PAGE {
                entries.push(entry);
            }
            total += 1;
        }
        Found { entries, total }
    }
}

impl Query {
    fn words(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default();
        text.split_whitespace().map(str::to_lowercase).collect()
    }

    fn fits(&self, spike: &Spike) -> bool {
        let is = |asked: &Option<String>, found: &str| {
            asked.as_deref().is_none_or(|asked| asked == found)
        };
        let end = spike.closed_at;
        is(&self.brand, &spike.brand)
            && is(&self.platform, &spike.platform)
            && self.kind.is_none_or(|kind| kind == spike.spike_kind)
            && self.open.is_none_or(|open| open == end.is_none())
            && self.pages.is_none_or(|pages| pages == spike.pages)
            && self
                .from
                .is_none_or(|from| end.is_none_or(|end| end >= from))
            && self.until.is_none_or(|until| spike.onset < until)
    }
}

fn has_words(spike: &Spike, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let terms = spike.terms.iter().map(|term| term.term.as_str());
    let drivers = spike.drivers.iter().map(|driver| driver.value.as_str());
    let examples = spike
        .exemplars
        .iter()
        .map(|exemplar| exemplar.text.as_str());
    let named = [spike.brand.as_str(), spike.platform.as_str(), &spike.id];
    let texts = terms.chain(drivers).chain(examples).chain(named);
    let texts: Vec<String> = texts.map(str::to_lowercase).collect();
    let is_in = |word: &String| texts.iter().any(|text| text.contains(word));
    words.iter().all(is_in)
}
