//! The constants of threads, counted in the recordings that they were taken from.

#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::print_stderr, reason = "who skips a test says so")]
#![allow(clippy::cast_precision_loss, reason = "counts of mentions")]
#![allow(
    clippy::disallowed_methods,
    reason = "the data folder is told by the environment"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// The records of a recording; none where there is no data folder.
fn recording(name: &str) -> Option<Vec<Value>> {
    let Some(data) = std::env::var_os("OPHEF_DATA").map(PathBuf::from) else {
        let is_required = std::env::var_os("OPHEF_REQUIRE_DATA").is_some();
        assert!(
            !is_required,
            "OPHEF_DATA isn't set, and this run requires it"
        );
        eprintln!("SKIPPED: this test needs the data folder; set OPHEF_DATA");
        return None;
    };
    let text = std::fs::read_to_string(data.join("spikes").join(name)).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn at(record: &Value) -> f64 {
    let at: mention::EventTime = serde_json::from_value(record["created_at"].clone()).unwrap();
    at.millis() as f64 / 60_000.0
}

#[test]
fn conversations_grow_as_the_curve_says() {
    let Some(records) = recording("support_stream.jsonl") else {
        return;
    };
    let by_id: BTreeMap<&str, &Value> = records
        .iter()
        .map(|record| (record["id"].as_str().unwrap(), record))
        .collect();
    let mut ages = Vec::new();
    for record in records
        .iter()
        .filter(|record| record["author"]["role"] == "customer")
    {
        let mut first = record;
        while let Some(parent) = first["in_reply_to"].as_str().and_then(|id| by_id.get(id)) {
            first = parent;
        }
        if first["id"] != record["id"] {
            ages.push(at(record) - at(first));
        }
    }
    assert_eq!(ages.len(), 1342);
    for (minutes, part) in [(5.0, 0.055), (60.0, 0.386), (480.0, 0.617), (2880.0, 0.812)] {
        let found = ages.iter().filter(|age| **age <= minutes).count() as f64 / ages.len() as f64;
        assert!((found - part).abs() < 0.005, "{minutes}: {found}");
    }
}

#[test]
fn shares_have_the_tail_that_is_stated() {
    let Some(records) = recording("airline_stream.jsonl") else {
        return;
    };
    let shares = |record: &Value| record["engagement"]["shares"].as_u64().unwrap_or(0);
    for (least, part) in [(1, 0.052_8), (4, 0.002_7), (32, 0.000_14)] {
        let as_many = records
            .iter()
            .filter(|record| shares(record) >= least)
            .count();
        let found = as_many as f64 / records.len() as f64;
        assert!((found / part - 1.0).abs() < 0.05, "{least}: {found}");
    }
}
