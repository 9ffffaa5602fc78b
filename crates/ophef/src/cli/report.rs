//! What a weekly report is asked for.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use jiff::civil::{ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use mention::EventTime;

use super::{Story, brokers};

/// Options of `ophef report`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("output").args(["html", "json"]).required(true).multiple(true)))]
pub(crate) struct Report {
    /// The recording, JSON lines or CSV [default: the bundled week]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Instead: one of the bundled stories
    #[arg(long, value_enum, default_value_t = Story::Week, conflicts_with_all = ["file", "topic"])]
    pub(crate) story: Story,
    /// Slug of the brand
    #[arg(long, value_name = "SLUG")]
    pub(crate) brand: String,
    /// The week, such as 2026-W47 [default: the seven days up to the last mention]
    #[arg(long, value_name = "WEEK", value_parser = week, conflicts_with = "topic")]
    pub(crate) week: Option<Week>,
    /// Instead of a recording: what stands on the topic now
    #[arg(long, conflicts_with = "file")]
    pub(crate) topic: bool,
    /// Kafka to read the topic from, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", requires = "topic", value_parser = brokers)]
    pub(crate) brokers: Option<String>,
    /// Write one page with plots that needs no network
    ///
    /// It shows pieces of posts, redacted: keep it where you keep mentions.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print the figures as one JSON object, as on the topic ophef.insight.v1
    #[arg(long)]
    pub(crate) json: bool,
    /// Language of the page
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

/// Languages of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// Dutch
    Nl,
}

/// A week of the calendar, from Monday, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Week {
    /// The first moment of the next one.
    pub(crate) end: EventTime,
}

/// A week by its name in ISO 8601.
fn week(text: &str) -> Result<Week, String> {
    let error = || "isn't a week such as 2026-W47".to_owned();
    let (year, number) = text.split_once("-W").ok_or_else(error)?;
    let year = year.parse().map_err(|_| error())?;
    let number = number.parse().map_err(|_| error())?;
    let monday = ISOWeekDate::new(year, number, Weekday::Monday).map_err(|_| error())?;
    let monday = monday.date().to_zoned(TimeZone::UTC).map_err(|_| error())?;
    let monday = EventTime::from_millis(monday.timestamp().as_millisecond());
    Ok(Week {
        end: monday.plus_millis(7 * EventTime::DAY_MS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_those_of_the_calendar() {
        let end = |text| week(text).map(|week| week.end.to_string());
        assert_eq!(end("2026-W47").as_deref(), Ok("2026-11-23T00:00:00Z"));
        assert_eq!(end("2026-W01").as_deref(), Ok("2026-01-05T00:00:00Z"));
        for text in ["2026-47", "2026-W54", "W47", "-W", "2026-W"] {
            assert!(end(text).is_err(), "{text}");
        }
    }
}
