//! The door: what comes in from outside, onto the topic of raw input.
//!
//! A source writes what it receives to [`mention::Topic::Raw`] as it received it, with
//! the name of its format; `ingest` reads it from there. So a fault in reading loses
//! nothing, and nothing personal goes further than that topic before it is redacted.
//!
//! Four sources: [`http`], an endpoint that answers once Kafka has what it was given (it
//! takes totals of campaigns too, onto [`mention::Topic::CampaignEvents`]);
//! [`bluesky`], the Jetstream of that network, exactly once by a cursor that is committed
//! with the posts; [`mastodon`], the streaming API of any instance, with what it missed by
//! the REST API; and [`lines`], a file
//! or standard input. The endpoint writes through a [`Writer`] for each topic, a thread of
//! its own.

pub mod bluesky;
mod catch_up;
mod error;
pub mod http;
mod jitter;
pub mod lines;
pub mod mastodon;
mod metrics;
mod place;
mod protocol;
mod raw;
mod rest;
mod socket;
mod writer;

use std::time::{Duration, Instant};

pub use error::{Error, Token};
pub use metrics::Metrics;
pub use raw::RawRecord;
pub use writer::{Unwritten, Writer};

/// Name of the service: its health, its group, its metric label.
pub const NAME: &str = "source";

/// How long a topic may take to be known after it was created.
const CREATED: Duration = Duration::from_secs(5);
/// Pause between two questions for it.
const PAUSE: Duration = Duration::from_millis(200);

/// Numbers of partitions of `topics`; one that was created a moment ago is waited for.
fn partitions(settings: &service::Settings, topics: &[String]) -> Result<Vec<i32>, kafka::Error> {
    let deadline = Instant::now() + CREATED;
    loop {
        match kafka::admin::partitions(&settings.connection, topics, settings.patience) {
            Err(kafka::Error::TopicMissing { .. }) if Instant::now() < deadline => {
                std::thread::sleep(PAUSE);
            }
            Ok(partitions) => {
                warn_of_retention(settings);
                return Ok(partitions);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Raw input holds what people wrote, with their names: says so where it is kept for longer
/// than it should be.
fn warn_of_retention(settings: &service::Settings) {
    for fault in kafka::admin::kept_too_long(&settings.connection, CREATED) {
        tracing::warn!(%fault, "original posts are kept for too long");
    }
}
