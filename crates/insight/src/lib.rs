//! The insight service: scored mentions in, what they say over weeks out.
//!
//! Every brand has a [`trends::BrandTrends`] that lives in the partition its records come
//! from. Its summary goes to [`Topic::Insight`], keyed by the brand, at most once a minute
//! of event time. State is kept as snapshots in [`Topic::InsightState`]: a restart restores
//! them and reads the records since once more, so that it changes no figure.
//!
//! A second, small stage puts the totals of campaigns beside the mentions
//! ([`CampaignStage`]).
//!
//! Nothing here wakes anybody. Records that can't be read are left to the watcher, which
//! reads the same topic and diverts them; here they are only counted.

mod campaigns;
mod metrics;
mod partition;
mod settings;
mod stage;

use std::time::Duration;

use service::metrics::{Declared, RegisterError, Registry};
use service::{Context, Error, pipeline, tasks};

pub use crate::campaigns::CampaignStage;
pub use crate::metrics::Metrics;
pub use crate::settings::Settings;
pub use crate::stage::InsightStage;

/// Name of the service: its consumer group, transactional id and metric label.
pub const NAME: &str = "insight";
/// Name of the stage that puts campaigns beside the mentions.
pub const CAMPAIGNS: &str = "campaigns";
/// The default time between snapshots: a busy brand's is 64 KB, and nothing here is needed
/// within seconds of a restart, so a minute is read again rather than written every five
/// seconds.
pub const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(60);

/// Works until stopping is asked for.
///
/// # Errors
/// A lasting fault of either stage; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    tracing::info!(configured = settings.brands.len(), "following");
    let mut stage = InsightStage::new(settings.clone(), metrics);
    let (of_campaigns, of_context) = (settings.service.clone(), context.clone());
    let campaigns = tasks::thread(CAMPAIGNS, move || {
        let result = pipeline::run(&mut CampaignStage, &of_campaigns, &of_context);
        // One without the other would tell half of it.
        of_context.shutdown.request();
        result
    })?;
    let result = pipeline::run(&mut stage, &settings.service, context);
    context.shutdown.request();
    let told = campaigns.join()?;
    result.and(told)
}

/// What the service exports.
///
/// # Errors
/// [`RegisterError`]: a fault of the program.
pub fn inventory() -> Result<Vec<Declared>, RegisterError> {
    let registry = Registry::default();
    Metrics::register(&registry)?;
    Ok(registry.inventory())
}

#[cfg(doc)]
use mention::Topic;
