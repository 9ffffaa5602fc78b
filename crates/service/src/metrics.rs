//! The registry of metrics, and the metrics every stage has.
//!
//! Each service keeps its metrics in one struct, registered once, and holds a
//! handle for each combination of labels it uses often: counting by a handle
//! costs a fifth of looking the labels up.

use std::fmt;

use prometheus::core::Collector;
use prometheus::{Encoder, HistogramOpts, Opts, TextEncoder};
pub use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
};

/// Buckets for latencies, seconds: from a millisecond to a minute.
const LATENCY_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0,
];

/// The metrics of one process.
#[derive(Clone, Default)]
pub struct Registry(prometheus::Registry);

/// A metric can't be registered: a fault of the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegisterError(String);

impl From<prometheus::Error> for RegisterError {
    fn from(error: prometheus::Error) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// Counters told apart by `labels`. A name that is registered already gives
    /// an error, unless the caller asks for it through a clone of its handle.
    ///
    /// # Errors
    /// [`RegisterError`] if the name is taken or no legal name.
    pub fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, RegisterError> {
        self.register(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    /// Gauges of whole numbers told apart by `labels`.
    ///
    /// # Errors
    /// As [`Registry::counters`].
    pub fn int_gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntGaugeVec, RegisterError> {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    /// Gauges told apart by `labels`.
    ///
    /// # Errors
    /// As [`Registry::counters`].
    pub fn gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<GaugeVec, RegisterError> {
        self.register(GaugeVec::new(Opts::new(name, help), labels)?)
    }

    /// Histograms of seconds, from a millisecond to a minute, told apart by `labels`.
    ///
    /// # Errors
    /// As [`Registry::counters`].
    pub fn latencies(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<HistogramVec, RegisterError> {
        let options = HistogramOpts::new(name, help).buckets(LATENCY_BUCKETS.to_vec());
        self.register(HistogramVec::new(options, labels)?)
    }

    fn register<M: Collector + Clone + 'static>(&self, metric: M) -> Result<M, RegisterError> {
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    /// CPU, memory and open files of the process, by their usual names
    /// (`process_cpu_seconds_total`, `process_resident_memory_bytes` and so on).
    ///
    /// # Errors
    /// [`RegisterError`] if they are registered already.
    #[cfg(target_os = "linux")]
    pub fn add_process(&self) -> Result<(), RegisterError> {
        let collector = prometheus::process_collector::ProcessCollector::for_self();
        Ok(self.0.register(Box::new(collector))?)
    }

    /// All metrics in Prometheus' text format 0.0.4.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.0.gather(), &mut text) {
            tracing::error!(error = %error, "metrics can't be written");
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Media type of [`Registry::text`].
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";
}
