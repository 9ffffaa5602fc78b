//! One consumed record.

use mention::EventTime;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};

/// One record as the broker gave it; its bytes stay in the client's buffer.
#[derive(Debug)]
pub struct Record<'a>(BorrowedMessage<'a>);

impl<'a> Record<'a> {
    pub(crate) const fn new(message: BorrowedMessage<'a>) -> Self {
        Self(message)
    }

    /// Full name of its topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.0.topic()
    }

    /// Number of its partition.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.0.partition()
    }

    /// Position in its partition.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// Key, if it has one.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.0.key()
    }

    /// Value; empty if it has none.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.0.payload().unwrap_or_default()
    }

    /// When the producer or broker stamped it; `None` on brokers older than 0.10.
    #[must_use]
    pub fn stamped_at(&self) -> Option<EventTime> {
        self.0.timestamp().to_millis().map(EventTime::from_millis)
    }

    /// Value of the header `name`, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let headers = self.0.headers()?;
        let found = headers.iter().find(|header| header.key == name)?;
        found.value
    }
}

/// The headers of a record, wherever they lie.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a>(Place<'a>);

#[derive(Debug, Clone, Copy, Default)]
enum Place<'a> {
    #[default]
    Nowhere,
    Record(&'a Record<'a>),
    Pairs(&'a [(&'a str, &'a [u8])]),
}

impl<'a> Headers<'a> {
    /// No headers.
    pub const NONE: Self = Self(Place::Nowhere);

    /// Those of a record.
    #[must_use]
    pub const fn of(record: &'a Record<'a>) -> Self {
        Self(Place::Record(record))
    }

    /// These names and values.
    #[must_use]
    pub const fn from_pairs(pairs: &'a [(&'a str, &'a [u8])]) -> Self {
        Self(Place::Pairs(pairs))
    }

    /// Value of the first header `name`, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        match self.0 {
            Place::Nowhere => None,
            Place::Record(record) => record.header(name),
            Place::Pairs(pairs) => {
                let found = pairs.iter().find(|(key, _)| *key == name)?;
                Some(found.1)
            }
        }
    }

    /// All of them in their order; those without a value are left out.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let (record, pairs) = match self.0 {
            Place::Nowhere => (None, [].as_slice()),
            Place::Record(record) => (record.0.headers(), [].as_slice()),
            Place::Pairs(pairs) => (None, pairs),
        };
        let of_record = record.into_iter().flat_map(|headers| headers.iter());
        of_record
            .filter_map(|header| Some((header.key, header.value?)))
            .chain(pairs.iter().copied())
    }
}
