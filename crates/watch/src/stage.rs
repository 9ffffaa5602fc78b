//! From one scored mention to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use detect::{BrandSettings, BrandWatch};
use mention::{Rejection, Topic};
use service::{Input, Item, Outbox, Plan, Roster, Stage, Steps, Stranger};

use crate::follow::{Followed, Known, Told};
use crate::metrics::Metrics;
use crate::partition::Partition;
use crate::{NAME, Settings};

/// The stage that watches.
#[derive(Debug)]
pub struct WatchStage {
    known: Known,
    partitions: BTreeMap<i32, Partition>,
    metrics: Metrics,
    threads: usize,
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

    /// The brands that are watched, in the order of their partitions and slugs.
    pub fn brands(&self) -> impl Iterator<Item = (&str, &BrandWatch)> {
        self.partitions.values().flat_map(Partition::brands)
    }

    /// Counts what follows from `input` and writes the revisions.
    fn tell(metrics: &mut Metrics, input: &Input<'_>, followed: Followed<'_>, out: &mut Outbox) {
        let mut hashed_id = None;
        match followed.told {
            Told::Canary => metrics.canary(input),
            Told::Watched {
                seen,
                outcome,
                is_corrected,
                hashed_id: of_mention,
            } => {
                if !input.is_replay {
                    metrics.observed(&seen, outcome);
                    if !is_corrected {
                        metrics.not_corrected(outcome);
                    }
                }
                hashed_id = of_mention;
            }
            Told::Heartbeat | Told::Before => {}
            Told::Stranger(_) if input.is_replay => {}
            Told::Stranger(Stranger::Untracked) => metrics.untracked(),
            Told::Stranger(Stranger::Overflow) => metrics.overflow(),
        }
        for spike in followed.spikes {
            let item = Item {
                topic: Topic::Spikes,
                partition: None,
                stamped_at: Some(input.stamped_at),
                key: Some(spike.id.as_bytes()),
                value: None,
            };
            out.push_json(&item, &spike);
            metrics.revised(&spike, input, hashed_id);
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
        let restored = state.assigned(of, |slug| self.known.settings_of(slug))?;
        Ok(restored.tell(NAME, &self.metrics.discarded))
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
        let partition = self.partitions.entry(input.partition).or_default();
        let followed = self.known.follow(partition, input)?;
        Self::tell(&mut self.metrics, input, followed, out);
        Ok(())
    }

    fn step_all(&mut self, inputs: &[Input<'_>], steps: &mut Steps) {
        let (known, metrics) = (&self.known, &mut self.metrics);
        steps.by_partition(
            inputs,
            &mut self.partitions,
            self.threads,
            |partition, input| known.follow(partition, input),
            |input, followed, out| {
                Self::tell(metrics, input, followed?, out);
                Ok(())
            },
        );
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
                    .show(slug, &watch.status(), self.known.settings.recent);
            }
        }
        self.metrics
            .brands
            .set(i64::try_from(brands).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests;
