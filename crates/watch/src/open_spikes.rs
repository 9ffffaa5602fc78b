//! Gauges of open spikes: what an alert's text and the triage dashboard tell of them.
//!
//! Series of a spike exist only while it is open, a bounded few of them, and go when it
//! closes or when its brand moves to another instance.

use mention::Spike;
use service::metrics::{GaugeVec, IntGaugeVec, RegisterError, Registry};

/// Drivers and terms exported of a spike.
const SHOWN: usize = 5;
/// Threads exported of a spike.
const THREADS: usize = 3;
/// Longest term or driver used as a label, characters.
const LABEL_CHARS: usize = 64;

/// Gauges of open spikes; `spike` is the spike's id.
#[derive(Debug)]
pub(crate) struct OpenSpikes {
    /// `ophef_spike_info{brand,platform,spike,spike_kind,pages}`: 1 for an open spike.
    info: IntGaugeVec,
    /// `ophef_spike_onset_timestamp_seconds{brand,platform,spike}`: event time.
    onset: GaugeVec,
    /// `ophef_spike_negative_mentions{brand,platform,spike}`: since the onset.
    negatives: IntGaugeVec,
    /// `ophef_spike_expected_negative_mentions{brand,platform,spike}`: as many were usual.
    expected: GaugeVec,
    /// `ophef_spike_reach_people{brand,platform,spike}`: reached by the negatives.
    reach: IntGaugeVec,
    /// `ophef_spike_thread_posts{brand,platform,spike,thread}`: in its largest threads.
    threads: IntGaugeVec,
    /// `ophef_spike_driver_ratio{brand,platform,spike,dimension,driver}`: part of the excess.
    driver: GaugeVec,
    /// `ophef_spike_term_score{brand,platform,spike,term}`: lift of a rising term.
    term: GaugeVec,
}

impl OpenSpikes {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let spike = &["brand", "platform", "spike"];
        Ok(Self {
            info: registry.int_gauges(
                "ophef_spike_info",
                "1 for every open spike.",
                &["brand", "platform", "spike", "spike_kind", "pages"],
            )?,
            onset: registry.gauges(
                "ophef_spike_onset_timestamp_seconds",
                "When an open spike began, event time in seconds since 1970.",
                spike,
            )?,
            negatives: registry.int_gauges(
                "ophef_spike_negative_mentions",
                "Negative mentions of an open spike since its onset.",
                spike,
            )?,
            expected: registry.gauges(
                "ophef_spike_expected_negative_mentions",
                "Negative mentions that were to be expected since an open spike's onset.",
                spike,
            )?,
            reach: registry.int_gauges(
                "ophef_spike_reach_people",
                "People reached by the negative mentions of an open spike, as far as known.",
                spike,
            )?,
            threads: registry.int_gauges(
                "ophef_spike_thread_posts",
                "Posts in the largest threads of an open spike, by the thread's hashed root.",
                &["brand", "platform", "spike", "thread"],
            )?,
            driver: registry.gauges(
                "ophef_spike_driver_ratio",
                "Part of an open spike's excess of negatives, by driver.",
                &["brand", "platform", "spike", "dimension", "driver"],
            )?,
            term: registry.gauges(
                "ophef_spike_term_score",
                "Lift of the terms that rose most in an open spike.",
                &["brand", "platform", "spike", "term"],
            )?,
        })
    }

    /// Shows an open spike.
    pub(crate) fn add(&self, spike: &Spike) {
        let labels = labels(spike);
        self.info.with_label_values(&info_labels(spike)).set(1);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of sane times")]
        let onset = spike.onset.millis() as f64 / 1_000.0;
        self.onset.with_label_values(&labels).set(onset);
        let negatives = self.negatives.with_label_values(&labels);
        negatives.set(whole(spike.observed.negative));
        #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
        let expected = spike.expected.share * spike.observed.total as f64;
        self.expected.with_label_values(&labels).set(expected);
        if let Some(reach) = spike.reach {
            self.reach
                .with_label_values(&labels)
                .set(whole(reach.people));
        }
        for thread in threads(spike) {
            let labels = [labels[0], labels[1], labels[2], thread.root.as_str()];
            let gauge = self.threads.with_label_values(&labels);
            gauge.set(whole(thread.posts));
        }
        for (labels, share) in driver_labels(spike) {
            self.driver.with_label_values(&labels).set(share);
        }
        for (labels, lift) in term_labels(spike) {
            self.term.with_label_values(&labels).set(lift);
        }
    }

    /// Takes back what is shown of a spike, as it was when it was added.
    pub(crate) fn remove(&self, spike: &Spike) {
        let labels = labels(spike);
        // Each was added with the same labels; two equal ones were one series, and the
        // reach may not be known.
        let _ = self.info.remove_label_values(&info_labels(spike));
        for gauges in [&self.onset, &self.expected] {
            let _ = gauges.remove_label_values(&labels);
        }
        for gauges in [&self.negatives, &self.reach] {
            let _ = gauges.remove_label_values(&labels);
        }
        for thread in threads(spike) {
            let labels = [labels[0], labels[1], labels[2], thread.root.as_str()];
            let _ = self.threads.remove_label_values(&labels);
        }
        for (labels, _) in driver_labels(spike) {
            let _ = self.driver.remove_label_values(&labels);
        }
        for (labels, _) in term_labels(spike) {
            let _ = self.term.remove_label_values(&labels);
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn labels(spike: &Spike) -> [&str; 3] {
    [&spike.brand, &spike.platform, &spike.id]
}

fn threads(spike: &Spike) -> impl Iterator<Item = &mention::Thread> {
    spike.threads.iter().take(THREADS)
}

fn info_labels(spike: &Spike) -> [&str; 5] {
    let pages = if spike.pages { "true" } else { "false" };
    let kind = spike.spike_kind.as_str();
    [&spike.brand, &spike.platform, &spike.id, kind, pages]
}

/// What is asked of a spike at night, in this order: what it is about, what people do, and
/// where; then who they are.
const DIMENSIONS: [&str; 5] = ["aspect", "kind", "platform", "author_tier", "language"];

/// The largest driver of each dimension, so that none crowds out the others, and then the
/// largest of the rest.
fn driver_labels(spike: &Spike) -> impl Iterator<Item = ([&str; 5], f64)> {
    // Threads are named by hashes, which help nobody on a dashboard, and what is left
    // over names nothing.
    let is_named = |driver: &&mention::Driver| {
        driver.dimension != "thread" && !["none", "other"].contains(&driver.value.as_str())
    };
    let drivers = spike.drivers.iter().filter(is_named);
    let mut drivers: Vec<_> = drivers.collect();
    drivers.sort_by(|a, b| b.share.total_cmp(&a.share));
    let mut chosen = Vec::with_capacity(drivers.len());
    for dimension in DIMENSIONS {
        let first = drivers
            .iter()
            .position(|driver| driver.dimension == dimension);
        chosen.extend(first.map(|first| drivers.remove(first)));
    }
    chosen.extend(drivers);
    chosen.into_iter().take(SHOWN).map(|driver| {
        let value = short(&driver.value);
        let labels = [
            &spike.brand,
            &spike.platform,
            &spike.id,
            driver.dimension.as_str(),
            value,
        ];
        (labels, driver.share)
    })
}

fn term_labels(spike: &Spike) -> impl Iterator<Item = ([&str; 4], f64)> {
    spike.terms.iter().take(SHOWN).map(|term| {
        let labels = [
            spike.brand.as_str(),
            &spike.platform,
            &spike.id,
            short(&term.term),
        ];
        (labels, term.lift)
    })
}

fn short(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(LABEL_CHARS)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}
