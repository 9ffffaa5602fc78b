//! Which of the bundled recordings is played.

use clap::ValueEnum;

/// The bundled recordings, all of an invented webshop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// A week: a sale, a wave of complaints, a viral post, an outage, copies
    Week,
    /// Three weeks, two of them quiet: an app that breaks, prices that rise
    Product,
    /// Ten days: a campaign that goes well, and one that backfires
    Campaigns,
}
