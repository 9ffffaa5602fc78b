//! `ophef bench`, as its users run it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it skips"
)]

mod support;

use std::path::Path;
use std::process::Command;

use support::{data, err, out, run};

/// Two of the smallest brands for two weeks: a second or two.
const SMALL: [&str; 10] = [
    "bench",
    "detect",
    "--brands",
    "0.05/min ρ0.02,0.2/min ρ0.1",
    "--weeks",
    "2",
    "--trials",
    "2",
    "--seed",
    "11",
];

#[test]
fn the_same_seed_gives_the_same_table_however_many_threads_there_are() {
    let one = run(&[&SMALL[..], &["--jobs", "1"]].concat());
    assert!(one.status.success(), "{}", err(&one));
    let two = run(&[&SMALL[..], &["--jobs", "2"]].concat());
    assert_eq!(out(&one), out(&two));
    let text = out(&one);
    for title in [
        "Recall within 6 h",
        "Delay at",
        "By size",
        "False alarms",
        "Distractions",
        "Goals",
    ] {
        assert!(text.contains(title), "{title} in\n{text}");
    }
    let too_long = text.lines().find(|line| line.chars().count() > 100);
    assert_eq!(too_long, None);
    assert!(err(&one).contains("mentions judged in"), "{}", err(&one));
}

#[test]
fn results_are_written_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, html, pictures) = (path("a.json"), path("a.html"), path("pictures"));
    let files = ["--json", &json, "--html", &html, "--pictures", &pictures];
    let output = run(&[&SMALL[..], &files, &["--budget", "2", "--no-distractions"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(found["brands"].as_array().unwrap().len(), 2);
    assert_eq!(found["plan"]["seed"], 11);
    // Sixteen cells, one budget, five detectors, two trials.
    let delays = &found["brands"][0]["delays"];
    assert_eq!(delays.as_array().unwrap().len(), 16);
    assert_eq!(delays[0].as_array().unwrap().len(), 1);
    assert_eq!(delays[0][0].as_array().unwrap().len(), 5);
    assert_eq!(delays[0][0][4].as_array().unwrap().len(), 2);
    let html = std::fs::read_to_string(html).unwrap();
    assert!(html.contains("<svg") && html.contains("Goals") && !html.contains("<script"));
    let svg = std::fs::read_to_string(Path::new(&pictures).join("recall-step-2.svg")).unwrap();
    assert!(svg.contains("z-score"));
}

#[test]
fn a_wrong_wish_says_what_there_is() {
    let output = run(&["bench", "detect", "--brands", "acme"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("0.05/min ρ0.02"), "{}", err(&output));
    let output = run(&["bench", "detect", "--budget", "0"]);
    assert_eq!(output.status.code(), Some(64));
    let output = run(&["bench", "nab"]);
    assert!(err(&output).contains("--data FOLDER"), "{}", err(&output));
    let empty = tempfile::tempdir().unwrap();
    let output = run(&["bench", "nab", "--data", empty.path().to_str().unwrap()]);
    assert!(err(&output).contains("windows.json"), "{}", err(&output));
}

#[test]
fn recorded_volumes_are_brands_as_well() {
    let Some(data) = data() else { return };
    let data = data.to_str().unwrap().to_owned();
    let brand = ["bench", "detect", "--data", &data, "--brands", "CVS"];
    let small = ["--weeks", "1", "--trials", "1", "--no-distractions"];
    let output = run(&[&brand[..], &small].concat());
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        out(&output).contains("1 brands, 1 clean brand-weeks"),
        "{}",
        out(&output)
    );
}

/// The three best scores of the whole series, as `bench nab` prints them.
fn printed(text: &str) -> Vec<f64> {
    let lines = text.lines().skip(1).take(3);
    let best = lines.map(|line| line.split_whitespace().nth(2).unwrap().parse().unwrap());
    best.collect()
}

#[test]
fn the_rule_agrees_with_another_program_of_it() {
    let Some(data) = data() else { return };
    let tool = data.join("../tools/nab_score.py");
    if !tool.exists() {
        eprintln!("SKIPPED: this test needs {}", tool.display());
        return;
    }
    let nab = data.join("spikes/nab");
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec![nab.join("windows.json").to_str().unwrap().to_owned()];
    for brand in ["AAPL", "AMZN", "CRM", "CVS", "FB", "GOOG"] {
        let file = format!("Twitter_volume_{brand}.csv");
        let (input, scores) = (nab.join(&file), folder.path().join(&file));
        let (input, scores) = (input.to_str().unwrap(), scores.to_str().unwrap());
        let output = run(&["backtest", "--volume", input, "--scores", scores]);
        assert!(output.status.success(), "{}", err(&output));
        arguments.push(format!("realTweets/{file}={input}:{scores}"));
    }
    let other = Command::new("python3")
        .arg(tool)
        .args(arguments)
        .output()
        .unwrap();
    let other: Vec<f64> = out(&other)
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap())
        .collect();
    let ours = run(&["bench", "nab", "--data", data.to_str().unwrap()]);
    assert!(ours.status.success(), "{}", err(&ours));
    println!("{}", out(&ours));
    let ours = printed(&out(&ours));
    assert_eq!((ours.len(), other.len()), (3, 3));
    for (ours, other) in ours.iter().zip(&other) {
        assert!((ours - other).abs() < 0.11, "{ours} here, {other} there");
        assert!(*ours > 60.0, "{ours} is far below what it was");
    }
}
