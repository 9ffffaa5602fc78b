//! Models made on the spot: what works, and what every wrong file says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use mention::Label;
use onnx::{Classifier, LoadError, Options, RunError};
use support::{Dim, Graph, INT64, Last, TOKENIZER, Tiny, ints};

fn options() -> Options {
    Options {
        name: "tiny".to_owned(),
        labels: Label::ALL.to_vec(),
        max_tokens: 16,
        batch: 4,
    }
}

fn load(model: &[u8]) -> Result<Classifier, LoadError> {
    Classifier::from_bytes(model, TOKENIZER.as_bytes(), &options())
}

fn labels(classifier: &Classifier, texts: &[&str]) -> Vec<Label> {
    let rows = classifier.classify(texts).unwrap();
    rows.iter().map(mention::Probabilities::label).collect()
}

const TEXTS: [&str; 6] = [
    "great",
    "bad bad bad bad bad bad bad bad bad bad great",
    "so fine",
    "Bad, and bad again",
    "great great bad",
    "bad",
];
const EXPECTED: [Label; 6] = [
    Label::Positive,
    Label::Negative,
    Label::Neutral,
    Label::Negative,
    Label::Positive,
    Label::Negative,
];

#[test]
fn texts_of_all_lengths_are_told_in_their_order() {
    let classifier = load(&Tiny::default().into_model()).unwrap();
    assert_eq!(labels(&classifier, &TEXTS), EXPECTED);
    let probabilities = classifier.classify(&["great"]).unwrap()[0];
    // A softmax over the logits 0, 0, 4.
    let expected = 4.0_f64.exp() / (4.0_f64.exp() + 2.0);
    assert!(
        (probabilities.positive - expected).abs() < 1e-4,
        "{probabilities:?}"
    );
    assert!(classifier.classify(&[]).unwrap().is_empty());
}

#[test]
fn a_text_is_told_the_same_alone_and_among_others() {
    let classifier = load(&Tiny::default().into_model()).unwrap();
    let together = classifier.classify(&TEXTS).unwrap();
    for (text, expected) in TEXTS.iter().zip(together) {
        assert_eq!(classifier.classify(&[text]).unwrap(), [expected], "{text}");
    }
}

#[test]
fn inputs_are_told_by_their_names() {
    for inputs in [
        vec!["input_ids"],
        vec!["attention_mask", "input_ids"],
        vec!["input_ids", "attention_mask", "token_type_ids"],
    ] {
        let tiny = Tiny {
            inputs: inputs.clone(),
            ..Tiny::default()
        };
        let classifier = load(&tiny.into_model()).expect("loads");
        assert_eq!(labels(&classifier, &TEXTS), EXPECTED, "{inputs:?}");
    }
}

#[test]
fn a_model_of_fixed_size_is_filled_up() {
    for dims in [
        [Dim::Fixed(1), Dim::Fixed(16)],
        [Dim::Fixed(4), Dim::Fixed(16)],
        [Dim::Named("n"), Dim::Fixed(16)],
    ] {
        let tiny = Tiny {
            dims,
            ..Tiny::default()
        };
        let classifier = load(&tiny.into_model()).unwrap();
        assert_eq!(labels(&classifier, &TEXTS), EXPECTED, "{dims:?}");
    }
}

#[test]
fn probabilities_are_taken_as_they_are() {
    let tiny = Tiny {
        last: Last::Softmax,
        ..Tiny::default()
    };
    let classifier = load(&tiny.into_model()).unwrap();
    let probabilities = classifier.classify(&["great"]).unwrap()[0];
    let expected = 4.0_f64.exp() / (4.0_f64.exp() + 2.0);
    assert!(
        (probabilities.positive - expected).abs() < 1e-4,
        "{probabilities:?}"
    );
}

#[test]
fn outputs_of_the_same_label_are_added() {
    let tiny = Tiny {
        labels: 5,
        ..Tiny::default()
    };
    let stars = Options {
        labels: vec![
            Label::Negative,
            Label::Negative,
            Label::Neutral,
            Label::Positive,
            Label::Positive,
        ],
        ..options()
    };
    let classifier =
        Classifier::from_bytes(&tiny.into_model(), TOKENIZER.as_bytes(), &stars).unwrap();
    // The second output, "fine", counts as negative here, the third, "great", as neutral.
    assert_eq!(
        labels(&classifier, &["bad", "fine", "great"]),
        [Label::Negative, Label::Negative, Label::Neutral]
    );
}

#[test]
fn what_is_too_long_is_cut() {
    let classifier = load(&Tiny::default().into_model()).unwrap();
    let text = format!("bad {} great great", "well ".repeat(1_000));
    assert_eq!(labels(&classifier, &[&text]), [Label::Negative]);
}

#[test]
fn the_name_tells_other_files_apart() {
    let tiny = Tiny::default().into_model();
    let name = load(&tiny).unwrap().name().to_owned();
    assert!(name.starts_with("tiny@") && name.len() == 13, "{name}");
    assert_eq!(load(&tiny).unwrap().name(), name);
    let other = TOKENIZER.replace("99", "98");
    let other = Classifier::from_bytes(&tiny, other.as_bytes(), &options()).unwrap();
    assert_ne!(other.name(), name);
}

#[test]
fn a_failing_text_is_an_error_and_the_next_works() {
    let classifier = load(&Tiny::default().into_model()).unwrap();
    let error = classifier.classify(&["bad", "poison"]).unwrap_err();
    assert!(matches!(error, RunError::Model(_)), "{error}");
    assert_eq!(labels(&classifier, &["bad"]), [Label::Negative]);
}

#[test]
fn every_wrong_model_says_what_to_do() {
    let tiny = Tiny::default;
    let unknown_input = Tiny {
        inputs: vec!["input_ids", "attention_mask", "pixel_values"],
        ..tiny()
    };
    let no_ids = Tiny {
        inputs: vec!["tokens"],
        ..tiny()
    };
    let row_per_token = Tiny {
        last: Last::RowPerToken,
        ..tiny()
    };
    let unknown_operator = Tiny {
        last: Last::Unknown,
        ..tiny()
    };
    let infinite = Tiny {
        last: Last::Infinite,
        ..tiny()
    };
    let two = Tiny {
        labels: 4,
        ..tiny()
    };
    let cases = [
        ("model", "isn't an ONNX model", b"not a model".to_vec()),
        ("model", "isn't an ONNX model", Vec::new()),
        (
            "model",
            "input_ids, attention_mask, pixel_values",
            unknown_input.into_model(),
        ),
        ("model", "takes the inputs tokens", no_ids.into_model()),
        (
            "model",
            "where [texts, labels] is needed",
            row_per_token.into_model(),
        ),
        ("model", "Crystallise", unknown_operator.into_model()),
        ("model", "isn't a number", infinite.into_model()),
        ("labels", "has 4 outputs, but 3 labels", two.into_model()),
        ("model", "weights.bin", weights_elsewhere()),
        ("model", "doesn't run here", wrong_inside()),
    ];
    for (key, words, model) in cases {
        let error = load(&model).unwrap_err();
        assert_eq!(error.key(), key, "{error}");
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

fn weights_elsewhere() -> Vec<u8> {
    let mut graph = Graph::default();
    graph.input("input_ids", INT64, &[Dim::Named("b"), Dim::Named("s")]);
    graph.external("embedding", &[5, 3], "weights.bin");
    graph.node("Gather", &["embedding", "input_ids"], "logits", &[]);
    graph.output("logits");
    graph.into_model()
}

/// Dimensions that don't go together.
fn wrong_inside() -> Vec<u8> {
    let mut graph = Graph::default();
    graph.input("input_ids", INT64, &[Dim::Named("b"), Dim::Named("s")]);
    graph.floats("embedding", &[5, 3], &[0.0; 15]);
    graph.floats("wrong", &[4, 3], &[0.0; 12]);
    graph.node("Gather", &["embedding", "input_ids"], "words", &[]);
    graph.node(
        "ReduceMean",
        &["words"],
        "mean",
        &[ints("axes", &[1]), support::int("keepdims", 0)],
    );
    graph.node("MatMul", &["mean", "wrong"], "logits", &[]);
    graph.output("logits");
    graph.into_model()
}

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let model = Tiny::default().into_model();
    for length in 0..model.len() {
        assert!(load(&model[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_wrong_tokenizer_says_what_to_do() {
    let model = Tiny::default().into_model();
    for wrong in ["", "{}", "not json", "{\"version\":\"1.0\"}"] {
        let error = Classifier::from_bytes(&model, wrong.as_bytes(), &options()).unwrap_err();
        assert_eq!(error.key(), "tokenizer", "{error}");
        assert!(error.to_string().contains("tokenizer.json"), "{error}");
    }
}

#[test]
fn no_room_for_text_is_an_error() {
    let framed = TOKENIZER.replace(
        "\"post_processor\": null",
        r#""post_processor": {"type": "BertProcessing", "sep": ["[UNK]", 0], "cls": ["[UNK]", 0]}"#,
    );
    let narrow = Options {
        max_tokens: 2,
        ..options()
    };
    let model = Tiny::default().into_model();
    let error = Classifier::from_bytes(&model, framed.as_bytes(), &narrow).unwrap_err();
    assert_eq!(
        error,
        LoadError::TooFewTokens {
            max_tokens: 2,
            added: 2
        }
    );
    assert_eq!(error.key(), "max_tokens");
}
