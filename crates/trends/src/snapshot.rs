//! State as bytes: a format number, a checksum, then the state in postcard's format
//! (<https://postcard.jamesmunns.com/wire-format>).

use std::sync::Arc;

use crate::brand::{About, BrandTrends, State};

/// The format of snapshots this version writes, and the only one it reads.
const FORMAT: u8 = 2;
/// Bytes before the state.
const HEADER: usize = 5;

/// Why a snapshot can't be restored. In each case the brand begins anew, or the stream is
/// replayed from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// It was written by another version: replay the stream.
    #[error("snapshot format {0}, this version reads {FORMAT}")]
    Format(u8),
    /// The bytes are cut or damaged, or the lateness was changed: replay the stream.
    #[error("the snapshot is damaged or was made with another lateness: {0}")]
    Damaged(String),
}

impl BrandTrends {
    /// The state as bytes. What is known of the brand beforehand isn't part of it.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        // Writing to memory can't fail, and every type of the state has a form in this
        // format; an empty state would be refused as damaged.
        let state = postcard::to_stdvec(&self.state).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + state.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&crc32fast::hash(&state).to_le_bytes());
        bytes.extend_from_slice(&state);
        bytes
    }

    /// The brand of that snapshot; it behaves ever after as the one that wrote it.
    ///
    /// # Errors
    /// See [`RestoreError`].
    pub fn restore(about: Arc<About>, bytes: &[u8]) -> Result<Self, RestoreError> {
        let damaged = |detail: &str| RestoreError::Damaged(detail.to_owned());
        let (&format, rest) = bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
        if format != FORMAT {
            return Err(RestoreError::Format(format));
        }
        let (checksum, state) = rest
            .split_first_chunk()
            .ok_or_else(|| damaged("it is cut"))?;
        if crc32fast::hash(state).to_le_bytes() != *checksum {
            return Err(damaged("the checksum differs"));
        }
        let state: State =
            postcard::from_bytes(state).map_err(|error| damaged(&error.to_string()))?;
        let brand = Self::with_state(about, state);
        if !brand.state.is_whole(brand.settings()) {
            return Err(damaged("a bound doesn't hold"));
        }
        Ok(brand)
    }
}
