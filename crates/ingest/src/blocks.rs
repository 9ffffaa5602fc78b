//! What is remembered, in blocks: the oldest block goes when there are too many, and only
//! blocks that changed are written.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Entries in order of arrival, each with a number that never comes again.
#[derive(Debug)]
pub(crate) struct Blocks<T> {
    blocks: VecDeque<Block<T>>,
    /// Number of the first block.
    first: u64,
    size: usize,
    max: usize,
}

#[derive(Debug)]
struct Block<T> {
    entries: Vec<T>,
    is_dirty: bool,
}

/// A block as it is written.
#[derive(Serialize, Deserialize)]
struct Written<T> {
    number: u64,
    entries: Vec<T>,
}

impl<T> Blocks<T> {
    /// At most `max` blocks of `size` entries.
    pub(crate) const fn new(size: usize, max: usize) -> Self {
        Self {
            blocks: VecDeque::new(),
            first: 0,
            size,
            max,
        }
    }

    /// Adds an entry. Returns its number, and the entries that are forgotten for it with
    /// the number of the first of them.
    pub(crate) fn push(&mut self, entry: T) -> (u64, Option<(u64, Vec<T>)>) {
        let size = self.size;
        let is_full = self
            .blocks
            .back()
            .is_none_or(|block| block.entries.len() >= size);
        let mut forgotten = None;
        if is_full {
            if self.blocks.len() >= self.max {
                let number = self.first * size as u64;
                forgotten = self.blocks.pop_front().map(|block| (number, block.entries));
                self.first += 1;
            }
            self.blocks.push_back(Block {
                entries: Vec::with_capacity(size),
                is_dirty: true,
            });
        }
        let last = self.first + self.blocks.len() as u64 - 1;
        let mut within = 0;
        if let Some(block) = self.blocks.back_mut() {
            within = block.entries.len() as u64;
            block.entries.push(entry);
            block.is_dirty = true;
        }
        (last * size as u64 + within, forgotten)
    }

    /// Block and position of a number.
    fn place(&self, number: u64) -> Option<(usize, usize)> {
        let size = self.size as u64;
        let block = (number / size).checked_sub(self.first)?;
        Some((
            usize::try_from(block).ok()?,
            usize::try_from(number % size).ok()?,
        ))
    }

    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        let (block, at) = self.place(number)?;
        self.blocks.get(block)?.entries.get(at)
    }

    /// The entry, which is taken to change.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let (block, at) = self.place(number)?;
        let block = self.blocks.get_mut(block)?;
        block.is_dirty = true;
        block.entries.get_mut(at)
    }

    /// All entries with their numbers, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let (first, size) = (self.first, self.size as u64);
        let blocks = self.blocks.iter().zip(first..);
        blocks.flat_map(move |(block, number)| {
            let numbers = number * size..;
            numbers.zip(&block.entries)
        })
    }
}

impl<T: Serialize + DeserializeOwned> Blocks<T> {
    /// Hands each block that changed to `write`, with the slot it is kept in.
    pub(crate) fn write(&mut self, mut write: impl FnMut(u64, &[u8])) {
        let max = self.max as u64;
        for (block, number) in self.blocks.iter_mut().zip(self.first..) {
            if !std::mem::take(&mut block.is_dirty) {
                continue;
            }
            let written = Written {
                number,
                entries: std::mem::take(&mut block.entries),
            };
            // Vectors of plain values always have a form.
            let bytes = postcard::to_allocvec(&written).unwrap_or_default();
            block.entries = written.entries;
            write(number % max, &bytes);
        }
    }

    /// Takes over blocks as they were written, in any order. Those that a later one has
    /// pushed out are left.
    ///
    /// # Errors
    /// A sentence on why they can't be used.
    pub(crate) fn read<'b>(
        &mut self,
        blocks: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), String> {
        let mut all: Vec<Written<T>> = blocks
            .map(|bytes| postcard::from_bytes(bytes).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        all.sort_by_key(|block| block.number);
        let is_whole = all
            .windows(2)
            .all(|pair| pair[0].number + 1 == pair[1].number)
            && all
                .iter()
                .rev()
                .skip(1)
                .all(|block| block.entries.len() == self.size)
            && all.len() <= self.max;
        if !is_whole {
            return Err("blocks of it are missing".to_owned());
        }
        self.first = all.first().map_or(0, |block| block.number);
        let blocks = all.into_iter().map(|block| Block {
            entries: block.entries,
            is_dirty: false,
        });
        self.blocks = blocks.collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_a_block_at_a_time_and_what_is_read_goes_on_the_same() {
        let mut blocks: Blocks<u32> = Blocks::new(4, 3);
        let mut kept = std::collections::BTreeMap::new();
        for entry in 0..50 {
            let (number, forgotten) = blocks.push(entry);
            assert_eq!(number, u64::from(entry));
            assert_eq!(forgotten.is_some(), entry >= 12 && entry % 4 == 0);
            if entry % 7 == 0 {
                blocks.write(|slot, bytes| drop(kept.insert(slot, bytes.to_vec())));
                let mut again: Blocks<u32> = Blocks::new(4, 3);
                again.read(kept.values().map(Vec::as_slice)).unwrap();
                assert!(again.iter().eq(blocks.iter()));
                blocks = again;
            }
        }
        assert_eq!(blocks.get(39), None);
        assert_eq!(blocks.get(40), Some(&40));
        assert_eq!(blocks.get(50), None);
        *blocks.get_mut(41).unwrap() = 7;
        let mut changed = 0;
        blocks.write(|_, _| changed += 1);
        assert_eq!(changed, 1);
        kept.remove(&0);
        let mut broken: Blocks<u32> = Blocks::new(4, 3);
        assert!(kept.len() == 2 && broken.read([&b"x"[..]].into_iter()).is_err());
    }
}
