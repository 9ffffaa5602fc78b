//! Kind and aspects of a post.

use mention::{Aspect, AspectPolarity, Aspects, Kind, Label, Platform, Probabilities, Role};

use crate::features::Features;
use crate::language::Language;
use crate::{ASPECTS, Model, Post, TOPICS};

/// An aspect is told from this probability on.
const ASPECT_MIN: f32 = 0.5;
/// A kind that isn't counted in the share of negative mentions is told of a
/// negative post from this probability on: a lost complaint is worse than a
/// counted headline.
const UNCOUNTED_MIN: f32 = 0.6;
/// Number of kinds, the first of the topics.
const KINDS: usize = TOPICS - ASPECTS;

/// What of a scored post bears on its topics.
pub(crate) struct Read<'a> {
    pub(crate) post: &'a Post<'a>,
    pub(crate) features: &'a Features,
    pub(crate) language: Language,
    pub(crate) probabilities: &'a Probabilities,
}

/// The kind of a post, and what it is about.
pub(crate) fn tell(read: &Read<'_>, model: &Model) -> (Kind, Aspects) {
    let polarity = read.probabilities.label();
    let Some(english) = read.language.english else {
        return (by_source(read.post).unwrap_or(Kind::Other), Aspects::new());
    };
    let logits = model.topics(english >= 0.5).logits(read.features);
    let (kinds, told) = logits.split_at(KINDS);
    let kind = by_source(read.post).unwrap_or_else(|| by_text(kinds, polarity));
    (kind, aspects(told, polarity))
}

/// The aspects a post is about, with the polarity of the whole post.
fn aspects(logits: &[f32], polarity: Label) -> Aspects {
    let told = Aspect::ALL.into_iter().zip(logits);
    let told = told.filter_map(|(aspect, &logit)| {
        let probability = 1.0 / (1.0 + libm::expf(-logit));
        (probability >= ASPECT_MIN).then(|| AspectPolarity {
            aspect,
            polarity,
            confidence: f64::from((probability * 100.0).round()) / 100.0,
        })
    });
    told.collect()
}

/// The kind that follows from the source, whatever the text says.
fn by_source(post: &Post<'_>) -> Option<Kind> {
    if post.role == Some(Role::Brand) {
        return Some(Kind::Webcare);
    }
    if let Some(kind) = post.kind_hint.and_then(Kind::from_name) {
        return Some(kind);
    }
    if post.rating.is_some() || post.platform == Platform::Reviews {
        return Some(Kind::Review);
    }
    (post.platform == Platform::News || post.role == Some(Role::Press)).then_some(Kind::News)
}

/// The most probable kind that agrees with the sentiment.
fn by_text(logits: &[f32], label: Label) -> Kind {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let total: f32 = logits.iter().map(|logit| libm::expf(logit - max)).sum();
    let agrees = |kind: Kind, probability: f32| match kind {
        Kind::Complaint => label != Label::Positive,
        Kind::Praise => label == Label::Positive,
        Kind::News | Kind::Promo | Kind::Webcare => {
            label != Label::Negative || probability >= UNCOUNTED_MIN
        }
        _ => true,
    };
    let told = Kind::ALL.into_iter().zip(logits);
    let told = told.map(|(kind, &logit)| (kind, libm::expf(logit - max) / total));
    let agreeing = told.filter(|&(kind, probability)| agrees(kind, probability));
    agreeing
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(Kind::Other, |(kind, _)| kind)
}
