//! The model file: reading and checking it.

use std::borrow::Cow;

/// First bytes of every model file.
const MAGIC: &[u8; 8] = b"OPHEFMDL";
/// The layout this version reads.
const FORMAT: u32 = 1;
/// Magic, format, length of the body, checksum of the body.
const HEADER_BYTES: usize = 8 + 4 + 8 + 4;

/// A trained model. Immutable; share it between threads in an [`std::sync::Arc`].
#[derive(Debug)]
pub struct Model {
    name: Cow<'static, str>,
}

/// Why a model file isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The bytes are something else. Check the path.
    #[error("not a model of Ophef: the first bytes are not OPHEFMDL")]
    Foreign,
    /// The file was written for a newer program. Update Ophef, or use an older model.
    #[error(
        "the model has format {found}, this version reads up to {FORMAT}: update Ophef or use an older model"
    )]
    TooNew {
        /// Format of the file.
        found: u32,
    },
    /// The file ends early, for example after a broken copy. Copy it again.
    #[error("the model is truncated: {found} of {expected} bytes")]
    Truncated {
        /// Bytes the header announces, header included.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The bytes changed after the model was written. Copy it again.
    #[error("the model is damaged: {0}")]
    Damaged(&'static str),
}

impl Model {
    /// The model that is built into the program.
    ///
    /// # Errors
    /// None in a program whose tests passed; the bytes are checked as a file's are.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::from_bytes(include_bytes!("../model/ophef-linear.bin"))
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with the bytes and what to do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let body = check(bytes)?;
        let name = body
            .split_first()
            .and_then(|(&len, rest)| rest.get(..usize::from(len)))
            .and_then(|name| std::str::from_utf8(name).ok())
            .ok_or(ModelError::Damaged("no name"))?;
        Ok(Self {
            name: Cow::Owned(name.to_owned()),
        })
    }

    /// The model's name and version, `name@version`; every score carries it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The body of a file whose header, length and checksum are right.
fn check(bytes: &[u8]) -> Result<&[u8], ModelError> {
    let truncated = |expected: usize| ModelError::Truncated {
        expected: expected as u64,
        found: bytes.len() as u64,
    };
    if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
        return Err(ModelError::Foreign);
    }
    let (header, body) = bytes
        .split_at_checked(HEADER_BYTES)
        .ok_or_else(|| truncated(HEADER_BYTES))?;
    let word = |at: usize| {
        let word = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u32::from_le_bytes(word)
    };
    let found = word(8);
    if found > FORMAT {
        return Err(ModelError::TooNew { found });
    }
    let expected = u64::from(word(12)) | u64::from(word(16)) << 32;
    if (body.len() as u64) < expected {
        return Err(ModelError::Truncated {
            expected: expected.saturating_add(HEADER_BYTES as u64),
            found: bytes.len() as u64,
        });
    }
    if found != FORMAT || body.len() as u64 != expected {
        return Err(ModelError::Damaged("its header contradicts its length"));
    }
    if crc32fast::hash(body) != word(20) {
        return Err(ModelError::Damaged("its checksum is wrong"));
    }
    Ok(body)
}
