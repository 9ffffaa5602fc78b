//! A transformer as exporters write it: shapes are computed in the graph.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/bert.rs"]
mod bert;
#[allow(dead_code, reason = "made for other tests too")]
mod support;

use bert::Bert;
use mention::Label;
use onnx::{Classifier, LoadError, Options};

const SIZES: Bert = Bert {
    layers: 2,
    hidden: 32,
    heads: 4,
    vocabulary: 102,
    positions: 64,
    labels: 3,
};

fn load(max_tokens: usize) -> Result<Classifier, LoadError> {
    let options = Options {
        name: "bert".to_owned(),
        labels: Label::ALL.to_vec(),
        max_tokens,
        batch: 8,
    };
    let tokenizer = bert::tokenizer(100);
    Classifier::from_bytes(&SIZES.into_model(), tokenizer.as_bytes(), &options)
}

#[test]
fn more_tokens_than_places_are_an_error_at_the_start() {
    let error = load(SIZES.positions + 1).unwrap_err();
    assert_eq!(error.key(), "max_tokens", "{error}");
    assert!(
        error.to_string().starts_with("65 tokens are more"),
        "{error}"
    );
}

#[test]
fn a_text_means_the_same_whatever_it_is_padded_with() {
    let classifier = load(SIZES.positions).unwrap();
    // Planned for every size: no text is padded to the most that is allowed.
    let plan = format!("{classifier:?}");
    assert!(plan.contains("size: (None, None)"), "{plan}");
    let texts: Vec<String> = (1..=12)
        .map(|length| {
            (0..length)
                .map(|n| format!("w{} ", (length * 31 + n * 7) % 100))
                .collect()
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = classifier.classify(&texts).unwrap();
    for (text, among_others) in texts.iter().zip(&together) {
        let alone = classifier.classify(&[text]).unwrap()[0];
        for label in Label::ALL {
            let apart = (alone.of(label) - among_others.of(label)).abs();
            assert!(apart <= 0.0002, "{text}: {alone:?} {among_others:?}");
        }
    }
    assert!(
        together.iter().any(|other| *other != together[0]),
        "all alike: {together:?}"
    );
}
