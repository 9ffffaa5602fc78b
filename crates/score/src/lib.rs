//! The scoring service: mentions in, scored mentions out.
//!
//! Each record of [`Topic::Mentions`] becomes one record of [`Topic::Scored`] in
//! the partition of the same number, with its key and Kafka timestamp, or a dead
//! letter. What is scored gets `score` as its last member; every other byte stays
//! as it was. Heartbeats, deletions, edits without text and records that carry a
//! score already pass through.

mod metrics;
mod stage;

use std::sync::Arc;

use sentiment::Model;
use service::{Context, Error, Settings, pipeline};

pub use crate::metrics::Metrics;
pub use crate::stage::ScoreStage;

/// Name of the service: its consumer group, transactional id and metric label.
pub const NAME: &str = "score";

/// Scores until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, model: Arc<Model>, context: &Context) -> Result<(), Error> {
    run_with_spans(settings, model, 0, context)
}

/// The same with the `spans` strongest pieces of the text in each score.
///
/// # Errors
/// As [`run`].
pub fn run_with_spans(
    settings: &Settings,
    model: Arc<Model>,
    spans: usize,
    context: &Context,
) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(model = model.name(), spans, "scoring");
    let mut stage = ScoreStage::new(model, metrics).with_spans(spans);
    pipeline::run(&mut stage, settings, context)
}

#[cfg(doc)]
use mention::Topic;
