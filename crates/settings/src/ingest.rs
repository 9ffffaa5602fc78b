//! `[ingest]`: what sources send, and the words that brands are known by.

use std::collections::BTreeMap;

use brands::Rules;
use decode::{COLUMNS, FIELDS, Format};
use redact::{Key, Pseudonyms};
use serde::Deserialize;

use crate::check::{Fault, fault, within};
use crate::{Brand, Secret};

/// `[ingest]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingest {
    /// A topic of one's own to read instead of `ophef.raw.v1`, by its full name.
    pub topic: Option<String>,
    /// The format of records whose header names none; told from the record if not set.
    pub format: Option<String>,
    /// Time zone of times that come without one, an IANA name.
    pub time_zone: String,
    /// The rating that stands for five stars, 1–1,000.
    pub rating_max: f64,
    /// Keys of the hash that stands for authors' ids, `ID:SECRET`, comma-separated: the
    /// present one, and those before it; best given as `OPHEF_INGEST__PSEUDONYM_KEYS`.
    pub pseudonym_keys: Option<Secret>,
    /// Whether heartbeats are written into the raw topic, so that time moves where nobody
    /// posts; if not set, into our own topic only.
    pub heartbeats: Option<bool>,
    /// Whether mentions keep the address of their post, which names its author as a rule.
    pub keep_urls: bool,
    /// Columns of tables, by the name of their field, before the usual names.
    pub columns: BTreeMap<String, String>,
    /// Where the fields of JSON of one's own stand.
    pub json: Option<Mapping>,
}

impl Default for Ingest {
    fn default() -> Self {
        Self {
            topic: None,
            format: None,
            time_zone: "UTC".to_owned(),
            rating_max: 5.0,
            pseudonym_keys: None,
            heartbeats: None,
            keep_urls: false,
            columns: BTreeMap::new(),
            json: None,
        }
    }
}

impl Ingest {
    /// The keys by which authors' ids are hashed; `None` if none is set.
    ///
    /// # Errors
    /// What is wrong with them, without the keys themselves.
    pub fn pseudonyms(&self) -> Result<Option<Pseudonyms>, String> {
        let Some(keys) = &self.pseudonym_keys else {
            return Ok(None);
        };
        let key = |(number, text): (usize, &str)| {
            let (id, secret) = text.trim().split_once(':').unwrap_or_default();
            let fault = |error| format!("key {} of the list {error}", number + 1);
            Key::new(id, secret.as_bytes()).map_err(fault)
        };
        let keys = keys.expose().split(',').enumerate().map(key);
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok(keys
            .next()
            .map(|present| Pseudonyms::new(present, keys.collect())))
    }
}

/// `[ingest.json]`: JSON Pointers by the names of their fields.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Mapping {
    /// Where each field stands, such as `/message/body`.
    #[serde(flatten)]
    pub pointers: BTreeMap<String, String>,
}

impl Brand {
    /// What posts about it are known by.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            slug: self.slug.clone(),
            names: self.names.clone(),
            ambiguous: self.ambiguous.clone(),
            handles: self.handles.clone(),
            hashtags: self.hashtags.clone(),
            products: self.products.clone(),
            context: self.context.clone(),
            exclude: self.exclude.clone(),
            languages: self.languages.clone(),
        }
    }
}

pub(crate) fn check(ingest: &Ingest) -> Vec<Fault> {
    let section = "ingest";
    let mut faults = Vec::new();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_name = |name: &str| (1..=240).contains(&name.len()) && name.bytes().all(legal);
    if ingest.topic.as_deref().is_some_and(|name| !is_name(name)) {
        let message = "isn't a topic's name of up to 240 letters, digits, . _ -";
        faults.push(fault(section, "topic", message));
    }
    if let Some(name) = &ingest.format
        && Format::from_name(name).is_none()
    {
        let names = Format::ALL.map(Format::as_str).join(", ");
        faults.push(fault(section, "format", format!("isn't one of {names}")));
    }
    if jiff::tz::TimeZone::get(&ingest.time_zone).is_err() {
        let zone = &ingest.time_zone;
        let message = format!("{zone:?} isn't an IANA time zone, such as Europe/Amsterdam");
        faults.push(fault(section, "time_zone", message));
    }
    if let Err(message) = ingest.pseudonyms() {
        faults.push(fault(section, "pseudonym_keys", message));
    }
    faults.extend(within(
        section,
        "rating_max",
        &ingest.rating_max,
        &(1.0..=1_000.0),
    ));
    for field in ingest.columns.keys() {
        if !COLUMNS.contains(&field.as_str()) {
            let message = format!("isn't one of {}", COLUMNS.join(", "));
            faults.push(fault("ingest.columns", field, message));
        }
    }
    for (field, pointer) in ingest.json.iter().flat_map(|json| &json.pointers) {
        if !FIELDS.contains(&field.as_str()) {
            let message = format!("isn't one of {}", FIELDS.join(", "));
            faults.push(fault("ingest.json", field, message));
        } else if field != "platform" && !pointer.starts_with('/') {
            let message = "isn't a JSON Pointer: it begins with `/`, such as /message/body";
            faults.push(fault("ingest.json", field, message));
        }
    }
    faults
}
