//! The ingesting service: what sources send in, mentions out.
//!
//! Two stages. The first reads each record of [`Topic::Raw`] in its format, looks for the
//! brands in it, takes personal data out, and writes a mention for each brand to
//! [`Topic::Matched`], keyed by the brand. The second, which thus has all mentions of a
//! brand in one partition, leaves out what was told before, finds the thread and the
//! copies of each mention, and writes it to [`Topic::Mentions`]. Both are exactly once.
//!
//! Order: what one partition of the raw input says stays in its order for each brand. What
//! comes from different partitions may come in any. A heartbeat goes to the partition of
//! its own number; a deletion that names no brand, to all of them.

mod beats;
mod blocks;
mod clusters;
mod everywhere;
mod link;
mod metrics;
mod outgoing;
mod posts;
mod privacy;
mod sketch;
mod stage;
mod watermark;

use std::sync::Arc;
use std::time::Duration;

use brands::Matcher;
use decode::Options;
use service::metrics::{Declared, RegisterError, Registry};
use service::{Context, Error, pipeline, tasks};

pub use crate::link::LinkStage;
pub use crate::metrics::Metrics;
pub use crate::privacy::{Privacy, Stored};
pub use crate::stage::IngestStage;

/// Name of the first stage: its consumer group, transactional id and metric label.
pub const NAME: &str = "ingest";
/// Name of the second.
pub const LINK: &str = "link";

/// How long the broker is waited for to ask how long its topics are kept: a question beside
/// the work, which doesn't hold up an end for longer than this.
const REACHED: Duration = Duration::from_secs(5);

/// What the service does, and with whose help.
#[derive(Debug)]
pub struct Settings {
    /// How it works with Kafka.
    pub service: service::Settings,
    /// How records are read.
    pub options: Options,
    /// The brands that are looked for.
    pub matcher: Matcher,
    /// Takes personal data out.
    pub privacy: Arc<dyn Privacy>,
    /// Whether mentions keep the addresses of their posts.
    pub keep_urls: bool,
    /// Whether heartbeats are written to the topic of raw input, so that time moves where
    /// nobody posts.
    pub heartbeats: bool,
}

/// Ingests until stopping is asked for.
///
/// # Errors
/// A lasting fault of either stage; its text says what to do.
pub fn run(settings: Settings, context: &Context) -> Result<(), Error> {
    let Settings {
        service,
        options,
        matcher,
        privacy,
        keep_urls,
        heartbeats,
    } = settings;
    let metrics = Arc::new(Metrics::register(&context.registry)?);
    let bytes = matcher.memory_bytes();
    tracing::info!(brands = matcher.len(), bytes, "ingesting");
    if matcher.is_empty() {
        tracing::warn!("no brand is configured: only records that name theirs become mentions");
    }
    let connection = service.connection.clone();
    let retention = tasks::thread("retention", move || {
        for fault in kafka::admin::kept_too_long(&connection, REACHED) {
            tracing::warn!(%fault, "original posts are kept for too long");
        }
    })?;
    let mut link = LinkStage::new(Arc::clone(&metrics));
    let (of_link, of_context) = (service.clone(), context.clone());
    let second = tasks::thread(LINK, move || {
        let result = pipeline::run(&mut link, &of_link, &of_context);
        // One without the other is of no use.
        of_context.shutdown.request();
        result
    })?;
    let mut stage = IngestStage::new(options, matcher, privacy, metrics).with_urls(keep_urls);
    let beating = heartbeats.then(|| {
        let (assigned, service) = (stage.assigned.clone(), service.clone());
        let context = context.clone();
        tasks::thread("heartbeats", move || {
            beats::run(&assigned, &service, &context);
        })
    });
    let beating = beating.transpose()?;
    let result = pipeline::run(&mut stage, &service, context);
    context.shutdown.request();
    beating.map_or(Ok(()), tasks::Thread::join)?;
    let linked = second.join()?;
    retention.join()?;
    result.and(linked)
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
