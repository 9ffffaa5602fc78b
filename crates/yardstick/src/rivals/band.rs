//! The adaptive band of rules for Prometheus, as Grafana publishes them, written from
//! their idea.

use std::ops::Range;

use super::{Fives, Recipe, extra, first_above};
use crate::brand::Brand;
use crate::burst::Burst;
use crate::{DAY, PATIENCE, WEEK};

/// The middle line is the mean of an hour; its half width is the deviation within an
/// hour, averaged over 26 hours.
const HOUR: usize = 60;
const SMOOTHED: usize = 26 * 60;
/// Only hours enter it whose deviation exceeds this part of their mean.
const RESTLESS: f64 = 0.5;
/// The band is at least so much of the middle line wide.
const MARGIN: f64 = 0.5;
/// The seasonal bands look back so many minutes: the hour around the same time.
const SEASONS: [usize; 2] = [DAY - 30, WEEK - 30];
/// It must be exceeded for five minutes.
const FOR: usize = 5;
/// Least deviation, negatives in five minutes: for brands that hardly have any.
const LEAST_DEVIATION: f64 = 0.05;

/// Negatives of five minutes above the mean of the last hour by so many deviations, and
/// above those of the same hour a day and a week ago, for five minutes. The number of
/// deviations, 2 as published, is what is tuned.
#[derive(Debug)]
pub(super) struct Band {
    fives: Fives,
    /// Sum of the restless deviations before each minute, and how many.
    restless: Vec<(f64, u32)>,
}

impl Recipe for Band {
    fn of(brand: &Brand) -> Self {
        let fives = Fives::of(brand);
        let mut restless = vec![(0.0, 0)];
        let mut sum = (0.0, 0);
        for minute in 0..brand.minutes() {
            let from = (minute + 1).saturating_sub(HOUR);
            let (mean, deviation) = fives.moments(from, minute + 1);
            if deviation > RESTLESS * mean {
                sum = (sum.0 + deviation, sum.1 + 1);
            }
            restless.push(sum);
        }
        Self { fives, restless }
    }

    fn scores(&self, judged: Range<usize>) -> Vec<f32> {
        let single: Vec<f32> = judged
            .map(|minute| {
                let level = f64::from(self.fives.counts[minute]);
                let moments = self.fives.moments(minute + 1 - HOUR, minute + 1);
                self.width(minute, level, moments.0) as f32
            })
            .collect();
        (0..single.len())
            .map(|end| least(&single[end.saturating_sub(FOR)..=end]))
            .collect()
    }

    fn delay(&self, threshold: f64, start: usize, burst: &Burst) -> Option<f64> {
        let added: Vec<u32> = (0..PATIENCE).map(|after| extra(burst, after, 5)).collect();
        let mut widths: Vec<f32> = Vec::with_capacity(PATIENCE);
        first_above(threshold, |after| {
            let minute = start + after;
            let level = f64::from(self.fives.counts[minute] + added[after]);
            let (mean, _) = self.fives.moments(minute + 1 - HOUR, minute + 1);
            let recent: u32 = added[(after + 1).saturating_sub(HOUR)..=after].iter().sum();
            let mean = mean + f64::from(recent) / HOUR as f64;
            widths.push(self.width(minute, level, mean) as f32);
            f64::from(least(&widths[after.saturating_sub(FOR)..]))
        })
    }
}

fn least(widths: &[f32]) -> f32 {
    widths
        .iter()
        .fold(f32::MAX, |least, &width| least.min(width))
}

impl Band {
    /// By how many deviations `level` exceeds all bands; 0 within the margin.
    fn width(&self, minute: usize, level: f64, mean: f64) -> f64 {
        if level <= mean * (1.0 + MARGIN) {
            return 0.0;
        }
        let before = self.restless[(minute + 1).saturating_sub(SMOOTHED)];
        let (sum, number) = self.restless[minute + 1];
        let number = f64::from(number - before.1);
        let mut width = f64::MAX;
        if number > 0.0 {
            width = (level - mean) / ((sum - before.0) / number).max(LEAST_DEVIATION);
        }
        for season in SEASONS {
            if let Some(end) = (minute + 1).checked_sub(season).filter(|end| *end >= HOUR) {
                let (mean, deviation) = self.fives.moments(end - HOUR, end);
                width = width.min((level - mean) / deviation.max(LEAST_DEVIATION));
            }
        }
        width.max(0.0)
    }
}
