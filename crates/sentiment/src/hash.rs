//! The hashes of features. Fixed by the model format: a change needs a new model.

/// Multiplier of the hash: 2^64 divided by the golden ratio (D. Knuth, The Art
/// of Computer Programming 3, 6.4).
pub(crate) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// Turns a word's hash into that of the negated word.
pub(crate) const NEGATED: u64 = 0x5851_F42D_4C95_7F2D;

/// Hash of a word's bytes, for the lexicons and as feature.
pub(crate) fn word_hash(word: &[u8]) -> u64 {
    let mut hash = GOLDEN ^ word.len() as u64;
    for chunk in word.chunks(8) {
        let mut block = [0; 8];
        block[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(block)).wrapping_mul(GOLDEN);
        hash ^= hash >> 32;
    }
    hash
}

/// Hash of a token that has no letters, by its number.
pub(crate) const fn plain_hash_of(number: u64) -> u64 {
    (number << 40 | 0xFF).wrapping_mul(GOLDEN)
}

/// Hash of two neighbours.
pub(crate) fn pair(left: u64, right: u64) -> u32 {
    upper((left.rotate_left(23) ^ right).wrapping_mul(GOLDEN))
}

/// The upper half, whose bits a multiplication mixes best.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the upper 32 of 64 bits are what is left"
)]
pub(crate) const fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}
