//! Who waits, by platform and by what was asked.

use std::collections::{BTreeMap, BTreeSet};

use mention::{Asked, EventTime, Platform};

/// Ages below which waiting conversations are counted together, hours.
pub(crate) const AGES: [i64; 4] = [1, 4, 24, i64::MAX];

/// The conversations of one platform and kind that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Where.
    pub platform: Platform,
    /// What is asked.
    pub kind: Asked,
    /// How many wait.
    pub count: usize,
    /// When the oldest of them was asked; none if nobody waits.
    pub oldest: Option<EventTime>,
}

/// All that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    by_age: BTreeSet<(u8, Asked, i64, u64)>,
    counts: BTreeMap<(u8, Asked), usize>,
    /// By the hour in which they were asked.
    by_hour: BTreeMap<i64, [usize; Asked::ALL.len()]>,
}

impl Waiting {
    pub(crate) fn add(&mut self, platform: u8, kind: Asked, at: i64, key: u64) {
        if self.by_age.insert((platform, kind, at, key)) {
            *self.counts.entry((platform, kind)).or_default() += 1;
            let hour = at.div_euclid(EventTime::HOUR_MS);
            self.by_hour.entry(hour).or_default()[kind as usize] += 1;
        }
    }

    pub(crate) fn remove(&mut self, platform: u8, kind: Asked, at: i64, key: u64) {
        if !self.by_age.remove(&(platform, kind, at, key)) {
            return;
        }
        if let Some(count) = self.counts.get_mut(&(platform, kind)) {
            *count -= 1;
        }
        let hour = at.div_euclid(EventTime::HOUR_MS);
        if let Some(counts) = self.by_hour.get_mut(&hour) {
            counts[kind as usize] -= 1;
            if counts.iter().all(|count| *count == 0) {
                self.by_hour.remove(&hour);
            }
        }
    }

    /// Every platform and kind that anybody ever waited on here, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Open> {
        self.counts.iter().map(|(&(platform, kind), &count)| {
            let from = (platform, kind, i64::MIN, 0)..=(platform, kind, i64::MAX, u64::MAX);
            let oldest = self.by_age.range(from).next();
            Open {
                platform: platform_at(platform),
                kind,
                count,
                oldest: oldest.map(|&(_, _, at, _)| EventTime::from_millis(at)),
            }
        })
    }

    /// How many of each kind are younger than 1 hour, 4 hours and a day at `now`, and how
    /// many are older; to the hour.
    pub(crate) fn by_age(&self, now: i64) -> [[usize; Asked::ALL.len()]; AGES.len()] {
        let mut found = [[0; Asked::ALL.len()]; AGES.len()];
        let this = now.div_euclid(EventTime::HOUR_MS);
        for (hour, counts) in &self.by_hour {
            let age = this.saturating_sub(*hour);
            let place = AGES.iter().position(|limit| age < *limit).unwrap_or(3);
            for (sum, count) in found[place].iter_mut().zip(counts) {
                *sum += count;
            }
        }
        found
    }
}

pub(crate) fn platform_at(index: u8) -> Platform {
    let known = Platform::ALL.get(usize::from(index));
    known.copied().unwrap_or(Platform::Other)
}
