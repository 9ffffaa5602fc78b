//! Synthetic counts of mentions, for what real series are too few to show.
//!
//! The rate follows day and night and a slowly drifting mood; counts are overdispersed
//! (negative binomial, as a gamma mixture of Poisson counts); now and then a
//! thread gathers replies, its size Pareto distributed. Everything comes
//! from the seed.

use std::f64::consts::TAU;

/// Rows of a day at a step of five minutes.
pub const ROWS_A_DAY: usize = 288;

/// What one brand's mentions are like.
#[derive(Debug, Clone, Copy)]
pub struct Brand {
    /// Mean count of a row of five minutes.
    pub mean: f64,
    /// Logarithmic swing between day and night; 0 for none.
    pub swing: f64,
    /// What remains of the rate on the sixth and seventh day of each week.
    pub weekend: f64,
    /// Squared coefficient of variation of the rate from row to row.
    pub dispersion: f64,
    /// Threads a day.
    pub threads: f64,
}

/// A random number generator: SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in the open interval 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// Gamma with mean 1 and variance `variance` (G. Marsaglia, W. Tsang, 2000).
    fn gamma(&mut self, variance: f64) -> f64 {
        let shape = 1.0 / variance;
        let boost = if shape < 1.0 {
            self.uniform().powf(variance)
        } else {
            1.0
        };
        let d = shape.max(if shape < 1.0 { shape + 1.0 } else { shape }) - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v * boost * variance;
            }
        }
    }

    /// Poisson, exact for small means, by a rounded normal for large ones.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut count, mut product, limit) = (0.0, self.uniform(), (-mean).exp());
        while product > limit {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }

    /// How many of `count` are kept if each is kept with probability `keep`.
    pub fn thin(&mut self, count: f64, keep: f64) -> f64 {
        let (mut kept, mut left) = (0.0, count);
        while left >= 1.0 {
            kept += f64::from(u8::from(self.uniform() < keep));
            left -= 1.0;
        }
        kept
    }
}

/// Expected and drawn counts of `rows` rows of five minutes; `bursts` are rows at
/// which a real burst begins, `size` times the brand's mean plus five a row, half
/// of it gone after half an hour.
pub fn counts(
    brand: Brand,
    rows: usize,
    bursts: &[usize],
    size: f64,
    random: &mut Random,
) -> Vec<f64> {
    let (mut mood, mut thread, mut burst) = (0.0, 0.0, 0.0);
    let mut counts = Vec::with_capacity(rows);
    for row in 0..rows {
        let hour = (row % ROWS_A_DAY) as f64 / 12.0;
        // Stationary sd 0.25, correlation time half a day.
        mood = 0.993 * mood + 0.03 * random.normal();
        thread *= 0.8;
        if random.uniform() < brand.threads / ROWS_A_DAY as f64 {
            thread += brand.mean.sqrt() * (random.uniform().powf(-1.0 / 1.7)).min(30.0);
        }
        burst *= 0.5f64.powf(1.0 / 6.0);
        if bursts.contains(&row) {
            burst = size * (brand.mean + 5.0);
        }
        let day = (brand.swing * ((hour - 15.0) / 24.0 * TAU).cos() + mood).exp();
        let week = if row / ROWS_A_DAY % 7 < 5 {
            1.0
        } else {
            brand.weekend
        };
        let usual = brand.mean * day * week * random.gamma(brand.dispersion);
        counts.push(random.poisson(usual + thread + burst));
    }
    counts
}
