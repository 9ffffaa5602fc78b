//! How far time has come in a partition of mentions, by the heartbeats of all raw ones.

use std::collections::BTreeMap;

use mention::{EventTime, LATENESS};

/// What is known of time in one partition.
///
/// A heartbeat tells that one raw partition was read up to a moment; mentions come from all
/// of them, so time has come as far as the one that is furthest behind. It moves only where
/// mentions come as they are posted: history that is played would come late otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Watermark {
    /// How far each raw partition was read, by its number; not kept across restarts, since
    /// the next heartbeats tell it anew.
    read: BTreeMap<i32, EventTime>,
    /// When the newest mention was posted.
    newest: Option<EventTime>,
    /// Whether that came as it was posted.
    is_live: bool,
    /// What was told last.
    told: Option<EventTime>,
}

impl Watermark {
    /// As it was written: [`Watermark::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (is_live, newest) = bytes.split_first()?;
        let newest = i64::from_le_bytes(newest.try_into().ok()?);
        Some(Self {
            newest: Some(EventTime::from_millis(newest)),
            is_live: *is_live == 1,
            ..Self::default()
        })
    }

    /// What has to outlast a restart; nothing before the first mention.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let newest = self.newest.map(|newest| newest.millis().to_le_bytes());
        newest.map_or_else(Vec::new, |newest| {
            [&[u8::from(self.is_live)][..], &newest].concat()
        })
    }

    /// A mention that was posted and came in at these times.
    pub(crate) fn mention(&mut self, posted_at: EventTime, came_at: EventTime) {
        if self.newest.is_none_or(|newest| posted_at >= newest) {
            self.newest = Some(posted_at);
            self.is_live = came_at.millis_since(posted_at) <= LATENESS;
        }
    }

    /// A raw partition, one of `of`, was read up to this moment. Returns how far time has
    /// come, if that is to be told.
    pub(crate) fn beat(&mut self, raw: i32, of: i32, at: EventTime) -> Option<EventTime> {
        let read = self.read.entry(raw).or_insert(at);
        *read = (*read).max(at);
        let is_whole = (0..of).all(|raw| self.read.contains_key(&raw));
        let reached = self.read.values().min().copied().filter(|_| is_whole)?;
        let is_new = self.told.max(self.newest) < Some(reached);
        if !(self.is_live && is_new) {
            return None;
        }
        self.told = Some(reached);
        Some(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: EventTime = EventTime::from_millis(1_772_442_000_000);

    fn minute(minutes: i64) -> EventTime {
        START.plus_millis(minutes * EventTime::MINUTE_MS)
    }

    #[test]
    fn time_comes_as_far_as_the_raw_partition_that_is_furthest_behind() {
        let mut time = Watermark::default();
        assert_eq!(time.beat(0, 2, minute(1)), None, "nobody has posted");
        time.mention(minute(0), minute(1));
        assert_eq!(time.beat(0, 2, minute(2)), None, "the other is unknown");
        assert_eq!(time.beat(1, 2, minute(1)), Some(minute(1)));
        assert_eq!(time.beat(1, 2, minute(1)), None, "told");
        assert_eq!(time.beat(0, 2, minute(9)), None);
        assert_eq!(time.beat(1, 2, minute(8)), Some(minute(8)));
        let mut again = Watermark::from_bytes(&time.to_bytes()).unwrap();
        assert_eq!(again.beat(0, 2, minute(12)), None);
        assert_eq!(again.beat(1, 2, minute(12)), Some(minute(12)));
    }

    #[test]
    fn history_doesnt_come_late_and_an_import_beside_a_stream_stops_nothing() {
        let mut time = Watermark::default();
        time.mention(minute(-9_000), minute(0));
        assert_eq!(time.beat(0, 1, minute(1)), None);
        // It reaches the present.
        time.mention(minute(-14), minute(1));
        assert_eq!(time.beat(0, 1, minute(2)), Some(minute(2)));
        time.mention(minute(-5_000), minute(3));
        assert_eq!(time.beat(0, 1, minute(4)), Some(minute(4)));
        // The stream itself falls behind.
        time.mention(minute(10), minute(40));
        assert_eq!(time.beat(0, 1, minute(41)), None);
    }
}
