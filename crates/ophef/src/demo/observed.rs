//! What an onlooker sees of the pipeline, by reading its topics.
//!
//! Nothing here comes from inside the services: the counts that the demo reports
//! are of records that really arrived.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mention::{EventTime, Record, Spike};

/// Event time over which a brand's volume and share are shown, milliseconds.
const SHOWN_MS: i64 = EventTime::HOUR_MS;
/// Brands that are counted one by one; those found later are only in the totals.
const MAX_BRANDS: usize = 500;

/// What has arrived so far.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// Lines of the recording played.
    pub(super) played: u64,
    /// Of these, totals of campaigns.
    pub(super) totals: u64,
    /// Records written to the mentions topic or past it to the dead letters.
    pub(super) sent: u64,
    /// Records on the scored topic, heartbeats included.
    pub(super) scored_records: u64,
    /// Scored mentions.
    pub(super) scored: u64,
    /// Negative ones of them.
    pub(super) negative: u64,
    /// Dead letters by reason.
    pub(super) dead: BTreeMap<String, u64>,
    /// Last revision of each spike.
    pub(super) spikes: BTreeMap<String, Spike>,
    /// Revisions that opened a spike, in the order they came.
    pub(super) opened: Vec<String>,
    /// Brands by slug.
    pub(super) brands: BTreeMap<String, Brand>,
    /// Newest event time.
    pub(super) at: Option<EventTime>,
    /// Whether the recording is through and everything has arrived.
    pub(super) is_done: bool,
}

/// One brand's last hour.
#[derive(Debug, Default)]
pub(super) struct Brand {
    /// Mentions since the start.
    pub(super) mentions: u64,
    /// Time and negativity of the mentions of the last hour.
    recent: VecDeque<(EventTime, bool)>,
}

impl Brand {
    fn add(&mut self, at: EventTime, is_negative: bool) {
        self.mentions += 1;
        self.recent.push_back((at, is_negative));
        self.forget_before(at.plus_millis(-SHOWN_MS));
    }

    fn forget_before(&mut self, time: EventTime) {
        while self.recent.front().is_some_and(|(at, _)| *at < time) {
            self.recent.pop_front();
        }
    }

    /// Mentions of the hour before `now` and how many of them are negative.
    pub(super) fn last_hour(&self, now: EventTime) -> (usize, usize) {
        let is_recent = |at: EventTime| now.millis_since(at) <= SHOWN_MS;
        let recent = self.recent.iter().filter(|(at, _)| is_recent(*at));
        recent.fold((0, 0), |(all, negative), (_, is_negative)| {
            (all + 1, negative + usize::from(*is_negative))
        })
    }
}

impl Observed {
    /// Lines played but for totals of campaigns: mentions, or what should have been some.
    pub(super) fn mentions(&self) -> u64 {
        self.played - self.totals
    }

    /// Dead letters of all reasons.
    pub(super) fn dead_letters(&self) -> u64 {
        self.dead.values().sum()
    }

    /// A record of the scored topic.
    pub(super) fn take_scored(&mut self, value: &[u8]) {
        self.scored_records += 1;
        let mention = match mention::parse_scored(value) {
            Ok(Record::Mention(mention)) => mention,
            Ok(Record::Heartbeat(at)) => {
                self.at = self.at.max(Some(at));
                return;
            }
            Err(_) => return,
        };
        let is_negative = mention
            .score
            .as_ref()
            .is_some_and(mention::Score::is_negative);
        self.scored += 1;
        self.negative += u64::from(is_negative);
        self.at = self.at.max(Some(mention.created_at));
        if self.brands.len() < MAX_BRANDS || self.brands.contains_key(mention.brand.as_str()) {
            let brand = self.brands.entry(mention.brand.to_string()).or_default();
            brand.add(mention.created_at, is_negative);
        }
    }

    /// A revision of a spike.
    pub(super) fn take_spike(&mut self, value: &[u8]) {
        let Ok(spike) = serde_json::from_slice::<Spike>(value) else {
            return;
        };
        if !self.spikes.contains_key(&spike.id) {
            self.opened.push(spike.id.clone());
        }
        self.spikes.insert(spike.id.clone(), spike);
    }

    /// A dead letter.
    pub(super) fn take_dead(&mut self, reason: Option<&[u8]>) {
        let reason = String::from_utf8_lossy(reason.unwrap_or(b"unknown")).into_owned();
        *self.dead.entry(reason).or_default() += 1;
    }
}

/// What is observed, shared by the threads of the demo.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<(Mutex<Observed>, Condvar)>);

impl Shared {
    /// The present state; hold it for moments only.
    pub(super) fn lock(&self) -> MutexGuard<'_, Observed> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes those who wait for a change.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Observed) -> T) -> T {
        let result = change(&mut self.lock());
        self.0.1.notify_all();
        result
    }

    /// Waits for a change, at most `timeout`.
    pub(super) fn wait(&self, timeout: Duration) {
        let guard = self.lock();
        let _unused = self.0.1.wait_timeout(guard, timeout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hour_is_an_hour() {
        let mut brand = Brand::default();
        let start = EventTime::from_millis(0);
        for minute in 0..120 {
            brand.add(
                start.plus_millis(minute * EventTime::MINUTE_MS),
                minute % 2 == 0,
            );
        }
        let now = start.plus_millis(119 * EventTime::MINUTE_MS);
        assert_eq!(brand.last_hour(now), (61, 30));
        assert_eq!(brand.mentions, 120);
        assert_eq!(brand.last_hour(now.plus_millis(EventTime::DAY_MS)), (0, 0));
    }

    #[test]
    fn the_last_revision_counts() {
        let mut observed = Observed::default();
        observed.take_spike(b"not a spike");
        observed.take_dead(Some(b"not_json"));
        observed.take_dead(None);
        assert!(observed.spikes.is_empty());
        assert_eq!(observed.dead_letters(), 2);
    }
}
