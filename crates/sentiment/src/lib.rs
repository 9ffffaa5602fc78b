//! Text to score: language, sentiment, kind, aspects.
//!
//! A [`Model`] is read once and shared; each thread has a [`Scorer`] with its own
//! buffers. Scoring is a pure function of the post: no clock, no environment, no
//! input or output, and the same post always gets the same score.
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

mod language;
mod model;
mod post;
mod scorer;

pub use model::{Model, ModelError};
pub use post::Post;
pub use scorer::Scorer;
