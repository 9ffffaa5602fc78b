//! From one scored mention to the next.

use std::collections::BTreeMap;

use conversation::{Book, BookSettings, Change, Effects};
use mention::{Event, EventTime, Mention, Reason, Record, Rejection, Topic};
use service::{Input, Item, Outbox, Plan, Roster, Stage, Stranger};

use crate::metrics::{LeftOut, Metrics};
use crate::partition::Partition;
use crate::{NAME, Settings};

/// The stage that follows conversations.
#[derive(Debug)]
pub struct CareStage {
    settings: Settings,
    roster: Roster<BookSettings>,
    partitions: BTreeMap<i32, Partition>,
    metrics: Metrics,
    /// What follows from the record at hand; used again and again.
    effects: Effects,
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
            roster: Roster::new(configured.collect(), settings.max_brands),
            settings,
            partitions: BTreeMap::new(),
            metrics,
            effects: Effects::default(),
        }
    }

    /// The books, in the order of their partitions and brands.
    pub fn books(&self) -> impl Iterator<Item = (&str, &Book)> {
        self.partitions.values().flat_map(Partition::books)
    }

    fn take(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        match mention::parse_scored(input.value)?.on_time(input.stamped_at)? {
            Record::Mention(mention) => self.take_mention(input, &mention, out),
            Record::Heartbeat(at) => {
                self.take_heartbeat(input, at, out);
                Ok(())
            }
        }
    }

    fn take_mention(
        &mut self,
        input: &Input<'_>,
        mention: &Mention<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        if mention.score.is_none() && mention.event == Event::Create {
            return Err(Rejection::new(Reason::NotScored, "score"));
        }
        let partition = self.partitions.entry(input.partition).or_default();
        if mention.canary {
            return Ok(());
        }
        partition.hear(mention.created_at);
        if !self.has_brand(input, &mention.brand) {
            return Ok(());
        }
        let partition = self.partitions.entry(input.partition).or_default();
        let now = partition.now();
        let Some(book) = partition.book(&mention.brand) else {
            return Ok(());
        };
        self.effects.clear();
        let taken = book.take(mention, now, &mut self.effects);
        if !input.is_replay {
            self.metrics.took(taken);
            let is_recent = self.settings.is_recent(now);
            let notes = &self.effects.notes;
            self.metrics.note(&mention.brand, notes, is_recent);
        }
        publish(input, &mention.brand, &self.effects, out);
        Ok(())
    }

    /// Whether the brand is tracked; begins to track it if it may be.
    fn has_brand(&mut self, input: &Input<'_>, slug: &str) -> bool {
        let partition = self.partitions.entry(input.partition).or_default();
        if partition.book(slug).is_some() {
            return true;
        }
        let full = (partition.len(), partition.of());
        let found = |slug: &str| self.settings.found(slug);
        match self.roster.admit(slug, full, found) {
            Ok(settings) => {
                partition.insert(slug, Book::new(settings));
                return true;
            }
            Err(_) if input.is_replay => {}
            Err(Stranger::Untracked) => self.metrics.left_out(LeftOut::Untracked),
            Err(Stranger::Overflow) => self.metrics.left_out(LeftOut::Overflow),
        }
        false
    }

    fn take_heartbeat(&mut self, input: &Input<'_>, at: EventTime, out: &mut Outbox) {
        let partition = self.partitions.entry(input.partition).or_default();
        partition.hear(at);
        let is_recent = self.settings.is_recent(partition.now());
        let metrics = &mut self.metrics;
        partition.advance(|brand, effects| {
            if !input.is_replay {
                metrics.note(brand, &effects.notes, is_recent);
            }
            publish(input, brand, effects, out);
        });
    }
}

/// Writes the conversations whose record changed.
fn publish(input: &Input<'_>, brand: &str, effects: &Effects, out: &mut Outbox) {
    for change in &effects.changes {
        match change {
            Change::Is(conversation) => {
                let key = conversation.key();
                // Writing to memory can't fail, and every field has a form in JSON.
                out.push_with(&item(input, key.as_bytes()), |bytes| {
                    if let Err(error) = serde_json::to_writer(bytes, conversation) {
                        tracing::error!(error = %error, key, "conversation not written");
                    }
                });
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
        let found = |slug: &str| self.settings.found(slug);
        let settings = |slug: &str| self.roster.about(slug, found);
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

    /// Never rejects: the watcher reads the same records and diverts the bad ones, and one
    /// dead letter is enough.
    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        if let Err(rejection) = self.take(input, out)
            && !input.is_replay
        {
            tracing::debug!(reason = %rejection.reason, "record left out");
            self.metrics.left_out(LeftOut::Unreadable);
        }
        Ok(())
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
            let is_recent = self.settings.is_recent(now);
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
