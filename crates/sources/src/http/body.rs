//! From a request's body to records: one mention, an array, lines, or CloudEvents.

use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use decode::{Event, Format, Options, Raw, Room};
use mention::{MAX_RECORD_BYTES, Platform, Reason, Rejection, is_brand_slug};
use serde_json::value::RawValue;

use super::problem::{FAULTS_MAX, Fault, Problem};
use crate::RawRecord;

/// How a body holds its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One JSON object, or an array of them.
    Json,
    /// One JSON object a line.
    Lines,
    /// One object, whatever it is: an envelope, or the data of one.
    One,
}

/// What a request says about its body.
#[derive(Debug)]
pub(crate) struct Content {
    shape: Shape,
    format: Format,
    /// Of an event in binary mode: its attributes, as Kafka's binding names them.
    attributes: Vec<(String, String)>,
}

impl Content {
    /// By the headers, and by the format that the address names if it does.
    pub(crate) fn of(headers: &HeaderMap, format: Option<&str>) -> Result<Self, Problem> {
        if headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding != "identity")
        {
            return Err(unsupported("a body without Content-Encoding is read"));
        }
        let format = format.map_or(Ok(Format::Mention), |name| {
            let known = Format::from_name(name);
            known.ok_or_else(|| Problem::bad("`format` isn't the name of a format"))
        })?;
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let kind = kind
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        let of = |shape, format| {
            Ok(Self {
                shape,
                format,
                attributes: Vec::new(),
            })
        };
        if headers.contains_key("ce-specversion") {
            let attributes = attributes(headers)?;
            return Ok(Self {
                shape: Shape::One,
                format: Format::CloudEvents,
                attributes,
            });
        }
        match kind.as_str() {
            "application/json" => of(Shape::Json, format),
            "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                of(Shape::Lines, format)
            }
            "application/cloudevents+json" => of(Shape::One, Format::CloudEvents),
            "application/cloudevents-batch+json" => of(Shape::Json, Format::CloudEvents),
            _ => Err(unsupported(
                "application/json, application/x-ndjson, application/cloudevents+json and \
                 application/cloudevents-batch+json are read",
            )),
        }
    }
}

fn unsupported(detail: &str) -> Problem {
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Problem::new(status, "the body is of a kind that isn't read", detail)
}

/// Attributes of an event in binary mode, from `ce-…` to `ce_…`. Their values may be
/// percent-encoded (CloudEvents, HTTP binding, 3.1.3.2).
fn attributes(headers: &HeaderMap) -> Result<Vec<(String, String)>, Problem> {
    let own = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().strip_prefix("ce-")?, value)));
    let mut attributes = Vec::new();
    for (name, value) in own.take(64) {
        let text = value.to_str().ok().and_then(unescape);
        let text = text.ok_or_else(|| {
            Problem::bad(format!("the header ce-{name} isn't UTF-8, percent-encoded"))
        })?;
        attributes.push((format!("ce_{name}"), text));
    }
    Ok(attributes)
}

/// A text without percent-encoding.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let (b'%', [high, low, after @ ..]) = (first, after) else {
            bytes.push(*first);
            continue;
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let byte = digit(high)? * 16 + digit(low)?;
        bytes.push(u8::try_from(byte).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The records of a body; either all of them keep the contract, or none is taken.
pub(crate) fn records(body: &Bytes, content: &Content) -> Result<Vec<RawRecord>, Problem> {
    let pieces = pieces(body, content.shape)?;
    if pieces.is_empty() {
        return Err(Problem::bad("the body has no mention"));
    }
    let is_array = content.shape == Shape::Json && body.trim_ascii_start().starts_with(b"[");
    let mut records = Vec::with_capacity(pieces.len());
    let mut faults = Vec::new();
    let options = Options::default();
    for (index, value) in pieces.into_iter().enumerate() {
        match record(value, content, &options) {
            Ok(record) => records.push(record),
            Err(rejection) => faults.push(fault(index, is_array, &rejection)),
        }
        if faults.len() >= FAULTS_MAX {
            break;
        }
    }
    if faults.is_empty() {
        return Ok(records);
    }
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "mentions don't keep the contract",
        "nothing of the request was taken; mend what `errors` names and send all of it again",
    );
    Err(Problem { faults, ..problem })
}

fn record(value: Bytes, content: &Content, options: &Options) -> Result<RawRecord, Rejection> {
    if value.len() > MAX_RECORD_BYTES {
        let detail = format!("{} bytes, {MAX_RECORD_BYTES} are read", value.len());
        return Err(Rejection::new(Reason::RecordTooLarge, detail));
    }
    let header = |name: &str| {
        let found = content.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_bytes())
    };
    let room = Room::default();
    let raw = Raw::with_headers(&value, &header).with_room(&room);
    let events = decode::decode_as(content.format, &raw, options)?;
    let brands = events.iter().filter_map(|event| match event {
        Event::Post(post) => post.brand.as_ref(),
        Event::Delete(gone) => gone.brand.as_ref(),
        _ => None,
    });
    for brand in brands {
        if !is_brand_slug(brand) {
            let detail = "brand: isn't 1 to 64 of a-z 0-9 - _ . that begin with a letter or digit";
            return Err(Rejection::new(Reason::BadField, detail));
        }
    }
    let key = key(events.first());
    Ok(RawRecord {
        key,
        value,
        format: Some(content.format.as_str()),
        headers: content.attributes.clone(),
    })
}

/// All events of a post go to one partition.
fn key(event: Option<&Event<'_>>) -> Vec<u8> {
    let (platform, name) = match event {
        Some(Event::Post(post)) => (post.platform, post.id.as_ref().map(|id| &id.name)),
        Some(Event::Delete(gone)) => (gone.platform, Some(&gone.id.name)),
        Some(Event::AuthorGone(gone)) => (gone.platform, Some(&gone.author)),
        _ => (None, None),
    };
    let platform = platform.map_or("", Platform::as_str);
    name.map_or_else(Vec::new, |name| {
        [platform, "/", &**name].concat().into_bytes()
    })
}

/// The path that a rejection's detail begins with, as a JSON Pointer.
fn fault(index: usize, is_array: bool, rejection: &Rejection) -> Fault {
    let path = rejection.detail.split(':').next().unwrap_or_default();
    let is_path = !path.is_empty() && !path.contains(' ') && path != rejection.detail;
    let mut pointer = if is_array {
        format!("/{index}")
    } else {
        String::new()
    };
    if is_path {
        for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
            pointer += &format!("/{}", part.replace('~', "~0").replace('/', "~1"));
        }
    }
    Fault {
        index,
        pointer,
        reason: rejection.reason.as_str(),
        detail: rejection.detail.clone(),
    }
}

/// The events' own bytes.
fn pieces(body: &Bytes, shape: Shape) -> Result<Vec<Bytes>, Problem> {
    let trimmed = |bytes: &[u8]| body.slice_ref(bytes.trim_ascii());
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    match shape {
        Shape::One => Ok(vec![trimmed(body)]),
        Shape::Lines => {
            let lines = body.split(|byte| *byte == b'\n').map(trimmed);
            Ok(lines.filter(|line| !line.is_empty()).collect())
        }
        Shape::Json if !body.trim_ascii_start().starts_with(b"[") => Ok(vec![trimmed(body)]),
        Shape::Json => {
            let all: Vec<&RawValue> = serde_json::from_slice(body)
                .map_err(|error| Problem::bad(format!("the body isn't a JSON array: {error}")))?;
            Ok(all
                .into_iter()
                .map(|one| body.slice_ref(one.get().as_bytes()))
                .collect())
        }
    }
}
