//! What scoring adds to a mention.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::Text;

/// The aspects of a score. The twelve of the contract lie in the score itself, so
/// that scoring allocates nothing; another model's record may have more.
pub type Aspects = SmallVec<[AspectPolarity; Aspect::ALL.len()]>;

/// The score of one mention: sentiment, kind and aspects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Score<'a> {
    /// The most probable class, also where the scorer abstains.
    pub label: Label,
    /// Calibrated probability of each class; they add up to 1.
    pub probabilities: Probabilities,
    /// Probability that `label` is right, 0–1.
    #[serde(default)]
    pub confidence: f64,
    /// Language of the text, BCP 47 (`nl`, `en`, …; `und` if undetermined).
    #[serde(borrow, default)]
    pub lang: Text<'a>,
    /// Why the scorer would rather not say, if so. An abstained score never
    /// counts as negative.
    #[serde(default)]
    pub abstained: Option<Abstention>,
    /// What kind of post it is.
    #[serde(default)]
    pub kind: Kind,
    /// What it is about, with the polarity towards each.
    #[serde(default)]
    pub aspects: Aspects,
    /// The model that made it, `name@version`.
    #[serde(borrow, default)]
    pub model: Text<'a>,
    /// The pieces of the text that moved the score most, strongest first; only on
    /// request (`[score] spans`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

impl Score<'_> {
    /// Whether the score counts as a negative mention: the label is negative
    /// and the scorer didn't abstain.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.label == Label::Negative && self.abstained.is_none()
    }

    /// A copy that owns its strings.
    #[must_use]
    pub fn into_owned(self) -> Score<'static> {
        Score {
            lang: self.lang.into_owned(),
            model: self.model.into_owned(),
            ..self
        }
    }
}

/// A piece of a post's `text` and what it adds to the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// First character (Unicode scalar value) of it in `text`, from 0.
    pub start: u32,
    /// The character behind its last.
    pub end: u32,
    /// What it adds to ln(P(negative) / P(positive)): above zero it speaks for
    /// negative, below for positive.
    pub weight: f64,
}

impl Span {
    /// Millionths of a logit as a weight of three decimals, which keep records short.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "logits are below 2^53 thousandths"
    )]
    pub fn rounded(millionths: i64) -> f64 {
        (millionths as f64 / 1000.0).round() / 1000.0
    }
}

/// Sentiment towards the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Label {
    Negative,
    Neutral,
    Positive,
}

impl Label {
    /// The three labels in the order of the probabilities.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// Probabilities of the three labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the labels")]
pub struct Probabilities {
    pub negative: f64,
    pub neutral: f64,
    pub positive: f64,
}

impl Probabilities {
    /// Steps of a probability on the wire: four decimals are finer than any
    /// calibration and keep records short.
    const STEPS: f64 = 10_000.0;

    /// Rounds three non-negative weights to probabilities of four decimals that
    /// add up to exactly 10,000 steps; the neutral class takes up the rounding.
    /// Weights that are all zero or not finite give one third each.
    #[must_use]
    pub fn from_weights(negative: f64, neutral: f64, positive: f64) -> Self {
        let total = negative + neutral + positive;
        if !(total.is_finite() && total > 0.0) {
            return Self {
                negative: 0.3333,
                neutral: 0.3334,
                positive: 0.3333,
            };
        }
        let steps = |weight: f64| (weight / total * Self::STEPS).round().max(0.0);
        let (negative, positive) = (steps(negative), steps(positive));
        let neutral = (Self::STEPS - negative - positive).max(0.0);
        // With a neutral share under half a step both others may round up: 10,001 steps.
        let positive = positive.min(Self::STEPS - negative);
        Self {
            negative: negative / Self::STEPS,
            neutral: neutral / Self::STEPS,
            positive: positive / Self::STEPS,
        }
    }

    /// The most probable label; on a tie neutral comes first, then negative, so
    /// that no text counts as negative without evidence.
    #[must_use]
    pub fn label(&self) -> Label {
        if self.neutral >= self.negative && self.neutral >= self.positive {
            Label::Neutral
        } else if self.negative >= self.positive {
            Label::Negative
        } else {
            Label::Positive
        }
    }

    /// The probability of one label.
    #[must_use]
    pub const fn of(&self, label: Label) -> f64 {
        match label {
            Label::Negative => self.negative,
            Label::Neutral => self.neutral,
            Label::Positive => self.positive,
        }
    }
}

/// Why a scorer abstains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// The text is in a language the model wasn't trained on.
    UnsupportedLanguage,
    /// Too few words to tell.
    TooShort,
    /// Nothing in the text that the model knows.
    NoEvidence,
    /// Strong evidence both ways.
    Contradictory,
    /// A reason of another model.
    #[serde(other)]
    Other,
}

/// What kind of post a mention is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the field's own words")]
pub enum Kind {
    Complaint,
    Review,
    Remark,
    Question,
    Praise,
    News,
    Promo,
    Webcare,
    #[default]
    #[serde(other)]
    Other,
}

impl Kind {
    /// Every kind, in the order of the contract; the position is stable.
    pub const ALL: [Self; 9] = [
        Self::Complaint,
        Self::Review,
        Self::Remark,
        Self::Question,
        Self::Praise,
        Self::News,
        Self::Promo,
        Self::Webcare,
        Self::Other,
    ];

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Review => "review",
            Self::Remark => "remark",
            Self::Question => "question",
            Self::Praise => "praise",
            Self::News => "news",
            Self::Promo => "promo",
            Self::Webcare => "webcare",
            Self::Other => "other",
        }
    }

    /// The kind of that name, if it is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

/// What a mention is about, with the polarity towards it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AspectPolarity {
    /// The aspect.
    pub aspect: Aspect,
    /// Sentiment towards it.
    pub polarity: Label,
    /// Probability that the aspect is meant, 0–1.
    pub confidence: f64,
}

/// The closed set of aspects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the field's own words")]
pub enum Aspect {
    Delivery,
    Price,
    Quality,
    Service,
    Returns,
    Payment,
    App,
    Stock,
    Ethics,
    Privacy,
    Store,
    Advert,
    /// An aspect of another model.
    #[serde(other)]
    Other,
}

impl Aspect {
    /// The twelve aspects of the contract, in its order; the position is stable.
    pub const ALL: [Self; 12] = [
        Self::Delivery,
        Self::Price,
        Self::Quality,
        Self::Service,
        Self::Returns,
        Self::Payment,
        Self::App,
        Self::Stock,
        Self::Ethics,
        Self::Privacy,
        Self::Store,
        Self::Advert,
    ];

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Price => "price",
            Self::Quality => "quality",
            Self::Service => "service",
            Self::Returns => "returns",
            Self::Payment => "payment",
            Self::App => "app",
            Self::Stock => "stock",
            Self::Ethics => "ethics",
            Self::Privacy => "privacy",
            Self::Store => "store",
            Self::Advert => "advert",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn probabilities_add_up_and_stay_in_range(weights in proptest::array::uniform3(0.0_f64..1e9)) {
            let p = Probabilities::from_weights(weights[0], weights[1], weights[2]);
            let steps = (p.negative + p.neutral + p.positive) * Probabilities::STEPS;
            prop_assert!((steps - Probabilities::STEPS).abs() < 1e-6, "{p:?}");
            for label in Label::ALL {
                prop_assert!((0.0..=1.0).contains(&p.of(label)), "{p:?}");
                prop_assert!(p.of(p.label()) >= p.of(label));
            }
        }
    }

    #[test]
    fn hopeless_weights_are_neutral() {
        for bad in [f64::NAN, f64::INFINITY, 0.0] {
            assert_eq!(
                Probabilities::from_weights(bad, bad, bad).label(),
                Label::Neutral
            );
        }
    }

    #[test]
    fn a_score_of_an_unknown_model_is_read() {
        let json = r#"{"label":"negative","probabilities":{"negative":0.8,"neutral":0.1,"positive":0.1},
            "abstained":"on_strike","kind":"poem","model":"other@9","new_field":1}"#;
        let score: Score<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(score.abstained, Some(Abstention::Other));
        assert_eq!(score.kind, Kind::Other);
        assert!(!score.is_negative());
    }
}
