//! The recipes that are usual today, on the same streams.
//!
//! Each reads the number of negatives of every minute and is judged at every minute's
//! end. Its threshold is tuned on the very stream it is judged on, to just the budget
//! of false alarms. Nobody could do that beforehand: it favours them.

mod band;
mod count;
mod z_score;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use crate::PATIENCE;
use crate::WEEK;
use crate::brand::Brand;
use crate::burst::Burst;

/// A detector that is compared with ours.
pub trait Rival {
    /// False alarms a week on the stream it was tuned on.
    fn false_alarms_per_week(&self) -> f64;

    /// Minutes from the beginning of a burst at minute `start` to the alarm; none
    /// within [`PATIENCE`].
    fn delay(&self, brand: &Brand, start: usize, burst: &Burst) -> Option<f64>;
}

/// Makes a rival for a brand whose minutes up to the given one aren't judged, for each
/// of these budgets.
pub type Make = fn(&Brand, usize, &[f64]) -> Vec<Box<dyn Rival>>;

/// Names and makers of all rivals.
pub const ALL: [(&str, Make); 3] = [
    ("z-score", tuned::<z_score::Week>),
    ("count", tuned::<count::CountScan>),
    ("band", tuned::<band::Band>),
];

/// A recipe: it gives each minute of a brand's past a score.
trait Recipe: Debug + 'static {
    /// The recipe, with what it has to know of the brand's past.
    fn of(brand: &Brand) -> Self;

    /// Scores of these minutes, as they were.
    fn scores(&self, judged: Range<usize>) -> Vec<f32>;

    /// Minutes from the beginning of a burst at minute `start` to the first score above
    /// the threshold.
    fn delay(&self, threshold: f64, start: usize, burst: &Burst) -> Option<f64>;
}

/// A recipe with its threshold.
#[derive(Debug)]
struct Tuned<R> {
    recipe: Arc<R>,
    threshold: f64,
    per_week: f64,
}

impl<R: Recipe> Rival for Tuned<R> {
    fn false_alarms_per_week(&self) -> f64 {
        self.per_week
    }

    fn delay(&self, _: &Brand, start: usize, burst: &Burst) -> Option<f64> {
        self.recipe.delay(self.threshold, start, burst)
    }
}

/// The recipe with a threshold for each budget.
fn tuned<R: Recipe>(brand: &Brand, warm: usize, budgets: &[f64]) -> Vec<Box<dyn Rival>> {
    let recipe = Arc::new(R::of(brand));
    let scores = recipe.scores(warm..brand.minutes());
    let each = thresholds(&scores, budgets).into_iter();
    let rival = |(threshold, per_week)| -> Box<dyn Rival> {
        Box::new(Tuned {
            recipe: recipe.clone(),
            threshold,
            per_week,
        })
    };
    each.map(rival).collect()
}

/// Prefix sums of what all rivals look at: the negatives of five minutes.
#[derive(Debug)]
pub(crate) struct Fives {
    /// Negatives of the five minutes that end with each minute.
    pub(crate) counts: Vec<u32>,
    sums: Vec<u64>,
    squares: Vec<u64>,
}

impl Fives {
    pub(crate) fn of(brand: &Brand) -> Self {
        let negative = &brand.negative;
        let (mut counts, mut sums, mut squares) = (Vec::new(), vec![0], vec![0]);
        let (mut sum, mut square, mut now) = (0_u64, 0_u64, 0_u32);
        for (minute, &count) in negative.iter().enumerate() {
            now += count;
            now -= minute.checked_sub(5).map_or(0, |gone| negative[gone]);
            counts.push(now);
            sum += u64::from(now);
            square += u64::from(now) * u64::from(now);
            sums.push(sum);
            squares.push(square);
        }
        Self {
            counts,
            sums,
            squares,
        }
    }

    /// Mean and standard deviation over minutes `from` to `until`, that one left out.
    pub(crate) fn moments(&self, from: usize, until: usize) -> (f64, f64) {
        let n = (until - from).max(1) as f64;
        let mean = (self.sums[until] - self.sums[from]) as f64 / n;
        let square = (self.squares[until] - self.squares[from]) as f64 / n;
        (mean, libm::sqrt((square - mean * mean).max(0.0)))
    }
}

/// Injected negatives of the `length` minutes that end with the one `after` the beginning.
pub(crate) fn extra(burst: &Burst, after: usize, length: usize) -> u32 {
    let from = (after + 1).saturating_sub(length);
    burst.minutes[from..=after].iter().sum()
}

/// The least threshold with no more false alarms than each budget, and how many a week
/// there are. `scores` are those of the judged minutes.
pub(crate) fn thresholds(scores: &[f32], budgets: &[f64]) -> Vec<(f64, f64)> {
    let weeks = scores.len() as f64 / WEEK as f64;
    let per_week = |threshold: f64| f64::from(episodes(scores, threshold)) / weeks;
    let highest = scores.iter().fold(0.0, |high: f32, &score| high.max(score));
    let tuned = budgets.iter().map(|&budget| {
        let (mut low, mut high) = (0.0, f64::from(highest));
        // Forty halvings are finer than the scores.
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if per_week(middle) > budget {
                low = middle;
            } else {
                high = middle;
            }
        }
        (high, per_week(high))
    });
    tuned.collect()
}

/// Alarms; those within [`PATIENCE`] of the one before are the same episode.
fn episodes(scores: &[f32], threshold: f64) -> u32 {
    let (mut count, mut last) = (0, None::<usize>);
    for (minute, _) in scores
        .iter()
        .enumerate()
        .filter(|score| f64::from(*score.1) > threshold)
    {
        count += u32::from(last.is_none_or(|last| minute - last > PATIENCE));
        last = Some(minute);
    }
    count
}

/// Minutes to the first score above the threshold.
pub(crate) fn first_above(threshold: f64, mut score: impl FnMut(usize) -> f64) -> Option<f64> {
    let after = (0..PATIENCE).find(|&after| score(after) > threshold)?;
    Some(after as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;
    use crate::burst::Shape;
    use crate::random::Random;

    #[test]
    fn rivals_keep_their_budgets_and_find_what_is_plain() {
        let brand = Brand::new(&Base::invented()[6], 1, 6 * WEEK); // 0.5 a minute
        let start = 4 * WEEK + 10 * 60;
        let burst = Burst::new(Shape::Step, 300, &mut Random::new(1));
        for (name, make) in ALL {
            let tuned = make(&brand, WEEK, &[1.0, 0.25]);
            assert!(tuned[0].false_alarms_per_week() <= 1.0, "{name}");
            assert!(
                tuned[0].false_alarms_per_week() >= 0.4,
                "{name} could alarm sooner"
            );
            assert!(tuned[1].false_alarms_per_week() <= 0.25, "{name}");
            let delay = tuned[0].delay(&brand, start, &burst);
            assert!(delay.is_some_and(|delay| delay < 60.0), "{name} {delay:?}");
        }
    }

    #[test]
    fn five_minutes_are_summed() {
        let brand = Brand::new(&Base::invented()[16], 1, 100);
        let fives = Fives::of(&brand);
        for minute in 0..100_usize {
            let own: u32 = brand.negative[minute.saturating_sub(4)..=minute]
                .iter()
                .sum();
            assert_eq!(fives.counts[minute], own);
        }
        let (mean, sd) = fives.moments(50, 60);
        let own = &fives.counts[50..60];
        let plain = own.iter().sum::<u32>() as f64 / 10.0;
        assert!((mean - plain).abs() < 1e-9 && sd > 0.0);
    }
}
