//! The mentions and groups of mentions that are still known, so that repeats are
//! told and deletions taken back.
//!
//! At most [`CAPACITY`] mentions and as many groups a brand, the oldest arrivals
//! forgotten first: 44 bytes a mention and 36 a group, and proportional to the
//! brand's volume below that. A post without repeats is no group.

use serde::{Deserialize, Serialize};

use crate::fifo::Fifo;

/// Mentions, and groups, that a brand remembers.
pub(crate) const CAPACITY: usize = 8192;

/// How a known mention was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Event time, milliseconds.
    pub(crate) at: i64,
    /// Position of its platform.
    pub(crate) platform: u8,
    /// Whether it is in the counts of the share.
    pub(crate) counted: bool,
    /// Whether it ever counted as the leader of its group.
    pub(crate) led: bool,
    /// Whether as a negative one.
    pub(crate) negative: bool,
    /// The group it belongs to, 0 for none.
    pub(crate) group: u64,
}

/// The one member of a group of repeats that counts in the share: the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Leader {
    /// Its event time, milliseconds.
    pub(crate) at: i64,
    /// Its key among the mentions.
    pub(crate) key: u64,
}

/// The mentions and groups by key, each in the order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    entries: Fifo<Entry, CAPACITY>,
    groups: Fifo<Leader, CAPACITY>,
}

impl Known {
    pub(crate) fn get(&self, key: u64) -> Option<Entry> {
        self.entries.get(key).copied()
    }

    pub(crate) fn insert(&mut self, key: u64, entry: Entry) {
        self.entries.insert(key, entry);
    }

    /// Changes how a known mention is counted.
    pub(crate) fn change(&mut self, key: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(key) {
            change(entry);
        }
    }

    /// The member of the group that counts: as recorded, else the post that the
    /// group is named after.
    pub(crate) fn leader(&self, group: u64) -> Option<Leader> {
        let own = || self.get(group).filter(|entry| entry.led);
        let named_after = || {
            own().map(|entry| Leader {
                at: entry.at,
                key: group,
            })
        };
        self.groups.get(group).copied().or_else(named_after)
    }

    pub(crate) fn lead(&mut self, group: u64, leader: Leader) {
        self.groups.insert(group, leader);
    }
}
