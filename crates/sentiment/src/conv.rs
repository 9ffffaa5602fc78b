//! A small convolution over words (Y. Kim, "Convolutional Neural Networks for
//! Sentence Classification", EMNLP 2014), made for speed.
//!
//! Each known word has a vector, each filter looks at three neighbours, the
//! strongest answer of a filter counts (never less than zero), and the answers are
//! weighed for each class. What a filter makes of a word at each place of its
//! window is worked out when the model is read, so that scoring a word is three
//! additions of a row. Answers are whole numbers; nothing but the maximum isn't
//! linear, so each filter's part in the logits belongs to the window that won.

use crate::CLASSES;

/// Numbers of a word's vector.
pub const EMBEDDING: usize = 32;
/// Number of filters.
pub const FILTERS: usize = 48;
/// Neighbours that a filter looks at.
pub const WINDOW: usize = 3;

/// The convolution of one language, as training leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvPart {
    /// Vector of each word by the word's hash in [`crate::training::Features::sequence`]
    /// with the lowest bit clear; sorted by hash, no hash twice.
    pub words: Vec<(u32, [i8; EMBEDDING])>,
    /// What one step of a vector is worth.
    pub scale: f32,
    /// Added to the vector of a negated word.
    pub negation: [i8; EMBEDDING],
    /// Weights of the filters, for each place in the window and each dimension.
    pub weights: [[[f32; FILTERS]; EMBEDDING]; WINDOW],
    /// Answer of each filter to a window of unknown words.
    pub bias: [f32; FILTERS],
    /// What the strongest answers are worth for negative, neutral, positive.
    pub output: [[f32; FILTERS]; CLASSES],
    /// Logits of a text without words.
    pub output_bias: [f32; CLASSES],
}

/// Answers of all filters to a word in one place of the window.
type Row = [i8; FILTERS];
/// Sums of answers. Six rows and the bias fit: 6 · 127 + [`BIAS_MAX`].
type Sums = [i16; FILTERS];

/// Largest bias in steps; far more than a sensible filter has.
const BIAS_MAX: f32 = 30_000.0;

/// The part of one window of neighbours in the logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WindowPart {
    /// Position of the window's middle among the tokens; it reaches one token to
    /// either side, as far as there are any.
    pub(crate) middle: usize,
    /// What it adds to the logits of negative, neutral, positive.
    pub(crate) logits: [f32; CLASSES],
}

/// A convolution that is ready to score.
#[derive(Debug)]
pub(crate) struct Convolution {
    /// Hash and number of each word; open addressing, at most half full.
    slots: Vec<(u32, u32)>,
    /// Rows of each word, one for each place in the window.
    rows: Vec<[Row; WINDOW]>,
    negation: [Row; WINDOW],
    bias: Sums,
    /// Logits of one step of an answer, `[filter][class]`.
    output: [[f32; CLASSES]; FILTERS],
    output_bias: [f32; CLASSES],
}

/// Marks an empty slot; hashes of words are even and never this.
const EMPTY: u32 = 1;

impl Convolution {
    pub(crate) fn new(part: &ConvPart) -> Self {
        let answers = |vector: &[i8; EMBEDDING]| -> [[f32; FILTERS]; WINDOW] {
            std::array::from_fn(|place| answer(vector, part.scale, &part.weights[place]))
        };
        let known: Vec<_> = part
            .words
            .iter()
            .map(|(_, vector)| answers(vector))
            .collect();
        let negation = answers(&part.negation);
        let mut largest = [0.0_f32; FILTERS];
        for row in known.iter().chain([&negation]).flatten() {
            for (largest, answer) in largest.iter_mut().zip(row) {
                *largest = largest.max(answer.abs());
            }
        }
        let steps = largest.map(|largest| largest.max(1e-6) / 127.0);
        let round = |rows: &[[f32; FILTERS]; WINDOW]| rows.map(|row| to_bytes(&row, &steps));
        Self {
            slots: slots(part.words.iter().map(|(hash, _)| *hash)),
            rows: known.iter().map(round).collect(),
            negation: round(&negation),
            bias: std::array::from_fn(|at| to_steps(part.bias[at] / steps[at])),
            output: std::array::from_fn(|at| {
                std::array::from_fn(|class| part.output[class][at] * steps[at])
            }),
            output_bias: part.output_bias,
        }
    }

    /// Adds what the convolution makes of a text to its logits.
    pub(crate) fn add_to(&self, sequence: &[u32], logits: &mut [f32; CLASSES]) {
        let mut strongest: Sums = [0; FILTERS];
        self.slide(sequence, |_, sums| {
            for (strongest, sum) in strongest.iter_mut().zip(sums) {
                *strongest = (*strongest).max(*sum);
            }
        });
        let mut total = self.output_bias;
        for (answer, output) in strongest.iter().zip(&self.output) {
            for (total, weight) in total.iter_mut().zip(output) {
                *total += f32::from(*answer) * weight;
            }
        }
        for (logit, total) in logits.iter_mut().zip(total) {
            *logit += total;
        }
    }

    /// Adds what a text without words gets.
    #[cfg(test)]
    pub(crate) fn add_base_to(&self, logits: &mut [f32; CLASSES]) {
        for (logit, base) in logits.iter_mut().zip(self.output_bias) {
            *logit += base;
        }
    }

    /// The part of each filter in the logits with the window that won it: together
    /// with the base they are what [`Self::add_to`] adds. Of equal answers the first
    /// window wins. Several filters may name the same window.
    pub(crate) fn parts(&self, sequence: &[u32]) -> Vec<WindowPart> {
        let mut strongest = [(0_i16, 0_usize); FILTERS];
        self.slide(sequence, |middle, sums| {
            for (strongest, sum) in strongest.iter_mut().zip(sums) {
                if *sum > strongest.0 {
                    *strongest = (*sum, middle);
                }
            }
        });
        let won = strongest.iter().zip(&self.output);
        let won = won.filter(|((answer, _), _)| *answer > 0);
        let parts = won.map(|(&(answer, middle), output)| WindowPart {
            middle,
            logits: output.map(|weight| f32::from(answer) * weight),
        });
        parts.collect()
    }

    /// Calls `window` with the position and the answers of each window in order.
    fn slide(&self, sequence: &[u32], mut window: impl FnMut(usize, &Sums)) {
        // The window of the token before lacks its right neighbour, that of this
        // one its middle too.
        let mut before: Sums = self.bias;
        let mut here: Sums = self.bias;
        for (at, &hash) in sequence.iter().enumerate() {
            let mut after = self.bias;
            if let Some(number) = self.find(hash & !1) {
                add_rows(&self.rows[number], &mut before, &mut here, &mut after);
                if hash & 1 == 1 {
                    add_rows(&self.negation, &mut before, &mut here, &mut after);
                }
            }
            if at > 0 {
                window(at - 1, &before);
            }
            before = here;
            here = after;
        }
        if let Some(last) = sequence.len().checked_sub(1) {
            window(last, &before);
        }
    }

    fn find(&self, hash: u32) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut at = place(hash) & mask;
        loop {
            let (known, number) = self.slots[at];
            if known == hash {
                return Some(number as usize);
            }
            if known == EMPTY {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
}

/// A word is the last of the window before, the middle of its own, and the first of
/// the next.
#[inline]
fn add_rows(rows: &[Row; WINDOW], before: &mut Sums, here: &mut Sums, after: &mut Sums) {
    for (sums, row) in [after, here, before].into_iter().zip(rows) {
        for (sum, answer) in sums.iter_mut().zip(row) {
            *sum += i16::from(*answer);
        }
    }
}

const fn place(hash: u32) -> usize {
    (hash >> 1) as usize
}

fn slots(hashes: impl ExactSizeIterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut slots = vec![(EMPTY, 0); (2 * hashes.len().max(1)).next_power_of_two()];
    let mask = slots.len() - 1;
    for (hash, number) in hashes.zip(0..) {
        let mut at = place(hash) & mask;
        while slots[at].0 != EMPTY {
            at = (at + 1) & mask;
        }
        slots[at] = (hash, number);
    }
    slots
}

fn answer(
    vector: &[i8; EMBEDDING],
    scale: f32,
    weights: &[[f32; FILTERS]; EMBEDDING],
) -> [f32; FILTERS] {
    let mut sums = [0.0; FILTERS];
    for (&value, row) in vector.iter().zip(weights) {
        let value = f32::from(value) * scale;
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
    sums
}

#[allow(clippy::cast_possible_truncation, reason = "clamped to −127–127")]
fn to_bytes(answers: &[f32; FILTERS], steps: &[f32; FILTERS]) -> Row {
    std::array::from_fn(|at| (answers[at] / steps[at]).round().clamp(-127.0, 127.0) as i8)
}

#[allow(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn to_steps(bias: f32) -> i16 {
    bias.round().clamp(-BIAS_MAX, BIAS_MAX) as i16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::{Model, ModelParts};

    fn convolution() -> Convolution {
        let file = include_bytes!("../model/ophef-linear.bin");
        let parts = ModelParts::from_bytes(file).unwrap();
        Convolution::new(&parts.languages[0].conv)
    }

    #[test]
    fn parts_add_up_to_what_is_added() {
        let convolution = convolution();
        let known: Vec<u32> = convolution.slots.iter().map(|slot| slot.0).collect();
        for length in [0, 1, 2, 3, 40] {
            let sequence = known.iter().filter(|hash| **hash != EMPTY).take(length);
            let sequence: Vec<u32> = sequence.map(|hash| hash | 1).chain([8]).collect();
            let mut added = [0.0; CLASSES];
            convolution.add_to(&sequence, &mut added);
            let parts = convolution.parts(&sequence);
            let mut base = [0.0; CLASSES];
            convolution.add_base_to(&mut base);
            for class in 0..CLASSES {
                let sum: f32 = parts.iter().map(|part| part.logits[class]).sum();
                assert!((base[class] + sum - added[class]).abs() < 1e-4);
            }
            assert!(parts.iter().all(|part| part.middle < sequence.len()));
        }
    }

    #[test]
    fn a_model_has_vectors_in_both_languages() {
        let model = Model::embedded().unwrap();
        for sentiment in [model.dutch(), model.english()] {
            assert!(sentiment.conv.rows.len() > 1_000);
        }
    }
}
