//! What sources send, read as posts.
//!
//! A source writes what it receives to the topic of raw input, as it received it. Here
//! the bytes become [`Event`]s: somebody posted or edited, a post or an account is gone,
//! time moved on. Each format has a module of its own; a format that isn't named is told
//! from the value ([`detect`]). Fields that a format doesn't name are passed over; one
//! with a wrong type or value rejects the record, with the path of the field.
//!
//! ```
//! use decode::{Event, Options, Raw, decode};
//!
//! let json = br#"{"did":"did:plc:example","time_us":1772442000000000,"kind":"commit",
//!     "commit":{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k",
//!     "record":{"$type":"app.bsky.feed.post","createdAt":"2026-03-02T09:00:00Z","text":"Hoi"}}}"#;
//! let events = decode(&Raw::new(json), &Options::default())?;
//! let Event::Post(post) = &events[0] else { unreachable!() };
//! assert_eq!(post.text.as_deref(), Some("Hoi"));
//! # Ok::<(), mention::Rejection>(())
//! ```
//!
//! This crate is pure: no clock, no environment, no input or output.

mod activitystreams;
mod brandwatch;
mod cloudevents;
mod contract;
mod event;
mod format;
mod hash;
mod html;
mod jetstream;
mod mapped;
mod mastodon;
mod meltwater;
mod own;
mod read;
mod reddit;
mod reviews;
mod rows;
mod table;
mod talkwalker;
mod words;
mod x;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use mention::{HEADER_COLUMNS, HEADER_FORMAT, HEADER_SOURCE, Reason, Rejection};

pub use event::{AuthorGone, Change, Deletion, Event, Ignored, Post, PostId};
pub use format::Format;
pub use mapped::{FIELDS, Mapping};
pub use rows::{Rows, RowsError};
pub use table::{COLUMNS, are_columns};
pub use words::platform_of;

use table::Table;

/// Room for what has to be unpacked before it can be read: the events borrow from it, as
/// they do from the record.
#[derive(Debug, Default)]
pub struct Room(OnceCell<Vec<u8>>);

/// A record as a source sent it.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    /// Its bytes.
    pub value: &'a [u8],
    /// Looks a header up.
    headers: &'a dyn Fn(&str) -> Option<&'a [u8]>,
    room: Option<&'a Room>,
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = &self.value.len();
        f.debug_struct("Raw")
            .field("bytes", length)
            .finish_non_exhaustive()
    }
}

impl<'a> Raw<'a> {
    /// A record without headers.
    #[must_use]
    pub const fn new(value: &'a [u8]) -> Self {
        Self {
            value,
            headers: &|_| None,
            room: None,
        }
    }

    /// A record whose headers `headers` looks up.
    #[must_use]
    pub const fn with_headers(
        value: &'a [u8],
        headers: &'a dyn Fn(&str) -> Option<&'a [u8]>,
    ) -> Self {
        Self {
            value,
            headers,
            room: None,
        }
    }

    /// The same with room for what has to be unpacked, without which that is rejected.
    #[must_use]
    pub const fn with_room(mut self, room: &'a Room) -> Self {
        self.room = Some(room);
        self
    }

    /// The header `name` as text, if it is there and is one.
    fn header(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8((self.headers)(name)?).ok()
    }
}

/// What a deployment says about its sources.
#[derive(Debug, Clone)]
pub struct Options {
    /// The format of records whose header names none; told from the value if `None`.
    pub format: Option<Format>,
    /// Time zone of times that have none.
    pub time_zone: TimeZone,
    /// Columns of tables by the name of their field, before the usual names.
    pub columns: BTreeMap<String, String>,
    /// The rating that stands for five stars.
    pub rating_max: f64,
    /// Where the fields of [`Format::Json`] stand.
    pub mapping: Option<Mapping>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            time_zone: TimeZone::UTC,
            columns: BTreeMap::new(),
            rating_max: 5.0,
            mapping: None,
        }
    }
}

/// Reads a record as what its header, the configuration or its value says it is.
///
/// # Errors
/// A [`Rejection`] that names the first field at fault, or [`Reason::UnknownFormat`].
pub fn decode<'a>(raw: &Raw<'a>, options: &Options) -> Result<Vec<Event<'a>>, Rejection> {
    decode_as(detect(raw, options)?, raw, options)
}

/// The format of a record: what its header names, or else the configuration, or else
/// what the value looks like.
///
/// # Errors
/// [`Reason::UnknownFormat`], or a value that is neither JSON nor a table.
pub fn detect(raw: &Raw<'_>, options: &Options) -> Result<Format, Rejection> {
    if let Some(name) = raw.header(HEADER_FORMAT) {
        let found = Format::from_name(name);
        return found.ok_or_else(|| unknown(format!("{HEADER_FORMAT}: no format of that name")));
    }
    if let Some(format) = options.format {
        return Ok(format);
    }
    told(raw, options)
}

/// What the value looks like.
fn told(raw: &Raw<'_>, options: &Options) -> Result<Format, Rejection> {
    if let Some(columns) = raw.header(HEADER_COLUMNS) {
        let table = Table::read(raw.value, Some(columns))?;
        return Ok(Format::of_columns(table.columns()));
    }
    let value = raw.value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw.value);
    if matches!(value.trim_ascii_start().first(), Some(b'{' | b'[')) {
        let value = read::json(value)?;
        let by_mapping = options.mapping.as_ref().map(|_| Format::Json);
        let found = Format::of_json(&value).or(by_mapping);
        return found.ok_or_else(|| {
            unknown(format!(
                "name it in the header {HEADER_FORMAT}, or as `format` under [ingest]"
            ))
        });
    }
    let table = Table::read(raw.value, None)
        .map_err(|fault| Rejection::new(fault.reason, "neither JSON nor a table"))?;
    let found = Format::of_columns(table.columns());
    // Any two words are a table of one column.
    let is_told = |column: &String| reviews::LAYOUT.text.contains(&column.as_str());
    if found != Format::Reviews || table.columns().iter().any(is_told) {
        return Ok(found);
    }
    Err(unknown("a table without a column of texts".to_owned()))
}

fn unknown(detail: String) -> Rejection {
    Rejection::new(Reason::UnknownFormat, detail)
}

/// Of all tables that are known.
const LAYOUTS: [&table::Layout; 4] = [
    &reviews::LAYOUT,
    &brandwatch::LAYOUT,
    &meltwater::LAYOUT,
    &talkwalker::LAYOUT,
];

/// Reads a record as `format`. Envelopes of [`Format::CloudEvents`] are also seen where
/// their headers are there and another format is named: that is then the data's.
///
/// # Errors
/// As [`decode`].
pub fn decode_as<'a>(
    format: Format,
    raw: &Raw<'a>,
    options: &Options,
) -> Result<Vec<Event<'a>>, Rejection> {
    let table = |layout: &table::Layout| {
        Table::read(raw.value, raw.header(HEADER_COLUMNS))?.posts(layout, options)
    };
    match format {
        Format::Jetstream => jetstream::decode(raw.value),
        Format::Mastodon => mastodon::decode(raw.value, raw.header(HEADER_SOURCE)),
        Format::ActivityStreams => activitystreams::decode(raw.value),
        Format::X => x::decode(raw.value),
        Format::Reddit => reddit::decode(raw.value),
        Format::Reviews => table(&reviews::LAYOUT),
        Format::Brandwatch => table(&brandwatch::LAYOUT),
        Format::Meltwater => table(&meltwater::LAYOUT),
        Format::Talkwalker => table(&talkwalker::LAYOUT),
        Format::CloudEvents => cloudevents::decode(raw, options),
        Format::Mention => own::decode(raw.value),
        Format::Json => mapped::decode(raw.value, options),
    }
}
