//! What a detector could reach that has nothing to learn.
//!
//! The oracle knows each minute's true mood, which nobody can. The [`Ceiling`] knows how
//! the stream is made – the brand's long-term share, how its mood drifts, the
//! correlation of a minute's mentions, the true rate of mentions – and which step it looks for,
//! but sees the mood only through the mentions up to now. Its threshold is tuned on
//! the very stream. What it misses can't be found by counting, as far as we know.

use std::collections::VecDeque;

use crate::brand::{Brand, DRIFTS};
use crate::burst::{Burst, Shape};
use crate::rivals::{first_above, thresholds};
use crate::{DAY, PATIENCE, WEEK};

/// A step may have begun at every so many minutes, of which so many are followed: two
/// hours.
const EVERY: usize = 5;
const FOLLOWED: usize = 25;
/// Minutes after which the filter has forgotten how it began: the mood's memory is a day.
const WARM: usize = 3 * DAY;
/// Weeks on which the threshold is tuned: more would take most of the time of all.
const TUNED_WEEKS: usize = 26;
/// Range of the correlation of a minute's mentions with the uncertain mood added.
const CORRELATIONS: [f64; 2] = [1e-4, 0.9];
/// Variance of a count that is expected to be none.
const LEAST_VARIANCE: f64 = 0.05;
/// A rising factorial of up to so many factors is multiplied out.
const FACTORS: u32 = 12;

/// What remains of each part of the mood after a minute: exp(−1/memory).
const KEEP: [f64; 2] = [0.999_305_796_626_292_2, 0.983_471_453_821_617_5];

/// A detector with true parameters for a step of one size: the greatest log-likelihood
/// ratio over its possible beginnings, each with a Kalman filter of its own for the two
/// parts of the mood.
#[derive(Debug)]
pub struct Ceiling {
    size: u32,
    /// Threshold, and false alarms a week, for each budget.
    tuned: Vec<(f64, f64)>,
}

impl Ceiling {
    /// Tuned on a brand's stream, whose first `warm` minutes aren't judged.
    #[must_use]
    pub fn tuned(brand: &Brand, size: u32, warm: usize, budgets: &[f64]) -> Self {
        let end = brand.minutes().min(warm + TUNED_WEEKS * WEEK);
        let mut bank = Bank::new(brand, size, warm);
        let scores = (warm..end).map(|minute| bank.step(minute, 0) as f32);
        let tuned = thresholds(&scores.collect::<Vec<_>>(), budgets);
        Self { size, tuned }
    }

    /// False alarms a week on the weeks it was tuned on, for each budget.
    #[must_use]
    pub fn false_alarms_per_week(&self) -> Vec<f64> {
        self.tuned.iter().map(|tuned| tuned.1).collect()
    }

    /// Minutes to the alarm for each budget, none within [`PATIENCE`].
    #[must_use]
    pub fn delays(&self, brand: &Brand, start: usize, burst: &Burst) -> Vec<Option<f64>> {
        let mut bank = Bank::new(brand, self.size, start);
        let scores: Vec<f64> = (0..PATIENCE)
            .map(|after| bank.step(start + after, burst.minutes[after]))
            .collect();
        let tuned = self.tuned.iter();
        tuned
            .map(|tuned| first_above(tuned.0, |after| scores[after]))
            .collect()
    }
}

/// The filter of the usual mood, and one for each step that may be under way.
struct Bank<'a> {
    brand: &'a Brand,
    /// Injected negatives a minute.
    extra: f64,
    usual: Mood,
    /// Newest first, with the log-likelihood ratio since each beginning.
    steps: VecDeque<(Mood, f64)>,
}

impl<'a> Bank<'a> {
    /// As it stands at the beginning of minute `start`.
    fn new(brand: &'a Brand, size: u32, start: usize) -> Self {
        let mut bank = Self {
            brand,
            extra: Shape::Step.intensity(size, 0),
            usual: Mood::unknown(),
            steps: VecDeque::new(),
        };
        let followed = start.saturating_sub(EVERY * FOLLOWED);
        for minute in start.saturating_sub(WARM)..followed {
            bank.usual.pass_minute();
            bank.usual.see(brand, minute, 0, 0.0);
        }
        for minute in followed..start {
            bank.step(minute, 0);
        }
        bank
    }

    /// Takes a minute with `injected` negatives on top; returns the greatest
    /// log-likelihood ratio.
    fn step(&mut self, minute: usize, injected: u32) -> f64 {
        if minute.is_multiple_of(EVERY) {
            self.steps.push_front((self.usual, 0.0));
            self.steps.truncate(FOLLOWED);
        }
        self.usual.pass_minute();
        let usual = self.usual.see(self.brand, minute, injected, 0.0);
        let mut best: f64 = 0.0;
        for (mood, ratio) in &mut self.steps {
            mood.pass_minute();
            *ratio += mood.see(self.brand, minute, injected, self.extra) - usual;
            best = best.max(*ratio);
        }
        best
    }
}

/// What is known of the two parts of the mood: means, and their covariance.
#[derive(Debug, Clone, Copy)]
struct Mood {
    mean: [f64; 2],
    /// Variances of both, and what they vary together.
    variance: [f64; 2],
    together: f64,
}

impl Mood {
    fn unknown() -> Self {
        Self {
            mean: [0.0; 2],
            variance: DRIFTS.map(|[sd, _]| sd * sd),
            together: 0.0,
        }
    }

    fn pass_minute(&mut self) {
        let keep = KEEP;
        for (part, keep) in keep.into_iter().enumerate() {
            let sd = DRIFTS[part][0];
            self.mean[part] *= keep;
            self.variance[part] = keep * keep * self.variance[part] + sd * sd * (1.0 - keep * keep);
        }
        self.together *= keep[0] * keep[1];
    }

    /// Learns from a minute if `extra` negatives are injected in it in the mean; returns the
    /// log-likelihood of its counts, up to what doesn't depend on the mood or `extra`.
    fn see(&mut self, brand: &Brand, minute: usize, injected: u32, extra: f64) -> f64 {
        let negative = brand.negative[minute] + injected;
        let total = brand.total[minute] + injected;
        let others = total - negative;
        let rho = brand.base.rho;
        let volume = f64::from(brand.volume[minute]).max(1e-6);
        let share = 1.0 / (1.0 + libm::exp(-(brand.level + self.mean[0] + self.mean[1])));
        let pq = share * (1.0 - share);
        let uncertain = self.variance[0] + self.variance[1] + 2.0 * self.together;
        // The mentions are Poisson, the negatives among them beta-binomial with the
        // injected ones' share and with the uncertain mood as more correlation.
        let all = volume + extra;
        let mixed = (volume * share + extra) / all;
        let part = volume / all;
        let noise = part * part * (pq * pq * uncertain + rho * pq);
        let correlation = noise / (mixed * (1.0 - mixed));
        let c = 1.0 / correlation.clamp(CORRELATIONS[0], CORRELATIONS[1]) - 1.0;
        let likelihood = f64::from(total) * libm::log(all) - all
            + ln_rising(c * mixed, negative)
            + ln_rising(c * (1.0 - mixed), others)
            - ln_rising(c, total);
        self.update(
            [negative, others].map(f64::from),
            [volume * share + extra, volume * (1.0 - share)],
            volume * pq,
            uncertain + rho / pq,
        );
        likelihood
    }

    /// The filter's step, with both counts made linear in the mood: `slope` is how they
    /// move with it, `variance` that of the logit in this minute.
    fn update(&mut self, seen: [f64; 2], expected: [f64; 2], slope: f64, variance: f64) {
        let shared = slope * slope * variance;
        let own = expected.map(|mean| shared + mean + LEAST_VARIANCE);
        let determinant = own[0] * own[1] - shared * shared;
        let [negative, others] = [seen[0] - expected[0], seen[1] - expected[1]];
        // The negatives rise with the mood as the others fall.
        let pull = ((own[1] * negative + shared * others) - (shared * negative + own[0] * others))
            / determinant;
        let weight = slope * slope * (own[0] + own[1] - 2.0 * shared) / determinant;
        let gain = self.variance.map(|own| own + self.together);
        for ((mean, variance), gain) in self.mean.iter_mut().zip(&mut self.variance).zip(gain) {
            *mean += gain * slope * pull;
            *variance -= gain * gain * weight;
        }
        self.together -= gain[0] * gain[1] * weight;
    }
}

/// ln of a (a + 1) … (a + k − 1).
fn ln_rising(a: f64, k: u32) -> f64 {
    if k > FACTORS {
        return libm::lgamma(a + f64::from(k)) - libm::lgamma(a);
    }
    libm::log((0..k).fold(1.0, |product, step| product * (a + f64::from(step))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;
    use crate::random::Random;

    #[test]
    fn constants_are_what_they_stand_for() {
        for ([_, memory], keep) in DRIFTS.into_iter().zip(KEEP) {
            assert!((libm::exp(-1.0 / memory) - keep).abs() < 1e-15);
        }
        let gamma = libm::lgamma(25.5) - libm::lgamma(5.5);
        assert!((ln_rising(5.5, 20) - gamma).abs() < 1e-9);
        let gamma = libm::lgamma(9.5) - libm::lgamma(5.5);
        assert!((ln_rising(5.5, 4) - gamma).abs() < 1e-9);
    }

    #[test]
    fn it_follows_the_mood_and_finds_what_is_plain() {
        let base = Base::invented()[12].clone(); // 5 a minute, ρ 0.02
        let brand = Brand::new(&base, 3, 3 * WEEK);
        // The mood it sees is nearer to the true one than the long-term mean is.
        let mut bank = Bank::new(&brand, 100, 1);
        let (mut seen, mut known) = (0.0, 0.0);
        for minute in 1..2 * WEEK {
            bank.step(minute, 0);
            let share = f64::from(brand.share[minute]);
            let mood = libm::log(share / (1.0 - share)) - brand.level;
            let error = bank.usual.mean[0] + bank.usual.mean[1] - mood;
            seen += error * error;
            known += mood * mood;
        }
        assert!(seen < 0.4 * known, "{seen} {known}");
        let ceiling = Ceiling::tuned(&brand, 300, WEEK, &[1.0, 0.5]);
        assert!(ceiling.false_alarms_per_week().iter().all(|&a| a <= 1.0));
        let burst = Burst::new(Shape::Step, 300, &mut Random::new(1));
        let delays = ceiling.delays(&brand, 2 * WEEK + 700, &burst);
        assert!(delays[0].is_some_and(|delay| delay < 30.0), "{delays:?}");
        assert!(delays[0] <= delays[1] || delays[1].is_none());
    }
}
