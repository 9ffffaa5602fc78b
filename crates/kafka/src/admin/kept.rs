//! How long records are kept: what a promise to forget rests on.

use std::time::Duration;

use futures_executor::block_on;
use rdkafka::admin::{ConfigResource, ResourceSpecifier};

use super::{admin_client, check, options, plans, reach};
use crate::{Connection, Error};

/// How long each of `topics`, full names, keeps a record at most, milliseconds: its
/// retention and the span of a segment, since a record goes with its segment. `None` for
/// one that keeps the last record of each key for ever. The broker looks every five minutes
/// (`log.retention.check.interval.ms`), which comes on top.
///
/// # Errors
/// [`Error::Unreachable`], [`Error::Refused`], [`Error::Forbidden`], or [`Error::Other`] with
/// the broker's reason, a topic that isn't there included.
pub fn kept_ms(connection: &Connection, topics: &[String]) -> Result<Vec<Option<u64>>, Error> {
    let admin = admin_client(connection)?;
    let ask = |topic: &String| {
        let doing = format!("read how long {topic} is kept");
        let resource = ResourceSpecifier::Topic(topic);
        let results = block_on(admin.describe_configs([&resource], &options()))
            .map_err(|error| Error::of(&error, &doing))?;
        match results.into_iter().next() {
            Some(Ok(found)) => Ok(of(&found)),
            Some(Err(code)) => Err(Error::of_code(code, &doing, &code.to_string())),
            None => Ok(None),
        }
    };
    topics.iter().map(ask).collect()
}

fn of(found: &ConfigResource) -> Option<u64> {
    let value = |key| found.get(key)?.value.as_deref();
    let number = |key| value(key)?.parse::<u64>().ok();
    let is_deleted = value("cleanup.policy").is_some_and(|policy| policy.contains("delete"));
    let sum = number("retention.ms")?.saturating_add(number("segment.ms")?);
    is_deleted.then_some(sum)
}

/// Topics of original bytes that are kept for longer than they should be, of those that
/// are there; the broker is waited for up to `within`. Who may not read a topic's settings
/// isn't told.
#[must_use]
pub fn kept_too_long(connection: &Connection, within: Duration) -> Vec<Error> {
    if reach(connection, within).is_err() {
        return Vec::new();
    }
    let mut private = plans(connection, 1, 1);
    private.retain(|plan| plan.is_private);
    let mut faults = check(connection, &private).unwrap_or_default();
    faults.retain(|fault| {
        let text = fault.to_string();
        ["retention.ms", "segment.ms"]
            .iter()
            .any(|key| text.contains(key))
    });
    faults
}
