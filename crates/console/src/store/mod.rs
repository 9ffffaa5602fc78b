//! What the console knows, in memory.

mod conversations;
mod counts;
mod insights;
mod overall;
mod search;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use mention::{EventTime, Feedback, Spike, Verdict};
use tokio::sync::watch;

pub use conversations::{Answers, Conversations, MAX_CONVERSATIONS};
pub use counts::{BrandCounts, Counts};
pub use insights::{Insights, MAX_INSIGHT_BYTES, MAX_INSIGHTS, Voice};
pub use overall::{OverallAspect, OverallTerm};
pub use search::{Found, MAX_TEXT_CHARS, PAGE, Query};

/// Spikes that are kept at most; those that closed longest ago go first. At one or two a
/// brand and week these are years of a brand, or months of fifty.
pub const MAX_SPIKES: usize = 5_000;
/// Bytes of their records that are kept at most. A spike in memory takes about as much as
/// its record; one with all 240 points has some 25 KB.
pub const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Responses that are kept at most, of spikes that aren't kept any more too: precision is
/// counted over all of them.
pub const MAX_RESPONSES: usize = 20_000;

/// A spike with what people made of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its last revision.
    pub spike: Arc<Spike>,
    /// The response, if there is one.
    pub feedback: Option<Arc<Feedback>>,
}

/// What there is to know, shared by the threads that read topics and those that answer.
#[derive(Debug)]
pub struct Store {
    state: RwLock<State>,
    /// Counts changes that a page may show.
    changes: watch::Sender<u64>,
}

/// The present state of a [`Store`].
#[derive(Debug, Default)]
pub struct State {
    /// Last revisions by onset and id, with the bytes of their records.
    spikes: BTreeMap<(EventTime, String), (Arc<Spike>, usize)>,
    /// The onset of each id.
    onsets: HashMap<String, EventTime>,
    bytes: usize,
    feedback: HashMap<String, Arc<Feedback>>,
    counts: Counts,
    conversations: Conversations,
    insights: Insights,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            state: RwLock::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl Store {
    /// The present state; hold it for moments only.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the number of changes so far, and of each new one.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A record of the spikes topic: a revision, or an empty value where it was deleted.
    ///
    /// # Errors
    /// The record isn't a spike of that key; nothing changes then.
    pub fn take_spike(&self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        let spike = if value.is_empty() {
            None
        } else {
            let spike: Spike = serde_json::from_slice(value)?;
            if spike.id.as_bytes() != key || !is_id(&spike.id) {
                use serde::de::Error;
                return Err(serde_json::Error::custom("the key isn't the spike's id"));
            }
            Some(spike)
        };
        self.change(|state| match spike {
            Some(spike) => state.insert(spike, value.len()),
            None => state.remove(&String::from_utf8_lossy(key)),
        });
        Ok(())
    }

    /// A record of the feedback topic, or `None` where it was taken back.
    pub fn take_feedback(&self, spike: &str, feedback: Option<Feedback>) {
        self.change(|state| match feedback {
            Some(feedback) => {
                let is_known = state.feedback.contains_key(spike);
                if is_known || state.feedback.len() < MAX_RESPONSES {
                    state.feedback.insert(spike.to_owned(), Arc::new(feedback));
                }
            }
            None => {
                state.feedback.remove(spike);
            }
        });
    }

    /// A scored record. Pages are told of it by [`Store::counted`], since there may be
    /// thousands a second.
    pub fn take_scored(&self, value: &[u8]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.counts.take(value);
    }

    /// A record of the topic of conversations. Pages are told of it by [`Store::counted`].
    ///
    /// # Errors
    /// The record isn't a conversation of that key; nothing changes then.
    pub fn take_conversation(&self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.conversations.take(key, value)
    }

    /// A record of the topic of summaries. Pages are told of it by [`Store::counted`].
    ///
    /// # Errors
    /// The record isn't a summary of that key; nothing changes then.
    pub fn take_insight(&self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.insights.take(key, value)
    }

    /// Tells the pages that counts have changed.
    pub fn counted(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        drop(state);
        self.counted();
    }
}

/// Whether it is an id as the detector makes them, 16 hexadecimal digits. Anything else
/// isn't taken, so that an id can stand in an address.
#[must_use]
pub fn is_id(id: &str) -> bool {
    id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl State {
    fn insert(&mut self, spike: Spike, bytes: usize) {
        self.remove(&spike.id);
        self.onsets.insert(spike.id.clone(), spike.onset);
        self.bytes += bytes;
        let key = (spike.onset, spike.id.clone());
        self.spikes.insert(key, (Arc::new(spike), bytes));
        while self.spikes.len() > MAX_SPIKES || self.bytes > MAX_BYTES {
            let mut ids = self.spikes.iter();
            let closed = ids.find(|(_, (spike, _))| spike.closed_at.is_some());
            let oldest = closed.or_else(|| self.spikes.first_key_value());
            let Some(((_, id), _)) = oldest else {
                return;
            };
            let id = id.clone();
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(onset) = self.onsets.remove(id)
            && let Some((_, bytes)) = self.spikes.remove(&(onset, id.to_owned()))
        {
            self.bytes -= bytes;
        }
    }

    /// The spike of that id.
    #[must_use]
    pub fn spike(&self, id: &str) -> Option<Entry> {
        let onset = self.onsets.get(id)?;
        let (spike, _) = self.spikes.get(&(*onset, id.to_owned()))?;
        Some(self.entry(spike))
    }

    /// The response to a spike, kept or not.
    #[must_use]
    pub fn feedback(&self, spike: &str) -> Option<Arc<Feedback>> {
        self.feedback.get(spike).map(Arc::clone)
    }

    /// Spikes that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spikes.len()
    }

    /// Whether no spike is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spikes.is_empty()
    }

    /// All spikes, the newest onset first.
    pub fn newest(&self) -> impl Iterator<Item = Entry> {
        let spikes = self.spikes.values().rev();
        spikes.map(|(spike, _)| self.entry(spike))
    }

    fn entry(&self, spike: &Arc<Spike>) -> Entry {
        Entry {
            spike: Arc::clone(spike),
            feedback: self.feedback.get(&spike.id).map(Arc::clone),
        }
    }

    /// What is open, worst first: what calls somebody before what doesn't.
    #[must_use]
    pub fn open(&self) -> Vec<Entry> {
        let mut open: Vec<Entry> = self.newest().filter(Entry::is_open).collect();
        open.sort_by_key(|entry| (!entry.spike.pages, u8::MAX - entry.spike.severity));
        open
    }

    /// Mentions of the last hour.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Who waits for an answer, and who has one.
    #[must_use]
    pub const fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// What brands' mentions say over weeks.
    #[must_use]
    pub const fn insights(&self) -> &Insights {
        &self.insights
    }

    /// The newest event time that was seen; nothing on a page is later.
    #[must_use]
    pub fn now(&self) -> Option<EventTime> {
        let spikes = self.spikes.values();
        let told = spikes.map(|(spike, _)| spike.closed_at.unwrap_or(spike.detected_at));
        let told = told.max().max(self.conversations.now());
        let told = told.max(self.insights.now());
        self.counts.now().max(told)
    }

    /// Alarms by brand: judged useful, judged not, and not judged of those that are kept.
    #[must_use]
    pub fn outcomes(&self) -> BTreeMap<String, Outcomes> {
        let mut by_brand: BTreeMap<String, Outcomes> = BTreeMap::new();
        for feedback in self.feedback.values().filter(|feedback| feedback.pages) {
            let outcomes = by_brand.entry(feedback.brand.clone()).or_default();
            match feedback.judged.as_ref().map(|judged| judged.verdict) {
                Some(Verdict::Useful) => outcomes.useful += 1,
                Some(Verdict::NotUseful) => outcomes.not_useful += 1,
                None => {}
            }
        }
        for entry in self.newest().filter(|entry| entry.spike.pages) {
            let is_judged = entry.feedback.is_some_and(|f| f.judged.is_some());
            let outcomes = by_brand.entry(entry.spike.brand.clone()).or_default();
            outcomes.unjudged += u64::from(!is_judged);
        }
        by_brand
    }
}

impl Entry {
    /// Whether it isn't over yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.spike.closed_at.is_none()
    }
}

/// What people made of a brand's alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Worth the call.
    pub useful: u64,
    /// Not worth it.
    pub not_useful: u64,
    /// Nobody has said.
    pub unjudged: u64,
}

impl Outcomes {
    /// Part of the judged alarms that were worth the call.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of alarms")]
    pub fn precision(self) -> Option<f64> {
        let judged = self.useful + self.not_useful;
        (judged > 0).then(|| self.useful as f64 / judged as f64)
    }
}

#[cfg(test)]
mod tests;
