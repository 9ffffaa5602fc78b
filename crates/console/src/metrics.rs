//! What the console counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use mention::Verdict;
use service::metrics::{
    Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, RegisterError, Registry,
};

use crate::store::Outcomes;

/// Brands that have labels of their own at most; all others are `other`.
const MAX_BRANDS: usize = 500;

/// Metrics of the service. Brands are bounded, all other labels are closed sets.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_console_requests_total{status}`: answers by class of status, `2xx` to `5xx`.
    requests: IntCounterVec,
    /// `ophef_console_request_seconds`: from a request to its answer, event streams left out.
    pub(crate) seconds: Histogram,
    /// `ophef_console_streams`: pages that are told of changes.
    pub(crate) streams: IntGauge,
    /// `ophef_console_spikes`: spikes in memory.
    pub(crate) spikes: IntGauge,
    /// `ophef_console_unreadable_total{topic}`: records passed over.
    unreadable: IntCounterVec,
    /// `ophef_console_signins_refused_total`: wrong tokens.
    pub(crate) refused: IntCounter,
    /// `ophef_alerts_total{outcome}`: verdicts given here since the start.
    alerts: IntCounterVec,
    /// `ophef_alert_verdicts{brand,outcome}`: alarms by what people make of them now.
    verdicts: IntGaugeVec,
    shown: Mutex<BTreeMap<String, Outcomes>>,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another console of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let none: [&str; 0] = [];
        let gauge = |name, help| {
            let gauges = registry.int_gauges(name, help, &[])?;
            Ok::<_, RegisterError>(gauges.with_label_values(&none))
        };
        let alerts = registry.counters(
            "ophef_alerts_total",
            "Verdicts that people gave on alarms since the start: useful or not_useful.",
            &["outcome"],
        )?;
        for verdict in Verdict::ALL {
            let _ = alerts.with_label_values(&[verdict.as_str()]);
        }
        Ok(Self {
            requests: registry.counters(
                "ophef_console_requests_total",
                "Requests answered, by class of status.",
                &["status"],
            )?,
            seconds: registry
                .latencies(
                    "ophef_console_request_seconds",
                    "From a request to its answer, event streams left out.",
                    &[],
                )?
                .with_label_values(&none),
            streams: gauge(
                "ophef_console_streams",
                "Pages that are told of changes as they come.",
            )?,
            spikes: gauge("ophef_console_spikes", "Spikes in memory.")?,
            unreadable: registry.counters(
                "ophef_console_unreadable_total",
                "Records of a topic that can't be read and are passed over.",
                &["topic"],
            )?,
            refused: registry
                .counters(
                    "ophef_console_signins_refused_total",
                    "Requests and sign-ins with a wrong token.",
                    &[],
                )?
                .with_label_values(&none),
            alerts,
            verdicts: registry.int_gauges(
                "ophef_alert_verdicts",
                "Alarms by what people make of them now: useful, not_useful or unjudged.",
                &["brand", "outcome"],
            )?,
            shown: Mutex::default(),
        })
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, status: u16) {
        let class = match status {
            0..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests.with_label_values(&[class]).inc();
    }

    /// Counts a record that can't be read.
    pub(crate) fn unreadable(&self, topic: &str) {
        self.unreadable.with_label_values(&[topic]).inc();
    }

    /// Counts a verdict that was given here.
    pub(crate) fn judged(&self, verdict: Verdict) {
        self.alerts.with_label_values(&[verdict.as_str()]).inc();
    }

    /// Shows what people make of alarms now.
    pub(crate) fn show(&self, outcomes: BTreeMap<String, Outcomes>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bounded: BTreeMap<String, Outcomes> = BTreeMap::new();
        for (brand, outcomes) in outcomes {
            let is_own = bounded.len() < MAX_BRANDS;
            let brand = if is_own { brand } else { "other".to_owned() };
            let sum = bounded.entry(brand).or_default();
            sum.useful += outcomes.useful;
            sum.not_useful += outcomes.not_useful;
            sum.unjudged += outcomes.unjudged;
        }
        for brand in shown.keys().filter(|brand| !bounded.contains_key(*brand)) {
            for outcome in ["useful", "not_useful", "unjudged"] {
                let _ = self.verdicts.remove_label_values(&[brand, outcome]);
            }
        }
        for (brand, outcomes) in &bounded {
            for (outcome, count) in [
                ("useful", outcomes.useful),
                ("not_useful", outcomes.not_useful),
                ("unjudged", outcomes.unjudged),
            ] {
                let gauge = self.verdicts.with_label_values(&[brand.as_str(), outcome]);
                gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        *shown = bounded;
    }
}
