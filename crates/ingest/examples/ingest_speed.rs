//! Posts a second on one core, through both stages, without Kafka:
//! `cargo run --release -p ingest --example ingest_speed`.
//!
//! Events of Bluesky's Jetstream, one in twenty of which is about one of a hundred brands.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example"
)]

use std::sync::Arc;
use std::time::Instant;

use brands::{Matcher, Rules};
use decode::Options;
use ingest::{IngestStage, LinkStage, Metrics, Stored};
use redact::{Key, Pseudonyms};
use serde_json::json;
use service::metrics::Registry;
use service::{Headers, Input, Outbox, Stage};

const EVENTS: usize = 400_000;
const BRANDS: usize = 100;

fn event(number: usize) -> Vec<u8> {
    let about = if number.is_multiple_of(20) {
        format!("merk{}", number % BRANDS)
    } else {
        "niemand".to_owned()
    };
    let text = format!(
        "Al {number} dagen wacht ik op een antwoord van {about} en niemand neemt de telefoon op, \
         heel vervelend, bel me op 06-12345678 of mail jan@example.org"
    );
    let record = json!({"$type": "app.bsky.feed.post", "createdAt": "2026-03-02T09:00:00.000Z",
        "langs": ["nl"], "text": text});
    let commit = json!({"rev": "3lrev", "operation": "create", "cid": "bafyreiexample",
        "collection": "app.bsky.feed.post", "rkey": format!("3l{number}"), "record": record});
    let event = json!({"did": format!("did:plc:{:024}", number % 10_000),
        "time_us": 1_772_442_000_000_000_u64 + number as u64, "kind": "commit", "commit": commit});
    event.to_string().into_bytes()
}

/// Processor time of this thread, seconds.
fn used() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn main() {
    let registry = Registry::default();
    let metrics = Arc::new(Metrics::register(&registry).unwrap());
    let rules = (0..BRANDS).map(|number| Rules {
        names: vec![format!("merk{number}")],
        ..Rules::new(format!("merk{number}"))
    });
    let matcher = Matcher::new(rules.collect()).unwrap();
    let key = Key::new("a", &[7; 32]).unwrap();
    let names: [&str; 0] = [];
    let privacy = Arc::new(Stored::new(Pseudonyms::new(key, Vec::new()), names));
    let mut first = IngestStage::new(Options::default(), matcher, privacy, Arc::clone(&metrics));
    let mut link = LinkStage::new(metrics);
    let events: Vec<Vec<u8>> = (0..EVENTS).map(event).collect();
    let format: &[(&str, &[u8])] = &[("ophef-format", b"jetstream")];
    let (mut matched, mut out, mut mentions) = (Outbox::default(), Outbox::default(), 0);
    let (began, before) = (Instant::now(), used());
    let mut of_link = 0.0;
    for (offset, value) in (0_i64..).zip(&events) {
        let input = Input {
            partition: 0,
            offset,
            stamped_at: "2026-03-02T09:00:01Z".parse().unwrap(),
            key: None,
            value,
            headers: Headers::from_pairs(format),
            is_replay: false,
        };
        matched.clear();
        first.step(&input, &mut matched).unwrap();
        for item in matched.iter() {
            mentions += 1;
            let second = Input {
                key: item.key,
                value: item.value.unwrap(),
                headers: Headers::NONE,
                ..input
            };
            out.clear();
            let start = Instant::now();
            link.step(&second, &mut out).unwrap();
            of_link += start.elapsed().as_secs_f64();
        }
    }
    let (seconds, wall) = (used() - before, began.elapsed().as_secs_f64());
    println!(
        "{EVENTS} events, {mentions} mentions: {:.0} events/s of processor time ({wall:.1} s by the \
         clock); the second stage {:.1} µs a mention",
        EVENTS as f64 / seconds,
        of_link * 1e6 / f64::from(mentions)
    );
}
