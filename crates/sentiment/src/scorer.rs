//! From post to score.

use std::sync::Arc;

use mention::{Abstention, Kind, Label, Probabilities, Role, Score, Text};

use crate::language;
use crate::{Model, Post};

/// Scores posts. One per thread: it owns the buffers that scoring reuses.
#[derive(Debug)]
pub struct Scorer {
    model: Arc<Model>,
    words: String,
}

/// A first vocabulary, until the trained tables replace it.
const NEGATIVE: &[&str] = &[
    "slecht",
    "waardeloos",
    "waardeloze",
    "schandalig",
    "klacht",
    "kapot",
    "nooit",
    "nog",
    "steeds",
    "wacht",
    "laat",
    "terrible",
    "worst",
    "awful",
    "broken",
    "late",
    "never",
    "refund",
    "bad",
];
const POSITIVE: &[&str] = &[
    "top", "blij", "geweldig", "fijn", "goed", "super", "bedankt", "mooi", "snel", "great", "love",
    "thanks", "good", "best", "happy",
];

impl Scorer {
    /// A scorer with `model`.
    #[must_use]
    pub fn new(model: Arc<Model>) -> Self {
        Self {
            model,
            words: String::new(),
        }
    }

    /// Scores one post.
    pub fn score(&mut self, post: &Post<'_>) -> Score<'static> {
        self.words.clear();
        self.words.push_str(&post.text.to_lowercase());
        let lang = language::by_letters(post.text);
        let count = |list: &[&str]| {
            let words = self.words.split(|c: char| !c.is_alphanumeric());
            words.filter(|word| list.contains(word)).count()
        };
        let (negative, positive) = (count(NEGATIVE), count(POSITIVE));
        let abstained = if !matches!(lang, "nl" | "en") {
            Some(Abstention::UnsupportedLanguage)
        } else if negative + positive == 0 {
            Some(Abstention::NoEvidence)
        } else {
            None
        };
        let weight = |hits: usize| 2.0 * f64::from(u32::try_from(hits).unwrap_or(u32::MAX));
        let probabilities = Probabilities::from_weights(weight(negative), 1.0, weight(positive));
        let label = probabilities.label();
        Score {
            label,
            probabilities,
            confidence: probabilities.of(label),
            lang: Text::from(lang),
            abstained,
            kind: kind(post, label),
            aspects: Vec::new(),
            model: Text::from(self.model.name().to_owned()),
        }
    }
}

fn kind(post: &Post<'_>, label: Label) -> Kind {
    if post.role == Some(Role::Brand) {
        return Kind::Webcare;
    }
    if let Some(kind) = post.kind_hint.and_then(Kind::from_name) {
        return kind;
    }
    match label {
        Label::Negative => Kind::Complaint,
        Label::Neutral => Kind::Remark,
        Label::Positive => Kind::Praise,
    }
}
