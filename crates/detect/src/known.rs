//! The mentions and groups of mentions that are still known, so that repeats are
//! told and deletions taken back.
//!
//! At most [`CAPACITY`] mentions and as many groups a brand, the oldest arrivals
//! forgotten first: about 60 bytes each, 1 MB at most, and proportional to the
//! brand's volume below that. A post without repeats is no group.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::visibility::Rating;

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
    /// The update of its engagement that counts for the visibility.
    pub(crate) rating: Option<Rating>,
}

/// The one member of a group of repeats that counts in the share: the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Leader {
    /// Its event time, milliseconds.
    pub(crate) at: i64,
    /// Its key among the mentions.
    pub(crate) key: u64,
}

/// Bounded maps with their order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    entries: BTreeMap<u64, Entry>,
    order: VecDeque<u64>,
    groups: BTreeMap<u64, Leader>,
    group_order: VecDeque<u64>,
}

impl Known {
    pub(crate) fn get(&self, key: u64) -> Option<Entry> {
        self.entries.get(&key).copied()
    }

    pub(crate) fn insert(&mut self, key: u64, entry: Entry) {
        if self.entries.insert(key, entry).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Changes how a known mention is counted.
    pub(crate) fn change(&mut self, key: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&key) {
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
        self.groups.get(&group).copied().or_else(named_after)
    }

    pub(crate) fn lead(&mut self, group: u64, leader: Leader) {
        if self.groups.insert(group, leader).is_none() {
            self.group_order.push_back(group);
        }
        if self.group_order.len() > CAPACITY
            && let Some(oldest) = self.group_order.pop_front()
        {
            self.groups.remove(&oldest);
        }
    }

    /// Whether the restored bounds hold.
    pub(crate) fn is_whole(&self) -> bool {
        self.order.len() <= CAPACITY
            && self.group_order.len() <= CAPACITY
            && self.order.len() == self.entries.len()
            && self.group_order.len() == self.groups.len()
    }
}
