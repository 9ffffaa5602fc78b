//! A recorded stream through both services on a real Kafka: the same counts and
//! spikes as without Kafka.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use detect::{BrandSettings, BrandWatch};
use mention::{Mention, Record, Spike, Topic, append_score};
use sentiment::{Model, Post, Scorer};
use service::{Context, Settings, tasks};
use tests::{Deployment, RealKafka, data_file};

const WITHIN: Duration = Duration::from_secs(120);

fn mention_of(record: &[u8]) -> Box<Mention<'_>> {
    match mention::parse(record).unwrap() {
        Record::Mention(mention) => mention,
        Record::Heartbeat(_) => panic!("the recording has no heartbeats"),
    }
}

/// Last revision of each spike, as bytes, by onset and id.
type Spikes = BTreeMap<(i64, String), Vec<u8>>;

fn last_revisions(revisions: impl Iterator<Item = Vec<u8>>) -> Spikes {
    let keyed = revisions.map(|bytes| {
        let spike: Spike = serde_json::from_slice(&bytes).unwrap();
        ((spike.onset.millis(), spike.id), bytes)
    });
    keyed.collect()
}

/// The spikes of the detector alone.
fn without_kafka(records: &[&str], model: &Arc<Model>) -> Spikes {
    let mut scorer = Scorer::new(Arc::clone(model));
    let mut watches: BTreeMap<String, BrandWatch> = BTreeMap::new();
    let mut spikes = Vec::new();
    for record in records {
        let mut scored = Vec::new();
        let mention = mention_of(record.as_bytes());
        let score = scorer.score(&Post::of_mention(&mention));
        append_score(record.as_bytes(), &score, &mut scored).unwrap();
        let brand = mention.brand.as_str().to_owned();
        let watch = watches.entry(brand.clone());
        let watch = watch.or_insert_with(|| BrandWatch::new(BrandSettings::new(brand)));
        watch.observe(&mention_of(&scored), &mut spikes);
    }
    last_revisions(
        spikes
            .iter()
            .map(|spike| serde_json::to_vec(spike).unwrap()),
    )
}

#[test]
fn a_recorded_stream_gives_the_same_spikes_with_kafka_and_without() {
    let Some(path) = data_file("spikes/airline_stream.jsonl") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let records: Vec<&str> = text.lines().collect();
    let model = Arc::new(Model::embedded().unwrap());
    let expected = without_kafka(&records, &model);
    assert!(!expected.is_empty());

    let deployment = Deployment::on(RealKafka::shared(), 6);
    let brands: Vec<String> = records
        .iter()
        .map(|record| mention_of(record.as_bytes()).brand.as_str().to_owned())
        .collect();
    let keys = brands.iter().map(String::as_bytes);
    let values = records.iter().map(|record| record.as_bytes());
    deployment.write_keyed(Topic::Mentions, keys.zip(values));

    let context = Context::default();
    let settings = Settings::new(deployment.connection.clone());
    let watch_settings = watch::Settings::new(settings.clone());
    let (of_score, of_watch) = (context.clone(), context.clone());
    let score = tasks::thread("score", move || score::run(&settings, model, &of_score)).unwrap();
    let watch = tasks::thread("watch", move || watch::run(&watch_settings, &of_watch)).unwrap();
    let progress = context.progress("watch");
    let timer = Instant::now();
    while progress.total().records < records.len() as u64 {
        assert!(timer.elapsed() < WITHIN, "{:?}", progress.total());
        std::thread::sleep(Duration::from_millis(20));
    }
    context.shutdown.request();
    score.join().unwrap().unwrap();
    watch.join().unwrap().unwrap();

    assert_eq!(progress.total().records, records.len() as u64);
    assert_eq!(context.progress("score").total().dead, 0);
    let topic = deployment.connection.topic(Topic::Spikes);
    let found = deployment.read(&topic, expected.len(), WITHIN, Duration::from_secs(1));
    let found = last_revisions(found.into_iter().map(|found| found.value));
    let ids = |spikes: &Spikes| spikes.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&found), ids(&expected));
    assert!(found == expected, "the same ids, but not the same bytes");
}
