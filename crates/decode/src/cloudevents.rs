//! CloudEvents 1.0 around any other format, in both modes that the Kafka binding has.
//!
//! Source of the shapes: the specification, its JSON event format, and the Kafka protocol
//! binding. In structured mode the value is the envelope; in binary mode the headers
//! `ce_…` are, and the value is the event's data.
//!
//! The data's format is told by the event's type where that ends in its name
//! (`com.example.mention`, `com.example.mention.v1`), and from the data otherwise.

use mention::{EventTime, Reason, Rejection, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::format::Format;
use crate::read::{bad, json, lacking, within};
use crate::{Options, Raw};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    time: Option<EventTime>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<serde::de::IgnoredAny>,
}

/// Whether the headers are those of an event in binary mode.
pub(crate) fn is_binary(raw: &Raw<'_>) -> bool {
    raw.header("ce_specversion").is_some()
}

pub(crate) fn decode<'a>(raw: &Raw<'a>, options: &Options) -> Result<Vec<Event<'a>>, Rejection> {
    if is_binary(raw) {
        return binary(raw, options);
    }
    let envelope: Envelope<'a> = json(raw.value)?;
    check_version(&envelope.specversion, "specversion")?;
    let Some(data) = envelope.data else {
        return Err(match envelope.data_base64 {
            Some(_) => bad("data_base64", "binary data isn't read: send JSON as data"),
            None => lacking("data"),
        });
    };
    let inner = Raw {
        value: data.get().as_bytes(),
        ..*raw
    };
    let events =
        decode_inner(&inner, &envelope.kind, options).map_err(|fault| within("data", fault))?;
    Ok(with_time(events, envelope.time))
}

fn binary<'a>(raw: &Raw<'a>, options: &Options) -> Result<Vec<Event<'a>>, Rejection> {
    let version = raw.header("ce_specversion").unwrap_or_default();
    check_version(version, "ce_specversion")?;
    let kind = raw.header("ce_type").ok_or_else(|| lacking("ce_type"))?;
    let time = match raw.header("ce_time") {
        None => None,
        Some(time) => Some(time.parse().map_err(|_| bad("ce_time", "not a time"))?),
    };
    decode_inner(raw, kind, options).map(|events| with_time(events, time))
}

fn check_version(version: &str, field: &str) -> Result<(), Rejection> {
    let is_known = version.split('.').next() == Some("1");
    is_known
        .then_some(())
        .ok_or_else(|| bad(field, "only version 1 is read"))
}

fn decode_inner<'a>(
    raw: &Raw<'a>,
    kind: &str,
    options: &Options,
) -> Result<Vec<Event<'a>>, Rejection> {
    let format = match of_type(kind) {
        Some(format) => format,
        None => crate::detect(raw, options)?,
    };
    if format == Format::CloudEvents {
        let detail = "an event within an event";
        return Err(Rejection::new(Reason::UnknownFormat, detail));
    }
    crate::decode_as(format, raw, options)
}

/// The format that a type ends in, a version after it aside.
fn of_type(kind: &str) -> Option<Format> {
    let mut parts = kind.rsplit('.');
    let last = parts.next()?;
    let is_version = last.len() > 1
        && last.starts_with('v')
        && last.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let name = if is_version { parts.next()? } else { last };
    Format::from_name(name).filter(|format| *format != Format::CloudEvents)
}

/// The envelope's time stands in for one that the data doesn't have.
fn with_time(mut events: Vec<Event<'_>>, time: Option<EventTime>) -> Vec<Event<'_>> {
    for event in &mut events {
        match event {
            Event::Post(post) => {
                post.created_at = post.created_at.or(time);
                post.observed_at = post.observed_at.or(time);
            }
            Event::Delete(gone) => gone.observed_at = gone.observed_at.or(time),
            Event::AuthorGone(gone) => gone.observed_at = gone.observed_at.or(time),
            Event::Heartbeat(_) | Event::Ignored(_) => {}
        }
    }
    events
}
