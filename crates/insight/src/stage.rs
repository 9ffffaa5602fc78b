//! From one scored mention to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{CampaignEvent, EventTime, Insight, Mention, Record, Rejection, Topic};
use service::{Input, Item, Outbox, Plan, Roster, Stage, Stranger};
use trends::{About, BrandTrends};

use crate::metrics::{LeftOut, Metrics};
use crate::partition::Partition;
use crate::{NAME, Settings};

/// The stage that follows brands over weeks.
#[derive(Debug)]
pub struct InsightStage {
    settings: Settings,
    roster: Roster<Arc<About>>,
    partitions: BTreeMap<i32, Partition>,
    metrics: Metrics,
}

impl InsightStage {
    /// A stage that follows nothing yet.
    #[must_use]
    pub fn new(settings: Settings, mut metrics: Metrics) -> Self {
        let configured = settings.configured();
        if !configured.is_empty() {
            metrics.label_all();
        }
        Self {
            roster: Roster::new(configured, settings.max_brands),
            settings,
            partitions: BTreeMap::new(),
            metrics,
        }
    }

    /// The brands that are followed, in the order of their partitions and slugs.
    pub fn brands(&self) -> impl Iterator<Item = (&str, &BrandTrends)> {
        self.partitions.values().flat_map(Partition::trends)
    }

    fn take(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), LeftOut> {
        let record = mention::parse_scored(input.value);
        let record = record.and_then(|record| record.on_time(input.stamped_at));
        match record.map_err(|_| LeftOut::Unreadable)? {
            Record::Mention(mention) => self.take_mention(input, &mention, out),
            Record::Heartbeat(at) => match mention::carried_campaign_event(input.value) {
                Some(event) => {
                    let event = event.map_err(|_| LeftOut::Unreadable)?;
                    self.take_campaign(input, &event, out)
                }
                None => {
                    self.take_heartbeat(input, at, out);
                    Ok(())
                }
            },
        }
    }

    fn take_campaign(
        &mut self,
        input: &Input<'_>,
        event: &CampaignEvent<'_>,
        out: &mut Outbox,
    ) -> Result<(), LeftOut> {
        let observed_at = event
            .read_at(input.stamped_at)
            .map_err(|_| LeftOut::Unreadable)?;
        self.ensure_brand(input.partition, &event.brand)?;
        let partition = self.partitions.entry(input.partition).or_default();
        let told = partition.step(
            &event.brand,
            input.offset,
            |trends| trends.take_campaign(event, observed_at),
            |summary| publish(summary, input, out),
        );
        if let Some(told) = told.filter(|_| !input.is_replay) {
            self.metrics.told(told);
        }
        Ok(())
    }

    fn take_mention(
        &mut self,
        input: &Input<'_>,
        mention: &Mention<'_>,
        out: &mut Outbox,
    ) -> Result<(), LeftOut> {
        if mention.canary {
            return Ok(());
        }
        self.ensure_brand(input.partition, &mention.brand)?;
        let partition = self.partitions.entry(input.partition).or_default();
        let outcome = partition.step(
            &mention.brand,
            input.offset,
            |trends| trends.observe(mention),
            |summary| publish(summary, input, out),
        );
        match outcome {
            Some(trends::Outcome::TooLate) => Err(LeftOut::TooLate),
            Some(trends::Outcome::Counted { wish: true, .. }) if !input.is_replay => {
                self.metrics.wished(&mention.brand);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_heartbeat(&mut self, input: &Input<'_>, at: EventTime, out: &mut Outbox) {
        let partition = self.partitions.entry(input.partition).or_default();
        partition.heartbeat(at, input.offset, |summary| publish(summary, input, out));
    }

    /// Begins to follow the brand if it may be followed.
    fn ensure_brand(&mut self, partition: i32, slug: &str) -> Result<(), LeftOut> {
        let partition = self.partitions.entry(partition).or_default();
        if partition.has_brand(slug) {
            return Ok(());
        }
        let found = |slug: &str| Arc::new(self.settings.found(slug));
        let full = (partition.len(), partition.of);
        let about = self
            .roster
            .admit(slug, full, found)
            .map_err(|stranger| match stranger {
                Stranger::Untracked => LeftOut::Untracked,
                Stranger::Overflow => LeftOut::Overflow,
            })?;
        partition.add(slug, about);
        Ok(())
    }
}

impl Stage for InsightStage {
    fn plan(&self) -> Plan {
        Plan {
            name: NAME,
            input: Topic::Scored,
            outputs: &[Topic::Insight],
            changelog: Some(Topic::InsightState),
        }
    }

    fn restore(&mut self, partition: i32, key: &[u8], value: Option<&[u8]>) {
        let partition = self.partitions.entry(partition).or_default();
        partition.restore(key, value);
    }

    fn assigned(&mut self, partition: i32, of: i32) -> Result<Option<i64>, String> {
        let found = |slug: &str| Arc::new(self.settings.found(slug));
        let about = |slug: &str| self.roster.about(slug, found);
        let state = self.partitions.entry(partition).or_default();
        let restored = state.assigned(of, about)?;
        Ok(restored.tell(NAME, &self.metrics.discarded))
    }

    fn revoked(&mut self, number: i32) {
        if let Some(partition) = self.partitions.remove(&number) {
            partition.slugs().for_each(|slug| self.metrics.forget(slug));
        }
    }

    /// Never rejects: the watcher reads the same records and diverts the bad ones, and one
    /// dead letter is enough.
    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        if let Err(reason) = self.take(input, out)
            && !input.is_replay
        {
            self.metrics.left_out(reason);
        }
        Ok(())
    }

    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        if let Some(state) = self.partitions.get_mut(&partition) {
            state.snapshot(partition, next, out);
        }
    }

    /// Shows the brands whose summary is new.
    fn report(&mut self) {
        let mut brands = 0;
        self.metrics.age();
        for partition in self.partitions.values_mut() {
            brands += partition.len();
            for summary in partition.news() {
                self.metrics.show(summary);
            }
        }
        self.metrics
            .brands
            .set(i64::try_from(brands).unwrap_or(i64::MAX));
    }
}

/// Writes a summary that follows from `input`.
fn publish(summary: &Insight, input: &Input<'_>, out: &mut Outbox) {
    let item = Item {
        topic: Topic::Insight,
        partition: None,
        stamped_at: Some(input.stamped_at),
        key: Some(summary.brand.as_bytes()),
        value: None,
    };
    out.push_json(&item, summary);
}

#[cfg(test)]
mod tests;
