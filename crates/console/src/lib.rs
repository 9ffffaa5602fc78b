//! The console: pages that say in ten seconds what happens, how bad it is, why, and what
//! to do.
//!
//! Three threads follow topics – spikes, people's feedback, scored mentions – and keep
//! what they read in a [`Store`], a bounded value in memory that is built anew at every
//! start. The web server reads the store and renders on the server; [`http::router`] has
//! all routes. A fourth thread writes feedback to Kafka, the only thing that the console
//! writes; the store then holds what Kafka has acknowledged.
//!
//! Nothing here decides anything: what is a spike, and what it is made of, is in the record.
//! Every text is escaped by the templates; posts are hostile until proven otherwise.
//!
//! One click: `POST /spikes/{id}/feedback` comes to [`http`], which asks whether the person
//! may write and whether the form is from one of our own pages; the response as it would be
//! then goes to the thread `feedback`, which writes it to Kafka; once it has been read from
//! there, the store has it, every open page is told that something changed, and the answer
//! leads back to the page.

pub mod http;
mod metrics;
mod reader;
mod run;
mod settings;
pub mod store;
mod view;
mod writer;

pub use metrics::Metrics;
pub use run::run;
pub use settings::{Access, Links, Settings};
pub use store::Store;
pub use view::{Lang, campaigns_part};
pub use writer::{Change, Jobs, WriteError, Writer, Written};

/// Name of the service: its health and its metric label.
pub const NAME: &str = "console";
