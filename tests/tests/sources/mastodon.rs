//! Mastodon's stream on a real Kafka: what it missed is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use mention::{Mention, Record, Topic};
use serde_json::Value;
use service::{Context, Settings, tasks};
use tests::{Deployment, Event, Instance, InstanceSettings, RealKafka, Stream, Timeline, counter};

use super::{QUIET, WITHIN, start};

/// Six thousand events as a Mastodon instance sends them: posts, edits, deletions, and what
/// is of no interest; and those that must come through.
fn timeline() -> (Vec<Event>, BTreeSet<String>) {
    let mut wanted = BTreeSet::new();
    let event = |number: u64| {
        let status = serde_json::json!({"id": format!("11{number:07}"), "content": "<p>Hoi</p>",
            "created_at": "2026-03-02T09:00:00Z", "visibility": "public",
            "account": {"id": "7"}, "edited_at": number.is_multiple_of(9).then_some(number)});
        let (kind, payload) = match number % 10 {
            0 => ("delete", format!("11{:07}", number - number % 100)),
            1 => ("filters_changed", String::new()),
            2 => ("status.update", status.to_string()),
            _ => ("update", status.to_string()),
        };
        let event = serde_json::json!({"stream": ["public"], "event": kind, "payload": payload});
        if kind != "filters_changed" {
            wanted.insert(event.to_string());
        }
        (number, event.to_string())
    };
    let events = (0..6_000).map(event).collect();
    (events, wanted)
}

#[test]
fn each_post_of_an_instance_comes_once_though_its_stream_breaks_off() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let raw = deployment.connection.topic(Topic::Raw);
    let (events, wanted) = timeline();
    let stream = Stream::play_on(events, 20_260_304);
    let instance = start(&deployment, "mastodon", &stream.url());
    let deadline = Instant::now() + WITHIN;
    let counts = loop {
        let mut counts = BTreeMap::<String, usize>::new();
        for record in deployment.read_up_to(&raw, usize::MAX, QUIET, QUIET) {
            let text = String::from_utf8(record.value).unwrap();
            if serde_json::from_str::<Value>(&text).is_ok() {
                *counts.entry(text).or_default() += 1;
            }
        }
        if counts.len() >= wanted.len() || Instant::now() > deadline {
            break counts;
        }
    };
    let found: BTreeSet<String> = counts.keys().cloned().collect();
    assert_eq!(wanted.symmetric_difference(&found).count(), 0);
    assert!(counts.values().all(|count| *count == 1));
    let connections = stream.connections();
    assert!(connections > 3, "{connections} connections");
    instance.stop();
}

#[test]
fn what_is_posted_while_the_stream_is_down_becomes_a_mention_once() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let raw = deployment.connection.topic(Topic::Raw);
    let settings = InstanceSettings {
        service: "ingest",
        name: "1",
        ..InstanceSettings::default()
    };
    let ingest = Instance::start(env!("CARGO_BIN_EXE_instance"), &deployment, &settings);
    let timeline = Timeline::start(2_500, true, 20_261_122);
    for kill in 0..2 {
        let mut instance = start(&deployment, "mastodon", &timeline.url());
        let _ = deployment.count(&raw, 500 * (kill + 1), Duration::from_secs(20));
        instance.assert_runs();
        instance.kill();
    }
    let instance = start(&deployment, "mastodon", &timeline.url());
    let wanted = timeline.wanted();
    let deadline = Instant::now() + WITHIN;
    let mentions = deployment.connection.topic(Topic::Mentions);
    let counts = loop {
        let mut counts = BTreeMap::<u64, usize>::new();
        for found in deployment.read_up_to(&mentions, usize::MAX, QUIET, QUIET) {
            let Record::Mention(mention) = mention::parse(&found.value).unwrap() else {
                panic!("nothing writes heartbeats here");
            };
            *counts.entry(number(&timeline, &mention)).or_default() += 1;
        }
        let has_all = wanted.clone().all(|number| counts.contains_key(&number));
        if has_all || Instant::now() > deadline {
            break counts;
        }
    };
    let missing = wanted.clone().filter(|number| !counts.contains_key(number));
    let (missing, doubled) = (missing.count(), counts.values().filter(|n| **n > 1).count());
    let (connections, (pages, refused)) = (timeline.connections(), timeline.pages());
    assert_eq!(
        (missing, doubled),
        (0, 0),
        "of {wanted:?}; {connections} connections, {pages} pages, {refused} refused"
    );
    // Each process listened, and missed something; how often the line broke besides hangs on
    // how fast the machine is.
    assert!(connections > 2 && pages > 2, "{connections}, {pages}");
    instance.stop();
    ingest.stop();
}

/// Which status of the timeline became this mention.
fn number(timeline: &Timeline, mention: &Mention<'_>) -> u64 {
    let id = mention.id.rsplit('/').next().unwrap();
    timeline.number(id.parse().unwrap()).unwrap()
}

#[test]
fn what_cant_be_fetched_is_told() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let timeline = Timeline::start(3_000, false, 20_261_123);
    let context = Context::default();
    let of_service = context.clone();
    let service = Settings::new(deployment.connection.clone());
    let settings = sources::mastodon::Settings::new(service, &timeline.url(), None);
    let thread = tasks::thread("source", move || {
        sources::mastodon::run(&settings, &of_service)
    });
    let counted = |name: &str| counter(&context, name);
    let gaps = |outcome| counted(&format!("ophef_source_gaps_total{{outcome=\"{outcome}\"}}"));
    let deadline = Instant::now() + WITHIN;
    while gaps("open") < 3 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let (connections, written) = (
        timeline.connections(),
        counted("ophef_source_records_total{outcome=\"written\"}"),
    );
    context.shutdown.request();
    thread.unwrap().join().unwrap().unwrap();
    // The stream goes on all the same.
    assert!(
        gaps("open") >= 3 && connections > 3,
        "{connections} connections"
    );
    assert_eq!(
        (gaps("filled"), counted("ophef_source_fetched_total")),
        (0, 0)
    );
    assert!(written > 100, "{written} written");
}
