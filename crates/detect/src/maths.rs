//! The few special functions that the scan needs.
//!
//! Transcendental functions come from the `libm` crate, a port of musl's, and not
//! from the platform, so that a replay gives the same bits on every machine.

use std::f64::consts::LN_10;

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

/// What is expected of the number of mentions in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crowd {
    /// Mentions expected; 0 if nothing is known of the volume.
    pub(crate) mean: f64,
    /// How sure that is: shape of the gamma distribution of the rate, 1/(relative variance).
    pub(crate) shape: f64,
}

impl Crowd {
    /// Nothing is known of the volume.
    pub(crate) const UNKNOWN: Self = Self {
        mean: 0.0,
        shape: 1.0,
    };

    /// How far the number of mentions is off, in squared standard deviations; 0 if
    /// nothing is known.
    pub(crate) fn squared_excess(self, mentions: f64) -> f64 {
        if self.mean <= 0.0 {
            return 0.0;
        }
        let off = mentions - self.mean;
        off * off / (self.mean + self.mean * self.mean / self.shape)
    }
}

/// Part of the windows whose volume is anything at all: news, a campaign, a quiet day.
const UNUSUAL: f64 = 0.2;
/// Range of such a volume, in natural logarithms: from a twentieth to twenty times the
/// usual.
const UNUSUAL_RANGE: f64 = 6.0;
/// Negatives up to which the sums are taken term by term; beyond, in strides, which differ
/// by some thousandths.
const STEPS_MAX: u32 = 256;
/// Strides to a standard deviation of the terms: what a straight line leaves out of the
/// logarithm of a stretch is less than 2 in 1,000 of it, above and below alike.
const STRIDES: f64 = 8.0;
/// No stride is longer than one part in so many of the negatives at its beginning, or
/// shorter than one in so many: neither mood nor volume is ever known better than to
/// some hundredths.
const STRIDE_PARTS: [f64; 2] = [16.0, 128.0];
/// No stride goes on beyond so many times the negatives: the terms are a power of them
/// there, if anything is left, and their logarithms lose their digits.
const FAR: f64 = 1e3;
/// A sum ends with terms less than this part of it.
const NEGLIGIBLE: f64 = 1e-6;
/// Terms after which a sum ends, whatever its tail.
const TERMS_MAX: usize = 4096;

/// How surprising `k` or more negatives are beside `others` mentions that aren't
/// negative: −log10 of the mid-P value P\[K > k | others\] + P\[K = k | others\]/2.
///
/// The number of mentions N has the probability V(N): negative binomial around
/// what the [`Crowd`] expects, or, in the [`UNUSUAL`] part of the windows, anything
/// (∝ 1/(N + 1), the same for every order of magnitude). Of N mentions, K are
/// negative: beta-binomial with mean share `p` and correlation `rho`. Hence
/// P\[K = k | others\] ∝ V(k + others) · BetaBinomial(k; k + others, p, ρ). Where the
/// volume is well known the count of negatives counts; in news or a campaign, which
/// the others show, only the share does; and as `others` is given, one more negative
/// is always more surprising.
///
/// `p` and `rho` lie within (0, 1). The result is within 0 and 300, and 0 where the
/// share of negatives isn't above `p`.
pub(crate) fn surprise(k: u32, others: u32, crowd: Crowd, p: f64, rho: f64) -> f64 {
    let (kf, of) = (f64::from(k), f64::from(others));
    if k == 0 || kf <= (kf + of) * p {
        return 0.0; // nothing that could page, and it saves the sums
    }
    let terms = Terms::new(of, crowd, p, rho);
    let ratio = if k <= STEPS_MAX {
        terms.step_by_step(kf)
    } else {
        terms.in_strides(kf)
    };
    (ln(1.0 + ratio) / LN_10).clamp(0.0, SCORE_MAX)
}

/// The terms P\[K = j | others\], but for a factor.
struct Terms {
    others: f64,
    crowd: Crowd,
    /// Parameters of the beta distribution of the share.
    alpha: f64,
    beta: f64,
    /// What is the same in each term of the usual volume: lnΓ(shape), and the logarithms
    /// of mean/(mean + shape) and of shape/(mean + shape).
    ln_gamma_shape: f64,
    ln_fading: f64,
    ln_rest: f64,
}

impl Terms {
    fn new(others: f64, crowd: Crowd, p: f64, rho: f64) -> Self {
        let c = 1.0 / rho - 1.0;
        let Crowd { mean, shape } = crowd;
        Self {
            others,
            crowd,
            alpha: c * p,
            beta: c * (1.0 - p),
            ln_gamma_shape: libm::lgamma(shape),
            ln_fading: ln(mean / (mean + shape)),
            ln_rest: ln(shape / (mean + shape)),
        }
    }

    /// ln of the beta-binomial's part; `ln_factorial` is that of all mentions.
    fn ln_mood(&self, j: f64, ln_factorial: f64) -> f64 {
        let n = self.others + j;
        ln_factorial - libm::lgamma(j + 1.0) + libm::lgamma(j + self.alpha)
            - libm::lgamma(n + self.alpha + self.beta)
    }

    /// ln of the probabilities of the volume `n`, the usual and the unusual;
    /// `ln_factorial` is that of `n`.
    fn ln_volume(&self, n: f64, ln_factorial: f64) -> [f64; 2] {
        let Crowd { mean, shape } = self.crowd;
        let unusual = ln(UNUSUAL / (UNUSUAL_RANGE * (n + 1.0)));
        if mean <= 0.0 {
            return [f64::NEG_INFINITY, unusual];
        }
        let usual = libm::lgamma(n + shape) - ln_factorial - self.ln_gamma_shape
            + n * self.ln_fading
            + shape * self.ln_rest;
        [ln(1.0 - UNUSUAL) + usual, unusual]
    }

    /// The sum of the terms below `k` over that of the terms above, the one at `k`
    /// half in each; term by term, each from its neighbour.
    fn step_by_step(&self, k: f64) -> f64 {
        let Crowd { mean, shape } = self.crowd;
        let fading = mean / (mean + shape);
        // From j to j + 1 a term grows by these factors, with usual and unusual volume.
        let mood = |j: f64, n: f64| {
            (n + 1.0) / (j + 1.0) * (j + self.alpha) / (n + self.alpha + self.beta)
        };
        let usual = |j: f64| {
            let n = self.others + j;
            mood(j, n) * fading * (n + shape) / (n + 1.0)
        };
        let unusual = |j: f64| {
            let n = self.others + j;
            mood(j, n) * (n + 1.0) / (n + 2.0)
        };
        let [ln_usual, ln_unusual] =
            self.ln_volume(self.others + k, libm::lgamma(self.others + k + 1.0));
        let above = ln_add(
            ln_unusual + ln(rising(k, unusual)),
            ln_usual + ln(if mean > 0.0 { rising(k, usual) } else { 1.0 }),
        );
        let below = ln_add(
            ln_unusual + ln_falling(k, unusual),
            ln_usual
                + if mean > 0.0 {
                    ln_falling(k, usual)
                } else {
                    0.0
                },
        );
        exp(below - above)
    }

    /// The same in strides as long as the terms allow, geometric within each; those of the
    /// usual and of the unusual volume apart, since one may fall where the other rises.
    fn in_strides(&self, k: f64) -> f64 {
        let ln_terms = |j: f64| {
            let n = self.others + j;
            let ln_factorial = libm::lgamma(n + 1.0);
            let mood = self.ln_mood(j, ln_factorial);
            self.ln_volume(n, ln_factorial).map(|volume| mood + volume)
        };
        let [usual, unusual] = ln_terms(k);
        let at_k = ln_add(usual, unusual);
        let begin = Strides::from([usual - at_k, unusual - at_k]);
        let (mut above, mut j, mut stride) = (begin, k, 0.0);
        while j < FAR * k {
            stride = self.stride(j);
            j += stride;
            if above.stretch(ln_terms(j).map(|ln| ln - at_k), stride) < NEGLIGIBLE {
                break;
            }
        }
        let above = above.sum + above.rest(j, stride);
        let (mut below, mut j) = (begin, k);
        while j > 0.0 {
            // Near none at all the strides shorten, and end on whole numbers.
            let stride = self.stride(j);
            let next = if stride > 1.0 {
                j - stride
            } else {
                j.ceil() - 1.0
            };
            let part = below.stretch(ln_terms(next).map(|ln| ln - at_k), j - next);
            j = next;
            if part < NEGLIGIBLE || below.sum.is_infinite() {
                break;
            }
        }
        if j <= 0.0 {
            below.sum += below.terms.iter().sum::<f64>() / 2.0; // they end one stretch only
        }
        below.sum / above
    }

    /// How far apart two terms may lie at `j`, by how fast the slope of their logarithms
    /// changes there: that of the mood with the usual volume or the unusual, whichever
    /// changes faster.
    fn stride(&self, j: f64) -> f64 {
        let n = self.others + j;
        let of_all = trigamma(n + 1.0);
        let mood = trigamma(j + 1.0) - trigamma(j + self.alpha)
            + trigamma(n + self.alpha + self.beta)
            - of_all;
        let usual = match self.crowd.mean > 0.0 {
            true => of_all - trigamma(n + self.crowd.shape),
            false => 0.0,
        };
        let deviation = 1.0 / (mood + usual.max(0.0)).max(f64::MIN_POSITIVE).sqrt();
        let [longest, shortest] = STRIDE_PARTS.map(|parts| j / parts);
        (deviation / STRIDES).clamp(shortest, longest)
    }
}

/// The second derivative of ln Γ, by its asymptotic series (NIST Digital Library of
/// Mathematical Functions, 5.15.8); for `x` of 1 or more the error is below 2 %.
fn trigamma(x: f64) -> f64 {
    let reciprocal = 1.0 / x;
    reciprocal * (1.0 + reciprocal * (0.5 + reciprocal / 6.0))
}

/// Sums of two kinds of terms, in strides.
#[derive(Debug, Clone, Copy)]
struct Strides {
    /// Half of the first terms, all between, and half of the last.
    sum: f64,
    /// The last terms, their logarithms, and what these rose by in the last stride.
    terms: [f64; 2],
    ln_terms: [f64; 2],
    rises: [f64; 2],
}

impl Strides {
    fn from(ln_terms: [f64; 2]) -> Self {
        Self {
            sum: 0.0,
            terms: ln_terms.map(exp),
            ln_terms,
            rises: [0.0; 2],
        }
    }

    /// Goes on to the terms `steps` further, geometric between. Returns what part of the
    /// sum as many terms of their size are, or one, as a step may be a crumb.
    fn stretch(&mut self, ln_terms: [f64; 2], steps: f64) -> f64 {
        for (kind, ln_term) in ln_terms.into_iter().enumerate() {
            let (first, last) = (self.terms[kind], exp(ln_term));
            self.terms[kind] = last;
            let rise = ln_term - std::mem::replace(&mut self.ln_terms[kind], ln_term);
            if first + last <= 0.0 {
                continue; // nothing is known of the volume
            }
            self.rises[kind] = rise;
            let slope = -rise / steps;
            self.sum += if slope.abs() < 1e-6 {
                steps * (first + last) / 2.0
            } else {
                (first - last) / 2.0 * (1.0 + 2.0 / libm::expm1(slope))
            };
        }
        self.terms.iter().sum::<f64>() * steps.max(1.0) / self.sum
    }

    /// The terms beyond the last ones, at `j` after a stride of that length.
    fn rest(&self, j: f64, stride: f64) -> f64 {
        let length = -libm::log1p(-stride / j);
        let kinds = self.terms.iter().zip(self.rises);
        kinds
            .map(|(&term, rise)| rest(term, j, -rise / length))
            .sum()
    }
}

/// The sum of the terms above `k` in units of the one at `k`, which counts half.
fn rising(k: f64, growth: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut j) = (0.5, 1.0, k);
    for _ in 0..TERMS_MAX {
        term *= growth(j);
        sum += term;
        j += 1.0;
        if term < sum * 1e-9 {
            return sum;
        }
    }
    sum + rest(term, j, (1.0 - growth(j)) * j)
}

/// The sum of the terms beyond the one at `j`, which fall there as that power of it: slowly
/// where the mood is hardly known. Where they fall geometrically, it is their sum too.
fn rest(term: f64, j: f64, power: f64) -> f64 {
    term * j / (power - 1.0).max(1e-3)
}

/// ln of the sum of the terms below `k`, in the same units. They may be larger by any
/// number of decades.
fn ln_falling(k: f64, growth: impl Fn(f64) -> f64) -> f64 {
    const LARGE: f64 = 1e200;
    let (mut sum, mut term, mut j, mut scale) = (0.5, 1.0, k, 0.0);
    while j > 0.0 {
        j -= 1.0;
        term /= growth(j);
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
        if sum > LARGE {
            (sum, term, scale) = (sum / LARGE, term / LARGE, scale + ln(LARGE));
        }
    }
    ln(sum) + scale
}

/// ln(exp(a) + exp(b)).
fn ln_add(a: f64, b: f64) -> f64 {
    let (least, most) = if a < b { (a, b) } else { (b, a) };
    if least == f64::NEG_INFINITY {
        return most;
    }
    most + ln(1.0 + exp(least - most))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, summed from the definitions with products only: each term is the
    /// probability of a volume times that of so many negatives in it.
    fn by_hand(k: u32, others: u32, crowd: Crowd, p: f64, rho: f64) -> f64 {
        let c = 1.0 / rho - 1.0;
        let (alpha, beta) = (c * p, c * (1.0 - p));
        let negatives = |k: u32, n: u32| {
            let mut probability = 1.0;
            for i in 0..n {
                let i_f = f64::from(i);
                probability /= alpha + beta + i_f;
                probability *= if i < k {
                    (alpha + i_f) * f64::from(n - i) / f64::from(k - i)
                } else {
                    beta + i_f - f64::from(k)
                };
            }
            probability
        };
        let volume = |n: u32| {
            let mut usual = if crowd.mean > 0.0 { 1.0 - UNUSUAL } else { 0.0 };
            usual *= (crowd.shape / (crowd.mean + crowd.shape)).powf(crowd.shape);
            for i in 0..n {
                let i = f64::from(i);
                usual *= (i + crowd.shape) / (i + 1.0) * crowd.mean / (crowd.mean + crowd.shape);
            }
            usual + UNUSUAL / UNUSUAL_RANGE / (f64::from(n) + 1.0)
        };
        let term = |j: u32| volume(j + others) * negatives(j, j + others);
        let above = term(k) / 2.0 + (k + 1..600).map(term).sum::<f64>();
        let all = (0..600).map(term).sum::<f64>();
        -log10(above / all)
    }

    #[test]
    fn the_tail_agrees_with_the_definition() {
        for (k, others, mean, shape, p, rho) in [
            (3, 1, 4.0, 5.0, 0.2, 0.03),
            (10, 0, 0.75, 2.0, 0.167, 0.1),
            (20, 40, 60.0, 50.0, 0.2, 0.005),
            (40, 40, 50.0, 100.0, 0.3, 0.02),
            (12, 3, 0.0, 1.0, 0.25, 0.04),
        ] {
            let crowd = Crowd { mean, shape };
            let (ours, theirs) = (
                surprise(k, others, crowd, p, rho),
                by_hand(k, others, crowd, p, rho),
            );
            assert!(
                (ours - theirs).abs() < 1e-3,
                "{k} {others}: {ours} {theirs}"
            );
        }
    }

    #[test]
    fn strides_agree_with_steps() {
        for (k, others, mean) in [
            (200.0, 400.0, 500.0),
            (250.0, 250.0, 300.0),
            (220.0, 700.0, 0.0),
            (1_500.0, 900.0, 2_000.0),
            // A wave far above the usual.
            (260.0, 90.0, 120.0),
        ] {
            let crowd = Crowd { mean, shape: 60.0 };
            let terms = Terms::new(others, crowd, 0.25, 0.01);
            let (steps, strides) = (terms.step_by_step(k), terms.in_strides(k));
            let apart = log10(steps / strides);
            assert!(apart.abs() < 2e-3, "{k} {others}: {steps} {strides}");
        }
    }

    #[test]
    fn a_count_tells_only_where_the_volume_is_known_and_as_usual() {
        let known = Crowd {
            mean: 40.0,
            shape: 100.0,
        };
        let at = |k, others, crowd| surprise(k, others, crowd, 0.25, 0.02);
        // Twice the negatives beside the usual others: the count tells.
        let [unknown, with] = [Crowd::UNKNOWN, known].map(|crowd| at(22, 30, crowd));
        assert!(with > unknown + 0.5, "{unknown} {with}");
        // Twice of both: only the share does, which is as usual.
        assert!(at(21, 60, known) < 0.5);
        // Ten times the mentions, and the share a little high.
        let [unknown, with] = [Crowd::UNKNOWN, known].map(|crowd| at(120, 300, crowd));
        assert!((unknown - with).abs() < 0.1, "{unknown} {with}");
    }

    proptest! {
        #[test]
        fn one_more_negative_never_lowers_the_surprise(
            others in 0_u32..1000, k in 0_u32..600, mean in 0.0_f64..500.0, shape in 0.5_f64..300.0,
            p in 0.001_f64..0.999, rho in 0.003_f64..0.3,
        ) {
            let crowd = Crowd { mean, shape };
            let (before, after) = (surprise(k, others, crowd, p, rho), surprise(k + 1, others, crowd, p, rho));
            prop_assert!(before.is_finite() && after >= before - 1e-4, "{before} {after}");
        }

        #[test]
        fn no_input_makes_it_not_a_number(
            k in 0_u32..=u32::MAX, others in 0_u32..=u32::MAX, p in 1e-4_f64..=0.9999, rho in 1e-3_f64..=0.9,
            mean in 0.0_f64..1e9, shape in 1e-3_f64..1e6,
        ) {
            let crowd = Crowd { mean, shape };
            for k in [k, k % 300] {
                for others in [others, others % 300] {
                    prop_assert!((0.0..=SCORE_MAX).contains(&surprise(k, others, crowd, p, rho)));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        /// Where steps give way to strides.
        #[test]
        fn nor_does_the_one_that_is_counted_another_way(
            others in 0_u32..1500, mean in 0.0_f64..500.0, is_known: bool, shape in 0.5_f64..300.0,
            p in 0.001_f64..0.999, rho in 0.003_f64..0.3,
        ) {
            let crowd = Crowd { mean: if is_known { mean } else { 0.0 }, shape };
            let [before, after] = [STEPS_MAX, STEPS_MAX + 1].map(|k| surprise(k, others, crowd, p, rho));
            prop_assert!(before.is_finite() && after >= before - 1e-4, "{before} {after}");
        }
    }
}
