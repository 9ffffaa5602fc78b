//! How far a stage has come, readable in the same process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How far a stage has come in one partition of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionProgress {
    /// Records stepped and committed since the start of the process.
    pub records: u64,
    /// How many of them were rejected and went to the dead-letter topic.
    pub dead: u64,
    /// Committed position: offset of the next record to consume.
    pub committed: i64,
}

impl PartitionProgress {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.dead += other.dead;
        self.committed = other.committed;
    }
}

/// Progress of a stage over all its partitions. It changes at commits only, so
/// what it tells has really been done.
#[derive(Debug, Default)]
pub struct Progress(Mutex<BTreeMap<i32, PartitionProgress>>);

impl Progress {
    /// Progress in `partition`; zero if it was never ours.
    #[must_use]
    pub fn of(&self, partition: i32) -> PartitionProgress {
        self.with(|partitions| partitions.get(&partition).copied().unwrap_or_default())
    }

    /// Records and dead letters over all partitions; its position means nothing.
    #[must_use]
    pub fn total(&self) -> PartitionProgress {
        self.with(|partitions| {
            let mut total = PartitionProgress::default();
            partitions.values().for_each(|&p| total.add(p));
            total
        })
    }

    pub(crate) fn add(&self, partition: i32, done: PartitionProgress) {
        self.with(|partitions| partitions.entry(partition).or_default().add(done));
    }

    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<i32, PartitionProgress>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
