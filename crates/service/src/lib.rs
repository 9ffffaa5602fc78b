//! What every service shares.
//!
//! A service is a [`Stage`]: it steps from one record to the next and puts what
//! follows into an [`Outbox`]. [`pipeline::run`] does the rest – it consumes,
//! produces and commits, keeps and restores the stage's state, diverts what the
//! stage rejects, counts, and stops in good order. [`launch`] puts a process
//! around it: signals, `/metrics`, `/livez`, `/readyz`.
//!
//! The stage runs on a thread of its own and never waits for anything; signals
//! and HTTP run on a small tokio runtime beside it. This is the only crate that
//! names `prometheus`.

pub mod changelog;
pub mod clock;
mod context;
mod error;
mod health;
mod http;
mod launch;
pub mod logging;
pub mod metrics;
mod outbox;
pub mod pipeline;
mod progress;
mod roster;
mod settings;
mod shutdown;
mod stage;
mod steps;
pub mod tasks;
pub mod web;

pub use context::Context;
pub use error::Error;
pub use health::{Health, Part};
pub use kafka::Headers;
pub use launch::launch;
pub use outbox::{Item, Outbox};
pub use progress::{PartitionProgress, Progress};
pub use roster::{Roster, Stranger};
pub use settings::Settings;
pub use shutdown::Shutdown;
pub use stage::{Input, Plan, Stage};
pub use steps::{Lane, Steps, side_by_side, threads};
