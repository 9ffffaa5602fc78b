//! The stage with its partitions, and everything that isn't committed yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::{Commit, DeadLetter, Headers, Outgoing, Record, Sink, Source};
use mention::{EventTime, Rejection};

use super::counts::Counts;
use super::dead_share::DeadShare;
use crate::{
    Error, Input, Item, Outbox, PartitionProgress, Plan, Progress, Settings, Stage, Steps, clock,
};

/// The stage at work.
pub(super) struct Work<'a, S> {
    pub(super) stage: &'a mut S,
    pub(super) plan: Plan,
    pub(super) settings: &'a Settings,
    pub(super) counts: &'a Counts,
    sink: Sink,
    progress: Arc<Progress>,
    outbox: Outbox,
    /// What follows from the records at hand; used again and again.
    steps: Steps,
    pub(super) positions: BTreeMap<i32, Position>,
    dead_share: DeadShare,
    /// Whether any position has something pending; asked for at every record.
    pub(super) has_pending: bool,
    /// When the next commit is due, and when it is if no record waits to be stepped over.
    next_commit: Instant,
    early_commit: Instant,
}

/// Where a partition stands.
#[derive(Debug)]
pub(super) struct Position {
    /// Offset of the next record.
    pub(super) next: i64,
    /// Records before this were committed earlier and only rebuild the state.
    pub(super) live_from: i64,
    /// What isn't committed yet; `None` if that is nothing.
    pub(super) pending: Option<PartitionProgress>,
    /// Whether the state changed since its last snapshot.
    pub(super) has_changed: bool,
    /// When the next snapshot is due.
    pub(super) next_snapshot: Instant,
    /// When the last record was written to Kafka.
    pub(super) last: Option<EventTime>,
}

impl<'a, S: Stage> Work<'a, S> {
    pub(super) fn new(
        stage: &'a mut S,
        plan: Plan,
        settings: &'a Settings,
        counts: &'a Counts,
        sink: Sink,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            stage,
            plan,
            settings,
            counts,
            sink,
            progress,
            outbox: Outbox::default(),
            steps: Steps::default(),
            positions: BTreeMap::new(),
            dead_share: DeadShare::new(settings.dead_letter_limit),
            has_pending: false,
            next_commit: Instant::now(),
            early_commit: Instant::now(),
        }
    }

    pub(super) fn partitions(&self) -> usize {
        self.positions.len()
    }

    /// Steps over records and writes what follows from them.
    pub(super) fn step(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        let mut inputs = Vec::with_capacity(records.len());
        for record in records {
            inputs.extend(self.input(record));
        }
        // Taken out, so that the rest can be written to while it is read.
        let mut steps = std::mem::take(&mut self.steps);
        self.stage.step_all(&inputs, &mut steps);
        let mut of = inputs.iter();
        let result = steps.try_each(|result, items| match of.next() {
            Some(input) => self.settle(input, result, items),
            None => Ok(()),
        });
        self.steps = steps;
        result
    }

    /// The record as the stage gets it; `None` if it isn't for us.
    fn input<'r>(&mut self, record: &'r Record<'_>) -> Option<Input<'r>> {
        // Records of a partition that was given up may still be in the client's queue.
        let position = self.positions.get_mut(&record.partition())?;
        // Offsets only grow. The client may deliver again what it fetched before it
        // found its place anew, as after a broken connection.
        if record.offset() < position.next {
            tracing::debug!(
                stage = self.plan.name,
                partition = record.partition(),
                offset = record.offset(),
                next = position.next,
                "record delivered again, passed over"
            );
            self.counts.repeated.inc();
            return None;
        }
        let input = Input {
            partition: record.partition(),
            offset: record.offset(),
            stamped_at: record.stamped_at().unwrap_or_else(clock::now),
            key: record.key(),
            value: record.value(),
            headers: Headers::of(record),
            is_replay: record.offset() < position.live_from,
        };
        position.next = input.offset + 1;
        position.has_changed = true;
        position.last = Some(input.stamped_at);
        if !input.is_replay {
            position.pending.get_or_insert_default().records += 1;
            self.has_pending = true;
        }
        Some(input)
    }

    /// Writes what follows from a record that was stepped over.
    fn settle(
        &mut self,
        input: &Input<'_>,
        result: &Result<(), Rejection>,
        items: &mut dyn Iterator<Item = Item<'_>>,
    ) -> Result<(), Error> {
        if input.is_replay {
            return Ok(());
        }
        match result {
            Ok(()) => {
                self.dead_share.accept();
                for item in items {
                    self.sink.send(&outgoing(&item))?;
                }
                Ok(())
            }
            Err(rejection) => {
                let position = self.positions.get_mut(&input.partition);
                if let Some(pending) = position.and_then(|position| position.pending.as_mut()) {
                    pending.dead += 1;
                }
                self.divert(input, rejection)
            }
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        for item in self.outbox.iter() {
            self.sink.send(&outgoing(&item))?;
        }
        Ok(())
    }

    fn divert(&mut self, input: &Input<'_>, rejection: &Rejection) -> Result<(), Error> {
        tracing::debug!(
            stage = self.plan.name,
            partition = input.partition,
            offset = input.offset,
            reason = %rejection.reason,
            "record rejected"
        );
        self.counts.rejected(rejection.reason);
        if let Some(excess) = self.dead_share.reject(rejection.reason) {
            return Err(Error::DeadLetters {
                topic: self.settings.connection.topic(self.plan.input),
                dead: excess.dead,
                of: excess.of,
                reason: excess.reason,
            });
        }
        let letter = DeadLetter {
            stage: self.plan.name,
            rejection,
            source: self.plan.input,
            partition: input.partition,
            offset: input.offset,
            at: clock::now(),
            key: input.key,
            value: input.value,
            original: input.headers,
        };
        Ok(self.sink.send_dead(&letter)?)
    }

    /// How long to wait for a record, at most `longest`: with something to
    /// commit, until that is due.
    pub(super) fn patience(&self, longest: Duration) -> Duration {
        if self.has_pending {
            let until = self.early_commit.saturating_duration_since(Instant::now());
            until.min(longest)
        } else {
            longest
        }
    }

    /// Commits begin one interval apart, or half of it where nothing waits: who has the
    /// time to commit more often is not held up by it. When they take long, half of that
    /// is left for work between two of them.
    fn set_next_commit(&mut self, began: Instant) {
        let (interval, now) = (self.settings.commit_interval, Instant::now());
        self.next_commit = (began + interval).max(now + interval / 2);
        self.early_commit = (began + interval / 2).max(now + interval / 4);
    }

    /// Whether to commit now; `is_drained` if no record waits to be stepped over.
    pub(super) fn is_commit_due(&self, is_drained: bool) -> bool {
        let due = if is_drained {
            self.early_commit
        } else {
            self.next_commit
        };
        self.has_pending && Instant::now() >= due
    }

    /// Commits, with snapshots when they are due.
    pub(super) fn commit(&mut self, source: &Source) -> Result<Commit, Error> {
        if !self.has_pending {
            return Ok(Commit::Done);
        }
        self.flush()?;
        self.snapshot(|position| position.next_snapshot <= Instant::now())?;
        self.commit_now(source)
    }

    /// Commits with a snapshot of all that changed, so that the next owner has
    /// little to read again.
    pub(super) fn commit_with_snapshots(&mut self, source: &Source) -> Result<Commit, Error> {
        self.flush()?;
        self.snapshot(|_| true)?;
        self.commit_now(source)
    }

    fn commit_now(&mut self, source: &Source) -> Result<Commit, Error> {
        let pending = |(&partition, position): (&i32, &Position)| {
            position.pending.map(|_| (partition, position.next))
        };
        let offsets: Vec<(i32, i64)> = self.positions.iter().filter_map(pending).collect();
        let written = self.sink.written();
        let timer = Instant::now();
        let commit = self.sink.commit(source, &offsets)?;
        self.set_next_commit(timer);
        if let Commit::Aborted(_) = commit {
            self.counts.aborted.inc();
            return Ok(commit);
        }
        self.counts
            .commit_seconds
            .observe(timer.elapsed().as_secs_f64());
        self.counts.committed.inc();
        self.counts.produced.inc_by(written as u64);
        for (&partition, position) in &mut self.positions {
            if let Some(done) = position.pending.take() {
                self.counts.consumed.inc_by(done.records);
                let committed = position.next;
                self.progress
                    .add(partition, PartitionProgress { committed, ..done });
            }
        }
        self.has_pending = false;
        self.stage.committed();
        Ok(commit)
    }

    /// Writes what the stage held back.
    fn flush(&mut self) -> Result<(), Error> {
        self.outbox.clear();
        self.stage.flush(&mut self.outbox);
        self.write()
    }

    /// Writes snapshots of the partitions that are due and have changed.
    fn snapshot(&mut self, is_due: impl Fn(&Position) -> bool) -> Result<(), Error> {
        if self.plan.changelog.is_none() {
            return Ok(());
        }
        for (&partition, position) in &mut self.positions {
            // Before the state is rebuilt, the last snapshot is the better one.
            let is_live = position.next >= position.live_from;
            if !position.has_changed || !is_live || !is_due(position) {
                continue;
            }
            position.has_changed = false;
            position.next_snapshot = Instant::now() + self.settings.snapshot_interval;
            self.outbox.clear();
            self.stage
                .snapshot(partition, position.next, &mut self.outbox);
            for item in self.outbox.iter() {
                self.sink.send(&outgoing(&item))?;
            }
        }
        Ok(())
    }

    /// Gives partitions up; what was consumed of them must be committed or aborted.
    pub(super) fn give(&mut self, source: &Source, partitions: &[i32]) -> Result<(), Error> {
        partitions
            .iter()
            .for_each(|&partition| self.forget(partition));
        Ok(source.unassign(partitions)?)
    }

    fn forget(&mut self, partition: i32) {
        if self.positions.remove(&partition).is_some() {
            self.stage.revoked(partition);
            self.counts.forget(partition);
        }
    }

    pub(super) fn forget_all(&mut self) {
        let partitions: Vec<i32> = self.positions.keys().copied().collect();
        partitions
            .into_iter()
            .for_each(|partition| self.forget(partition));
    }

    pub(super) fn abort(&mut self) -> Result<(), Error> {
        self.counts.aborted.inc();
        Ok(self.sink.abort()?)
    }

    /// The last commit before leaving.
    pub(super) fn finish(&mut self, source: &Source) -> Result<(), Error> {
        match self.commit_with_snapshots(source)? {
            Commit::Done => Ok(()),
            Commit::Aborted(fault) => {
                tracing::warn!(
                    stage = self.plan.name,
                    error = %fault,
                    "the last commit was aborted; it is done again at the next start"
                );
                Ok(())
            }
        }
    }

    /// Brings the gauges of the partitions up to date.
    pub(super) fn report(&mut self, source: &Source) {
        self.stage.report();
        for (&partition, position) in &self.positions {
            self.counts
                .partition(source, partition, position.next, position.last);
        }
    }
}

const fn outgoing<'a>(item: &Item<'a>) -> Outgoing<'a> {
    Outgoing {
        topic: item.topic,
        partition: item.partition,
        key: item.key,
        value: item.value,
        stamped_at: item.stamped_at,
    }
}
