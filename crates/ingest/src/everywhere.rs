//! What every partition is told, since nobody knows which brands it concerns.

use mention::{EventTime, Platform};
use serde::{Deserialize, Serialize};

/// How its JSON begins, and no mention's.
const BEGINNING: &[u8] = b"{\"everywhere\":";

/// A post or an account that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Everywhere {
    /// What is gone. First, so that the record is told by it.
    everywhere: Gone,
    pub(crate) platform: Platform,
    pub(crate) observed_at: EventTime,
}

/// What is gone, by its stored name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gone {
    Post(String),
    Author(String),
}

impl Everywhere {
    pub(crate) const fn post(platform: Platform, id: String, observed_at: EventTime) -> Self {
        Self {
            everywhere: Gone::Post(id),
            platform,
            observed_at,
        }
    }

    pub(crate) const fn author(platform: Platform, id: String, observed_at: EventTime) -> Self {
        Self {
            everywhere: Gone::Author(id),
            platform,
            observed_at,
        }
    }

    pub(crate) const fn gone(&self) -> &Gone {
        &self.everywhere
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Names, numbers and texts always have a JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads such a record; `None` if it is another.
    pub(crate) fn from_json(bytes: &[u8]) -> Option<Self> {
        bytes.starts_with(BEGINNING).then_some(())?;
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_mentions_are_none() {
        let at = EventTime::from_millis(1_772_442_000_000);
        let gone = Everywhere::author(Platform::Bluesky, "a\"b".to_owned(), at);
        assert_eq!(Everywhere::from_json(&gone.to_json()), Some(gone));
        assert_eq!(
            Everywhere::from_json(br#"{"id":"1","everywhere":{}}"#),
            None
        );
    }
}
