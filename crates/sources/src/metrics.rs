//! What sources export. Every label is a closed set or comes from the configuration.

use service::metrics::{IntCounter, IntCounterVec, IntGauge, RegisterError, Registry};

/// Metrics of the sources.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// `ophef_source_records_total{outcome="written"}`.
    pub(crate) written: IntCounter,
    /// `ophef_source_records_total{outcome="refused"}`: didn't keep the contract.
    pub(crate) refused: IntCounter,
    /// `ophef_source_records_total{outcome="repeated"}`: were written before.
    pub(crate) repeated: IntCounter,
    /// `ophef_source_records_total{outcome="unreadable"}`: no event of the stream.
    pub(crate) unreadable: IntCounter,
    /// `ophef_source_requests_total{status}`: answers by their status.
    pub(crate) requests: IntCounterVec,
    /// `ophef_source_connections`: open ones.
    pub(crate) connections: IntGauge,
    /// `ophef_source_reconnects_total`.
    pub(crate) reconnects: IntCounter,
    /// `ophef_source_fetched_total`.
    pub(crate) fetched: IntCounter,
    /// `ophef_source_gaps_total{outcome="filled"}`.
    pub(crate) gaps_filled: IntCounter,
    /// `ophef_source_gaps_total{outcome="open"}`.
    pub(crate) gaps_open: IntCounter,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another source of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let records = registry.counters(
            "ophef_source_records_total",
            "Events that came in: written to the raw topic, refused, repeated, or unreadable.",
            &["outcome"],
        )?;
        let of = |outcome: &str| records.with_label_values(&[outcome]);
        let none: [&str; 0] = [];
        let connections = registry.int_gauges(
            "ophef_source_connections",
            "Connections that are open: of clients at the endpoint, or to the stream.",
            &none,
        )?;
        let reconnects = registry.counters(
            "ophef_source_reconnects_total",
            "Times that a stream was connected to anew.",
            &none,
        )?;
        let fetched = registry.counters(
            "ophef_source_fetched_total",
            "Posts that were fetched since the stream had missed them.",
            &none,
        )?;
        let gaps = registry.counters(
            "ophef_source_gaps_total",
            "Times that a stream came back, by whether all that it missed was fetched (filled) or \
             not (open).",
            &["outcome"],
        )?;
        Ok(Self {
            fetched: fetched.with_label_values(&none),
            gaps_filled: gaps.with_label_values(&["filled"]),
            gaps_open: gaps.with_label_values(&["open"]),
            written: of("written"),
            refused: of("refused"),
            repeated: of("repeated"),
            unreadable: of("unreadable"),
            requests: registry.counters(
                "ophef_source_requests_total",
                "Requests to the endpoint, by the status of the answer.",
                &["status"],
            )?,
            connections: connections.with_label_values(&none),
            reconnects: reconnects.with_label_values(&none),
        })
    }
}
