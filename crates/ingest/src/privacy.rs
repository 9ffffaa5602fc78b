//! What stands between people's data and the topics that keep it.

use std::borrow::Cow;
use std::fmt;

use mention::Platform;
use redact::{Pseudonyms, Redactor};

/// Takes personal data out of what is stored.
pub trait Privacy: fmt::Debug + Send + Sync {
    /// The text without what names or reaches a person.
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str>;

    /// A name for `id`, an account or a post that holds its author's name: the same for
    /// the same id, and not led back without the key.
    fn pseudonym(&self, platform: Platform, id: &str) -> String;

    /// The names for `id` under every key that was in use, the present one first.
    fn pseudonyms(&self, platform: Platform, id: &str) -> Vec<String>;
}

/// Texts with placeholders for what is personal in them, and ids as keyed hashes.
#[derive(Debug)]
pub struct Stored {
    redactor: Redactor,
    pseudonyms: Pseudonyms,
}

impl Stored {
    /// By these keys; `names` of brands and their accounts stay in the texts.
    #[must_use]
    pub fn new<S: AsRef<str>>(pseudonyms: Pseudonyms, names: impl IntoIterator<Item = S>) -> Self {
        Self {
            redactor: Redactor::for_storage().keeping(names),
            pseudonyms,
        }
    }
}

impl Privacy for Stored {
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.redact(text)
    }

    fn pseudonym(&self, platform: Platform, id: &str) -> String {
        self.pseudonyms.of(platform.as_str(), id)
    }

    fn pseudonyms(&self, platform: Platform, id: &str) -> Vec<String> {
        self.pseudonyms.all_of(platform.as_str(), id)
    }
}
