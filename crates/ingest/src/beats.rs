//! Time that moves though nobody posts.
//!
//! Every few seconds a heartbeat goes into each raw partition that is ours. What the stages
//! make of it says: everything that came into that partition before this moment is behind.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka::{Delivery, Outgoing, Sink};
use mention::{HEADER_FORMAT, HEADER_SOURCE, Topic, heartbeat};
use service::{Context, clock};

/// What the source of our own heartbeats is called.
pub(crate) const SOURCE: &str = "ophef-ingest";
/// Time between two of a partition: far below the minutes in which spikes are decided.
const INTERVAL: Duration = Duration::from_secs(5);

/// The raw partitions that are ours at the moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assigned(Arc<Mutex<BTreeSet<i32>>>);

impl Assigned {
    pub(crate) fn insert(&self, partition: i32) {
        self.with(|partitions| partitions.insert(partition));
    }

    pub(crate) fn remove(&self, partition: i32) {
        self.with(|partitions| partitions.remove(&partition));
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeSet<i32>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes heartbeats until stopping is asked for. A broker out of reach is waited for: then
/// time stands still, as it should.
pub(crate) fn run(assigned: &Assigned, settings: &service::Settings, context: &Context) {
    let mut settings = settings.clone();
    settings.connection.deadline = context.shutdown.deadline();
    let mut sink = None;
    while !context.shutdown.is_requested() {
        context.shutdown.sleep(INTERVAL);
        let partitions = assigned.with(|partitions| partitions.clone());
        if partitions.is_empty() || context.shutdown.is_requested() {
            continue;
        }
        if let Err(error) = round(&partitions, &mut sink, &settings) {
            tracing::warn!(%error, "heartbeats not written");
            // The next round begins with a connection of its own.
            sink = None;
        }
    }
}

fn round(
    partitions: &BTreeSet<i32>,
    sink: &mut Option<Sink>,
    settings: &service::Settings,
) -> Result<(), kafka::Error> {
    let sink = match sink {
        Some(sink) => sink,
        None => sink.insert(Sink::connect(
            &settings.connection,
            Delivery::AtLeastOnce,
            "heartbeats",
            &settings.instance,
        )?),
    };
    let value = heartbeat(clock::now());
    for &partition in partitions {
        let outgoing = Outgoing {
            topic: Topic::Raw,
            partition: Some(partition),
            key: None,
            value: Some(value.as_bytes()),
            stamped_at: None,
        };
        let headers = [(HEADER_FORMAT, "mention"), (HEADER_SOURCE, SOURCE)];
        sink.send_with(
            &outgoing,
            headers.map(|(name, value)| (name, value.as_bytes())),
        )?;
    }
    sink.flush()
}
