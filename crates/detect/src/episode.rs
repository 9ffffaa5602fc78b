//! An open spike: what is kept of it from onset to all-clear.

use mention::{ClosedBecause, EventTime, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::facts::Fact;
use crate::maths;
use crate::ring::MINUTES;
use crate::scan::{Counts, Mood};
use crate::shift::Shift;
use crate::surge::HOUR;
use crate::tally::Tally;

/// Closed minutes over which recovery is judged.
pub(crate) const RECOVERY: i64 = 30;
/// Part of the highest excess that must not be left after a recovery: a quarter, so that
/// a spike that settles at a lower, but unusual level isn't over, and pages once.
const LEFT_PART: f64 = 0.25;
/// Log-likelihood ratio at which the recovery is certain enough: a thousand to one.
const CERTAIN: f64 = 7.0;
/// Evidence a minute that a calm brand should give, so that a recovery takes an hour
/// and a half at most to be certain of: excesses too small for it are let go.
const PACE: f64 = CERTAIN / 90.0;
/// Negatives expected a minute are taken to be at least this many.
const EXPECTED_MIN: f64 = 0.01;
/// Minutes after which a spike that doesn't recover is the new normal: a day.
const LONGEST_SPIKE: i64 = 24 * 60;
/// Minutes for which a silent input keeps a spike open: silence is not calm. Six hours
/// are longer than most outages, and short enough that nobody waits for a dead source.
const SILENCE_HELD: i64 = 6 * 60;
/// Mentions missing since the last one from which their absence isn't taken for calm
/// any more, and from which the input has certainly fallen silent: by chance (Poisson)
/// it happens once in twenty times, and once in twenty thousand.
const HELD_MENTIONS: f64 = 3.0;
const SILENCE_MENTIONS: f64 = 10.0;
/// Minutes whose share is the new normal of a spike that stays: what it began with is
/// over by then.
const NEW_NORMAL_FROM: i64 = 6 * 60;
/// Clock hours that a spike may touch, minutes of its last one included.
pub(crate) const HOURS: i64 = LONGEST_SPIKE / HOUR + 2;
/// Points of the series that a spike shows.
const POINTS: usize = 240;
/// Minutes before the onset that are shown.
pub(crate) const LEAD_IN: i64 = 30;

/// Expected share of one platform, frozen at the opening.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct FrozenMood {
    pub(crate) platform: u8,
    pub(crate) share: f64,
}

/// Counts of one step of the shown series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// First minute of the step.
    pub(crate) minute: i64,
    pub(crate) counts: Counts,
    /// Negatives expected in it.
    pub(crate) expected: f64,
}

/// Counts over time, at most [`POINTS`] steps: when they are too many, neighbours
/// are merged and the steps double.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) points: Vec<Point>,
    /// Minutes of a step.
    step: i64,
}

impl Shown {
    pub(crate) fn new() -> Self {
        Self {
            points: Vec::new(),
            step: 1,
        }
    }

    /// Whether the restored bounds hold.
    fn is_whole(&self) -> bool {
        self.points.len() <= POINTS && (1..=LONGEST_SPIKE).contains(&self.step)
    }

    /// Adds one minute, later than all before.
    pub(crate) fn add(&mut self, minute: i64, counts: Counts, expected: f64) {
        self.merge(Point {
            minute,
            counts,
            expected,
        });
        if self.points.len() > POINTS {
            self.step *= 2;
            for point in std::mem::take(&mut self.points) {
                self.merge(point);
            }
        }
    }

    fn merge(&mut self, point: Point) {
        let start = point.minute - point.minute.rem_euclid(self.step);
        match self.points.last_mut() {
            Some(last) if last.minute == start => {
                last.counts.add(point.counts);
                last.expected += point.expected;
            }
            _ => self.points.push(Point {
                minute: start,
                ..point
            }),
        }
    }
}

/// The state of an open spike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Episode {
    pub(crate) kind: SpikeKind,
    /// Position of the platform it is reported for; none for all.
    pub(crate) platform: Option<u8>,
    pub(crate) severity: u8,
    /// The highest at the end of a closed minute: what the closing reports, so that
    /// it doesn't depend on what arrived after the end.
    pub(crate) severity_closed: u8,
    /// First minute.
    pub(crate) onset: i64,
    /// Event time of the deciding mention, milliseconds.
    pub(crate) detected_at: i64,
    /// Shown share and weight of the frozen baseline.
    pub(crate) share: f64,
    pub(crate) weight: f64,
    pub(crate) rho: f64,
    /// Shares by which the expected negatives are computed.
    pub(crate) moods: Vec<FrozenMood>,
    /// Last closed minute taken in.
    pub(crate) stepped: i64,
    /// Closed minutes since onset.
    pub(crate) closed: Counts,
    /// Negatives expected in them.
    pub(crate) expected: f64,
    /// Highest excess in half an hour so far.
    pub(crate) peak: f64,
    /// Evidence for the recovery: a cumulative log-likelihood ratio, never negative.
    pub(crate) calm: f64,
    /// The last minute at which that evidence was nil: the most likely end of the excess.
    pub(crate) raised: i64,
    /// Last minute with a mention.
    pub(crate) last_heard: i64,
    /// Late mentions that fall into it.
    pub(crate) late: Counts,
    /// Sums over the negatives of its closed minutes.
    pub(crate) tally: Tally,
    /// What the negatives were made of before, frozen at the opening.
    pub(crate) background: Background,
    /// People reached, as of the last revision.
    pub(crate) reach: u64,
    /// What reactions are worth in negative mentions, as of then.
    pub(crate) opinions: u32,
    /// The thread that is its cause, or has come to be a part of it.
    pub(crate) thread: Option<u64>,
    /// Whether one post or thread opened it.
    pub(crate) is_single: bool,
    /// The brands that rose with it, where it is their platform's rather than its own.
    pub(crate) shift: Option<Shift>,
    /// Minute of event time of the last revision.
    pub(crate) revised: i64,
    /// The series shown with it.
    pub(crate) shown: Shown,
    /// Mentions expected in the hour of its onset and in each after it, frozen at the
    /// opening: what is learned later hangs on when mentions come, and a closing mustn't.
    pub(crate) hourly: Vec<f64>,
}

impl Episode {
    /// Whether the restored bounds hold, those on which the end of a loop hangs first
    /// of all.
    pub(crate) fn is_whole(&self) -> bool {
        // The minute before the onset may lie before all that an event can have.
        let minutes = [self.onset, self.last_heard, self.revised];
        let are_minutes = minutes.iter().all(|minute| MINUTES.contains(minute));
        are_minutes
            && (self.onset - 1..=self.onset + LONGEST_SPIKE).contains(&self.stepped)
            && i64::try_from(self.hourly.len()) == Ok(HOURS)
            && self.hourly.iter().all(|mentions| mentions.is_finite())
            && self.shown.is_whole()
            && self.tally.is_whole()
            && self.background.is_whole()
    }

    /// Mentions expected in the hour of that minute.
    pub(crate) fn expected_hourly(&self, minute: i64) -> f64 {
        let hour = minute.div_euclid(HOUR) - self.onset.div_euclid(HOUR);
        let hour = usize::try_from(hour).unwrap_or(0);
        let known = self.hourly.get(hour).or(self.hourly.last());
        known.copied().unwrap_or(0.0)
    }

    /// Whether the mention is one of the spike's.
    pub(crate) fn takes(&self, fact: &Fact) -> bool {
        fact.minute() >= self.onset
            && self
                .platform
                .is_none_or(|platform| platform == fact.platform)
    }

    /// Counts of the closed minutes, late mentions included, and the negatives
    /// expected in them.
    pub(crate) fn closed_counts(&self) -> (Counts, f64) {
        let mut counts = self.closed;
        counts.add(self.late);
        (
            counts,
            self.expected + f64::from(self.late.total) * self.share,
        )
    }

    /// The kind it is told as: a platform's spike isn't the brand's.
    pub(crate) fn told_kind(&self) -> SpikeKind {
        match self.shift {
            Some(_) => SpikeKind::PlatformShift,
            None => self.kind,
        }
    }

    /// Whether what is expected depends on the platforms that the mentions come from.
    pub(crate) fn is_mixed(&self) -> bool {
        self.platform.is_none() && self.moods.len() > 1
    }

    /// Takes back a mention of a minute that has been taken in already.
    pub(crate) fn take_back(&mut self, minute: i64, platform: u8, counts: Counts) {
        let is_own = self.platform.is_none_or(|own| own == platform);
        if !is_own || !(self.onset..=self.stepped).contains(&minute) {
            return;
        }
        let share = if self.is_mixed() {
            let mut moods = self.moods.iter();
            let own = moods.find(|mood| mood.platform == platform);
            own.map_or(0.0, |mood| mood.share) // of a platform that came later nothing was expected
        } else {
            self.share
        };
        self.closed.remove(counts);
        self.expected = (self.expected - f64::from(counts.total) * share).max(0.0);
    }

    /// The shown mood, frozen at the opening.
    pub(crate) fn mood(&self) -> Mood {
        Mood {
            share: self.share,
            weight: self.weight,
        }
    }

    /// Judges one more closed minute with these counts. `expected` are the usual
    /// negatives a minute at the volume of the last half hour, `recent` its excess;
    /// `usual` are the mentions expected in half an hour.
    ///
    /// The spike is over when the minutes speak a thousand to one for the usual
    /// rate of negatives and against a quarter of the highest excess being left (CUSUM
    /// of Poisson counts: J. M. Lucas, Technometrics 27 (1985) 129). Silence of an
    /// input that should speak is no evidence.
    pub(crate) fn judge(
        &mut self,
        minute: i64,
        counts: Counts,
        expected: f64,
        recent: f64,
        usual: f64,
    ) -> Option<ClosedBecause> {
        self.peak = self.peak.max(recent);
        let silence = minute - self.last_heard;
        #[allow(clippy::cast_precision_loss, reason = "minutes of at most a day")]
        let missing = silence as f64 * usual / RECOVERY as f64;
        if missing >= HELD_MENTIONS && silence < SILENCE_HELD {
            return None;
        }
        if missing >= SILENCE_MENTIONS {
            return Some(ClosedBecause::InputSilent);
        }
        if minute - self.onset >= LONGEST_SPIKE {
            return Some(ClosedBecause::NewNormal);
        }
        let expected = expected.max(EXPECTED_MIN);
        #[allow(clippy::cast_precision_loss, reason = "30")]
        let left = LEFT_PART * self.peak / RECOVERY as f64;
        let left = left.max((2.0 * expected * PACE).sqrt() + PACE);
        let against = f64::from(counts.negative) * maths::ln(1.0 + left / expected);
        self.calm = (self.calm + left - against).max(0.0);
        if self.calm <= 0.0 {
            self.raised = minute;
        }
        let decided = EventTime::from_millis(self.detected_at).minute();
        let is_young = minute < decided.max(self.onset + RECOVERY - 1);
        (!is_young && self.calm >= CERTAIN).then_some(ClosedBecause::Recovered)
    }

    /// Minutes from the onset until the negatives were back to the usual: the moment
    /// of change that the evidence for the recovery points to, where the cumulative sum
    /// left zero for good (E. S. Page, Biometrika 41 (1954) 100).
    pub(crate) fn recovery_minutes(&self) -> u64 {
        u64::try_from(self.raised + 1 - self.onset).unwrap_or(0)
    }

    /// Share of negatives in the last [`NEW_NORMAL_FROM`] minutes of a spike that stays.
    pub(crate) fn latest_share(&self, minute: i64) -> f64 {
        let mut latest = Counts::default();
        for point in &self.shown.points {
            if point.minute > minute - NEW_NORMAL_FROM {
                latest.add(point.counts);
            }
        }
        if latest.total == 0 {
            latest = self.closed;
        }
        f64::from(latest.negative) / f64::from(latest.total.max(1))
    }

    /// Severity of so many negatives where `expected` are usual, by minute `now`.
    pub(crate) fn severity_of(&self, counts: Counts, expected: f64, reach: u64, now: i64) -> u8 {
        let excess = f64::from(counts.negative) - expected;
        severity_at(excess, expected, reach, now.saturating_sub(self.onset))
    }
}

/// Severity by points: the excess of negatives in units of what the brand is used to,
/// times reach, times duration:
/// `excess/√(1 + expected/30) × (1 + log10(1 + reach/10,000)) × √(1 + hours)`;
/// 1 below 30 points, 2 below 100, 3 below 300, 4 below 1,000, else 5. `reach` is in
/// people, `minutes` since the onset. More of excess, reach or duration never lowers it;
/// what isn't a number counts as none.
fn severity_at(excess: f64, expected: f64, reach: u64, minutes: i64) -> u8 {
    let (excess, expected) = (excess.max(0.0), expected.max(0.0));
    #[allow(clippy::cast_precision_loss, reason = "an estimate of people")]
    let reach = 1.0 + maths::log10(1.0 + reach as f64 / 10_000.0);
    #[allow(clippy::cast_precision_loss, reason = "minutes of at most a day")]
    let hours = minutes.max(0) as f64 / 60.0;
    let points = excess / (1.0 + expected / 30.0).sqrt() * reach * (1.0 + hours).sqrt();
    let bars = [30.0, 100.0, 300.0, 1000.0];
    bars.iter()
        .fold(1, |severity, bar| severity + u8::from(points >= *bar))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn severity(excess: f64, expected: f64, reach: u64, minutes: i64) -> u8 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of the test"
        )]
        let negative = (excess + expected).round() as u32;
        severity_at(f64::from(negative) - expected, expected, reach, minutes)
    }

    proptest! {
        #[test]
        fn more_of_anything_never_lowers_the_severity(
            excess in 0.0_f64..1e6, more in 0.0_f64..1e6, expected in 0.0_f64..1e6,
            reach in any::<u64>(), wider in any::<u64>(),
            minutes in 0_i64..3_000, longer in 0_i64..3_000,
        ) {
            let before = severity(excess, expected, reach, minutes);
            prop_assert!((1..=5).contains(&before));
            prop_assert!(severity(excess + more + 1.0, expected, reach, minutes) >= before);
            prop_assert!(severity(excess, expected, reach.saturating_add(wider), minutes) >= before);
            prop_assert!(severity(excess, expected, reach, minutes + longer) >= before);
        }

        #[test]
        fn no_figure_makes_it_leave_its_range(
            excess in any::<f64>(), expected in any::<f64>(), reach in any::<u64>(), minutes in any::<i64>(),
        ) {
            prop_assert!((1..=5).contains(&severity_at(excess, expected, reach, minutes)));
        }
    }

    #[test]
    fn the_worked_examples_of_the_documentation() {
        // docs/detection.md: S1 after ten minutes and at its end, S3 after ten minutes and at its end.
        let cases = [
            (severity_at(8.25, 1.75, 150, 10), 1),
            (severity_at(49.5, 10.5, 900, 60), 2),
            (severity_at(24.0, 16.0, 600, 10), 1),
            (severity_at(432.0, 288.0, 10_800, 180), 4),
        ];
        for (found, told) in cases {
            assert_eq!(found, told, "{cases:?}");
        }
    }
}
