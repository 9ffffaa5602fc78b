//! The scoring service: mentions in, scored mentions out.
//!
//! Each record of [`Topic::Mentions`] becomes one record of [`Topic::Scored`] in
//! the partition of the same number, with its key and Kafka timestamp, or a dead
//! letter. What is scored gets `score` as its last member; every other byte stays
//! as it was. Heartbeats, deletions, edits without text and records that carry a
//! score already pass through.

mod cascade;
mod metrics;
mod stage;

use std::sync::Arc;

use sentiment::Model;
use service::{Context, Error, Settings, pipeline};

pub use crate::cascade::{Asked, Bounds, Cascade, Classify, Rules};
pub use crate::metrics::Metrics;
pub use crate::stage::{Held, ScoreStage};

/// Name of the service: its consumer group, transactional id and metric label.
pub const NAME: &str = "score";

/// Scores until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, model: Arc<Model>, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(model = model.name(), "scoring");
    pipeline::run(&mut ScoreStage::new(model, metrics), settings, context)
}

/// Scores until stopping is asked for, with `second` behind `model`.
///
/// # Errors
/// As [`run`].
pub fn run_cascade(
    settings: &Settings,
    model: Arc<Model>,
    second: Second,
    context: &Context,
) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(
        model = model.name(),
        second = second.model.name(),
        "scoring"
    );
    let cascade = Cascade::new(second.model, second.rules, &context.registry)?;
    let mut stage = ScoreStage::new(model, metrics).with_cascade(cascade);
    pipeline::run(&mut stage, settings, context)
}

/// A second model and when to ask it.
#[derive(Debug)]
pub struct Second {
    /// The model.
    pub model: Box<dyn Classify>,
    /// When to ask it.
    pub rules: Rules,
}

#[cfg(doc)]
use mention::Topic;
