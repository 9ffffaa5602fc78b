//! Whether a rise is the brand's own, or the whole platform's.
//!
//! Where many brands rise on one platform in the same minutes, the platform is the
//! cause: it fails, its people are angry at it, or what it delivers has changed. None of
//! these brands can do anything about it, so such a spike is of kind `platform_shift`
//! and pages nobody. It is the one question that needs other brands' state; whoever
//! holds several [`BrandWatch`]es asks them, counts their answers in a
//! [`PlatformCount`], and tells the brand that rose. When the others are calm again and
//! the brand isn't, the spike is its own and pages after all.

use mention::{EventTime, Platform, PlatformShift, Spike, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::scan::Mood;
use crate::surge::HOUR;
use crate::watch::{BrandWatch, platform_position};

/// Minutes in which the brands must have risen, at most.
const TOGETHER: i64 = 15;
/// Mentions on the platform in the last hour from which a brand is active there.
const ACTIVE_MIN: u32 = 5;
/// Negatives of a rise, at least.
const RISEN_MIN: u32 = 3;
/// Standard deviations of a rise: one stretch of time in a hundred by chance, far
/// below what pages, so that brands that are about to page are seen as well.
const RISEN_DEVIATIONS: f64 = 2.33;
/// Correlation of moods within a quarter of an hour: at the upper end of what brands
/// have, so that drifting moods aren't taken for rises.
const RHO: f64 = 0.08;
/// Brands that must be active before a platform is spoken of.
const BRANDS_MIN: u64 = 5;
/// Minutes for which the others must be calm before a brand that is still raised has a
/// spike of its own: the same change ends for some brands a little later than for others.
const OTHERS_CALM: i64 = 30;
/// Minutes after its detection in which a spike may turn out to be the platform's.
const DECIDED_WITHIN: i64 = 30;

/// How a brand does on one platform at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// Too few mentions in the last hour to say.
    Idle,
    /// It is active, and as negative as usual.
    Usual,
    /// Its negatives have risen in these minutes.
    Risen,
}

/// What a brand with an open spike asks of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftQuestion {
    /// The platform that has its excess.
    pub platform: Platform,
    /// The stretch of time in which the others are judged: since the onset, a quarter
    /// of an hour at most.
    pub from: EventTime,
    /// Its end, which is now.
    pub until: EventTime,
}

/// A platform's change, as an open spike remembers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shift {
    pub(crate) told: PlatformShift,
    /// The minute since which the other brands are calm again, if they are.
    others_calm_since: Option<i64>,
}

/// The answers of all brands, the asking one included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlatformCount {
    changed: u64,
    active: u64,
}

impl PlatformCount {
    /// Takes one brand's answer.
    pub fn add(&mut self, pulse: Pulse) {
        self.active += u64::from(pulse != Pulse::Idle);
        self.changed += u64::from(pulse == Pulse::Risen);
    }

    /// Whether so many changed that the platform is the cause: half of at least five.
    fn is_shift(self) -> bool {
        self.active >= BRANDS_MIN && 2 * self.changed >= self.active
    }

    /// Whether so few are still raised that it isn't any more: less than a quarter.
    fn is_over(self) -> bool {
        4 * self.changed < self.active || self.active < BRANDS_MIN
    }

    fn told(self, platform: Platform) -> PlatformShift {
        PlatformShift {
            platform: platform.as_str().to_owned(),
            changed: self.changed,
            active: self.active,
        }
    }
}

impl BrandWatch {
    /// How the brand does on the platform in the time asked for.
    #[must_use]
    pub fn pulse(&self, question: ShiftQuestion) -> Pulse {
        let minute = question.until.minute();
        let length = (minute - question.from.minute() + 1).clamp(1, TOGETHER);
        let position = platform_position(question.platform);
        if !self.state.platforms.contains_key(&position) {
            return Pulse::Idle;
        }
        let series = self.series_at(Some(position));
        if series.sum(minute, 60).total < ACTIVE_MIN {
            return Pulse::Idle;
        }
        let counts = series.sum(minute, length);
        let prior = self.state.all.mood(Mood::PRIOR).for_platform();
        let share = series.mood(prior).share;
        let (k, n) = (f64::from(counts.negative), f64::from(counts.total));
        let variance = n * share * (1.0 - share) * (1.0 + (n - 1.0).max(0.0) * RHO);
        let has_risen = counts.negative >= RISEN_MIN
            && k - n * share >= RISEN_DEVIATIONS * variance.max(0.0).sqrt();
        if has_risen {
            Pulse::Risen
        } else {
            Pulse::Usual
        }
    }

    /// What is to be asked of the other brands, after revisions of a spike: whether its
    /// platform has changed, while that is open, and whether it still is, where it had.
    #[must_use]
    pub fn shift_question(&self) -> Option<ShiftQuestion> {
        let page = self.state.page.as_ref();
        // One author's post, or one thread, isn't a platform's.
        let page = page.filter(|page| page.kind == SpikeKind::ComplaintWave)?;
        let newest = self.state.clock?.newest;
        // From the detection on: a slow rise is old when it is seen.
        let seen = EventTime::from_millis(page.detected_at).minute();
        let is_young = newest.saturating_sub(seen.max(page.onset)) <= DECIDED_WITHIN;
        if !is_young && page.shift.is_none() {
            return None;
        }
        let only = || {
            let mut platforms = self.state.platforms.keys();
            platforms.next().filter(|_| platforms.next().is_none())
        };
        // A spike of the whole brand may be one platform's all the same.
        let most = || self.platform_of_excess(&page.moods, page.onset.max(newest - HOUR), newest);
        let position = page.platform.or_else(|| only().copied()).or_else(most)?;
        Some(ShiftQuestion {
            platform: *Platform::ALL.get(usize::from(position))?,
            from: EventTime::from_minute(page.onset.max(newest - TOGETHER + 1)),
            until: EventTime::from_minute(newest),
        })
    }

    /// The answers to [`BrandWatch::shift_question`]: decides whether the open spike is
    /// the platform's, and changes `revisions` of it that were made just now.
    pub fn take_answers(
        &mut self,
        question: ShiftQuestion,
        count: PlatformCount,
        revisions: &mut [Spike],
    ) {
        let own = self.pulse(question);
        let Some(page) = self.state.page.as_mut() else {
            return;
        };
        let now = question.until.minute();
        let mut others_calm_since = None;
        if let Some(before) = &page.shift
            && count.is_over()
        {
            others_calm_since = before.others_calm_since.or(Some(now));
        }
        let calm = others_calm_since.map_or(0, |since| now.saturating_sub(since));
        let is_own_again = calm >= OTHERS_CALM && own == Pulse::Risen;
        let is_shift = count.is_shift() || page.shift.is_some();
        let before = page.shift.take().map(|shift| shift.told);
        // The change at its widest is what is told.
        let widest = before.filter(|before| before.changed >= count.changed);
        page.shift = (is_shift && !is_own_again).then(|| Shift {
            told: widest.unwrap_or_else(|| count.told(question.platform)),
            others_calm_since,
        });
        let onset = EventTime::from_minute(page.onset);
        for spike in revisions {
            if spike.onset != onset || spike.closed_at.is_some() {
                continue;
            }
            if page.shift.is_some() || is_own_again {
                spike.spike_kind = page.told_kind();
            }
            spike.pages = spike.spike_kind.pages();
            spike.platform_shift = page.shift.as_ref().map(|shift| shift.told.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_five_make_a_shift_and_a_quarter_ends_it() {
        let count = |changed, active| PlatformCount { changed, active };
        assert!(count(3, 5).is_shift() && count(5, 10).is_shift());
        assert!(!count(2, 5).is_shift() && !count(4, 4).is_shift());
        assert!(count(1, 5).is_over() && !count(2, 5).is_over());
    }
}
