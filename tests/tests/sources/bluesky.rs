//! Bluesky's stream on a real Kafka: what it doesn't keep any more is told.

use std::time::{Duration, Instant};

use mention::Topic;
use service::{Context, Settings, tasks};
use tests::{Deployment, Event, RealKafka, Stream, counter};

use super::{QUIET, WITHIN};

/// Posts of five minutes from that minute on.
fn posts(minute: u64) -> Vec<Event> {
    let post = |number: u64| {
        let place = 1_772_442_000_000_000 + minute * 60_000_000 + number * 1_000_000;
        let text = format!(
            r#"{{"did":"did:plc:a","time_us":{place},"kind":"commit","commit":{{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k{place}","record":{{}}}}}}"#
        );
        (place, text)
    };
    (0..300).map(post).collect()
}

/// Listens until all is read; records written, and gaps.
fn listen(deployment: &Deployment, posts: Vec<Event>) -> [usize; 2] {
    let wanted = posts.len();
    let stream = Stream::play(posts, 20_261_123);
    let context = Context::default();
    let of_service = context.clone();
    let service = Settings::new(deployment.connection.clone());
    let settings = sources::bluesky::Settings::new(service, &stream.url());
    let thread = tasks::thread("source", move || {
        sources::bluesky::run(&settings, &of_service)
    });
    let counted = |name: &str| counter(&context, name);
    let written = || counted("ophef_source_records_total{outcome=\"written\"}");
    let deadline = Instant::now() + WITHIN;
    while written() < wanted && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let found = [
        written(),
        counted("ophef_source_gaps_total{outcome=\"open\"}"),
    ];
    context.shutdown.request();
    thread.unwrap().join().unwrap().unwrap();
    found
}

#[test]
fn posts_that_the_stream_keeps_no_more_are_told() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    // Garbage is written as well, for `ingest` to reject.
    let [written, gaps] = listen(&deployment, posts(0));
    assert!(written >= 300 && gaps == 0, "{written}, {gaps} gaps");
    let [written, gaps] = listen(&deployment, posts(5));
    assert!(written >= 300 && gaps == 0, "{written}, {gaps} gaps");
    let [written, gaps] = listen(&deployment, posts(30));
    assert!(written >= 300 && gaps == 1, "{written}, {gaps} gaps");
    let raw = deployment.connection.topic(Topic::Raw);
    let found = deployment.read_up_to(&raw, usize::MAX, QUIET, QUIET);
    assert!(found.len() >= 900, "{}", found.len());
}
