//! What a brand's hours were like, for the plots of the report.

use std::collections::BTreeMap;

use detect::Hour;
use mention::EventTime;
use watch::WatchStage;

/// Points of a plot at most: more than a screen has room for tell nothing.
const POINTS: i64 = 240;
/// Brands whose hours are kept at most: 15 KB each.
const BRANDS: usize = 1_000;
/// How long after its end an hour is looked at, so that mentions that come a little
/// late are in it; less than the watcher keeps single minutes for.
const DELAY_MS: i64 = 10 * EventTime::MINUTE_MS;

/// The hours of all brands, at most [`POINTS`] steps of each.
#[derive(Debug)]
pub(crate) struct Timeline {
    first_hour: i64,
    /// Hours of a step.
    step: i64,
    /// The hour that is looked at next.
    next: Option<i64>,
    /// How far time has come.
    newest: EventTime,
    brands: BTreeMap<String, BTreeMap<i64, Point>>,
}

/// The most unusual hour of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// When the hour began.
    pub(crate) at: EventTime,
    pub(crate) hour: Hour,
}

impl Timeline {
    /// An empty one for a recording of that span.
    pub(crate) fn new(span: Option<(EventTime, EventTime)>) -> Self {
        let (first, last) = span.unwrap_or_default();
        let (first_hour, last_hour) = (hour_of(first), hour_of(last));
        Self {
            first_hour,
            step: ((last_hour - first_hour + POINTS) / POINTS).max(1),
            next: None,
            newest: first,
            brands: BTreeMap::new(),
        }
    }

    /// Hours of a step.
    pub(crate) fn step_hours(&self) -> i64 {
        self.step
    }

    /// Time is about to come to `at`: looks at the hour that has just ended. Of a gap
    /// without any record only the first hour is looked at; there is nothing in the
    /// others.
    pub(crate) fn advance(&mut self, at: EventTime, stage: &WatchStage) {
        self.newest = at;
        let current = hour_of(at.plus_millis(-DELAY_MS));
        let next = *self.next.get_or_insert(current);
        if current > next {
            self.look(next, stage);
            self.next = Some(current);
        }
    }

    /// Looks at what is left: the hour that the recording ends in, and the one before
    /// if it ended a few minutes ago.
    pub(crate) fn finish(&mut self, stage: &WatchStage) {
        let last = hour_of(self.newest);
        for hour in self.next.unwrap_or(last)..=last {
            self.look(hour, stage);
        }
    }

    fn look(&mut self, hour: i64, stage: &WatchStage) {
        let at = EventTime::from_millis(hour * EventTime::HOUR_MS);
        let end = at.plus_millis(EventTime::HOUR_MS);
        let step = (hour - self.first_hour).div_euclid(self.step);
        for (slug, watch) in stage.brands() {
            if !self.brands.contains_key(slug) {
                if self.brands.len() == BRANDS {
                    continue;
                }
                self.brands.insert(slug.to_owned(), BTreeMap::new());
            }
            let hour = watch.hour_before(end);
            let Some(points) = self.brands.get_mut(slug) else {
                continue;
            };
            let point = points.entry(step).or_insert(Point { at, hour });
            if excess(&hour) > excess(&point.hour) {
                *point = Point { at, hour };
            }
        }
    }

    /// The brand's points in the order of time; of a step the hour that stands out most.
    pub(crate) fn of(&self, brand: &str) -> impl Iterator<Item = &Point> {
        self.brands
            .get(brand)
            .into_iter()
            .flat_map(BTreeMap::values)
    }
}

/// How far the negatives of an hour lie above the usual.
#[allow(clippy::cast_precision_loss, reason = "mentions of an hour")]
fn excess(hour: &Hour) -> f64 {
    hour.negative as f64 - hour.total as f64 * hour.expected.high
}

const fn hour_of(at: EventTime) -> i64 {
    at.millis().div_euclid(EventTime::HOUR_MS)
}
