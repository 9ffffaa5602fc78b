//! Latencies that remember an example for each of their buckets.

use std::sync::{Arc, Mutex, PoisonError};

use mention::EventTime;

use super::{Histogram, LATENCY_BUCKETS};
use crate::clock;

/// The buckets and the one for all that takes longer.
const SLOTS: usize = LATENCY_BUCKETS.len() + 1;

/// One observation, and the mention it was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exemplar {
    /// The mention's hashed id.
    pub(super) mention: u64,
    /// What was observed, seconds.
    pub(super) value: f64,
    /// When.
    pub(super) at: EventTime,
}

/// The newest exemplar of each bucket.
pub(super) type Exemplars = Arc<Mutex<[Option<Exemplar>; SLOTS]>>;

/// A histogram of seconds without labels, with an exemplar for each bucket.
#[derive(Debug, Clone)]
pub struct Latency {
    histogram: Histogram,
    exemplars: Exemplars,
}

impl Latency {
    pub(super) const fn new(histogram: Histogram, exemplars: Exemplars) -> Self {
        Self {
            histogram,
            exemplars,
        }
    }

    /// Notes one latency, seconds.
    pub fn observe(&self, seconds: f64) {
        self.histogram.observe(seconds);
    }

    /// Notes one latency, seconds, of the mention with that hashed id
    /// ([`mention::Mention::hashed_id`]), which becomes its bucket's exemplar.
    pub fn observe_of(&self, seconds: f64, mention: u64) {
        self.histogram.observe(seconds);
        let slot = slot_of(seconds);
        let mut exemplars = self
            .exemplars
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exemplars[slot] = Some(Exemplar {
            mention,
            value: seconds,
            at: clock::now(),
        });
    }
}

fn slot_of(seconds: f64) -> usize {
    LATENCY_BUCKETS
        .iter()
        .position(|&bound| seconds <= bound)
        .unwrap_or(LATENCY_BUCKETS.len())
}
