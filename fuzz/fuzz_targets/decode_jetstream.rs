//! Any bytes, read as `jetstream`.

#![no_main]

use decode::Format;
use fuzz::decode_any;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| decode_any(Format::Jetstream, bytes));
