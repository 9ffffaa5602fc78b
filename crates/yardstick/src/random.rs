//! Random numbers that are the same on every machine: `SplitMix64` (G. Steele, D. Lea,
//! C. Flood, OOPSLA 2014), and functions of `libm` rather than of the platform.

use std::f64::consts::TAU;

/// Means above this are drawn as rounded normals, whose error is small there.
const POISSON_EXACT: f64 = 60.0;

/// A generator of random numbers; a clone goes on exactly as the original.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that a seed determines wholly.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for each list of numbers.
    #[must_use]
    pub fn of(parts: &[u64]) -> Self {
        let mixed = parts.iter().fold(0x243F_6A88_85A3_08D3, |sum, part| {
            Self(sum ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)).bits()
        });
        Self(mixed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in the open interval 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        // 52 bits, so that the half behind them isn't rounded up to 1.
        ((self.bits() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A whole number below `n`, and 0 for none.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Standard normal (G. Box, M. Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        libm::sqrt(-2.0 * libm::log(self.uniform())) * libm::cos(TAU * self.uniform())
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Gamma with that shape and scale 1 (G. Marsaglia, W. Tsang, ACM TOMS 26, 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
            if v > 0.0 && libm::log(self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Beta with those two parameters.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        // Two tiny shapes may both underflow to zero.
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }

    /// Poisson, exact for small means, by a rounded normal for large ones.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        if mean > POISSON_EXACT {
            return (mean + libm::sqrt(mean) * self.normal()).round().max(0.0) as u32;
        }
        let (limit, mut product, mut count) = (libm::exp(-mean), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// How many of `n` come true if each does with probability `p`.
    pub fn binomial(&mut self, n: u32, p: f64) -> u32 {
        (0..n).map(|_| u32::from(self.chance(p))).sum()
    }

    /// How many of `n` come true if they share a probability drawn anew from the beta
    /// distribution of mean `p` and correlation `rho`.
    pub fn beta_binomial(&mut self, n: u32, p: f64, rho: f64) -> u32 {
        if n == 0 {
            return 0;
        }
        let concentration = 1.0 / rho - 1.0;
        let shared = self.beta(concentration * p, concentration * (1.0 - p));
        self.binomial(n, shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_as_they_should_be() {
        let mut random = Random::new(5);
        let (mean, variance) = moments(|| random.normal());
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03,
            "{mean} {variance}"
        );
        for shape in [0.3, 2.5] {
            let (mean, variance) = moments(|| random.gamma(shape));
            assert!((mean / shape - 1.0).abs() < 0.03, "{mean}");
            assert!((variance / shape - 1.0).abs() < 0.08, "{variance}");
        }
        for rate in [0.4, 12.0, 200.0] {
            let (mean, variance) = moments(|| f64::from(random.poisson(rate)));
            assert!((mean / rate - 1.0).abs() < 0.03, "{mean}");
            assert!((variance / rate - 1.0).abs() < 0.06, "{variance}");
        }
        // Var = n p (1 − p) (1 + (n − 1) ρ).
        let (mean, variance) = moments(|| f64::from(random.beta_binomial(20, 0.3, 0.1)));
        assert!((mean / 6.0 - 1.0).abs() < 0.03, "{mean}");
        assert!((variance / (4.2 * 2.9) - 1.0).abs() < 0.06, "{variance}");
    }

    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let draws: Vec<f64> = (0..30_000).map(|_| draw()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let squares: f64 = draws.iter().map(|x| (x - mean) * (x - mean)).sum();
        (mean, squares / draws.len() as f64)
    }

    #[test]
    fn seeds_of_several_parts_differ() {
        let first = Random::of(&[1, 2]).bits();
        assert_ne!(first, Random::of(&[2, 1]).bits());
        assert_ne!(first, Random::of(&[1, 3]).bits());
        assert_eq!(first, Random::of(&[1, 2]).bits());
        assert!((0..1_000).all(|n| Random::new(n).below(7) < 7));
        assert_eq!(Random::new(1).below(0), 0);
    }
}
