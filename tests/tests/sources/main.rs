//! The door on a real Kafka: what is acknowledged is there, and each post once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that may tell what it measured"
)]

mod bluesky;
mod http;
mod mastodon;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use mention::Topic;
use serde_json::Value;
use tests::{Deployment, Event, Instance, InstanceSettings, RealKafka, Stream};

const QUIET: Duration = Duration::from_millis(1_500);
const WITHIN: Duration = Duration::from_secs(60);

fn start(deployment: &Deployment, service: &'static str, place: &str) -> Instance {
    let settings = InstanceSettings {
        service,
        name: "1",
        environment: vec![("PLACE", place.to_owned())],
        ..InstanceSettings::default()
    };
    Instance::start(env!("CARGO_BIN_EXE_instance"), deployment, &settings)
}

/// Twelve thousand events: posts, and beside them likes, deletions and accounts.
fn session() -> (Vec<Event>, BTreeSet<String>) {
    let mut events = Vec::new();
    let mut wanted = BTreeSet::new();
    for number in 0..12_000_u64 {
        // Two events now and then share a place.
        let place = 1_772_442_000_000_000 + (number - number % 50 / 49) * 1_000;
        let did = format!("did:plc:{}", number % 700);
        let commit = |operation: &str, collection: &str, record: &str| {
            format!(
                r#"{{"did":"{did}","time_us":{place},"kind":"commit","commit":{{"rev":"r{number}","operation":"{operation}","collection":"{collection}","rkey":"k{number}"{record}}}}}"#
            )
        };
        let text = match number % 10 {
            0 => commit("create", "app.bsky.feed.like", r#","record":{}"#),
            1 => {
                format!(r#"{{"did":"{did}","time_us":{place},"kind":"identity","identity":{{}}}}"#)
            }
            2 => commit("delete", "app.bsky.feed.post", ""),
            3 => format!(
                r#"{{"did":"{did}","time_us":{place},"kind":"account","account":{{"active":false,"did":"{did}","seq":{number},"status":"deleted","time":"2026-03-02T09:00:00Z"}}}}"#
            ),
            _ => commit(
                "create",
                "app.bsky.feed.post",
                r#","record":{"$type":"app.bsky.feed.post","createdAt":"2026-03-02T09:00:00Z","text":"Hoi"}"#,
            ),
        };
        if number % 10 > 1 {
            wanted.insert(text.clone());
        }
        events.push((place, text));
    }
    (events, wanted)
}

#[test]
fn each_post_of_a_stream_that_breaks_off_comes_once_though_the_source_is_killed() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let raw = deployment.connection.topic(Topic::Raw);
    let (events, wanted) = session();
    let stream = Stream::play(events, 20_260_302);
    let timer = Instant::now();
    for kill in 0..4 {
        let mut instance = start(&deployment, "bluesky", &stream.url());
        // A few rounds further than the last that was killed.
        let _ = deployment.count(&raw, 1_500 * (kill + 1), Duration::from_secs(20));
        instance.assert_runs();
        instance.kill();
    }
    let instance = start(&deployment, "bluesky", &stream.url());
    let found = deployment.read_up_to(&raw, wanted.len(), WITHIN, QUIET);
    // What is no event is passed on, for `ingest` to reject; it may come again.
    let mut counts = BTreeMap::<String, usize>::new();
    for record in found {
        let text = String::from_utf8(record.value).unwrap();
        if serde_json::from_str::<Value>(&text).is_ok() {
            *counts.entry(text).or_default() += 1;
        }
    }
    // Garbage counted among the first so many; there is a moment more for the rest.
    if counts.len() < wanted.len() {
        let all = deployment.read_up_to(&raw, usize::MAX, Duration::from_secs(8), QUIET);
        counts.clear();
        for record in all {
            let text = String::from_utf8(record.value).unwrap();
            if serde_json::from_str::<Value>(&text).is_ok() {
                *counts.entry(text).or_default() += 1;
            }
        }
    }
    let missing = wanted
        .iter()
        .filter(|text| !counts.contains_key(*text))
        .count();
    let doubled = counts.values().filter(|count| **count > 1).count();
    let others = counts.keys().filter(|text| !wanted.contains(*text)).count();
    assert_eq!(
        (missing, doubled, others),
        (0, 0, 0),
        "{} connections",
        stream.connections()
    );
    assert!(
        stream.connections() > 8,
        "{} connections",
        stream.connections()
    );
    instance.stop();
    let seconds = timer.elapsed().as_secs();
    assert!(seconds < 120, "{seconds} s");
}
