//! From post to score.

use std::sync::Arc;

use mention::{Abstention, Label, Probabilities, Score, Text};

use crate::features::{self, Evidence, Features};
use crate::language::{self, Language};
use crate::token::Tokens;
use crate::topics::Read;
use crate::{CLASSES, Model, Post, clauses, hints, topics};

/// Below this probability of the best label the scorer abstains.
const CONFIDENCE_MIN: f64 = 0.40;
/// Where both negative and positive are at least this probable, an unsure text
/// is contradictory rather than empty.
const CONTRADICTION_MIN: f64 = 0.30;
/// Fewer words than this, without a symbol or a known opinion, are too short.
const WORDS_MIN: u32 = 2;

/// Scores posts. One per thread: it owns the buffers that scoring reuses.
#[derive(Debug)]
pub struct Scorer {
    pub(crate) model: Arc<Model>,
    /// The model's name for its scores. Each scorer counts its own, so that
    /// threads don't wait for each other's count.
    name: Text<'static>,
    tokens: Tokens,
    features: Features,
}

impl Scorer {
    /// A scorer with `model`.
    #[must_use]
    pub fn new(model: Arc<Model>) -> Self {
        Self {
            name: Text::shared(model.name()),
            model,
            tokens: Tokens::default(),
            features: Features::default(),
        }
    }

    /// Scores one post. Takes time proportional to its length, and allocates
    /// nothing once the buffers have grown to the longest post.
    pub fn score(&mut self, post: &Post<'_>) -> Score<'static> {
        tokenize(&mut self.tokens, post);
        let longest = longest_part(post);
        let language = language::identify(&self.tokens, longest, post.lang, &self.model);
        let (mut logits, evidence) = self.logits(language);
        hints::apply(post, &self.tokens, &mut logits);
        let probabilities = softmax(logits);
        let label = probabilities.label();
        let read = Read {
            post,
            features: &self.features,
            language,
            probabilities: &probabilities,
        };
        let (kind, mut aspects) = topics::tell(&read, &self.model);
        let abstained = abstention(post, language, evidence, &probabilities);
        if abstained == Some(Abstention::NoEvidence) {
            aspects.clear();
        }
        clauses::tell_apart(
            &self.tokens,
            language,
            &self.model,
            &mut self.features,
            &mut aspects,
        );
        Score {
            label,
            probabilities,
            confidence: probabilities.of(label),
            lang: Text::from(language.name),
            abstained,
            kind,
            aspects,
            model: self.name.clone(),
            spans: Vec::new(),
        }
    }

    /// Logits in the post's language; of a mixture, weighted by share. A foreign
    /// text is read as if it were English, whose vocabulary travels furthest.
    fn logits(&mut self, language: Language) -> ([f32; CLASSES], Evidence) {
        let share = language.english.unwrap_or(1.0);
        let mut total = [0.0; CLASSES];
        let mut evidence = Evidence::default();
        let languages = [
            (self.model.english(), share),
            (self.model.dutch(), 1.0 - share),
        ];
        for (sentiment, share) in languages {
            if share > 0.0 {
                let found = features::extract(&self.tokens, &sentiment.lexicon, &mut self.features);
                evidence = evidence.or(found);
                let logits = sentiment.logits(&self.features);
                for (total, logit) in total.iter_mut().zip(logits) {
                    *total += share * logit;
                }
            }
        }
        (total, evidence)
    }
}

/// The parts of a post in reading order.
fn parts<'a>(post: &'a Post<'_>) -> impl Iterator<Item = &'a str> {
    let descriptions = post.media.iter().filter_map(|media| media.alt());
    post.title
        .into_iter()
        .chain([post.text])
        .chain(descriptions)
}

fn tokenize(tokens: &mut Tokens, post: &Post<'_>) {
    tokens.clear();
    for part in parts(post) {
        tokens.add(part);
    }
    tokens.finish();
}

/// The part that tells most about the language.
pub(crate) fn longest_part<'a>(post: &'a Post<'_>) -> &'a str {
    parts(post)
        .max_by_key(|part| part.len())
        .unwrap_or_default()
}

pub(crate) fn softmax(logits: [f32; CLASSES]) -> Probabilities {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let [negative, neutral, positive] = logits.map(|logit| f64::from(libm::expf(logit - max)));
    Probabilities::from_weights(negative, neutral, positive)
}

fn abstention(
    post: &Post<'_>,
    language: Language,
    evidence: Evidence,
    probabilities: &Probabilities,
) -> Option<Abstention> {
    if language.english.is_none() {
        return Some(Abstention::UnsupportedLanguage);
    }
    if post.rating.is_some() {
        return None;
    }
    let silent = evidence.positive + evidence.negative <= 0.0;
    if language.name == "und" && evidence.words > 0 && silent {
        return Some(Abstention::NoEvidence);
    }
    if evidence.words < WORDS_MIN && silent {
        return Some(Abstention::TooShort);
    }
    if probabilities.of(probabilities.label()) >= CONFIDENCE_MIN {
        return None;
    }
    let both = probabilities.negative.min(probabilities.positive);
    Some(
        if both >= CONTRADICTION_MIN && probabilities.label() != Label::Neutral {
            Abstention::Contradictory
        } else {
            Abstention::NoEvidence
        },
    )
}
