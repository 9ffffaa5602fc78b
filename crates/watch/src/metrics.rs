//! What the watching service counts, brand by brand.

use std::collections::BTreeMap;

use detect::Outcome;
use mention::{ClosedBecause, EventTime, Label, Mention, Platform, Spike};
use service::metrics::{Histogram, IntCounter, IntCounterVec, IntGauge, RegisterError, Registry};
use service::{Input, clock};

use crate::exporter::Gauges;

/// Metrics of the service. Brands are bounded by the settings, all other labels
/// are closed sets.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_mentions_total{brand,platform,sentiment}`: mentions watched; an
    /// abstained score counts as neutral.
    mentions: IntCounterVec,
    /// Handles into `mentions`, by brand and position of the platform.
    handles: BTreeMap<String, [Option<[IntCounter; 3]>; Platform::ALL.len()]>,
    /// `ophef_mentions_duplicate_total`: seen before and left out.
    duplicate: IntCounter,
    /// `ophef_mentions_late_total`: behind the lateness; counted, never paging.
    late: IntCounter,
    /// `ophef_mentions_untracked_total`: of brands that aren't configured.
    untracked: IntCounter,
    /// `ophef_mentions_overflow_total`: of brands beyond the most that are tracked.
    overflow: IntCounter,
    /// `ophef_mentions_uncorrected_total`: counted in a share by a model, or in a
    /// language, whose error rates aren't known.
    uncorrected: IntCounter,
    /// `ophef_states_discarded_total`: brands begun anew, their snapshot unusable.
    pub(crate) discarded: IntCounter,
    /// `ophef_brands_tracked`: brands with state in this instance.
    pub(crate) brands: IntGauge,
    /// `ophef_spikes_opened_total{spike_kind}`.
    opened: IntCounterVec,
    /// `ophef_spikes_closed_total{spike_kind,closed_because}`: of spikes that were open.
    closed: IntCounterVec,
    /// `ophef_event_to_alert_seconds`: from the writing of the deciding mention to
    /// Kafka until the spike can be read.
    latency: Histogram,
    /// When the records that opened spikes were written; not committed yet.
    uncommitted: Vec<EventTime>,
    pub(crate) gauges: Gauges,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another watching service of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let none: [&str; 0] = [];
        let count = |name, help| {
            let counters = registry.counters(name, help, &[])?;
            Ok::<_, RegisterError>(counters.with_label_values(&none))
        };
        Ok(Self {
            mentions: registry.counters(
                "ophef_mentions_total",
                "Mentions watched, by brand, platform and sentiment.",
                &["brand", "platform", "sentiment"],
            )?,
            handles: BTreeMap::new(),
            duplicate: count(
                "ophef_mentions_duplicate_total",
                "Mentions seen before and left out.",
            )?,
            late: count(
                "ophef_mentions_late_total",
                "Mentions behind the lateness: counted, but they can't page.",
            )?,
            untracked: count(
                "ophef_mentions_untracked_total",
                "Mentions of brands that aren't configured.",
            )?,
            overflow: count(
                "ophef_mentions_overflow_total",
                "Mentions of brands beyond the most that are tracked (max_brands).",
            )?,
            uncorrected: count(
                "ophef_mentions_uncorrected_total",
                "Mentions in a share whose scorer's error rates aren't known: where they are \
                 more than a tenth, no corrected share is shown.",
            )?,
            discarded: count(
                "ophef_states_discarded_total",
                "Brands begun anew because their snapshot couldn't be used.",
            )?,
            brands: registry
                .int_gauges("ophef_brands_tracked", "Brands with state in this instance.", &[])?
                .with_label_values(&none),
            opened: registry.counters(
                "ophef_spikes_opened_total",
                "Spikes opened, by kind.",
                &["spike_kind"],
            )?,
            closed: registry.counters(
                "ophef_spikes_closed_total",
                "Spikes that are over, by kind and by why they are.",
                &["spike_kind", "closed_because"],
            )?,
            latency: registry
                .latencies(
                    "ophef_event_to_alert_seconds",
                    "From the writing of the deciding mention to Kafka until its spike can be read.",
                    &[],
                )?
                .with_label_values(&none),
            uncommitted: Vec::new(),
            gauges: Gauges::register(registry)?,
        })
    }

    /// Counts a mention that was watched.
    pub(crate) fn observed(&mut self, mention: &Mention<'_>, outcome: Outcome) {
        match outcome {
            Outcome::Duplicate => self.duplicate.inc(),
            Outcome::Late { .. } => {
                self.late.inc();
                self.count(mention);
            }
            Outcome::Counted { .. } | Outcome::Repeat | Outcome::Volume => self.count(mention),
            Outcome::Canary
            | Outcome::Updated
            | Outcome::Deleted
            | Outcome::Unknown
            | Outcome::OtherBrand => {}
        }
    }

    /// Counts a mention whose scorer's error rates aren't known.
    pub(crate) fn not_corrected(&self, outcome: Outcome) {
        if matches!(outcome, Outcome::Counted { .. } | Outcome::Late { .. }) {
            self.uncorrected.inc();
        }
    }

    fn count(&mut self, mention: &Mention<'_>) {
        let brand = mention.brand.as_str();
        if !self.handles.contains_key(brand) {
            self.handles.insert(brand.to_owned(), Default::default());
        }
        let Some(handles) = self.handles.get_mut(brand) else {
            return;
        };
        let handles = handles[mention.platform.index()].get_or_insert_with(|| {
            let platform = mention.platform.as_str();
            let handle = |label: Label| {
                self.mentions
                    .with_label_values(&[brand, platform, label.as_str()])
            };
            Label::ALL.map(handle)
        });
        handles[sentiment_of(mention) as usize].inc();
    }

    pub(crate) fn untracked(&self) {
        self.untracked.inc();
    }

    pub(crate) fn overflow(&self) {
        self.overflow.inc();
    }

    /// Notes a revision of a spike that follows from `input`.
    pub(crate) fn revised(&mut self, spike: &Spike, input: &Input<'_>) {
        if let Some(because) = spike.closed_because
            && because != ClosedBecause::Noted
            && !input.is_replay
        {
            let labels = [spike.spike_kind.as_str(), because.as_str()];
            self.closed.with_label_values(&labels).inc();
        }
        if self.gauges.revise(spike) && !input.is_replay {
            self.opened
                .with_label_values(&[spike.spike_kind.as_str()])
                .inc();
            self.uncommitted.push(input.stamped_at);
        }
    }

    pub(crate) fn committed(&mut self) {
        for stamped_at in self.uncommitted.drain(..) {
            self.latency.observe(clock::seconds_since(stamped_at));
        }
    }

    /// The brand isn't watched here any more: its new owner exports it.
    pub(crate) fn forget(&mut self, brand: &str) {
        self.uncommitted.clear();
        self.gauges.forget(brand);
        let Some(handles) = self.handles.remove(brand) else {
            return;
        };
        for (platform, handles) in Platform::ALL.iter().zip(handles) {
            for label in handles.map_or(&[][..], |_| &Label::ALL[..]) {
                let labels = [brand, platform.as_str(), label.as_str()];
                // There is one, since there was a handle.
                let _ = self.mentions.remove_label_values(&labels);
            }
        }
    }
}

/// The label of a score that says something, else neutral.
fn sentiment_of(mention: &Mention<'_>) -> Label {
    let score = mention
        .score
        .as_ref()
        .filter(|score| score.abstained.is_none());
    score.map_or(Label::Neutral, |score| score.label)
}
