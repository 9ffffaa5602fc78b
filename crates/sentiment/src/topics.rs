//! Kind and aspects of a post.

use mention::{Aspect, AspectPolarity, Kind, Label, Probabilities, Role};

use crate::features::Features;
use crate::language::Language;
use crate::token::Tokens;
use crate::{Model, Post};

/// An aspect is told from this probability on.
const ASPECT_MIN: f32 = 0.5;

/// The kind of a post, and what it is about.
pub(crate) fn tell(
    post: &Post<'_>,
    model: &Model,
    features: &Features,
    _tokens: &Tokens,
    language: Language,
    probabilities: &Probabilities,
) -> (Kind, Vec<AspectPolarity>) {
    let logits = model.topics().logits(features);
    let (kinds, aspects) = logits.split_at(Kind::ALL.len());
    let polarity = probabilities.label();
    let told = Aspect::ALL
        .into_iter()
        .zip(aspects)
        .filter_map(|(aspect, &logit)| {
            let probability = 1.0 / (1.0 + (-logit).exp());
            (probability >= ASPECT_MIN && language.english.is_some()).then(|| AspectPolarity {
                aspect,
                polarity,
                confidence: f64::from((probability * 100.0).round()) / 100.0,
            })
        });
    (kind(post, kinds, polarity), told.collect())
}

fn kind(post: &Post<'_>, logits: &[f32], label: Label) -> Kind {
    if post.role == Some(Role::Brand) {
        return Kind::Webcare;
    }
    if let Some(kind) = post.kind_hint.and_then(Kind::from_name) {
        return kind;
    }
    if post.rating.is_some() {
        return Kind::Review;
    }
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let kind = best.map_or(Kind::Other, |(at, _)| Kind::ALL[at]);
    match (kind, label) {
        // A wave of praise must never look like one of complaints, nor the other way.
        (Kind::Complaint, Label::Positive) | (Kind::Praise, Label::Negative) => Kind::Remark,
        _ => kind,
    }
}
