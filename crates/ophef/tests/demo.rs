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

/// Parts of what is planted in a stream, by which it would be recognised.
const PLANTED: [&str; 4] = ["plc:geheim", "12345678", "geheim.jan", "99887766"];

/// A week of three posts about a brand an hour, then an hour of complaints that hold
/// personal data, all before `now`; and twice as many posts about nothing of the kind.
fn stream_before(now: EventTime) -> Vec<tests::Event> {
    const COMPLAINTS: [&str; 4] = [
        "Waardeloos, mijn pakket van Pluimvos is kwijt! Bel me op 06-12345678",
        "Schandalig slechte service van pluimvos, mail naar geheim.jan@voorbeeld.nl",
        "Pluimvos heeft bestelling 99887766 verknald, belachelijk, nooit meer",
        "Wat een vreselijke winkel die pluimvos, kapot geleverd en geen antwoord",
    ];
    let start = now.plus_millis(-(169 * 60 + 5) * EventTime::MINUTE_MS);
    let calm = (0..168 * 3).map(|third| (third * 20, "Vandaag iets besteld bij Pluimvos"));
    let wave = (168 * 60..).zip((0..60).map(|number| COMPLAINTS[number % 4]));
    let own = calm.chain(wave).enumerate();
    let mut events = Vec::new();
    for (number, (minute, text)) in own {
        let at = start.plus_millis(minute * EventTime::MINUTE_MS);
        let place = u64::try_from(at.millis()).unwrap() * 1_000;
        // Words that differ, so that the texts aren't copies of one.
        let word = ["morgen", "straks", "alweer", "zomaar", "laatst"][number % 5];
        let town = [
            "Utrecht", "Gent", "Zwolle", "Breda", "Assen", "Hoorn", "Tiel",
        ][number % 7];
        for (copy, text) in [text, "Mooi weer vandaag", "Wie kijkt er mee?"]
            .iter()
            .enumerate()
        {
            let place = place + copy as u64;
            let event = json!({"did": format!("did:plc:geheim{number}"), "time_us": place,
                "kind": "commit", "commit": {"rev": "r", "operation": "create",
                "collection": "app.bsky.feed.post", "rkey": format!("k{number}-{copy}"),
                "record": {"$type": "app.bsky.feed.post", "createdAt": at,
                "text": format!("{text} {word} {town} {number}")}}});
            events.push((place, event.to_string()));
        }
    }
    events
}

/// What a demo that was asked to stop leaves.
fn stopped(demo: std::process::Child) -> std::process::Output {
    let asked = std::process::Command::new("kill")
        .args(["-TERM", &demo.id().to_string()])
        .status();
    assert!(asked.unwrap().success());
    finish(demo)
}

/// A page of the demo's own server; empty while it isn't there.
fn page(address: std::net::SocketAddr, path: &str) -> String {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        return String::new();
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut response = String::new();
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.read_to_string(&mut response);
    response
}

#[test]
fn a_public_stream_goes_through_the_whole_pipeline_and_nothing_personal_comes_out() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = EventTime::from_millis(i64::try_from(now.unwrap().as_millis()).unwrap());
    let events = stream_before(now);
    let about = events.len() / 3;
    let stream = tests::Stream::play(events, 20_260_303);
    let [listen, console] = [(); 2].map(|()| support::free_address());
    let (at, shown, url) = (listen.to_string(), console.to_string(), stream.url());
    let mut args = vec!["demo", "--source", "bluesky", "--brand", "De Pluimvos"];
    args.extend(["--match", "pluimvos", "--match", "pluim vos", "--url", &url]);
    args.extend(["--headless", "--json", "--listen", &at, "--console", &shown]);
    let child = ophef(&args).spawn().unwrap();
    let watched = format!("ophef_records_consumed_total{{stage=\"watch\"}} {about}");
    let deadline = std::time::Instant::now() + Duration::from_secs(90);
    let mut metrics = String::new();
    while !metrics.lines().any(|line| line == watched) && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
        metrics = page(listen, "/metrics");
    }
    let seen = ["/", "/spikes"].map(|path| page(console, path)).concat();
    let output = stopped(child);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scored"], about, "{errors}");
    assert!(
        report["in"].as_u64().unwrap() >= 3 * about as u64,
        "{report}"
    );
    let reasons: Vec<_> = report["dead"].as_object().unwrap().keys().collect();
    assert!(
        reasons.iter().all(|reason| *reason == "not_json"),
        "{reasons:?}"
    );
    let spikes: Vec<Spike> = serde_json::from_value(report["spikes"].clone()).unwrap();
    assert!(
        spikes
            .iter()
            .any(|spike| spike.spike_kind == SpikeKind::ComplaintWave
                && spike.brand == "de-pluimvos"),
        "{spikes:?}"
    );
    assert!(seen.contains("de-pluimvos"), "{seen}");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("[phone]") || out.contains("[email]") || out.contains("[order]"));
    for planted in PLANTED {
        for text in [
            &out,
            &errors,
            &metrics.as_str().into(),
            &seen.as_str().into(),
        ] {
            assert!(!text.contains(planted), "{planted}: {text}");
        }
    }
}

#[test]
fn totals_of_campaigns_are_no_mentions() {
    let (totals, mentions): (Vec<_>, Vec<_>) = sample::adverts(sample::DEFAULT_START)
        .into_iter()
        .partition(|one| matches!(one, sample::Advertised::Totals(..)));
    let args = "demo --story campaigns --headless --exit-when-done --speed max";
    let args: Vec<&str> = args.split(' ').collect();
    let output = run(&args);
    let (totals, mentions) = (totals.len(), mentions.len());
    assert!(totals > 100 && output.status.success());
    let told = String::from_utf8_lossy(&output.stdout);
    let counts = format!(
        "{mentions} mentions in, {totals} totals of campaigns, {mentions} scored, 0 dead letters, "
    );
    assert!(told.starts_with(&counts), "{told}");
}

#[test]
fn a_stream_out_of_reach_and_a_brand_without_a_name_are_clear_sentences() {
    let nobody = format!("ws://{}/subscribe", support::free_address());
    let live = ["demo", "--headless", "--source", "bluesky"];
    for (more, said) in [
        (
            &["--brand", "Pluimvos", "--url", &nobody][..],
            "is there a network",
        ),
        (&[][..], "--brand NAME"),
        (&["--brand", "&"][..], "is no brand's name"),
    ] {
        let output = run(&[&live, more].concat());
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(said), "{errors}");
    }
}

#[test]
fn what_is_planted_about_the_product_is_on_the_page_and_in_the_report() {
    let [listen, console] = [(); 2].map(|()| support::free_address());
    let (at, shown) = (listen.to_string(), console.to_string());
    let args = ["demo", "--story", "product", "--speed", "max", "--headless"];
    let child = ophef(&[&args[..], &["--listen", &at, "--console", &shown]].concat()).spawn();
    let child = child.unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(90);
    let found = ["app and site: from Tue 17 Mar", "price: from Thu 19 Mar"];
    let is_there = |seen: &str| found.iter().all(|text| seen.contains(text));
    let mut seen = String::new();
    while !is_there(&seen) && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
        seen = page(console, "/trends/pluimvos");
    }
    let output = stopped(child);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(is_there(&seen), "{errors}\n{seen}");
    let report = ["report", "--story", "product", "--brand", "pluimvos"];
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("week.html");
    let output = run(&[&report[..], &["--html", html.to_str().unwrap()]].concat());
    assert!(output.status.success());
    let html = std::fs::read_to_string(html).unwrap();
    for aspect in ["app", "price"] {
        let told = format!("<strong>{aspect}: had more complaints than its past explains</strong>");
        assert!(html.contains(&told), "{html}");
    }
}
