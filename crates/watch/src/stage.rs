//! From one scored mention to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use detect::{BrandSettings, BrandWatch};
use mention::{Event, EventTime, Mention, Reason, Record, Rejection, Spike, Topic};
use service::{Input, Item, Outbox, Plan, Roster, Stage, Stranger};

use crate::metrics::Metrics;
use crate::partition::Partition;
use crate::{NAME, Settings};

/// The stage that watches.
#[derive(Debug)]
pub struct WatchStage {
    settings: Settings,
    roster: Roster<BrandSettings>,
    partitions: BTreeMap<i32, Partition>,
    metrics: Metrics,
    /// Revisions of the record at hand; used again and again.
    spikes: Vec<Spike>,
}

impl WatchStage {
    /// A stage that watches nothing yet.
    #[must_use]
    pub fn new(settings: Settings, mut metrics: Metrics) -> Self {
        if !settings.brands.is_empty() {
            metrics.by_brand.label_all();
        }
        let configured = settings.brands.iter();
        let configured = configured.map(|brand| {
            let rates = Arc::clone(&settings.rates);
            let brand = BrandSettings {
                rates,
                ..brand.clone()
            };
            (brand.brand.clone(), brand)
        });
        Self {
            roster: Roster::new(configured.collect(), settings.max_brands),
            settings,
            partitions: BTreeMap::new(),
            metrics,
            spikes: Vec::new(),
        }
    }

    /// The brands that are watched, in the order of their partitions and slugs.
    pub fn brands(&self) -> impl Iterator<Item = (&str, &BrandWatch)> {
        self.partitions.values().flat_map(Partition::brands)
    }

    /// Returns the mention's hashed id if revisions follow from it.
    fn take_mention(
        &mut self,
        input: &Input<'_>,
        mention: &Mention<'_>,
    ) -> Result<Option<u64>, Rejection> {
        if mention.score.is_none() && mention.event == Event::Create {
            return Err(Rejection::new(Reason::NotScored, "score"));
        }
        if mention.canary {
            self.metrics.canary(input);
            return Ok(None);
        }
        if !self.has_brand(input, &mention.brand) {
            return Ok(None);
        }
        let partition = self.partitions.entry(input.partition).or_default();
        let watch = partition.watch(&mention.brand, input.offset, &mut self.spikes);
        if let Some(watch) = watch {
            let outcome = watch.observe(mention, &mut self.spikes);
            if !input.is_replay {
                self.metrics.observed(mention, outcome);
                if !self.settings.rates.knows(mention) {
                    self.metrics.not_corrected(outcome);
                }
            }
        }
        if self.spikes.is_empty() {
            return Ok(None);
        }
        partition.ask_others(&mention.brand, &mut self.spikes);
        Ok(Some(mention.hashed_id()))
    }

    /// Whether the brand is tracked; begins to track it if it may be.
    fn has_brand(&mut self, input: &Input<'_>, slug: &str) -> bool {
        let partition = self.partitions.entry(input.partition).or_default();
        if partition.has_brand(slug) {
            return true;
        }
        let full = (partition.len(), partition.of());
        let found = |slug: &str| self.settings.found(slug);
        match self.roster.admit(slug, full, found) {
            Ok(settings) => {
                partition.add(slug, settings);
                return true;
            }
            Err(_) if input.is_replay => {}
            Err(Stranger::Untracked) => self.metrics.untracked(),
            Err(Stranger::Overflow) => self.metrics.overflow(),
        }
        false
    }

    fn take_heartbeat(&mut self, input: &Input<'_>, at: EventTime) {
        let partition = self.partitions.entry(input.partition).or_default();
        partition.heartbeat(at, input.offset, &mut self.spikes);
    }

    /// Writes the revisions that follow from `input`, a mention with that hashed id or a
    /// heartbeat.
    fn publish(&mut self, input: &Input<'_>, mention: Option<u64>, out: &mut Outbox) {
        for spike in self.spikes.drain(..) {
            let item = Item {
                topic: Topic::Spikes,
                partition: None,
                stamped_at: Some(input.stamped_at),
                key: Some(spike.id.as_bytes()),
                value: None,
            };
            // Writing to memory can't fail, and every field of a spike has a form in JSON.
            out.push_with(&item, |bytes| {
                if let Err(error) = serde_json::to_writer(bytes, &spike) {
                    tracing::error!(error = %error, spike = spike.id, "spike not written");
                }
            });
            self.metrics.revised(&spike, input, mention);
        }
    }
}

impl Stage for WatchStage {
    fn plan(&self) -> Plan {
        Plan {
            name: NAME,
            input: Topic::Scored,
            outputs: &[Topic::Spikes],
            changelog: Some(Topic::WatchState),
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
        for (brand, reason) in &restored.discarded {
            tracing::warn!(brand, reason, "state can't be used, the brand begins anew");
            self.metrics.discarded.inc();
        }
        Ok(restored.resume)
    }

    fn revoked(&mut self, number: i32) {
        if let Some(partition) = self.partitions.remove(&number) {
            for slug in partition.slugs() {
                self.metrics.forget(slug);
            }
            self.metrics.forget_partition(number);
        }
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        self.spikes.clear();
        let decided_by = match mention::parse_scored(input.value)?.on_time(input.stamped_at)? {
            Record::Mention(mention) => self.take_mention(input, &mention)?,
            Record::Heartbeat(at) => {
                self.take_heartbeat(input, at);
                None
            }
        };
        self.publish(input, decided_by, out);
        Ok(())
    }

    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        if let Some(state) = self.partitions.get_mut(&partition) {
            state.snapshot(partition, next, out);
        }
    }

    fn committed(&mut self) {
        self.metrics.committed();
    }

    /// Shows the brands that changed, and those whose spike may have become old.
    fn report(&mut self) {
        let mut brands = 0;
        for partition in self.partitions.values_mut() {
            brands += partition.len();
            for (slug, watch) in partition.with_news() {
                self.metrics
                    .show(slug, &watch.status(), self.settings.recent);
            }
        }
        self.metrics
            .brands
            .set(i64::try_from(brands).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests;
