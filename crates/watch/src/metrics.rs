//! What the watching service counts, brand by brand.

use std::time::Duration;

use detect::{Outcome, Status};
use mention::{ClosedBecause, EventTime, Spike, SpikeKind};
use service::metrics::{IntCounter, IntCounterVec, IntGauge, Latency, RegisterError, Registry};
use service::{Input, clock};

use crate::brands::{Brands, Seen};
use crate::canaries::Canaries;
use crate::exporter::Gauges;

/// Metrics of the service. Brands are bounded by the settings, all other labels
/// are closed sets.
#[derive(Debug)]
pub struct Metrics {
    pub(crate) by_brand: Brands,
    canaries: Canaries,
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
    latency: Latency,
    /// When the records that opened spikes were written, with the hashed id of the
    /// mention if it is one; not committed yet.
    uncommitted: Vec<(EventTime, Option<u64>)>,
    gauges: Gauges,
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
        let opened = registry.counters(
            "ophef_spikes_opened_total",
            "Spikes opened, by kind.",
            &["spike_kind"],
        )?;
        // There from the start, so that the first one is an increase.
        for kind in SpikeKind::ALL {
            let _ = opened.with_label_values(&[kind.as_str()]);
        }
        Ok(Self {
            by_brand: Brands::register(registry)?,
            canaries: Canaries::register(registry)?,
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
                .int_gauges(
                    "ophef_brands_tracked",
                    "Brands with state in this instance.",
                    &[],
                )?
                .with_label_values(&none),
            opened,
            closed: registry.counters(
                "ophef_spikes_closed_total",
                "Spikes that are over, by kind and by why they are.",
                &["spike_kind", "closed_because"],
            )?,
            latency: registry.latency(
                "ophef_event_to_alert_seconds",
                "From the writing of the deciding mention to Kafka until its spike can be read.",
            )?,
            uncommitted: Vec::new(),
            gauges: Gauges::register(registry)?,
        })
    }

    /// Counts a mention that was watched.
    pub(crate) fn observed(&mut self, seen: &Seen<'_>, outcome: Outcome) {
        match outcome {
            Outcome::Duplicate => self.duplicate.inc(),
            Outcome::Late { .. } => {
                self.late.inc();
                self.by_brand.count(seen);
            }
            Outcome::Counted { .. } | Outcome::Repeat | Outcome::Volume => {
                self.by_brand.count(seen);
            }
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

    /// Shows a brand as it is now; see [`Gauges::show`].
    pub(crate) fn show(&mut self, brand: &str, status: &Status, recent: Duration) {
        let has_labels = self.by_brand.has_labels(brand);
        self.gauges.show(brand, status, recent, has_labels);
    }

    /// A test record came to the end of the pipeline.
    pub(crate) fn canary(&mut self, input: &Input<'_>) {
        if !input.is_replay {
            self.canaries.came(input.partition, input.stamped_at);
        }
    }

    /// The partition isn't ours any more: its new owner tells of its test records.
    pub(crate) fn forget_partition(&mut self, partition: i32) {
        self.canaries.forget(partition);
    }

    pub(crate) fn untracked(&self) {
        self.untracked.inc();
    }

    pub(crate) fn overflow(&self) {
        self.overflow.inc();
    }

    /// Notes a revision of a spike that follows from `input`, a mention with that hashed
    /// id or a heartbeat.
    pub(crate) fn revised(&mut self, spike: &Spike, input: &Input<'_>, mention: Option<u64>) {
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
            self.uncommitted.push((input.stamped_at, mention));
        }
    }

    pub(crate) fn committed(&mut self) {
        for (stamped_at, mention) in self.uncommitted.drain(..) {
            let seconds = clock::seconds_since(stamped_at);
            match mention {
                Some(mention) => self.latency.observe_of(seconds, mention),
                None => self.latency.observe(seconds),
            }
        }
        self.canaries.committed();
    }

    /// The brand isn't watched here any more: its new owner exports it.
    pub(crate) fn forget(&mut self, brand: &str) {
        self.uncommitted.clear();
        self.gauges.forget(brand);
        self.by_brand.forget(brand);
    }
}
