//! An open spike: what is kept of it from onset to all-clear.

use mention::{EventTime, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::scan::{Counts, Mood};

/// Closed minutes over which recovery is judged.
pub(crate) const RECOVERY: i64 = 30;
/// A spike is over when its excess in half an hour has fallen to this part of its highest.
const RECOVERED_PART: f64 = 0.2;
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
    /// Last minute with a mention.
    pub(crate) last_heard: i64,
    /// Late mentions that fall into it.
    pub(crate) late: Counts,
    /// People reached by its negatives.
    pub(crate) reach: u64,
    /// Minute of event time of the last revision.
    pub(crate) revised: i64,
    /// Shown points, each of `step` minutes.
    pub(crate) points: Vec<Point>,
    pub(crate) step: i64,
}

impl Episode {
    /// The shown mood, frozen at the opening.
    pub(crate) fn mood(&self) -> Mood {
        Mood {
            share: self.share,
            weight: self.weight,
        }
    }

    /// Adds one closed minute to the shown series; neighbours are merged when
    /// there are too many, so that the steps double.
    pub(crate) fn show(&mut self, minute: i64, counts: Counts, expected: f64) {
        let start = minute - minute.rem_euclid(self.step);
        match self.points.last_mut() {
            Some(last) if last.minute == start => {
                last.counts.add(counts);
                last.expected += expected;
            }
            _ => self.points.push(Point {
                minute: start,
                counts,
                expected,
            }),
        }
        if self.points.len() > POINTS - 20 {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.step *= 2;
        let mut coarse: Vec<Point> = Vec::with_capacity(POINTS);
        for point in std::mem::take(&mut self.points) {
            let start = point.minute - point.minute.rem_euclid(self.step);
            match coarse.last_mut() {
                Some(last) if last.minute == start => {
                    last.counts.add(point.counts);
                    last.expected += point.expected;
                }
                _ => coarse.push(Point {
                    minute: start,
                    ..point
                }),
            }
        }
        self.points = coarse;
    }

    /// Judges one more closed minute: `recent` negatives and mentions and the
    /// `expected` negatives of the last half hour, `usual` mentions in half an hour.
    pub(crate) fn judge(
        &mut self,
        minute: i64,
        recent: Counts,
        expected: f64,
        usual: f64,
    ) -> Option<End> {
        let excess = f64::from(recent.negative) - expected;
        self.peak = self.peak.max(excess);
        if minute - self.onset >= LONGEST_SPIKE {
            return Some(End::NewNormal);
        }
        let decided = EventTime::from_millis(self.detected_at).minute();
        if minute < decided.max(self.onset + RECOVERY - 1) {
            return None;
        }
        let is_silent = recent.total == 0 && usual >= 10.0;
        if is_silent && minute - self.last_heard < SILENCE_HELD {
            return None;
        }
        (excess <= RECOVERED_PART * self.peak).then_some(End::Recovered)
    }

    /// Severity by points: the excess of negatives in units of what the brand is
    /// used to, times reach, times duration:
    /// `excess/√(1 + expected/30) × (1 + log10(1 + reach/10,000)) × √(1 + hours)`;
    /// 1 below 30 points, 2 below 100, 3 below 300, 4 below 1,000, else 5. It never
    /// falls while the spike is open.
    pub(crate) fn rate_severity(&mut self, counts: Counts, expected: f64, now: i64) -> bool {
        let excess = (f64::from(counts.negative) - expected).max(0.0);
        #[allow(clippy::cast_precision_loss, reason = "an estimate of people")]
        let reach = 1.0 + crate::maths::log10(1.0 + self.reach as f64 / 10_000.0);
        #[allow(clippy::cast_precision_loss, reason = "minutes of at most a day")]
        let hours = (now - self.onset).max(0) as f64 / 60.0;
        let points =
            excess / (1.0 + expected.max(0.0) / 30.0).sqrt() * reach * (1.0 + hours).sqrt();
        let bars = [30.0, 100.0, 300.0, 1000.0];
        let severity = bars
            .iter()
            .fold(1, |severity, bar| severity + u8::from(points >= *bar));
        let rises = severity > self.severity;
        self.severity = self.severity.max(severity);
        rises
    }
}
