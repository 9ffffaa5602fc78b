//! From one scored mention to the next.

use std::collections::BTreeMap;

use conversation::{Book, Change, Effects};
use mention::{EventTime, Rejection, Topic};
use service::{Input, Item, Outbox, Plan, Roster, Stage, Steps, Stranger};

use crate::follow::{Known, Told};
use crate::metrics::{LeftOut, Metrics};
use crate::partition::Partition;
use crate::{NAME, Settings};

/// The stage that follows conversations.
#[derive(Debug)]
pub struct CareStage {
    known: Known,
    partitions: BTreeMap<i32, Partition>,
    metrics: Metrics,
    threads: usize,
}

impl CareStage {
    /// A stage that knows of no conversation yet.
    #[must_use]
    pub fn new(settings: Settings, mut metrics: Metrics) -> Self {
        if !settings.brands.is_empty() {
            metrics.label_all();
        }
        let configured = settings.brands.iter();
        let configured = configured.map(|brand| (brand.brand.clone(), brand.clone()));
        Self {
            known: Known {
                roster: Roster::new(configured.collect(), settings.max_brands),
                settings,
            },
            partitions: BTreeMap::new(),
            metrics,
            threads: 1,
        }
    }

    /// The same on up to `threads` threads, each partition on one of them.
    #[must_use]
    pub const fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// The books, in the order of their partitions and brands.
    pub fn books(&self) -> impl Iterator<Item = (&str, &Book)> {
        self.partitions.values().flat_map(Partition::books)
    }

    /// Counts what follows from `input` and writes the conversations that changed.
    ///
    /// Never rejects: the watcher reads the same records and diverts the bad ones, and one
    /// dead letter is enough.
    fn tell(
        known: &Known,
        metrics: &mut Metrics,
        input: &Input<'_>,
        told: Result<Told<'_>, Rejection>,
        out: &mut Outbox,
    ) {
        let mut follows = |brand: &str, now: EventTime, effects: &Effects| {
            if !input.is_replay {
                metrics.note(brand, &effects.notes, known.settings.is_recent(now));
            }
            publish(input, brand, effects, out);
        };
        match told {
            Ok(Told::Mention {
                brand,
                taken,
                now,
                effects,
            }) => {
                follows(&brand, now, &effects);
                if !input.is_replay {
                    metrics.took(taken);
                }
            }
            Ok(Told::Heartbeat { now, moved }) => {
                for (brand, effects) in moved {
                    follows(&brand, now, &effects);
                }
            }
            Ok(Told::Canary) => {}
            Ok(Told::Stranger(_)) | Err(_) if input.is_replay => {}
            Ok(Told::Stranger(Stranger::Untracked)) => metrics.left_out(LeftOut::Untracked),
            Ok(Told::Stranger(Stranger::Overflow)) => metrics.left_out(LeftOut::Overflow),
            Err(rejection) => {
                tracing::debug!(reason = %rejection.reason, "record left out");
                metrics.left_out(LeftOut::Unreadable);
            }
        }
    }
}

/// Writes the conversations whose record changed.
fn publish(input: &Input<'_>, brand: &str, effects: &Effects, out: &mut Outbox) {
    for change in &effects.changes {
        match change {
            Change::Is(conversation) => {
                let key = conversation.key();
                out.push_json(&item(input, key.as_bytes()), conversation);
            }
            Change::Gone(platform, id) => {
                let key = format!("{brand}/{}/{id:016x}", platform.as_str());
                out.push(&item(input, key.as_bytes()));
            }
        }
    }
}

const fn item<'a>(input: &Input<'_>, key: &'a [u8]) -> Item<'a> {
    Item {
        topic: Topic::Care,
        partition: Some(input.partition),
        stamped_at: Some(input.stamped_at),
        key: Some(key),
        value: None,
    }
}

impl Stage for CareStage {
    fn plan(&self) -> Plan {
        Plan {
            name: NAME,
            input: Topic::Scored,
            outputs: &[Topic::Care],
            changelog: Some(Topic::CareState),
        }
    }

    fn restore(&mut self, partition: i32, key: &[u8], value: Option<&[u8]>) {
        self.partitions
            .entry(partition)
            .or_default()
            .restore(key, value);
    }

    fn assigned(&mut self, partition: i32, of: i32) -> Result<Option<i64>, String> {
        let state = self.partitions.entry(partition).or_default();
        let found = |slug: &str| self.known.settings.found(slug);
        let settings = |slug: &str| self.known.roster.about(slug, found);
        let restored = state.assigned(of, settings)?;
        Ok(restored.tell(NAME, &self.metrics.discarded))
    }

    fn revoked(&mut self, number: i32) {
        if let Some(partition) = self.partitions.remove(&number) {
            for (slug, _) in partition.books() {
                self.metrics.forget(slug);
            }
        }
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        let partition = self.partitions.entry(input.partition).or_default();
        let told = self.known.follow(partition, input);
        Self::tell(&self.known, &mut self.metrics, input, told, out);
        Ok(())
    }

    fn step_all(&mut self, inputs: &[Input<'_>], steps: &mut Steps) {
        let (known, metrics) = (&self.known, &mut self.metrics);
        steps.by_partition(
            inputs,
            &mut self.partitions,
            self.threads,
            |partition, input| known.follow(partition, input),
            |input, told, out| {
                Self::tell(known, metrics, input, told, out);
                Ok(())
            },
        );
    }

    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        if let Some(state) = self.partitions.get_mut(&partition) {
            state.snapshot(partition, next, out);
        }
    }

    /// Shows who waits.
    fn report(&mut self) {
        let mut awaited = 0;
        for partition in self.partitions.values() {
            let now = partition.now();
            let is_recent = self.known.settings.is_recent(now);
            for (slug, book) in partition.books() {
                awaited += book.awaited();
                self.metrics.show(slug, book, now, is_recent);
            }
        }
        self.metrics.awaited(awaited);
    }
}

#[cfg(test)]
mod tests;
