//! One series: a brand on all platforms, or on one of them.
//!
//! Counts lie in a ring of minutes. A minute is *closed* when the lateness has
//! passed it by; only closed minutes are learned from, one by one, so that the
//! order of arrival within the lateness leaves no trace in what is learned.
//! Ring, rhythm, histogram and scalars are under 1 KB, as a snapshot and in memory.

use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::maths::Crowd;
use crate::rhythm::Rhythm;
pub(crate) use crate::ring::LONGEST;
use crate::ring::{Ring, Sums};
use crate::scan::{self, Baseline, Counts, Dispersion, HOUR_WINDOW, Mood, Moods, WINDOWS};
use crate::surge::HOUR;
use crate::traffic::{Flow, Traffic};

/// A closed minute's window isn't scored below this many standard deviations: such
/// scores lie under every tail's beginning.
const DULL: f64 = 1.3;
/// Minutes after which a closed window is scored for the threshold: the long ones hardly
/// change from one to the next.
const SCORED_EVERY: [i64; WINDOWS.len()] = [1, 1, 1, 2, 4];
/// An empty series stops fading after this many hours (half a year): there is
/// nothing left to fade, and ten years of silence cost no more.
const IDLE_HOURS_MAX: i64 = 26 * 7 * 24;
/// Minutes of an hour that must have been seen for its maximum to be learned.
const HOUR_SEEN: u32 = 15;

/// One hour, being collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Hour {
    counts: Counts,
    /// Closed minutes in it that weren't frozen.
    minutes: u32,
    /// Highest score at the end of one of them.
    highest: f64,
    /// Whether a spike opened in it; its score counts for the threshold all the same.
    opened: bool,
}

/// Counts and learned state of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    ring: Ring,
    /// Whether a minute with a mention has been closed: learning begins with it, not
    /// with whichever mention happened to arrive first.
    began: bool,
    hour: Hour,
    /// The hour before: the baseline lags, so that a slow rise isn't learned while it is under way.
    lagging: Hour,
    /// Hours without a mention up to now.
    idle_hours: i64,
    pub(crate) baseline: Baseline,
    pub(crate) dispersion: Dispersion,
    pub(crate) calibration: Calibration,
    pub(crate) rhythm: Rhythm,
    pub(crate) traffic: Traffic,
}

/// The most surprising window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Finding {
    /// −log10 of the probability.
    pub(crate) score: f64,
    /// Its number in [`WINDOWS`].
    pub(crate) window: usize,
    /// What was counted in it.
    pub(crate) counts: Counts,
}

/// How windows are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// The minute they end with.
    pub(crate) last: i64,
    /// Windows of which share and volume together aren't off by this many standard
    /// deviations are passed over.
    pub(crate) deviations: f64,
    /// Whether the number of mentions tells anything.
    pub(crate) is_volume_told: bool,
}

impl Look {
    /// At all windows that end with minute `last`.
    pub(crate) fn at(last: i64) -> Self {
        Self {
            last,
            deviations: 0.0,
            is_volume_told: true,
        }
    }
}

impl Series {
    /// An empty series with room for `lateness` open minutes.
    pub(crate) fn new(lateness: i64, newest: i64) -> Self {
        Self {
            ring: Ring::new(lateness, newest),
            began: false,
            hour: Hour::default(),
            lagging: Hour::default(),
            idle_hours: 0,
            baseline: Baseline::default(),
            dispersion: Dispersion::default(),
            calibration: Calibration::new(),
            rhythm: Rhythm::new(),
            traffic: Traffic::default(),
        }
    }

    /// Whether a restored ring has the length that the settings ask for.
    pub(crate) fn fits(&self, lateness: i64) -> bool {
        self.ring.fits(lateness) && self.calibration.is_whole() && self.rhythm.is_whole()
    }

    /// The newest minute that there is room for.
    pub(crate) fn newest(&self) -> i64 {
        self.ring.newest()
    }

    /// Counts of one minute; zero outside the ring.
    pub(crate) fn minute(&self, minute: i64) -> Counts {
        self.ring.minute(minute)
    }

    /// Adds counts to a minute within the ring; others are let fall.
    pub(crate) fn add(&mut self, minute: i64, counts: Counts) {
        self.ring.add(minute, counts);
    }

    /// Takes counts back; `closed` tells that the minute has been learned from
    /// already, so that the hour must give them back as well.
    pub(crate) fn remove(&mut self, minute: i64, counts: Counts, closed: bool, now_hour: i64) {
        if !self.ring.holds(minute) {
            return;
        }
        self.ring.remove(minute, counts);
        if closed && let Some(hour) = self.hour_of(minute, now_hour) {
            hour.counts.remove(counts);
        }
    }

    fn hour_of(&mut self, minute: i64, now_hour: i64) -> Option<&mut Hour> {
        match now_hour - minute.div_euclid(60) {
            0 => Some(&mut self.hour),
            1 => Some(&mut self.lagging),
            _ => None,
        }
    }

    /// Whether learning has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.began
    }

    /// Whether no minute of the ring has a mention.
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Makes room for the minute after the newest one.
    pub(crate) fn enter_next(&mut self) {
        self.ring.enter_next();
    }

    /// Moves an empty ring to `minute` at once; `open_hour_minutes` closed minutes
    /// of the current hour lie behind it.
    pub(crate) fn jump(&mut self, minute: i64, open_hour_minutes: u32) {
        self.ring.jump(minute);
        self.hour.minutes = open_hour_minutes;
    }

    /// Sum over the `length` minutes that end with `last`.
    pub(crate) fn sum(&self, last: i64, length: i64) -> Counts {
        self.ring.sum(last, length)
    }

    /// Sum over the hour that ends with minute `last`, whatever lies before a spike that
    /// is over included: windows begin anew behind it, what is shown doesn't.
    pub(crate) fn hour(&self, last: i64) -> Counts {
        let mut sum = Counts::default();
        for back in 0..HOUR {
            sum.add(self.minute(last.saturating_sub(back)));
        }
        sum
    }

    /// Sums over the windows that end with minute `last`.
    pub(crate) fn windows(&self, last: i64) -> Sums {
        self.ring.windows(last)
    }

    /// Closes one minute: its windows are scored against `moods` for the
    /// threshold, its blocks and counts are learned. A `frozen` minute belongs to
    /// an open spike and leaves no trace.
    pub(crate) fn close(&mut self, minute: i64, frozen: bool, moods: &Moods, prior: Mood) {
        self.began |= self.minute(minute).total > 0;
        if !self.began {
            return;
        }
        if !frozen {
            self.hour.counts.add(self.minute(minute));
            self.hour.minutes += 1;
            self.learn_blocks(minute, moods);
        }
        if (minute + 1).rem_euclid(60) == 0 {
            self.close_hour(minute.div_euclid(60), prior);
        }
    }

    fn learn_blocks(&mut self, minute: i64, moods: &Moods) {
        if self.is_empty() {
            return;
        }
        let sums = self.windows(minute);
        let look = Look {
            deviations: DULL,
            ..Look::at(minute)
        };
        let flow = Flow::new(&self.rhythm);
        for (window, (&counts, &mood)) in sums.iter().zip(moods).enumerate() {
            if (minute + 1).rem_euclid(SCORED_EVERY[window]) == 0 {
                let score = self.score(window, counts, mood, look, &flow);
                self.hour.highest = self.hour.highest.max(score);
            }
        }
        for (window, length) in WINDOWS.into_iter().enumerate() {
            let is_whole = minute - length + 1 >= self.ring.floor();
            if is_whole && (minute + 1).rem_euclid(length) == 0 {
                self.dispersion
                    .learn(window, sums[window], moods[window].share);
            }
        }
    }

    /// The most surprising of the windows that hold `sums`.
    pub(crate) fn highest(&self, sums: &Sums, moods: &Moods, look: Look) -> Finding {
        let flow = Flow::new(&self.rhythm);
        let mut best = Finding::default();
        for (window, (&counts, &mood)) in sums.iter().zip(moods).enumerate() {
            let score = self.score(window, counts, mood, look, &flow);
            if score > best.score {
                best = Finding {
                    score,
                    window,
                    counts,
                };
            }
        }
        best
    }

    /// How surprising `counts` are in window number `window`.
    fn score(&self, window: usize, counts: Counts, mood: Mood, look: Look, flow: &Flow<'_>) -> f64 {
        if counts.negative < scan::NEGATIVES_MIN[window] {
            return 0.0;
        }
        let rho = self.dispersion.rho(window);
        let Some(of_share) = scan::squared_excess(counts, mood, rho) else {
            return 0.0;
        };
        // Behind a spike that is over the windows are shorter.
        let since = look
            .last
            .saturating_sub(self.ring.floor())
            .saturating_add(1);
        let length = WINDOWS[window].min(since);
        let crowd = match look.is_volume_told {
            true => self.traffic.crowd(flow, look.last, length),
            false => Crowd::UNKNOWN,
        };
        let of_volume = crowd.squared_excess(f64::from(counts.total));
        if of_share + of_volume < look.deviations * look.deviations {
            return 0.0;
        }
        scan::score(counts, mood, rho, crowd, window)
    }

    /// Learns the hour that ends, and lets the baseline have the one before it.
    pub(crate) fn close_hour(&mut self, hour: i64, prior: Mood) {
        let ended = std::mem::take(&mut self.hour);
        let lagging = std::mem::replace(&mut self.lagging, ended);
        if ended.minutes > 0 && ended.counts.total == 0 && lagging.counts.total == 0 {
            self.idle_hours = (self.idle_hours + 1).min(IDLE_HOURS_MAX);
        } else {
            self.idle_hours = 0;
        }
        if self.idle_hours >= IDLE_HOURS_MAX {
            return;
        }
        let seen = f64::from(ended.minutes) / 60.0;
        let mentions = f64::from(ended.counts.total);
        if ended.minutes >= HOUR_SEEN {
            let expected = self.rhythm.expected(hour) * seen;
            self.rhythm.learn(hour, mentions, seen);
            if !self.rhythm.is_silent() {
                self.traffic.learn(mentions, expected);
            }
        }
        // A silence that can't be chance is missing data: it says nothing of the scores.
        if (ended.minutes >= HOUR_SEEN && !self.rhythm.is_silent()) || ended.opened {
            self.calibration.learn(
                ended.highest,
                seen.max(if ended.opened { 1.0 } else { 0.0 }),
            );
        }
        let rho = self.dispersion.rho(HOUR_WINDOW);
        self.dispersion.fade();
        let usual = self.rhythm.expected(hour - 1);
        self.baseline.learn(lagging.counts, usual, prior, rho);
    }

    /// Passes a gap in which the ring was empty: `hours` whole hours from `first`
    /// on, of which those that still matter are learned, and then `minutes` of the
    /// hour in which the oldest open minute lies. `newest` is the new newest minute.
    pub(crate) fn pass_gap(
        &mut self,
        first: i64,
        hours: i64,
        minutes: u32,
        newest: i64,
        prior: Mood,
    ) {
        self.ring.jump(newest);
        if hours == 0 {
            self.hour.minutes = minutes;
            return;
        }
        for hour in 0..hours {
            if hour > 1 && self.idle_hours >= IDLE_HOURS_MAX {
                break;
            }
            self.hour.minutes = 60;
            self.close_hour(first.saturating_add(hour), prior);
        }
        self.hour.minutes = minutes;
    }

    /// A spike opened, with `onset` its first minute: the closed minutes since
    /// then, up to `closed`, are taken out of what is being learned, and the hour's
    /// maximum counts as `score`, what a page is by itself in the mean, so that the
    /// threshold doesn't learn from calm hours alone.
    pub(crate) fn retract(&mut self, onset: i64, closed: i64, score: f64) {
        let now_hour = (closed + 1).div_euclid(60);
        for minute in onset..=closed {
            let counts = self.minute(minute);
            if let Some(hour) = self.hour_of(minute, now_hour) {
                hour.counts.remove(counts);
                hour.minutes = hour.minutes.saturating_sub(1);
            }
        }
        self.hour.highest = score;
        self.hour.opened = true;
    }

    /// A spike is over: the windows begin anew after `minute`.
    pub(crate) fn resume_after(&mut self, minute: i64) {
        self.ring.begin_at(minute + 1);
    }

    /// What the mood is expected to be.
    pub(crate) fn mood(&self, prior: Mood) -> Mood {
        self.baseline.mood(prior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series of `per_minute` mentions a minute after four days.
    fn grown(per_minute: u32) -> Series {
        let mut series = Series::new(15, 0);
        for minute in 1..4 * 24 * 60 {
            series.enter_next();
            let counts = Counts {
                negative: per_minute / 3,
                total: per_minute,
            };
            series.add(minute, counts);
            let mood = series.mood(Mood::PRIOR);
            series.close(minute - 16, false, &[mood; WINDOWS.len()], Mood::PRIOR);
        }
        series
    }

    #[test]
    fn the_core_is_small() {
        for per_minute in [0, 3, 100] {
            let series = grown(per_minute);
            let snapshot = postcard::to_stdvec(&series).unwrap();
            assert!(snapshot.len() <= 1024, "{} bytes", snapshot.len());
            let cells = 2 * (LONGEST + 17); // 100 mentions a minute fit into bytes
            let memory = size_of::<Series>() as i64 + cells + 32 * 4;
            assert!(memory <= 1024, "{memory} bytes");
        }
    }

    #[test]
    fn the_usual_share_is_learned() {
        let series = grown(30);
        assert!((series.mood(Mood::PRIOR).share - 1.0 / 3.0).abs() < 0.01);
        assert!((series.rhythm.mean() - 1800.0).abs() < 20.0);
        let sums = series.windows(4 * 24 * 60 - 1);
        let found = series.highest(
            &sums,
            &[series.mood(Mood::PRIOR); WINDOWS.len()],
            Look::at(4 * 24 * 60 - 1),
        );
        assert!(found.score < 1.0);
    }

    #[test]
    fn one_more_negative_never_lowers_the_score_at_a_fixed_baseline() {
        let mut series = grown(9);
        let last = 4 * 24 * 60 - 1;
        let moods = [series.mood(Mood::PRIOR); WINDOWS.len()];
        let mut before = 0.0;
        for _ in 0..300 {
            series.add(last, Counts::one(true));
            let score = series
                .highest(&series.windows(last), &moods, Look::at(last))
                .score;
            assert!(score >= before - 1e-6, "{before} {score}");
            before = score;
        }
        assert!(before > 20.0);
    }
}
