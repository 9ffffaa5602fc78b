//! Counts by day: mentions, and aspects with their polarity.

use mention::{AspectCourse, EventTime, InsightDay, Label, Mention, Polarities};
use serde::{Deserialize, Serialize};

use crate::sample::DAYS;

/// Aspects with counts: those of the contract, and another model's.
pub(crate) const ASPECTS: usize = mention::Aspect::ALL.len() + 1;
/// Days of a week.
const WEEK: usize = 7;

/// The last days, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Days {
    /// The newest, since 1970.
    newest: Option<i64>,
    days: Vec<Day>,
}

/// One day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Day {
    pub(crate) mentions: u32,
    pub(crate) counted: u32,
    pub(crate) negative: u32,
    pub(crate) positive: u32,
    /// With a picture or film that says more than the words beside it.
    pub(crate) unscored_media: u32,
    aspects: [[u32; Label::ALL.len()]; ASPECTS],
}

impl Days {
    /// The day, if it is still held; time reaches it.
    pub(crate) fn at(&mut self, day: i64) -> Option<&mut Day> {
        self.advance(day);
        let back = self.newest? - day;
        self.days.get_mut(usize::try_from(back).ok()?)
    }

    pub(crate) fn advance(&mut self, day: i64) {
        // The days before the first mention are there from the start: what comes late has
        // its place.
        let newest = *self.newest.get_or_insert_with(|| {
            self.days = vec![Day::default(); usize::try_from(DAYS).unwrap_or_default()];
            day
        });
        let passed = day.saturating_sub(newest);
        if passed <= 0 {
            return;
        }
        let passed = usize::try_from(passed.min(DAYS)).unwrap_or_default();
        self.days.rotate_right(passed);
        self.days[..passed].fill(Day::default());
        self.newest = Some(day);
    }

    pub(crate) fn is_known(&self, day: i64) -> bool {
        self.newest
            .is_none_or(|newest| newest.saturating_sub(day) < DAYS)
    }

    /// Sum over the days, or over the `count` newest.
    pub(crate) fn sum(&self, count: usize, of: impl Fn(&Day) -> u32) -> u64 {
        self.days
            .iter()
            .take(count)
            .map(|day| u64::from(of(day)))
            .sum()
    }

    /// Counted, negative and positive mentions of the days from `first` to `last`, as far as
    /// they are held.
    pub(crate) fn between(&self, first: i64, last: i64) -> [u64; 3] {
        let newest = self.newest.unwrap_or_default();
        let days = (0..).zip(&self.days);
        let within = days.filter(|(back, _)| (first..=last).contains(&(newest - back)));
        within.fold([0; 3], |[counted, negative, positive], (_, day)| {
            [
                counted + u64::from(day.counted),
                negative + u64::from(day.negative),
                positive + u64::from(day.positive),
            ]
        })
    }

    /// All that are held.
    pub(crate) const ALL: usize = 28;

    /// How many are told: back to the first with a mention.
    fn told(&self) -> usize {
        let first = self.days.iter().rposition(|day| day.mentions > 0);
        first.map_or(0, |first| first + 1)
    }

    /// Those that are told, oldest first.
    pub(crate) fn summary(&self) -> Vec<InsightDay> {
        let newest = self.newest.unwrap_or_default();
        let days = (0..)
            .zip(&self.days[..self.told()])
            .map(|(back, day)| InsightDay {
                day: EventTime::from_millis((newest - back).saturating_mul(EventTime::DAY_MS)),
                mentions: day.mentions.into(),
                counted: day.counted.into(),
                negative: day.negative.into(),
                positive: day.positive.into(),
            });
        let mut days: Vec<_> = days.collect();
        days.reverse();
        days
    }

    /// The course of each aspect that was mentioned, most mentioned first.
    pub(crate) fn aspects(&self) -> Vec<AspectCourse> {
        let aspects = mention::Aspect::ALL
            .into_iter()
            .chain([mention::Aspect::Other]);
        let mut courses: Vec<AspectCourse> = aspects
            .map(|aspect| AspectCourse {
                aspect,
                week: self.polarities(aspect, 0),
                week_before: self.polarities(aspect, WEEK),
                negative_by_day: self.by_day(aspect),
                rise: None,
                rose: None,
            })
            .collect();
        let mentions = |week: &Polarities| week.negative + week.neutral + week.positive;
        courses.retain(|course| {
            let before = mentions(&course.week_before) + course.negative_by_day.iter().sum::<u64>();
            mentions(&course.week) + before > 0
        });
        courses.sort_by_key(|course| std::cmp::Reverse(mentions(&course.week)));
        courses
    }

    fn by_day(&self, aspect: mention::Aspect) -> Vec<u64> {
        let days = self.days[..self.told()].iter().rev();
        let negative = Label::Negative as usize;
        days.map(|day| u64::from(day.aspects[aspect as usize][negative]))
            .collect()
    }

    fn polarities(&self, aspect: mention::Aspect, from: usize) -> Polarities {
        let week = self.days.iter().skip(from).take(WEEK);
        let mut sums = [0_u64; Label::ALL.len()];
        for day in week {
            for (sum, &count) in sums.iter_mut().zip(&day.aspects[aspect as usize]) {
                *sum += u64::from(count);
            }
        }
        let [negative, neutral, positive] = sums;
        Polarities {
            negative,
            neutral,
            positive,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        let held = usize::try_from(DAYS).unwrap_or_default();
        let is_sized = self.days.len() == if self.newest.is_some() { held } else { 0 };
        is_sized
            && self
                .newest
                .is_none_or(|day| day.abs() < i64::MAX / EventTime::DAY_MS)
    }
}

impl Day {
    /// Counts what a customer's mention says of aspects.
    pub(crate) fn count_aspects(&mut self, mention: &Mention<'_>) {
        let Some(score) = mention
            .score
            .as_ref()
            .filter(|score| score.abstained.is_none())
        else {
            return;
        };
        for found in &score.aspects {
            let count = &mut self.aspects[found.aspect as usize][found.polarity as usize];
            *count = count.saturating_add(1);
        }
    }
}

/// The day of a time, since 1970.
pub(crate) const fn day_of(at: EventTime) -> i64 {
    at.millis().div_euclid(EventTime::DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_move_on_and_late_ones_find_their_place() {
        let mut days = Days::default();
        days.at(20_000).unwrap().mentions = 5;
        days.at(19_999).unwrap().mentions = 2;
        assert!(days.at(20_000 - DAYS).is_none());
        days.at(20_002).unwrap().mentions = 7;
        let told: Vec<_> = days.summary().iter().map(|day| day.mentions).collect();
        assert_eq!(told, [2, 5, 0, 7]);
        assert_eq!(days.sum(Days::ALL, |day| day.mentions), 14);
        days.advance(30_000);
        assert!(days.summary().is_empty() && days.aspects().is_empty() && days.is_whole());
    }
}
