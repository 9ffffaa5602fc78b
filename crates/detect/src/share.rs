//! The true share of negative mentions, from a count of negative labels.
//!
//! A scorer that finds a part `tpr` of the negative mentions and calls a part `fpr`
//! of all others negative sees, at a true share s, a rate of s·tpr + (1 − s)·fpr.
//! Turned around, s = (rate − fpr) / (tpr − fpr) (W. J. Rogan, B. Gladen,
//! "Estimating prevalence from the results of a screening test", American Journal of
//! Epidemiology 107 (1978) 71). The interval carries the uncertainty of all three
//! (Z. Lang, J. Reiczigel, "Confidence limits for prevalence of disease adjusted for
//! estimated sensitivity and specificity", Preventive Veterinary Medicine 113 (2014)
//! 13).
//!
//! It is for display. The correction is a rising line, the same for what is observed
//! and what is expected, so what lies above the usual still does after it: detection
//! works on the counts as they are, whose distribution is known.
//!
//! ```
//! use detect::share::{Rates, corrected};
//!
//! let rates = Rates { tpr: 0.7, fpr: 0.1, positives: 500, negatives: 1_500 };
//! let estimate = corrected(44, 200, &rates)?;
//! assert!((estimate.share - 0.2).abs() < 1e-9);
//! assert!(estimate.low < 0.2 && estimate.high > 0.2);
//! # Ok::<(), detect::share::Uncorrectable>(())
//! ```

/// Least difference of `tpr` and `fpr`: below it every error of the rate would be
/// multiplied by more than ten, and the estimate would tell nothing.
pub const DIFFERENCE_MIN: f64 = 0.1;

/// Quantile of the normal distribution for 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;

/// How often a scorer calls mentions negative, with the counts behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Share of the negative mentions that it calls negative, 0–1.
    pub tpr: f64,
    /// Share of all others that it calls negative, 0–1.
    pub fpr: f64,
    /// Negative mentions that `tpr` was measured on.
    pub positives: u32,
    /// Other mentions that `fpr` was measured on.
    pub negatives: u32,
}

/// A true share with its interval of about 95 %, each 0–1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The share.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Why a share can't be corrected.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Uncorrectable {
    /// There is nothing to correct yet.
    #[error("there are no mentions")]
    Nothing,
    /// More negatives than mentions, or rates outside 0 to 1: the counts are at fault.
    #[error("the counts or rates contradict themselves")]
    Nonsense,
    /// The scorer hardly tells negative mentions from others: use a better model for
    /// this language or source.
    #[error(
        "the scorer calls {tpr:.2} of negative and {fpr:.2} of other mentions negative: they are \
         less than {DIFFERENCE_MIN} apart"
    )]
    TooClose {
        /// Share of the negative mentions that are called negative.
        tpr: f64,
        /// Share of the others.
        fpr: f64,
    },
}

impl Rates {
    /// The rate, corrected; without the interval.
    ///
    /// # Errors
    /// See [`Uncorrectable`].
    pub fn correct(&self, rate: f64) -> Result<f64, Uncorrectable> {
        let all = [rate, self.tpr, self.fpr];
        if !all.iter().all(|share| (0.0..=1.0).contains(share)) {
            return Err(Uncorrectable::Nonsense);
        }
        let difference = self.tpr - self.fpr;
        if difference < DIFFERENCE_MIN || self.positives == 0 || self.negatives == 0 {
            return Err(Uncorrectable::TooClose {
                tpr: self.tpr,
                fpr: self.fpr,
            });
        }
        Ok(((rate - self.fpr) / difference).clamp(0.0, 1.0))
    }

    /// The rates of a mixture of mentions, each sort with its weight; the counts are
    /// those that would make the mixture's rates as uncertain as they are. `None` if
    /// all weights are zero.
    #[must_use]
    pub fn mixed(parts: &[(f64, Self)]) -> Option<Self> {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        if let [(_, only)] = parts {
            return Some(*only);
        }
        let mix = |rate: fn(&Self) -> [f64; 2]| {
            let (mut mean, mut variance) = (0.0, 0.0);
            for (weight, part) in parts {
                let ([rate, count], weight) = (rate(part), weight / total);
                mean += weight * rate;
                // With a mention added to either side, so that a rate of 0 or 1
                // measured on a few is no certainty.
                let cautious = (rate * count + 1.0) / (count + 2.0);
                variance += weight * weight * cautious * (1.0 - cautious) / (count + 2.0);
            }
            let cautious = mean.clamp(0.005, 0.995);
            (mean, count(cautious * (1.0 - cautious) / variance))
        };
        let (tpr, positives) = mix(|part| [part.tpr, f64::from(part.positives)]);
        let (fpr, negatives) = mix(|part| [part.fpr, f64::from(part.negatives)]);
        Some(Self {
            tpr,
            fpr,
            positives,
            negatives,
        })
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits"
)]
fn count(count: f64) -> u32 {
    count.clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The true share behind `negative` labels of `total` mentions.
///
/// The interval treats the mentions as independent; a wave of them is less certain
/// than it says.
///
/// # Errors
/// See [`Uncorrectable`].
pub fn corrected(negative: u64, total: u64, rates: &Rates) -> Result<Estimate, Uncorrectable> {
    if total == 0 {
        return Err(Uncorrectable::Nothing);
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
    let (k, n) = (negative as f64, total as f64);
    let share = rates.correct(k / n)?;
    let [low, high] = interval(k, n, rates);
    Ok(Estimate {
        share,
        low: low.min(share),
        high: high.max(share),
    })
}

/// The interval of Lang and Reiczigel, clamped to 0–1: each of the three shares is
/// moved towards the middle (by z² mentions, and by two for tpr and specificity),
/// which makes the normal approximation hold for small counts and rare events.
fn interval(k: f64, n: f64, rates: &Rates) -> [f64; 2] {
    let (n_rate, rate) = (n + Z * Z, (k + Z * Z / 2.0) / (n + Z * Z));
    let cautious = |share: f64, count: u32| {
        let count = f64::from(count);
        ((share * count + 1.0) / (count + 2.0), count + 2.0)
    };
    let (tpr, n_tpr) = cautious(rates.tpr, rates.positives);
    let (specificity, n_specificity) = cautious(1.0 - rates.fpr, rates.negatives);
    let difference = tpr + specificity - 1.0;
    let share = ((rate + specificity - 1.0) / difference).clamp(0.0, 1.0);
    let of_tpr = tpr * (1.0 - tpr) / n_tpr;
    let of_specificity = specificity * (1.0 - specificity) / n_specificity;
    let shift = 2.0 * Z * Z * (share * of_tpr - (1.0 - share) * of_specificity);
    let variance = rate * (1.0 - rate) / n_rate
        + share * share * of_tpr
        + (1.0 - share) * (1.0 - share) * of_specificity;
    let half = Z * variance.sqrt() / difference;
    [share + shift - half, share + shift + half].map(|end| end.clamp(0.0, 1.0))
}

/// Interval of 95 % for a probability of which `hits` of `trials` came true (E. B.
/// Wilson, J. Am. Stat. Assoc. 22 (1927) 209): unlike the usual one it keeps its level
/// for few trials and at the ends. 0 to 1 without trials.
#[must_use]
pub fn wilson(hits: u64, trials: u64) -> [f64; 2] {
    if trials == 0 {
        return [0.0, 1.0];
    }
    let n = trials as f64;
    let p = hits as f64 / n;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * libm::sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n));
    let whole = 1.0 + Z * Z / n;
    // Rounding must not put the part outside.
    [
        ((middle - half) / whole).max(0.0).min(p),
        ((middle + half) / whole).min(1.0).max(p),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: Rates = Rates {
        tpr: 0.7,
        fpr: 0.1,
        positives: 500,
        negatives: 1_500,
    };

    #[test]
    fn the_ends_are_clamped() {
        for (negative, share) in [(0, 0.0), (20, 0.0), (140, 1.0), (200, 1.0)] {
            let estimate = corrected(negative, 200, &GOOD).unwrap();
            assert!((estimate.share - share).abs() < 1e-12, "{estimate:?}");
        }
    }

    #[test]
    fn what_cannot_be_corrected_says_why() {
        let blind = Rates {
            tpr: 0.3,
            fpr: 0.25,
            ..GOOD
        };
        let close = Uncorrectable::TooClose {
            tpr: 0.3,
            fpr: 0.25,
        };
        assert_eq!(corrected(1, 10, &blind), Err(close));
        assert!(close.to_string().contains("0.30"), "{close}");
        assert_eq!(corrected(0, 0, &GOOD), Err(Uncorrectable::Nothing));
        assert_eq!(corrected(11, 10, &GOOD), Err(Uncorrectable::Nonsense));
        let wrong = Rates {
            tpr: f64::NAN,
            ..GOOD
        };
        assert_eq!(corrected(1, 10, &wrong), Err(Uncorrectable::Nonsense));
        let unmeasured = Rates {
            positives: 0,
            ..GOOD
        };
        assert!(corrected(1, 10, &unmeasured).is_err());
    }

    #[test]
    fn a_mixture_lies_between_its_parts() {
        let other = Rates {
            tpr: 0.5,
            fpr: 0.2,
            positives: 100,
            negatives: 100,
        };
        assert_eq!(Rates::mixed(&[(3.0, GOOD)]), Some(GOOD));
        assert_eq!(Rates::mixed(&[(0.0, GOOD)]), None);
        assert_eq!(Rates::mixed(&[]), None);
        let even = Rates::mixed(&[(2.0, GOOD), (2.0, other)]).unwrap();
        assert!((even.tpr - 0.6).abs() < 1e-12 && (even.fpr - 0.15).abs() < 1e-12);
        // The variance of the mean of both is a quarter of the sum of theirs.
        assert!((250..350).contains(&even.positives), "{even:?}");
        let same = Rates::mixed(&[(1.0, GOOD), (1.0, GOOD)]).unwrap();
        assert!((980..1_020).contains(&same.positives), "{same:?}");
    }

    /// `SplitMix64`.
    struct Random(u64);

    impl Random {
        fn chance(&mut self, p: f64) -> bool {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
            f64::from(bits) < p * 4_294_967_296.0
        }

        fn binomial(&mut self, n: u32, p: f64) -> u32 {
            (0..n).map(|_| u32::from(self.chance(p))).sum()
        }
    }

    #[test]
    fn the_interval_covers_the_truth_as_often_as_it_says() {
        let mut random = Random(4);
        let rounds = 2_000;
        for (share, total, [tpr, fpr], [positives, negatives]) in [
            (0.05, 200, [0.7, 0.1], [300, 900]),
            (0.2, 200, [0.7, 0.1], [300, 900]),
            (0.2, 60, [0.7, 0.1], [80, 200]),
            (0.5, 200, [0.6, 0.15], [300, 900]),
            (0.8, 1_000, [0.9, 0.05], [100, 100]),
            (0.02, 1_000, [0.8, 0.02], [200, 2_000]),
        ] {
            let mut covered = 0;
            for _ in 0..rounds {
                let measured = Rates {
                    tpr: f64::from(random.binomial(positives, tpr)) / f64::from(positives),
                    fpr: f64::from(random.binomial(negatives, fpr)) / f64::from(negatives),
                    positives,
                    negatives,
                };
                let rate = share * tpr + (1.0 - share) * fpr;
                let negative = u64::from(random.binomial(total, rate));
                let estimate = corrected(negative, u64::from(total), &measured).unwrap();
                covered += u32::from((estimate.low..=estimate.high).contains(&share));
            }
            let coverage = f64::from(covered) / f64::from(rounds);
            // 2,000 rounds at 95 % have a standard error of half a per cent; at the ends
            // the interval is on the safe side.
            assert!(
                (0.935..=0.995).contains(&coverage),
                "{share} {total}: {coverage}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_counts_give_shares_in_order(
            negative in 0_u64..2_000, total in 0_u64..1_000_000, tpr in 0.0_f64..=1.0, fpr in 0.0_f64..=1.0,
            positives in 0_u32..10_000, negatives in 0_u32..10_000,
        ) {
            let rates = Rates { tpr, fpr, positives, negatives };
            if let Ok(Estimate { share, low, high }) = corrected(negative, total, &rates) {
                prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
            }
        }

        #[test]
        fn more_negatives_are_never_a_smaller_share(negative in 0_u64..500, total in 500_u64..1_000) {
            let less = corrected(negative, total, &GOOD).unwrap().share;
            prop_assert!(corrected(negative + 1, total, &GOOD).unwrap().share >= less);
        }
    }
}
