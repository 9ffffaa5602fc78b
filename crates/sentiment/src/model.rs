//! A model that is ready to score.

use std::sync::Arc;

use crate::conv::Convolution;
use crate::features::{DENSE, Features};
use crate::lexicon::Lexicon;
use crate::parts::{FORMAT, ModelParts, SentimentPart, TopicPart};
use crate::rates::{self, Family, Rates, SourceRates};
use crate::{ASPECTS, CLASSES, TOPICS};

/// Bytes of a row of the topics in memory: the outputs, filled up so that a row
/// is three whole words of the processor.
const TOPIC_ROW: usize = 24;

/// A trained model. Immutable; share it between threads in an [`std::sync::Arc`].
#[derive(Debug)]
pub struct Model {
    name: Arc<str>,
    languages: [Sentiment; 2],
    topics: [Topics; 2],
}

/// Why a model file isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The bytes are something else. Check the path.
    #[error("not a model of Ophef: the first bytes are not OPHEFMDL")]
    Foreign,
    /// The file was written for a newer program. Update Ophef, or use an older model.
    #[error(
        "the model has format {found}, this version reads up to {FORMAT}: update Ophef or use an older model"
    )]
    TooNew {
        /// Format of the file.
        found: u32,
    },
    /// The file was written by an older program. Train the model anew, or use the
    /// one that is built in.
    #[error(
        "the model has format {found}, this version reads only {FORMAT}: train it anew with this version's `train --out`, or leave it out to use the built-in model"
    )]
    TooOld {
        /// Format of the file.
        found: u32,
    },
    /// The file ends early, for example after a broken copy. Copy it again.
    #[error("the model is truncated: {found} of {expected} bytes")]
    Truncated {
        /// Bytes the header announces, header included.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The bytes changed after the model was written. Copy it again.
    #[error("the model is damaged: {0}")]
    Damaged(&'static str),
}

impl Model {
    /// The model that is built into the program.
    ///
    /// # Errors
    /// None in a program whose tests passed; the bytes are checked as a file's are.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::from_bytes(include_bytes!("../model/ophef-linear.bin"))
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with the bytes and what to do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        ModelParts::from_bytes(bytes).map(|parts| Self::from_parts(&parts))
    }

    /// A model of parts that training has just made.
    #[must_use]
    pub fn from_parts(parts: &ModelParts) -> Self {
        Self {
            name: parts.name.as_str().into(),
            languages: [
                Sentiment::new(&parts.languages[0]),
                Sentiment::new(&parts.languages[1]),
            ],
            topics: [Topics::new(&parts.topics[0]), Topics::new(&parts.topics[1])],
        }
    }

    /// The model's name and version, `name@version`; every score carries it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How often posts on social platforms in `lang` (BCP 47, `nl` or `en`) are
    /// called negative, over all sources of such posts; measured on texts left out
    /// of training. `None` if the model has no such counts. What a count of
    /// negative labels is corrected with.
    #[must_use]
    pub fn rates(&self, lang: &str) -> Option<Rates> {
        self.rates_of(lang, Family::Social)
    }

    /// The same for one family of sources; see [`Family::of`] a platform.
    #[must_use]
    pub fn rates_of(&self, lang: &str, family: Family) -> Option<Rates> {
        let sources = self.source_rates(lang).iter();
        rates::pooled(sources.filter(|source| source.family == family))
    }

    /// The counts of each source in `lang`, in the order of the model card.
    #[must_use]
    pub fn source_rates(&self, lang: &str) -> &[SourceRates] {
        match lang {
            "nl" => &self.languages[0].rates,
            "en" => &self.languages[1].rates,
            _ => &[],
        }
    }

    pub(crate) const fn dutch(&self) -> &Sentiment {
        &self.languages[0]
    }

    pub(crate) const fn english(&self) -> &Sentiment {
        &self.languages[1]
    }

    /// What tells kinds and aspects of a text in English, or else in Dutch.
    pub(crate) const fn topics(&self, english: bool) -> &Topics {
        &self.topics[english as usize]
    }
}

/// Sentiment in one language.
#[derive(Debug)]
pub(crate) struct Sentiment {
    shift: u32,
    scale: f32,
    /// A fourth byte makes a row one aligned word.
    rows: Vec<[i8; 4]>,
    dense: [[f32; CLASSES]; DENSE],
    bias: [f32; CLASSES],
    pub(crate) lexicon: Lexicon,
    pub(crate) conv: Convolution,
    rates: Vec<SourceRates>,
}

impl Sentiment {
    fn new(part: &SentimentPart) -> Self {
        Self {
            shift: 32 - u32::from(part.bits),
            scale: part.scale,
            rows: part.rows.iter().map(|&[a, b, c]| [a, b, c, 0]).collect(),
            dense: part.dense,
            bias: part.bias,
            lexicon: Lexicon::new(&part.lexicon),
            conv: Convolution::new(&part.conv),
            rates: part.rates.clone(),
        }
    }

    /// Logits of negative, neutral, positive.
    pub(crate) fn logits(&self, features: &Features) -> [f32; CLASSES] {
        let mut logits = self.bias;
        for (weights, &value) in self.dense.iter().zip(&features.dense) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += weight * value;
            }
        }
        for block in [&features.words, &features.grams] {
            let sums = self.sum(block);
            let step = self.scale * block_norm(block.len());
            for (logit, sum) in logits.iter_mut().zip(sums) {
                #[allow(clippy::cast_precision_loss, reason = "sums are below 2^24")]
                let sum = sum as f32;
                *logit += step * sum;
            }
        }
        self.conv.add_to(&features.sequence, &mut logits);
        logits
    }

    /// Logits of a post without features.
    #[cfg(test)]
    pub(crate) fn bias(&self) -> [f32; CLASSES] {
        let mut bias = self.bias;
        self.conv.add_base_to(&mut bias);
        bias
    }

    /// Weights of a dense feature.
    pub(crate) const fn dense(&self, feature: usize) -> [f32; CLASSES] {
        self.dense[feature]
    }

    /// Logits of a hashed feature in a block of one.
    pub(crate) fn hashed(&self, hash: u32) -> [f64; CLASSES] {
        let [a, b, c, _] = self.rows[(hash >> self.shift) as usize];
        [a, b, c].map(|step| f64::from(step) * f64::from(self.scale))
    }

    fn sum(&self, hashes: &[u32]) -> [i32; 4] {
        let mut sums = [0_i32; 4];
        for hash in hashes {
            let row = self.rows[(hash >> self.shift) as usize];
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(weight);
            }
        }
        sums
    }
}

/// Value of each feature of a block of `count`: all together have length one.
#[must_use]
pub fn block_norm(count: usize) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "counts are below 2^24")]
    let count = count.max(1) as f32;
    1.0 / count.sqrt()
}

/// Kinds and aspects.
#[derive(Debug)]
pub(crate) struct Topics {
    shift: u32,
    scale: f32,
    rows: Vec<[i8; TOPIC_ROW]>,
    bias: [f32; TOPICS],
    cues: [f32; ASPECTS],
}

impl Topics {
    fn new(part: &TopicPart) -> Self {
        let widen = |row: &[i8; TOPICS]| {
            let mut wide = [0; TOPIC_ROW];
            wide[..TOPICS].copy_from_slice(row);
            wide
        };
        Self {
            shift: 32 - u32::from(part.bits),
            scale: part.scale,
            rows: part.rows.iter().map(widen).collect(),
            bias: part.bias,
            cues: part.cues,
        }
    }

    /// Logits of the kinds, then of the aspects.
    pub(crate) fn logits(&self, features: &Features) -> [f32; TOPICS] {
        let mut logits = self.bias;
        for (aspect, cue) in self.cues.iter().enumerate() {
            if features.aspects >> aspect & 1 == 1 {
                logits[TOPICS - ASPECTS + aspect] += cue;
            }
        }
        for block in [&features.words, &features.stems] {
            let step = self.scale * block_norm(block.len());
            for (logit, sum) in logits.iter_mut().zip(self.sum(block)) {
                #[allow(clippy::cast_precision_loss, reason = "sums are below 2^24")]
                let sum = sum as f32;
                *logit += step * sum;
            }
        }
        logits
    }

    fn sum(&self, hashes: &[u32]) -> [i32; TOPIC_ROW] {
        let mut sums = [0_i32; TOPIC_ROW];
        // Sums of 256 bytes fit 16 bits, which the processor adds eight at a time.
        for hashes in hashes.chunks(256) {
            let mut chunk = [0_i16; TOPIC_ROW];
            for hash in hashes {
                let row = &self.rows[(hash >> self.shift) as usize];
                for (sum, &weight) in chunk.iter_mut().zip(row) {
                    *sum += i16::from(weight);
                }
            }
            for (sum, chunk) in sums.iter_mut().zip(chunk) {
                *sum += i32::from(chunk);
            }
        }
        sums
    }
}
