//! Whether a mention opens a spike.

use std::collections::BTreeMap;

use mention::{EventTime, Spike, SpikeKind};

use crate::episode::{Episode, FrozenMood, LEAD_IN, Shown};
use crate::facts::Deciding;
use crate::maths;
use crate::scan::{Counts, HOUR_WINDOW, Mood, NEGATIVES_MIN, WINDOWS};
use crate::series::{Finding, LONGEST, Series};
use crate::tally::Tally;
use crate::watch::BrandWatch;

/// Hours of a week, which the budget is stated for.
const WEEK_HOURS: f64 = 168.0;
/// The budget's part of the series over all platforms; the platforms share the rest.
const WHOLE_BRAND_PART: f64 = 0.6;
/// Nothing less surprising than this pages, however quiet the past: once in a hundred hours.
pub(crate) const SCORE_MIN: f64 = 2.0;
/// Negatives of fewer authors than this never page.
const AUTHORS_MIN: usize = 3;
/// Negatives of one author in a window beyond this number don't help to page.
const ONE_AUTHORS_MAX: u32 = 3;
/// A window under this many standard deviations can't reach any threshold.
const DULL: f64 = 2.0;
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
        if alarm.is_none() && self.is_rare_reach(deciding.reach) {
            alarm = Some(self.influencer_alarm(deciding));
        }
        if let Some(alarm) = alarm {
            self.open(&alarm, deciding, out);
        }
    }

    fn influencer_alarm(&self, deciding: Deciding) -> Alarm {
        let minute = EventTime::from_millis(deciding.at).minute();
        let windows = self.state.all.windows(minute);
        Alarm {
            kind: SpikeKind::Influencer,
            platform: (self.state.platforms.len() > 1).then_some(deciding.platform),
            onset: minute,
            mood: self.moods(None, &windows, minute)[HOUR_WINDOW],
            margin: 0.0,
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
        if windows[WINDOWS.len() - 1].negative < NEGATIVES_MIN[0] {
            return None;
        }
        let moods = self.moods(platform, &windows, minute);
        let finding = series.highest(minute, &windows, &moods, DULL);
        let bar = self.bar(platform);
        let margin = |score: f64| series.calibration.log_return_hours(score) - bar;
        if finding.score < SCORE_MIN || margin(finding.score) <= 0.0 {
            return None;
        }
        let mood = moods[finding.window];
        let floods = self.floods(platform, finding, minute)?;
        let score = if floods > 0 {
            let mut counts = finding.counts;
            counts.remove(Counts {
                negative: floods,
                total: floods,
            });
            series.score(minute, finding.window, counts, mood, DULL)
        } else {
            finding.score
        };
        let margin = margin(score);
        (score >= SCORE_MIN && margin > 0.0).then(|| Alarm {
            kind: SpikeKind::ComplaintWave,
            platform,
            onset: onset(series, &finding, mood, minute),
            mood,
            margin,
        })
    }

    /// How many of the window's negatives are more of one author than count; none if
    /// they come from too few people at all. Authors that the source doesn't name count
    /// as one each. Where there are more negatives than are remembered in detail, those
    /// remembered stand for all.
    fn floods(&self, platform: Option<u8>, finding: Finding, minute: i64) -> Option<u32> {
        let from = minute - WINDOWS[finding.window] + 1;
        let mut authors = BTreeMap::<u64, u32>::new();
        let mut remembered = 0_u32;
        for fact in self.state.facts.between(from, minute) {
            let is_own = platform.is_none_or(|platform| fact.platform == platform);
            if fact.counted && is_own {
                *authors.entry(fact.author).or_default() += 1;
                remembered += 1;
            }
        }
        if authors.len() < AUTHORS_MIN {
            return None;
        }
        let surplus = |&posts: &u32| posts.saturating_sub(ONE_AUTHORS_MAX);
        let surplus: u32 = authors.values().map(surplus).sum();
        let all = u64::from(finding.counts.negative);
        let floods = u64::from(surplus) * all / u64::from(remembered.max(1));
        Some(u32::try_from(floods.min(all)).unwrap_or(u32::MAX))
    }

    pub(crate) fn series_at(&self, platform: Option<u8>) -> &Series {
        let own = platform.and_then(|position| self.state.platforms.get(&position));
        own.unwrap_or(&self.state.all)
    }

    fn open(&mut self, alarm: &Alarm, deciding: Deciding, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(deciding.at).minute();
        let moods = self.frozen_moods();
        let platform = match alarm.kind {
            SpikeKind::Influencer => alarm.platform,
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
            last_heard: minute,
            late: Counts::default(),
            tally: Tally::default(),
            background: self.state.background.clone(),
            reach: 0,
            revised: minute,
            shown: Shown::new(),
        };
        for lead in (episode.onset - LEAD_IN)..episode.onset {
            let (counts, expected) = self.minute_of(&episode, lead);
            episode.shown.add(lead, counts, expected);
        }
        self.retract(alarm.onset);
        self.state.page = Some(episode);
        self.step_spike(out);
        self.revise(minute, out);
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
    fn platform_of_excess(&self, moods: &[FrozenMood], onset: i64, minute: i64) -> Option<u8> {
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
        all.retract(onset, learned, all.calibration.mean_beyond(whole));
        for (position, bar) in bars {
            if let Some(series) = self.state.platforms.get_mut(&position) {
                series.retract(onset, learned, series.calibration.mean_beyond(bar));
            }
        }
    }
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
