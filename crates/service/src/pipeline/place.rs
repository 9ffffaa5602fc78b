//! Where reading goes on: partitions that are taken over, commits that were aborted, places
//! that the client lost.

use std::time::{Duration, Instant};

use kafka::{Source, changelog};

use super::work::{Position, Work};
use crate::{Error, Stage};

/// Time between two lines in the log on a restore that takes long.
const PROGRESS: Duration = Duration::from_secs(1);

impl<S: Stage> Work<'_, S> {
    /// Takes partitions over: restores their state and goes on from where their
    /// last owner committed.
    pub(super) fn take(
        &mut self,
        source: &Source,
        partitions: &[i32],
        of: i32,
    ) -> Result<(), Error> {
        let starts = self.restore(source, partitions, of)?;
        Ok(source.assign(&starts)?)
    }

    /// After an abort: all partitions begin anew from what is committed.
    pub(super) fn go_back(&mut self, source: &Source, of: i32) -> Result<(), Error> {
        let partitions: Vec<i32> = self.positions.keys().copied().collect();
        partitions
            .iter()
            .for_each(|&partition| self.stage.revoked(partition));
        self.positions.clear();
        self.has_pending = false;
        if partitions.is_empty() {
            return Ok(());
        }
        let starts = self.restore(source, &partitions, of)?;
        Ok(source.rewind(&starts)?)
    }

    /// The client lost its place in some partition: goes on where each stands, or at its
    /// first record if those before it are deleted.
    pub(super) fn find_place(&mut self, source: &Source) -> Result<(), Error> {
        let mut starts = Vec::with_capacity(self.positions.len());
        for (&partition, position) in &mut self.positions {
            let (begin, end) = source.bounds_now(partition)?;
            if end < position.next {
                let connection = &self.settings.connection;
                let state = self.plan.changelog.map(|topic| {
                    let topic = connection.topic(topic);
                    format!(" and the records of {topic}")
                });
                return Err(Error::Shortened {
                    topic: source.topic().to_owned(),
                    partition,
                    end,
                    next: position.next,
                    group: connection.group(self.plan.name),
                    state: state.unwrap_or_default(),
                });
            }
            let missed = begin - position.next;
            // Who has read nothing yet misses nothing.
            if missed > 0 && position.next > 0 {
                tracing::error!(
                    stage = self.plan.name,
                    partition,
                    missed,
                    "records were deleted before they were read: the topic's retention is too \
                     short for what waited"
                );
                self.counts.missed.inc_by(missed.unsigned_abs());
            }
            position.next = position.next.max(begin);
            starts.push((partition, Some(position.next)));
        }
        // The client seeks only in what it reads at the moment.
        let partitions: Vec<i32> = self.positions.keys().copied().collect();
        source.unassign(&partitions)?;
        Ok(source.assign(&starts)?)
    }

    fn restore(
        &mut self,
        source: &Source,
        partitions: &[i32],
        of: i32,
    ) -> Result<Vec<(i32, Option<i64>)>, Error> {
        let timer = Instant::now();
        let committed = source.committed(partitions)?;
        if let (Some(topic), false) = (self.plan.changelog, partitions.is_empty()) {
            let (stage, restored) = (&mut *self.stage, &self.counts.restored);
            let mut told = (Instant::now(), 0_u64);
            let count = changelog::read(
                &self.settings.connection,
                topic,
                partitions,
                |p, key, value| {
                    stage.restore(p, key, value);
                    restored.inc();
                    told.1 += 1;
                    if told.0.elapsed() > PROGRESS {
                        told.0 = Instant::now();
                        tracing::info!(stage = self.plan.name, entries = told.1, "restoring state");
                    }
                },
            )?;
            self.counts
                .set_restore_seconds(timer.elapsed().as_secs_f64());
            tracing::info!(
                stage = self.plan.name,
                entries = count,
                elapsed = ?timer.elapsed(),
                "state restored"
            );
        }
        let mut starts = Vec::with_capacity(committed.len());
        let count = u32::try_from(committed.len()).unwrap_or(u32::MAX).max(1);
        for (turn, (partition, committed)) in (0..count).zip(committed) {
            let resume = self.resume(partition, of)?;
            // Without committed offsets the snapshot's own is the next best.
            let start = match (resume, committed) {
                (Some(resume), Some(committed)) => Some(resume.min(committed)),
                (resume, committed) => committed.or(resume),
            };
            let position = Position {
                next: start.unwrap_or_default(),
                live_from: committed.unwrap_or_default(),
                pending: None,
                has_changed: false,
                next_snapshot: self.first_snapshot(resume.is_some(), turn, count),
                last: None,
            };
            self.positions.insert(partition, position);
            starts.push((partition, start));
        }
        Ok(starts)
    }

    /// When the first snapshot is due of the partition whose turn it is, of `count`. One
    /// after the other, so that no commit has to carry those of all. Where there is none
    /// yet, it goes with the very first commit: without it, nothing would say that the
    /// records before the committed offset must be read again for the state.
    fn first_snapshot(&self, has_snapshot: bool, turn: u32, count: u32) -> Instant {
        let interval = self.settings.snapshot_interval;
        let wait = if has_snapshot {
            interval + interval * turn / count
        } else {
            Duration::ZERO
        };
        Instant::now() + wait
    }

    fn resume(&mut self, partition: i32, of: i32) -> Result<Option<i64>, Error> {
        self.stage.assigned(partition, of).map_err(|detail| {
            let topic = self.plan.changelog.unwrap_or(self.plan.input);
            Error::State {
                topic: self.settings.connection.topic(topic),
                partition,
                detail,
            }
        })
    }
}
