//! Scored mentions to spikes, on event time.

pub mod volume;
