//! How sure the model may be.

use crate::build::learn_from;
use crate::corpus::{Corpus, FOLDS, Targets};
use crate::learn::softmax;

/// Logits, label and weight of a text.
type Told = ([f32; 3], usize, f32);

/// The factor on the logits under which the labels of held-out texts are most
/// probable (temperature scaling; C. Guo et al., "On Calibration of Modern Neural
/// Networks", ICML 2017), by cross-validation. Sources and labels weigh as they do
/// in learning.
pub(crate) fn sureness(corpus: &Corpus, targets: &Targets) -> f32 {
    // Two of the folds are enough for one number.
    let told: Vec<Told> = (0..2)
        .flat_map(|fold| held_out(corpus, fold, targets))
        .collect();
    let (mut low, mut high) = (0.3_f32, 4.0_f32);
    // The loss is convex in the factor, so thirds close in on its minimum.
    for _ in 0..30 {
        let third = (high - low) / 3.0;
        if loss(&told, low + third) < loss(&told, high - third) {
            high -= third;
        } else {
            low += third;
        }
    }
    f32::midpoint(low, high)
}

fn held_out(corpus: &Corpus, fold: u64, targets: &Targets) -> Vec<Told> {
    debug_assert!(fold < FOLDS);
    let (held_out, chosen): (Vec<usize>, Vec<usize>) = corpus
        .in_training()
        .into_iter()
        .partition(|&at| corpus.fold(at) == fold);
    let weights = learn_from(corpus, &chosen, targets);
    let importance = corpus.weights(&held_out);
    let told = |(&at, importance): (&usize, f32)| {
        let logits = weights.logits(&corpus.features[at]);
        (logits, corpus.rows[at].label, importance)
    };
    held_out.iter().zip(importance).map(told).collect()
}

fn loss(told: &[Told], factor: f32) -> f64 {
    let one = |(logits, label, weight): &Told| {
        let probability = softmax(logits.map(|logit| logit * factor))[*label];
        -f64::from(*weight) * libm::log(f64::from(probability.max(1e-9)))
    };
    told.iter().map(one).sum()
}
