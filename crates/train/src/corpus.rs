//! All texts of one language with their features, and the choice of those to
//! learn from.

use std::collections::{BTreeMap, HashMap, HashSet};

use sentiment::CLASSES;
use sentiment::training::{Extractor, Features, LexiconEntry};

use crate::choices::Choices;
use crate::corrections::Correction;
use crate::data::{Row, SOURCES};
use crate::learn::Sample;

/// Number of folds of the cross-validation. A text's fold follows from its hash.
pub(crate) const FOLDS: u64 = 5;

/// Targets by the hash of their text.
pub(crate) type Targets = HashMap<u64, [f32; CLASSES]>;

/// The labelled texts of one language and their features.
#[derive(Debug)]
pub(crate) struct Corpus {
    /// Whether it is Dutch; else it is English.
    pub(crate) dutch: bool,
    pub(crate) rows: Vec<Row>,
    pub(crate) features: Vec<Features>,
    /// Texts without labels: the hash and the features.
    pub(crate) unlabelled: Vec<(u64, Features)>,
    /// Words and pairs as texts: the name and the features.
    pub(crate) words: Vec<(u64, Features)>,
    /// People's corrections, learned from whichever rows are chosen.
    corrections: Vec<Sample>,
}

impl Corpus {
    pub(crate) fn new(
        dutch: bool,
        rows: Vec<Row>,
        unlabelled: &[String],
        lexicon: &[LexiconEntry],
    ) -> Self {
        let mut extractor = Extractor::new(lexicon);
        let features = rows
            .iter()
            .map(|row| extractor.extract(&row.text))
            .collect();
        let labelled: HashSet<u64> = rows.iter().map(|row| row.hash).collect();
        let unlabelled = unlabelled
            .iter()
            .filter(|text| !labelled.contains(&crate::data::text_hash(text)))
            .map(|text| (crate::data::text_hash(text), extractor.extract(text)))
            .collect();
        Self {
            dutch,
            rows,
            features,
            unlabelled,
            words: Vec::new(),
            corrections: Vec::new(),
        }
    }

    /// Adds words and pairs as texts.
    pub(crate) fn add_words(&mut self, words: &[(u64, String)], lexicon: &[LexiconEntry]) {
        let mut extractor = Extractor::new(lexicon);
        let features = words
            .iter()
            .map(|(name, text)| (*name, extractor.extract(text)));
        self.words = features.collect();
    }

    /// The fold of a row.
    pub(crate) fn fold(&self, at: usize) -> u64 {
        (self.rows[at].hash >> 7) % FOLDS
    }

    /// The rows that may be learned from.
    pub(crate) fn in_training(&self) -> Vec<usize> {
        let learned = |at: &usize| SOURCES[self.rows[*at].source].weight > 0.0;
        (0..self.rows.len()).filter(learned).collect()
    }

    /// Weight of each of the chosen rows: a source counts as much as
    /// [`crate::data::Source::weight`] says, each of its labels alike. Mean 1.
    pub(crate) fn weights(&self, chosen: &[usize]) -> Vec<f32> {
        let mut counts: BTreeMap<usize, [f32; CLASSES]> = BTreeMap::new();
        for &at in chosen {
            counts.entry(self.rows[at].source).or_default()[self.rows[at].label] += 1.0;
        }
        let weight = |at: usize| {
            let row = &self.rows[at];
            let counts = counts[&row.source];
            let labels: f32 = counts.iter().map(|count| count.min(1.0)).sum();
            SOURCES[row.source].weight / labels / counts[row.label]
        };
        let weights: Vec<f32> = chosen.iter().map(|&at| weight(at)).collect();
        #[allow(clippy::cast_precision_loss, reason = "a count of texts")]
        let mean = weights.iter().sum::<f32>() / weights.len().max(1) as f32;
        weights.iter().map(|weight| weight / mean).collect()
    }

    /// What to learn from the chosen rows, and from the unlabelled texts that
    /// have a target.
    pub(crate) fn samples(
        &self,
        chosen: &[usize],
        targets: &Targets,
        choices: &Choices,
    ) -> Vec<Sample> {
        let language = usize::from(!self.dutch);
        let taught = choices.taught[language];
        let weights = self.weights(chosen);
        let labelled = chosen.iter().zip(weights).map(|(&at, weight)| {
            let row = &self.rows[at];
            Sample {
                features: self.features[at].clone(),
                target: target(row, targets.get(&row.hash), taught),
                weight,
            }
        });
        let unlabelled = self.unlabelled.iter().filter_map(|(hash, features)| {
            Some(Sample {
                features: features.clone(),
                target: *targets.get(hash)?,
                weight: choices.unlabelled,
            })
        });
        let words = self.words.iter().filter_map(|(name, features)| {
            Some(Sample {
                features: features.clone(),
                target: *targets.get(name)?,
                weight: choices.words[language],
            })
        });
        let corrections = self.corrections.iter().cloned();
        let told = labelled.chain(unlabelled).chain(words);
        told.chain(corrections).collect()
    }

    /// Learns from a correction, too; a row with the same text gets its label.
    pub(crate) fn correct(&mut self, correction: &Correction, lexicon: &[LexiconEntry]) {
        let hash = crate::data::text_hash(&correction.text);
        for row in self.rows.iter_mut().filter(|row| row.hash == hash) {
            row.label = correction.label;
        }
        let features = Extractor::new(lexicon).extract(&correction.text);
        self.corrections.push(correction.sample(features));
    }
}

fn target(row: &Row, taught: Option<&[f32; CLASSES]>, factor: f32) -> [f32; CLASSES] {
    let mut gold = [0.0; CLASSES];
    gold[row.label] = 1.0;
    let Some(taught) = taught else { return gold };
    let share = (SOURCES[row.source].taught * factor).min(1.0);
    std::array::from_fn(|class| (1.0 - share) * gold[class] + share * taught[class])
}
