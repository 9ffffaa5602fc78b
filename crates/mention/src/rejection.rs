//! Why a record can't enter the stream.

use std::fmt;

/// A record that breaks the contract: it goes to the dead-letter topic with its
/// original bytes, and the stream goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Rejection {
    /// The class of the fault: a metric label and the header `dead-reason`.
    pub reason: Reason,
    /// What exactly, with the path of the field; never contains values of the record.
    pub detail: String,
}

impl Rejection {
    /// A rejection for `reason`, with what the sender needs to mend it.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }

    /// What serde found wrong: another type or value, or no JSON at all.
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        let reason = if error.is_data() {
            Reason::BadField
        } else {
            Reason::NotJson
        };
        Self::new(reason, error.to_string())
    }
}

/// The closed set of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The bytes aren't UTF-8.
    NotUtf8,
    /// The bytes aren't one JSON object.
    NotJson,
    /// A required field isn't there.
    MissingField,
    /// A field has the wrong type or a value outside its range.
    BadField,
    /// `text` is empty and there is no `media`.
    EmptyText,
    /// `text` is longer than [`crate::MAX_TEXT_BYTES`].
    TextTooLong,
    /// The record is longer than [`crate::MAX_RECORD_BYTES`].
    RecordTooLarge,
    /// `created_at` lies before 1970.
    TimeOutOfRange,
    /// `created_at` is more than a day ahead of the Kafka timestamp.
    TimeAhead,
    /// A record on the scored topic carries no score.
    NotScored,
    /// The format of what a source sent isn't known, or isn't the one that is named.
    UnknownFormat,
}

impl Reason {
    /// Every reason; metrics are initialised from it.
    pub const ALL: [Self; 11] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::MissingField,
        Self::BadField,
        Self::EmptyText,
        Self::TextTooLong,
        Self::RecordTooLarge,
        Self::TimeOutOfRange,
        Self::TimeAhead,
        Self::NotScored,
        Self::UnknownFormat,
    ];

    /// The name in the header `dead-reason` and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::MissingField => "missing_field",
            Self::BadField => "bad_field",
            Self::EmptyText => "empty_text",
            Self::TextTooLong => "text_too_long",
            Self::RecordTooLarge => "record_too_large",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::TimeAhead => "time_ahead",
            Self::NotScored => "not_scored",
            Self::UnknownFormat => "unknown_format",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
