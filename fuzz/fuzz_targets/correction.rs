//! Any bytes are a correction or a rejection; a correction is written as it is read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mention::{parse_correction, read_corrections};

fuzz_target!(|bytes: &[u8]| {
    let Ok(content) = std::str::from_utf8(bytes) else {
        assert!(parse_correction(bytes).is_err());
        return;
    };
    for (_, correction) in read_corrections(content) {
        let Ok(correction) = correction else { continue };
        let json = serde_json::to_vec(&correction).expect("a correction can be written");
        assert_eq!(parse_correction(&json).as_ref(), Ok(&correction));
    }
});
