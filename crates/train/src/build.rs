//! From texts to a model.

use sentiment::training::Features;
use sentiment::{CLASSES, ModelParts, SentimentPart};

use crate::calibrate;
use crate::choices::Choices;
use crate::conv::{self, ConvWeights};
use crate::corpus::{Corpus, FOLDS, Targets};
use crate::learn::{self, Sample, Weights};
use crate::material::Material;
use crate::topics::{self, TopicWeights};

/// The name that every score of this model carries.
const NAME: &str = "ophef-linear@2";

/// The sentiment of one language: two members whose logits are added.
#[derive(Debug)]
pub(crate) struct Learned {
    linear: Weights,
    conv: ConvWeights,
    conv_share: f32,
}

impl Learned {
    /// Logits of the hashed features alone.
    pub(crate) fn linear_logits(&self, features: &Features) -> [f32; CLASSES] {
        self.linear.logits(features)
    }

    /// Logits of a text by the weights as learned, before rounding.
    pub(crate) fn logits(&self, features: &Features) -> [f32; CLASSES] {
        let (linear, conv) = (self.linear.logits(features), self.conv.logits(features));
        std::array::from_fn(|class| linear[class] + self.conv_share * conv[class])
    }
}

/// Learns the sentiment of a language from the chosen texts.
pub(crate) fn learn(
    corpus: &Corpus,
    chosen: &[usize],
    targets: &Targets,
    choices: &Choices,
) -> Learned {
    let samples = corpus.samples(chosen, targets, choices);
    let samples: Vec<&Sample> = samples.iter().collect();
    Learned {
        linear: learn::learn(&samples, choices.linear),
        conv: conv::learn(&samples, &choices.conv),
        conv_share: choices.shares[usize::from(!corpus.dutch)],
    }
}

/// All that is learned of both languages.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) sentiment: [Learned; 2],
    topics: [TopicWeights; 2],
}

impl Whole {
    /// Learns from the texts that may be learned from and that `keep` keeps.
    pub(crate) fn learn(
        material: &Material,
        targets: &Targets,
        keep: impl Fn(&Corpus, usize) -> bool,
    ) -> Self {
        let chosen = material.corpora.each_ref().map(|corpus| {
            let mut chosen = corpus.in_training();
            chosen.retain(|&at| keep(corpus, at));
            chosen
        });
        Self {
            sentiment: std::array::from_fn(|at| {
                learn(
                    &material.corpora[at],
                    &chosen[at],
                    targets,
                    &material.choices,
                )
            }),
            topics: std::array::from_fn(|at| {
                let mut lessons = topics::collect(&material.corpora[at], &chosen[at]);
                if material.corpora[at].dutch {
                    topics::add_replies(&mut lessons, &material.replies);
                }
                topics::learn(&lessons)
            }),
        }
    }

    /// The model, all logits of a language multiplied by its `sureness`.
    pub(crate) fn parts(&self, material: &Material, sureness: [f32; 2]) -> ModelParts {
        ModelParts {
            name: NAME.to_owned(),
            languages: std::array::from_fn(|at| {
                part(&self.sentiment[at], sureness[at], material, at)
            }),
            topics: self.topics.each_ref().map(TopicWeights::part),
        }
    }
}

/// Models that were learned without one fold each, and what follows from them.
#[derive(Debug)]
pub(crate) struct Folds {
    /// One model a fold.
    pub(crate) models: Vec<ModelParts>,
    /// Factor on the logits of each language.
    pub(crate) sureness: [f32; 2],
}

impl Folds {
    /// Learns without each fold in turn. `targets` makes the targets for a fold that
    /// is left out.
    pub(crate) fn learn(material: &Material, targets: impl Fn(u64) -> Targets) -> Self {
        let without = |fold| {
            Whole::learn(material, &targets(fold), |corpus, at| {
                corpus.fold(at) != fold
            })
        };
        let wholes: Vec<Whole> = (0..FOLDS).map(without).collect();
        let sureness = std::array::from_fn(|at| {
            let learned: Vec<&Learned> = wholes.iter().map(|whole| &whole.sentiment[at]).collect();
            calibrate::sureness(&material.corpora[at], &learned)
        });
        let models = wholes.iter().map(|whole| whole.parts(material, sureness));
        Self {
            models: models.collect(),
            sureness,
        }
    }
}

/// Learns the model, with its error rates.
pub(crate) fn model(material: &Material, targets: &Targets) -> ModelParts {
    let folds = Folds::learn(material, |_| targets.clone());
    let whole = Whole::learn(material, targets, |_, _| true);
    let mut parts = whole.parts(material, folds.sureness);
    for (language, corpus) in parts.languages.iter_mut().zip(&material.corpora) {
        language.rates = calibrate::count(corpus, &folds.models);
    }
    parts
}

/// The weights of one language in bytes.
fn part(learned: &Learned, sureness: f32, material: &Material, at: usize) -> SentimentPart {
    let weights = &learned.linear;
    let (scale, rows) = quantise(&weights.rows);
    let surer = |row: [f32; CLASSES]| row.map(|weight| weight * sureness);
    SentimentPart {
        bits: weights.bits,
        scale: scale * sureness,
        rows,
        dense: weights.dense.map(surer),
        bias: surer(weights.bias),
        lexicon: material.lexicons[at].clone(),
        conv: learned.conv.part(learned.conv_share * sureness),
        rates: Vec::new(),
    }
}

/// One of this many weights is cut off at the largest byte, so that the others
/// have finer steps.
const CUT_OFF: usize = 20_000;

/// Rounds weights to bytes: the size of a step, and the steps.
pub(crate) fn quantise<const N: usize>(rows: &[[f32; N]]) -> (f32, Vec<[i8; N]>) {
    let mut sizes: Vec<f32> = rows.iter().flatten().map(|weight| weight.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let largest = sizes.len().saturating_sub(1 + sizes.len() / CUT_OFF);
    let scale = sizes.get(largest).copied().unwrap_or(1.0).max(1e-6) / 127.0;
    #[allow(clippy::cast_possible_truncation, reason = "clamped to −127–127")]
    let round = |weight: f32| (weight / scale).round().clamp(-127.0, 127.0) as i8;
    (scale, rows.iter().map(|row| row.map(round)).collect())
}
