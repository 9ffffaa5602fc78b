//! How far a stream was read, and which events came before.

use std::collections::{BTreeSet, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

/// Events that are remembered to recognise repeats: many times what a second brings.
const KNOWN_MAX: usize = 65_536;

/// How far a stream was read, as it is kept in Kafka.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reached {
    pub(crate) place: Option<u64>,
    /// The events at that place that stand.
    #[serde(default)]
    at_place: BTreeSet<u64>,
}

/// The last events, to recognise repeats.
#[derive(Debug, Default)]
struct Known {
    set: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Known {
    /// Whether it is new; from now on it isn't.
    fn insert(&mut self, identity: u64) -> bool {
        if !self.set.insert(identity) {
            return false;
        }
        self.order.push_back(identity);
        if self.order.len() > KNOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
}

/// Where a stream is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// How far apart two events in a row are at most, where places only grow along the
    /// stream, so that what isn't behind one came before.
    stride: Option<u64>,
    reached: Reached,
    /// Where a connection is to go on, until its first event.
    goes_on: Option<u64>,
    /// What stood when this process began.
    restored: Option<Reached>,
    known: Known,
    /// Whether what was missed is being fetched. Until then the place stays behind it, so
    /// that a crash meanwhile loses nothing.
    is_fetching: bool,
    /// The furthest place of what came meanwhile.
    ahead: Option<u64>,
}

impl Progress {
    pub(crate) fn new(stride: Option<u64>) -> Self {
        Self {
            stride,
            ..Self::default()
        }
    }

    /// Goes on from what stood.
    pub(crate) fn restore(&mut self, reached: Reached) {
        self.reached = reached.clone();
        self.restored = Some(reached);
    }

    /// A connection begins that was to go on from the place.
    pub(crate) fn connected(&mut self) {
        self.goes_on = self.reached.place.filter(|_| self.stride.is_some());
    }

    /// The place it was to go on from, if the first event of the connection, at `first`, is
    /// so far beyond that the stream left something out.
    pub(crate) fn left_out(&mut self, first: Option<u64>) -> Option<u64> {
        let (from, stride) = (self.goes_on, self.stride?);
        let beyond = first?.saturating_sub(from?);
        self.goes_on = None;
        from.filter(|_| beyond > stride)
    }

    pub(crate) const fn place(&self) -> Option<u64> {
        self.reached.place
    }

    pub(crate) const fn reached(&self) -> &Reached {
        &self.reached
    }

    /// Takes note of an event; `false` if it came before.
    pub(crate) fn take(&mut self, identity: u64, place: Option<u64>) -> bool {
        let is_new = !self.came_before(identity, place) && self.known.insert(identity);
        if is_new {
            self.advance(place, Some(identity));
        }
        is_new
    }

    /// Whether an event stood before this process began.
    fn came_before(&self, identity: u64, place: Option<u64>) -> bool {
        let restored = self.restored.as_ref().filter(|_| self.stride.is_some());
        match (restored.and_then(|r| Some((r, r.place?))), place) {
            (Some((_, last)), Some(place)) if place < last => true,
            (Some((restored, last)), Some(place)) if place == last => {
                restored.at_place.contains(&identity)
            }
            _ => false,
        }
    }

    /// The stream came to `place`.
    pub(crate) fn advance(&mut self, place: Option<u64>, identity: Option<u64>) {
        if self.is_fetching {
            self.ahead = self.ahead.max(place);
            return;
        }
        if place > self.reached.place {
            self.reached.place = place;
            self.reached.at_place.clear();
        }
        if self.stride.is_some() && place == self.reached.place {
            self.reached.at_place.extend(identity);
        }
    }

    /// From now on what was missed is fetched; what the stream brings doesn't move the place.
    pub(crate) const fn begin_fetching(&mut self) {
        self.is_fetching = true;
        self.ahead = None;
    }

    /// All up to `place` was fetched.
    pub(crate) fn fetched(&mut self, place: u64) {
        self.reached.place = self.reached.place.max(Some(place));
    }

    /// What can be fetched has been: the place is that of the stream again.
    pub(crate) fn end_fetching(&mut self) {
        self.is_fetching = false;
        let ahead = self.ahead.take();
        self.advance(ahead, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_events_are_known_and_no_more() {
        let mut known = Known::default();
        assert!(known.insert(1) && !known.insert(1));
        for other in 2..=KNOWN_MAX as u64 + 1 {
            assert!(known.insert(other));
        }
        assert_eq!(known.order.len(), KNOWN_MAX);
        assert!(known.insert(1));
    }

    #[test]
    fn what_stood_comes_no_more_where_places_only_grow() {
        let mut before = Progress::new(Some(10));
        assert!(before.take(1, Some(7)) && before.take(2, Some(8)));
        let mut progress = Progress::new(Some(10));
        progress.restore(before.reached().clone());
        assert!(!progress.take(1, Some(7)) && !progress.take(2, Some(8)));
        assert!(progress.take(3, Some(8)) && progress.take(4, Some(9)));

        let mut unordered = Progress::new(None);
        unordered.restore(before.reached().clone());
        assert!(unordered.take(3, Some(5)) && unordered.take(4, None));
        assert_eq!(unordered.place(), Some(8));
    }

    #[test]
    fn a_connection_that_begins_far_beyond_its_place_left_something_out() {
        let mut progress = Progress::new(Some(10));
        progress.connected();
        assert_eq!(progress.left_out(Some(500)), None, "nothing was asked for");
        assert!(progress.take(1, Some(500)));
        for (first, left_out) in [(495, None), (510, None), (511, Some(500))] {
            progress.connected();
            assert_eq!(progress.left_out(None), None, "of no place");
            assert_eq!(progress.left_out(Some(first)), left_out);
            assert_eq!(progress.left_out(Some(900)), None, "not the first");
        }
        let mut present = Progress::new(None);
        assert!(present.take(1, Some(5)));
        present.connected();
        assert_eq!(present.left_out(Some(900)), None);
    }

    #[test]
    fn the_place_waits_for_what_is_fetched() {
        let mut progress = Progress::new(None);
        assert!(progress.take(1, Some(10)));
        progress.begin_fetching();
        assert!(progress.take(2, Some(50)));
        progress.fetched(20);
        assert_eq!(progress.place(), Some(20));
        // The line breaks; what came ahead of the gap says nothing about the gap.
        progress.begin_fetching();
        progress.fetched(30);
        assert!(progress.take(3, Some(60)));
        progress.end_fetching();
        assert_eq!(progress.place(), Some(60));
    }
}
