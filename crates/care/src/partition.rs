//! The books of one partition, and their way into and out of the changelog.
//!
//! The key `partition` holds how far the pages reach. The key `brand/<slug>/<page>` holds a
//! page of a brand's book. All that changed is written at once, so the pages on the topic
//! are always those of one moment.

use std::collections::BTreeMap;

use conversation::{Book, BookSettings, Effects};
use mention::{EventTime, Topic};
use service::{Item, Outbox};

const STAMP_KEY: &[u8] = b"partition";
const BRAND_KEY: &[u8] = b"brand/";
/// First byte of every value.
const FORMAT: u8 = 1;

/// The books of one partition.
#[derive(Debug)]
pub(crate) struct Partition {
    books: BTreeMap<String, Book>,
    /// Entries of the changelog, until the partition is ours.
    restored: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Partitions the input has.
    of: i32,
    /// The newest time that any record of the partition told, milliseconds.
    now: i64,
}

/// What restoring a partition gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// The offset to read from, if there was a stamp.
    pub(crate) resume: Option<i64>,
    /// Brands whose pages couldn't be used, each with the reason.
    pub(crate) discarded: Vec<(String, String)>,
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            books: BTreeMap::new(),
            restored: BTreeMap::new(),
            of: 0,
            now: i64::MIN,
        }
    }
}

impl Partition {
    /// Takes in one entry of the changelog.
    pub(crate) fn restore(&mut self, key: &[u8], value: Option<&[u8]>) {
        match value {
            Some(value) => self.restored.insert(key.to_vec(), value.to_vec()),
            None => self.restored.remove(key),
        };
    }

    /// Builds the books from the entries. `settings_of` gives a brand's settings, or
    /// `None` if it isn't tracked any more.
    pub(crate) fn assigned(
        &mut self,
        of: i32,
        settings_of: impl Fn(&str) -> Option<BookSettings>,
    ) -> Result<Restored, String> {
        self.of = of;
        let mut restored = Restored::default();
        let entries = std::mem::take(&mut self.restored);
        let Some(bytes) = entries.get(STAMP_KEY) else {
            return Ok(restored);
        };
        let stamp = Stamp::decode(bytes).ok_or("its stamp is damaged or of another version")?;
        if stamp.partitions != of {
            return Err(format!(
                "it was made when the input had {} partitions, now there are {of}, so brands \
                 would have moved: go back to {0} partitions",
                stamp.partitions
            ));
        }
        restored.resume = Some(stamp.next);
        self.now = stamp.now;
        for (key, value) in entries {
            let Some(slug) = slug_of(&key) else {
                continue;
            };
            if restored.discarded.iter().any(|(brand, _)| brand == slug) {
                continue;
            }
            let Some(settings) = settings_of(slug) else {
                continue;
            };
            let book = self.books.entry(slug.to_owned());
            let book = book.or_insert_with(|| Book::new(settings));
            let page = value.strip_prefix(&[FORMAT]);
            let page = page.ok_or_else(|| "of another version".to_owned());
            if let Err(reason) = page.and_then(|page| book.read(page)) {
                self.books.remove(slug);
                restored.discarded.push((slug.to_owned(), reason));
            }
        }
        let now = self.now();
        self.books.values_mut().for_each(|book| book.ready(now));
        Ok(restored)
    }

    pub(crate) const fn now(&self) -> EventTime {
        EventTime::from_millis(self.now)
    }

    pub(crate) const fn of(&self) -> i32 {
        self.of
    }

    pub(crate) fn len(&self) -> usize {
        self.books.len()
    }

    /// A record told the time.
    pub(crate) fn hear(&mut self, at: EventTime) {
        self.now = self.now.max(at.millis());
    }

    pub(crate) fn book(&mut self, slug: &str) -> Option<&mut Book> {
        self.books.get_mut(slug)
    }

    pub(crate) fn insert(&mut self, slug: &str, book: Book) {
        self.books.insert(slug.to_owned(), book);
    }

    pub(crate) fn books(&self) -> impl Iterator<Item = (&str, &Book)> {
        let books = self.books.iter();
        books.map(|(slug, book)| (slug.as_str(), book))
    }

    /// After a heartbeat: moves the books on which the time that is told changes anything.
    pub(crate) fn advance(&mut self, mut tell: impl FnMut(&str, &mut Effects)) {
        let now = self.now();
        let mut effects = Effects::default();
        for (slug, book) in &mut self.books {
            if book.is_moved_by(now) {
                book.advance(now, &mut effects);
                tell(slug, &mut effects);
                effects.clear();
            }
        }
    }

    /// Writes the pages that changed, and how far they reach.
    pub(crate) fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        for (slug, book) in &mut self.books {
            let pages: Vec<_> = book.dirty().collect();
            for page in pages {
                let key = format!("brand/{slug}/{page}");
                let mut item = item(partition, key.as_bytes());
                match book.write(page) {
                    Some(bytes) => out.push_with(&item, |value| {
                        value.push(FORMAT);
                        value.extend_from_slice(&bytes);
                    }),
                    None => {
                        item.value = None;
                        out.push(&item);
                    }
                }
            }
        }
        let stamp = Stamp {
            next,
            now: self.now,
            partitions: self.of,
        };
        out.push_with(&item(partition, STAMP_KEY), |value| stamp.encode(value));
    }
}

/// How far the pages of a partition reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// The first record that isn't in them.
    next: i64,
    /// The newest time told by then, milliseconds.
    now: i64,
    /// Partitions the input had. With another number brands would lie elsewhere.
    partitions: i32,
}

impl Stamp {
    fn encode(self, out: &mut Vec<u8>) {
        out.push(FORMAT);
        out.extend_from_slice(&self.next.to_le_bytes());
        out.extend_from_slice(&self.now.to_le_bytes());
        out.extend_from_slice(&self.partitions.to_le_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (next, rest) = bytes.strip_prefix(&[FORMAT])?.split_first_chunk()?;
        let (now, rest) = rest.split_first_chunk()?;
        Some(Self {
            next: i64::from_le_bytes(*next),
            now: i64::from_le_bytes(*now),
            partitions: i32::from_le_bytes(rest.try_into().ok()?),
        })
    }
}

/// The slug in the key of a page.
fn slug_of(key: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(key.strip_prefix(BRAND_KEY)?).ok()?;
    rest.split('/').next()
}

const fn item(partition: i32, key: &[u8]) -> Item<'_> {
    Item {
        topic: Topic::CareState,
        partition: Some(partition),
        stamped_at: None,
        key: Some(key),
        value: Some(&[]),
    }
}
