//! Hashes that are the same on every machine and in every version.

/// FNV-1a over the parts with a zero byte between them, finished with the mixer of
/// `SplitMix64`.
pub(crate) fn of(parts: &[&[u8]]) -> u64 {
    let mut hash = Hasher::new();
    for part in parts {
        part.iter().for_each(|&byte| hash.byte(byte));
        hash.end_part();
    }
    hash.finish()
}

/// The same hash, byte by byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hasher(u64);

impl Hasher {
    const PRIME: u64 = 0x0100_0000_01b3;

    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    #[inline]
    pub(crate) const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(Self::PRIME);
    }

    #[inline]
    pub(crate) const fn end_part(&mut self) {
        self.0 = self.0.wrapping_mul(Self::PRIME);
    }

    pub(crate) const fn finish(self) -> u64 {
        let hash = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}

/// Sixteen hexadecimal digits.
pub(crate) fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_border_between_parts_matters() {
        assert_ne!(super::of(&[b"ab", b"c"]), super::of(&[b"a", b"bc"]));
    }
}
