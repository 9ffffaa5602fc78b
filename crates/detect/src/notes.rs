//! What is worth a note but wakes nobody: near-duplicates in step, a campaign in
//! the usual mood, faults of the input. A note is one revision of a spike that
//! doesn't page, already closed. Also: which posts of large authors are rare
//! enough to page alone.

use std::collections::BTreeMap;

use mention::{ClosedBecause, EventTime, Observed, Platform, Spike, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::maths;
use crate::scan::{Counts, HOUR_WINDOW, Mood};
use crate::tally::prune;
use crate::watch::BrandWatch;

/// Repeats of one near-duplicate within the hour that are worth a note, at least,
/// and in units of the negatives expected in it.
const COORDINATED_MIN: u32 = 20;
const COORDINATED_TIMES: f64 = 5.0;
/// Groups of near-duplicates that are counted at once.
const GROUPS_MAX: usize = 256;
/// A campaign: at least this many mentions more than expected in an hour, and this
/// many times the expected; noted once in twelve hours.
const CAMPAIGN_MIN: f64 = 30.0;
const CAMPAIGN_TIMES: f64 = 4.0;
const CAMPAIGN_REST: i64 = 12 * 60;
/// Hours of the brand's rhythm that must be known before one is told.
const CAMPAIGN_HOURS_KNOWN: f64 = 36.0;
/// A silence: this many mentions would have come in it, and it lasted that many minutes.
const SILENCE_MENTIONS: f64 = 60.0;
const SILENCE_MINUTES: i64 = 30;
/// Hours of a gap over which the expected mentions are summed up.
const SILENCE_HOURS: i64 = 48;
/// Late mentions within an hour of each other that are a catch-up.
const CATCH_UP_MIN: u32 = 20;
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
    /// For each group of near-duplicates: first minute and members of its hour, and
    /// whether it was told.
    groups: BTreeMap<u64, Group>,
    /// No campaign is noted before this minute.
    campaign_rests: i64,
    /// The present catch-up: its late mentions, counted like a group.
    late: Group,
    /// Negative posts by reach, and hours seen; both fade.
    reach: Vec<f64>,
    reach_hours: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Group {
    first: i64,
    members: u32,
    told: bool,
}

impl Notes {
    pub(crate) fn is_whole(&self) -> bool {
        self.groups.len() <= GROUPS_MAX && self.reach.len() <= REACH_BINS
    }

    /// A counted negative post of that reach lies in a closed minute.
    pub(crate) fn learn_reach(&mut self, reach: u64) {
        self.reach.resize(REACH_BINS, 0.0);
        self.reach[reach_bin(reach)] += 1.0;
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

    /// One more member of a group of near-duplicates, a negative one, at `at` milliseconds.
    pub(crate) fn note_repeat(&mut self, group: u64, platform: u8, at: i64, out: &mut Vec<Spike>) {
        let minute = EventTime::from_millis(at).minute();
        let mood = self.state.all.mood(Mood::PRIOR);
        let hourly = self.state.all.rhythm.mean() * mood.share;
        let fresh = Group {
            first: minute,
            ..Group::default()
        };
        let known = self.state.notes.groups.entry(group).or_insert(fresh);
        if minute - known.first > 60 {
            *known = Group {
                told: known.told,
                ..fresh
            };
        }
        known.members = known.members.saturating_add(1);
        let members = known.members;
        let is_many =
            members >= COORDINATED_MIN && f64::from(members) >= COORDINATED_TIMES * hourly;
        let first = known.first.min(minute);
        if is_many && !known.told {
            known.told = true;
            let counts = Counts {
                negative: members,
                total: members,
            };
            out.push(self.note(
                SpikeKind::Coordinated,
                Some(platform),
                [first, minute],
                at,
                counts,
            ));
        }
        prune(&mut self.state.notes.groups, GROUPS_MAX, |group| {
            u64::from(group.members)
        });
    }

    /// Once a quarter of an hour of closed minutes: many more mentions than usual
    /// in the usual mood?
    pub(crate) fn note_campaign(&mut self, minute: i64, out: &mut Vec<Spike>) {
        if (minute + 1).rem_euclid(15) != 0 || minute < self.state.notes.campaign_rests {
            return;
        }
        let all = &self.state.all;
        let windows = all.windows(minute);
        let hour = windows[HOUR_WINDOW];
        let expected = all.rhythm.expected(minute.div_euclid(60));
        let is_large = f64::from(hour.total) >= CAMPAIGN_TIMES * expected + CAMPAIGN_MIN;
        if all.rhythm.hours_known() < CAMPAIGN_HOURS_KNOWN || !is_large || self.state.page.is_some()
        {
            return;
        }
        let moods = self.moods(None, &windows, minute);
        if all.highest(minute, &windows, &moods, 0.0).score >= crate::opening::SCORE_MIN {
            return; // the mood isn't the usual one
        }
        self.state.notes.campaign_rests = minute + CAMPAIGN_REST;
        let at = EventTime::from_minute(minute + 1).millis();
        out.push(self.note(SpikeKind::Campaign, None, [minute - 59, minute], at, hour));
    }

    /// The first mention after a gap has come: was the input silent, where there
    /// should have been mentions?
    pub(crate) fn note_silence(&mut self, from: i64, to: i64, out: &mut Vec<Spike>) {
        if to.saturating_sub(from) <= SILENCE_MINUTES {
            return;
        }
        let first = from.div_euclid(60);
        let hours = (to.div_euclid(60) - first).min(SILENCE_HOURS);
        let per_hour = |hour: i64| {
            let (start, end) = (
                hour.saturating_mul(60).max(from),
                (hour + 1).saturating_mul(60).min(to),
            );
            #[allow(clippy::cast_precision_loss, reason = "at most 60")]
            let part = (end - start).max(0) as f64 / 60.0;
            part * self.state.all.rhythm.expected(hour)
        };
        let missed: f64 = (first..=first + hours).map(per_hour).sum();
        if missed >= SILENCE_MENTIONS {
            let at = EventTime::from_minute(to).millis();
            let span = [from + 1, to - 1];
            out.push(self.note(SpikeKind::InputFault, None, span, at, Counts::default()));
        }
    }

    /// A late mention has come: is the input catching up?
    pub(crate) fn note_late(&mut self, minute: i64, platform: u8, out: &mut Vec<Spike>) {
        let now = self.state.clock.map_or(minute, |clock| clock.newest);
        let usual = self.state.all.rhythm.mean() / 10.0;
        let late = &mut self.state.notes.late;
        if now.saturating_sub(late.first) > 60 {
            *late = Group {
                first: now,
                ..Group::default()
            };
        }
        late.members = late.members.saturating_add(1);
        let is_many = late.members >= CATCH_UP_MIN && f64::from(late.members) >= usual;
        if is_many && !std::mem::replace(&mut late.told, is_many) {
            let at = EventTime::from_minute(now).millis();
            let span = [minute.min(now), now];
            out.push(self.note(
                SpikeKind::InputFault,
                Some(platform),
                span,
                at,
                Counts::default(),
            ));
        }
    }

    fn note(
        &self,
        kind: SpikeKind,
        position: Option<u8>,
        [first, last]: [i64; 2],
        at: i64,
        counts: Counts,
    ) -> Spike {
        let single = self.state.platforms.len() < 2;
        let position = position.filter(|_| !single);
        let platform =
            position.and_then(|position| Platform::ALL.get(usize::from(position)).copied());
        // Pages begin on whole minutes; a millisecond apart, a note never takes
        // the id of a page, nor of a note of another kind.
        let onset = EventTime::from_minute(first).plus_millis(1 + kind as i64);
        let series = self.series_at(position);
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
            volume: None,
            reach: None,
            coordination: None,
            platform_shift: None,
            calendar: Vec::new(),
            drivers: Vec::new(),
            terms: Vec::new(),
            threads: Vec::new(),
            exemplars: Vec::new(),
            series: Vec::new(),
            model: crate::pager::MODEL.to_owned(),
        }
    }
}
