//! Reading JSON into typed fields, with the path of the field at fault.

use std::fmt;
use std::marker::PhantomData;

use mention::{EventTime, Reason, Rejection};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

/// Reads one JSON value; fields that `T` doesn't name are passed over.
///
/// # Errors
/// [`Reason::NotUtf8`], [`Reason::NotJson`], or [`Reason::BadField`] with the path of the
/// field; never its value.
pub(crate) fn json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Rejection> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) => Err(explain::<T>(text, &error)),
    }
}

/// Reads once more, now with the path.
fn explain<'a, T: Deserialize<'a>>(text: &'a str, error: &serde_json::Error) -> Rejection {
    let place = format!("line {} column {}", error.line(), error.column());
    if !error.is_data() {
        return Rejection::new(Reason::NotJson, format!("not JSON: {place}"));
    }
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    let path = serde_path_to_error::deserialize::<_, T>(deserializer)
        .err()
        .map_or_else(String::new, |error| error.path().to_string());
    match missing(error) {
        Some(field) => Rejection::new(Reason::MissingField, join(&path, &field)),
        None => bad(&path, &format!("wrong type or value, {place}")),
    }
}

/// The field that isn't there, if that is the error; always one that we name.
fn missing(error: &serde_json::Error) -> Option<String> {
    let message = error.to_string();
    let (field, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(field.to_owned())
}

fn join(path: &str, field: &str) -> String {
    match path {
        "" | "." => field.to_owned(),
        path => format!("{path}.{field}"),
    }
}

/// A field with a wrong type or value.
pub(crate) fn bad(path: &str, what: &str) -> Rejection {
    Rejection::new(Reason::BadField, format!("{path}: {what}"))
}

/// A field that has to be there and isn't.
pub(crate) fn lacking(path: &str) -> Rejection {
    Rejection::new(Reason::MissingField, path)
}

/// A fault of something that stands within the field `outer`.
pub(crate) fn within(outer: &str, mut fault: Rejection) -> Rejection {
    fault.detail = match (fault.reason, fault.detail.split_once(": ")) {
        (Reason::MissingField, _) => joined(outer, &fault.detail),
        (Reason::BadField, Some((path, what))) => format!("{}: {what}", joined(outer, path)),
        _ => format!("{outer}: {}", fault.detail),
    };
    fault
}

/// The path of what stands at `inner` in the field `outer`; either may be the value itself.
pub(crate) fn joined(outer: &str, inner: &str) -> String {
    let joint = match (outer, inner) {
        ("", inner) => return inner.to_owned(),
        (outer, "" | ".") => return outer.to_owned(),
        (_, inner) if inner.starts_with(['[', '/']) => "",
        _ => ".",
    };
    format!("{outer}{joint}{inner}")
}

/// One value or a list of them, as several formats have it.
#[derive(Debug, Clone)]
pub(crate) struct Several<T>(pub(crate) Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Tells by the first character what comes, so that the path of a fault isn't lost, as it
/// is where one form after the other is tried.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Forms<T> {
            type Value = Several<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list of them")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Several(Vec::new()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(|one| Several(vec![one]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let one = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Several(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Several(all))
            }
        }
        deserializer.deserialize_any(Forms(PhantomData))
    }
}

/// A point in time, `micros` microseconds after the Unix epoch.
pub(crate) const fn from_micros(micros: i64) -> EventTime {
    EventTime::from_millis(micros.div_euclid(1_000))
}

/// A point in time, `seconds` after the Unix epoch; `None` outside the calendar.
pub(crate) fn from_seconds(seconds: f64) -> Option<EventTime> {
    // The last second of the year 9999.
    const LAST: f64 = 253_402_300_799.0;
    if !(-LAST..=LAST).contains(&seconds) {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "within the calendar, so far within the whole numbers"
    )]
    let millis = (seconds * 1_000.0).round() as i64;
    Some(EventTime::from_millis(millis))
}

/// A number, or a text that is one: exports and identifiers come as either.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Whole(i64),
            Large(u64),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Text(text) => text,
            Form::Whole(number) => number.to_string(),
            Form::Large(number) => number.to_string(),
        }))
    }
}
