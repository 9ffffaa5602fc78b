//! What the two models did.

use std::time::Duration;

use service::metrics::{Histogram, IntCounter, RegisterError, Registry};

/// Why an uncertain text wasn't classified by the second model.
#[derive(Debug, Clone, Copy)]
pub(super) enum SkipReason {
    /// The share of the texts was used up.
    Share,
    /// The time between two commits was.
    Latency,
}

/// One model.
#[derive(Debug)]
struct Tier {
    /// `ophef_tier_texts_total{tier}`: texts it classified.
    texts: IntCounter,
    /// `ophef_tier_seconds{tier}`: time it took, a text for `linear`, a batch for `second`.
    seconds: Histogram,
}

/// Metrics of both models. Every label is a closed set.
#[derive(Debug)]
pub(super) struct Tiers {
    linear: Tier,
    second: Tier,
    /// `ophef_tier_skipped_total{reason}`: `share` and `latency`.
    skipped: [IntCounter; 2],
    /// `ophef_tier_failures_total`: texts that the second model failed at.
    failures: IntCounter,
}

impl Tiers {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let texts = registry.counters(
            "ophef_tier_texts_total",
            "Texts classified, by model: linear or second.",
            &["tier"],
        )?;
        let seconds = registry.latencies(
            "ophef_tier_seconds",
            "Time to classify, a text for the linear model, a batch for the second.",
            &["tier"],
        )?;
        let skipped = registry.counters(
            "ophef_tier_skipped_total",
            "Uncertain texts that kept their linear score, by the bound that was reached.",
            &["reason"],
        )?;
        let failures = registry.counters(
            "ophef_tier_failures_total",
            "Texts that the second model failed at; they kept their linear score.",
            &[],
        )?;
        let tier = |name: &str| Tier {
            texts: texts.with_label_values(&[name]),
            seconds: seconds.with_label_values(&[name]),
        };
        let none: [&str; 0] = [];
        Ok(Self {
            linear: tier("linear"),
            second: tier("second"),
            skipped: ["share", "latency"].map(|reason| skipped.with_label_values(&[reason])),
            failures: failures.with_label_values(&none),
        })
    }

    pub(super) fn linear_scored(&self, took: Duration) {
        self.linear.texts.inc();
        self.linear.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn second_scored(&self, texts: usize, took: Duration) {
        self.second.texts.inc_by(texts as u64);
        self.second.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn skipped(&self, reason: SkipReason, texts: usize) {
        self.skipped[reason as usize].inc_by(texts as u64);
    }

    pub(super) fn failed(&self, texts: usize) {
        self.failures.inc_by(texts as u64);
    }
}
