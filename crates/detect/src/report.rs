//! The spike as it is written to the topic.

use mention::{
    ClosedBecause, EventTime, Exemplar, Observed, Platform, Reach, SeriesPoint, Spike, SpikeKind,
    Thread,
};

use crate::drivers::{drivers, rising_terms};
use crate::episode::{Episode, Point};
use crate::hash::hex;
use crate::pager::MODEL;
use crate::scan::{self, Counts, Mood};
use crate::spread::MOST;
use crate::tally::Tally;
use crate::terms::own_names;
use crate::watch::BrandWatch;

/// Threads told.
const THREADS_TOLD: usize = 5;
/// Posts of one thread that make it worth calling viral, if it has more than half of
/// the excess or of the reach.
const VIRAL_MIN: u64 = 5;
/// Open minutes shown beyond the closed ones.
const OPEN_SHOWN: i64 = 20;

impl BrandWatch {
    /// Sums over the spike's negatives, those of open minutes included.
    pub(crate) fn tally_of(&self, episode: &Episode) -> Tally {
        let mut tally = episode.tally.clone();
        for fact in self.state.facts.between(episode.stepped + 1, i64::MAX) {
            if episode.takes(fact) {
                tally.add(fact);
            }
        }
        tally
    }

    /// What it looks like: one large author's, one thread's, or many people's. What a
    /// thread opened stays that thread's.
    pub(crate) fn kind_of(episode: &Episode, tally: &Tally, excess: f64) -> SpikeKind {
        if episode.is_single {
            return episode.kind;
        }
        let is_viral = tally.threads.iter().any(|(root, thread)| {
            #[allow(clippy::cast_precision_loss, reason = "a count of mentions")]
            let counted = thread.counted as f64;
            let most_of_excess = thread.counted >= VIRAL_MIN && counted > excess / 2.0;
            let most_of_reach = thread.posts >= VIRAL_MIN && thread.reach > tally.spread.people / 2;
            // Some thread always has the most of a few reactions: it must be a rare one, too.
            let is_rare = episode.thread == Some(*root);
            let most_of_reactions = is_rare && thread.reactions > tally.spread.reactions / 2;
            most_of_excess || most_of_reach || most_of_reactions
        });
        if is_viral {
            SpikeKind::ViralThread
        } else {
            SpikeKind::ComplaintWave
        }
    }

    /// One revision. `tally` holds the sums, `end` the last minute of a spike that is
    /// over, and why it is.
    pub(crate) fn spike_of(
        &self,
        episode: &Episode,
        tally: &Tally,
        end: Option<(i64, ClosedBecause)>,
    ) -> Spike {
        let closed = end.map(|(minute, _)| minute);
        let because = end.map(|(_, because)| because);
        let has_recovered = because == Some(ClosedBecause::Recovered);
        let (counts, expected) = match closed {
            Some(_) => episode.closed_counts(),
            None => self.so_far(episode),
        };
        let platform = episode
            .platform
            .and_then(|position| Platform::ALL.get(usize::from(position)).copied());
        let onset = EventTime::from_minute(episode.onset);
        let newest = self
            .state
            .clock
            .map_or(episode.stepped, |clock| clock.newest);
        let own = own_names(&self.settings.brand, &self.settings.names);
        Spike {
            id: Spike::id_of(&self.settings.brand, platform, onset),
            brand: self.settings.brand.clone(),
            platform: platform
                .map_or(Spike::ALL_PLATFORMS, Platform::as_str)
                .to_owned(),
            spike_kind: episode.told_kind(),
            pages: episode.told_kind().pages(),
            severity: episode.severity,
            onset,
            detected_at: EventTime::from_millis(episode.detected_at),
            closed_at: closed.map(|minute| EventTime::from_minute(minute + 1)),
            closed_because: because,
            recovery_minutes: has_recovered.then(|| episode.recovery_minutes()),
            observed: Observed {
                negative: u64::from(counts.negative),
                total: u64::from(counts.total),
            },
            expected: crate::status::expected(counts, episode.mood(), episode.rho),
            corrected: self.corrected(episode.platform, counts, episode.mood()),
            volume: self.volume_at(episode.platform, closed.unwrap_or(newest)),
            reach: Some(reach_of(tally)),
            coordination: tally.copies.told(),
            platform_shift: episode.shift.as_ref().map(|shift| shift.told.clone()),
            calendar: self.settings.calendar.entries_at(onset),
            drivers: drivers(
                tally,
                &episode.background,
                expected_of(tally, counts, expected),
                &own,
            ),
            terms: rising_terms(tally, &episode.background, &own),
            threads: threads_of(tally),
            exemplars: tally.exemplars.iter().map(exemplar_of).collect(),
            series: self.points_of(episode, closed),
            model: MODEL.to_owned(),
        }
    }

    /// The closed steps, and the open minutes of an open spike.
    fn points_of(&self, episode: &Episode, closed: Option<i64>) -> Vec<SeriesPoint> {
        let mut shown = episode.shown.clone();
        let newest = self
            .state
            .clock
            .map_or(episode.stepped, |clock| clock.newest);
        if closed.is_none() {
            for minute in (episode.stepped + 1).max(newest - OPEN_SHOWN)..=newest {
                let (counts, expected) = self.minute_of(episode, minute);
                shown.add(minute, counts, expected);
            }
        }
        shown
            .points
            .iter()
            .map(|point| series_point(episode, point))
            .collect()
    }
}

fn series_point(episode: &Episode, point: &Point) -> SeriesPoint {
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
    SeriesPoint {
        at: EventTime::from_minute(point.minute),
        negative: u64::from(point.counts.negative),
        total: u64::from(point.counts.total),
        low: to_four_decimals(low),
        high: to_four_decimals(high),
    }
}

fn to_four_decimals(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The negatives expected among those that are known in detail: where there are too
/// many, that is a fair sample.
#[allow(clippy::cast_precision_loss, reason = "a count of mentions")]
fn expected_of(tally: &Tally, counts: Counts, expected: f64) -> f64 {
    let all = f64::from(counts.negative.max(1));
    expected * (tally.negatives as f64 / all).min(1.0)
}

/// People reached, with the parts of the posts of which that is measured, estimated or
/// not known, and the part of the reactions that the most noted thread has.
#[allow(clippy::cast_precision_loss, reason = "shares of counts")]
fn reach_of(tally: &Tally) -> Reach {
    let sum = &tally.spread;
    let posts = (sum.measured + sum.estimated + sum.missing).max(1) as f64;
    let part = |posts_so: u64| to_four_decimals(posts_so as f64 / posts);
    let (measured, estimated) = (part(sum.measured), part(sum.estimated));
    let top = tally.threads.values().map(|thread| thread.reactions).max();
    let top = top.unwrap_or(0).min(sum.reactions) as f64;
    Reach {
        people: sum.people.min(MOST),
        measured,
        estimated,
        missing: to_four_decimals((1.0 - measured - estimated).max(0.0)),
        engagement: sum.reactions,
        top_thread: to_four_decimals(top / sum.reactions.max(1) as f64),
    }
}

/// The threads with the most posts, two at least; posts an hour since the first one,
/// over a minute at least.
fn threads_of(tally: &Tally) -> Vec<Thread> {
    let mut threads: Vec<_> = tally
        .threads
        .iter()
        .filter(|(_, thread)| thread.posts >= 2)
        .collect();
    threads.sort_by_key(|(root, thread)| (std::cmp::Reverse(thread.posts), **root));
    let told = threads
        .into_iter()
        .take(THREADS_TOLD)
        .map(|(root, thread)| {
            #[allow(
                clippy::cast_precision_loss,
                reason = "counts, and milliseconds of a day"
            )]
            let (posts, span) = (thread.posts as f64, (thread.last - thread.first) as f64);
            let hours = (span / 3_600_000.0).max(1.0 / 60.0);
            Thread {
                root: hex(*root),
                posts: thread.posts,
                reach: thread.reach,
                velocity: (posts / hours * 100.0).round() / 100.0,
            }
        });
    told.collect()
}

fn exemplar_of(fact: &crate::facts::Fact) -> Exemplar {
    Exemplar {
        id: hex(fact.key),
        platform: Platform::ALL[usize::from(fact.platform).min(14)],
        created_at: EventTime::from_millis(fact.at),
        text: fact.text.clone(),
        reach: fact.spread.people(),
        spans: fact.spans.iter().map(|span| span.map(u32::from)).collect(),
    }
}
