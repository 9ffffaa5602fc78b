//! CloudEvents 1.0 around any other format, in both modes that the Kafka binding has.
//!
//! Source of the shapes: the specification, its JSON event format, and the Kafka protocol
//! binding. In structured mode the value is the envelope; in binary mode the headers
//! `ce_…` are, and the value is the event's data.
//!
//! JSON may come as `data_base64` too, which some brokers' bridges make of it.
//!
//! The data's format is told by the event's type where that ends in its name
//! (`com.example.mention`, `com.example.mention.v1`), and from the data otherwise.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mention::{EventTime, Reason, Rejection, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::format::Format;
use crate::read::{bad, json, lacking, within};
use crate::{Options, Raw, Room};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    time: Option<EventTime>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    data_base64: Option<Text<'a>>,
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
    let (field, value) = match (envelope.data, &envelope.data_base64) {
        (Some(data), _) => ("data", data.get().as_bytes()),
        (None, Some(packed)) => ("data_base64", unpack(packed, raw.room)?),
        (None, None) => return Err(lacking("data")),
    };
    let inner = Raw { value, ..*raw };
    let events =
        decode_inner(&inner, &envelope.kind, options).map_err(|fault| within(field, fault))?;
    Ok(with_time(events, envelope.time))
}

/// The bytes behind a text in Base64 (RFC 4648, as the specification wants it).
fn unpack<'a>(packed: &str, room: Option<&'a Room>) -> Result<&'a [u8], Rejection> {
    let field = "data_base64";
    let bytes = STANDARD
        .decode(packed)
        .map_err(|_| bad(field, "isn't Base64"))?;
    let room = room.ok_or_else(|| bad(field, "isn't read here: send JSON as data"))?;
    Ok(room.0.get_or_init(|| bytes))
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
        // Who names the envelope's format says nothing of what is in it.
        None => match crate::detect(raw, options)? {
            Format::CloudEvents => crate::told(raw, options)?,
            format => format,
        },
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
