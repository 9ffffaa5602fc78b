//! End-to-end tests of Ophef against a real Kafka.
//!
//! [`RealKafka`] starts Apache Kafka from the jars that `tests/kafka/fetch.sh`
//! fetches; [`Deployment`] gives each test topics of its own on it; [`Instance`]
//! is a service in a process of its own, to be killed at any moment.
//!
//! What goes wrong here ends the test, so this crate panics where others don't.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't be set up has failed"
)]

mod broker;
mod certificates;
mod counter;
mod dashboards;
mod data;
mod deployment;
mod disk;
mod instance;
pub mod mentions;
mod properties;
mod proxy;
mod streams;
mod timeline;

pub use broker::{RealKafka, SecureKafka};
pub use certificates::Pair;
pub use counter::counter;
pub use dashboards::expressions;
pub use data::data_file;
pub use deployment::{Deployment, Found};
pub use instance::{Instance, InstanceSettings};
pub use proxy::{Network, Proxy};
pub use streams::{Event, Stream};
pub use timeline::Timeline;
