//! A brand's calendar: its local time, its holidays, when its office is open, and the
//! campaigns and events that were announced.
//!
//! People post by the clock on their wall, so the usual number of mentions is learned
//! by local hour, on working days and on days off. An announced campaign or event
//! raises the number of mentions that is called usual while it runs, and is told with
//! the spikes that begin in it. It never touches the share of negatives nor what pages.
//!
//! Time zones come from the database that is compiled in (IANA's, by `jiff`), so that
//! every machine has the same rules; nothing is read from the system.
//!
//! ```
//! use detect::calendar::{Calendar, Holidays};
//! use mention::EventTime;
//!
//! let calendar = Calendar::new("Europe/Amsterdam", Some(Holidays::Nl))?;
//! let kings_day: EventTime = "2026-04-27T10:00:00Z".parse()?;
//! assert!(calendar.is_day_off(kings_day));
//! assert_eq!(calendar.entries_at(kings_day)[0].name, "Koningsdag");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod holidays;
mod local;
mod office;
mod planned;

use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;
use mention::{CalendarEntry, EventTime};

pub use holidays::Holidays;
use local::Local;
pub(crate) use local::{HOURS, Slot};
pub use office::OpenHours;
pub use planned::{MOST_EXPECTED_VOLUME, Planned, PlannedKind};

/// The time zone isn't one of the compiled-in database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} isn't an IANA time zone, such as Europe/Amsterdam")]
pub struct UnknownZone(String);

/// A brand's calendar; see the [module](self). The default is UTC without holidays.
///
/// A clone shares the prepared time zone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    local: Arc<Local>,
    office_hours: Vec<OpenHours>,
    planned: Vec<Planned>,
    /// Factors of the expected volume, each from the hour on at which it begins.
    factors: Vec<(i64, f32)>,
}

impl Calendar {
    /// The calendar of a place, without office hours or campaigns.
    ///
    /// # Errors
    /// [`UnknownZone`]; take a name from the IANA database.
    pub fn new(zone: &str, holidays: Option<Holidays>) -> Result<Self, UnknownZone> {
        let zone = TimeZoneDatabase::bundled()
            .get(zone)
            .map_err(|_| UnknownZone(zone.to_owned()))?;
        Ok(Self {
            local: Arc::new(Local::new(zone, holidays)),
            ..Self::default()
        })
    }

    /// The same place with these office hours.
    #[must_use]
    pub fn with_office_hours(mut self, office_hours: Vec<OpenHours>) -> Self {
        self.office_hours = office_hours;
        self
    }

    /// The same place with these campaigns and events. Where several run at once, the
    /// largest factor counts.
    #[must_use]
    pub fn with_planned(mut self, mut planned: Vec<Planned>) -> Self {
        planned.sort_by(|a, b| (a.from, a.until, &a.name).cmp(&(b.from, b.until, &b.name)));
        self.factors = planned::factors_of(&planned);
        self.planned = planned;
        self
    }

    /// Whether it is a Saturday, a Sunday or a holiday there.
    #[must_use]
    pub fn is_day_off(&self, at: EventTime) -> bool {
        self.slot(at.millis().div_euclid(EventTime::HOUR_MS)).is_off
    }

    /// The hour of the day there, 0–23.
    #[must_use]
    pub fn hour_of_day(&self, at: EventTime) -> usize {
        self.slot(at.millis().div_euclid(EventTime::HOUR_MS)).hour
    }

    /// How many times the usual mentions an hour was announced to bring, 1 or more;
    /// `hour` counts from the epoch.
    #[must_use]
    pub fn expected_factor(&self, hour: i64) -> f64 {
        let place = self.factors.partition_point(|(from, _)| *from <= hour);
        let begun = self.factors.get(place.wrapping_sub(1));
        begun.map_or(1.0, |(_, factor)| f64::from(*factor))
    }

    /// What is on at that time: campaigns, events and holidays, in order of their
    /// beginning.
    #[must_use]
    pub fn entries_at(&self, at: EventTime) -> Vec<CalendarEntry> {
        let running = self.planned.iter().filter(|entry| entry.runs_at(at));
        let mut entries: Vec<CalendarEntry> = running.map(Planned::entry).collect();
        let (day, _) = self.local.wall(at.millis().div_euclid(1_000));
        entries.extend(self.local.holidays_on(day).filter_map(|name| {
            Some(CalendarEntry {
                name: name.to_owned(),
                kind: "holiday".to_owned(),
                from: *self.local.instants(day, 0).first()?,
                until: *self.local.instants(day + 1, 0).first()?,
            })
        }));
        entries.sort_by(|a, b| (a.from, &a.name).cmp(&(b.from, &b.name)));
        entries
    }

    /// Where hour number `hour` since the epoch lies in the rhythm of a week.
    pub(crate) fn slot(&self, hour: i64) -> Slot {
        self.local.slot(hour)
    }
}

#[cfg(test)]
mod tests;
