//! Settings of a service, as plain values.

use std::time::Duration;

use kafka::{Connection, Delivery, GroupProtocol};

/// How a service works with Kafka.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to reach it.
    pub connection: Connection,
    /// Whether outputs and offsets are committed together.
    pub delivery: Delivery,
    /// Name of this instance; under [`Delivery::ExactlyOnce`] unique among the
    /// running instances of a service.
    pub instance: String,
    /// Time between commits.
    pub commit_interval: Duration,
    /// Time between snapshots of changed state.
    pub snapshot_interval: Duration,
    /// How the instances of a service share the partitions.
    pub group_protocol: GroupProtocol,
    /// Time after which a silent instance's partitions go to the others.
    pub session_timeout: Duration,
    /// Share of rejected records, 0 to 1, above which a service stops instead of
    /// diverting a whole topic; 1 never stops.
    pub dead_letter_limit: f64,
    /// How long to wait for Kafka at the start.
    pub patience: Duration,
}

impl Settings {
    /// The defaults: exactly once, a commit every 100 ms, snapshots every 5 s, 10 s until a silent
    /// instance counts as dead, a stop where most records are rejected, 30 s of patience at the start.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            delivery: Delivery::ExactlyOnce,
            instance: "1".to_owned(),
            commit_interval: Duration::from_millis(100),
            snapshot_interval: Duration::from_secs(5),
            group_protocol: GroupProtocol::Classic,
            session_timeout: Duration::from_secs(10),
            dead_letter_limit: 0.5,
            patience: Duration::from_secs(30),
        }
    }
}
