//! Invented brands and bursts.

use crate::support::Rng;

/// Counts of one minute.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Minute {
    pub(crate) negative: u32,
    pub(crate) total: u32,
}

/// How injected negatives are spread over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Evenly over 120 minutes.
    Step,
    /// Rising over 180 minutes.
    Ramp,
    /// A Hawkes process with branching 0.9 and children after 10 minutes in the mean.
    Cascade,
    /// Replies to one large author: density (t + 3)^−1.4.
    Influencer,
}

/// A brand's stream with what only an oracle knows.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) rate: f64,
    pub(crate) rho: f64,
    pub(crate) minutes: Vec<Minute>,
    /// The true rate of negatives a minute.
    pub(crate) negatives: Vec<f64>,
}

impl Brand {
    pub(crate) fn new(seed: u64, rate: f64, rho: f64, length: usize) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9));
        let share = 0.1 + 0.4 * rng.uniform();
        let level = (share / (1.0 - share)).ln();
        let (mut day, mut hour, mut news, mut news_left) = (0.0, 0.0, 1.0, 0);
        let (mut minutes, mut negatives) = (Vec::new(), Vec::new());
        for minute in 0..length {
            day = drift(&mut rng, day, 0.35, 1440.0);
            hour = drift(&mut rng, hour, 0.2, 60.0);
            if news_left == 0 {
                news = 1.0;
                if rng.chance(1.0 / (3.0 * 1440.0)) {
                    news = 3.0 + 7.0 * rng.uniform();
                    news_left = 30 + rng.below(150) as usize;
                }
            }
            news_left = news_left.saturating_sub(1);
            let phase = (minute % 1440) as f64 / 1440.0 * std::f64::consts::TAU;
            let volume = rate * (1.0 - 0.8 * phase.cos()) * news;
            let share = 1.0 / (1.0 + (-(level + day + hour)).exp());
            let total = rng.poisson(volume);
            let c = 1.0 / rho - 1.0;
            let p = rng.beta(c * share, c * (1.0 - share));
            minutes.push(Minute {
                negative: rng.binomial(total, p),
                total,
            });
            negatives.push((volume * share).max(1e-6));
        }
        Self {
            rate,
            rho,
            minutes,
            negatives,
        }
    }
}

/// One minute of autoregressive noise with standard deviation `sd`.
fn drift(rng: &mut Rng, value: f64, sd: f64, minutes: f64) -> f64 {
    let keep = (-1.0 / minutes).exp();
    value * keep + sd * (1.0 - keep * keep).sqrt() * rng.normal()
}

/// Expected injected negatives a minute, `size` in all.
pub(crate) fn intensity(shape: Shape, size: u32, minute: usize) -> f64 {
    let (size, t) = (f64::from(size), minute as f64);
    match shape {
        Shape::Step => {
            if minute < 120 {
                size / 120.0
            } else {
                0.0
            }
        }
        Shape::Ramp => {
            if minute < 180 {
                size * 2.0 * (t + 0.5) / (180.0 * 180.0)
            } else {
                0.0
            }
        }
        // A branching cascade's mean falls off with its children's mean age over 1 − branching.
        Shape::Cascade => size / 100.0 * (-t / 100.0).exp(),
        Shape::Influencer => size * ((t + 3.0).powf(-0.4) - (t + 4.0).powf(-0.4)) * 3_f64.powf(0.4),
    }
}

/// Injected negatives of each minute.
pub(crate) fn burst(rng: &mut Rng, shape: Shape, size: u32) -> Vec<u32> {
    if shape == Shape::Cascade {
        return cascade(rng, size);
    }
    (0..crate::PATIENCE)
        .map(|minute| rng.poisson(intensity(shape, size, minute)))
        .collect()
}

/// Grows a cascade until it has `size` members, new seeds added when it dies out.
fn cascade(rng: &mut Rng, size: u32) -> Vec<u32> {
    let mut minutes = vec![0; crate::PATIENCE];
    let mut parents = vec![0.0];
    let mut born = 0;
    while born < size {
        let parent = if parents.is_empty() {
            20.0 * rng.uniform()
        } else {
            parents.remove(0)
        };
        born += 1;
        if let Some(minute) = minutes.get_mut(parent as usize) {
            *minute += 1;
        }
        for _ in 0..rng.poisson(0.9) {
            parents.push(parent - 10.0 * rng.uniform().ln());
        }
    }
    minutes
}
