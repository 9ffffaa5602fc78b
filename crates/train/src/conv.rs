//! A small convolution over words (Y. Kim, "Convolutional Neural Networks for
//! Sentence Classification", EMNLP 2014): each word is a vector, each filter looks
//! at three neighbours, the strongest answer of a filter counts, and the answers
//! are weighed for each class. Nothing but the maximum is not linear, so a filter's
//! part in a score belongs to the three words that won.
//!
//! Learned by Adam (D. Kingma, J. Ba, ICLR 2015) for filters and by AdaGrad with one
//! rate a word for the vectors, in a fixed order on one thread.

use std::collections::{BTreeMap, HashMap};

use sentiment::training::{EMBEDDING, FILTERS, Features, WINDOW};
use sentiment::{CLASSES, ConvPart};

use crate::learn::{Sample, Shuffler, softmax};

/// How to learn a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvSettings {
    /// Most words that get a vector.
    pub(crate) words: usize,
    /// A word is in the vocabulary if it occurs this often.
    pub(crate) count_min: u32,
    /// Passes over the texts.
    pub(crate) epochs: u32,
    /// Step of Adam.
    pub(crate) rate: f32,
    /// Step of the vectors.
    pub(crate) vector_rate: f32,
    /// Chance of a filter to be left out of a step.
    pub(crate) dropout: f32,
    /// Chance of a word to be left out of a step.
    pub(crate) word_dropout: f32,
    /// Pull of filters to zero, a step.
    pub(crate) decay: f32,
}

/// Texts whose gradients are summed before filters move.
const BATCH: usize = 16;
/// Words beyond this one of a text aren't learned from.
const LENGTH_MAX: usize = 128;

/// Learned convolution.
#[derive(Debug, Clone)]
pub(crate) struct ConvWeights {
    /// Number of each word's vector, by the word's hash without its mark of negation.
    pub(crate) numbers: HashMap<u32, u32>,
    /// Vector of each word; the last is added to a negated word's.
    pub(crate) vectors: Vec<[f32; EMBEDDING]>,
    pub(crate) filters: Filters,
}

/// Everything but the vectors.
#[derive(Debug, Clone)]
pub(crate) struct Filters {
    /// `[position in the window][dimension][filter]`
    pub(crate) weights: [[[f32; FILTERS]; EMBEDDING]; WINDOW],
    pub(crate) bias: [f32; FILTERS],
    /// `[class][filter]`
    pub(crate) output: [[f32; FILTERS]; CLASSES],
    pub(crate) output_bias: [f32; CLASSES],
}

impl Filters {
    fn zero() -> Self {
        Self {
            weights: [[[0.0; FILTERS]; EMBEDDING]; WINDOW],
            bias: [0.0; FILTERS],
            output: [[0.0; FILTERS]; CLASSES],
            output_bias: [0.0; CLASSES],
        }
    }

    fn numbers(&self) -> impl Iterator<Item = &f32> {
        let weights = self.weights.iter().flatten().flatten();
        let output = self.output.iter().flatten();
        weights
            .chain(&self.bias)
            .chain(output)
            .chain(&self.output_bias)
    }

    fn numbers_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        let weights = self.weights.iter_mut().flatten().flatten();
        let output = self.output.iter_mut().flatten();
        weights
            .chain(&mut self.bias)
            .chain(output)
            .chain(&mut self.output_bias)
    }
}

/// What the filters make of a text.
struct Answer {
    /// Strongest answer of each filter, not below zero, and the window that gave it.
    strongest: [f32; FILTERS],
    window: [usize; FILTERS],
}

/// Vectors of a text's words, with an empty one on either side.
type Text = Vec<[f32; EMBEDDING]>;

impl ConvWeights {
    fn new(samples: &[&Sample], settings: &ConvSettings, shuffler: &mut Shuffler) -> Self {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        let tokens = samples.iter().flat_map(|sample| &sample.features.sequence);
        for hash in tokens.filter(|hash| **hash > 1) {
            *counts.entry(hash & !1).or_default() += 1;
        }
        let mut words: Vec<(u32, u32)> = counts
            .into_iter()
            .filter(|&(_, count)| count >= settings.count_min)
            .collect();
        words.sort_by_key(|&(hash, count)| (std::cmp::Reverse(count), hash));
        words.truncate(settings.words);
        let numbers = words
            .iter()
            .zip(0..)
            .map(|(&(hash, _), number)| (hash, number));
        let mut filters = Filters::zero();
        for weight in filters.weights.iter_mut().flatten().flatten() {
            *weight = shuffler.between(0.15);
        }
        for weight in filters.output.iter_mut().flatten() {
            *weight = shuffler.between(0.2);
        }
        let mut vector = || std::array::from_fn(|_| shuffler.between(0.5));
        let mut vectors: Vec<[f32; EMBEDDING]> = words.iter().map(|_| vector()).collect();
        vectors.push([0.0; EMBEDDING]);
        Self {
            numbers: numbers.collect(),
            vectors,
            filters,
        }
    }

    /// Numbers of a text's words and whether each is negated; unknown ones have none.
    fn words(&self, features: &Features) -> Vec<Option<(usize, bool)>> {
        let sequence = features.sequence.iter().take(LENGTH_MAX);
        let known = |hash: &u32| {
            let number = *self.numbers.get(&(hash & !1))?;
            Some((number as usize, hash & 1 == 1))
        };
        sequence.map(known).collect()
    }

    fn look_up(&self, words: &[Option<(usize, bool)>]) -> Text {
        let mut text = vec![[0.0; EMBEDDING]];
        let negation = self.vectors[self.vectors.len() - 1];
        text.extend(words.iter().map(|word| match word {
            None => [0.0; EMBEDDING],
            Some((number, false)) => self.vectors[*number],
            Some((number, true)) => {
                let vector = &self.vectors[*number];
                std::array::from_fn(|at| vector[at] + negation[at])
            }
        }));
        text.push([0.0; EMBEDDING]);
        text
    }

    fn answer(&self, text: &Text) -> Answer {
        let mut answer = Answer {
            strongest: [0.0; FILTERS],
            window: [usize::MAX; FILTERS],
        };
        for (at, window) in text.windows(WINDOW).enumerate() {
            let mut sums = self.filters.bias;
            for (vector, weights) in window.iter().zip(&self.filters.weights) {
                for (value, row) in vector.iter().zip(weights) {
                    for (sum, weight) in sums.iter_mut().zip(row) {
                        *sum += value * weight;
                    }
                }
            }
            let best = answer.strongest.iter_mut().zip(&mut answer.window);
            for (sum, (strongest, window)) in sums.into_iter().zip(best) {
                if sum > *strongest {
                    (*strongest, *window) = (sum, at);
                }
            }
        }
        answer
    }

    fn weigh(&self, strongest: &[f32; FILTERS]) -> [f32; CLASSES] {
        std::array::from_fn(|class| {
            let output = self.filters.output[class].iter().zip(strongest);
            self.filters.output_bias[class] + output.map(|(a, b)| a * b).sum::<f32>()
        })
    }

    /// Logits of a text by the weights as learned.
    pub(crate) fn logits(&self, features: &Features) -> [f32; CLASSES] {
        let text = self.look_up(&self.words(features));
        self.weigh(&self.answer(&text).strongest)
    }
}

impl ConvWeights {
    /// The convolution with vectors in bytes; all logits are multiplied by `share`.
    pub(crate) fn part(&self, share: f32) -> ConvPart {
        let (scale, vectors) = crate::build::quantise(&self.vectors);
        let mut words: Vec<_> = self
            .numbers
            .iter()
            .map(|(&hash, &number)| (hash, vectors[number as usize]))
            .collect();
        words.sort_unstable_by_key(|(hash, _)| *hash);
        let filters = &self.filters;
        ConvPart {
            words,
            scale,
            negation: vectors[vectors.len() - 1],
            weights: filters.weights,
            bias: filters.bias,
            output: filters.output.map(|row| row.map(|weight| weight * share)),
            output_bias: filters.output_bias.map(|weight| weight * share),
        }
    }
}

/// Adam's two moments of each number of the filters.
struct Adam {
    first: Filters,
    second: Filters,
    steps: i32,
}

impl Adam {
    fn step(&mut self, filters: &mut Filters, gradient: &Filters, rate: f32, decay: f32) {
        self.steps += 1;
        let unbias = |keep: f32| 1.0 - libm::powf(keep, self.steps as f32);
        let (first_scale, second_scale) = (1.0 / unbias(0.9), 1.0 / unbias(0.999));
        let moments = self.first.numbers_mut().zip(self.second.numbers_mut());
        let numbers = filters.numbers_mut().zip(gradient.numbers());
        for ((number, slope), (first, second)) in numbers.zip(moments) {
            *first = 0.9 * *first + 0.1 * slope;
            *second = 0.999 * *second + 0.001 * slope * slope;
            let step = *first * first_scale / ((*second * second_scale).sqrt() + 1e-8);
            *number -= rate * (step + decay * *number);
        }
    }
}

struct Learning {
    weights: ConvWeights,
    gradient: Filters,
    adam: Adam,
    /// Mean square gradient of each vector so far, summed.
    squares: Vec<f32>,
    shuffler: Shuffler,
    settings: ConvSettings,
}

/// Learns a convolution from `samples`.
pub(crate) fn learn(samples: &[&Sample], settings: &ConvSettings) -> ConvWeights {
    let mut shuffler = Shuffler(4);
    let weights = ConvWeights::new(samples, settings, &mut shuffler);
    let mut learning = Learning {
        squares: vec![1e-4; weights.vectors.len()],
        weights,
        gradient: Filters::zero(),
        adam: Adam {
            first: Filters::zero(),
            second: Filters::zero(),
            steps: 0,
        },
        shuffler,
        settings: *settings,
    };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let batches = order.chunks(BATCH).map(|_| 1.0).sum::<f32>() * settings.epochs as f32;
    for _ in 0..settings.epochs {
        learning.shuffler.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            let left = 1.0 - learning.adam.steps as f32 / batches;
            for &at in batch {
                learning.look_at(samples[at], left);
            }
            for number in learning.gradient.numbers_mut() {
                *number /= BATCH as f32;
            }
            learning.adam.step(
                &mut learning.weights.filters,
                &learning.gradient,
                settings.rate * left.max(0.02),
                settings.decay,
            );
            learning.gradient = Filters::zero();
        }
    }
    learning.weights
}

impl Learning {
    /// Adds the gradient of one text, and moves the vectors of its words.
    fn look_at(&mut self, sample: &Sample, left: f32) {
        let mut words = self.weights.words(&sample.features);
        for word in &mut words {
            if self.shuffler.chance(self.settings.word_dropout) {
                *word = None;
            }
        }
        let text = self.weights.look_up(&words);
        let answer = self.weights.answer(&text);
        let keep = 1.0 - self.settings.dropout;
        let mask: [f32; FILTERS] = std::array::from_fn(|_| {
            if self.shuffler.chance(self.settings.dropout) {
                0.0
            } else {
                1.0 / keep
            }
        });
        let kept = std::array::from_fn(|at| answer.strongest[at] * mask[at]);
        let told = softmax(self.weights.weigh(&kept));
        let error: [f32; CLASSES] =
            std::array::from_fn(|class| sample.weight * (told[class] - sample.target[class]));
        let mut vectors = vec![[0.0_f32; EMBEDDING]; text.len()];
        for filter in 0..FILTERS {
            let mut slope = 0.0;
            let outputs = self.weights.filters.output.iter();
            let gradients = self.gradient.output.iter_mut();
            for ((error, output), gradient) in error.iter().zip(outputs).zip(gradients) {
                gradient[filter] += error * kept[filter];
                slope += error * output[filter];
            }
            let slope = slope * mask[filter];
            let at = answer.window[filter];
            if slope == 0.0 || at == usize::MAX {
                continue;
            }
            self.gradient.bias[filter] += slope;
            for place in 0..WINDOW {
                let weights = self.weights.filters.weights[place].iter();
                let gradient = self.gradient.weights[place].iter_mut();
                let values = text[at + place].iter().zip(&mut vectors[at + place]);
                for ((weight, gradient), (value, vector)) in weights.zip(gradient).zip(values) {
                    gradient[filter] += slope * value;
                    *vector += slope * weight[filter];
                }
            }
        }
        for (sum, error) in self.gradient.output_bias.iter_mut().zip(error) {
            *sum += error;
        }
        let rate = self.settings.vector_rate * left.max(0.02);
        let negation = self.weights.vectors.len() - 1;
        for (word, slope) in words.iter().zip(&vectors[1..]) {
            let Some((number, negated)) = *word else {
                continue;
            };
            self.move_vector(number, slope, rate);
            if negated {
                self.move_vector(negation, slope, rate);
            }
        }
    }

    fn move_vector(&mut self, number: usize, slope: &[f32; EMBEDDING], rate: f32) {
        let size: f32 = slope.iter().map(|slope| slope * slope).sum();
        if size == 0.0 {
            return;
        }
        self.squares[number] += size / EMBEDDING as f32;
        let rate = rate / self.squares[number].sqrt();
        for (value, slope) in self.weights.vectors[number].iter_mut().zip(slope) {
            *value -= rate * slope;
        }
    }
}
