//! How a book is written: in pages, each of the slots that are forgotten in one minute and
//! whose hashes begin alike.

use std::fmt;

use mention::EventTime;

use crate::book::Book;
use crate::slot::Slot;

/// Bits of a hash that tell the pages of a minute apart: even with a million posts in one
/// minute, a page stays below two megabytes.
const PART_BITS: u32 = 5;

/// Which bound a slot falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Posts that ask something.
    Asks,
    /// Other posts.
    Others,
    /// Posts that aren't known but by what was told about them.
    Awaited,
}

impl Class {
    pub(crate) const ALL: [Self; 3] = [Self::Asks, Self::Others, Self::Awaited];
    const NAMES: [&'static str; 3] = ["asks", "others", "awaited"];
}

/// A page of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page {
    pub(crate) class: Class,
    /// The last minute at which its slots are remembered.
    pub(crate) until: i64,
    pub(crate) part: u8,
}

impl Page {
    pub(crate) fn of(class: Class, until: i64, key: u64) -> Self {
        let part = key >> (u64::BITS - PART_BITS);
        Self {
            class,
            until,
            // Six bits.
            part: u8::try_from(part).unwrap_or(u8::MAX),
        }
    }

    /// Its first and last place on the shelf.
    pub(crate) fn span(self) -> ((i64, u64), (i64, u64)) {
        let first = u64::from(self.part) << (u64::BITS - PART_BITS);
        let last = first | (u64::MAX >> PART_BITS);
        ((self.until, first), (self.until, last))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = Class::NAMES[self.class as usize];
        write!(f, "{class}/{}/{}", self.until, self.part)
    }
}

impl Book {
    /// Pages that changed since they were written. They belong together: a post may have
    /// gone from one to another.
    pub fn dirty(&self) -> impl Iterator<Item = Page> {
        self.dirty.iter().copied()
    }

    /// The page as it is written; `None` if nothing stands on it any more. It counts as
    /// written from then on.
    pub fn write(&mut self, page: Page) -> Option<Vec<u8>> {
        self.dirty.remove(&page);
        let (first, last) = page.span();
        let keys = self.shelves[page.class as usize].range(first..=last);
        let slots: Vec<(u64, &Slot)> = keys
            .filter_map(|&(_, key)| Some((key, self.slots.get(&key)?)))
            .collect();
        if slots.is_empty() {
            return None;
        }
        // Plain values in memory always have a form.
        postcard::to_allocvec(&slots).ok()
    }

    /// Takes over a page as it was written into a book that hasn't any of its slots.
    ///
    /// # Errors
    /// A sentence on why it can't be used.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        let slots: Vec<(u64, Slot)> =
            postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        for (key, slot) in slots {
            self.put_in(key, slot, false);
        }
        Ok(())
    }

    /// All pages are read. What had to be answered before `now` is judged already.
    pub fn ready(&mut self, now: EventTime) {
        self.dirty.clear();
        self.due = self.due.split_off(&(now.minute(), 0));
    }
}
