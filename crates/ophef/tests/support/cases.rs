//! The everyday cases that decide whether a detector is of use, each of a brand of its
//! own and all at this moment.

use mention::EventTime;
use tests::mentions::scored;
use yardstick::random::Random;

const MINUTE: i64 = EventTime::MINUTE_MS;
const DAY: i64 = EventTime::DAY_MS;
/// Days of the usual before the change: what is usual is known.
const DAYS: i64 = 5;
/// Where its ids begin, away from those of others.
const FIRST_ID: usize = 5_000_000;

/// A brand whose mentions change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) brand: &'static str,
    /// Whether somebody is to be called, within [`IN_TIME`] of the change.
    pub(crate) pages: bool,
    /// How long ago it changed, minutes.
    minutes_ago: i64,
    /// Mentions an hour, and how many of them are negative.
    before: (f64, f64),
    after: After,
}

#[derive(Debug, Clone, Copy)]
enum After {
    /// Mentions an hour, and how many of them are negative.
    Rate(f64, f64),
    /// One a minute, of which one in twenty-one isn't negative.
    EachMinute,
    /// Two negatives within one minute, and nothing else.
    Two,
}

/// A page in time comes so long after the change, minutes.
pub(crate) const IN_TIME: i64 = 10;

/// S1, S2, S3, and a rise to ten times the mentions in the usual mood.
pub(crate) const CASES: [Case; 4] = [
    Case {
        brand: "case-quiet-turns",
        pages: true,
        minutes_ago: 25,
        before: (3.0, 0.5),
        after: After::EachMinute,
    },
    Case {
        brand: "case-two-negatives",
        pages: false,
        minutes_ago: 3,
        before: (3.0, 0.5),
        after: After::Two,
    },
    Case {
        brand: "case-share-doubles",
        pages: true,
        minutes_ago: 90,
        before: (300.0, 60.0),
        after: After::Rate(480.0, 240.0),
    },
    Case {
        brand: "case-same-mix",
        pages: false,
        minutes_ago: 60,
        before: (60.0, 12.0),
        after: After::Rate(600.0, 120.0),
    },
];

impl Case {
    /// When it changed, if it is `now`.
    pub(crate) fn change(&self, now: EventTime) -> EventTime {
        now.plus_millis(-self.minutes_ago * MINUTE)
    }

    /// Its mentions up to `now`.
    fn mentions(&self, number: usize, now: EventTime) -> Vec<(EventTime, String)> {
        let mut random = Random::of(&[11, number as u64]);
        let change = self.change(now);
        let mut all = steady(
            &mut random,
            self.before,
            change.plus_millis(-DAYS * DAY),
            change,
        );
        match self.after {
            After::Rate(mentions, negative) => {
                all.extend(steady(&mut random, (mentions, negative), change, now));
            }
            After::EachMinute => {
                let minutes = 0..self.minutes_ago;
                let each = minutes.map(|minute| {
                    let at = change.plus_millis(minute * MINUTE);
                    (at, minute % 21 != 20)
                });
                all.extend(each);
            }
            After::Two => {
                all.extend([5, 40].map(|second| (change.plus_millis(second * 1_000), true)))
            }
        }
        let first = FIRST_ID * (number + 1);
        let numbered = all.into_iter().zip(first..);
        let written =
            numbered.map(|((at, is_negative), id)| (at, scored(self.brand, id, at, is_negative)));
        written.collect()
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "milliseconds of these years"
)]
/// A Poisson stream: `(mentions, negative)` an hour, with when and whether negative.
fn steady(
    random: &mut Random,
    (mentions, negative): (f64, f64),
    from: EventTime,
    until: EventTime,
) -> Vec<(EventTime, bool)> {
    let mut at = from.millis() as f64;
    let mut all = Vec::new();
    loop {
        at += random.exponential() * 3_600_000.0 / mentions;
        if at >= until.millis() as f64 {
            return all;
        }
        let is_negative = random.chance(negative / mentions);
        all.push((EventTime::from_millis(at as i64), is_negative));
    }
}

/// The mentions of all cases up to `now`.
pub(crate) fn mentions(now: EventTime) -> impl Iterator<Item = (EventTime, String)> {
    let cases = CASES.iter().enumerate();
    cases.flat_map(move |(number, case)| case.mentions(number, now))
}
