//! What a stage keeps in its changelog, where services have it in common.
//!
//! All records of one input partition lie in the changelog partition of the same number.
//! The key `partition` holds a [`Stamp`]: how far the rest reaches. Keys that begin with
//! `brand/` hold the state of brands. The first byte of every value is the service's
//! [`Format`].

use std::collections::{BTreeMap, btree_map};

use mention::Topic;

use crate::metrics::IntCounter;
use crate::{Item, Outbox};

/// Key of the record that says how far the others reach.
pub const STAMP_KEY: &[u8] = b"partition";
/// What stands before the slug in the key of a brand.
const BRAND_KEY: &[u8] = b"brand/";
/// Bytes of brands a partition writes at once, about a quarter of a second of a slow
/// broker. Brands that don't fit come next time.
const SNAPSHOT_BYTES: usize = 4 * 1024 * 1024;

/// The entries of a partition's changelog, until the partition is ours.
#[derive(Debug, Default)]
pub struct Entries(BTreeMap<Vec<u8>, Vec<u8>>);

impl Entries {
    /// Takes in one entry; of several with one key the last counts, and none at all if
    /// that has no value.
    pub fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        match value {
            Some(value) => self.0.insert(key.to_vec(), value.to_vec()),
            None => self.0.remove(key),
        };
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// Slug and value of each entry of a brand, in the order of their keys. What follows
    /// a `/` after the slug isn't part of it.
    pub fn of_brands(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .filter_map(|(key, value)| Some((slug_of(key)?, value.as_slice())))
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a Vec<u8>, &'a Vec<u8>);
    type IntoIter = btree_map::Iter<'a, Vec<u8>, Vec<u8>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// What restoring a partition gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// The offset to read from, if there was a stamp.
    pub resume: Option<i64>,
    /// Brands whose state couldn't be used, each with the reason.
    pub discarded: Vec<(String, String)>,
}

impl Restored {
    /// Logs and counts the brands of `stage` that begin anew. Returns the offset to read
    /// from.
    pub fn tell(&self, stage: &str, discarded: &IntCounter) -> Option<i64> {
        for (brand, reason) in &self.discarded {
            tracing::warn!(
                stage,
                brand,
                reason,
                "state can't be used, the brand begins anew"
            );
            discarded.inc();
        }
        self.resume
    }
}

/// The key of a brand.
#[must_use]
pub fn brand_key(slug: &str) -> Vec<u8> {
    [BRAND_KEY, slug.as_bytes()].concat()
}

fn slug_of(key: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(key.strip_prefix(BRAND_KEY)?).ok()?;
    rest.split('/').next()
}

/// An entry for the changelog `topic`; without a value it takes the key out.
#[must_use]
pub const fn entry<'a>(
    topic: Topic,
    partition: i32,
    key: &'a [u8],
    value: Option<&'a [u8]>,
) -> Item<'a> {
    Item {
        topic,
        partition: Some(partition),
        stamped_at: None,
        key: Some(key),
        value,
    }
}

/// The first byte of every value: which version of the service's state it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format(pub u8);

impl Format {
    /// What follows the byte; `None` if it is of another version.
    #[must_use]
    pub fn strip(self, value: &[u8]) -> Option<&[u8]> {
        value.strip_prefix(&[self.0])
    }

    /// A state with the byte before it.
    #[must_use]
    pub fn before(self, state: &[u8]) -> Vec<u8> {
        [&[self.0], state].concat()
    }

    /// A state as of `next`: every record before that offset is in it.
    #[must_use]
    pub fn with_offset(self, next: i64, state: &[u8]) -> Vec<u8> {
        [&[self.0], next.to_le_bytes().as_slice(), state].concat()
    }

    /// Offset and state of [`Format::with_offset`]; `None` if it is damaged or of another
    /// version.
    #[must_use]
    pub fn offset_and_state(self, value: &[u8]) -> Option<(i64, &[u8])> {
        let (offset, state) = self.strip(value)?.split_first_chunk()?;
        Some((i64::from_le_bytes(*offset), state))
    }
}

/// How far the entries of a partition reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Every record before this offset is in them.
    pub next: i64,
    /// The time that was told by then, milliseconds.
    pub heard: i64,
    /// Partitions the input had. With another number brands would lie elsewhere.
    pub partitions: i32,
}

impl Stamp {
    /// The value for the key [`STAMP_KEY`].
    #[must_use]
    pub fn encode(self, format: Format) -> Vec<u8> {
        let (heard, partitions) = (self.heard.to_le_bytes(), self.partitions.to_le_bytes());
        format.with_offset(self.next, &[heard.as_slice(), &partitions].concat())
    }

    /// The stamp of the entries, if they have one.
    ///
    /// # Errors
    /// A sentence on why they can't be used: it is damaged, of another version, or not
    /// made for an input of `of` partitions.
    pub fn of(entries: &Entries, format: Format, of: i32) -> Result<Option<Self>, String> {
        let Some(value) = entries.get(STAMP_KEY) else {
            return Ok(None);
        };
        let stamp = Self::decode(value, format).ok_or(DAMAGED_STAMP)?;
        check_partitions(stamp.partitions, of)?;
        Ok(Some(stamp))
    }

    fn decode(value: &[u8], format: Format) -> Option<Self> {
        let (next, rest) = format.offset_and_state(value)?;
        let (heard, partitions) = rest.split_first_chunk()?;
        Some(Self {
            next,
            heard: i64::from_le_bytes(*heard),
            partitions: i32::from_le_bytes(partitions.try_into().ok()?),
        })
    }
}

/// Why a state whose stamp can't be read can't be used.
pub const DAMAGED_STAMP: &str = "its stamp is damaged or of another version";

/// Whether the input still has the partitions it had.
///
/// # Errors
/// A sentence on what to do if it hasn't.
pub fn check_partitions(then: i32, now: i32) -> Result<(), String> {
    if then == now {
        return Ok(());
    }
    Err(format!(
        "it was made when the input had {then} partitions, now there are {now}, so brands \
         would have moved: go back to {then} partitions"
    ))
}

/// Writes the brands that changed, longest waiting first, until a good deal is written.
///
/// `since` tells since when each waits; `take` gives its state, which counts as written
/// from then on. Returns since when the first that wasn't written waits.
pub fn write_in_turn<'a, Brand: 'a, Since: Ord + Copy>(
    brands: impl Iterator<Item = (&'a String, &'a mut Brand)>,
    since: impl Fn(&Brand) -> Option<Since>,
    mut take: impl FnMut(&mut Brand) -> Vec<u8>,
    (topic, partition): (Topic, i32),
    out: &mut Outbox,
) -> Option<Since> {
    let waiting = brands.filter_map(|(slug, brand)| Some((since(brand)?, slug, brand)));
    let mut waiting: Vec<_> = waiting.collect();
    waiting.sort_by_key(|(since, slug, _)| (*since, *slug));
    let mut bytes = 0;
    for (since, slug, brand) in waiting {
        if bytes >= SNAPSHOT_BYTES {
            return Some(since);
        }
        let value = take(brand);
        bytes += value.len();
        out.push(&entry(topic, partition, &brand_key(slug), Some(&value)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format(2);

    fn entries(stamp: &[u8]) -> Entries {
        let mut entries = Entries::default();
        entries.put(STAMP_KEY, Some(stamp));
        entries
    }

    #[test]
    fn values_come_back_and_damage_is_seen() {
        let stamp = Stamp {
            next: 1 << 40,
            heard: i64::MIN,
            partitions: 6,
        };
        let bytes = stamp.encode(FORMAT);
        assert_eq!(Stamp::of(&Entries::default(), FORMAT, 6), Ok(None));
        assert_eq!(Stamp::of(&entries(&bytes), FORMAT, 6), Ok(Some(stamp)));
        for damaged in [&bytes[..12], &[], &[1, 0, 0]] {
            let error = Stamp::of(&entries(damaged), FORMAT, 6);
            assert_eq!(error, Err(DAMAGED_STAMP.to_owned()));
        }
        let moved = Stamp::of(&entries(&bytes), FORMAT, 7);
        assert!(moved.unwrap_err().contains("go back to 6 partitions"));
        let state = FORMAT.with_offset(7, b"state");
        assert_eq!(FORMAT.offset_and_state(&state), Some((7, &b"state"[..])));
        assert_eq!(Format(1).offset_and_state(&state), None);
        assert_eq!(FORMAT.offset_and_state(&state[..8]), None);
    }

    #[test]
    fn the_last_value_of_a_key_counts() {
        let mut entries = entries(b"");
        let put = [
            ("brand/b", Some(1)),
            ("brand/a/asks/7", Some(2)),
            ("brand/b", Some(3)),
            ("brand/c", Some(4)),
            ("brand/c", None),
            ("other", Some(5)),
        ];
        for (key, value) in put {
            let value = value.map(|value| [value]);
            entries.put(key.as_bytes(), value.as_ref().map(<[u8; 1]>::as_slice));
        }
        let found: Vec<_> = entries.of_brands().collect();
        assert_eq!(found, [("a", &[2_u8][..]), ("b", &[3])]);
        assert_eq!(brand_key("a"), b"brand/a");
    }

    /// Three brands of which two fill a turn.
    #[test]
    fn who_waits_longest_is_written_first_and_the_rest_is_told() {
        let wait = |since| (Some(since), vec![0; SNAPSHOT_BYTES / 2]);
        let mut brands: BTreeMap<String, (Option<i64>, Vec<u8>)> = BTreeMap::from([
            ("young".to_owned(), wait(9)),
            ("old".to_owned(), wait(1)),
            ("middle".to_owned(), wait(5)),
            ("written".to_owned(), (None, Vec::new())),
        ]);
        let mut turn = || {
            let mut out = Outbox::default();
            let left = write_in_turn(
                brands.iter_mut(),
                |brand| brand.0,
                |brand| {
                    brand.0 = None;
                    std::mem::take(&mut brand.1)
                },
                (Topic::WatchState, 3),
                &mut out,
            );
            let written = out.iter().map(|item| item.key.unwrap().to_vec());
            (left, written.collect::<Vec<_>>())
        };
        let keys = |keys: &[&str]| keys.iter().map(|key| brand_key(key)).collect::<Vec<_>>();
        assert_eq!(turn(), (Some(9), keys(&["old", "middle"])));
        assert_eq!(turn(), (None, keys(&["young"])));
        assert_eq!(turn(), (None, Vec::new()));
    }
}
