//! Scored mentions to spikes, on event time.
//!
//! [`BrandWatch`] watches one brand. Each mention is taken as it arrives; when the
//! negatives of the last minutes are more surprising than the brand's own past
//! allows, a [`mention::Spike`] opens, is revised while it lasts, and closes.
//! What pages is the *share* of negatives, so that more mentions in the usual mood
//! never do.
//!
//! This crate is pure: no clock, no environment, no input or output. The same
//! records in the same order give the same spikes, bit for bit, on every machine.

mod calibration;
mod clock;
mod counting;
mod drivers;
mod episode;
mod facts;
mod hash;
mod known;
mod maths;
mod notes;
mod opening;
mod pager;
mod redact;
mod report;
mod rhythm;
mod scan;
mod series;
mod settings;
mod snapshot;
mod status;
mod tally;
mod terms;
mod watch;

pub use counting::Outcome;
pub use settings::BrandSettings;
pub use snapshot::RestoreError;
pub use status::{SeriesStatus, Status};
pub use watch::BrandWatch;

pub mod volume;
