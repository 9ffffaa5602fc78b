//! Texts to numbers of tokens, and to the grid that a network reads.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokenizers::{Tokenizer, TruncationParams};

use crate::error::{LoadError, RunError};
use crate::network::panic_text;

/// Names that padding has in the vocabularies of the common families.
const PADS: [&str; 3] = ["[PAD]", "<pad>", "<|endoftext|>"];

/// A tokenizer that cuts at a number of tokens and doesn't pad.
#[derive(Debug)]
pub(crate) struct Words {
    tokenizer: Tokenizer,
    pad: u32,
}

impl Words {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// It is none, or leaves no room within `max_tokens`.
    pub(crate) fn from_bytes(json: &[u8], max_tokens: usize) -> Result<Self, LoadError> {
        let failed = |error: &dyn std::fmt::Display| LoadError::Tokenizer(error.to_string());
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| failed(&error))?;
        let of_file = tokenizer.get_padding().map(|padding| padding.pad_id);
        let by_name = || PADS.iter().find_map(|name| tokenizer.token_to_id(name));
        let pad = of_file.or_else(by_name).unwrap_or_default();
        tokenizer.with_padding(None);
        let empty = tokenizer
            .with_truncation(None)
            .and_then(|tokenizer| tokenizer.encode_fast("", true))
            .map_err(|error| failed(&error))?;
        let added = empty.len();
        if max_tokens <= added {
            return Err(LoadError::TooFewTokens { max_tokens, added });
        }
        let truncation = TruncationParams {
            max_length: max_tokens,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| failed(&error))?;
        Ok(Self { tokenizer, pad })
    }

    /// The token that fills up.
    pub(crate) const fn pad(&self) -> u32 {
        self.pad
    }

    /// Tokens of each text, at least one.
    ///
    /// # Errors
    /// The tokenizer fails at one of them.
    pub(crate) fn tokens(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>, RunError> {
        texts.iter().map(|text| self.of(text)).collect()
    }

    fn of(&self, text: &str) -> Result<Vec<u32>, RunError> {
        let encode = || self.tokenizer.encode_fast(text, true);
        // A library that meets text of strangers: a panic there must not stop the stream.
        let encoding = catch_unwind(AssertUnwindSafe(encode))
            .map_err(|panic| RunError::Tokenizer(panic_text(&*panic)))?
            .map_err(|error| RunError::Tokenizer(error.to_string()))?;
        let tokens = encoding.get_ids();
        Ok(if tokens.is_empty() {
            vec![self.pad]
        } else {
            tokens.to_vec()
        })
    }
}

/// Texts as a network reads them: one row each, filled up to one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// `[rows, columns]`, row after row.
    pub(crate) ids: Vec<i64>,
    /// 1 where there is a token, 0 where it is filled up.
    pub(crate) mask: Vec<i64>,
}

impl Grid {
    /// A grid of these texts; `size` are the rows and columns that the network is
    /// fixed to, if it is.
    pub(crate) fn new(texts: &[&[u32]], size: (Option<usize>, Option<usize>), pad: u32) -> Self {
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(1);
        let (rows, columns) = (size.0.unwrap_or(texts.len()), size.1.unwrap_or(longest));
        let mut ids = vec![i64::from(pad); rows * columns];
        let mut mask = vec![0; rows * columns];
        for (row, text) in texts.iter().enumerate() {
            for (column, &token) in text.iter().take(columns).enumerate() {
                ids[row * columns + column] = i64::from(token);
                mask[row * columns + column] = 1;
            }
        }
        // A row of nothing but padding divides by zero in some models.
        for row in texts.len()..rows {
            mask[row * columns] = 1;
        }
        Self {
            rows,
            columns,
            ids,
            mask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_filled_up_and_masked() {
        let grid = Grid::new(&[&[5, 6, 7], &[8]], (None, None), 9);
        assert_eq!((grid.rows, grid.columns), (2, 3));
        assert_eq!(grid.ids, [5, 6, 7, 8, 9, 9]);
        assert_eq!(grid.mask, [1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn a_fixed_grid_has_its_size_and_no_empty_row() {
        let grid = Grid::new(&[&[5, 6, 7]], (Some(2), Some(2)), 0);
        assert_eq!(grid.ids, [5, 6, 0, 0]);
        assert_eq!(grid.mask, [1, 1, 1, 0]);
    }
}
