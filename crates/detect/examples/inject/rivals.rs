//! What the detector is compared with.

use crate::brand::{Brand, Minute, Shape, intensity};
use crate::{PATIENCE, WEEK};

/// CUSUM (Page 1954) that knows the true rate of negatives and the burst's shape;
/// alarms at ln(ARL), one false alarm a week.
pub(crate) struct Oracle;

impl Oracle {
    pub(crate) fn delay(
        brand: &Brand,
        start: usize,
        shape: Shape,
        size: u32,
        burst: &[u32],
    ) -> Option<f64> {
        let bar = (WEEK as f64).ln();
        let mut sum: f64 = 0.0;
        (0..PATIENCE).find_map(|after| {
            let counts = brand.minutes.get(start + after)?;
            let usual = brand.negatives[start + after];
            let extra = intensity(shape, size, after).max(1e-9);
            let seen = f64::from(counts.negative + burst.get(after).copied().unwrap_or(0));
            sum = (sum + seen * ((usual + extra) / usual).ln() - extra).max(0.0);
            (sum > bar).then_some(after as f64 + 1.0)
        })
    }
}

/// The usual recipe: z-score of the negatives of five minutes over seven days, its
/// threshold tuned on the very stream to one false alarm a week.
pub(crate) struct ZScore {
    threshold: f64,
    pub(crate) false_alarms_per_week: f64,
}

impl ZScore {
    pub(crate) fn tuned(minutes: &[Minute], warm: usize) -> Self {
        let scores: Vec<f64> = (warm..minutes.len())
            .step_by(5)
            .map(|at| z(minutes, at, 0))
            .collect();
        let weeks = scores.len() as f64 * 5.0 / WEEK as f64;
        let alarms = |threshold: f64| {
            // Alarms within six hours of one another are one episode.
            let (mut count, mut last) = (0, None::<usize>);
            for (at, _) in scores.iter().enumerate().filter(|(_, z)| **z > threshold) {
                count += usize::from(last.is_none_or(|last| at - last > PATIENCE / 5));
                last = Some(at);
            }
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / weeks
        };
        let threshold = (20..400)
            .map(|step| f64::from(step) / 10.0)
            .find(|t| alarms(*t) <= 1.0);
        let threshold = threshold.unwrap_or(40.0);
        Self {
            threshold,
            false_alarms_per_week: alarms(threshold),
        }
    }

    pub(crate) fn delay(&self, minutes: &[Minute], start: usize, burst: &[u32]) -> Option<f64> {
        (0..PATIENCE).step_by(5).find_map(|after| {
            let at = start + after;
            let from = after.saturating_sub(5);
            let extra: u32 = burst.get(from..after).map_or(0, |part| part.iter().sum());
            let score = (at < minutes.len()).then(|| z(minutes, at, extra))?;
            (score > self.threshold).then_some(after as f64)
        })
    }
}

/// z of the five minutes before `at` with `extra` negatives among the week before.
fn z(minutes: &[Minute], at: usize, extra: u32) -> f64 {
    let blocks = minutes[at.saturating_sub(WEEK)..at].rchunks_exact(5);
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for block in blocks.step_by(3) {
        let count = f64::from(block.iter().map(|m| m.negative).sum::<u32>());
        n += 1.0;
        sum += count;
        squares += count * count;
    }
    let now = minutes[at - 5..at].iter().map(|m| m.negative).sum::<u32>() + extra;
    let mean = sum / n;
    let sd = (squares / n - mean * mean).max(0.05).sqrt();
    (f64::from(now) - mean) / sd
}
