//! Why a post got its score: what each piece of its text contributes.
//!
//! The model is linear in its features and in the strongest answer of each filter of
//! its convolution, so a logit is a plain sum, and each term of it belongs somewhere:
//!
//! - a word and its n-grams to the word; a pair of neighbours to both, half each;
//! - what a lexicon says to the words it knows, in proportion to their valences; its
//!   highest valence to the first word that has it;
//! - the answer of a filter to the tokens of the window that won it, equally;
//! - whatever follows from a negation (the negated word and its valence) to the
//!   word and to the negation, half each: "niet goed" is bad because of both;
//! - a mark of style (`!!`, capitals, a link) to the tokens that make it, equally;
//! - the number of words, stars and the source's word for the kind to named
//!   [`Circumstance`]s, since they stand nowhere in the text;
//! - the bias to the base, that of the convolution included.
//!
//! Contributions are counted in whole millionths of a logit, so that they add up
//! exactly and not but for rounding: base, circumstances and spans together *are*
//! the logits. What rounding leaves over, half a millionth a span at most and the
//! scorer's own single-precision error, is part of the base.

mod attribute;

use std::ops::{Add, AddAssign};

use mention::Score;

use crate::explain::attribute::{Contributions, Sources};
use crate::features::{self, Features};
use crate::hints::{self, Hints};
use crate::scorer::longest_part;
use crate::token::Tokens;
use crate::{CLASSES, Post, Scorer, language};

/// Millionths in one.
const MILLION: f64 = 1e6;
/// Logits beyond this are as sure as anything can be; a damaged model that gives
/// such must not make sums overflow. Millionths.
const LOGIT_MAX: f64 = 1e15;

/// Contributions to the logits of the three labels, in millionths of a logit.
///
/// Whole numbers, so that sums are exact. As logits they are natural logarithms
/// of odds: 693,147 doubles the odds of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the fields are the labels")]
pub struct Weights {
    pub negative: i64,
    pub neutral: i64,
    pub positive: i64,
}

impl Weights {
    /// How much it speaks for negative rather than positive: the change of
    /// ln(P(negative) / P(positive)), in millionths; below zero it speaks for positive.
    #[must_use]
    pub const fn towards_negative(self) -> i64 {
        self.negative - self.positive
    }

    /// Rounded from logits.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "clamped to what fits; not-a-number becomes 0"
    )]
    fn of_logits(logits: [f64; CLASSES]) -> Self {
        let [negative, neutral, positive] =
            logits.map(|logit| (logit * MILLION).round().clamp(-LOGIT_MAX, LOGIT_MAX) as i64);
        Self {
            negative,
            neutral,
            positive,
        }
    }

    /// As logits of negative, neutral, positive.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "within 10^15, where every whole number has a float"
    )]
    pub fn logits(self) -> [f64; CLASSES] {
        [self.negative, self.neutral, self.positive].map(|weight| weight as f64 / MILLION)
    }
}

impl Add for Weights {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            negative: self.negative + more.negative,
            neutral: self.neutral + more.neutral,
            positive: self.positive + more.positive,
        }
    }
}

impl AddAssign for Weights {
    fn add_assign(&mut self, more: Self) {
        *self = *self + more;
    }
}

impl std::iter::Sum for Weights {
    fn sum<I: Iterator<Item = Self>>(weights: I) -> Self {
        weights.fold(Self::default(), Self::add)
    }
}

/// Which part of a post a span lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The title.
    Title,
    /// The text.
    Text,
    /// The description of the medium with this position in [`Post::media`].
    Description(usize),
}

/// A piece of the post and what it contributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The part of the post it lies in.
    pub place: Place,
    /// First byte, counted from the start of the part.
    pub byte_start: usize,
    /// The byte behind the last.
    pub byte_end: usize,
    /// First character (Unicode scalar value), counted from the start of the part.
    pub start: usize,
    /// The character behind the last.
    pub end: usize,
    /// What it contributes.
    pub weights: Weights,
}

/// What bears on a score and stands nowhere in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Circumstance {
    /// How long the post is.
    Length,
    /// Cues that praise is meant the other way round.
    Irony,
    /// Stars of a review.
    Stars,
    /// The source's word for the kind of post.
    KindHint,
}

impl Circumstance {
    /// A name for people and for JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Irony => "irony",
            Self::Stars => "stars",
            Self::KindHint => "kind_hint",
        }
    }
}

/// A score with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The score, the same that [`Scorer::score`] gives.
    pub score: Score<'static>,
    /// The logits behind it; their softmax are the score's probabilities, which are
    /// rounded to four decimals there.
    pub logits: Weights,
    /// What the model assumes of a post without words.
    pub base: Weights,
    /// What isn't in the text, where there is some.
    pub circumstances: Vec<(Circumstance, Weights)>,
    /// The pieces of the text in reading order; those without any weight are left out.
    pub spans: Vec<Span>,
}

impl Explanation {
    /// The sum of all reasons: equal to [`Explanation::logits`], always.
    #[must_use]
    pub fn total(&self) -> Weights {
        let circumstances = self.circumstances.iter().map(|(_, weights)| *weights);
        let spans = self.spans.iter().map(|span| span.weights);
        self.base + circumstances.sum() + spans.sum()
    }

    /// The score with its `count` strongest spans of the text, for a record.
    #[must_use]
    pub fn into_score(self, count: usize) -> Score<'static> {
        let in_text = |span: &&Span| span.place == Place::Text;
        let mut spans: Vec<&Span> = self.spans.iter().filter(in_text).collect();
        let strength = |span: &Span| span.weights.towards_negative().unsigned_abs();
        spans.sort_by_key(|span| (std::cmp::Reverse(strength(span)), span.start));
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let told = spans.into_iter().take(count).map(|span| mention::Span {
            start: position(span.start),
            end: position(span.end),
            weight: mention::Span::rounded(span.weights.towards_negative()),
        });
        Score {
            spans: told.collect(),
            ..self.score
        }
    }
}

impl Scorer {
    /// Scores one post and says why. Takes about three times as long as
    /// [`Scorer::score`], which it calls; still proportional to the length.
    pub fn explain(&mut self, post: &Post<'_>) -> Explanation {
        let score = self.score(post);
        let mut tokens = Tokens::default();
        let origins = Origin::trace(post, &mut tokens);
        let sources = Sources::of(&tokens);
        let language = language::identify(&tokens, longest_part(post), post.lang, &self.model);
        // As `Scorer::score` does it, operation by operation, so that the logits are
        // the same to the bit; beside it, each term goes where it belongs.
        let share = language.english.unwrap_or(1.0);
        let mut logits = [0.0_f32; CLASSES];
        let mut parts = Contributions::new(tokens.list().len());
        for (sentiment, share) in [
            (self.model.english(), share),
            (self.model.dutch(), 1.0 - share),
        ] {
            if share > 0.0 {
                let mut features = Features::default();
                let mut marks = Vec::with_capacity(tokens.list().len());
                let mark = |features: &Features| {
                    marks.push([features.words.len(), features.grams.len()]);
                };
                features::extract_traced(
                    &tokens,
                    tokens.list(),
                    &sentiment.lexicon,
                    &mut features,
                    mark,
                );
                for (total, logit) in logits.iter_mut().zip(sentiment.logits(&features)) {
                    *total += share * logit;
                }
                parts.share = f64::from(share);
                parts.add_sentiment(&sources, sentiment, &features, &marks);
            }
        }
        let hints = hints::apply(post, &tokens, &mut logits);
        let logits = Weights::of_logits(logits.map(f64::from));
        Explanation::assemble(post, score, logits, hints, &parts, &origins)
    }
}

impl Explanation {
    fn assemble(
        post: &Post<'_>,
        score: Score<'static>,
        logits: Weights,
        hints: Hints,
        parts: &Contributions,
        origins: &[Origin],
    ) -> Self {
        let weights = |hint: Option<[f32; CLASSES]>| {
            hint.map_or_else(Weights::default, |hint| {
                Weights::of_logits(hint.map(f64::from))
            })
        };
        let circumstances = [
            (Circumstance::Length, Weights::of_logits(parts.length)),
            (Circumstance::Irony, weights(hints.irony)),
            (Circumstance::Stars, weights(hints.stars)),
            (Circumstance::KindHint, weights(hints.kind)),
        ];
        let told = |(_, weights): &(Circumstance, Weights)| *weights != Weights::default();
        let mut explanation = Self {
            score,
            logits,
            base: Weights::default(),
            circumstances: circumstances.into_iter().filter(told).collect(),
            spans: spans(post, origins, &parts.tokens),
        };
        let rest = explanation.total();
        explanation.base = Weights {
            negative: logits.negative - rest.negative,
            neutral: logits.neutral - rest.neutral,
            positive: logits.positive - rest.positive,
        };
        explanation
    }
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    place: Place,
    byte_start: usize,
    byte_end: usize,
}

impl Origin {
    /// Fills `tokens` as the scorer does; the origin of each.
    fn trace(post: &Post<'_>, tokens: &mut Tokens) -> Vec<Self> {
        let mut origins = Vec::new();
        tokens.clear();
        for (place, part) in places(post) {
            tokens.add_traced(part, |count, bytes| {
                let origin = Self {
                    place,
                    byte_start: bytes.start,
                    byte_end: bytes.end,
                };
                origins.resize(count, origin);
            });
        }
        tokens.finish();
        origins
    }
}

/// The parts of a post in reading order, as the scorer reads them.
fn places<'a>(post: &'a Post<'_>) -> impl Iterator<Item = (Place, &'a str)> {
    let title = post.title.map(|title| (Place::Title, title));
    let media = post.media.iter().enumerate();
    let descriptions = media.filter_map(|(at, media)| Some((Place::Description(at), media.alt()?)));
    title
        .into_iter()
        .chain([(Place::Text, post.text)])
        .chain(descriptions)
}

/// One span for all tokens of one origin, in reading order.
fn spans(post: &Post<'_>, origins: &[Origin], tokens: &[[f64; CLASSES]]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut parts = places(post);
    let mut part = parts.next();
    // Bytes and characters of the part that were passed.
    let mut passed = [0, 0];
    for group in origins
        .iter()
        .zip(tokens)
        .collect::<Vec<_>>()
        .chunk_by(|a, b| a.0 == b.0)
    {
        let Some((origin, _)) = group.first() else {
            continue;
        };
        while part.is_some_and(|(place, _)| place != origin.place) {
            part = parts.next();
            passed = [0, 0];
        }
        let Some((_, text)) = part else {
            break;
        };
        let characters = |bytes| {
            text.get(bytes)
                .map_or(0, |piece: &str| piece.chars().count())
        };
        let start = passed[1] + characters(passed[0]..origin.byte_start);
        let end = start + characters(origin.byte_start..origin.byte_end);
        passed = [origin.byte_end, end];
        let mut sum = [0.0; CLASSES];
        for (_, contribution) in group {
            for (sum, contribution) in sum.iter_mut().zip(*contribution) {
                *sum += contribution;
            }
        }
        let weights = Weights::of_logits(sum);
        if weights != Weights::default() {
            spans.push(Span {
                place: origin.place,
                byte_start: origin.byte_start,
                byte_end: origin.byte_end,
                start,
                end,
                weights,
            });
        }
    }
    spans
}

#[cfg(test)]
mod tests;
