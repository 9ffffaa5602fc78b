//! The commands that need no Kafka, run as a user runs them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

#[path = "support/exports.rs"]
mod exports;
#[path = "support/reports.rs"]
mod reports;
mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use support::{err, finish, ophef, out, run};

fn run_with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = ophef(args).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    finish(child)
}

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn help_teaches() {
    let commands: [&[&str]; 13] = [
        &[],
        &["demo"],
        &["replay"],
        &["convert"],
        &["run"],
        &["classify"],
        &["explain"],
        &["backtest"],
        &["bench", "detect"],
        &["check"],
        &["topics"],
        &["schema"],
        &["corrections"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        assert!(output.status.success());
        insta::assert_snapshot!(
            format!("help-{}", command.first().unwrap_or(&"ophef")),
            out(&output)
        );
    }
}

#[test]
fn wrong_usage_is_exit_64() {
    for args in [
        &["demo", "--speed", "0"][..],
        &["dmo"],
        &["backtest", "--volume", "x.csv"],
        &["backtest", "--alarms-per-week", "0"],
        &["backtest", "--alarms-per-week", "NaN"],
        &["explain"],
        &["explain", "--rating", "9", "top"],
        &["explain", "--platform", "usenet", "top"],
        &[],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        assert!(!err(&output).is_empty());
    }
}

#[test]
fn version_and_completions() {
    assert_eq!(
        out(&run(&["--version"])),
        format!("ophef {}\n", env!("CARGO_PKG_VERSION"))
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            out(&run(&["completions", shell])).contains("classify"),
            "{shell}"
        );
    }
}

#[test]
fn the_example_configuration_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let example = out(&run(&["check", "--example"]));
    let path = file(folder.path(), "ophef.toml", example.as_bytes());
    let output = run(&["check", path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).starts_with("The configuration is right."));
}

#[test]
fn every_mistake_of_a_configuration_is_named_and_exits_64() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "ophef.toml",
        b"[watch]\nalarms_per_week = 0\nbudget = 1\n[kafka]\nbrokers = 9\n",
    );
    let output = run(&["check", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(64));
    for part in [
        "line 2: watch.alarms_per_week",
        "line 3: watch.budget",
        "line 5: kafka.brokers",
    ] {
        assert!(err(&output).contains(part), "{part} in {}", err(&output));
    }
    // A service refuses it just so.
    let output = run(&["run", "score", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(64));
}

/// The output with every number as `#`, so that another model reads the same.
fn without_numbers(text: &str) -> String {
    let mut shape = String::new();
    for letter in text.chars() {
        let is_number = letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.');
        if !(is_number && shape.ends_with('#')) {
            shape.push(if is_number { '#' } else { letter });
        }
    }
    shape
}

#[test]
fn an_explanation_has_a_line_for_every_piece() {
    let args = ["explain", "--title", "Drama", "--rating", "1", "-"];
    let output = run_with_input(&args, "Café #Nooit top!! 😡\n".as_bytes());
    assert!(output.status.success(), "{}", err(&output));
    let shown = without_numbers(&out(&output));
    let (table, verdict) = shown.split_once("\n\nprobabilities").unwrap();
    insta::assert_snapshot!("explain", table);
    for line in ["label ", "language ", "kind  ", "aspects ", "model "] {
        assert!(verdict.contains(line), "{line} in {verdict}");
    }
    // The columns are rounded to three decimals, the sum with them.
    let numbers = |line: &str| -> [Option<f64>; 3] {
        let mut numbers = line.split_whitespace().map(str::parse);
        std::array::from_fn(|_| numbers.next().and_then(Result::ok))
    };
    let mut sum = [0.0; 3];
    let mut pieces = 0.0;
    for line in out(&output)
        .lines()
        .filter(|line| line.contains('+') || line.contains('-'))
    {
        let [Some(negative), Some(neutral), Some(positive)] = numbers(line) else {
            continue;
        };
        let total = line.ends_with("total, logits");
        for (sum, logit) in sum.iter_mut().zip([negative, neutral, positive]) {
            *sum += if total { -logit } else { logit };
        }
        pieces += 1.0;
    }
    assert!(pieces > 6.0);
    assert!(
        sum.iter().all(|rest| rest.abs() <= 0.0006 * pieces),
        "{sum:?}"
    );
}

#[test]
fn an_explanation_in_json_gives_the_score_of_classify() {
    let text = "Pakket wéér niet bezorgd, schandalig slecht";
    let output = run(&["explain", "--json", "--lang", "nl", "--platform", "x", text]);
    let explained: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    let line = serde_json::json!({"text": text, "lang": "nl", "platform": "x"});
    let output = run_with_input(&["classify"], line.to_string().as_bytes());
    let classified: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(explained["score"], classified["score"]);
    let span = &explained["spans"][1];
    assert_eq!((&span["start"], &span["byte_end"]), (&7.into(), &13.into()));
    assert_eq!(span["text"], "wéér");
    let members: Vec<_> = explained.as_object().unwrap().keys().cloned().collect();
    let expected = ["base", "circumstances", "score", "spans", "text", "total"];
    assert_eq!(members, expected);
}

#[test]
fn an_explanation_says_what_is_wrong_with_its_text() {
    let long = "a".repeat(70_000);
    let output = run_with_input(&["explain", "-"], long.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("at most 65536 are taken"),
        "{}",
        err(&output)
    );
    let output = run_with_input(&["explain", "-"], b"caf\xe9");
    assert!(err(&output).contains("not UTF-8"), "{}", err(&output));
}

#[test]
fn classify_keeps_order_and_fields() {
    let input = "{\"n\":1,\"text\":\"Pakket wéér niet bezorgd, schandalig slecht\",\"extra\":{\"a\":[1]}}\n\
        {\"n\":2,\"text\":\"Super snel geleverd, heel blij mee!\"}\n";
    let output = run_with_input(&["classify"], input.as_bytes());
    assert!(output.status.success(), "{}", err(&output));
    let lines: Vec<serde_json::Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["score"]["label"], "negative");
    assert_eq!(lines[0]["extra"]["a"][0], 1);
    assert_eq!(lines[1]["n"], 2);
    assert_eq!(lines[1]["score"]["label"], "positive");
    assert_eq!(lines[1]["score"]["lang"], "nl");
}

#[test]
fn classify_says_what_is_wrong_with_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let gzip = file(
        folder.path(),
        "a.jsonl",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    );
    let output = run(&["classify", gzip.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("gunzip -k"), "{}", err(&output));
    let output = run(&["classify", "no-such-file.jsonl"]);
    assert!(
        err(&output).contains("can't read no-such-file.jsonl"),
        "{}",
        err(&output)
    );
    let output = run_with_input(&["classify"], b"\x1f\x8b\x08\x00");
    assert!(err(&output).contains("gunzip"), "{}", err(&output));
    let output = run_with_input(&["classify"], b"not json\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("\"reason\":\"not_json\""));
    let output = run_with_input(&["classify"], b"not json\n{\"text\":\"Top\"}\n");
    assert!(output.status.success());
    assert!(err(&output).contains("1 of 2 lines"), "{}", err(&output));
}

/// Four quiet days, then an hour of complaints.
#[test]
fn classify_judges_corrections_and_the_exit_code_tells() {
    let folder = tempfile::tempdir().unwrap();
    let right = file(
        folder.path(),
        "right.tsv",
        b"label\ttext\nneg\tWat een waardeloze service\npos\tHeerlijk brood, aanrader!\n",
    );
    let judged = run(&["classify", "--corrections", right.to_str().unwrap()]);
    assert!(judged.status.success(), "{}", err(&judged));
    assert_eq!(out(&judged), "");
    assert!(err(&judged).contains("2 of 2 corrections are read right"));

    let by_id = file(
        folder.path(),
        "id.jsonl",
        b"{\"id\":\"7\",\"label\":\"neg\"}\n",
    );
    let by_id = by_id.to_str().unwrap();
    let alone = run(&["classify", "--corrections", by_id]);
    assert_eq!(alone.status.code(), Some(1));
    assert!(err(&alone).contains("ophef classify MENTIONS --corrections FILE"));

    let mention = b"{\"id\":\"7\",\"text\":\"Heerlijk brood, aanrader!\"}\n";
    let mentions = file(folder.path(), "mentions.jsonl", mention);
    let judged = run(&[
        "classify",
        mentions.to_str().unwrap(),
        "--corrections",
        by_id,
    ]);
    assert_eq!(judged.status.code(), Some(1));
    let miss: serde_json::Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!(miss["text"], "Heerlijk brood, aanrader!");
    assert_eq!(miss["score"]["label"], "positive");
    assert!(err(&judged).contains("0 of 1 corrections are read right, 1 read wrong"));

    let wrong = file(folder.path(), "wrong.tsv", b"label\ttext\ngood\tTop\n");
    let refused = run(&["classify", "--corrections", wrong.to_str().unwrap()]);
    assert!(err(&refused).contains("line 2"), "{}", err(&refused));
}

fn complaint_wave(separator: &str) -> String {
    use std::fmt::Write;
    let mut rows = String::new();
    let mut row = |minute: i64, label: &str| {
        let at = mention::EventTime::from_minute(29_540_160 + minute);
        let fields = ["\"created_at\":\"", "\",\"text\":\"", "\",\"label\":\""];
        let text = format!("Bericht over de bestelling {minute}");
        if separator == "," {
            writeln!(rows, "{at},{text},{label}").unwrap();
        } else {
            writeln!(
                rows,
                "{{{}{at}{}{text}{}{label}\"}}",
                fields[0], fields[1], fields[2]
            )
            .unwrap();
        }
    };
    for minute in 0..5_760 {
        if minute % 4 == 0 {
            row(minute, if minute % 20 == 0 { "neg" } else { "pos" });
        }
    }
    for minute in 5_760..5_820 {
        row(minute, "neg");
    }
    rows
}

#[test]
fn backtest_finds_a_wave_in_a_table_and_is_deterministic() {
    let folder = tempfile::tempdir().unwrap();
    let table = format!("created_at,text,label\n{}", complaint_wave(","));
    let path = file(folder.path(), "acme.csv", table.as_bytes());
    let args = ["backtest", "--json", "--from", path.to_str().unwrap()];
    let output = run(&args);
    assert!(output.status.success(), "{}", err(&output));
    let found: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(found["in"], 1_500);
    assert_eq!(found["scored"], 1_500);
    let spikes = found["spikes"].as_array().unwrap();
    assert_eq!(spikes.len(), 1, "{spikes:?}");
    assert_eq!(spikes[0]["brand"], "acme");
    assert_eq!(spikes[0]["spike_kind"], "complaint_wave");
    assert_eq!(out(&run(&args)), out(&output));
    // The same for people.
    let output = run(&["backtest", "--from", path.to_str().unwrap()]);
    assert!(out(&output).contains("1 alarm,"), "{}", out(&output));
}

#[test]
fn the_bundled_week_reads_like_this() {
    let output = run(&["backtest"]);
    assert!(output.status.success(), "{}", err(&output));
    insta::assert_snapshot!(out(&output));
}

#[test]
fn a_wrong_log_filter_is_found_before_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "ophef.toml",
        b"[log]\nfilter = \"loud=very\"\n",
    );
    for args in [
        &["check"][..],
        &["demo", "--config"],
        &["run", "score", "--config"],
    ] {
        let output = run(&[args, &[path.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(64), "{args:?} {}", err(&output));
        assert!(err(&output).contains("filter"), "{}", err(&output));
    }
}

#[test]
fn backtest_names_a_missing_or_packed_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["backtest", "--from", "no-such.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("no-such.jsonl"));
    let gzip = file(folder.path(), "a.jsonl", b"\x1f\x8b\x08\x00");
    assert!(err(&run(&["backtest", "--from", gzip.to_str().unwrap()])).contains("gunzip -k"));
}

#[test]
fn backtest_says_what_it_could_not_use_and_what_it_did_not_watch() {
    let folder = tempfile::tempdir().unwrap();
    let bad = file(folder.path(), "bad.jsonl", b"{}\nnot json\n");
    let output = run(&["backtest", "--from", bad.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("none of the 2 lines"),
        "{}",
        err(&output)
    );
    let said = out(&output);
    assert!(
        said.contains("missing_field: 1 (the first: created_at)"),
        "{said}"
    );
    let table = b"created_at,text\n2026-03-02 09:00,Prima\n";
    let export = file(folder.path(), "export.csv", table);
    let config = file(folder.path(), "ophef.toml", b"[[brand]]\nslug = \"acme\"\n");
    let args = ["backtest", "--from", export.to_str().unwrap(), "--config"];
    let said = out(&run(&[&args[..], &[config.to_str().unwrap()]].concat()));
    assert!(said.contains("not watched: 1 brand that"), "{said}");
    assert!(said.contains("such as export"), "{said}");
}

#[test]
fn a_recording_must_be_a_file_since_it_is_read_twice() {
    let output = run_with_input(&["backtest", "--from", "/dev/stdin"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("save it to one first"),
        "{}",
        err(&output)
    );
}

#[test]
fn completions_into_a_full_disk_are_an_error_and_no_panic() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = ophef(&["completions", "bash"])
        .stdout(full.unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
}

#[test]
fn scores_never_overwrite_their_series() {
    let folder = tempfile::tempdir().unwrap();
    let series = b"timestamp,value\n2015-02-26 21:42:53,104\n";
    let path = file(folder.path(), "counts.csv", series);
    let name = path.to_str().unwrap();
    let output = run(&["backtest", "--volume", name, "--scores", name]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("would overwrite"), "{}", err(&output));
    assert_eq!(std::fs::read(&path).unwrap(), series);
}

#[test]
fn volume_scores_each_row() {
    let folder = tempfile::tempdir().unwrap();
    let series = "timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,100\n";
    let input = file(folder.path(), "counts.csv", series.as_bytes());
    let output = folder.path().join("scores.csv");
    let args = [
        "backtest",
        "--volume",
        input.to_str().unwrap(),
        "--scores",
        output.to_str().unwrap(),
    ];
    let result = run(&args);
    assert!(result.status.success(), "{}", err(&result));
    let scores = std::fs::read_to_string(&output).unwrap();
    let rows: Vec<_> = scores.lines().collect();
    assert_eq!(rows[0], "timestamp,score");
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with("2015-02-26 21:42:53,"));
    let bad = file(folder.path(), "bad.csv", b"timestamp,value\nlater,3\n");
    let result = run(&[
        "backtest",
        "--volume",
        bad.to_str().unwrap(),
        "--scores",
        output.to_str().unwrap(),
    ]);
    assert_eq!(result.status.code(), Some(1));
    assert!(err(&result).contains("bad.csv: line 2"), "{}", err(&result));
}

/// `ophef metrics > docs/metrics.md` renews the page.
#[test]
fn the_page_of_metrics_says_what_is_exported() {
    let page = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/metrics.md"
    ));
    let output = run(&["metrics"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(out(&output), std::fs::read_to_string(page).unwrap());
}

#[test]
fn schemas_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["schema", folder.path().to_str().unwrap()]);
    assert!(output.status.success());
    assert!(out(&output).lines().count() >= 3);
    assert!(folder.path().join("ophef.spikes.v1.json").is_file());
}
