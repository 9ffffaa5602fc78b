//! What metrics and the terminal view show of a brand.

use mention::{Corrected, EventTime, Expected, Platform, Volume};

use crate::scan::{self, Counts, HOUR_WINDOW, Mood};
use crate::surge::HOUR;
use crate::visibility::Visibility;
use crate::watch::BrandWatch;

/// A brand at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The newest event time heard of; none before the first mention.
    pub at: Option<EventTime>,
    /// Minute of the newest mention, however many heartbeats came since; none before
    /// the first.
    pub last_heard: Option<EventTime>,
    /// The series over all platforms first, then each platform in the contract's order.
    pub series: Vec<SeriesStatus>,
}

/// One series at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesStatus {
    /// The platform; none for all.
    pub platform: Option<Platform>,
    /// Negative mentions of the last hour of event time.
    pub negative: u64,
    /// Mentions of the last hour that count in the share.
    pub total: u64,
    /// Share of negatives in the last hour, 0–1; none without mentions.
    pub share: Option<f64>,
    /// The same two free of the scorer's bias; none without mentions, or where its error
    /// rates aren't known.
    pub corrected: Option<Corrected>,
    /// The share to be expected in that hour, with its band of about 95 %.
    pub expected: Expected,
    /// Mentions expected an hour at this time of the week, announced campaigns included;
    /// 0 while nothing is known.
    pub volume_expected: f64,
    /// How unusual the last hour's mentions are; none while too little is known.
    pub volume: Option<Volume>,
    /// How far posts carry on this platform; none over all platforms, where too little is
    /// known, and where no post told its engagement for a day.
    pub visibility: Option<Visibility>,
    /// Severity of the open spike reported for this series, 1–5; 0 without one that
    /// pages.
    pub severity: u8,
}

impl BrandWatch {
    /// The brand at a glance, as of the newest record.
    #[must_use]
    pub fn status(&self) -> Status {
        let at = self
            .state
            .clock
            .map(|clock| EventTime::from_millis(clock.heard));
        let platforms = self.state.platforms.keys().map(|&position| Some(position));
        let series = std::iter::once(None).chain(platforms);
        let newest = self.state.clock.map(|clock| clock.newest);
        Status {
            at,
            last_heard: newest.map(EventTime::from_minute),
            series: series
                .map(|position| self.series_status(position))
                .collect(),
        }
    }

    fn series_status(&self, position: Option<u8>) -> SeriesStatus {
        let series = position
            .and_then(|position| self.state.platforms.get(&position))
            .map_or(&self.state.all, Box::as_ref);
        let last = self.state.clock.map_or(0, |clock| clock.heard_minute());
        let windows = series.windows(last);
        let moods = self.moods(position, &windows, last);
        let hour = windows[HOUR_WINDOW];
        let page = self.state.page.as_ref();
        let reported = page.filter(|page| page.platform == position);
        let mood = reported.map_or(moods[HOUR_WINDOW], |page| page.mood());
        SeriesStatus {
            platform: position
                .and_then(|position| Platform::ALL.get(usize::from(position)).copied()),
            negative: u64::from(hour.negative),
            total: u64::from(hour.total),
            share: (hour.total > 0).then(|| f64::from(hour.negative) / f64::from(hour.total)),
            corrected: self.corrected(position, hour, mood),
            expected: expected(hour, mood, series.dispersion.rho(HOUR_WINDOW)),
            volume_expected: series.rhythm.announced(last.div_euclid(HOUR)),
            volume: self.volume_at(position, last),
            visibility: position
                .and_then(|position| self.state.sight.of(position, EventTime::from_minute(last))),
            severity: reported
                .filter(|page| page.told_kind().pages())
                .map_or(0, |page| page.severity),
        }
    }
}

impl BrandWatch {
    /// Observed and expected share free of the scorer's bias, as far as its error rates
    /// are known.
    pub(crate) fn corrected(
        &self,
        position: Option<u8>,
        counts: Counts,
        mood: Mood,
    ) -> Option<Corrected> {
        let rates = self.state.mixture.rates(&self.settings.rates, position)?;
        let (negative, total) = (u64::from(counts.negative), u64::from(counts.total));
        let observed = rates.observed(negative, total).ok()?;
        Some(Corrected {
            share: observed.share,
            low: observed.low,
            high: observed.high,
            expected: rates.expected(mood.share).ok()?,
        })
    }
}

/// The expected share with its band for as many mentions, at least one.
pub(crate) fn expected(counts: Counts, mood: Mood, rho: f64) -> Expected {
    let total = f64::from(counts.total.max(1));
    let [low, high] = scan::band(total, mood, rho);
    Expected {
        share: mood.share,
        low: low / total,
        high: high / total,
    }
}
