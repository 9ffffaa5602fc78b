//! Measures of a classifier.

use sentiment::CLASSES;

use crate::learn::Shuffler;

/// Resamples behind an interval.
const RESAMPLES: usize = 300;

/// The middle 95 % of `measure` over samples of `items` with replacement (B. Efron,
/// "Bootstrap methods", Annals of Statistics 7, 1979); the same at every run.
pub(crate) fn interval<T: Copy>(items: &[T], measure: impl Fn(&[T]) -> f64) -> (f64, f64) {
    let mut shuffler = Shuffler(5);
    let mut resample = Vec::with_capacity(items.len());
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            resample.clear();
            resample.extend(items.iter().map(|_| items[shuffler.below(items.len())]));
            measure(&resample)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    (values[tail], values[RESAMPLES - 1 - tail])
}

/// Predictions against labels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Label and prediction of each text.
    pairs: Vec<(usize, usize)>,
    /// `[label][prediction]`
    counts: [[u32; CLASSES]; CLASSES],
    /// Probability of the prediction and whether it was right.
    sureness: Vec<(f32, bool)>,
    /// Probability of negative and whether the label is.
    negative: Vec<(f32, bool)>,
}

impl Outcome {
    /// Adds a text.
    pub(crate) fn add(&mut self, label: usize, probabilities: [f32; CLASSES]) {
        let best = (0..CLASSES).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
        let best = best.unwrap_or(1);
        self.counts[label][best] += 1;
        self.pairs.push((label, best));
        self.sureness.push((probabilities[best], best == label));
        self.negative.push((probabilities[0], label == 0));
    }

    /// The 95 % interval of a measure that needs labels and predictions only.
    pub(crate) fn interval(&self, measure: impl Fn(&Self) -> f64) -> (f64, f64) {
        interval(&self.pairs, |pairs| {
            let mut outcome = Self::default();
            for &(label, best) in pairs {
                outcome.counts[label][best] += 1;
            }
            measure(&outcome)
        })
    }

    /// Probability of each prediction and whether it was right.
    pub(crate) fn sureness(&self) -> &[(f32, bool)] {
        &self.sureness
    }

    /// Adds all texts of another.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (sum, counts) in self.counts.iter_mut().zip(other.counts) {
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        self.pairs.extend(&other.pairs);
        self.sureness.extend(&other.sureness);
        self.negative.extend(&other.negative);
    }

    /// Share of a prediction's texts that have the label.
    pub(crate) fn precision(&self, label: usize) -> f64 {
        let predicted: u32 = self.counts.iter().map(|row| row[label]).sum();
        f64::from(self.counts[label][label]) / f64::from(predicted).max(1.0)
    }

    /// Number of texts with a label.
    pub(crate) fn labelled(&self, label: usize) -> u32 {
        self.counts[label].iter().sum()
    }

    /// Number of texts.
    pub(crate) const fn len(&self) -> usize {
        self.sureness.len()
    }

    /// Share of a label's texts that were found; `None` without such texts.
    pub(crate) fn recall(&self, label: usize) -> Option<f64> {
        let all: u32 = self.counts[label].iter().sum();
        (all > 0).then(|| f64::from(self.counts[label][label]) / f64::from(all))
    }

    /// Mean recall over the labels there are (the measure of `SemEval`).
    pub(crate) fn macro_recall(&self) -> f64 {
        mean((0..CLASSES).filter_map(|label| self.recall(label)))
    }

    /// Harmonic mean of precision and recall of one label.
    pub(crate) fn f1(&self, label: usize) -> f64 {
        let found = f64::from(self.counts[label][label]);
        let labelled: u32 = self.counts[label].iter().sum();
        let predicted: u32 = self.counts.iter().map(|row| row[label]).sum();
        2.0 * found / f64::from(labelled + predicted).max(1.0)
    }

    /// Mean F1 over the labels there are.
    pub(crate) fn macro_f1(&self) -> f64 {
        let present = (0..CLASSES).filter(|&label| self.recall(label).is_some());
        mean(present.map(|label| self.f1(label)))
    }

    /// Probability that a negative text ranks above another (area under the curve).
    #[allow(clippy::cast_precision_loss, reason = "counts of texts")]
    pub(crate) fn auc_negative(&self) -> f64 {
        let mut ranked = self.negative.clone();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut pairs) = (0_u64, 0_u64);
        for &(_, negative) in &ranked {
            if negative {
                pairs += below;
            } else {
                below += 1;
            }
        }
        let negatives = ranked.len() as u64 - below;
        pairs as f64 / (below * negatives).max(1) as f64
    }

    /// Expected calibration error, ten bins of equal width (C. Guo et al., "On
    /// Calibration of Modern Neural Networks", ICML 2017).
    pub(crate) fn calibration_error(&self) -> f64 {
        let mut bins = [(0.0_f64, 0.0_f64); 10];
        for &(sure, right) in &self.sureness {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a probability times ten"
            )]
            let bin = ((sure * 10.0) as usize).min(9);
            bins[bin].0 += f64::from(sure);
            bins[bin].1 += f64::from(u8::from(right));
        }
        #[allow(clippy::cast_precision_loss, reason = "counts of texts")]
        let all = self.len().max(1) as f64;
        bins.iter()
            .map(|(sure, right)| (sure - right).abs())
            .sum::<f64>()
            / all
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(told: &[(usize, [f32; CLASSES])]) -> Outcome {
        let mut outcome = Outcome::default();
        for &(label, probabilities) in told {
            outcome.add(label, probabilities);
        }
        outcome
    }

    #[test]
    fn a_perfect_classifier_has_perfect_measures() {
        let told = [
            (0, [1.0, 0.0, 0.0]),
            (1, [0.0, 1.0, 0.0]),
            (2, [0.0, 0.0, 1.0]),
        ];
        let outcome = outcome(&told);
        for measure in [
            outcome.macro_recall(),
            outcome.macro_f1(),
            outcome.f1(0),
            outcome.auc_negative(),
        ] {
            assert!((measure - 1.0).abs() < 1e-9);
        }
        assert!(outcome.calibration_error() < 1e-9);
    }

    #[test]
    fn measures_of_a_worked_example() {
        // Two negatives, one found; one neutral, taken for negative; no positives.
        let told = [
            (0, [0.8, 0.1, 0.1]),
            (0, [0.2, 0.7, 0.1]),
            (1, [0.5, 0.4, 0.1]),
        ];
        let outcome = outcome(&told);
        assert!((outcome.macro_recall() - 0.25).abs() < 1e-9);
        assert!((outcome.f1(0) - 0.5).abs() < 1e-9);
        assert!((outcome.auc_negative() - 0.5).abs() < 1e-9);
        assert!((outcome.calibration_error() - (0.2 + 0.7 + 0.5) / 3.0).abs() < 1e-6);
        assert_eq!(outcome.recall(2), None);
    }
}
