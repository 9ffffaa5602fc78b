//! Kind and aspects of a post.

use mention::{Aspect, AspectPolarity, Aspects, Kind, Label, Platform, Probabilities, Role};

use crate::features::Features;
use crate::language::Language;
use crate::token::{TokenKind, Tokens, Tone};
use crate::{ASPECTS, Model, Post, TOPICS};

/// An aspect is told from this probability on.
const ASPECT_MIN: f32 = 0.5;
/// Confidence in an aspect that only a cue tells: a rule's, not measured.
const NAMED_CONFIDENCE: f64 = 0.6;
/// A kind that isn't counted in the share of negative mentions is told of a
/// negative post from this probability on: a lost complaint is worse than a
/// counted headline.
const UNCOUNTED_MIN: f32 = 0.6;
/// Number of kinds, the first of the topics.
const KINDS: usize = TOPICS - ASPECTS;

/// What of a scored post bears on its topics.
pub(crate) struct Read<'a> {
    pub(crate) post: &'a Post<'a>,
    pub(crate) tokens: &'a Tokens,
    pub(crate) features: &'a Features,
    pub(crate) language: Language,
    pub(crate) probabilities: &'a Probabilities,
}

/// The kind of a post, and what it is about.
pub(crate) fn tell(read: &Read<'_>, model: &Model) -> (Kind, Aspects) {
    let polarity = read.probabilities.label();
    let (by_text, aspects) = match read.language.english {
        Some(share) if share < 0.5 => {
            let logits = model.topics().logits(read.features);
            let (kinds, told) = logits.split_at(KINDS);
            (dutch(kinds, polarity), aspects(told, polarity))
        }
        Some(_) => (
            english(read),
            named_aspects(read.features.aspects, polarity),
        ),
        None => (Kind::Other, Aspects::new()),
    };
    (by_source(read.post).unwrap_or(by_text), aspects)
}

/// The polarity towards an aspect is that of the whole post: clauses aren't told
/// apart.
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

/// The aspects that words of the post name; all there is in English, for which no
/// texts with aspects are at hand.
fn named_aspects(bits: u16, polarity: Label) -> Aspects {
    let named = Aspect::ALL.into_iter().enumerate();
    let named = named.filter(|(at, _)| bits >> at & 1 == 1);
    let named = named.map(|(_, aspect)| AspectPolarity {
        aspect,
        polarity,
        confidence: NAMED_CONFIDENCE,
    });
    named.collect()
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
fn dutch(logits: &[f32], label: Label) -> Kind {
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

/// Rules, since no English texts with kinds are at hand: a question asks, a
/// complaint or praise is about an aspect or addressed to somebody, an offer has a
/// link and speaks of prices or adverts without complaint.
fn english(read: &Read<'_>) -> Kind {
    let has = |kind: fn(&TokenKind) -> bool| {
        let mut tokens = read.tokens.list().iter();
        tokens.any(|token| kind(&token.kind))
    };
    let names = |aspect: Aspect| {
        let at = Aspect::ALL.iter().position(|known| *known == aspect);
        at.is_some_and(|at| read.features.aspects >> at & 1 == 1)
    };
    let to_somebody = has(|kind| matches!(kind, TokenKind::User));
    let concrete = to_somebody || read.features.aspects != 0;
    let asks = has(|kind| matches!(kind, TokenKind::Tone(Tone::Ask | Tone::AskMany)));
    let links = has(|kind| matches!(kind, TokenKind::Link));
    match read.probabilities.label() {
        Label::Negative if concrete => Kind::Complaint,
        Label::Positive if links && (names(Aspect::Advert) || names(Aspect::Price)) => Kind::Promo,
        Label::Positive if concrete => Kind::Praise,
        Label::Neutral if asks => Kind::Question,
        Label::Neutral if links && (names(Aspect::Advert) || names(Aspect::Price)) => Kind::Promo,
        _ => Kind::Remark,
    }
}
