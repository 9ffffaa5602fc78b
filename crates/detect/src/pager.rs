//! When a spike opens, is revised and closes.

use mention::{EventTime, Spike, SpikeKind};

use crate::episode::{End, Episode, FrozenMood, LEAD_IN, RECOVERY};
use crate::maths;
use crate::scan::{self, Counts, Mood, WINDOWS};
use crate::series::{Finding, LONGEST, Series};
use crate::watch::{BrandWatch, State};

/// Hours of a week, which the budget is stated for.
const WEEK_HOURS: f64 = 168.0;
/// The budget's part of the series over all platforms; the platforms share the rest.
const WHOLE_BRAND_PART: f64 = 0.6;
/// Nothing less surprising than this pages, however quiet the past: odds of 1 in 500.
const SCORE_MIN: f64 = 2.7;
/// Fewer negatives than this in a window never page: a handful of people are no wave.
const NEGATIVES_MIN: u32 = 5;
/// Surge of other mentions above which the surcharge begins, its growth with the
/// decimal logarithm of the surge, its most, and mentions that steady the ratio.
const SURGE_FROM: f64 = 1.3;
const SURGE_SLOPE: f64 = 2.2;
const SURGE_MAX: f64 = 2.5;
const SURGE_PRIOR: f64 = 2.0;
/// A window under this many standard deviations can't reach any threshold.
const DULL: f64 = 1.5;
/// Mentions' worth of knowledge in the new baseline when a spike became the new normal.
const REBASED_WEIGHT: f64 = 50.0;

/// A window that pages.
struct Alarm {
    platform: Option<u8>,
    finding: Finding,
    mood: Mood,
    /// log10 of its return period over the budget's; positive.
    margin: f64,
}

impl State {
    pub(crate) fn series(&self) -> impl Iterator<Item = &Series> {
        std::iter::once(&self.all).chain(self.platforms.values())
    }

    /// Whether the bounds hold that the code relies on.
    pub(crate) fn is_whole(&self) -> bool {
        self.known.is_whole() && self.platforms.keys().all(|&position| position < 15)
    }
}

impl BrandWatch {
    /// A negative mention was counted in `minute`; does it open a spike?
    pub(crate) fn look_for_spike(&mut self, minute: i64, at: i64, out: &mut Vec<Spike>) {
        if self.state.page.is_some() || self.is_resting(minute) {
            return;
        }
        let single = self.state.platforms.len() < 2;
        let mut best = self.alarm_of(None, minute);
        if !single {
            let positions: Vec<u8> = self.state.platforms.keys().copied().collect();
            for position in positions {
                let alarm = self.alarm_of(Some(position), minute);
                best = match (best, alarm) {
                    (Some(a), Some(b)) if b.margin > a.margin => Some(b),
                    (None, alarm) => alarm,
                    (best, _) => best,
                };
            }
        }
        if let Some(alarm) = best {
            self.open(&alarm, minute, at, out);
        }
    }

    /// After a closing the lateness must pass, so that it doesn't matter whether a
    /// heartbeat or a mention brought the closing about.
    fn is_resting(&self, minute: i64) -> bool {
        let lateness = self.settings.lateness_minutes();
        let last = self.state.last_spike;
        last.is_some_and(|[_, last]| minute <= last.saturating_add(lateness + 1))
    }

    /// log10 of the return period, hours, at which the series pages.
    fn bar(&self, platform: Option<u8>) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "at most fifteen platforms")]
        let platforms = self.state.platforms.len() as f64;
        let part = match platform {
            None if platforms < 2.0 => 1.0,
            None => WHOLE_BRAND_PART,
            Some(_) => (1.0 - WHOLE_BRAND_PART) / platforms,
        };
        maths::log10(WEEK_HOURS / (self.settings.budget_per_week() * part))
    }

    fn alarm_of(&self, platform: Option<u8>, minute: i64) -> Option<Alarm> {
        let series = self.series_at(platform);
        let windows = series.windows(minute);
        if windows[WINDOWS.len() - 1].negative < NEGATIVES_MIN {
            return None;
        }
        let moods = self.moods(platform, &windows, minute);
        let finding = series.highest(&windows, &moods, DULL);
        if finding.score < SCORE_MIN || finding.counts.negative < NEGATIVES_MIN {
            return None;
        }
        let margin = series
            .calibration
            .log_return_hours(finding.score, series.volume())
            - self.bar(platform)
            - surge_surcharge(series, &windows, moods[WINDOWS.len() - 1], minute);
        (margin > 0.0).then_some(Alarm {
            platform,
            finding,
            mood: moods[finding.window],
            margin,
        })
    }

    pub(crate) fn series_at(&self, platform: Option<u8>) -> &Series {
        let own = platform.and_then(|position| self.state.platforms.get(&position));
        own.unwrap_or(&self.state.all)
    }

    fn open(&mut self, alarm: &Alarm, minute: i64, at: i64, out: &mut Vec<Spike>) {
        let series = self.series_at(alarm.platform);
        let onset = onset(series, alarm, minute);
        let rho = series.dispersion.rho(WINDOWS.len() - 1);
        let brand = self.state.all.mood(Mood::PRIOR).for_platform();
        let moods = self
            .state
            .platforms
            .iter()
            .map(|(&platform, series)| FrozenMood {
                platform,
                share: series.mood(brand).share,
            });
        let episode = Episode {
            kind: SpikeKind::ComplaintWave,
            platform: alarm.platform,
            severity: 1,
            onset,
            detected_at: at,
            share: alarm.mood.share,
            weight: alarm.mood.weight,
            rho,
            moods: moods.collect(),
            stepped: onset - 1,
            closed: Counts::default(),
            expected: 0.0,
            peak: 0.0,
            last_heard: minute,
            late: Counts::default(),
            reach: 0,
            revised: minute,
            points: Vec::new(),
            step: 1,
        };
        self.retract(onset);
        self.begin(episode, minute, out);
    }

    /// Takes the spike's minutes out of what the series have been learning.
    fn retract(&mut self, onset: i64) {
        let learned = self.learned_minute();
        let bars: Vec<(u8, f64)> = (self.state.platforms.keys())
            .map(|&position| (position, self.bar(Some(position))))
            .collect();
        let whole = self.bar(None);
        let all = &mut self.state.all;
        all.retract(
            onset,
            learned,
            all.calibration.score_at(whole, all.volume()),
        );
        for (position, bar) in bars {
            if let Some(series) = self.state.platforms.get_mut(&position) {
                series.retract(
                    onset,
                    learned,
                    series.calibration.score_at(bar, series.volume()),
                );
            }
        }
    }

    fn begin(&mut self, mut episode: Episode, minute: i64, out: &mut Vec<Spike>) {
        for lead in (episode.onset - LEAD_IN)..episode.onset {
            let (counts, expected) = self.minute_of(&episode, lead);
            episode.show(lead, counts, expected);
        }
        self.state.page = Some(episode);
        self.step_spike(out);
        if let Some(mut episode) = self.state.page.take() {
            let (counts, expected) = self.so_far(&episode);
            episode.rate_severity(counts, expected, minute);
            out.push(self.spike_of(&episode, None));
            self.state.page = Some(episode);
        }
    }

    /// Counts and expected negatives of one minute in the spike's series.
    fn minute_of(&self, episode: &Episode, minute: i64) -> (Counts, f64) {
        let counts = self.series_at(episode.platform).minute(minute);
        if episode.platform.is_some() || episode.moods.len() < 2 {
            return (counts, f64::from(counts.total) * episode.share);
        }
        let expected = episode.moods.iter().map(|mood| {
            let series = self.state.platforms.get(&mood.platform);
            let total = series.map_or(0, |series| series.minute(minute).total);
            f64::from(total) * mood.share
        });
        (counts, expected.sum())
    }

    /// Counts since onset and the negatives expected in them, open minutes included.
    pub(crate) fn so_far(&self, episode: &Episode) -> (Counts, f64) {
        let (mut counts, mut expected) = (episode.closed, episode.expected);
        let newest = self
            .state
            .clock
            .map_or(episode.stepped, |clock| clock.newest);
        for minute in (episode.stepped + 1).max(newest - 2 * LONGEST)..=newest {
            let (more, usual) = self.minute_of(episode, minute);
            counts.add(more);
            expected += usual;
        }
        counts.add(episode.late);
        (
            counts,
            expected + f64::from(episode.late.total) * episode.share,
        )
    }

    /// Takes in the minutes that have been closed since, and closes the spike if
    /// it has recovered.
    pub(crate) fn step_spike(&mut self, out: &mut Vec<Spike>) {
        let closed = self.closed_minute();
        let Some(mut episode) = self.state.page.take() else {
            return;
        };
        while episode.stepped < closed {
            let minute = episode.stepped + 1;
            if let Some(end) = self.step_minute(&mut episode, minute) {
                self.close(&mut episode, minute, end, out);
                return;
            }
        }
        self.state.page = Some(episode);
    }

    fn step_minute(&self, episode: &mut Episode, minute: i64) -> Option<End> {
        let (counts, expected) = self.minute_of(episode, minute);
        episode.stepped = minute;
        episode.closed.add(counts);
        episode.expected += expected;
        if counts.total > 0 {
            episode.last_heard = minute;
        }
        episode.show(minute, counts, expected);
        let (mut recent, mut usual) = (Counts::default(), 0.0);
        for minute in (minute - RECOVERY + 1).max(episode.onset)..=minute {
            let (counts, expected) = self.minute_of(episode, minute);
            recent.add(counts);
            usual += expected;
        }
        let hour = minute.div_euclid(LONGEST);
        let volume = self.series_at(episode.platform).rhythm.expected(hour) / 2.0;
        episode.judge(minute, recent, usual, volume)
    }

    fn close(&mut self, episode: &mut Episode, minute: i64, end: End, out: &mut Vec<Spike>) {
        let total = episode.closed.total.max(1);
        if end == End::NewNormal {
            let share = f64::from(episode.closed.negative) / f64::from(total);
            self.state.all.baseline.rebase(share, REBASED_WEIGHT);
            if let Some(position) = episode.platform
                && let Some(series) = self.state.platforms.get_mut(&position)
            {
                series.baseline.rebase(share, REBASED_WEIGHT);
            }
        }
        self.state.last_spike = Some([episode.onset, minute]);
        self.state.all.resume_after(minute);
        for series in self.state.platforms.values_mut() {
            series.resume_after(minute);
        }
        out.push(self.spike_of(episode, Some(minute)));
    }

    /// Revises the open spike when its severity rises, else once a minute.
    pub(crate) fn revise_if_due(&mut self, minute: i64, out: &mut Vec<Spike>) {
        let Some(mut episode) = self.state.page.take() else {
            return;
        };
        if minute > episode.revised {
            let (counts, expected) = self.so_far(&episode);
            episode.rate_severity(counts, expected, minute);
            episode.revised = minute;
            out.push(self.spike_of(&episode, None));
        }
        self.state.page = Some(episode);
    }

    fn spike_of(&self, episode: &Episode, closed: Option<i64>) -> Spike {
        let mut counts = episode.closed;
        match closed {
            Some(_) => counts.add(episode.late),
            None => counts = self.so_far(episode).0,
        }
        let platform = episode
            .platform
            .and_then(|position| mention::Platform::ALL.get(usize::from(position)).copied());
        let onset = EventTime::from_minute(episode.onset);
        Spike {
            id: Spike::id_of(&self.settings.brand, platform, onset),
            brand: self.settings.brand.clone(),
            platform: platform
                .map_or(Spike::ALL_PLATFORMS, mention::Platform::as_str)
                .to_owned(),
            spike_kind: episode.kind,
            pages: episode.kind.pages(),
            severity: episode.severity,
            onset,
            detected_at: EventTime::from_millis(episode.detected_at),
            closed_at: closed.map(|minute| EventTime::from_minute(minute + 1)),
            observed: mention::Observed {
                negative: u64::from(counts.negative),
                total: u64::from(counts.total),
            },
            expected: crate::status::expected(counts, episode.mood(), episode.rho),
            drivers: Vec::new(),
            terms: Vec::new(),
            threads: Vec::new(),
            exemplars: Vec::new(),
            series: self.points_of(episode),
            model: MODEL.to_owned(),
        }
    }

    fn points_of(&self, episode: &Episode) -> Vec<mention::SeriesPoint> {
        let point = |point: &crate::episode::Point| {
            let total = f64::from(point.counts.total);
            let share = if total > 0.0 {
                point.expected / total
            } else {
                episode.share
            };
            let mood = Mood {
                share: share.clamp(1e-4, 1.0 - 1e-4),
                weight: episode.weight,
            };
            let [low, high] = scan::band(total, mood, episode.rho);
            mention::SeriesPoint {
                at: EventTime::from_minute(point.minute),
                negative: u64::from(point.counts.negative),
                total: u64::from(point.counts.total),
                low,
                high,
            }
        };
        episode.points.iter().map(point).collect()
    }
}

/// The detector's name and version in [`Spike::model`].
const MODEL: &str = "ophef-share-scan@1";

/// What a surge of *other* mentions adds to the return period that pages (log10).
///
/// Where mentions that aren't negative flow faster than usual too, there is news or
/// a campaign: every hour holds more looks, and a wrong share is likelier than a
/// wave of complaints. A wave proper leaves the others as they are and pays nothing.
fn surge_surcharge(series: &Series, windows: &[Counts; 4], mood: Mood, minute: i64) -> f64 {
    let usual = series.rhythm.expected(minute.div_euclid(LONGEST)) * (1.0 - mood.share);
    if usual <= 0.0 {
        return 0.0; // nothing is known of the volume yet
    }
    let ratios = windows.iter().zip(WINDOWS).skip(1).map(|(counts, length)| {
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        let expected = usual * length as f64 / 60.0;
        let others = f64::from(counts.total.saturating_sub(counts.negative));
        (others + SURGE_PRIOR) / (expected + SURGE_PRIOR)
    });
    let ratio = ratios.fold(0.0, f64::max);
    (SURGE_SLOPE * maths::log10(ratio / SURGE_FROM)).clamp(0.0, SURGE_MAX)
}

/// The minute in which the rise began: the most likely point of change between the
/// baseline's share and that of the window that pages (the maximum of the
/// cumulative log-likelihood ratio, looking back: E. S. Page, Biometrika 41 (1954) 100).
fn onset(series: &Series, alarm: &Alarm, minute: i64) -> i64 {
    let counts = alarm.finding.counts;
    let usual = alarm.mood.share;
    let raised = f64::from(counts.negative) / f64::from(counts.total.max(1));
    let raised = raised.clamp(usual + (1.0 - usual) * 0.1, 0.99);
    let (negative, other) = (
        maths::ln(raised / usual),
        maths::ln((1.0 - raised) / (1.0 - usual)),
    );
    let (mut sum, mut highest, mut onset) = (0.0, f64::MIN, minute);
    for back in 0..LONGEST {
        let counts = series.sum(minute - back, 1);
        let others = counts.total.saturating_sub(counts.negative);
        sum += f64::from(counts.negative) * negative + f64::from(others) * other;
        if counts.negative > 0 && sum > highest {
            (highest, onset) = (sum, minute - back);
        }
    }
    onset
}
