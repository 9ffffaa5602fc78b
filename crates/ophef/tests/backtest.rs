//! `ophef backtest`: labels, comparisons, reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{data, err, out, run};

/// What somebody might write to take over the page.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)> \"'&";

fn file(folder: &Path, name: &str, content: &str) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A mention of a brand at a minute of 2 March 2026 and the days after, scored already.
fn mention(brand: &str, minute: i64, is_negative: bool, text: &str) -> String {
    let [negative, positive] = if is_negative { [1.0, 0.0] } else { [0.0, 1.0] };
    let label = if is_negative { "negative" } else { "positive" };
    let at = mention::EventTime::from_minute(29_540_160 + minute);
    json!({
        "id": format!("{brand}-{minute}"), "brand": brand, "platform": "x", "text": text,
        "created_at": at.to_string(),
        "score": {"label": label, "confidence": 1.0, "model": "given",
            "probabilities": {"negative": negative, "neutral": 0.0, "positive": positive}},
    })
    .to_string()
}

/// Two brands for five days: five negatives of fifteen an hour on, and on the fifth
/// day at 00:00 an hour in which every mention of `acme` is negative.
fn recording(folder: &Path) -> String {
    let mut lines = String::new();
    for minute in 0..5 * 1_440 {
        let is_wave = (5_760..5_820).contains(&minute);
        if is_wave || minute % 4 == 0 {
            let text = if is_wave {
                HOSTILE
            } else {
                "Over de bestelling"
            };
            let line = mention("acme", minute, is_wave || minute % 20 == 0, text);
            writeln!(lines, "{line}").unwrap();
        }
        if minute % 6 == 0 {
            let line = mention("zeegroen", minute, minute % 30 == 0, "Over de winkel");
            writeln!(lines, "{line}").unwrap();
        }
    }
    file(folder, "march.jsonl", &lines)
}

fn labels(folder: &Path, rows: &str) -> String {
    let text = format!("brand,from,until,name\n{rows}");
    file(folder, "labels.csv", &text)
}

/// When the wave begins, as a row of labels.
const WAVE: &str = "acme,2026-03-06T00:00:00Z,2026-03-06T01:30:00Z,the wave\n";

fn json_of(args: &[&str]) -> Value {
    let output = run(&[&["backtest", "--json"], args].concat());
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

#[test]
fn labels_give_precision_recall_and_delay() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    let rows = format!(
        "{WAVE}zeegroen,2026-03-04T00:00:00Z,2026-03-04T01:00:00Z,\n\
         acme,2027-03-04T00:00:00Z,2027-03-04T01:00:00Z,next year\n"
    );
    let labels = labels(folder.path(), &rows);
    let found = json_of(&["--from", &recording, "--labels", &labels]);
    let labels_found = &found["labels"];
    let recall = &labels_found["recall"];
    assert_eq!(recall["value"], 0.5);
    assert!(recall["low"].as_f64().unwrap() < 0.1 && recall["high"].as_f64().unwrap() > 0.9);
    assert_eq!(labels_found["good_alarms"], 1);
    assert_eq!(labels_found["found"][0]["name"], "the wave");
    assert_eq!(labels_found["missed"][0]["brand"], "zeegroen");
    assert_eq!(labels_found["not_recorded"][0]["name"], "next year");
    // One mention a minute from the label's beginning.
    let hit = &labels_found["found"][0];
    let (minutes, mentions) = (
        hit["minutes"].as_f64().unwrap(),
        hit["mentions"].as_f64().unwrap(),
    );
    assert!((minutes + 1.0 - mentions).abs() < 1e-9, "{hit}");
    assert!(mentions < 30.0, "{hit}");
    // The same for people.
    let output = run(&["backtest", "--from", &recording, "--labels", &labels]);
    let said = out(&output);
    for part in [
        "labels: 1 of 2 found, recall 0.50",
        "missed: zeegroen from",
        "(the wave)",
        "outside the recording",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn an_alarm_of_a_brand_in_which_nothing_happened_is_false() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    let quiet = labels(folder.path(), "acme,,\n");
    let found = json_of(&["--from", &recording, "--labels", &quiet]);
    let alarms = found["brands"]["acme"]["alarms"].as_u64().unwrap();
    assert!(alarms >= 1);
    assert_eq!(
        found["labels"]["false_alarms"].as_array().unwrap().len() as u64,
        alarms
    );
    assert_eq!(found["labels"]["precision"]["value"], 0.0);
    // Not judged where the labels don't name the brand.
    let other = labels(folder.path(), "zeegroen,,\n");
    let found = json_of(&["--from", &recording, "--labels", &other]);
    assert_eq!(found["labels"]["unjudged_alarms"], alarms);
    assert_eq!(found["labels"]["precision"], Value::Null);
}

#[test]
fn labels_that_do_not_fit_are_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    for (rows, part) in [
        (
            "acne,2026-03-06T00:00:00Z,2026-03-06T01:00:00Z\n",
            "line 2: the recording has no brand \"acne\"; it has acme, zeegroen",
        ),
        (
            "acme,2026-03-06T02:00:00Z,2026-03-06T01:00:00Z\n",
            "line 2: until 2026-03-06T01:00:00Z is before",
        ),
        (
            "acme,2025-03-06T00:00:00Z,2025-03-06T01:00:00Z\n",
            "none of the 1 labels lies within the recording, which goes from 2026-03-02T00:00:00Z",
        ),
        ("", "no label in it"),
    ] {
        let labels = labels(folder.path(), rows);
        let output = run(&["backtest", "--from", &recording, "--labels", &labels]);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(part), "{part} in {}", err(&output));
        assert_eq!(out(&output), "");
    }
    let header = file(folder.path(), "labels.csv", "merk,van,tot\n");
    let output = run(&["backtest", "--from", &recording, "--labels", &header]);
    assert!(
        err(&output).contains("`brand,from,until`"),
        "{}",
        err(&output)
    );
    let config = file(
        folder.path(),
        "ophef.toml",
        "[[brand]]\nslug = \"zeegroen\"\n",
    );
    let labels = labels(folder.path(), WAVE);
    let args = [
        "backtest", "--from", &recording, "--labels", &labels, "--config", &config,
    ];
    let said = err(&run(&args));
    assert!(
        said.contains("the configuration doesn't name the brand \"acme\""),
        "{said}"
    );
}

#[test]
fn a_comparison_tells_what_changes() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    // The other configuration doesn't watch the brand that has the wave.
    let blind = file(
        folder.path(),
        "blind.toml",
        "[[brand]]\nslug = \"zeegroen\"\n",
    );
    let labels = labels(folder.path(), WAVE);
    let args = [
        "--from",
        &recording,
        "--compare",
        &blind,
        "--labels",
        &labels,
    ];
    let found = json_of(&args);
    let compared = &found["compare"];
    assert_eq!(compared["only_here"].as_array().unwrap().len(), 1);
    assert_eq!(compared["only_there"], json!([]));
    assert_eq!(compared["brands"]["acme"]["watched"], false);
    assert_eq!(compared["labels"]["recall"]["value"], 0.0);
    assert_eq!(found["labels"]["recall"]["value"], 1.0);
    // Alone it finds the very same.
    let alone = json_of(&["--from", &recording, "--config", &blind]);
    assert_eq!(compared["spikes"], alone["spikes"]);
    let said = out(&run(&[&["backtest"], &args[..]].concat()));
    assert!(said.contains("0 alarms instead of 1,"), "{said}");
    assert!(said.contains("acme: not watched instead of 1."), "{said}");
    assert!(
        said.contains("no more: acme on all: complaint wave"),
        "{said}"
    );
}

#[test]
fn a_configuration_compared_with_itself_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    let same = file(folder.path(), "same.toml", "");
    // Scores of its own, since the settings of scoring differ; the mentions are scored already.
    let spans = file(folder.path(), "spans.toml", "[score]\nspans = 3\n");
    for other in [same, spans] {
        let found = json_of(&["--from", &recording, "--compare", &other]);
        let both = found["compare"]["both"].as_array().unwrap();
        assert_eq!(both.len(), 1);
        assert_eq!(
            (&both[0]["here"], &both[0]["later_minutes"]),
            (&both[0]["there"], &json!(0.0))
        );
        assert_eq!(found["compare"]["spikes"], found["spikes"]);
    }
    let wrong = file(folder.path(), "wrong.toml", "[watch]\nbudget = 1\n");
    let output = run(&["backtest", "--from", &recording, "--compare", &wrong]);
    assert_eq!(output.status.code(), Some(64));
    assert!(err(&output).contains("watch.budget"), "{}", err(&output));
}

#[test]
fn the_budget_on_the_command_line_holds_for_brands_with_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    let brand = "[[brand]]\nslug = \"acme\"\nalarms_per_week = 0.01\n";
    let config = file(folder.path(), "ophef.toml", brand);
    let spikes =
        |more: &[&str]| json_of(&[&["--from", &recording], more].concat())["spikes"].clone();
    let args = ["--config", config.as_str(), "--alarms-per-week", "10"];
    let with_both = spikes(&args);
    let plain = file(
        folder.path(),
        "plain.toml",
        "[[brand]]\nslug = \"acme\"\nalarms_per_week = 10\n",
    );
    assert_eq!(with_both, spikes(&["--config", &plain]));
}

fn page_of(folder: &Path, args: &[&str]) -> String {
    let path = folder.join("report.html");
    let output = run(&[&["backtest", "--html", path.to_str().unwrap()], args].concat());
    assert!(output.status.success(), "{}", err(&output));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_report_is_one_page_without_script_or_network() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(folder.path());
    let rows = format!(
        "acme,2026-03-06T00:00:00Z,2026-03-06T01:30:00Z,\"{}\"\n",
        HOSTILE.replace('"', "\"\"")
    );
    let labels = labels(folder.path(), &rows);
    let other = file(
        folder.path(),
        "<b>other.toml",
        "[watch]\nalarms_per_week = 10\n",
    );
    let args = [
        "--from",
        &recording,
        "--labels",
        &labels,
        "--compare",
        &other,
    ];
    let page = page_of(folder.path(), &args);
    // Only what is written here; the hostile text is there, as text.
    for forbidden in [
        "<script",
        "<img",
        "href=",
        "src=x onerror=alert(1)>",
        "url(",
        "@import",
        "<b>",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &quot;&#39;&amp;"));
    assert!(page.contains("default-src 'none'"));
    for part in [
        "complaint wave",
        "1 of 1 found",
        "Compared with",
        "class=\"truth\"",
        "class=\"alarm\"",
        "class=\"other\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Two plots a brand, one a spike.
    let spikes = page.matches("<section class=\"spike").count();
    assert_eq!(page.matches("<svg ").count(), 4 + spikes);
}

#[test]
fn the_report_of_a_long_recording_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    // A mention an hour for a year and a half.
    let mut lines = String::new();
    for hour in -13_000..0 {
        let line = mention("acme", hour * 60, hour % 7 == 0, "Prima");
        writeln!(lines, "{line}").unwrap();
    }
    let recording = file(folder.path(), "long.jsonl", &lines);
    let page = page_of(folder.path(), &["--from", &recording]);
    assert!(page.len() < 100_000, "{}", page.len());
    assert!(page.contains("of every 55 hours the most unusual one"));
    let line = page.split("class=\"c1\" d=\"").nth(1).unwrap();
    let points = line.split('"').next().unwrap().matches(['M', 'L']).count();
    assert!((200..=240).contains(&points), "{points}");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let output = run(&["backtest", "--html", "/no/such/folder/report.html"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("can't write /no/such/folder/report.html"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_report_never_overwrites_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let line = mention("acme", 0, false, "Prima");
    let recording = file(folder.path(), "march.jsonl", &line);
    let output = run(&["backtest", "--from", &recording, "--html", &recording]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("would overwrite"), "{}", err(&output));
    assert_eq!(std::fs::read_to_string(&recording).unwrap(), line);
}

#[test]
fn labels_of_a_useless_recording_are_not_to_blame() {
    let folder = tempfile::tempdir().unwrap();
    let recording = file(folder.path(), "bad.jsonl", "{}\n");
    let labels = labels(folder.path(), WAVE);
    let output = run(&["backtest", "--from", &recording, "--labels", &labels]);
    assert!(
        err(&output).contains("none of the 1 lines"),
        "{}",
        err(&output)
    );
}

#[test]
fn two_weeks_of_real_mentions_take_seconds() {
    let Some(data) = data() else { return };
    let stream = data.join("spikes/airline_stream.jsonl");
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let page = page_of(folder.path(), &["--from", stream.to_str().unwrap()]);
    let took = start.elapsed();
    // An unoptimised build on a busy machine; measured: see docs/backtest.md.
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert!(page.len() < 2_000_000, "{}", page.len());
}
