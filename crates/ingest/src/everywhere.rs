//! What every partition is told, since nobody knows which brands it concerns: what is gone,
//! and what a post is about after an edit.

use mention::{EventTime, Platform};
use serde::{Deserialize, Serialize};

/// How its JSON begins, and no mention's.
const BEGINNING: &[u8] = b"{\"everywhere\":";

/// A post or an account that is gone, or a post that was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Everywhere {
    /// What happened. First, so that the record is told by it.
    everywhere: What,
    pub(crate) platform: Platform,
    pub(crate) observed_at: EventTime,
}

/// What happened, by stored names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// A post is gone.
    Post(String),
    /// An account is gone, with all its posts.
    Author(String),
    /// A post was edited, and is about these brands now and no others.
    Edited { post: String, brands: Vec<String> },
    /// A raw partition, one of so many, was read up to the moment of the record.
    Read { partition: i32, of: i32 },
}

impl Everywhere {
    pub(crate) const fn post(platform: Platform, id: String, observed_at: EventTime) -> Self {
        Self {
            everywhere: What::Post(id),
            platform,
            observed_at,
        }
    }

    pub(crate) const fn author(platform: Platform, id: String, observed_at: EventTime) -> Self {
        Self {
            everywhere: What::Author(id),
            platform,
            observed_at,
        }
    }

    pub(crate) const fn edited(
        platform: Platform,
        post: String,
        brands: Vec<String>,
        observed_at: EventTime,
    ) -> Self {
        Self {
            everywhere: What::Edited { post, brands },
            platform,
            observed_at,
        }
    }

    pub(crate) const fn read(partition: i32, of: i32, observed_at: EventTime) -> Self {
        Self {
            everywhere: What::Read { partition, of },
            platform: Platform::Other,
            observed_at,
        }
    }

    pub(crate) const fn what(&self) -> &What {
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

/// How the JSON of an edit begins whose brands were found in it.
const EDIT: &[u8] = b"{\"edit\":";

/// An edit, in the contract's words, of a post in which a brand was found: it may be the
/// first mention of it. An edit whose source names the brand is none of these, since who
/// names brands tells of posts that are older than what is remembered.
pub(crate) fn edit(mention: &[u8]) -> Vec<u8> {
    [EDIT, mention, b"}"].concat()
}

/// The mention in such a record; `None` if it is another.
pub(crate) fn edit_of(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(EDIT)?.strip_suffix(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_mentions_are_none() {
        let at = EventTime::from_millis(1_772_442_000_000);
        let gone = Everywhere::author(Platform::Bluesky, "a\"b".to_owned(), at);
        assert_eq!(Everywhere::from_json(&gone.to_json()), Some(gone));
        let edited = Everywhere::edited(Platform::X, "7".to_owned(), vec!["a".to_owned()], at);
        assert_eq!(Everywhere::from_json(&edited.to_json()), Some(edited));
        assert_eq!(
            Everywhere::from_json(br#"{"id":"1","everywhere":{}}"#),
            None
        );
        let mention = br#"{"id":"1"}"#;
        assert_eq!(edit_of(&edit(mention)), Some(&mention[..]));
        assert_eq!(edit_of(mention), None);
    }
}
