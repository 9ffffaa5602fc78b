//! The registry of metrics, and the metrics every stage has.
//!
//! Each service keeps its metrics in one struct, registered once, and holds a
//! handle for each combination of labels it uses often: counting by a handle
//! costs a fifth of looking the labels up.

mod inventory;
mod latency;
mod openmetrics;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::core::Collector;
use prometheus::{Encoder, HistogramOpts, Opts, TextEncoder};
pub use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
};

pub use inventory::{Declared, table};
pub use latency::Latency;

use latency::Exemplars;

/// Buckets for latencies, seconds: from a millisecond to a minute.
const LATENCY_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0,
];

/// The metrics of one process.
#[derive(Clone, Default)]
pub struct Registry {
    inner: prometheus::Registry,
    /// What was registered; a metric without series isn't gathered.
    declared: Arc<Mutex<Vec<Declared>>>,
    /// Examples of latencies, by the metric's name.
    exemplars: Arc<Mutex<BTreeMap<String, Exemplars>>>,
}

/// What the library's collector of the process exports.
#[cfg(target_os = "linux")]
const OF_PROCESS: [(&str, &str, &str); 7] = [
    ("process_cpu_seconds_total", "counter", "CPU time spent."),
    ("process_max_fds", "gauge", "Files that may be open."),
    ("process_open_fds", "gauge", "Files that are open."),
    ("process_resident_memory_bytes", "gauge", "Memory in use."),
    (
        "process_start_time_seconds",
        "gauge",
        "When the process started, seconds since 1970.",
    ),
    ("process_threads", "gauge", "Threads."),
    (
        "process_virtual_memory_bytes",
        "gauge",
        "Memory that is mapped.",
    ),
];

/// A poisoned lock still guards whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        let declared = Declared::new(name, "counter", labels, help);
        self.register(IntCounterVec::new(Opts::new(name, help), labels)?, declared)
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
        let declared = Declared::new(name, "gauge", labels, help);
        self.register(IntGaugeVec::new(Opts::new(name, help), labels)?, declared)
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
        let declared = Declared::new(name, "gauge", labels, help);
        self.register(GaugeVec::new(Opts::new(name, help), labels)?, declared)
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
        self.histograms(name, help, labels, &LATENCY_BUCKETS)
    }

    /// Histograms with these upper bounds of their buckets, told apart by `labels`.
    ///
    /// # Errors
    /// As [`Registry::counters`], and if the bounds don't rise.
    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, RegisterError> {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        let declared = Declared::new(name, "histogram", labels, help);
        self.register(HistogramVec::new(options, labels)?, declared)
    }

    /// The same histogram without labels, which remembers a mention for each bucket.
    ///
    /// # Errors
    /// As [`Registry::counters`].
    pub fn latency(&self, name: &str, help: &str) -> Result<Latency, RegisterError> {
        let none: [&str; 0] = [];
        let histogram = self.latencies(name, help, &none)?.with_label_values(&none);
        let exemplars = Exemplars::default();
        lock(&self.exemplars).insert(name.to_owned(), Arc::clone(&exemplars));
        Ok(Latency::new(histogram, exemplars))
    }

    fn register<M: Collector + Clone + 'static>(
        &self,
        metric: M,
        declared: Declared,
    ) -> Result<M, RegisterError> {
        self.inner.register(Box::new(metric.clone()))?;
        lock(&self.declared).push(declared);
        Ok(metric)
    }

    /// What was registered, in that order.
    #[must_use]
    pub fn inventory(&self) -> Vec<Declared> {
        lock(&self.declared).clone()
    }

    /// CPU, memory and open files of the process, by their usual names
    /// (`process_cpu_seconds_total`, `process_resident_memory_bytes` and so on).
    ///
    /// # Errors
    /// [`RegisterError`] if they are registered already.
    #[cfg(target_os = "linux")]
    pub fn add_process(&self) -> Result<(), RegisterError> {
        let collector = prometheus::process_collector::ProcessCollector::for_self();
        self.inner.register(Box::new(collector))?;
        let declared = OF_PROCESS.map(|(name, kind, help)| Declared::new(name, kind, &[], help));
        lock(&self.declared).extend(declared);
        Ok(())
    }

    /// All metrics in Prometheus' text format 0.0.4.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.inner.gather(), &mut text) {
            tracing::error!(error = %error, "metrics can't be written");
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// All metrics as `OpenMetrics` text 1.0, with exemplars.
    #[must_use]
    pub fn openmetrics(&self) -> String {
        openmetrics::encode(&self.inner.gather(), &lock(&self.exemplars))
    }

    /// All metrics in the format that a client with this `Accept` header prefers, with
    /// its media type: `OpenMetrics` if it asks for that, else the text format.
    #[must_use]
    pub fn text_for(&self, accept: &str) -> (&'static str, String) {
        if openmetrics::is_wanted(accept) {
            (openmetrics::CONTENT_TYPE, self.openmetrics())
        } else {
            ("text/plain; version=0.0.4; charset=utf-8", self.text())
        }
    }
}
