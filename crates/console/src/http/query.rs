//! What is asked for in an address.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mention::{EventTime, SpikeKind};
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::Problem;
use crate::store::{MAX_TEXT_CHARS, Query};
use crate::view::SearchForm;

/// The search, as pages and programs ask for it. Empty is as good as left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Asked {
    /// Slug of the brand.
    #[serde(default)]
    pub(super) brand: String,
    /// Name of the platform, or `all` for spikes over all of them.
    #[serde(default)]
    pub(super) platform: String,
    /// Kind of the spike, such as `complaint_wave`.
    #[serde(default)]
    pub(super) kind: String,
    /// Words, all of which are in a term, a driver or an example.
    #[serde(default)]
    pub(super) q: String,
    /// Not over before this day, or RFC 3339 time.
    #[serde(default)]
    pub(super) from: String,
    /// Begun on this day or before it, or before this RFC 3339 time.
    #[serde(default)]
    pub(super) until: String,
    /// `1` for open spikes only, `0` for those that are over.
    #[serde(default)]
    pub(super) open: String,
    /// `1` for spikes that call somebody only, `0` for the others.
    #[serde(default)]
    pub(super) pages: String,
    /// Results to pass over; a page has 50.
    #[serde(default)]
    pub(super) skip: String,
}

impl Asked {
    /// The query; days are those of `zone`.
    ///
    /// # Errors
    /// Something isn't what it should be; the text names it.
    pub(super) fn query(&self, zone: &TimeZone) -> Result<Query, Problem> {
        if self.q.chars().count() > MAX_TEXT_CHARS {
            let detail = format!("q is longer than {MAX_TEXT_CHARS} characters");
            return Err(Problem::bad_request(detail));
        }
        Ok(Query {
            brand: given(&self.brand),
            platform: given(&self.platform),
            kind: kind(&self.kind)?,
            text: given(&self.q),
            from: time("from", &self.from, zone, 0)?,
            until: time("until", &self.until, zone, 1)?,
            open: switch("open", &self.open)?,
            pages: switch("pages", &self.pages)?,
            skip: skip(&self.skip)?,
        })
    }

    /// The form that shows what was asked for.
    pub(super) fn form(self) -> SearchForm {
        SearchForm {
            open: self.open == "1",
            brand: self.brand,
            platform: self.platform,
            kind: self.kind,
            q: self.q,
            from: self.from,
            until: self.until,
        }
    }
}

/// How many results to pass over.
///
/// # Errors
/// It isn't a whole number.
pub(super) fn skip(text: &str) -> Result<usize, Problem> {
    if text.is_empty() {
        return Ok(0);
    }
    let fault = |_| Problem::bad_request("skip isn't a whole number");
    text.parse().map_err(fault)
}

/// The text, unless there is none.
pub(super) fn given(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn kind(name: &str) -> Result<Option<SpikeKind>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut kinds = SpikeKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.as_str() == name);
    let names = SpikeKind::ALL.map(SpikeKind::as_str).join(", ");
    let fault = || Problem::bad_request(format!("kind isn't one of {names}"));
    kind.map(Some).ok_or_else(fault)
}

/// A parameter that is on, off or left out.
///
/// # Errors
/// It is anything else.
pub(super) fn switch(key: &str, value: &str) -> Result<Option<bool>, Problem> {
    match value {
        "" => Ok(None),
        "1" | "true" => Ok(Some(true)),
        "0" | "false" => Ok(Some(false)),
        _ => Err(Problem::bad_request(format!("{key} is neither 1 nor 0"))),
    }
}

/// A time, or a day that begins (or, with `later`, ends) in the zone.
fn time(key: &str, text: &str, zone: &TimeZone, later: i64) -> Result<Option<EventTime>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(time) = text.parse::<EventTime>() {
        return Ok(Some(time));
    }
    let day = || -> Result<EventTime, jiff::Error> {
        let date: Date = text.parse()?;
        let date = date.checked_add(jiff::Span::new().try_days(later)?)?;
        let begin = date.to_zoned(zone.clone())?;
        Ok(EventTime::from_millis(begin.timestamp().as_millisecond()))
    };
    let fault = |_| {
        let detail = format!("{key} is neither a day such as 2026-03-02 nor an RFC 3339 time");
        Problem::bad_request(detail)
    };
    day().map(Some).map_err(fault)
}
