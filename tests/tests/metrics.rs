//! What the services export: clean by Prometheus' own lint, and small enough.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and tells what it measured"
)]

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use detect::RateTable;
use detect::share::Rates;
use mention::{Aspect, EventTime, Kind, Label, Platform};
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use watch::WatchStage;

const BRANDS: usize = 200;
const PLATFORMS: usize = 10;
/// Hours of mentions: enough that the usual volume is known.
const HOURS: usize = 60;
/// What a scrape of them may weigh, bytes: two megabytes less the visibility of the
/// platforms (130 bytes each), which isn't known after so few posts.
const MAX_BYTES: usize = 2_000_000 - BRANDS * PLATFORMS * 130;

fn promtool_checks(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");
}

/// The `number`th mention of a brand, with every kind and aspect in turn.
fn mention(brand: usize, platform: usize, number: usize, at: EventTime) -> String {
    let platform = Platform::ALL[platform];
    let label = Label::ALL[number % 3];
    let kind = Kind::ALL[number % Kind::ALL.len()];
    let aspect = Aspect::ALL[number % Aspect::ALL.len()].as_str();
    let p = Label::ALL.map(|other| if other == label { 0.9 } else { 0.05 });
    let label = label.as_str();
    format!(
        r#"{{"id":"{number}","brand":"webshop-{brand}","platform":"{platform}","created_at":"{at}","text":"t","engagement":{{"likes":6,"views":200}},"score":{{"label":"{label}","probabilities":{{"negative":{},"neutral":{},"positive":{}}},"confidence":0.9,"lang":"nl","abstained":null,"kind":"{}","aspects":[{{"aspect":"{aspect}","polarity":"{label}","confidence":0.9}}],"model":"ophef@1"}}}}"#,
        p[0],
        p[1],
        p[2],
        kind.as_str()
    )
}

fn step(stage: &mut WatchStage, offset: i64, value: &str, at: EventTime) {
    let input = Input::offline(value.as_bytes(), offset, at);
    stage.step(&input, &mut Outbox::default()).unwrap();
}

/// The least CPU time of three runs: the machine may have other work.
fn timed(work: impl Fn() -> String) -> (String, Duration) {
    let used = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
    };
    let runs = (0..3).map(|_| {
        let begun = used();
        let text = work();
        (text, used() - begun)
    });
    runs.min_by_key(|(_, took)| *took).unwrap()
}

#[test]
fn two_hundred_brands_on_ten_platforms_are_a_small_scrape() {
    let registry = Registry::default();
    let metrics = watch::Metrics::register(&registry).unwrap();
    let mut settings = watch::Settings::new(service::Settings::new(kafka::Connection::default()));
    let mut rates = RateTable::default();
    let known = Rates {
        tpr: 0.8,
        fpr: 0.05,
        positives: 1_000,
        negatives: 1_000,
    };
    for platform in Platform::ALL {
        rates.insert("ophef@1", "nl", platform, known);
    }
    settings.rates = Arc::new(rates);
    let mut stage = WatchStage::new(settings, metrics);
    stage.assigned(0, 1).unwrap();
    let start: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    let mut offset = 0;
    for hour in 0..HOURS {
        for brand in 0..BRANDS {
            let minute = i64::try_from(hour * 60 + brand % 60).unwrap();
            let at = start.plus_millis(minute * EventTime::MINUTE_MS);
            for platform in 0..PLATFORMS {
                let number = hour * PLATFORMS + platform;
                step(
                    &mut stage,
                    offset,
                    &mention(brand, platform, number, at),
                    at,
                );
                offset += 1;
            }
        }
    }
    stage.committed();
    stage.report();
    let (text, of_text) = timed(|| registry.text());
    let (openmetrics, of_openmetrics) = timed(|| registry.openmetrics());
    eprintln!(
        "{} series, {} bytes in {of_text:?} of CPU; OpenMetrics {} bytes in {of_openmetrics:?}",
        text.lines().filter(|line| !line.starts_with('#')).count(),
        text.len(),
        openmetrics.len(),
    );
    for metric in ["volume_severity", "corrected_share_ratio"] {
        let start = format!("ophef_{metric}{{brand=\"webshop-199\",platform=\"all\"");
        let is_shown = text.lines().any(|line| line.starts_with(&start));
        assert!(is_shown, "{metric}");
    }
    assert!(
        text.len().max(openmetrics.len()) < MAX_BYTES,
        "{}",
        text.len()
    );
    promtool_checks(&text);
}

#[test]
fn what_every_service_exports_is_clean() {
    let context = service::Context::default();
    context.announce("test").unwrap();
    context.registry.add_process().unwrap();
    score::Metrics::register(&context.registry).unwrap();
    ingest::Metrics::register(&context.registry).unwrap();
    canary::Metrics::register(&context.registry).unwrap();
    console::Metrics::register(&context.registry).unwrap();
    let text = context.registry.text();
    assert!(text.contains("ophef_build_info{service=\"test\""), "{text}");
    promtool_checks(&text);
}
