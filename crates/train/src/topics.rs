//! Learning kinds and aspects.
//!
//! Kinds are one choice of nine, aspects are twelve yes-or-no questions. The
//! written mentions have both. Replies by brands, webshop reviews and headlines
//! add real texts of three kinds; of their aspects nothing is known.

use mention::{Aspect, Kind};
use sentiment::training::{Features, block_norm};
use sentiment::{ASPECTS, TOPICS, TopicPart};

use crate::corpus::Corpus;
use crate::learn::{Shuffler, softmax};

/// Number of kinds, the first outputs.
pub(crate) const KINDS: usize = Kind::ALL.len();
/// log2 of the number of buckets.
const BITS: u8 = 14;
const EPOCHS: u32 = 8;
const RATE: f32 = 0.1;
/// Step of the cues, which are few and often there.
const CUE_RATE: f32 = 0.05;
/// Weight of an aspect that is there: most texts have one or two of twelve.
const ASPECT_WEIGHT: f32 = 3.0;

/// Least and most weight of a rare or frequent kind.
const KIND_WEIGHTS: (f32, f32) = (0.6, 3.0);

/// A text with its kind and, if they are known, its aspects.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) features: Features,
    pub(crate) kind: Kind,
    pub(crate) aspects: Option<Vec<Aspect>>,
    pub(crate) weight: f32,
}

/// The texts of a corpus that have a kind: all written mentions, and up to 250 of
/// each source whose kind is plain.
pub(crate) fn collect(corpus: &Corpus, chosen: &[usize]) -> Vec<Topic> {
    let mut left = vec![250_u32; crate::data::SOURCES.len()];
    let mut topics = Vec::new();
    for &at in chosen {
        let row = &corpus.rows[at];
        let features = || corpus.features[at].clone();
        if let Some((kind, aspects)) = &row.topics {
            topics.push(Topic {
                features: features(),
                kind: *kind,
                aspects: Some(aspects.clone()),
                weight: 1.0,
            });
        } else if let Some(kind) = crate::data::SOURCES[row.source].kind
            && left[row.source] > 0
        {
            left[row.source] -= 1;
            topics.push(Topic {
                features: features(),
                kind,
                aspects: None,
                weight: 0.5,
            });
        }
    }
    topics
}

/// Adds replies of brands.
pub(crate) fn add_replies(topics: &mut Vec<Topic>, replies: &[Features]) {
    topics.extend(replies.iter().map(|features| Topic {
        features: features.clone(),
        kind: Kind::Webcare,
        aspects: None,
        weight: 0.5,
    }));
}

/// Learned weights of the topics.
#[derive(Debug, Clone)]
pub(crate) struct TopicWeights {
    rows: Vec<[f32; TOPICS]>,
    bias: [f32; TOPICS],
    cues: [f32; ASPECTS],
}

/// Learns from `topics`.
pub(crate) fn learn(topics: &[Topic]) -> TopicWeights {
    let mut weights = TopicWeights {
        rows: vec![[0.0; TOPICS]; 1 << BITS],
        bias: [0.0; TOPICS],
        cues: [0.0; ASPECTS],
    };
    let mut squares = vec![[1e-6_f32; TOPICS]; (1 << BITS) + 1];
    let balance = balance(topics);
    let mut order: Vec<usize> = (0..topics.len()).collect();
    let mut shuffler = Shuffler(3);
    for _ in 0..EPOCHS {
        shuffler.shuffle(&mut order);
        for &at in &order {
            weights.step(&topics[at], &balance, &mut squares);
        }
    }
    weights
}

fn number(kind: Kind) -> usize {
    let at = Kind::ALL.iter().position(|known| *known == kind);
    at.unwrap_or(KINDS - 1)
}

/// How much a text of each kind counts: by the root of how rare the kind is, so
/// that rare ones are told at all and frequent ones still more often.
fn balance(topics: &[Topic]) -> [f32; KINDS] {
    let mut counts = [1.0_f32; KINDS];
    for topic in topics {
        counts[number(topic.kind)] += topic.weight;
    }
    let mean = counts.iter().sum::<f32>() / counts.map(|_| 1.0).iter().sum::<f32>();
    counts.map(|count| (mean / count).sqrt().clamp(KIND_WEIGHTS.0, KIND_WEIGHTS.1))
}

fn error(logits: &[f32; TOPICS], topic: &Topic, balance: &[f32; KINDS]) -> [f32; TOPICS] {
    let mut error = [0.0; TOPICS];
    let mut kinds = [0.0; KINDS];
    kinds.copy_from_slice(&logits[..KINDS]);
    error[..KINDS].copy_from_slice(&softmax(kinds));
    let kind = number(topic.kind);
    error[kind] -= 1.0;
    for error in &mut error[..KINDS] {
        *error *= balance[kind];
    }
    if let Some(aspects) = &topic.aspects {
        for (at, aspect) in Aspect::ALL.iter().enumerate() {
            let told = 1.0 / (1.0 + libm::expf(-logits[KINDS + at]));
            error[KINDS + at] = if aspects.contains(aspect) {
                ASPECT_WEIGHT * (told - 1.0)
            } else {
                told
            };
        }
    }
    error.map(|error| error * topic.weight)
}

impl TopicWeights {
    fn step(&mut self, topic: &Topic, balance: &[f32; KINDS], squares: &mut [[f32; TOPICS]]) {
        let error = error(&self.logits(&topic.features), topic, balance);
        for block in [&topic.features.words, &topic.features.stems] {
            let value = block_norm(block.len());
            for hash in block {
                let bucket = (hash >> (32 - u32::from(BITS))) as usize;
                descend(&mut self.rows[bucket], &mut squares[bucket], &error, value);
            }
        }
        descend(&mut self.bias, &mut squares[1 << BITS], &error, 1.0);
        for (aspect, cue) in self.cues.iter_mut().enumerate() {
            if topic.features.aspects >> aspect & 1 == 1 {
                *cue -= CUE_RATE * error[KINDS + aspect];
            }
        }
    }

    /// Logits of kinds and aspects.
    pub(crate) fn logits(&self, features: &Features) -> [f32; TOPICS] {
        let mut logits = self.bias;
        for (aspect, cue) in self.cues.iter().enumerate() {
            if features.aspects >> aspect & 1 == 1 {
                logits[KINDS + aspect] += cue;
            }
        }
        for block in [&features.words, &features.stems] {
            let value = block_norm(block.len());
            for hash in block {
                let row = &self.rows[(hash >> (32 - u32::from(BITS))) as usize];
                for (logit, weight) in logits.iter_mut().zip(row) {
                    *logit += value * weight;
                }
            }
        }
        logits
    }

    /// The weights in bytes.
    pub(crate) fn part(&self) -> TopicPart {
        let (scale, rows) = crate::build::quantise(&self.rows);
        TopicPart {
            bits: BITS,
            scale,
            rows,
            bias: self.bias,
            cues: self.cues,
        }
    }
}

fn descend(
    weights: &mut [f32; TOPICS],
    squares: &mut [f32; TOPICS],
    error: &[f32; TOPICS],
    value: f32,
) {
    for ((weight, square), error) in weights.iter_mut().zip(squares).zip(error) {
        let slope = error * value;
        *square += slope * slope;
        *weight -= RATE * slope / square.sqrt();
    }
}
