//! How is learned: the numbers that a search may change.

use anyhow::{Context, Result, bail};

use crate::conv::ConvSettings;
use crate::learn::Settings;

/// All settings of learning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choices {
    pub(crate) linear: Settings,
    pub(crate) conv: ConvSettings,
    /// What the convolution's logits count beside those of the hashed features, in
    /// Dutch and in English.
    pub(crate) shares: [f32; 2],
    /// How much an unlabelled text counts beside a labelled one.
    pub(crate) unlabelled: f32,
    /// How much a word as a text counts, in Dutch and in English.
    pub(crate) words: [f32; 2],
    /// Factor on each source's part of the teacher, in Dutch and in English.
    pub(crate) taught: [f32; 2],
}

/// The choices of the built-in model: `EXPERIMENTS.md` says what was tried.
pub(crate) const CHOICES: Choices = Choices {
    linear: Settings {
        bits: 18,
        epochs: 6,
        rate: 0.05,
        decay: 1e-5,
        dense_rate: 0.3,
    },
    conv: ConvSettings {
        words: 20_000,
        count_min: 3,
        epochs: 6,
        rate: 1e-2,
        vector_rate: 0.1,
        dropout: 0.5,
        word_dropout: 0.2,
        decay: 1e-2,
    },
    shares: [0.5, 0.35],
    unlabelled: 0.5,
    words: [0.0, 0.25],
    taught: [1.0, 1.0],
};

/// Ranges that a search draws from: the name, the lowest and the highest value,
/// drawn evenly in their logarithm.
pub(crate) const RANGES: &[(&str, f32, f32)] = &[
    ("rate", 0.03, 0.1),
    ("decay", 3e-6, 5e-5),
    ("dense-rate", 0.1, 0.6),
    ("epochs", 4.0, 9.0),
    ("conv-rate", 3e-3, 2e-2),
    ("vector-rate", 0.05, 0.2),
    ("dropout", 0.3, 0.6),
    ("word-dropout", 0.1, 0.3),
    ("share-nl", 0.15, 0.8),
    ("share-en", 0.25, 1.0),
    ("unlabelled", 0.2, 1.0),
    ("words-nl", 0.02, 0.4),
    ("words-en", 0.02, 0.4),
    ("taught-nl", 0.6, 1.5),
    ("taught-en", 0.6, 1.5),
];

impl Choices {
    /// Changes the setting in `NAME=VALUE`.
    ///
    /// # Errors
    /// If there is no such setting or the value is no number.
    pub(crate) fn set(&mut self, setting: &str) -> Result<()> {
        let (name, value) = setting
            .split_once('=')
            .with_context(|| format!("{setting} isn't NAME=VALUE"))?;
        let value: f32 = value
            .parse()
            .with_context(|| format!("{setting} has no number"))?;
        self.change(name, value)
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// If there is no such setting.
    pub(crate) fn change(&mut self, name: &str, value: f32) -> Result<()> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small count"
        )]
        let count = value.max(1.0) as u32;
        match name {
            "rate" => self.linear.rate = value,
            "decay" => self.linear.decay = value,
            "dense-rate" => self.linear.dense_rate = value,
            "epochs" => self.linear.epochs = count,
            "conv-epochs" => self.conv.epochs = count,
            "conv-rate" => self.conv.rate = value,
            "vector-rate" => self.conv.vector_rate = value,
            "dropout" => self.conv.dropout = value,
            "word-dropout" => self.conv.word_dropout = value,
            "share-nl" => self.shares[0] = value,
            "share-en" => self.shares[1] = value,
            "unlabelled" => self.unlabelled = value,
            "words-nl" => self.words[0] = value,
            "words-en" => self.words[1] = value,
            "taught-nl" => self.taught[0] = value,
            "taught-en" => self.taught[1] = value,
            _ => bail!("there is no setting called {name}"),
        }
        Ok(())
    }
}
