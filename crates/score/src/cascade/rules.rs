//! Which texts the second model is asked about.

use std::time::Duration;

use mention::Score;
use sentiment::Post;

/// Which texts the second model is asked about, and what that may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The bounds, if it is only asked about uncertain texts; `None` asks about all.
    pub uncertain: Option<Bounds>,
    /// Languages that it knows, BCP 47.
    pub languages: Vec<String>,
    /// Texts that are classified together at most.
    pub batch: usize,
}

/// What counts as uncertain, and how much of it is too much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// A text is uncertain if its linear score has a lower confidence, 0–1, or abstained.
    pub below_confidence: f64,
    /// Share of all scored texts, 0–1. Never exceeded, not even at the start.
    pub max_share: f64,
    /// Time between two commits; without one only the share bounds, and the same
    /// texts in the same order are asked about whatever the machine does.
    pub max_latency: Option<Duration>,
}

impl Rules {
    /// Whether the second model may know better than `score`.
    ///
    /// Never so for languages that aren't named, for reviews with stars, which say it
    /// themselves, and for posts without text.
    pub(super) fn takes(&self, post: &Post<'_>, score: &Score<'_>) -> bool {
        let is_known = self
            .languages
            .iter()
            .any(|lang| lang == score.lang.as_str());
        let is_uncertain = self.uncertain.is_none_or(|bounds| {
            score.abstained.is_some() || score.confidence < bounds.below_confidence
        });
        is_known && is_uncertain && post.rating.is_none() && !post.text.trim().is_empty()
    }
}
