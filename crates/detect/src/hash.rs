//! Hashes that are the same on every machine and in every version.

/// FNV-1a over the parts with a zero byte between them, finished with the mixer of
/// `SplitMix64`.
pub(crate) fn of(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for &byte in *part {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
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
