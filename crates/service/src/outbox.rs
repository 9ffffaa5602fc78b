//! What follows from a record, before it is written.

use mention::{EventTime, Topic};
use serde::Serialize;

/// Records to write, in order. Their bytes lie in one buffer that is used again
/// and again, so that stepping allocates nothing.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// How far an outbox is filled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    bytes: usize,
    entries: usize,
}

#[derive(Debug)]
struct Entry {
    topic: Topic,
    partition: Option<i32>,
    stamped_at: Option<EventTime>,
    /// Where key and value end in `bytes`; the key begins where the last value
    /// ended. `None` where there is none.
    key_end: Option<usize>,
    value_end: Option<usize>,
}

/// One record of an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// Where to.
    pub topic: Topic,
    /// Which partition; by the hash of the key if `None`.
    pub partition: Option<i32>,
    /// Its Kafka timestamp; the time of writing if `None`.
    pub stamped_at: Option<EventTime>,
    /// Key.
    pub key: Option<&'a [u8]>,
    /// Value; `None` deletes the key from a compacted topic.
    pub value: Option<&'a [u8]>,
}

impl Outbox {
    /// Adds a record, copying its key and value.
    pub fn push(&mut self, item: &Item<'_>) {
        self.push_with(item, |bytes| {
            bytes.extend_from_slice(item.value.unwrap_or_default());
        });
        if item.value.is_none()
            && let Some(entry) = self.entries.last_mut()
        {
            entry.value_end = None;
        }
    }

    /// Adds a record whose value `write` appends to the buffer it is given; the
    /// value in `item` is ignored. Saves a copy of the largest part.
    pub fn push_with(&mut self, item: &Item<'_>, write: impl FnOnce(&mut Vec<u8>)) {
        let key_end = item.key.map(|key| {
            self.bytes.extend_from_slice(key);
            self.bytes.len()
        });
        write(&mut self.bytes);
        self.entries.push(Entry {
            topic: item.topic,
            partition: item.partition,
            stamped_at: item.stamped_at,
            key_end,
            value_end: Some(self.bytes.len()),
        });
    }

    /// Adds a record of which `value` is written as JSON; the one in `item` is ignored.
    pub fn push_json(&mut self, item: &Item<'_>, value: &impl Serialize) {
        // Writing to memory can't fail, and every field of a record has a form in JSON.
        self.push_with(item, |bytes| {
            if let Err(error) = serde_json::to_writer(bytes, value) {
                tracing::error!(error = %error, topic = ?item.topic, "record not written");
            }
        });
    }

    /// Records in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The records, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        let mut start = 0;
        self.entries.iter().map(move |entry| {
            let mut take = |end: Option<usize>| {
                let end = end?;
                let part = &self.bytes[start..end];
                start = end;
                Some(part)
            };
            let key = take(entry.key_end);
            let value = take(entry.value_end);
            Item {
                topic: entry.topic,
                partition: entry.partition,
                stamped_at: entry.stamped_at,
                key,
                value,
            }
        })
    }

    /// How far it is filled.
    pub(crate) const fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes.len(),
            entries: self.entries.len(),
        }
    }

    /// Takes back what was added since `mark`.
    pub(crate) fn take_back(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        self.entries.truncate(mark.entries);
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_put_in() {
        let item = |key, value| Item {
            topic: Topic::Scored,
            partition: Some(3),
            stamped_at: None,
            key,
            value,
        };
        let items = [
            item(Some(&b"acme"[..]), Some(&b"{}"[..])),
            item(None, Some(&b"heartbeat"[..])),
            item(Some(&b"gone"[..]), None),
            item(Some(&b""[..]), Some(&b""[..])),
        ];
        let mut outbox = Outbox::default();
        items.iter().for_each(|item| outbox.push(item));
        assert!(outbox.iter().eq(items));
        outbox.clear();
        assert!(outbox.is_empty());
    }
}
