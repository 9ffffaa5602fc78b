//! What a brand's mentions say over weeks, in bounded memory.
//!
//! [`BrandTrends`] takes a brand's scored mentions one by one and can be asked for a
//! summary ([`mention::Insight`]) at any time:
//!
//! - *Trends*: terms and hashtags that have more than their usual part of the last day's
//!   mentions (`rising`).
//! - *Community*: how many different people, and whether they come back (`sketch`,
//!   `sample`, `community`).
//! - *Product*: aspects with their polarity by day (`days`), one aspect's complaints that
//!   rise while the total is flat ([`detect::AspectScan`]), wishes (`wishes`).
//! - *Competitors*: who names them, and whom they prefer (`comparisons`).
//! - *Campaigns*: what they brought, what people say of them, whether they backfire; authors
//!   who reach many, and partners (`campaigns`).
//! - *Coverage*: what all these figures can't see (`coverage`).
//!
//! What counts is what counts in the share of negatives ([`detect::class_of`]): customers'
//! own posts. Terms, wishes, comparisons and rises leave out copies and reposts, so that
//! nobody makes a trend by pasting.
//!
//! # Time and order
//!
//! Time is in the records. All counts are whole numbers that are added to the day, week
//! or block of six hours that the mention belongs to, so that within 18 hours the order
//! leaves no trace. Three things may depend on it: which of the rarest terms is held
//! where there is no room for all, which of the rarest wishes, and a rise, which is
//! decided on arrival as a spike is. A mention that comes twice counts twice; `ingest`
//! leaves out what was told before.
//!
//! # Sizes
//!
//! A brand's trends and community are at most 64 KB as a snapshot (34 KB of sketches, 18 KB
//! of terms, 6 KB of followed authors, the rest counts and wishes); the scans of twelve
//! aspects come beside that, with 1 KB each, and campaigns with 84 KB at their largest
//! (1,024 periods, 512 posts, sixteen scans). In memory trends and community are at most 96 KB together. A
//! quiet brand's is a few kilobytes. What is known of a brand beforehand (its names, and
//! those of its competitors) isn't counted.
//!
//! This crate is pure: no clock, no environment, no input or output.

mod brand;
mod campaigns;
mod community;
mod comparisons;
mod coverage;
mod days;
mod hash;
mod rising;
mod sample;
mod sketch;
mod snapshot;
mod wishes;

pub use brand::{About, BrandTrends, Outcome, spread};
pub use campaigns::{CAMPAIGNS_MAX, Told};
pub use comparisons::{COMPETITORS_MAX, Rival};
pub use sketch::Sketch;
pub use snapshot::RestoreError;

#[cfg(test)]
mod tests;
