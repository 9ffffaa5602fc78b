//! The scoring service: mentions in, scored mentions out.
