//! One week of mentions of an invented webshop, made anew from a seed.
//!
//! `ophef demo` plays it, and tests use it where a stream with a known truth is wanted:
//! what was planted in it, and when, is [`planted()`]; how each text was meant is in
//! [`texts()`] and [`Week::labelled`]. Everything is invented and hand-written; see the
//! crate's README for the datasheet.
//!
//! The week of *Pluimvos* (house, garden, clothes), in local time: an ordinary Monday; a
//! spring sale on Tuesday; on Wednesday afternoon the parcels don't come; on Thursday
//! evening a large author's candle bursts; on Friday one platform is silent for four
//! hours and then catches up; on Saturday sixty accounts post one text; a quiet Sunday.
//! Beside it runs *Zeegroen*, a small shop with a few mentions an hour and no trouble.
//!
//! [`ProductWeeks`] are three other weeks of the two: two that are ordinary throughout, and
//! a third in which the app breaks and prices rise ([`product_planted()`]).
//!
//! ```
//! use sample::{DEFAULT_START, Week};
//!
//! let first = Week::new(7, DEFAULT_START).next().unwrap_or_default();
//! let mention::Record::Mention(first) = mention::parse(first.as_bytes())? else {
//!     unreachable!("the week has no heartbeats")
//! };
//! assert_eq!(first.brand.as_str(), "pluimvos");
//! # Ok::<(), mention::Rejection>(())
//! ```
//!
//! This crate is pure: no clock, no environment, no input or output. The same seed and
//! start give the same bytes on every machine.

mod adverts;
mod author;
mod brand;
mod campaign;
mod delivery;
mod draft;
mod everyday;
mod plan;
mod planted;
mod product;
mod rhythm;
mod rng;
mod slots;
mod spam;
mod texts;
mod viral;
mod voice;
mod week;

pub use adverts::{Advertised, BACKFIRING_CAMPAIGN, GOOD_CAMPAIGN, adverts, backfire};
pub use planted::{Planted, PlantedKind, planted};
pub use product::{ProductPlanted, ProductWeeks, product_planted};
pub use texts::{Category, texts};
pub use week::{DEFAULT_START, LENGTH_MS, Labelled, Week};
