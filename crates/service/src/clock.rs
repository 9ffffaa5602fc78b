//! The one place that reads the wall clock. Liveness and latency metrics use it;
//! no decision about a mention ever does.

use std::time::{SystemTime, UNIX_EPOCH};

use mention::EventTime;

/// The time of day, now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn now() -> EventTime {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    EventTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Seconds from `then` to now; 0 if `then` is ahead.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of centuries fit into 53 bits"
)]
pub fn seconds_since(then: EventTime) -> f64 {
    now().millis_since(then).max(0) as f64 / 1_000.0
}
