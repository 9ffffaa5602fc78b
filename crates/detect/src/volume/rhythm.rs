//! The expected count: a level times a factor of the hour of the day.

use mention::EventTime;

use super::remains;

const HOURS: usize = 24;

/// Evidence, in hours of rows, that an hour's factor is shrunk by towards 1:
/// two days have one hour of each kind twice.
const FACTOR_PRIOR_HOURS: f64 = 2.0;

/// The least expected rate, mentions an hour. Below it, single mentions would
/// look like bursts: a silent brand's first mentions are no alarm.
const RATE_MIN_PER_HOUR: f64 = 2.0;

/// A weighted mean over the past.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn age(&mut self, remains: f64) {
        self.sum *= remains;
        self.weight *= remains;
    }

    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
    }
}

/// Learned daily rhythm of one series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Rhythm {
    level: Mean,
    hours: [Mean; HOURS],
    /// The least expected count of a row, from the step of the rows.
    count_min: f64,
}

impl Rhythm {
    /// Lets what is learned age by `passed_ms`.
    pub(super) fn age(&mut self, passed_ms: i64) {
        let remains = remains(passed_ms);
        self.level.age(remains);
        for hour in &mut self.hours {
            hour.age(remains);
        }
    }

    /// The count expected of a row at `at`; the `count` itself if it is the first.
    pub(super) fn expect(&mut self, at: EventTime, count: f64, step_ms: i64) -> f64 {
        self.count_min = RATE_MIN_PER_HOUR * in_hours(step_ms);
        let first = count.max(self.count_min);
        self.expected(at).unwrap_or(first)
    }

    /// The count expected of a row at `at`; none before the first row was learned.
    pub(super) fn expected(&self, at: EventTime) -> Option<f64> {
        let level = self.level()?;
        let hour = &self.hours[hour_of_day(at)];
        let factor = (FACTOR_PRIOR_HOURS + hour.sum) / (FACTOR_PRIOR_HOURS + hour.weight);
        Some((level * factor).max(self.count_min))
    }

    /// Learns a row of `count` mentions; rows count by the time they cover.
    pub(super) fn learn(&mut self, at: EventTime, count: f64, step_ms: i64) {
        let covered = in_hours(step_ms);
        let level = self.level().unwrap_or_else(|| count.max(self.count_min));
        self.hours[hour_of_day(at)].add(count / level, covered);
        self.level.add(count, covered);
    }

    fn level(&self) -> Option<f64> {
        let level = self.level.sum / self.level.weight;
        (self.level.weight > 0.0).then(|| level.max(self.count_min))
    }
}

/// The hour of the day, `0..24`, of a wall time written as if it were UTC.
fn hour_of_day(at: EventTime) -> usize {
    let hour = at.millis().rem_euclid(EventTime::DAY_MS) / EventTime::HOUR_MS;
    usize::try_from(hour).unwrap_or(0) % HOURS
}

fn in_hours(step_ms: i64) -> f64 {
    step_ms as f64 / EventTime::HOUR_MS as f64
}
