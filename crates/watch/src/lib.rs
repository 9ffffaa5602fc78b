//! The watching service: scored mentions in, spikes out.
//!
//! Every brand is watched by a [`detect::BrandWatch`] that lives in the partition
//! its records come from. Revisions of spikes go to [`Topic::Spikes`], keyed by
//! the spike's id. State is kept as snapshots in [`Topic::WatchState`]: a restart
//! restores them and reads the records since once more, so that it changes no
//! output.

mod brands;
mod canaries;
mod exporter;
mod follow;
mod metrics;
mod open_spikes;
mod partition;
mod settings;
mod stage;
mod surroundings;

use service::{Context, Error, pipeline};

pub use crate::metrics::Metrics;
pub use crate::settings::Settings;
pub use crate::stage::WatchStage;

/// Name of the service: its consumer group, transactional id and metric label.
pub const NAME: &str = "watch";

/// Watches until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(configured = settings.brands.len(), "watching");
    let mut stage = WatchStage::new(settings.clone(), metrics).with_threads(service::threads());
    pipeline::run(&mut stage, &settings.service, context)
}

#[cfg(doc)]
use mention::Topic;
