//! Scored mentions to spikes, on event time.
