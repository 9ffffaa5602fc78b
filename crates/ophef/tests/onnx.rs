//! `[score.onnx]`, as a user meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

#[path = "../../onnx/tests/support/mod.rs"]
#[allow(dead_code, reason = "made for the tests of another crate")]
mod files;
mod support;

use std::io::Write;
use std::path::Path;
use std::process::Output;

use files::{Last, TOKENIZER, Tiny};
use serde_json::Value;
use support::{err, finish, ophef, out, run};

/// A folder with a model, its tokenizer and an `ophef.toml` that names them.
fn folder(model: &[u8], more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (model, tokenizer) = (
        write("tiny.onnx", model),
        write("tokenizer.json", TOKENIZER.as_bytes()),
    );
    let settings = format!(
        "[score.onnx]\nmodel = \"{model}\"\ntokenizer = \"{tokenizer}\"\n\
         labels = [\"negative\", \"neutral\", \"positive\"]\n{more}\n"
    );
    write("ophef.toml", settings.as_bytes());
    folder
}

fn classify(folder: &Path, texts: &[&str]) -> Output {
    let config = folder.join("ophef.toml");
    let mut child = ophef(&["--config", config.to_str().unwrap(), "classify"])
        .spawn()
        .unwrap();
    let lines: String = texts
        .iter()
        .map(|text| format!("{{\"text\":\"{text}\"}}\n"))
        .collect();
    // A command that refuses its settings may be gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    finish(child)
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", err(output));
    let lines = out(output);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn classify_asks_the_model_about_all() {
    let folder = folder(&Tiny::default().into_model(), "use = \"all\"\nbatch = 3");
    let texts = [
        "this is bad",
        "it was great",
        "the order is fine",
        "so very bad",
        "",
    ];
    let scored = lines(&classify(folder.path(), &texts));
    let found: Vec<_> = scored.iter().map(|line| &line["score"]["label"]).collect();
    assert_eq!(found[..4], ["negative", "positive", "neutral", "negative"]);
    for (line, text) in scored.iter().zip(texts) {
        assert_eq!(line["text"], text);
        let model = line["score"]["model"].as_str().unwrap();
        let expected = if text.is_empty() {
            "ophef-linear@"
        } else {
            "tiny@"
        };
        assert!(model.starts_with(expected), "{model}");
    }
}

#[test]
fn the_share_bounds_what_the_model_decides() {
    let folder = folder(
        &Tiny::default().into_model(),
        "below_confidence = 1.0\nmax_share = 0.25\nmax_latency_ms = 1",
    );
    let texts = ["this is bad"; 40];
    let decided = |output: &Output| -> Vec<usize> {
        let lines = lines(output);
        let is_second = |line: &Value| {
            line["score"]["model"]
                .as_str()
                .unwrap()
                .starts_with("tiny@")
        };
        (0..lines.len())
            .filter(|&at| is_second(&lines[at]))
            .collect()
    };
    let first = decided(&classify(folder.path(), &texts));
    assert_eq!(first, (0..10).map(|n| 4 * n + 3).collect::<Vec<_>>());
    // A file comes out the same every time, however slow the machine is.
    assert_eq!(decided(&classify(folder.path(), &texts)), first);
}

#[test]
fn wrong_files_are_refused_with_their_key() {
    let row_per_token = Tiny {
        last: Last::RowPerToken,
        ..Tiny::default()
    };
    let four = Tiny {
        labels: 4,
        ..Tiny::default()
    };
    for (model, words) in [
        (b"nonsense".to_vec(), "score.onnx.model: "),
        (row_per_token.into_model(), "[texts, labels] is needed"),
        (four.into_model(), "score.onnx.labels: "),
    ] {
        let folder = folder(&model, "");
        let output = classify(folder.path(), &["bad"]);
        assert_eq!(output.status.code(), Some(64), "{}", err(&output));
        assert!(err(&output).contains(words), "{}", err(&output));
        assert!(err(&output).contains("tiny.onnx"), "{}", err(&output));
    }
}

#[test]
fn check_tries_the_model() {
    let good = folder(&Tiny::default().into_model(), "");
    let check = |folder: &Path| run(&["check", folder.join("ophef.toml").to_str().unwrap()]);
    let output = check(good.path());
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("tiny@"), "{}", out(&output));
    let bad = folder(b"nonsense", "");
    let output = check(bad.path());
    assert_eq!(output.status.code(), Some(64), "{}", err(&output));
    std::fs::remove_file(good.path().join("tiny.onnx")).unwrap();
    let output = check(good.path());
    assert_eq!(output.status.code(), Some(64));
    let expected = "line 2: score.onnx.model: there is no file";
    assert!(err(&output).contains(expected), "{}", err(&output));
}

#[test]
fn a_backtest_is_scored_by_the_model_too() {
    let folder = folder(&Tiny::default().into_model(), "use = \"all\"");
    let csv = folder.path().join("mentions.csv");
    let rows: String = (0..60)
        .map(|n| format!("2026-03-02T09:{n:02}:00Z,this is bad\n"))
        .collect();
    std::fs::write(&csv, format!("created_at,text\n{rows}")).unwrap();
    let config = folder.path().join("ophef.toml");
    let output = run(&[
        "--config",
        config.to_str().unwrap(),
        "backtest",
        "--from",
        csv.to_str().unwrap(),
        "--json",
    ]);
    assert!(output.status.success(), "{}", err(&output));
    let found: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&found["in"], &found["scored"]), (&60.into(), &60.into()));
}
