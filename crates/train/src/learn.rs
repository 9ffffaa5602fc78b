//! Multinomial logistic regression on hashed features, by stochastic gradients
//! with per-weight rates (AdaGrad; J. Duchi, E. Hazan, Y. Singer, "Adaptive
//! Subgradient Methods", JMLR 12, 2011). Everything is in a fixed order, so the
//! same data give the same weights, bit for bit.

use sentiment::CLASSES;
use sentiment::training::{DENSE, Features, block_norm};

/// A text ready for learning.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) features: Features,
    /// What the model should say; adds up to 1.
    pub(crate) target: [f32; CLASSES],
    /// How much the text counts.
    pub(crate) weight: f32,
}

/// How to learn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// log2 of the number of buckets.
    pub(crate) bits: u8,
    /// Passes over the texts.
    pub(crate) epochs: u32,
    /// Step of AdaGrad.
    pub(crate) rate: f32,
    /// Pull of hashed weights to zero, a step.
    pub(crate) decay: f32,
    /// Step of the dense features relative to that of the hashed ones.
    pub(crate) dense_rate: f32,
}

/// Learned weights.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    pub(crate) bits: u8,
    pub(crate) rows: Vec<[f32; CLASSES]>,
    pub(crate) dense: [[f32; CLASSES]; DENSE],
    pub(crate) bias: [f32; CLASSES],
}

/// A weight per class beside its sum of squared gradients.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    weight: [f32; CLASSES],
    squares: [f32; CLASSES],
}

impl Cell {
    fn step(&mut self, gradient: [f32; CLASSES], value: f32, rate: f32, decay: f32) {
        let cells = self.weight.iter_mut().zip(&mut self.squares);
        for ((weight, square), gradient) in cells.zip(gradient) {
            let slope = gradient * value + decay * *weight;
            *square += slope * slope;
            *weight -= rate * slope / (square.sqrt() + 1e-6);
        }
    }
}

/// A deterministic source of order (G. Steele et al., "SplitMix", OOPSLA 2014).
#[derive(Debug)]
pub(crate) struct Shuffler(pub(crate) u64);

impl Shuffler {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from −`limit` to `limit`.
    #[allow(clippy::cast_precision_loss, reason = "24 bits fit an f32")]
    pub(crate) fn between(&mut self, limit: f32) -> f32 {
        ((self.next() >> 40) as f32 / 8_388_608.0 - 1.0) * limit
    }

    /// True as often as `chance` says.
    #[allow(clippy::cast_precision_loss, reason = "24 bits fit an f32")]
    pub(crate) fn chance(&mut self, chance: f32) -> bool {
        ((self.next() >> 40) as f32 / 16_777_216.0) < chance
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// Fisher–Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

/// Learns weights from `samples`.
pub(crate) fn learn(samples: &[&Sample], settings: Settings) -> Weights {
    let shift = 32 - u32::from(settings.bits);
    let mut rows = vec![Cell::default(); 1 << settings.bits];
    let mut dense = [Cell::default(); DENSE];
    let mut bias = Cell::default();
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut shuffler = Shuffler(1);
    for _ in 0..settings.epochs {
        shuffler.shuffle(&mut order);
        for &at in &order {
            let sample = samples[at];
            let logits = logits(sample, &rows, &dense, &bias, shift);
            let gradient = gradient(logits, sample);
            for block in [&sample.features.words, &sample.features.grams] {
                let value = block_norm(block.len());
                for hash in block {
                    let cell = &mut rows[(hash >> shift) as usize];
                    cell.step(gradient, value, settings.rate, settings.decay);
                }
            }
            let rate = settings.rate * settings.dense_rate;
            for (cell, &value) in dense.iter_mut().zip(&sample.features.dense) {
                if value != 0.0 {
                    cell.step(gradient, value, rate, 0.0);
                }
            }
            bias.step(gradient, 1.0, rate, 0.0);
        }
    }
    Weights {
        bits: settings.bits,
        rows: rows.iter().map(|cell| cell.weight).collect(),
        dense: dense.map(|cell| cell.weight),
        bias: bias.weight,
    }
}

fn logits(
    sample: &Sample,
    rows: &[Cell],
    dense: &[Cell; DENSE],
    bias: &Cell,
    shift: u32,
) -> [f32; CLASSES] {
    let mut logits = bias.weight;
    for (cell, value) in dense.iter().zip(sample.features.dense) {
        add(&mut logits, cell.weight, value);
    }
    for block in [&sample.features.words, &sample.features.grams] {
        let value = block_norm(block.len());
        for hash in block {
            add(&mut logits, rows[(hash >> shift) as usize].weight, value);
        }
    }
    logits
}

fn add(logits: &mut [f32; CLASSES], weights: [f32; CLASSES], value: f32) {
    for (logit, weight) in logits.iter_mut().zip(weights) {
        *logit += weight * value;
    }
}

/// Gradient of the cross-entropy in the logits.
fn gradient(logits: [f32; CLASSES], sample: &Sample) -> [f32; CLASSES] {
    let probabilities = softmax(logits);
    std::array::from_fn(|class| sample.weight * (probabilities[class] - sample.target[class]))
}

/// Probabilities of logits.
pub(crate) fn softmax<const N: usize>(logits: [f32; N]) -> [f32; N] {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let exps = logits.map(|logit| libm::expf(logit - max));
    let sum: f32 = exps.iter().sum();
    exps.map(|exp| exp / sum)
}

impl Weights {
    /// Logits of a text by the weights as learned, before they are rounded to bytes.
    pub(crate) fn logits(&self, features: &Features) -> [f32; CLASSES] {
        let shift = 32 - u32::from(self.bits);
        let mut logits = self.bias;
        for (&weights, value) in self.dense.iter().zip(features.dense) {
            add(&mut logits, weights, value);
        }
        for block in [&features.words, &features.grams] {
            let value = block_norm(block.len());
            for hash in block {
                add(&mut logits, self.rows[(hash >> shift) as usize], value);
            }
        }
        logits
    }
}
