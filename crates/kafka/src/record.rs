//! One consumed record.

use mention::EventTime;
use rdkafka::message::{BorrowedMessage, Headers, Message};

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
