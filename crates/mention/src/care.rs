//! A conversation: what a customer asked of a brand, and when it was answered.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Label, Platform, Role};

/// What somebody wants of a brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// That something is put right: a post of the kind complaint.
    Complaint,
    /// To know something: a post of the kind question.
    Question,
    /// Neither of them, but the post is negative.
    Negative,
}

impl Asked {
    /// All three; the position is stable, snapshots rely on it.
    pub const ALL: [Self; 3] = [Self::Complaint, Self::Question, Self::Negative];

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Question => "question",
            Self::Negative => "negative",
        }
    }
}

/// A conversation that waits for an answer or has one, the value on
/// [`crate::Topic::Care`].
///
/// The key of the record is [`Conversation::key`]. The last record counts; an empty value
/// says that the post is gone or so old that nobody waits any more. It holds no text, and
/// ids as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        title = "Conversation",
        description = "What a customer asked of a brand, and when it was answered. The key of \
            the record is brand/platform/id; the last one counts, an empty value says that the \
            post is gone or forgotten."
    )
)]
pub struct Conversation {
    /// Slug of the brand.
    pub brand: String,
    /// Where it was asked.
    pub platform: Platform,
    /// Hashed id of the post, 16 hexadecimal digits, as in a spike's exemplars.
    pub id: String,
    /// Hashed id of the first post of its thread, as far as the post itself tells.
    pub thread: String,
    /// What is asked.
    pub kind: Asked,
    /// Sentiment of the post; neutral where the scorer abstained.
    pub label: Label,
    /// When it was asked, event time.
    pub asked_at: EventTime,
    /// People the post reached: views where they are counted, else a tenth of the
    /// author's followers; 0 where neither is known.
    pub reach: u64,
    /// When the first answer was given, event time; none while nobody has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<EventTime>,
    /// Who answered: `brand` or `staff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<Role>,
    /// From question to first answer, whole seconds; 0 if the clocks disagree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_seconds: Option<u64>,
    /// The same, counting the brand's office hours only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office_seconds: Option<u64>,
}

impl Conversation {
    /// The key of its record.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.brand, self.platform.as_str(), self.id)
    }

    /// Whether nobody has answered.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.answered_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_no_answer_in_its_record() {
        let text = r#"{"brand":"acme","platform":"x","id":"00c0ffee00c0ffee","thread":"00c0ffee00c0ffee","kind":"complaint","label":"negative","asked_at":"2026-03-02T09:00:00Z","reach":120}"#;
        let waiting: Conversation = serde_json::from_str(text).unwrap();
        assert!(waiting.is_open());
        assert_eq!(waiting.key(), "acme/x/00c0ffee00c0ffee");
        assert_eq!(serde_json::to_string(&waiting).unwrap(), text);
    }
}
