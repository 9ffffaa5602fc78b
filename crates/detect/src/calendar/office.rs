//! When somebody is there to answer.

use mention::EventTime;

use super::Calendar;
use super::holidays::weekday;

/// Days ahead that are searched for an opening: a fortnight of holidays is followed
/// by a working day everywhere.
const SEARCHED_DAYS: i64 = 31;

/// Opening hours on some days of the week, by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenHours {
    /// Whether it holds on that day, Monday first.
    pub days: [bool; 7],
    /// Minutes after midnight at which it opens, 0–1,439.
    pub from_minute: u16,
    /// Minutes after midnight at which it closes, up to 1,440; after `from_minute`.
    pub to_minute: u16,
}

impl OpenHours {
    fn holds_on(self, day: i64) -> bool {
        let weekday = usize::try_from(weekday(day)).unwrap_or(0);
        self.days.get(weekday).copied().unwrap_or(false)
    }

    fn holds_at(self, day: i64, minute: i64) -> bool {
        let span = i64::from(self.from_minute)..i64::from(self.to_minute);
        self.holds_on(day) && span.contains(&minute)
    }
}

impl Calendar {
    /// Whether the brand's office is open at `at`: by its opening hours in its own
    /// time zone, and closed on its holidays. A brand without opening hours is
    /// always open.
    #[must_use]
    pub fn is_open(&self, at: EventTime) -> bool {
        if self.office_hours.is_empty() {
            return true;
        }
        let (day, second) = self.local.wall(at.millis().div_euclid(1_000));
        !self.local.is_holiday(day)
            && (self.office_hours.iter()).any(|hours| hours.holds_at(day, second / 60))
    }

    /// The first moment from `at` on at which the office is open: `at` itself if it
    /// is open. None if it doesn't open within a month.
    #[must_use]
    pub fn next_opening(&self, at: EventTime) -> Option<EventTime> {
        if self.is_open(at) {
            return Some(at);
        }
        let (today, _) = self.local.wall(at.millis().div_euclid(1_000));
        let days = today..today.saturating_add(SEARCHED_DAYS);
        days.into_iter().find_map(|day| {
            let hours = self.office_hours.iter().filter(|hours| hours.holds_on(day));
            let openings =
                hours.flat_map(|hours| self.local.instants(day, i64::from(hours.from_minute)));
            openings
                .filter(|opening| *opening >= at && self.is_open(*opening))
                .min()
        })
    }
}
