//! Records that can't enter the stream, on their way to the dead-letter topic.

use mention::{EventTime, Rejection, Topic};
use rdkafka::message::{Header, OwnedHeaders};

use crate::Headers;

/// Longest value of a dead letter, bytes: the limit of the dead-letter topics
/// (4 MiB) less room for key and headers. A longer one is cut and says so.
pub const MAX_DEAD_LETTER_BYTES: usize = 4 * 1024 * 1024 - 16 * 1024;

/// What the names of the headers begin with that explain a dead letter.
pub const DEAD: &str = "dead-";
/// Headers of the record itself that are kept at most, and bytes of each: they have to
/// fit beside the value.
const KEPT_MAX: usize = 16;
const KEPT_BYTES: usize = 512;

/// A rejected record with all that is needed to mend and send it again.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetter<'a> {
    /// The service that rejected it.
    pub stage: &'a str,
    /// Why.
    pub rejection: &'a Rejection,
    /// The topic it came from; it goes to that topic's companion.
    pub source: Topic,
    /// The partition it came from.
    pub partition: i32,
    /// Where it stood there.
    pub offset: i64,
    /// When it was rejected, by the wall clock.
    pub at: EventTime,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its bytes.
    pub value: &'a [u8],
    /// Its own headers, kept in front of those that explain it.
    pub original: Headers<'a>,
}

impl<'a> DeadLetter<'a> {
    /// The bytes that are kept: all of them, if they fit.
    pub(crate) fn kept(&self) -> &'a [u8] {
        &self.value[..self.value.len().min(MAX_DEAD_LETTER_BYTES)]
    }

    /// The headers that explain it; `topic` is the full name of its source.
    pub(crate) fn headers(&self, topic: &str) -> OwnedHeaders {
        let texts = [
            ("dead-stage", self.stage.to_owned()),
            ("dead-reason", self.rejection.reason.to_string()),
            ("dead-detail", self.rejection.detail.clone()),
            ("dead-topic", topic.to_owned()),
            ("dead-partition", self.partition.to_string()),
            ("dead-offset", self.offset.to_string()),
            ("dead-at", self.at.to_string()),
        ];
        let cut = (self.value.len() > MAX_DEAD_LETTER_BYTES)
            .then(|| ("dead-cut", self.value.len().to_string()));
        let mut headers = OwnedHeaders::new_with_capacity(texts.len() + 1);
        // A record that was a dead letter before tells of its last end only.
        let own = self.original.iter();
        for (key, value) in own.filter(|(key, _)| !key.starts_with(DEAD)).take(KEPT_MAX) {
            let value = Some(&value[..value.len().min(KEPT_BYTES)]);
            headers = headers.insert(Header { key, value });
        }
        for (key, value) in texts.into_iter().chain(cut) {
            headers = headers.insert(Header {
                key,
                value: Some(&value),
            });
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use mention::Reason;
    use rdkafka::message::Headers as _;

    use super::*;

    #[test]
    fn a_value_that_does_not_fit_is_cut_and_says_so() {
        let rejection = Rejection::new(Reason::RecordTooLarge, "5000000 bytes");
        let value = vec![b'x'; 5_000_000];
        let letter = DeadLetter {
            stage: "score",
            rejection: &rejection,
            source: Topic::Mentions,
            partition: 2,
            offset: 7,
            at: EventTime::from_millis(0),
            key: None,
            value: &value,
            original: Headers::from_pairs(&[("ophef-format", b"x"), ("dead-at", b"once")]),
        };
        assert_eq!(letter.kept().len(), MAX_DEAD_LETTER_BYTES);
        let headers = letter.headers("ophef.mentions.v1");
        let found: Vec<_> = headers
            .iter()
            .map(|h| {
                (
                    h.key,
                    std::str::from_utf8(h.value.unwrap_or_default()).unwrap(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("ophef-format", "x"),
                ("dead-stage", "score"),
                ("dead-reason", "record_too_large"),
                ("dead-detail", "5000000 bytes"),
                ("dead-topic", "ophef.mentions.v1"),
                ("dead-partition", "2"),
                ("dead-offset", "7"),
                ("dead-at", "1970-01-01T00:00:00Z"),
                ("dead-cut", "5000000"),
            ]
        );
    }
}
