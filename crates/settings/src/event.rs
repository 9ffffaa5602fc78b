//! Campaigns and events that are known ahead: `[[event]]`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use mention::EventTime;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::check::Fault;
use crate::{Brand, Settings};

/// Entries that a file may hold: each is looked at whenever a spike opens.
const MOST_EVENTS: usize = 1_000;
/// Characters of a name: it is shown in alerts.
const MOST_NAME_CHARS: usize = 80;
/// Days that an entry may last. What lasts longer isn't an event but the usual, which
/// is learned; while an event runs, the usual volume isn't.
const MOST_DAYS: i64 = 92;
/// The least and the largest expected volume, times the usual.
const EXPECTED_VOLUME: std::ops::RangeInclusive<f64> = 1.0..=1_000.0;

/// `[[event]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Event {
    /// What it is called; shown with the spikes that begin in it.
    pub name: String,
    /// What it is.
    pub kind: EventKind,
    /// Slugs of the brands it is about; none for all.
    pub brands: Vec<String>,
    /// When it begins; needed.
    pub from: Option<Moment>,
    /// When it is over; a whole day is its last one. Needed.
    pub until: Option<Moment>,
    /// How many times the usual mentions it is expected to bring, 1–1,000.
    pub expected_volume: f64,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: EventKind::Event,
            brands: Vec::new(),
            from: None,
            until: None,
            // An ordinary campaign; a launch or a scandal brings more.
            expected_volume: 3.0,
        }
    }
}

impl Event {
    /// Whether it is about that brand.
    #[must_use]
    pub fn is_about(&self, brand: &str) -> bool {
        self.brands.is_empty() || self.brands.iter().any(|slug| slug == brand)
    }

    /// Beginning and end in that time zone, an IANA name; none if one of them is
    /// missing or the zone isn't known.
    #[must_use]
    pub fn span_in(&self, time_zone: &str) -> Option<[EventTime; 2]> {
        let zone = TimeZone::get(time_zone).ok()?;
        let (from, until) = (self.from.as_ref()?, self.until.as_ref()?);
        Some([from.start(&zone)?, until.end(&zone)?])
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The brand's own: a campaign, a launch, a sale.
    Campaign,
    /// Anything else that people will talk about.
    Event,
}

/// A time as people write it: with an offset, or by the clock on the brand's wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// `2026-04-01T09:00:00+02:00`.
    At(EventTime),
    /// `2026-04-01T09:00`, in the brand's time zone.
    Local(DateTime),
    /// `2026-04-01`: the whole day in the brand's time zone.
    Day(Date),
}

impl Moment {
    fn start(&self, zone: &TimeZone) -> Option<EventTime> {
        match *self {
            Self::At(at) => Some(at),
            Self::Local(local) => on_the_wall(local, zone),
            Self::Day(day) => on_the_wall(day.to_datetime(Time::midnight()), zone),
        }
    }

    fn end(&self, zone: &TimeZone) -> Option<EventTime> {
        match *self {
            Self::Day(day) => {
                let next = day.checked_add(1.day()).ok()?;
                on_the_wall(next.to_datetime(Time::midnight()), zone)
            }
            _ => self.start(zone),
        }
    }
}

/// Of an hour that comes twice the first one, of one that is left out the next.
fn on_the_wall(local: DateTime, zone: &TimeZone) -> Option<EventTime> {
    let at = zone.to_timestamp(local).ok()?;
    Some(EventTime::from_millis(at.as_millisecond()))
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // The civil types would take a time with an offset and drop the offset.
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(EventTime::from_millis(at.as_millisecond())));
        }
        let has_time = text.contains(['T', 't', ' ', ':']);
        let moment = if has_time {
            text.parse().map(Self::Local).ok()
        } else {
            text.parse().map(Self::Day).ok()
        };
        moment.ok_or_else(|| {
            format!(
                "{text:?} isn't a time such as \"2026-04-01\", \"2026-04-01T09:00\" (in the \
                 brand's time zone) or \"2026-04-01T09:00:00+02:00\""
            )
        })
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

/// Takes a text, and TOML's own dates and times, which come without quotation marks.
struct MomentVisitor;

impl<'de> Visitor<'de> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date or a time, such as \"2026-04-01\" or \"2026-04-01T09:00\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Moment, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Moment, A::Error> {
        let native = toml_edit::Datetime::deserialize(MapAccessDeserializer::new(map))?;
        native.to_string().parse().map_err(serde::de::Error::custom)
    }
}

/// Faults of all entries.
pub(crate) fn check(settings: &Settings) -> Vec<Fault> {
    let mut faults = Vec::new();
    if settings.event.len() > MOST_EVENTS {
        let message = format!(
            "{} entries, at most {MOST_EVENTS} are taken: remove those that are over",
            settings.event.len()
        );
        faults.push((vec!["event".to_owned()], message));
    }
    let brands: BTreeSet<&str> = (settings.brand.iter())
        .map(|brand| brand.slug.as_str())
        .collect();
    for (index, event) in settings.event.iter().enumerate() {
        faults.extend(check_one(event, index, settings, &brands));
    }
    faults
}

fn check_one(
    event: &Event,
    index: usize,
    settings: &Settings,
    brands: &BTreeSet<&str>,
) -> Vec<Fault> {
    let fault = |key: &str, message: String| {
        let path = ["event", &index.to_string(), key]
            .map(str::to_owned)
            .to_vec();
        (path, message)
    };
    let mut faults = Vec::new();
    if event.name.trim().is_empty() {
        let message = "is missing: it is what a spike's reader sees";
        faults.push(fault("name", message.to_owned()));
    } else if event.name.chars().count() > MOST_NAME_CHARS {
        let message = format!("is longer than {MOST_NAME_CHARS} characters");
        faults.push(fault("name", message));
    }
    for slug in &event.brands {
        if !mention::is_brand_slug(slug) {
            let message = format!("{slug:?} isn't 1 to 64 of a-z 0-9 - _ .");
            faults.push(fault("brands", message));
        } else if !brands.is_empty() && !brands.contains(slug.as_str()) {
            let message = format!("there is no [[brand]] with the slug {slug:?}");
            faults.push(fault("brands", message));
        }
    }
    if !EXPECTED_VOLUME.contains(&event.expected_volume) {
        let message = format!(
            "{} is outside {} to {}: it says how many times the usual mentions will come",
            event.expected_volume,
            EXPECTED_VOLUME.start(),
            EXPECTED_VOLUME.end()
        );
        faults.push(fault("expected_volume", message));
    }
    for (key, moment) in [("from", event.from), ("until", event.until)] {
        if moment.is_none() {
            let message = "is missing: write a day or a time, such as \"2026-04-01\"";
            faults.push(fault(key, message.to_owned()));
        }
    }
    faults.extend(check_span(event, settings).map(|message| fault("until", message)));
    faults
}

/// What is wrong with the time between beginning and end, in the zone of any brand
/// that it is about.
fn check_span(event: &Event, settings: &Settings) -> Option<String> {
    let default = Brand::default().time_zone;
    let about = settings
        .brand
        .iter()
        .filter(|brand| event.is_about(&brand.slug));
    let mut zones: BTreeSet<&str> = about.map(|brand| brand.time_zone.as_str()).collect();
    if zones.is_empty() {
        zones.insert(&default);
    }
    zones.into_iter().find_map(|zone| {
        let [from, until] = event.span_in(zone)?;
        if until <= from {
            return Some("isn't after from".to_owned());
        }
        let is_long = until.millis_since(from) > MOST_DAYS * EventTime::DAY_MS;
        is_long.then(|| format!("is more than {MOST_DAYS} days after from"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(from: &str, until: &str) -> Event {
        Event {
            from: Some(from.parse().unwrap()),
            until: Some(until.parse().unwrap()),
            ..Event::default()
        }
    }

    #[test]
    fn days_and_wall_times_are_the_brands_own() {
        let span = |from: &str, until: &str, zone: &str| {
            let [from, until] = event(from, until).span_in(zone).unwrap();
            format!("{from} {until}")
        };
        let amsterdam = "Europe/Amsterdam";
        assert_eq!(
            span("2026-04-01", "2026-04-07", amsterdam),
            "2026-03-31T22:00:00Z 2026-04-07T22:00:00Z"
        );
        assert_eq!(
            span("2026-03-02T09:00", "2026-03-02 17:30:00", amsterdam),
            "2026-03-02T08:00:00Z 2026-03-02T16:30:00Z"
        );
        assert_eq!(
            span(
                "2026-03-02T09:00:00-05:00",
                "2026-03-02T17:00:00Z",
                amsterdam
            ),
            "2026-03-02T14:00:00Z 2026-03-02T17:00:00Z"
        );
        // The day of 23 hours is a whole day, and two o'clock of that night is three.
        assert_eq!(
            span("2026-03-29", "2026-03-29", amsterdam),
            "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z"
        );
        assert_eq!(
            span("2026-03-29T02:30", "2026-03-29", amsterdam),
            "2026-03-29T01:30:00Z 2026-03-29T22:00:00Z"
        );
        assert_eq!(event("2026-03-02", "2026-03-03").span_in("Nowhere"), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-02-30",
            "2026-13-01",
            "09:00",
            "2026-04-01T25:00",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
