//! Times as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mention::EventTime;

use super::words::Lang;

/// How times are shown: in a zone, seen from a moment.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// The newest time that is known.
    now: EventTime,
}

/// A time for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// RFC 3339, UTC.
    pub(crate) machine: String,
    /// Day and time in the zone.
    pub(crate) people: String,
}

const DAYS: [[&str; 7]; 2] = [
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    ["ma", "di", "wo", "do", "vr", "za", "zo"],
];
const MONTHS: [[&str; 12]; 2] = [
    [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    [
        "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
    ],
];

impl Clock {
    pub(crate) const fn new(zone: TimeZone, now: EventTime) -> Self {
        Self { zone, now }
    }

    /// The same seen from another moment.
    pub(crate) fn at(&self, now: EventTime) -> Self {
        Self::new(self.zone.clone(), now)
    }

    pub(crate) const fn now(&self) -> EventTime {
        self.now
    }

    /// `Wed 4 Mar 14:05`; with the year if it isn't this one. Times out of the calendar are
    /// shown as they are written.
    pub(crate) fn show(&self, lang: Lang, time: EventTime) -> Shown {
        let machine = time.to_string();
        let Some(local) = self.local(time) else {
            let people = machine.clone();
            return Shown { machine, people };
        };
        let names = usize::from(lang == Lang::Nl);
        let index = |number: i8| usize::try_from(number - 1).unwrap_or_default();
        let day = DAYS[names][index(local.weekday().to_monday_one_offset())];
        let month = MONTHS[names][index(local.month())];
        let this_year = self.local(self.now).map(|now| now.year());
        let year = if this_year == Some(local.year()) {
            String::new()
        } else {
            format!(" {}", local.year())
        };
        let (number, hour, minute) = (local.day(), local.hour(), local.minute());
        let people = format!("{day} {number} {month}{year} {hour:02}:{minute:02}");
        Shown { machine, people }
    }

    /// The hour and minute alone.
    pub(crate) fn hour(&self, time: EventTime) -> String {
        let local = self.local(time);
        local.map_or_else(
            || time.to_string(),
            |local| format!("{:02}:{:02}", local.hour(), local.minute()),
        )
    }

    /// How long ago it was, or how long something lasted.
    pub(crate) fn ago(&self, time: EventTime) -> i64 {
        self.now.millis_since(time).max(0)
    }

    /// Milliseconds by which the wall is ahead of UTC at `time`: a chart moved by them shows
    /// local hours.
    pub(crate) fn offset_ms(&self, time: EventTime) -> i64 {
        let local = self.local(time);
        local.map_or(0, |local| i64::from(local.offset().seconds()) * 1_000)
    }

    fn local(&self, time: EventTime) -> Option<jiff::Zoned> {
        let timestamp = Timestamp::from_millisecond(time.millis()).ok()?;
        Some(timestamp.to_zoned(self.zone.clone()))
    }
}

/// The day of UTC that a time is on, as summaries count them: `Wed 4 Mar`.
pub(crate) fn utc_day(lang: Lang, time: EventTime) -> String {
    let people = Clock::new(TimeZone::UTC, time).show(lang, time).people;
    let day = people.rsplit_once(' ').map(|(day, _)| day.to_owned());
    day.unwrap_or(people)
}

/// A span of time in its two largest units: `38 min`, `2 h 10 min`, `3 days`.
pub(crate) fn span(lang: Lang, millis: i64) -> String {
    let minutes = millis / EventTime::MINUTE_MS;
    let (hours, days) = (minutes / 60, minutes / 1_440);
    let hour = lang.or("h", "u");
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) => match minutes % 60 {
            0 => format!("{hours} {hour}"),
            rest => format!("{hours} {hour} {rest} min"),
        },
        (1, _) => format!("{hours} {hour}"),
        (days, _) => format!("{days} {}", lang.or("days", "dagen")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_zone() {
        let now: EventTime = "2026-03-29T12:00:00Z".parse().unwrap();
        let clock = Clock::new(TimeZone::get("Europe/Amsterdam").unwrap(), now);
        let winter: EventTime = "2026-03-04T13:05:00Z".parse().unwrap();
        assert_eq!(clock.show(Lang::En, winter).people, "Wed 4 Mar 14:05");
        assert_eq!(clock.show(Lang::Nl, now).people, "zo 29 mrt 14:00");
        assert_eq!(utc_day(Lang::Nl, now), "zo 29 mrt");
        assert_eq!(clock.offset_ms(now), 7_200_000);
        assert_eq!(clock.hour(winter), "14:05");
        let old: EventTime = "2024-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(clock.show(Lang::En, old).people, "Wed 1 Jan 2025 00:30");
        let never = EventTime::from_millis(i64::MAX);
        assert_eq!(clock.show(Lang::En, never).people, never.to_string());
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let minutes = |minutes: i64| span(Lang::Nl, minutes * EventTime::MINUTE_MS);
        assert_eq!(minutes(0), "0 min");
        assert_eq!(minutes(59), "59 min");
        assert_eq!(minutes(120), "2 u");
        assert_eq!(minutes(130), "2 u 10 min");
        assert_eq!(minutes(1_500), "25 u");
        assert_eq!(minutes(3 * 1_440 + 5), "3 dagen");
    }
}
