//! Text to score: language, sentiment, kind, aspects.
//!
//! A [`Model`] is read once and shared; each thread has a [`Scorer`] with its own
//! buffers. Scoring is a pure function of the post: no clock, no environment, no
//! input or output, and the same post gets the same score on every machine (the
//! exponential function is that of the `libm` crate, not the system's).
//!
//! ```
//! use std::sync::Arc;
//! use mention::Label;
//! use sentiment::{Model, Post, Scorer};
//!
//! let mut scorer = Scorer::new(Arc::new(Model::embedded()?));
//! let score = scorer.score(&Post::new("Wat een waardeloze service, ik wacht al weken"));
//! assert_eq!(score.label, Label::Negative);
//! assert_eq!(score.lang.as_str(), "nl");
//! # Ok::<(), sentiment::ModelError>(())
//! ```

mod clauses;
mod conv;
mod cues;
mod explain;
mod features;
mod hash;
mod hints;
mod irony;
mod language;
mod lexicon;
mod model;
mod parts;
mod post;
mod rates;
mod scorer;
mod symbol;
mod token;
mod topics;
pub mod training;

pub use conv::ConvPart;
pub use explain::{Circumstance, Explanation, Place, Span, Weights};
pub use model::{Model, ModelError};
pub use parts::{ModelParts, SentimentPart, TopicPart};
pub use post::Post;
pub use rates::{Family, Rates, SourceRates};
pub use scorer::Scorer;

/// Number of sentiment classes: negative, neutral, positive.
pub const CLASSES: usize = 3;
/// Number of lexicons a language can have.
pub const LEXICONS: usize = 3;
/// Number of aspects.
pub const ASPECTS: usize = 12;
/// Number of outputs for kinds (the first nine) and aspects (the others).
pub const TOPICS: usize = 9 + ASPECTS;
