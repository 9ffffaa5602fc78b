//! From a request's body to records: one mention, an array, lines, or CloudEvents; or the
//! totals of campaigns.

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
    what: What,
}

/// What the events of a body are.
#[derive(Debug)]
enum What {
    /// For the topic of raw input.
    Posts {
        format: Format,
        /// Of an event in binary mode: its attributes, as Kafka's binding names them.
        attributes: Vec<(String, String)>,
    },
    /// For the topic of campaign events.
    Totals,
}

impl What {
    const fn name(&self) -> &'static str {
        match self {
            Self::Posts { .. } => "mention",
            Self::Totals => "totals",
        }
    }

    const fn fault(&self) -> &'static str {
        match self {
            Self::Posts { .. } => "mentions don't keep the contract",
            Self::Totals => "totals don't keep the contract",
        }
    }
}

impl Content {
    /// Of mentions and other posts: by the headers, and by the format that the address names
    /// if it does.
    pub(crate) fn of(headers: &HeaderMap, format: Option<&str>) -> Result<Self, Problem> {
        let kind = kind(headers)?;
        let format = format.map_or(Ok(Format::Mention), |name| {
            let known = Format::from_name(name);
            known.ok_or_else(|| Problem::bad("`format` isn't the name of a format"))
        })?;
        let of = |shape, format, attributes| Self {
            shape,
            what: What::Posts { format, attributes },
        };
        if headers.contains_key("ce-specversion") {
            let attributes = attributes(headers)?;
            return Ok(of(Shape::One, Format::CloudEvents, attributes));
        }
        match kind.as_str() {
            "application/cloudevents+json" => Ok(of(Shape::One, Format::CloudEvents, Vec::new())),
            "application/cloudevents-batch+json" => {
                Ok(of(Shape::Json, Format::CloudEvents, Vec::new()))
            }
            kind => {
                let shape = Shape::of(kind).ok_or_else(|| {
                    unsupported(
                        "application/json, application/x-ndjson, application/cloudevents+json and \
                         application/cloudevents-batch+json are read",
                    )
                })?;
                Ok(of(shape, format, Vec::new()))
            }
        }
    }

    /// Of the totals of campaigns.
    pub(crate) fn of_totals(headers: &HeaderMap) -> Result<Self, Problem> {
        let shape = Shape::of(&kind(headers)?)
            .ok_or_else(|| unsupported("application/json and application/x-ndjson are read"))?;
        Ok(Self {
            shape,
            what: What::Totals,
        })
    }
}

impl Shape {
    /// By the media type, in small letters; `None` if it is neither JSON nor lines of it.
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "application/json" => Some(Self::Json),
            "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                Some(Self::Lines)
            }
            _ => None,
        }
    }
}

/// The media type of a body, in small letters without its parameters; empty if none is
/// told.
fn kind(headers: &HeaderMap) -> Result<String, Problem> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return Err(unsupported("a body without Content-Encoding is read"));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    Ok(kind.unwrap_or_default().trim().to_ascii_lowercase())
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
pub(crate) fn records(
    body: &Bytes,
    content: &Content,
    options: &Options,
) -> Result<Vec<RawRecord>, Problem> {
    let pieces = pieces(body, content.shape)?;
    if pieces.is_empty() {
        let name = content.what.name();
        return Err(Problem::bad(format!("the body has no {name}")));
    }
    let is_array = content.shape == Shape::Json && body.trim_ascii_start().starts_with(b"[");
    let mut records = Vec::with_capacity(pieces.len());
    let mut faults = Vec::new();
    for (index, value) in pieces.into_iter().enumerate() {
        match record(value, content, options) {
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
        content.what.fault(),
        "nothing of the request was taken; mend what `errors` names and send all of it again",
    );
    Err(Problem { faults, ..problem })
}

fn record(value: Bytes, content: &Content, options: &Options) -> Result<RawRecord, Rejection> {
    match &content.what {
        What::Posts { format, attributes } => posts(value, *format, attributes, options),
        What::Totals => totals(value),
    }
}

/// Totals go on as they came, for the stage that joins them; by the brand, as the topic has
/// it. The clock is looked at here too, since there the sender isn't told any more.
fn totals(value: Bytes) -> Result<RawRecord, Rejection> {
    let event = mention::parse_campaign_event(&value)?;
    event.read_at(service::clock::now())?;
    let key = event.brand.as_bytes().to_vec();
    Ok(RawRecord {
        key,
        ..RawRecord::new(value, None)
    })
}

fn posts(
    value: Bytes,
    format: Format,
    attributes: &[(String, String)],
    options: &Options,
) -> Result<RawRecord, Rejection> {
    if value.len() > MAX_RECORD_BYTES {
        let detail = format!("{} bytes, {MAX_RECORD_BYTES} are read", value.len());
        return Err(Rejection::new(Reason::RecordTooLarge, detail));
    }
    let header = |name: &str| {
        let found = attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_bytes())
    };
    let room = Room::default();
    let raw = Raw::with_headers(&value, &header).with_room(&room);
    let events = decode::decode_as(format, &raw, options)?;
    let brands = events.iter().filter_map(|event| match event {
        Event::Post(post) => post.brand.as_ref(),
        Event::Delete(gone) => gone.brand.as_ref(),
        _ => None,
    });
    let now = service::clock::now();
    for event in &events {
        if let Event::Post(post) = event {
            post.check(now, format == Format::Mention || post.brand.is_some())?;
        }
    }
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
        format: Some(format.as_str()),
        headers: attributes.to_vec(),
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
    // What isn't there is told by its path alone.
    let is_missing = rejection.reason == Reason::MissingField;
    let is_whole = path == rejection.detail;
    let is_path = !path.is_empty() && !path.contains(' ') && (is_missing || !is_whole);
    let mut pointer = if is_array {
        format!("/{index}")
    } else {
        String::new()
    };
    if is_path && path.starts_with('/') {
        // A mapping's paths are pointers already.
        pointer += path;
    } else if is_path {
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
