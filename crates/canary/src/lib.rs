//! The canary: test records that prove the whole way through the pipeline.
//!
//! Every half minute a mention that is marked `canary` goes into each partition of
//! [`Topic::Mentions`], by the door that all others use. It is scored like any other; the
//! watcher recognises it, counts it in no share, and tells how long it was under way
//! (`ophef_canary_seconds`) and when the last one of each partition came
//! (`ophef_canary_seen_timestamp_seconds`). So a partition that stands still is told even
//! where nobody mentions anything.
//!
//! It is a process of its own: what proves that the others work shouldn't fall with
//! them, and the watcher needs no right to write mentions.

use std::time::{Duration, Instant};

use kafka::{Delivery, Outgoing, Sink, admin};
use mention::{EventTime, Topic, heartbeat};
use service::metrics::{IntCounter, RegisterError, Registry};
use service::{Context, Error, clock};

/// Name of the service: its health and its metric label.
pub const NAME: &str = "canary";

/// The brand that test records are of. It is watched by nobody.
pub const BRAND: &str = "ophef-canary";

/// Settings of the canary.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// Time between two test records of a partition.
    pub interval: Duration,
    /// Whether a heartbeat goes with them: then event time follows the wall clock, also
    /// where nobody mentions anything. Wrong where history is played.
    pub heartbeats: bool,
}

impl Settings {
    /// The defaults: every half minute, without heartbeats.
    #[must_use]
    pub const fn new(service: service::Settings) -> Self {
        Self {
            service,
            interval: Duration::from_secs(30),
            heartbeats: false,
        }
    }
}

/// Metrics of the service. Every label is a closed set.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_canary_sent_total{outcome="sent"}`: test records that Kafka has taken.
    sent: IntCounter,
    /// `ophef_canary_sent_total{outcome="failed"}`: rounds of them that it hasn't.
    failed: IntCounter,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another canary of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let sent = registry.counters(
            "ophef_canary_sent_total",
            "Test records: sent, or rounds of them that failed.",
            &["outcome"],
        )?;
        let of = |outcome: &str| sent.with_label_values(&[outcome]);
        Ok(Self {
            sent: of("sent"),
            failed: of("failed"),
        })
    }
}

/// Sends test records until stopping is asked for. A broker that is out of reach later
/// than at the start is waited for, and told by the metrics.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    context.announce(NAME)?;
    let part = context.health.enter(NAME);
    part.set(false, "waiting for Kafka");
    let connection = &settings.service.connection;
    let topics = [connection.topic(Topic::Mentions)];
    let partitions = admin::partitions(connection, &topics, settings.service.patience)?[0];
    tracing::info!(partitions, interval = ?settings.interval, "sending test records");
    let mut sink = None;
    while !context.shutdown.is_requested() {
        let began = Instant::now();
        match round(settings, partitions, &mut sink) {
            Ok(sent) => {
                metrics.sent.inc_by(sent);
                part.set(true, "running");
            }
            Err(fault) => {
                // The next round begins with a connection of its own.
                sink = None;
                metrics.failed.inc();
                tracing::warn!(error = %fault, "test records not sent");
                part.set(false, &format!("waiting: {fault}"));
            }
        }
        let left = settings.interval.saturating_sub(began.elapsed());
        context.shutdown.sleep(left);
    }
    Ok(())
}

/// One test record into each partition; how many.
fn round(
    settings: &Settings,
    partitions: i32,
    sink: &mut Option<Sink>,
) -> Result<u64, kafka::Error> {
    let sink = match sink {
        Some(sink) => sink,
        None => sink.insert(Sink::connect(
            &settings.service.connection,
            Delivery::AtLeastOnce,
            NAME,
            &settings.service.instance,
        )?),
    };
    let now = clock::now();
    let beat = settings.heartbeats.then(|| heartbeat(now));
    for partition in 0..partitions {
        let record = test_record(now, partition);
        let key = (Some(BRAND.as_bytes()), record.as_str());
        let beat = beat.as_deref().map(|beat| (None, beat));
        for (key, value) in beat.into_iter().chain([key]) {
            sink.send(&Outgoing {
                topic: Topic::Mentions,
                partition: Some(partition),
                key,
                value: Some(value.as_bytes()),
                stamped_at: None,
            })?;
        }
    }
    sink.flush()?;
    Ok(u64::try_from(partitions).unwrap_or_default())
}

/// The test record of a partition; no two are alike.
fn test_record(now: EventTime, partition: i32) -> String {
    format!(
        r#"{{"id":"canary-{}-{partition}","brand":"{BRAND}","platform":"other","created_at":"{now}","text":"Dit is een proefbericht van Ophef zelf, geen klacht.","lang":"nl","canary":true}}"#,
        now.millis()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

    use super::*;

    #[test]
    fn test_records_keep_the_contract() {
        let now = EventTime::from_millis(1_772_406_000_123);
        let text = test_record(now, 3);
        let mention::Record::Mention(mention) = mention::parse(text.as_bytes()).unwrap() else {
            panic!("not a mention");
        };
        assert!(mention.canary && mention.brand.as_str() == BRAND);
        assert_eq!(mention.created_at, now);
        assert_ne!(test_record(now, 4), text);
    }
}
