//! An open spike: what is kept of it from onset to all-clear.

use mention::{EventTime, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::maths;
use crate::scan::{Counts, Mood};
use crate::tally::{Background, Tally};

/// Closed minutes over which recovery is judged.
pub(crate) const RECOVERY: i64 = 30;
/// Part of the highest excess that must have gone for a recovery.
const GONE_PART: f64 = 0.5;
/// Log-likelihood ratio at which the recovery is certain enough: a thousand to one.
const CERTAIN: f64 = 7.0;
/// Evidence a minute that a calm brand should give, so that a recovery takes an hour
/// and a half at most to be certain of: excesses too small for it are let go.
const PACE: f64 = CERTAIN / 90.0;
/// Negatives expected a minute are taken to be at least this many.
const EXPECTED_MIN: f64 = 0.01;
/// Minutes after which a spike that doesn't recover is the new normal: a day.
const LONGEST_SPIKE: i64 = 24 * 60;
/// Minutes for which a silent input keeps a spike open: silence is not calm.
const SILENCE_HELD: i64 = 6 * 60;
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

/// How the spike ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The negatives fell back to the usual.
    Recovered,
    /// They stayed: what was a spike is now the baseline.
    NewNormal,
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
    /// Minute of event time of the last revision.
    pub(crate) revised: i64,
    /// The series shown with it.
    pub(crate) shown: Shown,
}

impl Episode {
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
    /// rate of negatives and against half of the highest excess being left (CUSUM
    /// of Poisson counts: J. M. Lucas, Technometrics 27 (1985) 129). Silence of an
    /// input that should speak is no evidence.
    pub(crate) fn judge(
        &mut self,
        minute: i64,
        counts: Counts,
        expected: f64,
        recent: f64,
        usual: f64,
    ) -> Option<End> {
        self.peak = self.peak.max(recent);
        if minute - self.onset >= LONGEST_SPIKE {
            return Some(End::NewNormal);
        }
        let silence = minute - self.last_heard;
        let is_silent = silence >= RECOVERY && usual >= 10.0;
        if !is_silent || silence >= SILENCE_HELD {
            let expected = expected.max(EXPECTED_MIN);
            #[allow(clippy::cast_precision_loss, reason = "30")]
            let left = GONE_PART * self.peak / RECOVERY as f64;
            let left = left.max((2.0 * expected * PACE).sqrt() + PACE);
            let against = f64::from(counts.negative) * maths::ln(1.0 + left / expected);
            self.calm = (self.calm + left - against).max(0.0);
        }
        let decided = EventTime::from_millis(self.detected_at).minute();
        let is_young = minute < decided.max(self.onset + RECOVERY - 1);
        (!is_young && self.calm >= CERTAIN).then_some(End::Recovered)
    }

    /// Severity by points: the excess of negatives in units of what the brand is
    /// used to, times reach, times duration:
    /// `excess/√(1 + expected/30) × (1 + log10(1 + reach/10,000)) × √(1 + hours)`;
    /// 1 below 30 points, 2 below 100, 3 below 300, 4 below 1,000, else 5.
    pub(crate) fn severity_of(&self, counts: Counts, expected: f64, reach: u64, now: i64) -> u8 {
        let excess = (f64::from(counts.negative) - expected).max(0.0);
        #[allow(clippy::cast_precision_loss, reason = "an estimate of people")]
        let reach = 1.0 + maths::log10(1.0 + reach as f64 / 10_000.0);
        #[allow(clippy::cast_precision_loss, reason = "minutes of at most a day")]
        let hours = (now - self.onset).max(0) as f64 / 60.0;
        let points =
            excess / (1.0 + expected.max(0.0) / 30.0).sqrt() * reach * (1.0 + hours).sqrt();
        let bars = [30.0, 100.0, 300.0, 1000.0];
        bars.iter()
            .fold(1, |severity, bar| severity + u8::from(points >= *bar))
    }
}
