//! A recorded stream through both services on a real Kafka: the same counts and
//! spikes as without Kafka. And what is planted in the product's weeks, found in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use detect::{BrandSettings, BrandWatch};
use insight::InsightStage;
use mention::{Aspect, EventTime, Insight, Mention, Record, Spike, Topic, append_score};
use sample::{ProductWeeks, product_planted};
use sentiment::{Model, Post, Scorer};
use service::metrics::Registry;
use service::{Context, Headers, Input, Outbox, Settings, Stage, tasks};
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

/// A Monday so far ahead that whatever is told is news, since what rose an hour ago or more
/// isn't exported.
const START: EventTime = EventTime::from_millis(4_107_542_400_000);

/// What the insight service tells of some weeks.
#[derive(Default)]
struct Told {
    /// Each rise of an aspect: when the first summary had it, of which brand and aspect.
    rises: Vec<(EventTime, String, Aspect)>,
    /// Lines of metrics above 0 that told of a rise when it was first told.
    metrics: Vec<String>,
    /// The last summary of the brand that it is about.
    last: Option<Insight>,
    /// Alarms about the total.
    alarms: Vec<Spike>,
}

/// The stage of insight, and the detector beside it, in memory.
fn follow(weeks: ProductWeeks, model: &Arc<Model>) -> Told {
    let mut scorer = Scorer::new(Arc::clone(model));
    let registry = Registry::default();
    let settings = insight::Settings::new(Settings::new(kafka::Connection::default()));
    let metrics = insight::Metrics::register(&registry).unwrap();
    let mut stage = InsightStage::new(settings, metrics);
    stage.assigned(0, 1).unwrap();
    let mut watch = BrandWatch::new(BrandSettings::new("pluimvos"));
    let mut spikes = Vec::new();
    let mut told = Told::default();
    let mut known = std::collections::BTreeSet::new();
    for (offset, line) in (0..).zip(weeks) {
        let mention = mention_of(line.as_bytes());
        let (mut scored, mut out) = (Vec::new(), Outbox::default());
        let score = scorer.score(&Post::of_mention(&mention));
        append_score(line.as_bytes(), &score, &mut scored).unwrap();
        let input = Input {
            partition: 0,
            offset,
            stamped_at: EventTime::from_millis(i64::MAX),
            key: None,
            value: &scored,
            headers: Headers::NONE,
            is_replay: false,
        };
        stage.step(&input, &mut out).unwrap();
        watch.observe(&mention_of(&scored), &mut spikes);
        for item in out.iter() {
            let summary: Insight = serde_json::from_slice(item.value.unwrap()).unwrap();
            let rising = summary.aspects.iter();
            for course in rising.filter(|course| course.rise.is_some()) {
                let since = course.rise.unwrap().since;
                let brand = summary.brand.clone();
                if known.insert((brand.clone(), course.aspect.as_str(), since)) {
                    told.rises.push((summary.at, brand, course.aspect));
                    stage.report();
                    let text = registry.text();
                    let lines = text.lines().filter(|line| {
                        line.starts_with("ophef_aspect_surprise{") && !line.ends_with(" 0")
                    });
                    told.metrics.extend(lines.map(str::to_owned));
                }
            }
            if summary.brand == "pluimvos" {
                told.last = Some(summary);
            }
        }
    }
    let last = last_revisions(
        spikes
            .iter()
            .map(|spike| serde_json::to_vec(spike).unwrap()),
    );
    let last = last
        .values()
        .map(|bytes| serde_json::from_slice(bytes).unwrap());
    told.alarms = last.filter(|spike: &Spike| spike.pages).collect();
    told
}

#[test]
fn what_is_planted_about_an_aspect_is_found_and_nothing_else() {
    let model = Arc::new(Model::embedded().unwrap());
    let [app, price] = product_planted() else {
        panic!("two are planted");
    };
    for seed in [6, 7, 8] {
        let told = follow(ProductWeeks::new(seed, START), &model);
        // Two weeks and a day in which nothing is the matter.
        for (at, brand, aspect) in &told.rises {
            let planted = [app, price].into_iter().any(|planted| {
                planted.aspect == *aspect && (planted.from(START)..planted.to(START)).contains(at)
            });
            assert!(
                planted && brand == "pluimvos",
                "{seed}: {aspect:?} of {brand} at {at}"
            );
        }
        for planted in [app, price] {
            let found = told
                .rises
                .iter()
                .any(|(_, _, aspect)| *aspect == planted.aspect);
            assert!(found, "{seed}: {planted:?} wasn't found");
            let labels = format!(
                "{{aspect=\"{}\",brand=\"pluimvos\"}}",
                planted.aspect.as_str()
            );
            assert!(
                told.metrics.iter().any(|line| line.contains(&labels)),
                "{seed}: {labels} isn't in {:?}",
                told.metrics
            );
            // The week's report has it, days later.
            let last = told.last.as_ref().unwrap();
            let course = last
                .aspects
                .iter()
                .find(|one| one.aspect == planted.aspect)
                .unwrap();
            let rose = course.rose.unwrap();
            assert!(
                rose.since < planted.to(START) && rose.until > planted.from(START),
                "{seed}: {rose:?}"
            );
            // An alarm about the total only where there is more of it.
            let is_during = |spike: &Spike| {
                let until = spike.closed_at.unwrap_or(spike.detected_at);
                spike.detected_at < planted.to(START) && until > planted.from(START)
            };
            let is_alarmed = told.alarms.iter().any(is_during);
            assert_eq!(is_alarmed, planted.is_total_up, "{seed}: {planted:?}");
        }
    }
}

#[test]
fn nothing_is_found_about_any_aspect_in_quiet_weeks() {
    let model = Arc::new(Model::embedded().unwrap());
    let quiet = follow(ProductWeeks::quiet(8, START), &model);
    assert!(
        quiet.rises.is_empty() && quiet.metrics.is_empty(),
        "{:?}",
        quiet.rises
    );
    let courses = quiet.last.unwrap().aspects;
    assert!(
        courses
            .iter()
            .all(|course| course.rise.is_none() && course.rose.is_none())
    );
}
