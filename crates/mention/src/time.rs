//! Event time: when an author posted, in milliseconds since the Unix epoch.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in event time, UTC, with millisecond resolution; RFC 3339 on the wire.
///
/// Every decision of the pipeline reads this time and never a wall clock, so
/// that a replay decides exactly as the live run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(i64);

/// The text isn't an RFC 3339 date and time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time with an offset: {0}")]
pub struct TimeError(String);

impl EventTime {
    /// Milliseconds in a minute, the step of the detector's series.
    pub const MINUTE_MS: i64 = 60_000;
    /// Milliseconds in an hour.
    pub const HOUR_MS: i64 = 3_600_000;
    /// Milliseconds in a day.
    pub const DAY_MS: i64 = 86_400_000;

    /// The time `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole minutes since the Unix epoch, rounded down.
    #[must_use]
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(Self::MINUTE_MS)
    }

    /// The start of minute number `minute` since the Unix epoch.
    #[must_use]
    pub const fn from_minute(minute: i64) -> Self {
        Self(minute.saturating_mul(Self::MINUTE_MS))
    }

    /// This time moved by `millis` milliseconds; saturates at the ends.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time; negative if it is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Out of jiff's range (year ±9999) only by arithmetic on extreme input;
        // the number is still exact, so it is shown as one.
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for EventTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(millis) = parse_plain_utc(text.as_bytes()) {
            return Ok(Self(millis));
        }
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Self(timestamp.as_millisecond()))
            .map_err(|error| TimeError(error.to_string()))
    }
}

/// Parses `YYYY-MM-DDTHH:MM:SSZ`, the form nearly every record has, at a tenth
/// of the general parser's cost. Anything else, leap seconds and impossible
/// dates included, is left to the general parser.
fn parse_plain_utc(text: &[u8]) -> Option<i64> {
    let text: &[u8; 20] = text.try_into().ok()?;
    let separators = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'Z'),
    ];
    if separators.iter().any(|&(at, byte)| text[at] != byte) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_i64, |value, byte| {
            byte.is_ascii_digit()
                .then(|| value * 10 + i64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // Days past the 28th need the length of the month; the general parser knows it.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000)
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar
/// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl Serialize for EventTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::Text::deserialize(deserializer)?;
        text.as_str().parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for EventTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventTime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_fast_parser_agrees_with_the_general_one(seconds in -62_167_219_200_i64..253_402_300_799) {
            let text = jiff::Timestamp::from_second(seconds).unwrap().to_string();
            prop_assert_eq!(text.parse::<EventTime>().unwrap().millis(), seconds * 1_000);
        }

        #[test]
        fn display_and_parse_are_inverse(millis in -62_167_219_200_000_i64..253_402_300_799_999) {
            let time = EventTime::from_millis(millis);
            prop_assert_eq!(time.to_string().parse::<EventTime>().unwrap(), time);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<EventTime>();
        }
    }

    #[test]
    fn offsets_are_applied_and_missing_ones_refused() {
        let with_offset: EventTime = "2026-03-02T10:00:00+01:00".parse().unwrap();
        assert_eq!(with_offset.to_string(), "2026-03-02T09:00:00Z");
        assert!("2026-03-02T10:00:00".parse::<EventTime>().is_err());
        assert!("2026-02-30T10:00:00Z".parse::<EventTime>().is_err());
    }

    #[test]
    fn times_beyond_the_calendar_still_print() {
        assert_eq!(
            EventTime::from_millis(i64::MAX).to_string(),
            "9223372036854775807ms"
        );
    }
}
