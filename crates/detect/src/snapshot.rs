//! State as bytes: a format number, a checksum, then the state in postcard's format
//! (<https://postcard.jamesmunns.com/wire-format>).

use crate::hash;
use crate::settings::BrandSettings;
use crate::watch::{BrandWatch, State};

/// The format of snapshots this version writes, and the only one it reads.
const FORMAT: u8 = 5;

/// Bytes before the state.
const HEADER: usize = 9;

/// Why a snapshot can't be restored. In each case the watcher starts the brand
/// anew, or replays the stream from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The snapshot was written by another version: replay the stream.
    #[error("snapshot format {found}, this version reads {FORMAT}")]
    Format {
        /// The format number in the snapshot.
        found: u8,
    },
    /// The bytes are cut or damaged: take an older snapshot or replay the stream.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
    /// The lateness was changed since; the rings have another length: replay the stream.
    #[error("the snapshot was made with another lateness")]
    OtherLateness,
}

impl BrandWatch {
    /// The state as bytes. The settings aren't part of it.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        // Writing to memory can't fail, and every type of the state has a form in
        // this format; an empty state would be refused as damaged.
        let state = postcard::to_stdvec(&self.state).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + state.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&hash::of(&[&state]).to_le_bytes());
        bytes.extend_from_slice(&state);
        bytes
    }

    /// The watch of that snapshot; it behaves ever after as the one that wrote it.
    ///
    /// # Errors
    /// See [`RestoreError`]; nothing is changed then.
    pub fn restore(settings: BrandSettings, bytes: &[u8]) -> Result<Self, RestoreError> {
        let damaged = |detail: &str| RestoreError::Damaged(detail.to_owned());
        let (&found, rest) = bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
        if found != FORMAT {
            return Err(RestoreError::Format { found });
        }
        let body = rest.split_at_checked(HEADER - 1);
        let (checksum, state) = body.ok_or_else(|| damaged("it is cut"))?;
        if checksum != hash::of(&[state]).to_le_bytes() {
            return Err(damaged("the checksum differs"));
        }
        let mut state: State =
            postcard::from_bytes(state).map_err(|error| damaged(&error.to_string()))?;
        if !state.is_whole() {
            return Err(damaged("a bound doesn't hold"));
        }
        let lateness = settings.lateness_minutes();
        if !state.series().all(|series| series.fits(lateness)) {
            return Err(RestoreError::OtherLateness);
        }
        let platforms = state.platforms.values_mut().map(Box::as_mut);
        for series in std::iter::once(&mut state.all).chain(platforms) {
            series.rhythm.adopt(&settings.calendar);
        }
        Ok(Self { settings, state })
    }
}

#[cfg(test)]
mod tests;
