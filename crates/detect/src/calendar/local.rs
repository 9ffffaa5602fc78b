//! The clock on the wall: offsets of a time zone and its holidays, looked up fast.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use mention::EventTime;

use super::holidays::{Holidays, weekday, year_of};

/// Days since 1970-01-01 between which offsets and holidays are worked out once, when
/// the calendar is made: up to the end of 2069. Other times are computed anew each
/// time, so that nothing runs out.
const PREPARED_DAYS: i64 = 36_525;
const DAY_SECONDS: i64 = 86_400;

/// Slots of a week's rhythm: the hours of the day, on working days and on days off.
pub(crate) const HOURS: usize = 24;

/// Where in the rhythm of a week an hour lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Local hour of the day, 0–23.
    pub(crate) hour: usize,
    /// Whether it is a Saturday, a Sunday or a holiday.
    pub(crate) is_off: bool,
}

/// A place's time: its zone and its holidays.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Local {
    zone: TimeZone,
    holidays: Option<Holidays>,
    /// Offsets, seconds, each from the second on at which it begins; none for UTC.
    offsets: Vec<(i64, i32)>,
    /// Holidays as days since 1970-01-01, in order.
    days_off: Vec<i64>,
}

impl Default for Local {
    fn default() -> Self {
        Self::new(TimeZone::UTC, None)
    }
}

impl Local {
    pub(super) fn new(zone: TimeZone, holidays: Option<Holidays>) -> Self {
        let offset = |at| zone.to_offset(at).seconds();
        let mut offsets = Vec::new();
        if zone != TimeZone::UTC {
            offsets.push((0, offset(Timestamp::UNIX_EPOCH)));
            let changes = zone.following(Timestamp::UNIX_EPOCH);
            let changes = changes.map(|change| change.timestamp());
            let prepared = changes.take_while(|at| at.as_second() < PREPARED_DAYS * DAY_SECONDS);
            offsets.extend(prepared.map(|at| (at.as_second(), offset(at))));
        }
        let years = holidays.map_or(0..0, |_| 1970..year_of(PREPARED_DAYS));
        let days = years.flat_map(|year| days_of(holidays, year));
        Self {
            days_off: days.map(|(day, _)| day).collect(),
            zone,
            holidays,
            offsets,
        }
    }

    /// Seconds that the wall is ahead of UTC.
    fn offset_at(&self, second: i64) -> i64 {
        if self.offsets.is_empty() {
            return 0;
        }
        if (0..PREPARED_DAYS * DAY_SECONDS).contains(&second) {
            let place = self.offsets.partition_point(|(from, _)| *from <= second);
            return self
                .offsets
                .get(place.wrapping_sub(1))
                .map_or(0, |(_, offset)| i64::from(*offset));
        }
        // Beyond the calendar's years nobody keeps a clock.
        let at = Timestamp::from_second(second);
        at.map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()))
    }

    /// Day since 1970-01-01 and second of it on the wall.
    pub(super) fn wall(&self, second: i64) -> (i64, i64) {
        let local = second.saturating_add(self.offset_at(second));
        (local.div_euclid(DAY_SECONDS), local.rem_euclid(DAY_SECONDS))
    }

    /// Where hour number `hour` since the epoch lies, by its middle: zones of half an
    /// hour have it in the local hour that begins then.
    pub(super) fn slot(&self, hour: i64) -> Slot {
        let (day, second) = self.wall(hour.saturating_mul(3_600).saturating_add(1_800));
        Slot {
            hour: usize::try_from(second / 3_600).unwrap_or(0) % HOURS,
            is_off: weekday(day) >= 5 || self.is_holiday(day),
        }
    }

    /// Whether a local day is a holiday.
    pub(super) fn is_holiday(&self, day: i64) -> bool {
        if (0..PREPARED_DAYS).contains(&day) {
            return self.days_off.binary_search(&day).is_ok();
        }
        self.holidays_on(day).next().is_some()
    }

    /// Names of the holidays on a local day.
    pub(super) fn holidays_on(&self, day: i64) -> impl Iterator<Item = &'static str> {
        // Far beyond any calendar the sums of Easter would leave the range of numbers.
        let year = year_of(day).clamp(-9_999, 9_999);
        let days = days_of(self.holidays, year).into_iter();
        days.filter(move |(on, _)| *on == day).map(|(_, name)| name)
    }

    /// The instants at which the wall shows that minute of a local day: one, two where
    /// the hour comes twice, and where it is left out the moment it is. None beyond the
    /// calendar's years.
    pub(super) fn instants(&self, day: i64, minute: i64) -> Vec<EventTime> {
        let wall = day
            .checked_mul(DAY_SECONDS)
            .and_then(|second| Timestamp::from_second(second.checked_add(minute * 60)?).ok());
        let Some(wall) = wall else {
            return Vec::new();
        };
        let wall: DateTime = TimeZone::UTC.to_datetime(wall);
        let ambiguous = self.zone.to_ambiguous_timestamp(wall);
        let (earlier, later) = (ambiguous.earlier(), ambiguous.later());
        if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            // The earlier reading lies before the jump, which is what comes next.
            let jump = earlier.ok().and_then(|at| self.zone.following(at).next());
            return jump
                .map(|jump| event_time(jump.timestamp()))
                .into_iter()
                .collect();
        }
        let mut found: Vec<_> = earlier.into_iter().chain(later).map(event_time).collect();
        found.dedup();
        found
    }
}

fn event_time(at: Timestamp) -> EventTime {
    EventTime::from_millis(at.as_millisecond())
}

fn days_of(holidays: Option<Holidays>, year: i64) -> Vec<(i64, &'static str)> {
    holidays.map_or_else(Vec::new, |holidays| holidays.of_year(year))
}
