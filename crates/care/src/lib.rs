//! The answering service: scored mentions in, conversations out.
//!
//! Every brand's conversations stand in a [`conversation::Book`] that lives in the
//! partition its records come from. What waits or was answered goes to [`Topic::Care`],
//! one record for each conversation, in the partition of the same number. State is kept
//! in [`Topic::CareState`]: pages that changed, all of one moment, so that a restart goes
//! on from there and changes no output.

mod follow;
mod metrics;
mod partition;
mod settings;
mod shown;
mod stage;

use service::{Context, Error, pipeline};

pub use crate::metrics::Metrics;
pub use crate::settings::Settings;
pub use crate::stage::CareStage;

/// Name of the service: its consumer group, transactional id and metric label.
pub const NAME: &str = "care";

/// Follows conversations until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(
        configured = settings.brands.len(),
        "following conversations"
    );
    let mut stage = CareStage::new(settings.clone(), metrics).with_threads(service::threads());
    pipeline::run(&mut stage, &settings.service, context)
}

#[cfg(doc)]
use mention::Topic;
