//! The teacher: two encoders, multilingual-e5-small (MIT) tuned on English posts
//! outside this program, see `crates/train/teacher`, and for Dutch a logistic
//! regression on what they make of a text.
//!
//! Encoders are far too slow for a stream, but what they say of a text teaches the
//! hashed model things that the labels alone don't. A Dutch text's target never
//! comes from a regression that saw the text's own label, an English one's comes
//! from the encoder that was tuned on the other half of the texts.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sentiment::CLASSES;

use crate::learn::{Shuffler, softmax};

/// Numbers of a Dutch text: 384 of either encoder, and three logits of either.
const WIDTH: usize = 774;
/// Bytes of a record: the hash of the text, then the embedding (f32).
const RECORD: usize = 8 + 4 * WIDTH;

/// Embeddings by the hash of their text.
#[derive(Debug)]
pub(crate) struct Embeddings {
    numbers: HashMap<u64, Vec<f32>>,
    heads: HashMap<u64, [f32; CLASSES]>,
}

impl Embeddings {
    /// Reads records of a hash and 774 numbers, little-endian, and standardises
    /// each number over all texts.
    ///
    /// # Errors
    /// Names the file if it can't be read or has half a record.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        if bytes.len() < RECORD {
            bail!("{} has no embeddings", path.display());
        }
        let mut records: Vec<(u64, Vec<f32>)> = bytes.chunks_exact(RECORD).map(parse).collect();
        let heads = records
            .iter()
            .map(|(hash, numbers)| (*hash, heads(numbers)));
        let heads = heads.collect();
        standardise(&mut records);
        Ok(Self {
            numbers: records.into_iter().collect(),
            heads,
        })
    }

    pub(crate) fn get(&self, hash: u64) -> Option<&[f32]> {
        self.numbers.get(&hash).map(Vec::as_slice)
    }

    /// What the encoders themselves say, which have seen no labelled Dutch file.
    pub(crate) fn heads(&self, hash: u64) -> Option<[f32; CLASSES]> {
        self.heads.get(&hash).copied()
    }
}

/// The hash and the numbers of a record.
pub(crate) fn parse(record: &[u8]) -> (u64, Vec<f32>) {
    let mut hash = [0; 8];
    hash.copy_from_slice(&record[..8]);
    let numbers = record[8..].chunks_exact(4).map(|four| {
        let mut number = [0; 4];
        number.copy_from_slice(four);
        f32::from_le_bytes(number)
    });
    (u64::from_le_bytes(hash), numbers.collect())
}

/// Mean probabilities of both encoders.
fn heads(numbers: &[f32]) -> [f32; CLASSES] {
    let logits =
        |from: usize| -> [f32; CLASSES] { std::array::from_fn(|class| numbers[from + class]) };
    let (a, b) = (softmax(logits(WIDTH - 6)), softmax(logits(WIDTH - 3)));
    std::array::from_fn(|class| f32::midpoint(a[class], b[class]))
}

#[allow(clippy::cast_precision_loss, reason = "counts of texts")]
fn standardise(records: &mut [(u64, Vec<f32>)]) {
    let count = records.len() as f32;
    for at in 0..WIDTH {
        let mean = records.iter().map(|(_, v)| v[at]).sum::<f32>() / count;
        let square = |(_, v): &(u64, Vec<f32>)| (v[at] - mean) * (v[at] - mean);
        let deviation = (records.iter().map(square).sum::<f32>() / count).sqrt();
        for (_, numbers) in records.iter_mut() {
            numbers[at] = (numbers[at] - mean) / deviation.max(1e-6);
        }
    }
}

/// A labelled embedding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lesson<'a> {
    pub(crate) numbers: &'a [f32],
    pub(crate) label: usize,
    pub(crate) weight: f32,
}

/// A regression on embeddings.
#[derive(Debug, Clone)]
pub(crate) struct Teacher {
    weights: Vec<[f32; CLASSES]>,
    bias: [f32; CLASSES],
}

/// Step, passes and pull to zero of the regression, set by cross-validation.
const RATE: f32 = 0.02;
const EPOCHS: u32 = 6;
const DECAY: f32 = 1e-3;

impl Teacher {
    /// Learns from `lessons`.
    pub(crate) fn learn(lessons: &[Lesson<'_>]) -> Self {
        let mut teacher = Self {
            weights: vec![[0.0; CLASSES]; WIDTH],
            bias: [0.0; CLASSES],
        };
        let mut squares = vec![[1e-6_f32; CLASSES]; WIDTH + 1];
        let mut order: Vec<usize> = (0..lessons.len()).collect();
        let mut shuffler = Shuffler(2);
        for _ in 0..EPOCHS {
            shuffler.shuffle(&mut order);
            for &at in &order {
                teacher.step(&lessons[at], &mut squares);
            }
        }
        teacher
    }

    fn step(&mut self, lesson: &Lesson<'_>, squares: &mut [[f32; CLASSES]]) {
        let mut error = self.tell(lesson.numbers);
        error[lesson.label] -= 1.0;
        let error = error.map(|error| error * lesson.weight);
        let inputs = lesson.numbers.iter().copied();
        for ((weights, squares), input) in
            self.weights.iter_mut().zip(squares.iter_mut()).zip(inputs)
        {
            for class in 0..CLASSES {
                let slope = error[class] * input + DECAY * weights[class];
                squares[class] += slope * slope;
                weights[class] -= RATE * slope / squares[class].sqrt();
            }
        }
        for class in 0..CLASSES {
            squares[WIDTH][class] += error[class] * error[class];
            self.bias[class] -= RATE * error[class] / squares[WIDTH][class].sqrt();
        }
    }

    /// Probabilities of an embedding.
    pub(crate) fn tell(&self, numbers: &[f32]) -> [f32; CLASSES] {
        let mut logits = self.bias;
        for (weights, number) in self.weights.iter().zip(numbers) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += weight * number;
            }
        }
        softmax(logits)
    }
}
