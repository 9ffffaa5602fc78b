//! The watching service: scored mentions in, spikes out.
