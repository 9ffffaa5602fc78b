//! The few special functions that the scan needs.
//!
//! Transcendental functions come from the `libm` crate, a port of musl's, and not
//! from the platform, so that a replay gives the same bits on every machine.

use std::f64::consts::LN_10;

/// Above this many mentions the exact sum is replaced by its continuous limit.
const EXACT_UP_TO: u32 = 1024;
/// Scores stop here: odds of 1 in 10^300 are certainty.
const SCORE_MAX: f64 = 300.0;

pub(crate) fn ln(x: f64) -> f64 {
    libm::log(x)
}

pub(crate) fn exp(x: f64) -> f64 {
    libm::exp(x)
}

pub(crate) fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// The factor by which a weight shrinks in `elapsed` steps if it halves every `half_life`.
pub(crate) fn decay(elapsed: f64, half_life: f64) -> f64 {
    libm::exp2(-elapsed / half_life)
}

fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// How surprising `k` or more of `n` negatives are: −log10 of the mid-P value
/// P\[K > k\] + P\[K = k\]/2, where K is beta-binomial with mean share `p` and
/// correlation `rho` between mentions of the same window.
///
/// `p` and `rho` lie within (0, 1). The result is within 0 and 300.
pub(crate) fn share_surprise(k: u32, n: u32, p: f64, rho: f64) -> f64 {
    if k == 0 || f64::from(k) <= f64::from(n) * p {
        return 0.0; // at or below the mean: nothing to tell, and it saves the sum
    }
    let k = k.min(n);
    let nats = if n <= EXACT_UP_TO {
        let c = 1.0 / rho - 1.0;
        beta_binomial_tail(k, n, c * p, c * (1.0 - p))
    } else {
        // The share itself is nearly beta; its variance is matched:
        // Var(K/n) = p(1−p)(1+(n−1)ρ)/n.
        let n = f64::from(n);
        let spread = (1.0 + (n - 1.0) * rho) / n;
        let c = 1.0 / spread - 1.0;
        beta_tail(f64::from(k) / n, c * p, c * (1.0 - p))
    };
    (-nats / LN_10).clamp(0.0, SCORE_MAX)
}

/// ln of the mid-P upper tail of the beta-binomial (α, β) at `k` of `n`, for k
/// above the mean, so that the terms fall and the sum can stop early.
fn beta_binomial_tail(k: u32, n: u32, alpha: f64, beta: f64) -> f64 {
    let (kf, nf) = (f64::from(k), f64::from(n));
    let first = -ln_beta(kf + 1.0, nf - kf + 1.0) - ln(nf + 1.0)
        + ln_beta(kf + alpha, nf - kf + beta)
        - ln_beta(alpha, beta);
    let (mut term, mut sum) = (1.0, 0.5); // the first term counts half
    for j in k..n {
        let j = f64::from(j);
        term *= (nf - j) / (j + 1.0) * (j + alpha) / (nf - j - 1.0 + beta);
        sum += term;
        if term < sum * 1e-9 {
            break;
        }
    }
    first + ln(sum)
}

/// ln P\[X ≥ x\] for X ~ Beta(a, b), for x above the mean, by the continued
/// fraction of the incomplete beta function (Numerical Recipes, 3rd ed., §6.4,
/// modified Lentz), which converges fast exactly there.
fn beta_tail(x: f64, a: f64, b: f64) -> f64 {
    let y = (1.0 - x).max(f64::MIN_POSITIVE);
    let x = x.max(f64::MIN_POSITIVE);
    let front = a * ln(x) + b * ln(y) - ln_beta(a, b) - ln(b);
    front + ln(continued_fraction(y, b, a).max(f64::MIN_POSITIVE))
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..300_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for step in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + step * d);
            c = away_from_zero(1.0 + step / c);
            h *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-9 {
            break;
        }
    }
    h
}

/// How surprising `k` or more negatives are when `mean` were expected, the
/// expectation itself being gamma with shape `shape`: −log10 of the mid-P tail of
/// the negative binomial. The result is within 0 and 300.
pub(crate) fn count_surprise(k: u32, mean: f64, shape: f64) -> f64 {
    let kf = f64::from(k);
    if k == 0 || kf <= mean {
        return 0.0;
    }
    let (ln_q, ln_p) = (ln(mean / (mean + shape)), ln(shape / (mean + shape)));
    let first = libm::lgamma(kf + shape) - libm::lgamma(shape) - libm::lgamma(kf + 1.0)
        + shape * ln_p
        + kf * ln_q;
    let ratio = mean / (mean + shape);
    let (mut term, mut sum, mut j) = (1.0, 0.5, kf);
    for _ in 0..4096 {
        term *= ratio * (j + shape) / (j + 1.0);
        sum += term;
        j += 1.0;
        if term < sum * 1e-9 {
            break;
        }
    }
    (-(first + ln(sum)) / LN_10).clamp(0.0, SCORE_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same tail, summed from the definition with products only.
    fn tail_by_hand(k: u32, n: u32, alpha: f64, beta: f64) -> f64 {
        let pmf = |k: u32| {
            let mut p = 1.0;
            for i in 0..n {
                let i_f = f64::from(i);
                p /= alpha + beta + i_f;
                p *= if i < k {
                    (alpha + i_f) * f64::from(n - i) / f64::from(k - i)
                } else {
                    beta + i_f - f64::from(k)
                };
            }
            p
        };
        pmf(k) / 2.0 + (k + 1..=n).map(pmf).sum::<f64>()
    }

    #[test]
    fn the_tail_agrees_with_the_definition() {
        for (k, n, p, rho) in [
            (3, 4, 0.2, 0.03),
            (10, 10, 0.167, 0.1),
            (20, 60, 0.2, 0.005),
        ] {
            let c = 1.0 / rho - 1.0;
            let by_hand = -log10(tail_by_hand(k, n, c * p, c * (1.0 - p)));
            assert!((share_surprise(k, n, p, rho) - by_hand).abs() < 1e-6);
        }
    }

    #[test]
    fn the_continuous_limit_joins_the_exact_sum() {
        for share in [0.25, 0.3, 0.4] {
            let at = |n: u32| {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small"
                )]
                let k = (f64::from(n) * share) as u32;
                share_surprise(k, n, 0.2, 0.01)
            };
            let (exact, limit) = (at(EXACT_UP_TO), at(EXACT_UP_TO + 1));
            assert!(
                (exact - limit).abs() < 0.05 * exact,
                "{share}: {exact} {limit}"
            );
        }
    }

    proptest! {
        #[test]
        fn one_more_negative_never_lowers_the_surprise(
            n in 0_u32..1000, part in 0.0_f64..1.0, p in 0.001_f64..0.999, rho in 0.005_f64..0.3,
        ) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within n")]
            let k = (f64::from(n) * part) as u32;
            let (before, after) = (share_surprise(k, n, p, rho), share_surprise(k + 1, n + 1, p, rho));
            prop_assert!(before.is_finite() && after >= before - 1e-6, "{before} {after}");
        }

        #[test]
        fn more_negatives_are_never_less_surprising_as_a_count(k in 0_u32..500, mean in 0.01_f64..100.0) {
            prop_assert!(count_surprise(k + 1, mean, 3.0) >= count_surprise(k, mean, 3.0) - 1e-9);
        }

        #[test]
        fn no_input_makes_it_not_a_number(
            k in 0_u32..=u32::MAX, n in 0_u32..=u32::MAX, p in 1e-9_f64..=0.999_999, rho in 1e-6_f64..=0.9, mean in 1e-9_f64..1e9,
        ) {
            prop_assert!((0.0..=SCORE_MAX).contains(&share_surprise(k, n, p, rho)));
            prop_assert!((0.0..=SCORE_MAX).contains(&count_surprise(k, mean, 3.0)));
        }
    }
}
