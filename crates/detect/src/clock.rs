//! How time moves: by records only, minute by minute, and the same however many
//! heartbeats there are.
//!
//! *Learning* follows the newest mention; *closings* follow the newest record of
//! any sort. A heartbeat may therefore close a spike earlier in the stream, but
//! what is learned, and what pages, is a function of the mentions alone.

use mention::{EventTime, Spike};

use crate::scan::{Mood, WINDOWS};
use crate::series::LONGEST;
use crate::watch::{BrandWatch, Clock};

/// Hours of a gap after which nothing of the background is left to fade.
const FADING_HOURS: i64 = 26 * 7 * 24;

impl BrandWatch {
    /// Time has reached `at`, though no mention came. May close spikes.
    ///
    /// A heartbeat must not be ahead of a later mention by more than the lateness,
    /// or that mention is late.
    pub fn advance(&mut self, at: EventTime, out: &mut Vec<Spike>) {
        let Some(clock) = self.state.clock.as_mut() else {
            return; // nothing has been counted, so nothing can change
        };
        clock.heard = clock.heard.max(at.millis());
        self.step_spike(out);
        self.note_lasting_silence(out);
    }

    /// A mention of time `at` is about to be counted.
    pub(crate) fn arrive(&mut self, at: EventTime, out: &mut Vec<Spike>) {
        let minute = at.minute();
        let Some(clock) = self.state.clock else {
            self.start(at);
            return;
        };
        self.advance(at, out);
        if minute > clock.newest {
            self.begin_gap(clock.newest, minute, out);
            self.learn_until(clock.newest, minute, out);
        }
    }

    fn start(&mut self, at: EventTime) {
        let newest = at.minute();
        self.state.clock = Some(Clock {
            newest,
            heard: at.millis(),
        });
        self.state.all.jump(newest, 0);
    }

    /// Every minute up to this one is closed: later mentions of it are late. One
    /// minute more than the lateness, as minutes are closed whole.
    pub(crate) fn closed_minute(&self) -> i64 {
        let lateness = self.settings.lateness_minutes();
        let heard = self.state.clock.map(Clock::heard_minute);
        heard.map_or(i64::MIN, |heard| heard - lateness - 1)
    }

    /// Every minute up to this one has been learned from.
    pub(crate) fn learned_minute(&self) -> i64 {
        let lateness = self.settings.lateness_minutes();
        let newest = self.state.clock.map(|clock| clock.newest);
        newest.map_or(i64::MIN / 2, |newest| newest - lateness - 1)
    }

    /// Moves the rings from minute `from` to `to` and learns what that closes.
    fn learn_until(&mut self, from: i64, to: i64, out: &mut Vec<Spike>) {
        let mut newest = from;
        while newest < to && !self.state.all.is_empty() {
            newest += 1;
            self.set_newest(newest);
            self.state.all.enter_next();
            for series in self.state.platforms.values_mut() {
                series.enter_next();
            }
            self.learn_minute(self.learned_minute(), out);
        }
        if newest < to {
            self.jump(to);
        }
    }

    fn set_newest(&mut self, newest: i64) {
        if let Some(clock) = self.state.clock.as_mut() {
            clock.newest = newest;
        }
    }

    fn learn_minute(&mut self, minute: i64, out: &mut Vec<Spike>) {
        let frozen = self.is_frozen(minute);
        self.learn_inputs(minute, out);
        self.learn_copies(minute, out);
        if !frozen {
            self.learn_facts(minute);
            self.note_campaign(minute, out);
            let negatives = self.state.all.minute(minute).negative;
            self.state.threads.learn_minute(negatives);
        }
        self.settle_threads();
        if (minute + 1).rem_euclid(60) == 0 && self.state.all.has_begun() {
            self.state.background.fade();
            self.state.notes.fade();
            self.state.threads.fade();
        }
        let brand = self.state.all.mood(Mood::PRIOR);
        let windows = self.state.all.windows(minute);
        let moods = self.moods(None, &windows, minute);
        for series in self.state.platforms.values_mut() {
            let prior = brand.for_platform();
            let own = [series.mood(prior); WINDOWS.len()];
            series.close(minute, frozen, &own, prior);
        }
        self.state.all.close(minute, frozen, &moods, Mood::PRIOR);
    }

    /// Learns what the minute's negatives are made of, and drops what is too old for
    /// the onset of a spike.
    fn learn_facts(&mut self, minute: i64) {
        let facts = self.state.facts.between(minute, minute);
        let counted = facts.filter(|fact| fact.counted);
        let notes = &mut self.state.notes;
        let counted = counted.inspect(|fact| notes.learn_reach(fact.spread.audience()));
        self.state.background.learn(counted);
        self.state.facts.drop_before(minute - LONGEST);
    }

    /// Whether the minute belongs to an open spike or to the one before it.
    pub(crate) fn is_frozen(&self, minute: i64) -> bool {
        let is_open = self
            .state
            .page
            .as_ref()
            .is_some_and(|page| minute >= page.onset);
        let was_open = self
            .state
            .last_spike
            .is_some_and(|[first, last]| (first..=last).contains(&minute));
        is_open || was_open
    }

    /// Moves empty rings over a gap at once: whole hours without a mention are
    /// learned as such, as many as still matter.
    fn jump(&mut self, to: i64) {
        let first = (self.learned_minute() + 1).div_euclid(60);
        self.set_newest(to);
        let open = self.learned_minute() + 1;
        let (hours, minutes) = (open.div_euclid(60) - first, open.rem_euclid(60));
        self.state.facts.drop_before(open - LONGEST);
        self.settle_threads();
        for _ in 0..hours.min(FADING_HOURS) {
            self.state.background.fade();
            self.state.notes.fade();
            self.state.threads.fade();
        }
        let brand = self.state.all.mood(Mood::PRIOR);
        let minutes = u32::try_from(minutes).unwrap_or(0);
        for series in self.state.platforms.values_mut() {
            series.pass_gap(first, hours, minutes, to, brand.for_platform());
        }
        self.state
            .all
            .pass_gap(first, hours, minutes, to, Mood::PRIOR);
    }
}
