//! The share scan for one aspect, by itself.
//!
//! One aspect's complaints can rise while the share of all negatives is flat, since others
//! fall. [`AspectScan`] counts, out of all mentions that count in the share, those that are
//! negative about one aspect, and looks at them as a brand's series is looked at: the same
//! windows, the same learned baseline, the same threshold that the series sets itself
//! (`scan`, `series`, `calibration`). It wakes nobody; it tells what to look at.
//!
//! The same looks at what is said of a campaign ([`AspectScan::of_subject`]): out of the
//! mentions of it, those that are negative, beginning with the brand's usual mood.

use serde::{Deserialize, Serialize};

use crate::maths;
use crate::opening::{SCORE_MIN, WEEK_HOURS};
use crate::scan::{Counts, HOUR_WINDOW, Mood, WINDOWS};
use crate::series::{Look, Series};
use crate::settings::BrandSettings;

/// Notes a week of all aspects of a brand together, for each false alarm that it may
/// cause: they wake nobody, and are half of what its platforms have.
const BUDGET_PART: f64 = 0.25;
/// The share of one aspect's complaints in a brand nobody has seen yet, and how many
/// mentions that guess is worth: a twelfth of the guess for all, for twelve aspects.
const PRIOR: Mood = Mood {
    share: 0.02,
    weight: 12.0,
};
/// How many mentions the brand's usual share is worth as a guess for one subject of it.
const SUBJECT_WEIGHT: f64 = 50.0;
/// The range of that guess: what nobody complains of yet isn't beyond complaint.
const SUBJECT_SHARE: [f64; 2] = [0.02, 0.9];
/// Authors of the last complaints that are remembered: who is among them has said it
/// already, so that one author's flood is one complaint. As five complaints at least make
/// a rise, it takes five people.
const AUTHORS: usize = 16;
/// Calm minutes in a row that end a rise, and what is calm: a score below half of the least
/// that is told.
const CALM_MINUTES: i64 = 30;
const CALM_SCORE: f64 = SCORE_MIN / 2.0;
/// A rise that lasts as long, minutes, is the new normal.
const LONGEST_RISE: i64 = 24 * 60;
/// Mentions' worth of knowledge in the new baseline then.
const REBASED_WEIGHT: f64 = 50.0;

/// The course of one aspect's complaints. Under 1 KB beside its ring of minutes, which
/// takes two bytes a minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AspectScan {
    series: Series,
    /// What is expected before anything is learned.
    prior: Mood,
    /// The newest minute; none before the first mention.
    newest: Option<i64>,
    /// Minutes that may still be filled.
    lateness: i64,
    /// Who complained last, by 16 bits of a hash, and the place of the next.
    authors: [u16; AUTHORS],
    next: u8,
    rise: Option<Rise>,
    /// First and last minute of the rise before.
    last: Option<[i64; 2]>,
}

/// An aspect's complaints are more than its past explains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rise {
    /// The first minute of the window it was seen in, since 1970.
    pub since: i64,
    /// −log10 of the probability that the usual mood gives so many.
    pub surprise: f64,
    /// Negative mentions of the aspect in that window, and all mentions.
    pub counts: [u32; 2],
    /// The share that was expected, 0–1.
    pub expected: f64,
    /// Minutes without anything unusual since.
    calm: i64,
}

impl AspectScan {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(settings: &BrandSettings) -> Self {
        let lateness = settings.lateness_minutes();
        Self {
            series: Series::new(lateness, 0),
            prior: PRIOR,
            newest: None,
            lateness,
            authors: [0; AUTHORS],
            next: 0,
            rise: None,
            last: None,
        }
    }

    /// The scan of the mentions of one subject, of which nothing is known yet; `usual` is
    /// the share of negatives among all of the brand's mentions, 0–1, if that is known.
    #[must_use]
    pub fn of_subject(settings: &BrandSettings, usual: Option<f64>) -> Self {
        let [low, high] = SUBJECT_SHARE;
        let prior = usual.map_or(Mood::PRIOR, |share| Mood {
            share: share.clamp(low, high),
            weight: SUBJECT_WEIGHT,
        });
        Self {
            prior,
            ..Self::new(settings)
        }
    }

    /// A mention that counts in the share; `negative_of` is a hash of its author if it is
    /// negative about this aspect. Mentions behind the lateness are left out.
    pub fn count(&mut self, minute: i64, negative_of: Option<u64>, settings: &BrandSettings) {
        self.reach(minute);
        let newest = self.newest.unwrap_or(minute);
        if minute < newest - self.lateness {
            return;
        }
        let is_complaint = negative_of.is_some_and(|author| self.is_another(author));
        self.series.add(minute, Counts::one(is_complaint));
        if is_complaint && self.rise.is_none() && !self.is_resting(minute) {
            self.look(minute, settings);
        }
    }

    /// The rise that is under way.
    #[must_use]
    pub const fn rise(&self) -> Option<Rise> {
        self.rise
    }

    /// The rise before, if there was one: its first minute and its last, since 1970.
    #[must_use]
    pub const fn last_rise(&self) -> Option<[i64; 2]> {
        self.last
    }

    /// Whether a restored scan was made with this lateness and stands where it says.
    #[must_use]
    pub fn fits(&self, settings: &BrandSettings) -> bool {
        let lateness = settings.lateness_minutes();
        self.lateness == lateness
            && self.prior.is_sound()
            && self.series.fits(lateness)
            && self.newest.unwrap_or(0) == self.series.newest()
    }

    /// Whether the author isn't one of those who complained last; is one from now on.
    #[allow(clippy::cast_possible_truncation, reason = "sixteen bits of a hash")]
    fn is_another(&mut self, author: u64) -> bool {
        let author = (author >> 48) as u16;
        if self.authors.contains(&author) {
            return false;
        }
        let place = usize::from(self.next) % AUTHORS;
        self.authors[place] = author;
        self.next = (self.next + 1) % AUTHORS as u8;
        true
    }

    /// Moves the ring to `minute` and learns what that closes.
    fn reach(&mut self, minute: i64) {
        let Some(mut newest) = self.newest else {
            self.newest = Some(minute);
            self.series.jump(minute, 0);
            return;
        };
        while newest < minute && !self.series.is_empty() {
            newest += 1;
            self.series.enter_next();
            self.close(newest - self.lateness - 1);
        }
        if newest < minute {
            self.jump(newest, minute);
        }
        self.newest = Some(newest.max(minute));
    }

    /// Moves an empty ring over a gap at once.
    fn jump(&mut self, from: i64, to: i64) {
        let learned = from - self.lateness - 1;
        if let Some(rise) = self.rise.take() {
            self.last = Some([rise.since, learned.max(rise.since)]);
            self.series.resume_after(learned.max(rise.since));
        }
        let first = (learned + 1).div_euclid(60);
        let open = to.saturating_sub(self.lateness);
        let (hours, minutes) = (open.div_euclid(60) - first, open.rem_euclid(60));
        let minutes = u32::try_from(minutes).unwrap_or(0);
        self.series.pass_gap(first, hours, minutes, to, self.prior);
    }

    fn close(&mut self, minute: i64) {
        let is_within = |[first, last]: [i64; 2]| (first..=last).contains(&minute);
        let is_rising = self.rise.is_some_and(|rise| minute >= rise.since);
        let frozen = is_rising || self.last.is_some_and(is_within);
        let moods = [self.series.mood(self.prior); WINDOWS.len()];
        self.series.close(minute, frozen, &moods, self.prior);
        self.follow(minute);
    }

    /// Whether the rise is over with this closed minute.
    fn follow(&mut self, minute: i64) {
        let Some(mut rise) = self.rise.take() else {
            return;
        };
        let windows = self.series.windows(minute);
        let moods = [self.series.mood(self.prior); WINDOWS.len()];
        // The longest windows remember the rise long after it is over.
        let mut recent = windows;
        recent[HOUR_WINDOW..].fill(Counts::default());
        let score = self.series.highest(&recent, &moods, Look::at(minute)).score;
        rise.calm = if score < CALM_SCORE { rise.calm + 1 } else { 0 };
        let lasts = minute - rise.since;
        if lasts >= LONGEST_RISE {
            let hours = windows[WINDOWS.len() - 1];
            let share = f64::from(hours.negative) / f64::from(hours.total.max(1));
            self.series.baseline.rebase(share, REBASED_WEIGHT);
        }
        if rise.calm >= CALM_MINUTES || lasts >= LONGEST_RISE {
            self.last = Some([rise.since, minute]);
            self.series.resume_after(minute);
        } else {
            self.rise = Some(rise);
        }
    }

    fn is_resting(&self, minute: i64) -> bool {
        let last = self.last;
        last.is_some_and(|[_, last]| minute <= last.saturating_add(self.lateness + 1))
    }

    fn look(&mut self, minute: i64, settings: &BrandSettings) {
        let mood = self.series.mood(self.prior);
        let moods = [mood; WINDOWS.len()];
        let windows = self.series.windows(minute);
        let found = self.series.highest(&windows, &moods, Look::at(minute));
        let volume = self.series.rhythm.mean();
        let calibration = &self.series.calibration;
        let period = calibration.log_return_hours(found.score, volume);
        #[allow(clippy::cast_precision_loss, reason = "twelve")]
        let aspects = mention::Aspect::ALL.len() as f64;
        let budget = settings.budget_per_week() * BUDGET_PART / aspects;
        let bar = maths::log10(WEEK_HOURS / budget);
        if found.score < SCORE_MIN || period < bar {
            return;
        }
        let since = minute - WINDOWS[found.window] + 1;
        let usual = calibration.mean_beyond(bar, volume);
        let closed = minute - self.lateness - 1;
        self.series.retract(since, closed, usual);
        self.rise = Some(Rise {
            since,
            surprise: found.score,
            counts: [found.counts.negative, found.counts.total],
            expected: mood.share,
            calm: 0,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mentions a minute of which a part is negative about the aspect, over days; authors
    /// differ. Says in which minutes a rise was seen first.
    fn rises(
        scan: &mut AspectScan,
        minutes: std::ops::Range<i64>,
        of: impl Fn(i64) -> [u32; 2],
    ) -> Vec<i64> {
        let settings = BrandSettings::new("acme");
        let mut seen = Vec::new();
        let mut was_rising = scan.rise().is_some();
        for minute in minutes {
            let [negative, total] = of(minute);
            for number in 0..total {
                let author = (number < negative).then(|| hash_of(minute * 31 + i64::from(number)));
                scan.count(minute, author, &settings);
            }
            let is_rising = scan.rise().is_some();
            if is_rising && !was_rising {
                seen.push(minute);
            }
            was_rising = is_rising;
        }
        seen
    }

    fn hash_of(number: i64) -> u64 {
        crate::hash::of(&[&number.to_le_bytes()])
    }

    /// A number that is like chance, the same each time.
    fn noise(minute: i64) -> u32 {
        let hash = hash_of(minute);
        u32::try_from(hash % 1_000).unwrap()
    }

    #[test]
    fn a_rise_is_seen_and_ends_and_quiet_weeks_show_nothing() {
        let day = 24 * 60;
        let mut scan = AspectScan::new(&BrandSettings::new("acme"));
        // Two mentions a minute, one in twenty of them about the aspect.
        let quiet = |minute| [u32::from(noise(minute) < 100), 2];
        let seen = rises(&mut scan, 0..21 * day, quiet);
        assert!(seen.is_empty(), "{seen:?}");
        let from = 21 * day;
        let loud = |minute: i64| {
            let is_loud = minute < from + 120;
            [
                u32::from(noise(minute) < if is_loud { 700 } else { 100 }),
                2,
            ]
        };
        let seen = rises(&mut scan, from..from + day, loud);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!((from..from + 40).contains(&seen[0]), "{seen:?} from {from}");
        assert_eq!(scan.rise(), None);
        let [first, last] = scan.last_rise().unwrap();
        assert!(
            first <= seen[0] && (from + 60..from + day).contains(&last),
            "{first} {last}"
        );
    }

    #[test]
    fn more_of_everything_is_no_rise_and_nor_is_one_author() {
        let day = 24 * 60;
        let mut scan = AspectScan::new(&BrandSettings::new("acme"));
        let seen = rises(&mut scan, 0..8 * day, |minute| {
            let times = if minute >= 7 * day { 10 } else { 1 };
            let negative = (0..times)
                .filter(|&part| noise(minute * 10 + part) < 100)
                .count();
            [
                u32::try_from(negative).unwrap(),
                2 * u32::try_from(times).unwrap(),
            ]
        });
        assert!(seen.is_empty(), "{seen:?}");
        let settings = BrandSettings::new("acme");
        for number in 0..50 {
            scan.count(8 * day + number / 10, Some(hash_of(-1)), &settings);
        }
        assert_eq!(scan.rise(), None);
    }

    #[test]
    fn it_is_small_and_passes_any_gap() {
        let settings = BrandSettings::new("acme");
        let mut scan = AspectScan::new(&settings);
        rises(&mut scan, 0..4 * 24 * 60, |minute| {
            [u32::from(noise(minute) < 100), 20]
        });
        let bytes = postcard::to_stdvec(&scan).unwrap();
        assert!(bytes.len() <= 1_024, "{} bytes", bytes.len());
        let again: AspectScan = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(again, scan);
        assert!(again.fits(&settings));
        scan.count(1 << 40, Some(hash_of(1)), &settings);
        scan.count(0, Some(hash_of(1)), &settings);
        assert!(scan.fits(&settings));
    }
}
