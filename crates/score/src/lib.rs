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
use service::metrics::{Declared, RegisterError, Registry};
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
    run_with(settings, model, Extras::default(), context)
}

/// The same with `extras`.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    settings: &Settings,
    model: Arc<Model>,
    extras: Extras,
    context: &Context,
) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    let Extras { spans, second } = extras;
    let second_name = second.as_ref().map(|second| second.model.name().to_owned());
    tracing::info!(model = model.name(), spans, second = second_name, "scoring");
    metrics.uses("first", model.name());
    if let Some(second) = &second_name {
        metrics.uses("second", second);
    }
    let mut stage = ScoreStage::new(model, metrics)
        .with_spans(spans)
        .with_threads(service::threads());
    if let Some(Second { model, rules }) = second {
        stage = stage.with_cascade(Cascade::new(model, rules, &context.registry)?);
    }
    pipeline::run(&mut stage, settings, context)
}

/// What the service exports, that of a second model included.
///
/// # Errors
/// [`RegisterError`]: a fault of the program.
pub fn inventory() -> Result<Vec<Declared>, RegisterError> {
    let registry = Registry::default();
    Metrics::register(&registry)?;
    cascade::declare(&registry)?;
    Ok(registry.inventory())
}

/// What scoring can do beyond the plain score.
#[derive(Debug, Default)]
pub struct Extras {
    /// The strongest pieces of the text in each score; 0 costs nothing.
    pub spans: usize,
    /// A second model behind the first.
    pub second: Option<Second>,
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
