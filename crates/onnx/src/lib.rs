//! Text to probabilities by a classifier of one's own, in ONNX.
//!
//! A [`Classifier`] is made of two files: a sequence classifier in ONNX and its
//! `tokenizer.json`, both as Hugging Face's exporter writes them. Everything that
//! could be wrong with them is found when it is made, by a run over sample texts;
//! each [`LoadError`] names the setting at fault and says what to do.
//!
//! Files are taken as bytes, and there is no clock here and no environment. What
//! isn't promised is the same bits on every machine: the runtime picks its kernels
//! by the processor's abilities.

mod error;
mod network;
mod tokens;

use std::fmt;

use mention::{Label, Probabilities};

pub use crate::error::{LoadError, RunError};
use crate::network::Network;
use crate::tokens::{Grid, Words};

/// Texts that a model is tried with when it is made: of different lengths, so that
/// a model that can't take both is found at the start.
const SAMPLES: [&str; 2] = [
    "ok",
    "Weer veel te laat bezorgd, and nobody answers the phone",
];
/// A sub-batch takes texts up to this much longer than its shortest, tokens: every
/// text is padded to the longest, and what is padded is computed for nothing.
const SLACK_TOKENS: usize = 8;
/// How far the sums of a row of probabilities may be from 1: rounding of f16 models.
const SUM_TOLERANCE: f32 = 0.01;

/// How the files are to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Name of the model, first part of [`Classifier::name`].
    pub name: String,
    /// What each output of the model says, in its order. Several outputs may say
    /// the same: the five of a model of stars, for example.
    pub labels: Vec<Label>,
    /// Tokens of a text that are looked at, those that the tokenizer adds included;
    /// the rest is cut off.
    pub max_tokens: usize,
    /// Texts that are computed together at most.
    pub batch: usize,
}

/// A sequence classifier with its tokenizer, proven to work.
pub struct Classifier {
    name: String,
    words: Words,
    network: Network,
    labels: Vec<Label>,
    batch: usize,
    /// Whether the outputs are probabilities already, not logits.
    is_normalised: bool,
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classifier")
            .field("name", &self.name)
            .field("labels", &self.labels)
            .field("batch", &self.batch)
            .field("size", &self.network.size())
            .finish_non_exhaustive()
    }
}

impl Classifier {
    /// The classifier of a model file and a `tokenizer.json`, tried with sample texts.
    ///
    /// # Errors
    /// What is wrong with the files, or that they don't go with the options.
    pub fn from_bytes(
        model: &[u8],
        tokenizer: &[u8],
        options: &Options,
    ) -> Result<Self, LoadError> {
        let words = Words::from_bytes(tokenizer, options.max_tokens)?;
        let samples = words
            .tokens(&SAMPLES)
            .map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        let outputs = options.labels.len();
        let batch = options.batch.max(1);
        let network = Network::load(model, batch, options.max_tokens)?.proven(&words, &samples)?;
        let found = network.outputs();
        if found != outputs {
            return Err(LoadError::Labels {
                outputs: found,
                labels: outputs,
            });
        }
        let mut classifier = Self {
            name: format!("{}@{:08x}", options.name, checksum(model, tokenizer)),
            words,
            network,
            labels: options.labels.clone(),
            batch,
            is_normalised: false,
        };
        let rows = classifier
            .outputs(&SAMPLES)
            .map_err(|error| LoadError::Run(error.to_string()))?;
        // As long as texts can get: a model that knows fewer places is found now.
        classifier
            .outputs(&[&"ok ".repeat(options.max_tokens)])
            .map_err(|error| LoadError::TooManyTokens {
                max_tokens: options.max_tokens,
                detail: error.to_string(),
            })?;
        classifier.is_normalised = rows.iter().all(|row| is_distribution(row));
        Ok(classifier)
    }

    /// The model's name with a checksum of both files, `name@1a2b3c4d`: what stands
    /// in a score's `model`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Probabilities of each text, in the order of the texts.
    ///
    /// Logits go through a softmax; outputs that added up to 1 for the sample texts
    /// are taken as they are. Outputs with the same label are added.
    ///
    /// # Errors
    /// The tokenizer or the model fails, or an output isn't a number. The
    /// classifier can be used again.
    pub fn classify(&self, texts: &[&str]) -> Result<Vec<Probabilities>, RunError> {
        let rows = self.outputs(texts)?;
        Ok(rows.iter().map(|row| self.probabilities(row)).collect())
    }

    /// What the model puts out for each text, finite numbers, one a label.
    fn outputs(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RunError> {
        let tokens = self.words.tokens(texts)?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&at| tokens[at].len());
        let mut rows = vec![Vec::new(); texts.len()];
        let mut rest = order.as_slice();
        while let Some(&shortest) = rest.first() {
            let longest = tokens[shortest].len() + SLACK_TOKENS;
            // Without a mask padding would count as text.
            let together = self.network.size().0.unwrap_or(self.batch);
            let most = if self.network.takes_mask() {
                together
            } else {
                1
            };
            let fit = rest.iter().take(most);
            let count = fit.take_while(|&&at| tokens[at].len() <= longest).count();
            let (chunk, others) = rest.split_at(count);
            let texts: Vec<&[u32]> = chunk.iter().map(|&at| tokens[at].as_slice()).collect();
            let grid = Grid::new(&texts, self.network.size(), self.words.pad());
            for (&at, row) in chunk.iter().zip(self.network.run(&grid, count)?) {
                if !row.iter().all(|value| value.is_finite()) {
                    return Err(RunError::NotFinite);
                }
                rows[at] = row;
            }
            rest = others;
        }
        Ok(rows)
    }

    fn probabilities(&self, row: &[f32]) -> Probabilities {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut weights = [0.0_f64; Label::ALL.len()];
        for (&label, &output) in self.labels.iter().zip(row) {
            weights[label as usize] += if self.is_normalised {
                f64::from(output.max(0.0))
            } else {
                f64::from(output - max).exp()
            };
        }
        let [negative, neutral, positive] = weights;
        Probabilities::from_weights(negative, neutral, positive)
    }
}

/// CRC-32 of both files: other weights or another tokenizer are another model.
fn checksum(model: &[u8], tokenizer: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(model);
    hasher.update(tokenizer);
    hasher.finalize()
}

/// Whether a row of outputs is a distribution already.
fn is_distribution(row: &[f32]) -> bool {
    let sum: f32 = row.iter().sum();
    row.iter().all(|value| (0.0..=1.0).contains(value)) && (sum - 1.0).abs() < SUM_TOLERANCE
}
