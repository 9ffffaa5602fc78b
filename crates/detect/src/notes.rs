//! What is worth a note but wakes nobody: a note is a spike that doesn't page. Here is
//! the form of a note, and that of a campaign in the usual mood; copies in step and
//! faults of the input have their own places (`copies`, `inputs`). Also: which posts of
//! large authors are rare enough to page alone.

use mention::{ClosedBecause, EventTime, Observed, Platform, Spike, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::maths;
use crate::scan::{Counts, HOUR_WINDOW};
use crate::series::Look;
use crate::watch::BrandWatch;

/// A campaign: at least this many mentions more than expected in an hour, and this many
/// times the expected. It is noted once, and is over when an hour has less than half of
/// that; what comes back within twelve hours is the same one.
const CAMPAIGN_MIN: f64 = 30.0;
const CAMPAIGN_TIMES: f64 = 4.0;
const CAMPAIGN_REST: i64 = 12 * 60;
/// After a silence what was missed comes in one go, and after one of more than a day the
/// usual volume isn't known: minutes in which no campaign is told.
const AFTER_SILENCE: i64 = 2 * 60;
const AFTER_LONG_SILENCE: i64 = 36 * 60;
/// Hours of the brand's rhythm that must be known before one is told.
const CAMPAIGN_HOURS_KNOWN: f64 = 36.0;
/// Reach from which one post may page: the macro tier.
const LARGE_REACH: u64 = 100_000;
/// A large author's post pages alone if its like comes less often than in this many
/// weeks' budgets.
const LARGE_WEEKS: f64 = 4.0;
/// Hours in which the memory of large posts loses half its weight; what is assumed
/// before anything is known: posts and hours.
const REACH_HALF_LIFE: f64 = 28.0 * 24.0;
const REACH_PRIOR: [f64; 2] = [0.05, 24.0];
/// Bins of the reach, two a decade.
const REACH_BINS: usize = 20;

/// What the notes remember.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// No campaign is noted before this minute.
    campaign_rests: i64,
    /// Whether the last one goes on.
    campaign_runs: bool,
    /// Negative posts by reach, up to the largest, and hours seen; both fade.
    reach: Vec<f64>,
    reach_hours: f64,
}

/// What a note is about. Several may begin in the same minute; each has its own
/// milliseconds, so that their ids differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Volume,
    Silence,
    CatchUp,
    Late,
    /// Copies of one text, of that group.
    Copies(u64),
}

impl Cause {
    /// Milliseconds within the minute, never 0: whole minutes are the pages'.
    fn millis(self) -> i64 {
        match self {
            Self::Volume => 1,
            Self::Silence => 2,
            Self::CatchUp => 3,
            Self::Late => 4,
            Self::Copies(group) => 5 + i64::try_from(group % 59_000).unwrap_or(0),
        }
    }
}

/// What a note tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    pub(crate) kind: SpikeKind,
    pub(crate) cause: Cause,
    /// Position of the platform it is about; none for all.
    pub(crate) position: Option<u8>,
    /// First and last minute.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// When it was noticed, milliseconds.
    pub(crate) at: i64,
    pub(crate) counts: Counts,
}

impl Notes {
    pub(crate) fn is_whole(&self) -> bool {
        self.reach.len() <= REACH_BINS
    }

    /// A silence lasted from minute `from` to minute `to`.
    pub(crate) fn rest_after_silence(&mut self, from: i64, to: i64) {
        let rest = match to.saturating_sub(from) {
            ..=1_440 => AFTER_SILENCE,
            _ => AFTER_LONG_SILENCE,
        };
        self.campaign_rests = self.campaign_rests.max(to.saturating_add(rest));
    }

    /// A counted negative post of that reach lies in a closed minute.
    pub(crate) fn learn_reach(&mut self, reach: u64) {
        let bin = reach_bin(reach);
        if bin >= self.reach.len() {
            self.reach.reserve_exact(bin + 1 - self.reach.len());
            self.reach.resize(bin + 1, 0.0);
        }
        self.reach[bin] += 1.0;
    }

    /// An hour passes.
    pub(crate) fn fade(&mut self) {
        let fade = maths::decay(1.0, REACH_HALF_LIFE);
        for bin in &mut self.reach {
            *bin *= fade;
        }
        self.reach_hours = self.reach_hours * fade + 1.0;
    }

    /// log10 of the hours after which a negative post of such a reach comes along.
    fn log_return_hours(&self, reach: u64) -> f64 {
        let above: f64 = self.reach.iter().skip(reach_bin(reach)).sum();
        maths::log10((self.reach_hours + REACH_PRIOR[1]) / (above + REACH_PRIOR[0]))
    }
}

/// Half-decades: 0 for none, 1 from one person on, 11 from 100,000 on.
fn reach_bin(reach: u64) -> usize {
    #[allow(clippy::cast_precision_loss, reason = "an order of magnitude")]
    let halves = if reach == 0 {
        0.0
    } else {
        1.0 + 2.0 * maths::log10(reach as f64)
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 40"
    )]
    let bin = halves as usize;
    bin.min(REACH_BINS - 1)
}

impl BrandWatch {
    /// Whether a negative post of that reach, of a large author and rare for this
    /// brand, pages alone.
    pub(crate) fn is_rare_reach(&self, reach: u64) -> bool {
        let bar = maths::log10(LARGE_WEEKS * 168.0 / self.settings.budget_per_week());
        reach >= LARGE_REACH && self.state.notes.log_return_hours(reach) > bar
    }

    /// Once a quarter of an hour of closed minutes: many more mentions than usual
    /// in the usual mood?
    pub(crate) fn note_campaign(&mut self, minute: i64, out: &mut Vec<Spike>) {
        if (minute + 1).rem_euclid(15) != 0 || self.state.page.is_some() {
            return;
        }
        let all = &self.state.all;
        let windows = all.windows(minute);
        let hour = windows[HOUR_WINDOW];
        let expected = all.rhythm.announced(minute.div_euclid(60));
        let large = CAMPAIGN_TIMES * expected + CAMPAIGN_MIN;
        if 2.0 * f64::from(hour.total) < large {
            self.state.notes.campaign_runs = false;
        }
        let is_told = self.state.notes.campaign_runs || minute < self.state.notes.campaign_rests;
        let is_large = f64::from(hour.total) >= large;
        if is_told || !is_large || all.rhythm.hours_known() < CAMPAIGN_HOURS_KNOWN {
            return;
        }
        let moods = self.moods(None, &windows, minute);
        if all.highest(&windows, &moods, Look::at(minute)).score >= crate::opening::SCORE_MIN {
            return; // the mood isn't the usual one
        }
        self.state.notes.campaign_runs = true;
        self.state.notes.campaign_rests = minute + CAMPAIGN_REST;
        out.push(self.note(&Note {
            kind: SpikeKind::Campaign,
            cause: Cause::Volume,
            position: None,
            first: minute - 59,
            last: minute,
            at: EventTime::from_minute(minute + 1).millis(),
            counts: hour,
        }));
    }

    /// The platform's own series, where the brand has several.
    pub(crate) fn own_series(&self, platform: u8) -> Option<u8> {
        (self.state.platforms.len() > 1).then_some(platform)
    }

    /// The spike that tells a note.
    pub(crate) fn note(&self, note: &Note) -> Spike {
        let &Note {
            kind,
            position,
            first,
            last,
            at,
            counts,
            ..
        } = note;
        let platform =
            position.and_then(|position| Platform::ALL.get(usize::from(position)).copied());
        // Pages begin on whole minutes: a note never takes the id of a page.
        let onset = EventTime::from_minute(first).plus_millis(note.cause.millis());
        let series = self.series_at(position);
        let volume = self.volume_at(position, last);
        let mood = self.moods(position, &series.windows(last), last)[HOUR_WINDOW];
        Spike {
            id: Spike::id_of(&self.settings.brand, platform, onset),
            brand: self.settings.brand.clone(),
            platform: platform
                .map_or(Spike::ALL_PLATFORMS, Platform::as_str)
                .to_owned(),
            spike_kind: kind,
            pages: kind.pages(),
            severity: 1,
            onset,
            detected_at: EventTime::from_millis(at),
            closed_at: Some(EventTime::from_minute(last.saturating_add(1))),
            closed_because: Some(ClosedBecause::Noted),
            recovery_minutes: None,
            observed: Observed {
                negative: u64::from(counts.negative),
                total: u64::from(counts.total),
            },
            expected: crate::status::expected(counts, mood, series.dispersion.rho(HOUR_WINDOW)),
            corrected: self.corrected(position, counts, mood),
            volume: volume.filter(|_| kind != SpikeKind::InputFault), // what came isn't all
            reach: None,
            coordination: None,
            platform_shift: None,
            calendar: self.settings.calendar.entries_at(onset),
            drivers: Vec::new(),
            terms: Vec::new(),
            threads: Vec::new(),
            exemplars: Vec::new(),
            series: Vec::new(),
            model: crate::pager::MODEL.to_owned(),
        }
    }
}
