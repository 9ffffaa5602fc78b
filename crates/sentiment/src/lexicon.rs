//! Opinion lexicons: words with a valence.

/// A word's entry: the hash of the word and its valence in each lexicon, −100 to
/// 100, 0 where the lexicon doesn't have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LexiconEntry {
    /// [`hash_of`] the lowercased word.
    pub hash: u32,
    /// Valence in each lexicon.
    pub valences: [i8; crate::LEXICONS],
}

/// The hash under which a lexicon has `word`, which must be lowercased.
#[must_use]
pub fn hash_of(word: &str) -> u32 {
    fold(crate::hash::word_hash(word.as_bytes()))
}

/// Never zero, which marks an empty slot.
const fn fold(hash: u64) -> u32 {
    let upper = crate::hash::upper(hash);
    if upper == 0 { 1 } else { upper }
}

/// The lexicons of one language in one open-addressed table.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    slots: Vec<LexiconEntry>,
}

const EMPTY: LexiconEntry = LexiconEntry {
    hash: 0,
    valences: [0; crate::LEXICONS],
};

impl Lexicon {
    /// A table at most half full, so that a search always meets an empty slot.
    pub(crate) fn new(entries: &[LexiconEntry]) -> Self {
        let mut slots = vec![EMPTY; (2 * entries.len().max(1)).next_power_of_two()];
        let mask = slots.len() - 1;
        for entry in entries {
            let mut at = entry.hash as usize & mask;
            while slots[at].hash != 0 && slots[at].hash != entry.hash {
                at = (at + 1) & mask;
            }
            slots[at] = *entry;
        }
        Self { slots }
    }

    /// The valences of the word with this hash.
    pub(crate) fn find(&self, hash: u64) -> Option<[i8; crate::LEXICONS]> {
        let hash = fold(hash);
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = &self.slots[at];
            if slot.hash == hash {
                return Some(slot.valences);
            }
            if slot.hash == 0 {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
}
