//! What a brand is known by.

use std::fmt;

use crate::fold::Folded;

/// Shortest name, characters after folding: a single letter is everywhere.
const SHORTEST: usize = 2;
/// Longest name, bytes after folding: longer ones are mistakes, and cost memory.
const LONGEST: usize = 200;

/// What one brand is known by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The brand.
    pub slug: String,
    /// Names that mean nothing else.
    pub names: Vec<String>,
    /// Names that mean other things too; they count where a word of `context` stands.
    pub ambiguous: Vec<String>,
    /// Names of its accounts, with or without `@`: `acme`, `acme.example`,
    /// `acme@social.example`, or the id that a platform gives.
    pub handles: Vec<String>,
    /// Hashtags, with or without `#`.
    pub hashtags: Vec<String>,
    /// Names of its products that mean nothing else.
    pub products: Vec<String>,
    /// Words one of which has to stand beside an ambiguous name.
    pub context: Vec<String>,
    /// Words that say that it is about something else.
    pub exclude: Vec<String>,
    /// Languages of its market, ISO 639-1; all if there are none.
    pub languages: Vec<String>,
}

impl Rules {
    /// A brand without rules.
    #[must_use]
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            ..Self::default()
        }
    }

    /// Each list that holds words to look for, with what it is for.
    pub(crate) fn lists(&self) -> [(Kind, &[String]); 7] {
        [
            (Kind::Name, &self.names),
            (Kind::Ambiguous, &self.ambiguous),
            (Kind::Handle, &self.handles),
            (Kind::Hashtag, &self.hashtags),
            (Kind::Product, &self.products),
            (Kind::Context, &self.context),
            (Kind::Exclude, &self.exclude),
        ]
    }
}

/// What a word is to a brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Its name.
    Name,
    /// A product of it.
    Product,
    /// A hashtag of it.
    Hashtag,
    /// An account of it that is mentioned or answered.
    Handle,
    /// The account that posted is its own.
    Account,
    /// A name that means other things too.
    Ambiguous,
    /// A word beside which an ambiguous name is meant.
    Context,
    /// A word that says that something else is meant.
    Exclude,
}

impl Kind {
    /// The key of the configuration that it comes from.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "names",
            Self::Product => "products",
            Self::Hashtag => "hashtags",
            Self::Handle | Self::Account => "handles",
            Self::Ambiguous => "ambiguous",
            Self::Context => "context",
            Self::Exclude => "exclude",
        }
    }
}

/// A rule that can't be used, by its brand, key and position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    /// Position of the brand.
    pub brand: usize,
    /// Key of the list in the configuration.
    pub key: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for RulesError {}

/// A word as it is looked for; handles and hashtags with their sign.
pub(crate) fn pattern(kind: Kind, word: &str) -> Result<String, String> {
    let mut folded = Folded::default();
    match kind {
        Kind::Handle => folded.push(&format!("@{}", word.trim().trim_start_matches('@'))),
        Kind::Hashtag => folded.push(&format!("#{}", word.trim().trim_start_matches('#'))),
        _ => folded.push(word.trim()),
    }
    let text = String::from_utf8_lossy(&folded.text).into_owned();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < SHORTEST {
        return Err(format!(
            "{word:?} has fewer than {SHORTEST} letters or digits: it would be found everywhere"
        ));
    }
    if text.len() > LONGEST {
        return Err(format!(
            "a word of {} bytes, at most {LONGEST} are taken",
            text.len()
        ));
    }
    Ok(text)
}

/// The name of an account, as accounts are compared.
pub(crate) fn account(name: &str) -> String {
    name.trim().trim_start_matches('@').to_lowercase()
}
