//! When somebody is there to answer.

use mention::EventTime;

use super::Calendar;
use super::holidays::weekday;

/// Days ahead that are searched for an opening: a fortnight of holidays is followed
/// by a working day everywhere.
const SEARCHED_DAYS: i64 = 31;

/// Days ahead over which office hours are added up: more than any office stays closed.
const COUNTED_DAYS: i64 = 4 * 366;

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

    /// The spans of a local day in which the office is open, in order and apart from
    /// each other.
    fn spans(&self, day: i64) -> Vec<(EventTime, EventTime)> {
        if self.local.is_holiday(day) {
            return Vec::new();
        }
        let hours = self.office_hours.iter().filter(|hours| hours.holds_on(day));
        let mut spans: Vec<_> = hours
            .filter_map(|hours| {
                let at = |minute: u16| self.local.instants(day, i64::from(minute));
                let from = *at(hours.from_minute).first()?;
                Some((from, *at(hours.to_minute).last()?))
            })
            .collect();
        spans.sort_unstable();
        let mut apart: Vec<(EventTime, EventTime)> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match apart.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => apart.push((from, to)),
            }
        }
        apart
    }

    /// Milliseconds of `from..until` in which the office is open; all of them for a
    /// brand without opening hours. Beyond four years no more are counted.
    #[must_use]
    pub fn open_millis(&self, from: EventTime, until: EventTime) -> i64 {
        if self.office_hours.is_empty() {
            return until.millis_since(from).max(0);
        }
        let day_of = |at: EventTime| self.local.wall(at.millis().div_euclid(1_000)).0;
        let (first, last) = (day_of(from), day_of(until));
        let days = first..=last.min(first.saturating_add(COUNTED_DAYS));
        days.flat_map(|day| self.spans(day))
            .map(|(open, close)| close.min(until).millis_since(open.max(from)).max(0))
            .sum()
    }

    /// The moment by which the office has been open for `millis` since `from`. None if
    /// that takes more than four years.
    #[must_use]
    pub fn after_open_millis(&self, from: EventTime, millis: i64) -> Option<EventTime> {
        if self.office_hours.is_empty() {
            return Some(from.plus_millis(millis));
        }
        let (today, _) = self.local.wall(from.millis().div_euclid(1_000));
        let days = today..today.saturating_add(COUNTED_DAYS);
        let mut left = millis;
        for (open, close) in days.flat_map(|day| self.spans(day)) {
            let open = open.max(from);
            let length = close.millis_since(open).max(0);
            if length > 0 && left <= length {
                return Some(open.plus_millis(left));
            }
            left -= length;
        }
        None
    }
}
