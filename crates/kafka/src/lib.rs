//! The one crate that speaks to Kafka.
//!
//! A service reads one topic through a [`Source`], writes what follows from it
//! through a [`Sink`], and commits both together: outputs, dead letters,
//! snapshots of its state and the consumed offsets are one Kafka transaction
//! under [`Delivery::ExactlyOnce`]. [`changelog::read`] gives the snapshots back.
//! [`admin`] makes and checks the topics, and [`EmbeddedBroker`] stands in for a
//! cluster in demonstrations.
//!
//! Everything here blocks and belongs on a thread of its own; there is no async
//! code. All errors are [`Error`], whose texts say what to do, and
//! [`Error::is_passing`] tells what is worth another try.

pub mod admin;
mod bounded;
pub mod changelog;
mod closing;
mod connection;
mod context;
mod dead_letter;
mod deadline;
mod embedded;
mod error;
mod names;
mod record;
mod sink;
mod source;
mod tail;

pub use connection::{Connection, Delivery, Mechanism, Protocol, Secret, Security};
pub use dead_letter::{DEAD, DeadLetter, MAX_DEAD_LETTER_BYTES};
pub use deadline::Deadline;
pub use embedded::EmbeddedBroker;
pub use error::Error;
pub use record::{Headers, Record};
pub use sink::{Commit, Outgoing, Sink};
pub use source::{GroupProtocol, Polled, Source, SourceSettings};
pub use tail::Tail;
