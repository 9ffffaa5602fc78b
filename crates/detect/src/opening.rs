//! Whether a mention opens a spike.

use mention::{EventTime, Spike, SpikeKind};

use crate::episode::{Episode, FrozenMood, HOURS, LEAD_IN, Shown};
use crate::facts::Deciding;
use crate::maths;
use crate::ring::Sums;
use crate::scan::{Counts, HOUR_WINDOW, Mood, NEGATIVES_MIN, WINDOWS};
use crate::series::{Finding, LONGEST, Look, Series};
use crate::surge::HOUR;
use crate::tally::Tally;
use crate::traffic::Flow;
use crate::watch::BrandWatch;

/// Hours of a week, which the budget is stated for.
pub(crate) const WEEK_HOURS: f64 = 168.0;
/// What a brand's platforms share of the budget, while the series over all of them has the
/// whole: they often alarm together, so that both aren't more than was promised. Found by
/// `ophef bench detect`.
const PLATFORMS_PART: f64 = 0.5;
/// Nothing less surprising than this pages, however quiet the past: once in a hundred hours.
pub(crate) const SCORE_MIN: f64 = 2.0;
/// Negatives of fewer authors than this never page: a handful of people are no wave.
const AUTHORS_MIN: usize = 5;
/// Windows of which share and volume together are off by fewer standard deviations
/// can't reach any threshold.
const DULL: f64 = 2.0;
/// Surge of other mentions above which the surcharge begins, its growth with the
/// decimal logarithm of the surge, its most, and mentions that steady the ratio. What
/// chance does, a standard deviation, is no surge: people around a wave of complaints ask
/// and answer, too, and a busy minute among them mustn't hide it. Found by `ophef bench
/// detect`: with half the slope half as many again of the false alarms come in news.
const SURGE_FROM: f64 = 1.2;
const SURGE_SLOPE: f64 = 5.0;
const SURGE_MAX: f64 = 3.0;
const SURGE_PRIOR: f64 = 1.0;
/// Part of the excess on one platform from which the spike is that platform's.
const ONE_PLATFORM: f64 = 0.9;

/// What opens a spike.
struct Alarm {
    kind: SpikeKind,
    platform: Option<u8>,
    /// First minute of the rise.
    onset: i64,
    mood: Mood,
    /// log10 of its return period over the budget's; positive.
    margin: f64,
    /// The thread that is its cause.
    thread: Option<u64>,
}

impl BrandWatch {
    /// A negative mention was counted; does it open a spike?
    pub(crate) fn look_for_spike(&mut self, deciding: Deciding, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(deciding.at).minute();
        if self.state.page.is_some() || self.is_resting(minute) {
            return;
        }
        let mut alarm = self.alarm_of(None, minute);
        if self.state.platforms.len() > 1 {
            let own = self.alarm_of(Some(deciding.platform), minute);
            let is_better = |own: &Alarm| alarm.as_ref().is_none_or(|all| own.margin > all.margin);
            if own.as_ref().is_some_and(is_better) {
                alarm = own;
            }
        }
        if alarm.is_none() && self.is_rare_reach(deciding.audience) {
            let minute = EventTime::from_millis(deciding.at).minute();
            alarm = Some(self.single_alarm(SpikeKind::Influencer, deciding, minute));
            let bar = self.thread_bar();
            self.state.threads.tell(deciding.root, deciding.at, bar);
        }
        if let Some(alarm) = alarm {
            self.open(&alarm, deciding, out);
        }
    }

    /// A thread spreads as few do: opens its spike. Its onset is the thread's first post,
    /// but as far back only as minutes are known, and after the spike before it.
    pub(crate) fn open_viral(&mut self, deciding: Deciding, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(deciding.at).minute();
        let first = self
            .state
            .threads
            .first(deciding.root)
            .unwrap_or(deciding.at);
        let after = self
            .state
            .last_spike
            .map_or(i64::MIN, |[_, last]| last.saturating_add(1));
        let first = EventTime::from_millis(first).minute().max(after);
        let onset = first.clamp(minute.saturating_sub(LONGEST - 1), minute);
        let alarm = self.single_alarm(SpikeKind::ViralThread, deciding, onset);
        self.open(&alarm, deciding, out);
    }

    /// An alarm over one post or thread.
    fn single_alarm(&self, kind: SpikeKind, deciding: Deciding, onset: i64) -> Alarm {
        let minute = EventTime::from_millis(deciding.at).minute();
        let windows = self.state.all.windows(minute);
        Alarm {
            kind,
            platform: (self.state.platforms.len() > 1).then_some(deciding.platform),
            onset,
            mood: self.moods(None, &windows, minute)[HOUR_WINDOW],
            margin: 0.0,
            thread: Some(deciding.root),
        }
    }

    /// After a closing the lateness must pass, so that it doesn't matter whether a
    /// heartbeat or a mention brought the closing about.
    pub(crate) fn is_resting(&self, minute: i64) -> bool {
        let lateness = self.settings.lateness_minutes();
        let last = self.state.last_spike;
        last.is_some_and(|[_, last]| minute <= last.saturating_add(lateness + 1))
    }

    /// log10 of the return period, hours, at which the series pages.
    fn bar(&self, platform: Option<u8>) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "at most fifteen platforms")]
        let platforms = self.state.platforms.len() as f64;
        let part = match platform {
            None => 1.0,
            Some(_) => PLATFORMS_PART / platforms,
        };
        maths::log10(WEEK_HOURS / (self.settings.budget_per_week() * part))
    }

    /// Posts that one author adds to those before don't make an alarm.
    fn alarm_of(&self, platform: Option<u8>, minute: i64) -> Option<Alarm> {
        let mut windows = self.series_at(platform).windows(minute);
        let alarm = self.alarm_by(platform, minute, &windows)?;
        let mut has_floods = false;
        for (counts, length) in windows.iter_mut().zip(WINDOWS) {
            let opinions = self.distinct_opinions(platform, length, minute);
            *counts = opinions.honest(*counts);
            has_floods |= opinions.surplus > 0;
        }
        if has_floods {
            return self.alarm_by(platform, minute, &windows);
        }
        Some(alarm)
    }

    fn alarm_by(&self, platform: Option<u8>, minute: i64, windows: &Sums) -> Option<Alarm> {
        let series = self.series_at(platform);
        if windows[WINDOWS.len() - 1].negative < NEGATIVES_MIN[0] {
            return None;
        }
        let moods = self.moods(platform, windows, minute);
        let look = Look {
            last: minute,
            deviations: DULL,
            // When what was missed comes at once, the count says nothing.
            is_volume_told: !self.state.inputs.is_catching_up(platform, minute),
        };
        let finding = series.highest(windows, &moods, look);
        if finding.score < SCORE_MIN {
            return None;
        }
        let surcharge = match look.is_volume_told {
            true => surcharge(series, windows, moods[finding.window], minute),
            false => SURGE_MAX,
        };
        let margin = series
            .calibration
            .log_return_hours(finding.score, series.rhythm.mean())
            - self.bar(platform)
            - surcharge;
        let opinions = self.distinct_opinions(platform, WINDOWS[finding.window], minute);
        if margin <= 0.0 || opinions.authors < AUTHORS_MIN {
            return None;
        }
        let mood = moods[finding.window];
        Some(Alarm {
            kind: SpikeKind::ComplaintWave,
            platform,
            onset: onset(series, &finding, mood, minute),
            mood,
            margin,
            thread: None,
        })
    }

    pub(crate) fn series_at(&self, platform: Option<u8>) -> &Series {
        let own = platform.and_then(|position| self.state.platforms.get(&position));
        own.map_or(&self.state.all, Box::as_ref)
    }

    fn open(&mut self, alarm: &Alarm, deciding: Deciding, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(deciding.at).minute();
        let moods = self.frozen_moods();
        let platform = match alarm.kind {
            SpikeKind::Influencer | SpikeKind::ViralThread => alarm.platform,
            _ => self.platform_of_excess(&moods, alarm.onset, minute),
        };
        let series = self.series_at(platform);
        let mood = if platform == alarm.platform {
            alarm.mood
        } else {
            self.moods(platform, &series.windows(minute), minute)[HOUR_WINDOW]
        };
        let mut episode = Episode {
            kind: alarm.kind,
            platform,
            severity: 1,
            severity_closed: 1,
            onset: alarm.onset,
            detected_at: deciding.at,
            share: mood.share,
            weight: mood.weight,
            rho: series.dispersion.rho(HOUR_WINDOW),
            moods,
            stepped: alarm.onset - 1,
            closed: Counts::default(),
            expected: 0.0,
            peak: 0.0,
            calm: 0.0,
            raised: alarm.onset,
            last_heard: minute,
            late: Counts::default(),
            tally: Tally::default(),
            background: self.state.background.clone(),
            reach: 0,
            opinions: 0,
            thread: alarm.thread,
            is_single: alarm.thread.is_some(),
            shift: None,
            revised: minute,
            shown: Shown::new(),
            hourly: (0..HOURS)
                .map(|hour| series.rhythm.expected(alarm.onset.div_euclid(HOUR) + hour))
                .collect(),
        };
        for lead in (episode.onset - LEAD_IN)..episode.onset {
            let (counts, expected) = self.minute_of(&episode, lead);
            episode.shown.add(lead, counts, expected);
        }
        self.take_in_thread(&mut episode);
        self.retract(alarm.onset);
        self.state.page = Some(Box::new(episode));
        self.step_spike(out);
        self.revise(minute, out);
    }

    /// A thread that began before the onset is part of the spike all the same.
    fn take_in_thread(&self, episode: &mut Episode) {
        let top = episode.thread.and_then(|root| self.state.threads.top(root));
        if let Some(top) = top.filter(|top| top.minute() < episode.onset) {
            episode.tally.add(top);
        }
    }

    fn frozen_moods(&self) -> Vec<FrozenMood> {
        let brand = self.state.all.mood(Mood::PRIOR).for_platform();
        let moods = self
            .state
            .platforms
            .iter()
            .map(|(&platform, series)| FrozenMood {
                platform,
                share: series.mood(brand).share,
            });
        moods.collect()
    }

    /// The platform that has nearly all of the excess, if the brand has several.
    pub(crate) fn platform_of_excess(
        &self,
        moods: &[FrozenMood],
        onset: i64,
        minute: i64,
    ) -> Option<u8> {
        if moods.len() < 2 {
            return None;
        }
        let excess = moods.iter().map(|mood| {
            let counts = self
                .series_at(Some(mood.platform))
                .sum(minute, minute - onset + 1);
            let excess = f64::from(counts.negative) - f64::from(counts.total) * mood.share;
            (mood.platform, excess.max(0.0))
        });
        let excess: Vec<(u8, f64)> = excess.collect();
        let total: f64 = excess.iter().map(|(_, excess)| excess).sum();
        let single = excess
            .into_iter()
            .find(|(_, own)| *own >= ONE_PLATFORM * total && total > 0.0);
        single.map(|(platform, _)| platform)
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
            all.calibration.mean_beyond(whole, all.rhythm.mean()),
        );
        for (position, bar) in bars {
            if let Some(series) = self.state.platforms.get_mut(&position) {
                series.retract(
                    onset,
                    learned,
                    series.calibration.mean_beyond(bar, series.rhythm.mean()),
                );
            }
        }
    }
}

/// What a surge of *other* mentions adds to the return period that pages (log10).
///
/// The threshold is learned from the usual hours. Where mentions that aren't negative
/// flow several times faster than then, the hour holds as many more chances, and news
/// or a campaign explains a mood that isn't the usual one; a wave of complaints leaves
/// the others as they are and pays nothing.
fn surcharge(series: &Series, windows: &Sums, mood: Mood, minute: i64) -> f64 {
    let flow = Flow::new(&series.rhythm);
    let ratios = windows.iter().zip(WINDOWS).map(|(counts, length)| {
        let crowd = series.traffic.crowd(&flow, minute, length);
        if crowd.mean <= 0.0 {
            return 0.0; // nothing is known of the volume yet
        }
        let others = f64::from(counts.total.saturating_sub(counts.negative));
        let mean = crowd.mean * (1.0 - mood.share);
        (others + SURGE_PRIOR) / (mean + mean.sqrt() + SURGE_PRIOR)
    });
    let ratio = ratios.fold(1.0, f64::max);
    (SURGE_SLOPE * maths::log10(ratio / SURGE_FROM)).clamp(0.0, SURGE_MAX)
}

/// The minute in which the rise began: the most likely point of change between the
/// baseline's share and that of the window that pages (the maximum of the
/// cumulative log-likelihood ratio, looking back: E. S. Page, Biometrika 41 (1954) 100).
fn onset(series: &Series, finding: &Finding, mood: Mood, minute: i64) -> i64 {
    let counts = finding.counts;
    let usual = mood.share;
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
