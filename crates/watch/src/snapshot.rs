//! Records of the changelog.
//!
//! The key `partition` holds a [`Stamp`]: how far the snapshots reach. The key
//! `brand/<slug>` holds a brand's state with the offset it was made at. All
//! records of one input partition lie in the changelog partition of the same
//! number, so each is written and read with its fellows.

/// Key of the stamp.
pub(crate) const STAMP_KEY: &[u8] = b"partition";
/// What stands before the slug in the key of a brand.
const BRAND_KEY: &[u8] = b"brand/";
/// First byte of every value.
const FORMAT: u8 = 2;

/// How far the snapshots of a partition reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Every record before this offset is in its brand's snapshot.
    pub(crate) next: i64,
    /// The time that heartbeats had told by then, milliseconds; the least if none had.
    pub(crate) heard: i64,
    /// Partitions the input had. With another number brands would lie elsewhere.
    pub(crate) partitions: i32,
}

impl Stamp {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.next.to_le_bytes());
        bytes.extend_from_slice(&self.heard.to_le_bytes());
        bytes.extend_from_slice(&self.partitions.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (next, rest) = split_offset(bytes)?;
        let (heard, rest) = rest.split_first_chunk()?;
        let partitions = i32::from_le_bytes(rest.try_into().ok()?);
        Some(Self {
            next,
            heard: i64::from_le_bytes(*heard),
            partitions,
        })
    }
}

/// The key of a brand.
pub(crate) fn brand_key(slug: &str) -> Vec<u8> {
    [BRAND_KEY, slug.as_bytes()].concat()
}

/// The slug in the key of a brand.
pub(crate) fn slug_of(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key.strip_prefix(BRAND_KEY)?).ok()
}

/// A brand's state as of `next`: every record of it before that offset is in it.
pub(crate) fn encode_brand(next: i64, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + size_of::<i64>() + state.len());
    bytes.push(FORMAT);
    bytes.extend_from_slice(&next.to_le_bytes());
    bytes.extend_from_slice(state);
    bytes
}

/// Offset and state of [`encode_brand`].
pub(crate) fn decode_brand(bytes: &[u8]) -> Option<(i64, &[u8])> {
    split_offset(bytes)
}

fn split_offset(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let rest = bytes.strip_prefix(&[FORMAT])?;
    let (offset, rest) = rest.split_first_chunk()?;
    Some((i64::from_le_bytes(*offset), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_damage_is_seen() {
        let stamp = Stamp {
            next: 1 << 40,
            heard: i64::MIN,
            partitions: 6,
        };
        assert_eq!(Stamp::decode(&stamp.encode()), Some(stamp));
        assert_eq!(Stamp::decode(&stamp.encode()[..12]), None);
        assert_eq!(Stamp::decode(&[]), None);
        assert_eq!(
            decode_brand(&encode_brand(7, b"state")),
            Some((7, &b"state"[..]))
        );
        assert_eq!(decode_brand(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(slug_of(&brand_key("acme")), Some("acme"));
        assert_eq!(slug_of(STAMP_KEY), None);
    }
}
