//! The usual recipe of a dashboard: how many standard deviations above the mean?

use super::{Fives, Rival, extra, first_above, thresholds};
use crate::WEEK;
use crate::brand::Brand;
use crate::burst::Burst;

/// Least variance of a count of five minutes: a quiet brand's is zero most of the time.
const LEAST_VARIANCE: f64 = 0.05;

/// z-score of the negatives of five minutes against the week before.
#[derive(Debug)]
pub struct ZScore {
    fives: std::sync::Arc<Fives>,
    threshold: f64,
    per_week: f64,
}

impl ZScore {
    /// One for each budget.
    #[must_use]
    pub fn tuned(brand: &Brand, warm: usize, budgets: &[f64]) -> Vec<Box<dyn Rival>> {
        let fives = std::sync::Arc::new(Fives::of(brand));
        let judged = warm..brand.minutes();
        let scores: Vec<f32> = judged.map(|minute| z(&fives, minute, 0) as f32).collect();
        let each = thresholds(&scores, budgets).into_iter();
        let rival = |(threshold, per_week)| -> Box<dyn Rival> {
            Box::new(Self {
                fives: fives.clone(),
                threshold,
                per_week,
            })
        };
        each.map(rival).collect()
    }
}

impl Rival for ZScore {
    fn false_alarms_per_week(&self) -> f64 {
        self.per_week
    }

    fn delay(&self, _: &Brand, start: usize, burst: &Burst) -> Option<f64> {
        first_above(self.threshold, |after| {
            z(&self.fives, start + after, extra(burst, after, 5))
        })
    }
}

/// z of the five minutes that end with `minute`, `extra` negatives added.
fn z(fives: &Fives, minute: usize, extra: u32) -> f64 {
    let until = minute.saturating_sub(4);
    let (mean, sd) = fives.moments(until.saturating_sub(WEEK), until);
    let now = f64::from(fives.counts[minute] + extra);
    (now - mean) / sd.max(libm::sqrt(LEAST_VARIANCE))
}
