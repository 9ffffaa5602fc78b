//! What a trainer needs beside the model's parts: the features exactly as the
//! scorer computes them.

use crate::features;
use crate::lexicon::Lexicon;
use crate::token::Tokens;

pub use crate::conv::{EMBEDDING, FILTERS, WINDOW};
pub use crate::features::{DENSE, Features};
pub use crate::lexicon::{LexiconEntry, hash_of};
pub use crate::model::block_norm;

/// Computes the features of texts with the lexicons of one language.
#[derive(Debug)]
pub struct Extractor {
    lexicon: Lexicon,
    tokens: Tokens,
}

impl Extractor {
    /// An extractor with these lexicon entries, at most one per hash.
    #[must_use]
    pub fn new(lexicon: &[LexiconEntry]) -> Self {
        Self {
            lexicon: Lexicon::new(lexicon),
            tokens: Tokens::default(),
        }
    }

    /// The features of `text`.
    pub fn extract(&mut self, text: &str) -> Features {
        let mut found = Features::default();
        self.tokens.clear();
        self.tokens.add(text);
        self.tokens.finish();
        features::extract(&self.tokens, &self.lexicon, &mut found);
        found
    }
}
