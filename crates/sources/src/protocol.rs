//! What tells one kind of public stream from another.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Token;
use crate::catch_up::Fetching;

/// What one kind of stream is like.
pub(crate) trait Protocol {
    /// Name of the source: header of the records, key of the place.
    fn name(&self) -> &str;
    /// Name of the format.
    fn format(&self) -> &'static str;
    /// Where to connect, to go on from `place`.
    fn address(&self, place: Option<u64>) -> String;
    /// What lets us in.
    fn token(&self) -> Option<&Token>;
    /// What a message is.
    fn read(&self, text: &str) -> Read;
    /// What a connection missed that doesn't begin where the last one ended; begins to
    /// fetch it.
    fn missed(&self, place: Option<u64>) -> Missed;
    /// How far apart the places of two events in a row are at most, where a connection
    /// begins at the place that it is given; `None` where it begins with what comes.
    fn stride(&self) -> Option<u64>;
    /// When something of that place was posted, milliseconds since 1970.
    fn millis(&self, place: u64) -> Option<u64>;
    /// The identity and the place of a post that was fetched, by its id.
    fn fetched(&self, id: &str) -> (u64, Option<u64>);
}

/// What a connection missed.
#[derive(Debug)]
pub(crate) enum Missed {
    Nothing,
    /// It comes.
    Fetching(Fetching),
    /// It can't be fetched: why.
    Unknown(&'static str),
}

/// What a message of a stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// An event for the raw topic.
    Event {
        /// Decides the partition.
        key: String,
        /// The same for the same event, however often it comes.
        identity: u64,
        /// Its place in the stream, if it can be gone on from.
        place: Option<u64>,
    },
    /// Of no interest; its place, if it has one.
    Other(Option<u64>),
    /// No event of this stream: it is written all the same, so that it becomes a dead letter.
    Unreadable,
}

impl Read {
    /// Its place, if it has one.
    pub(crate) const fn place(&self) -> Option<u64> {
        match self {
            Self::Event { place, .. } | Self::Other(place) => *place,
            Self::Unreadable => None,
        }
    }
}

/// The hash of what makes an event the same.
pub(crate) fn identity(parts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}
