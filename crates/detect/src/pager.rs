//! An open spike: stepping through its minutes, revisions, the closing.

use mention::{ClosedBecause, Spike};

use crate::episode::{Episode, RECOVERY};
use crate::ring::MINUTES;
use crate::scan::Counts;
use crate::series::{LONGEST, Series};
use crate::watch::{BrandWatch, State};

/// The detector's name and version in [`Spike::model`].
pub(crate) const MODEL: &str = "ophef-share-scan@2";
/// Mentions' worth of knowledge in the new baseline when a spike became the new normal.
const REBASED_WEIGHT: f64 = 50.0;

impl State {
    pub(crate) fn series(&self) -> impl Iterator<Item = &Series> {
        std::iter::once(&self.all).chain(self.platforms.values().map(Box::as_ref))
    }

    /// Whether the bounds hold that the code relies on.
    pub(crate) fn is_whole(&self) -> bool {
        let platforms = self.platforms.keys().all(|&position| position < 15);
        let page = self.page.as_ref();
        let page = page.is_none_or(|page| page.is_whole());
        let notes = self.notes.is_whole() && self.background.is_whole();
        let notes = notes && self.copies.is_whole() && self.inputs.is_whole();
        let notes = notes && self.mixture.is_whole() && self.threads.is_whole();
        let notes = notes && self.sight.is_whole();
        platforms && page && notes && self.has_whole_times()
    }

    /// Whether all series stand where the clock does, at a time that there is.
    fn has_whole_times(&self) -> bool {
        let Some(clock) = self.clock else {
            return self.page.is_none() && self.last_spike.is_none() && self.platforms.is_empty();
        };
        let last = self.last_spike.unwrap_or([clock.newest; 2]);
        MINUTES.contains(&clock.newest)
            && last.iter().all(|minute| MINUTES.contains(minute))
            && self.series().all(|series| series.newest() == clock.newest)
    }
}

impl BrandWatch {
    /// Counts and expected negatives of one minute in the spike's series.
    pub(crate) fn minute_of(&self, episode: &Episode, minute: i64) -> (Counts, f64) {
        let counts = self.series_at(episode.platform).minute(minute);
        if !episode.is_mixed() {
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

    fn step_minute(&self, episode: &mut Episode, minute: i64) -> Option<ClosedBecause> {
        let (counts, expected) = self.minute_of(episode, minute);
        episode.stepped = minute;
        episode.closed.add(counts);
        episode.expected += expected;
        if counts.total > 0 {
            episode.last_heard = minute;
        }
        episode.shown.add(minute, counts, expected);
        for fact in self.state.facts.between(minute, minute) {
            if episode.takes(fact) {
                episode.tally.add(fact);
            }
        }
        let (so_far, usual) = episode.closed_counts();
        let so_far = weighed(so_far, episode.tally.opinions());
        let severity = episode.severity_of(so_far, usual, episode.tally.spread.people, minute);
        episode.severity_closed = episode.severity_closed.max(severity);
        let (mut recent, mut usual) = (0.0, 0.0);
        for minute in (minute - RECOVERY + 1).max(episode.onset)..=minute {
            let (counts, expected) = self.minute_of(episode, minute);
            recent += f64::from(counts.negative) - expected;
            usual += expected;
        }
        #[allow(clippy::cast_precision_loss, reason = "at most 30")]
        let minutes = RECOVERY.min(minute - episode.onset + 1) as f64;
        let volume = episode.expected_hourly(minute) / 2.0;
        if episode
            .thread
            .is_some_and(|root| self.state.threads.is_spreading(root, minute))
        {
            episode.calm = 0.0; // it isn't over while the thread goes on, however few answer it
        }
        episode.judge(minute, counts, usual / minutes, recent, volume)
    }

    fn close(
        &mut self,
        episode: &mut Episode,
        minute: i64,
        because: ClosedBecause,
        out: &mut Vec<Spike>,
    ) {
        if because == ClosedBecause::NewNormal {
            let share = episode.latest_share(minute);
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
        let (counts, expected) = episode.closed_counts();
        episode.severity = episode.severity_closed;
        episode.kind = Self::kind_of(
            episode,
            &episode.tally,
            f64::from(counts.negative) - expected,
        );
        out.push(self.spike_of(episode, &episode.tally, Some((minute, because))));
    }

    /// Revises the open spike once a minute, and at once when its severity rises.
    pub(crate) fn revise_if_due(&mut self, minute: i64, negative: bool, out: &mut Vec<Spike>) {
        let Some(page) = &self.state.page else {
            return;
        };
        let is_due = minute > page.revised || (negative && self.is_worse(page, minute));
        if is_due {
            self.revise(minute, out);
        }
    }

    fn is_worse(&self, page: &Episode, minute: i64) -> bool {
        let (counts, expected) = self.so_far(page);
        let counts = weighed(counts, page.opinions);
        page.severity_of(counts, expected, page.reach, minute) > page.severity
    }

    /// Appends a revision of the open spike.
    pub(crate) fn revise(&mut self, minute: i64, out: &mut Vec<Spike>) {
        let Some(mut episode) = self.state.page.take() else {
            return;
        };
        let tally = self.tally_of(&episode);
        let (counts, expected) = self.so_far(&episode);
        (episode.reach, episode.opinions) = (tally.spread.people, tally.opinions());
        let worth = weighed(counts, episode.opinions);
        let severity = episode.severity_of(worth, expected, episode.reach, minute);
        episode.severity = episode.severity.max(severity); // it never falls while open
        episode.kind = Self::kind_of(&episode, &tally, f64::from(counts.negative) - expected);
        episode.revised = episode.revised.max(minute);
        out.push(self.spike_of(&episode, &tally, None));
        self.state.page = Some(episode);
    }
}

/// Counts for the severity: reactions are worth some negative mentions as well.
fn weighed(mut counts: Counts, opinions: u32) -> Counts {
    counts.add(Counts {
        negative: opinions,
        total: opinions,
    });
    counts
}
