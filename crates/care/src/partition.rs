//! The books of one partition, and their way into and out of the changelog.
//!
//! The key `partition` holds how far the pages reach. The key `brand/<slug>/<page>` holds a
//! page of a brand's book. All that changed is written at once, so the pages on the topic
//! are always those of one moment.

use std::collections::BTreeMap;

use conversation::{Book, BookSettings, Effects};
use mention::{EventTime, Topic};
use service::Outbox;
use service::changelog::{Entries, Format, Restored, STAMP_KEY, Stamp, brand_key, entry};

const FORMAT: Format = Format(1);

/// The books of one partition.
#[derive(Debug)]
pub(crate) struct Partition {
    books: BTreeMap<String, Book>,
    /// Entries of the changelog, until the partition is ours.
    restored: Entries,
    /// Partitions the input has.
    of: i32,
    /// The newest time that any record of the partition told, milliseconds.
    now: i64,
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            books: BTreeMap::new(),
            restored: Entries::default(),
            of: 0,
            now: i64::MIN,
        }
    }
}

impl Partition {
    /// Takes in one entry of the changelog.
    pub(crate) fn restore(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.restored.put(key, value);
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
        let Some(stamp) = Stamp::of(&entries, FORMAT, of)? else {
            return Ok(restored);
        };
        restored.resume = Some(stamp.next);
        self.now = stamp.heard;
        for (slug, value) in entries.of_brands() {
            if restored.discarded.iter().any(|(brand, _)| brand == slug) {
                continue;
            }
            let Some(settings) = settings_of(slug) else {
                continue;
            };
            let book = self.books.entry(slug.to_owned());
            let book = book.or_insert_with(|| Book::new(settings));
            let page = FORMAT
                .strip(value)
                .ok_or_else(|| "of another version".to_owned());
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

    pub(crate) fn has_book(&self, slug: &str) -> bool {
        self.books.contains_key(slug)
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
    /// Returns their brands and what follows.
    pub(crate) fn advance(&mut self) -> Vec<(String, Effects)> {
        let now = self.now();
        let moved = self
            .books
            .iter_mut()
            .filter(|(_, book)| book.is_moved_by(now));
        let moved = moved.map(|(slug, book)| {
            let mut effects = Effects::default();
            book.advance(now, &mut effects);
            (slug.clone(), effects)
        });
        moved.collect()
    }

    /// Writes the pages that changed, and how far they reach.
    pub(crate) fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        for (slug, book) in &mut self.books {
            let pages: Vec<_> = book.dirty().collect();
            for page in pages {
                let key = brand_key(&format!("{slug}/{page}"));
                let value = book.write(page).map(|page| FORMAT.before(&page));
                out.push(&entry(Topic::CareState, partition, &key, value.as_deref()));
            }
        }
        let stamp = Stamp {
            next,
            heard: self.now,
            partitions: self.of,
        };
        let stamp = stamp.encode(FORMAT);
        out.push(&entry(Topic::CareState, partition, STAMP_KEY, Some(&stamp)));
    }
}
