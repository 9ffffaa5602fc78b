//! `ophef demo`, run as a user runs it: the whole pipeline in one process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test fails by panicking, and says so"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Output};
use std::time::Duration;

use mention::{EventTime, Spike, SpikeKind};
use sample::PlantedKind;
use serde_json::{Value, json};
use support::{data, finish, ophef, run};

struct Demo {
    report: Value,
    /// Peak of resident memory, bytes.
    peak_bytes: u64,
}

impl Demo {
    fn spikes(&self) -> Vec<Spike> {
        serde_json::from_value(self.report["spikes"].clone()).unwrap()
    }

    fn dead(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.report["dead"].clone()).unwrap()
    }
}

/// Plays `from`, or the bundled week, at full speed to its end.
fn demo(from: Option<&Path>) -> Demo {
    let mut args = vec![
        "demo",
        "--headless",
        "--exit-when-done",
        "--json",
        "--speed",
        "max",
    ];
    args.extend(
        from.map(|path| ["--from", path.to_str().unwrap()])
            .into_iter()
            .flatten(),
    );
    let child = ophef(&args).spawn().unwrap();
    let (output, peak_bytes) = finish_watched(child);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Demo {
        report: serde_json::from_slice(&output.stdout).unwrap(),
        peak_bytes,
    }
}

/// Waits for the end and watches the memory: output, and peak bytes.
fn finish_watched(child: Child) -> (Output, u64) {
    let status = format!("/proc/{}/status", child.id());
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            let Some(kib) = kib else { break };
            peak = peak.max(kib * 1024);
            std::thread::sleep(Duration::from_millis(20));
        }
        peak
    });
    (finish(child), watcher.join().unwrap())
}

fn overlaps(spike: &Spike, from: EventTime, to: EventTime) -> bool {
    spike.onset <= to && spike.closed_at.is_none_or(|closed| closed >= from)
}

#[test]
fn the_bundled_week_pages_for_the_wave_and_the_viral_post_only() {
    let demo = demo(None);
    assert_eq!(demo.report["in"], demo.report["scored"]);
    assert!(demo.dead().is_empty(), "{:?}", demo.dead());
    let spikes = demo.spikes();
    let paging: Vec<&Spike> = spikes.iter().filter(|spike| spike.pages).collect();
    for planted in sample::planted() {
        let (from, to) = (
            planted.from(sample::DEFAULT_START),
            planted.to(sample::DEFAULT_START),
        );
        let during: Vec<_> = paging
            .iter()
            .filter(|spike| overlaps(spike, from, to))
            .collect();
        assert_eq!(
            during.is_empty(),
            !planted.kind.pages(),
            "{:?}: {during:?}",
            planted.kind
        );
        let wanted = match planted.kind {
            PlantedKind::DeliveryWave => &[SpikeKind::ComplaintWave][..],
            PlantedKind::ViralThread => &[SpikeKind::ViralThread, SpikeKind::Influencer],
            _ => continue,
        };
        assert!(
            during
                .iter()
                .any(|spike| wanted.contains(&spike.spike_kind)),
            "{during:?}"
        );
        for spike in during {
            assert_eq!(spike.brand, "pluimvos");
            assert!(
                !spike.drivers.is_empty() && !spike.terms.is_empty(),
                "{spike:?}"
            );
        }
    }
}

#[test]
fn every_bad_input_is_counted_and_the_stream_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    let good = |id: u32| {
        json!({"id": id.to_string(), "brand": "acme", "platform": "x", "text": "Prima geregeld",
            "created_at": format!("2026-03-02T09:00:{:02}Z", id % 60)})
    };
    let with = |id: u32, field: &str, value: Value| {
        let mut mention = good(id);
        mention[field] = value;
        mention.to_string().into_bytes()
    };
    let without = |id: u32, field: &str| {
        let mut mention = good(id);
        mention.as_object_mut().unwrap().remove(field);
        mention.to_string().into_bytes()
    };
    let now = EventTime::from_millis(
        i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
        .unwrap(),
    );
    let lines: Vec<(Vec<u8>, Option<&str>)> = vec![
        (good(1).to_string().into_bytes(), None),
        (b"not json".to_vec(), Some("not_json")),
        (b"[1,2,3]".to_vec(), Some("not_json")),
        (without(2, "id"), Some("missing_field")),
        (without(3, "text"), Some("missing_field")),
        (with(4, "created_at", json!(12)), Some("bad_field")),
        (
            with(5, "engagement", json!({"likes": "many"})),
            Some("bad_field"),
        ),
        (
            b"{\"id\":\"6\",\"text\":\"\xff\xfe\"}".to_vec(),
            Some("not_utf8"),
        ),
        (
            with(7, "text", json!("a".repeat(1 << 20))),
            Some("text_too_long"),
        ),
        (
            with(8, "text", json!("a".repeat(3 << 20))),
            Some("record_too_large"),
        ),
        (with(9, "text", json!("")), Some("empty_text")),
        (
            with(10, "created_at", json!("0000-01-01T00:00:00Z")),
            Some("time_out_of_range"),
        ),
        (
            with(11, "created_at", json!("2300-01-01T00:00:00Z")),
            Some("time_ahead"),
        ),
        (
            with(
                12,
                "created_at",
                json!(now.plus_millis(1_000_000_000).to_string()),
            ),
            Some("time_ahead"),
        ),
        (with(13, "platform", json!("hyves")), None),
        (with(14, "brand", json!("somebody-else")), None),
        (good(1).to_string().into_bytes(), None),
        (b"\x1f\x8b\x08\x00\x00".to_vec(), Some("not_utf8")),
        (good(15).to_string().into_bytes(), None),
    ];
    let file = lines
        .iter()
        .map(|(line, _)| line.as_slice())
        .collect::<Vec<_>>()
        .join(&b'\n');
    std::fs::write(&path, file).unwrap();
    let demo = demo(Some(&path));
    let mut dead = BTreeMap::new();
    for reason in lines.iter().filter_map(|(_, reason)| *reason) {
        *dead.entry(reason.to_owned()).or_insert(0) += 1;
    }
    assert_eq!(demo.dead(), dead);
    assert_eq!(demo.report["in"], lines.len());
    let good = lines.iter().filter(|(_, reason)| reason.is_none()).count();
    assert_eq!(demo.report["scored"], good);
}

/// The embedded broker keeps 5 MiB a partition and drops the oldest silently.
#[test]
fn nothing_is_dropped_from_a_hundred_megabytes() {
    const BYTES: usize = 100 * 1024 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.jsonl");
    let padding = "De bestelling is weer niet aangekomen en niemand neemt op. ".repeat(30);
    let mut file = String::with_capacity(BYTES + 4_096);
    let mut lines = 0_u64;
    while file.len() < BYTES {
        let at = EventTime::from_millis(1_772_400_000_000 + i64::try_from(lines).unwrap() * 7_000);
        // One brand, so one partition carries it all; every hundredth line is bad.
        if lines % 100 == 99 {
            writeln!(file, "broken {lines} {padding}").unwrap();
        } else {
            let mention = json!({"id": lines.to_string(), "brand": "acme", "platform": "x",
                "created_at": at, "text": &padding[..padding.len() - usize::try_from(lines % 50).unwrap()]});
            writeln!(file, "{mention}").unwrap();
        }
        lines += 1;
    }
    std::fs::write(&path, file).unwrap();
    let demo = demo(Some(&path));
    assert_eq!(demo.report["in"], lines);
    assert_eq!(
        demo.dead(),
        BTreeMap::from([("not_json".to_owned(), lines / 100)])
    );
    assert_eq!(demo.report["scored"], lines - lines / 100);
    let peak = demo.peak_bytes;
    assert!(
        peak > 0 && peak < 300 * 1024 * 1024,
        "{peak} bytes of memory"
    );
}

#[test]
fn a_taken_port_is_one_clear_sentence() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&[
        "demo",
        "--headless",
        "--exit-when-done",
        "--listen",
        &address,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains(&address) && errors.contains("listen"),
        "{errors}"
    );
}

#[test]
fn a_missing_recording_is_named() {
    let output = run(&["demo", "--headless", "--from", "no-such.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such.jsonl"));
}

#[test]
fn real_mentions_are_all_scored_and_give_the_same_spikes_each_time() {
    let Some(data) = data() else { return };
    let stream = data.join("spikes/airline_stream.jsonl");
    let [first, second] = [(); 2].map(|()| demo(Some(&stream)));
    assert_eq!(first.report["in"], 14_485);
    assert_eq!(first.report["scored"], 14_485);
    assert!(first.dead().is_empty());
    assert_eq!(
        first.report["spikes"].to_string(),
        second.report["spikes"].to_string()
    );
    assert!(!first.spikes().is_empty());
    // The offline backtest decides just so.
    let path = stream.to_str().unwrap();
    let output = run(&["backtest", "--json", "--from", path]);
    let backtest: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        backtest["spikes"].to_string(),
        first.report["spikes"].to_string()
    );
    assert!(first.peak_bytes < 300 * 1024 * 1024);
}
