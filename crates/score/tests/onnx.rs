//! A model in ONNX behind the stage, from the file to the record.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../../onnx/tests/support/mod.rs"]
#[allow(dead_code, reason = "made for the tests of another crate")]
mod support;

use std::sync::Arc;

use mention::{Label, Record};
use onnx::{Classifier, Options};
use score::{Cascade, Metrics, Rules, ScoreStage};
use sentiment::Model;
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use support::{TOKENIZER, Tiny};

fn stage(registry: &Registry) -> (ScoreStage, String) {
    let options = Options {
        name: "tiny".to_owned(),
        labels: Label::ALL.to_vec(),
        max_tokens: 16,
        batch: 4,
    };
    let file = Tiny::default().into_model();
    let classifier = Classifier::from_bytes(&file, TOKENIZER.as_bytes(), &options).unwrap();
    let name = classifier.name().to_owned();
    let rules = Rules {
        uncertain: None,
        languages: vec!["nl".to_owned(), "en".to_owned(), "und".to_owned()],
        batch: 4,
    };
    let cascade = Cascade::new(Box::new(classifier), rules, registry).unwrap();
    let metrics = Metrics::register(registry).unwrap();
    let model = Arc::new(Model::embedded().unwrap());
    (ScoreStage::new(model, metrics).with_cascade(cascade), name)
}

/// Steps over the texts and returns the text, the label and the model of each output.
fn score(stage: &mut ScoreStage, texts: &[&str]) -> Vec<(String, Label, String)> {
    let mut out = Outbox::default();
    for (number, text) in texts.iter().enumerate() {
        let value = format!(
            r#"{{"id":"{number}","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"{text}"}}"#
        );
        let stamped_at = "2026-03-02T09:00:10Z".parse().unwrap();
        let offset = i64::try_from(number).unwrap();
        let input = Input::offline(value.as_bytes(), offset, stamped_at);
        stage.step(&input, &mut out).unwrap();
    }
    stage.flush(&mut out);
    let read = |value: &[u8]| {
        let Record::Mention(read) = mention::parse(value).unwrap() else {
            unreachable!("only mentions went in");
        };
        let score = read.score.unwrap();
        (read.text.to_string(), score.label, score.model.to_string())
    };
    out.iter().map(|item| read(item.value.unwrap())).collect()
}

#[test]
fn the_files_decide_and_sign() {
    let (mut stage, name) = stage(&Registry::default());
    // What these words mean is the tiny model's own; the built-in one wouldn't say so.
    let texts = [
        "this is bad",
        "it was great",
        "the order is fine",
        "bad",
        "very great",
    ];
    let scored = score(&mut stage, &texts);
    let labels: Vec<Label> = scored.iter().map(|(_, label, _)| *label).collect();
    assert!(scored.iter().map(|(text, ..)| text.as_str()).eq(texts));
    use Label::{Negative, Neutral, Positive};
    assert_eq!(labels, [Negative, Positive, Neutral, Negative, Positive]);
    assert!(
        scored.iter().all(|(.., model)| *model == name),
        "{scored:?}"
    );
}

#[test]
fn a_failing_batch_falls_back_and_is_counted() {
    let registry = Registry::default();
    let (mut stage, name) = stage(&registry);
    let texts = [
        "this is bad",
        "it is poison",
        "it is fine",
        "the best",
        "so bad",
    ];
    let scored = score(&mut stage, &texts);
    let models: Vec<bool> = scored.iter().map(|(.., model)| *model == name).collect();
    assert_eq!(models, [false, false, false, false, true]);
    assert!(scored[0].2.starts_with("ophef-linear@"), "{scored:?}");
    let metrics = registry.text();
    assert!(metrics.contains("ophef_tier_failures_total 4"), "{metrics}");
}
