//! A string that borrows from its record wherever the JSON has no escapes.

#[cfg(feature = "schema")]
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string of a record, borrowed if it stands there without escapes.
///
/// `Option<Cow<str>>` always copies under serde; this type borrows there too. A
/// string that many records have in common can be shared instead of copied.
#[derive(Clone)]
pub struct Text<'a>(Characters<'a>);

#[derive(Clone)]
enum Characters<'a> {
    Borrowed(&'a str),
    Owned(String),
    Shared(Arc<str>),
}

impl Text<'_> {
    /// A string whose clones share its characters, without allocation.
    #[must_use]
    pub fn shared(text: &str) -> Text<'static> {
        Text(Characters::Shared(text.into()))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Characters::Borrowed(text) => text,
            Characters::Owned(text) => text,
            Characters::Shared(text) => text,
        }
    }

    /// A copy that owns its characters.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(match self.0 {
            Characters::Borrowed(text) => Characters::Owned(text.to_owned()),
            Characters::Owned(text) => Characters::Owned(text),
            Characters::Shared(text) => Characters::Shared(text),
        })
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self(Characters::Borrowed(""))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A string of a record, borrowed if it stands there without escapes.\n\n\
                `Option<Cow<str>>` always copies under serde; this type borrows there too.",
        })
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Characters::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Characters::Owned(text))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text::from(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text::from(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Text::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_shared_text_are_the_same_characters() {
        let text = Text::shared("model@1");
        let (again, owned) = (text.clone(), text.clone().into_owned());
        assert!(std::ptr::eq(text.as_str(), again.as_str()));
        assert!(std::ptr::eq(text.as_str(), owned.as_str()));
        assert_eq!(text, Text::from("model@1"));
        assert!(text < Text::from("model@2".to_owned()));
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"model@1\"");
    }
}
