//! From texts to a model.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use sentiment::training::{Extractor, Features, LexiconEntry};
use sentiment::{CLASSES, ModelParts, SentimentPart};

use crate::calibrate::{self, Folds};
use crate::conv::{self, ConvSettings, ConvWeights};
use crate::corpus::{Corpus, Targets};
use crate::data::{self, Row, SOURCES, read_text};
use crate::learn::{self, Sample, Settings, Weights};
use crate::lexicons;
use crate::topics::{self, Topic};

/// The name that every score of this model carries.
const NAME: &str = "ophef-linear@2";
/// Replies of brands that are used as examples of web care.
const REPLIES: usize = 600;

/// How the sentiment is learned; set by cross-validation and on unseen domains.
pub(crate) const SETTINGS: Settings = Settings {
    bits: 18,
    epochs: 6,
    rate: 0.05,
    decay: 1e-5,
    dense_rate: 0.3,
};

/// How the convolution is learned; set by cross-validation and on unseen domains.
pub(crate) const CONV_SETTINGS: ConvSettings = ConvSettings {
    words: 20_000,
    count_min: 3,
    epochs: 6,
    rate: 1e-2,
    vector_rate: 0.1,
    dropout: 0.5,
    word_dropout: 0.2,
    decay: 1e-2,
};

/// What the convolution's logits count beside those of the hashed features.
pub(crate) const CONV_SHARE: f32 = 0.5;

/// Everything that is learned from.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) dutch: Corpus,
    pub(crate) english: Corpus,
    pub(crate) replies: Vec<sentiment::training::Features>,
    lexicons: [Vec<LexiconEntry>; 2],
}

impl Material {
    /// Reads the data folder.
    ///
    /// # Errors
    /// Names the file that is missing or not as documented.
    pub(crate) fn read(data: &Path) -> Result<Self> {
        let lexicons = [
            lexicons::read(data, lexicons::DUTCH)?,
            lexicons::read(data, lexicons::ENGLISH)?,
        ];
        let rows = data::read_all(data)?;
        let (dutch, english): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.dutch);
        // The few English texts of a Dutch source are for its topics only.
        let english = english
            .into_iter()
            .filter(|row| !SOURCES[row.source].dutch)
            .collect();
        let folder = data.join("sentiment");
        let unlabelled: Vec<String> = read_text(&folder.join("nl_unlabelled.tsv"))?
            .lines()
            .filter_map(|line| Some(line.split_once('\t')?.1.to_owned()))
            .collect();
        let mut extractor = Extractor::new(&lexicons[0]);
        let replies: BTreeSet<String> = read_text(&folder.join("nl_webcare_replies.txt"))?
            .lines()
            .map(str::to_owned)
            .collect();
        let step = (replies.len() / REPLIES).max(1);
        let replies = replies.iter().step_by(step);
        Ok(Self {
            replies: replies.map(|reply| extractor.extract(reply)).collect(),
            dutch: Corpus::new(dutch, &unlabelled, &lexicons[0]),
            english: Corpus::new(english, &[], &lexicons[1]),
            lexicons,
        })
    }

    /// What kinds and aspects are learned from.
    pub(crate) fn topics(&self) -> Vec<Topic> {
        let all: Vec<usize> = (0..self.dutch.rows.len()).collect();
        let mut found = topics::collect(&self.dutch, &all);
        topics::add_replies(&mut found, &self.replies);
        found
    }

    /// Learns the model.
    pub(crate) fn model(&self, targets: &Targets) -> ModelParts {
        let topics = topics::learn(&self.topics()).part();
        let [dutch, english] = &self.lexicons;
        let (mut dutch, dutch_folds) = language(&self.dutch, targets, dutch);
        let (mut english, english_folds) = language(&self.english, targets, english);
        let models: Vec<ModelParts> = dutch_folds
            .into_iter()
            .zip(english_folds)
            .map(|(dutch, english)| ModelParts {
                name: NAME.to_owned(),
                languages: [dutch, english],
                topics: topics.clone(),
            })
            .collect();
        dutch.rates = calibrate::count(&self.dutch, &models);
        english.rates = calibrate::count(&self.english, &models);
        ModelParts {
            name: NAME.to_owned(),
            languages: [dutch, english],
            topics,
        }
    }
}

/// The part of one language, and the same made without each fold in turn.
fn language(
    corpus: &Corpus,
    targets: &Targets,
    lexicon: &[LexiconEntry],
) -> (SentimentPart, Vec<SentimentPart>) {
    let folds = Folds::learn(corpus, targets);
    let sureness = folds.sureness(corpus);
    let weights = learn_from(corpus, &corpus.in_training(), targets);
    let of_folds = folds.0.iter();
    (
        part(&weights, sureness, lexicon),
        of_folds
            .map(|weights| part(weights, sureness, lexicon))
            .collect(),
    )
}

/// What is learned of one language: two members whose logits are added.
#[derive(Debug, Clone)]
pub(crate) struct Learned {
    linear: Weights,
    conv: ConvWeights,
}

impl Learned {
    /// Logits of a text by the weights as learned, before rounding.
    pub(crate) fn logits(&self, features: &Features) -> [f32; CLASSES] {
        let (linear, conv) = (self.linear.logits(features), self.conv.logits(features));
        std::array::from_fn(|class| linear[class] + CONV_SHARE * conv[class])
    }
}

/// Learns the sentiment of a language from the chosen texts.
pub(crate) fn learn_from(corpus: &Corpus, chosen: &[usize], targets: &Targets) -> Learned {
    let samples = corpus.samples(chosen, targets);
    let samples: Vec<&Sample> = samples.iter().collect();
    Learned {
        linear: learn::learn(&samples, SETTINGS),
        conv: conv::learn(&samples, &CONV_SETTINGS),
    }
}

/// The weights in bytes; all logits are multiplied by `sureness`.
pub(crate) fn part(learned: &Learned, sureness: f32, lexicon: &[LexiconEntry]) -> SentimentPart {
    let weights = &learned.linear;
    let (scale, rows) = quantise(&weights.rows);
    let surer = |row: [f32; CLASSES]| row.map(|weight| weight * sureness);
    SentimentPart {
        bits: weights.bits,
        scale: scale * sureness,
        rows,
        dense: weights.dense.map(surer),
        bias: surer(weights.bias),
        lexicon: lexicon.to_vec(),
        conv: learned.conv.part(CONV_SHARE * sureness),
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
