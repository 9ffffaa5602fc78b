//! How sure the model may be, and how often it errs: both from texts that were
//! left out of training.

use std::sync::Arc;

use sentiment::{Family, Model, ModelParts, Post, Scorer, SourceRates};

use crate::build::Learned;
use crate::corpus::{Corpus, FOLDS};
use crate::data::SOURCES;
use crate::learn::softmax;

/// Logits, label and weight of a text.
type Told = ([f32; 3], usize, f32);

/// The factor on the logits under which the labels of held-out texts are most
/// probable (temperature scaling; C. Guo et al., "On Calibration of Modern Neural
/// Networks", ICML 2017). Sources and labels weigh as they do in learning.
/// `learned[fold]` was learned without that fold.
pub(crate) fn sureness(corpus: &Corpus, learned: &[&Learned]) -> f32 {
    let chosen = corpus.in_training();
    let importance = corpus.weights(&chosen);
    let told = chosen.iter().zip(importance).map(|(&at, importance)| {
        let fold = usize::try_from(corpus.fold(at)).unwrap_or(0);
        let logits = learned[fold].logits(&corpus.features[at]);
        (logits, corpus.rows[at].label, importance)
    });
    let told: Vec<Told> = told.collect();
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

fn loss(told: &[Told], factor: f32) -> f64 {
    let one = |(logits, label, weight): &Told| {
        let probability = softmax(logits.map(|logit| logit * factor))[*label];
        -f64::from(*weight) * libm::log(f64::from(probability.max(1e-9)))
    };
    told.iter().map(one).sum()
}

/// Scores the texts of each fold with the model that was made without it, and
/// counts how often they are called negative. `models[fold]` is the model, whole:
/// language, hints and abstention are those of the scorer.
pub(crate) fn count(corpus: &Corpus, models: &[ModelParts]) -> Vec<SourceRates> {
    let mut rates: Vec<Option<SourceRates>> = vec![None; SOURCES.len()];
    for (fold, parts) in (0..FOLDS).zip(models) {
        let mut scorer = Scorer::new(Arc::new(Model::from_parts(parts)));
        let chosen = corpus.in_training().into_iter();
        for row in chosen
            .filter(|&at| corpus.fold(at) == fold)
            .map(|at| &corpus.rows[at])
        {
            let Some(family) = SOURCES[row.source].family else {
                continue;
            };
            let lang = lang(row.source);
            let called = scorer
                .score(&Post {
                    lang: Some(lang),
                    ..Post::new(&row.text)
                })
                .is_negative();
            rates[row.source]
                .get_or_insert_with(|| new(row.source, family))
                .add(row.label == 0, called);
        }
    }
    rates.into_iter().flatten().collect()
}

fn new(source: usize, family: Family) -> SourceRates {
    SourceRates::new(SOURCES[source].name, family)
}

/// The language of a source, as a platform would name it.
pub(crate) const fn lang(source: usize) -> &'static str {
    if SOURCES[source].dutch { "nl" } else { "en" }
}
