//! Bursts of negatives to be found, and how they are spread over time.

use serde::Serialize;

use crate::PATIENCE;
use crate::random::Random;

/// Milliseconds of a minute.
const MINUTE_MS: f64 = 60_000.0;
/// Minutes of the step and of the ramp.
const STEP: f64 = 120.0;
const RAMP: f64 = 180.0;
/// The cascade: children of each post in the mean, and their mean age in minutes.
const BRANCHING: f64 = 0.9;
const CHILD_AGE: f64 = 10.0;
/// Mean age of a cascade's members, minutes: so much times the size to this power
/// (simulated: 20, 36, 55, 79 for 10, 30, 100, 300 members).
const CASCADE_AGE: [f64; 2] = [8.0, 0.4];
/// The influencer's replies have density (t + OFFSET)^−(1 + DECAY), minutes.
const OFFSET: f64 = 3.0;
const DECAY: f64 = 0.4;

/// How injected negatives are spread over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Evenly over two hours.
    Step,
    /// Rising over three hours.
    Ramp,
    /// A Hawkes process with branching 0.9 and children after ten minutes in the mean.
    Cascade,
    /// Replies to one large author: density (t + 3)^−1.4.
    Influencer,
}

impl Shape {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Step, Self::Ramp, Self::Cascade, Self::Influencer];

    /// Its name in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Ramp => "ramp",
            Self::Cascade => "cascade",
            Self::Influencer => "influencer",
        }
    }

    /// Expected negatives in the minute that begins `minute` minutes after the burst,
    /// of `size` in all.
    #[must_use]
    pub fn intensity(self, size: u32, minute: usize) -> f64 {
        let (size, t) = (f64::from(size), minute as f64);
        match self {
            Self::Step if t < STEP => size / STEP,
            Self::Ramp if t < RAMP => size * 2.0 * (t + 0.5) / (RAMP * RAMP),
            Self::Step | Self::Ramp => 0.0,
            // Nearly: the longer it has to grow, the older its members are.
            Self::Cascade => {
                let age = CASCADE_AGE[0] * libm::pow(size, CASCADE_AGE[1]);
                size * (libm::exp(-t / age) - libm::exp(-(t + 1.0) / age))
            }
            Self::Influencer => {
                let left = |t: f64| libm::pow(OFFSET / (t + OFFSET), DECAY);
                size * (left(t) - left(t + 1.0))
            }
        }
    }
}

/// One burst.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// Its shape.
    pub shape: Shape,
    /// How many negatives it has in all.
    pub size: u32,
    /// When they come, milliseconds from the beginning, in order; those of the first
    /// [`PATIENCE`] minutes.
    pub times: Vec<u32>,
    /// How many come in each of these minutes.
    pub minutes: Vec<u32>,
}

impl Burst {
    /// Draws one.
    #[must_use]
    pub fn new(shape: Shape, size: u32, random: &mut Random) -> Self {
        let mut drawn: Vec<f64> = match shape {
            Shape::Step => (0..size).map(|_| STEP * random.uniform()).collect(),
            Shape::Ramp => (0..size)
                .map(|_| RAMP * libm::sqrt(random.uniform()))
                .collect(),
            Shape::Cascade => cascade(size, random),
            Shape::Influencer => (0..size)
                .map(|_| OFFSET * (libm::pow(random.uniform(), -1.0 / DECAY) - 1.0))
                .collect(),
        };
        drawn.retain(|&t| t < PATIENCE as f64);
        drawn.sort_by(f64::total_cmp);
        let mut minutes = vec![0; PATIENCE];
        for &t in &drawn {
            minutes[t as usize] += 1;
        }
        let times = drawn.into_iter().map(|t| (t * MINUTE_MS) as u32).collect();
        Self {
            shape,
            size,
            times,
            minutes,
        }
    }
}

/// Grows a cascade until it has `size` members, with a new seed where it dies out.
fn cascade(size: u32, random: &mut Random) -> Vec<f64> {
    let mut open = std::collections::VecDeque::from([0.0]);
    let mut born = Vec::new();
    while born.len() < size as usize {
        let parent = open.pop_front().unwrap_or_else(|| 20.0 * random.uniform());
        born.push(parent);
        for _ in 0..random.poisson(BRANCHING) {
            open.push_back(parent + CHILD_AGE * random.exponential());
        }
    }
    born
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_follow_their_intensity() {
        let mut random = Random::new(3);
        for shape in Shape::ALL {
            let (mut first, mut all) = (0, 0);
            for _ in 0..200 {
                let burst = Burst::new(shape, 100, &mut random);
                assert!(burst.times.is_sorted());
                assert_eq!(
                    burst.minutes.iter().sum::<u32>() as usize,
                    burst.times.len()
                );
                first += burst.minutes[..30].iter().sum::<u32>();
                all += burst.times.len();
            }
            let expected: f64 = (0..30).map(|m| shape.intensity(100, m)).sum();
            let whole: f64 = (0..PATIENCE).map(|m| shape.intensity(100, m)).sum();
            let (first, all) = (f64::from(first) / 200.0, all as f64 / 200.0);
            // A cascade's mean is only nearly exponential.
            let tolerance = if shape == Shape::Cascade { 8.0 } else { 2.0 };
            assert!(
                (first - expected).abs() < tolerance,
                "{shape:?} {first} {expected}"
            );
            assert!((all - whole).abs() < 4.0, "{shape:?} {all} {whole}");
        }
    }
}
