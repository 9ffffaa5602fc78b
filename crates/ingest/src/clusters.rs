//! Groups of near-duplicates, for a day each.

use std::collections::HashMap;

use mention::EventTime;
use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::sketch::Sketch;

/// Groups that are remembered at most: 64 blocks of 128, a third of a kilobyte each.
const BLOCK: usize = 128;
const BLOCKS: usize = 64;
/// Numbers of a sketch by which groups are looked up. Texts that have four fifths of their
/// shingles in common differ in all of four with a chance of about one in six hundred.
const KEYS: usize = 4;
/// A group lasts a day: the same complaint may be made again.
const LASTS: i64 = EventTime::DAY_MS;

/// A group of copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cluster {
    /// The hash of its brand.
    brand: u64,
    /// Its name.
    id: u64,
    /// When its first text was posted, milliseconds.
    first: i64,
    size: u64,
    sketch: Sketch,
}

/// All groups of a partition.
#[derive(Debug)]
pub(crate) struct Clusters {
    all: Blocks<Cluster>,
    /// The newest group with each number among the smallest of its sketch, by brand.
    by_key: HashMap<(u64, u32), u64>,
}

/// The group that a text was put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: u64,
    /// Members, this one included.
    pub(crate) size: u64,
}

impl Default for Clusters {
    fn default() -> Self {
        Self {
            all: Blocks::new(BLOCK, BLOCKS),
            by_key: HashMap::new(),
        }
    }
}

impl Clusters {
    /// Puts a text to its group, or begins one that is named `id`.
    pub(crate) fn put(&mut self, brand: u64, id: u64, at: EventTime, sketch: Sketch) -> Found {
        let found = keys(&sketch).find_map(|key| {
            let number = *self.by_key.get(&(brand, key))?;
            let cluster = self.all.get(number)?;
            let lasts = at.millis().abs_diff(cluster.first) <= LASTS.unsigned_abs();
            (cluster.brand == brand && lasts && cluster.sketch.is_like(&sketch)).then_some(number)
        });
        if let Some(cluster) = found.and_then(|number| self.all.get_mut(number)) {
            cluster.size += 1;
            return Found {
                id: cluster.id,
                size: cluster.size,
            };
        }
        let keys: Vec<u32> = keys(&sketch).collect();
        let (number, forgotten) = self.all.push(Cluster {
            brand,
            id,
            first: at.millis(),
            size: 1,
            sketch,
        });
        if let Some((first, clusters)) = forgotten {
            self.forget(first, &clusters);
        }
        for key in keys {
            self.by_key.insert((brand, key), number);
        }
        Found { id, size: 1 }
    }

    fn forget(&mut self, first: u64, clusters: &[Cluster]) {
        for (cluster, number) in clusters.iter().zip(first..) {
            for key in keys(&cluster.sketch) {
                let key = (cluster.brand, key);
                if self.by_key.get(&key) == Some(&number) {
                    self.by_key.remove(&key);
                }
            }
        }
    }

    pub(crate) fn write(&mut self, write: impl FnMut(u64, &[u8])) {
        self.all.write(write);
    }

    pub(crate) fn read<'b>(
        &mut self,
        blocks: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), String> {
        self.all.read(blocks)?;
        self.by_key.clear();
        for (number, cluster) in self.all.iter() {
            for key in keys(&cluster.sketch) {
                self.by_key.insert((cluster.brand, key), number);
            }
        }
        Ok(())
    }
}

fn keys(sketch: &Sketch) -> impl Iterator<Item = u32> {
    sketch.0.iter().copied().take(KEYS)
}
