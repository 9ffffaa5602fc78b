//! Any file is either refused with a reason or a model that can score.
//!
//! The bytes are read as they are, and again as the body of a file whose length
//! and checksum are right: otherwise no change would come past the checksum.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use sentiment::{Model, ModelParts, Post, Scorer};

/// Length of magic, format, length and checksum, bytes.
const HEADER_BYTES: usize = 24;

const TEXTS: [&str; 4] = [
    "niet goed, nooit slecht, geen pakket 😡 #NooitMeer",
    "not good, never bad, love it :-) https://example.org",
    "de levering was bad maar the team was friendly and fast",
    "",
];

fn try_out(file: &[u8]) {
    let Ok(parts) = ModelParts::from_bytes(file) else {
        assert!(Model::from_bytes(file).is_err());
        return;
    };
    assert_eq!(parts.to_bytes(), file, "writing and reading are inverse");
    let mut scorer = Scorer::new(Arc::new(Model::from_parts(&parts)));
    for text in TEXTS {
        let score = scorer.score(&Post::new(text));
        assert!((0.0..=1.0).contains(&score.confidence));
        assert_eq!(score.label, score.probabilities.label());
    }
}

fuzz_target!(|bytes: &[u8]| {
    try_out(bytes);
    let body = bytes.get(HEADER_BYTES..).unwrap_or_default();
    let mut file = b"OPHEFMDL".to_vec();
    file.extend_from_slice(bytes.get(8..12).unwrap_or(&[1, 0, 0, 0]));
    file.extend_from_slice(&(body.len() as u64).to_le_bytes());
    file.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    file.extend_from_slice(body);
    try_out(&file);
});
