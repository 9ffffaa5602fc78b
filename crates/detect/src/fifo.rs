//! A bounded map that forgets its oldest entries.
//!
//! The entries lie in the order in which they came, and a table of their numbers
//! finds them by key: both are plain memory, so that the thousands of ids that a busy
//! brand remembers cost a look-up a mention and few bytes each. The table is never
//! walked through, so that its order is nobody's concern.

use std::collections::VecDeque;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize, Serializer};

/// At most `CAPACITY` values by key, fewer than 65,536. Keys are hashes, well mixed.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    try_from = "VecDeque<(u64, V)>",
    bound(deserialize = "V: Deserialize<'de>")
)]
pub(crate) struct Fifo<V, const CAPACITY: usize> {
    entries: VecDeque<(u64, V)>,
    /// Number of the oldest entry; the others follow it, over the end of the type.
    first: u16,
    /// Numbers of the entries, by key.
    numbers: HashTable<u16>,
}

impl<V, const CAPACITY: usize> Default for Fifo<V, CAPACITY> {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            first: 0,
            numbers: HashTable::new(),
        }
    }
}

impl<V, const CAPACITY: usize> Fifo<V, CAPACITY> {
    fn position(&self, key: u64) -> Option<usize> {
        let is_it = |number: &u16| self.key_of(*number) == Some(key);
        let number = self.numbers.find(key, is_it)?;
        Some(position_of(*number, self.first))
    }

    fn key_of(&self, number: u16) -> Option<u64> {
        let entry = self.entries.get(position_of(number, self.first))?;
        Some(entry.0)
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        let position = self.position(key)?;
        self.entries.get(position).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        let position = self.position(key)?;
        self.entries.get_mut(position).map(|(_, value)| value)
    }

    /// Sets the value of a key. A new key is the newest entry, and the oldest one is
    /// forgotten if there are too many; a known one keeps its place.
    pub(crate) fn insert(&mut self, key: u64, value: V) {
        if let Some(known) = self.get_mut(key) {
            *known = value;
            return;
        }
        if self.entries.len() == CAPACITY {
            self.forget_oldest();
        }
        #[allow(clippy::cast_possible_truncation, reason = "fewer than 65,536 entries")]
        let number = self.first.wrapping_add(self.entries.len() as u16);
        if self.entries.len() == self.entries.capacity() {
            // By a quarter: most brands are quiet, and there are many of them.
            let more = (self.entries.len() / 4).max(4);
            self.entries.reserve_exact(more);
        }
        self.entries.push_back((key, value));
        let (entries, first) = (&self.entries, self.first);
        let hash_of = |number: &u16| {
            let entry = entries.get(position_of(*number, first));
            entry.map_or(0, |entry| entry.0)
        };
        self.numbers.insert_unique(key, number, hash_of);
    }

    fn forget_oldest(&mut self) {
        let Some(&(key, _)) = self.entries.front() else {
            return;
        };
        let first = self.first;
        if let Ok(found) = self.numbers.find_entry(key, |number| *number == first) {
            found.remove();
        }
        self.entries.pop_front();
        self.first = first.wrapping_add(1);
    }
}

/// Place among the entries of the one with that number.
fn position_of(number: u16, first: u16) -> usize {
    usize::from(number.wrapping_sub(first))
}

/// How the entries are numbered doesn't matter.
impl<V: PartialEq, const CAPACITY: usize> PartialEq for Fifo<V, CAPACITY> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<V: Serialize, const CAPACITY: usize> Serialize for Fifo<V, CAPACITY> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<V, const CAPACITY: usize> TryFrom<VecDeque<(u64, V)>> for Fifo<V, CAPACITY> {
    type Error = &'static str;

    fn try_from(entries: VecDeque<(u64, V)>) -> Result<Self, Self::Error> {
        if entries.len() > CAPACITY {
            return Err("more entries than are kept");
        }
        let mut fifo = Self::default();
        for (key, value) in entries {
            if fifo.position(key).is_some() {
                return Err("an entry is there twice");
            }
            fifo.insert(key, value);
        }
        Ok(fifo)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEW: usize = 7;

    proptest! {
        #[test]
        fn the_newest_keys_are_known(keys in proptest::collection::vec(0_u64..20, 0..200)) {
            let mut fifo: Fifo<usize, FEW> = Fifo { first: u16::MAX - 20, ..Fifo::default() };
            let mut plain: Vec<(u64, usize)> = Vec::new();
            for (value, key) in keys.into_iter().enumerate() {
                // The keys collide in all but their last bits.
                let key = key << 60 | key;
                fifo.insert(key, value);
                match plain.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, known)) => *known = value,
                    None => plain.push((key, value)),
                }
                if plain.len() > FEW {
                    plain.remove(0);
                }
                for key in (0..20).map(|key| key << 60 | key) {
                    let expected = plain.iter().find(|(known, _)| *known == key);
                    prop_assert_eq!(fifo.get(key), expected.map(|(_, value)| value));
                }
                let bytes = postcard::to_stdvec(&fifo).unwrap();
                let restored: Fifo<usize, FEW> = postcard::from_bytes(&bytes).unwrap();
                prop_assert_eq!(&restored, &fifo);
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let twice = postcard::to_stdvec(&[(1_u64, 0_usize), (1, 0)].as_slice()).unwrap();
        assert!(postcard::from_bytes::<Fifo<usize, FEW>>(&twice).is_err());
        let many: Vec<(u64, usize)> = (0..8).map(|key| (key, 0)).collect();
        let many = postcard::to_stdvec(&many).unwrap();
        assert!(postcard::from_bytes::<Fifo<usize, FEW>>(&many).is_err());
    }
}
