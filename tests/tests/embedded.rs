//! The whole chain on the embedded broker, as the demonstration runs it.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::{Delivery, EmbeddedBroker};
use mention::{EventTime, Topic};
use sentiment::Model;
use service::{Context, Settings, tasks};
use tests::Deployment;
use tests::mentions::mention;

#[test]
fn mentions_go_through_score_and_watch() {
    const COUNT: usize = 3_000;
    let timer = Instant::now();
    let broker = EmbeddedBroker::start(4).unwrap();
    let deployment = Deployment {
        connection: broker.connection().unwrap(),
        partitions: 4,
    };
    let mut settings = Settings::new(deployment.connection.clone());
    settings.delivery = Delivery::AtLeastOnce;
    let context = Context::default();
    let (of_score, of_watch) = (context.clone(), context.clone());
    let watch_settings = watch::Settings::new(settings.clone());
    let model = Arc::new(Model::embedded().unwrap());
    let score = tasks::thread("score", move || score::run(&settings, model, &of_score)).unwrap();
    let watch = tasks::thread("watch", move || watch::run(&watch_settings, &of_watch)).unwrap();

    let at = EventTime::from_millis(1_772_409_600_000);
    let values: Vec<String> = (0..COUNT)
        .map(|id| mention("acme", id, at, "Weer te laat bezorgd, erg slecht", ""))
        .collect();
    deployment.write(Topic::Mentions, [(0, values[0].as_bytes())]);
    let wait_for = |count: usize| {
        let progress = context.progress("watch");
        while progress.total().records < count as u64 {
            assert!(
                timer.elapsed() < Duration::from_secs(30),
                "{:?}",
                progress.total()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for(1);
    let first = timer.elapsed();
    let rest = values[1..].iter().enumerate();
    let partition = |index: usize| i32::try_from(index % 4).unwrap();
    deployment.write(
        Topic::Mentions,
        rest.map(|(i, value)| (partition(i), value.as_bytes())),
    );
    wait_for(COUNT);
    context.shutdown.request();
    score.join().unwrap().unwrap();
    watch.join().unwrap().unwrap();
    assert_eq!(context.progress("score").total().records, COUNT as u64);
    assert!(
        first < Duration::from_secs(5),
        "first mention after {first:?}"
    );
}
