//! Calendars of the brands, from the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use detect::calendar::{Calendar, Holidays, OpenHours, Planned, PlannedKind};
use settings::{Brand, Event, EventKind, HolidayRule, Settings};

/// Calendars by place; brands of one place share its prepared time zone.
#[derive(Debug)]
pub(crate) struct Calendars<'a> {
    events: &'a [Event],
    places: BTreeMap<(String, Option<Holidays>), Calendar>,
}

impl<'a> Calendars<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Self {
        Self {
            events: &settings.event,
            places: BTreeMap::new(),
        }
    }

    /// The calendar of a brand.
    ///
    /// # Errors
    /// Its time zone isn't known.
    pub(crate) fn of(&mut self, brand: &Brand) -> anyhow::Result<Arc<Calendar>> {
        let holidays = match brand.holidays {
            None => Holidays::of_zone(&brand.time_zone),
            Some(HolidayRule::Nl) => Some(Holidays::Nl),
            Some(HolidayRule::Be) => Some(Holidays::Be),
            Some(HolidayRule::None) => None,
        };
        let place = (brand.time_zone.clone(), holidays);
        let calendar = match self.places.get(&place) {
            Some(calendar) => calendar.clone(),
            None => {
                let calendar = Calendar::new(&brand.time_zone, holidays)?;
                self.places.insert(place, calendar.clone());
                calendar
            }
        };
        let hours = brand.office_hours.iter().map(|hours| OpenHours {
            days: hours.days,
            from_minute: hours.open.from_minute,
            to_minute: hours.open.to_minute,
        });
        let events = self
            .events
            .iter()
            .filter(|event| event.is_about(&brand.slug));
        let planned = events.filter_map(|event| planned(event, &brand.time_zone));
        let calendar = calendar
            .with_office_hours(hours.collect())
            .with_planned(planned.collect());
        Ok(Arc::new(calendar))
    }

    /// The calendars of brands that are found and that an event names.
    ///
    /// # Errors
    /// As [`Calendars::of`].
    pub(crate) fn of_named(&mut self) -> anyhow::Result<BTreeMap<String, Arc<Calendar>>> {
        let events = self.events;
        let slugs = events.iter().flat_map(|event| &event.brands);
        slugs
            .map(|slug| {
                let brand = Brand {
                    slug: slug.clone(),
                    ..Brand::default()
                };
                Ok((slug.clone(), self.of(&brand)?))
            })
            .collect()
    }
}

fn planned(event: &Event, time_zone: &str) -> Option<Planned> {
    let [from, until] = event.span_in(time_zone)?;
    Some(Planned {
        name: event.name.clone(),
        kind: match event.kind {
            EventKind::Campaign => PlannedKind::Campaign,
            EventKind::Event => PlannedKind::Event,
        },
        from,
        until,
        expected_volume: event.expected_volume,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use mention::EventTime;
    use settings::Environment;

    use super::*;

    #[test]
    fn brands_have_the_calendar_of_their_place_and_their_own_events() {
        let text = r#"
[[brand]]
slug = "acme"
office_hours = ["mon-fri 09:00-17:00"]

[[brand]]
slug = "globex"
time_zone = "Europe/Brussels"

[[brand]]
slug = "initech"
holidays = "none"

[[event]]
name = "Sale"
kind = "campaign"
brands = ["globex"]
from = "2026-07-20T09:00"
until = "2026-07-21"
expected_volume = 4.0

[[event]]
name = "Cup"
from = "2026-07-20"
until = "2026-07-20"
"#;
        let settings = Settings::from_text(text, &Environment::default()).unwrap();
        let mut calendars = Calendars::new(&settings);
        let [acme, globex, initech] =
            [0, 1, 2].map(|at| calendars.of(&settings.brand[at]).unwrap());
        let at = |text: &str| text.parse::<EventTime>().unwrap();
        let names = |calendar: &Calendar, text: &str| {
            let entries = calendar.entries_at(at(text)).into_iter();
            entries.map(|entry| entry.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&acme, "2026-07-20T12:00:00Z"), ["Cup"]);
        assert_eq!(names(&globex, "2026-07-20T12:00:00Z"), ["Cup", "Sale"]);
        assert_eq!(
            names(&globex, "2026-07-21T12:00:00Z"),
            ["Sale", "Nationale feestdag"]
        );
        assert_eq!(names(&acme, "2026-04-27T12:00:00Z"), ["Koningsdag"]);
        assert!(names(&initech, "2026-04-27T12:00:00Z").is_empty());
        assert!(!acme.is_open(at("2026-04-27T12:00:00Z")));
        assert!(acme.is_open(at("2026-04-28T12:00:00Z")));
        let found = calendars.of_named().unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["globex"]);
    }
}
