//! Test records that came to the end of the pipeline.

use mention::EventTime;
use service::clock;
use service::metrics::{GaugeVec, Latency, RegisterError, Registry};

/// Metrics of test records. Partitions are bounded by the topic.
#[derive(Debug)]
pub(crate) struct Canaries {
    /// `ophef_canary_seconds`: from the writing of a test record to Kafka until the
    /// watcher has committed it.
    latency: Latency,
    /// `ophef_canary_seen_timestamp_seconds{partition}`: when the last one was committed.
    seen: GaugeVec,
    /// Those that aren't committed yet: partition and time of writing.
    uncommitted: Vec<(i32, EventTime)>,
}

impl Canaries {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self {
            latency: registry.latency(
                "ophef_canary_seconds",
                "From the writing of a test record to Kafka until the watcher has committed it.",
            )?,
            seen: registry.gauges(
                "ophef_canary_seen_timestamp_seconds",
                "When a partition's last test record was committed, in seconds since 1970.",
                &["partition"],
            )?,
            uncommitted: Vec::new(),
        })
    }

    pub(crate) fn came(&mut self, partition: i32, stamped_at: EventTime) {
        self.uncommitted.push((partition, stamped_at));
    }

    pub(crate) fn committed(&mut self) {
        for (partition, stamped_at) in self.uncommitted.drain(..) {
            self.latency.observe(clock::seconds_since(stamped_at));
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of sane times")]
            let now = clock::now().millis() as f64 / 1_000.0;
            let partition = partition.to_string();
            self.seen.with_label_values(&[&partition]).set(now);
        }
    }

    /// What isn't committed is done again, and counted then.
    pub(crate) fn forget(&mut self, partition: i32) {
        self.uncommitted.retain(|(of, _)| *of != partition);
        // It may have had none.
        let _ = self.seen.remove_label_values(&[&partition.to_string()]);
    }
}
