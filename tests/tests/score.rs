//! The scoring service on a real Kafka: bad input, and exactly once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use mention::{EventTime, Probabilities, Topic};
use score::{Classify, Extras, Rules, Second};
use sentiment::Model;
use service::{Context, Settings, clock, tasks};
use tests::mentions::mention;
use tests::{Deployment, Instance, InstanceSettings, RealKafka};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
const WITHIN: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(500);

/// Runs the service in this process until `test` is through.
fn while_scoring<T>(deployment: &Deployment, test: impl FnOnce(&Context) -> T) -> T {
    let context = Context::default();
    let of_service = context.clone();
    let settings = Settings::new(deployment.connection.clone());
    let model = Arc::new(Model::embedded().unwrap());
    let work = move || score::run(&settings, model, &of_service);
    let thread = tasks::thread("score", work).unwrap();
    let result = test(&context);
    context.shutdown.request();
    thread.join().unwrap().unwrap();
    result
}

fn good(id: usize) -> String {
    mention(
        "acme",
        id,
        clock::now(),
        "Weer te laat bezorgd, erg slecht",
        "",
    )
}

/// A second model that finds everything negative.
#[derive(Debug)]
struct Gloomy;

impl Classify for Gloomy {
    fn name(&self) -> &str {
        "gloomy@1"
    }

    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Probabilities>, String> {
        Ok(vec![
            Probabilities::from_weights(1.0, 0.0, 0.0);
            texts.len()
        ])
    }
}

#[test]
fn what_waits_for_a_second_model_is_written_before_the_commit() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let goods: Vec<String> = (0..21).map(good).collect();
    // A bad record in the middle of a batch: nothing before it may be lost.
    let mut input: Vec<&[u8]> = goods.iter().map(String::as_bytes).collect();
    input.insert(9, b"this is not JSON");
    deployment.write(Topic::Mentions, input.iter().map(|&value| (0, value)));
    let context = Context::default();
    let of_service = context.clone();
    let settings = Settings::new(deployment.connection.clone());
    let model = Arc::new(Model::embedded().unwrap());
    let second = Second {
        model: Box::new(Gloomy),
        rules: Rules {
            uncertain: None,
            languages: vec!["nl".to_owned()],
            batch: 4,
        },
    };
    let extras = Extras {
        second: Some(second),
        ..Extras::default()
    };
    let work = move || score::run_with(&settings, model, extras, &of_service);
    let thread = tasks::thread("score", work).unwrap();
    let scored = deployment.connection.topic(Topic::Scored);
    let scored = deployment.read(&scored, goods.len(), WITHIN, QUIET);
    context.shutdown.request();
    thread.join().unwrap().unwrap();
    assert_eq!(scored.len(), goods.len());
    for (found, good) in scored.iter().zip(&goods) {
        let value = String::from_utf8_lossy(&found.value);
        assert!(
            value.starts_with(good.strip_suffix('}').unwrap()),
            "{value}"
        );
        assert!(value.contains("\"model\":\"gloomy@1\""), "{value}");
    }
}

/// Input that must be diverted, with its reason.
fn bad_input() -> Vec<(Vec<u8>, &'static str)> {
    let at = |time: &str| good(1).replace(&clock::now().to_string()[..4], time);
    let in_future = clock::now().plus_millis(1_000_000_000);
    let of_time = |time: &str| {
        format!(r#"{{"id":"1","brand":"acme","platform":"x","created_at":"{time}","text":"t"}}"#)
    };
    // The header of a gzip file, then what no text has.
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 20]].concat();
    let long_text = mention("acme", 1, clock::now(), &"a".repeat(1024 * 1024 - 500), "");
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (text("this is not JSON"), "not_json"),
        (text("[1,2,3]"), "not_json"),
        (Vec::new(), "not_json"),
        (
            text(
                r#"{"brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"t"}"#,
            ),
            "missing_field",
        ),
        (text(&good(1).replace("\"acme\"", "7")), "bad_field"),
        (text(&at("not a year ")), "bad_field"),
        (b"{\"id\":\"\xff\xfe\"}".to_vec(), "not_utf8"),
        (long_text.into_bytes(), "text_too_long"),
        (
            mention("acme", 1, clock::now(), "", "").into_bytes(),
            "empty_text",
        ),
        (text(&of_time("0000-01-01T00:00:00Z")), "time_out_of_range"),
        (text(&of_time("2300-01-01T00:00:00Z")), "time_ahead"),
        (text(&of_time(&in_future.to_string())), "time_ahead"),
        (gzip, "not_utf8"),
    ]
}

#[test]
fn bad_input_is_diverted_with_its_bytes_and_the_stream_goes_on() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let bad = bad_input();
    let goods: Vec<String> = (0..=bad.len()).map(good).collect();
    // A good record before, between and after the bad ones.
    let mut input: Vec<&[u8]> = vec![goods[0].as_bytes()];
    for ((value, _), good) in bad.iter().zip(&goods[1..]) {
        input.push(value);
        input.push(good.as_bytes());
    }
    // Not at fault: a platform nobody knows, a brand nobody configured.
    let odd = good(900)
        .replace("\"x\"", "\"hyves\"")
        .replace("acme", "unheard-of");
    input.push(odd.as_bytes());
    deployment.write(Topic::Mentions, input.iter().map(|&value| (0, value)));

    while_scoring(&deployment, |context| {
        let scored = deployment.connection.topic(Topic::Scored);
        let scored = deployment.read(&scored, goods.len() + 1, WITHIN, QUIET);
        assert_eq!(scored.len(), goods.len() + 1);
        let dead = deployment.connection.dead_topic(Topic::Mentions);
        let dead = deployment.read(&dead, bad.len(), WITHIN, QUIET);
        assert_eq!(dead.len(), bad.len());
        for (index, (found, (value, reason))) in dead.iter().zip(&bad).enumerate() {
            let [found_reason, topic, _, offset] = found.dead.as_ref().unwrap();
            assert_eq!(
                found_reason,
                reason,
                "{}",
                String::from_utf8_lossy(&value[..value.len().min(80)])
            );
            assert_eq!(&found.value, value, "{reason}: original bytes");
            assert_eq!(topic, &deployment.connection.topic(Topic::Mentions));
            assert_eq!(offset, &(2 * index + 1).to_string());
            assert_eq!(found.key, "key");
        }
        let metrics = context.registry.text();
        let counted = "ophef_dead_letters_total{reason=\"not_json\",stage=\"score\"} 3";
        assert!(metrics.contains(counted), "{metrics}");
        let progress = context.progress("score").total();
        assert_eq!(progress.records, input.len() as u64);
        assert_eq!(progress.dead, bad.len() as u64);
    });
}

/// What waits for longer than the topic keeps it is gone: that is counted, and the rest is
/// scored, each once.
#[test]
fn records_deleted_before_they_were_read_are_counted() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let connection = &deployment.connection;
    let scored = connection.topic(Topic::Scored);
    let write = |ids: std::ops::Range<usize>| {
        let values: Vec<String> = ids.map(good).collect();
        let values = values.iter().map(|value| (0, value.as_bytes()));
        deployment.write(Topic::Mentions, values);
    };
    write(0..10);
    while_scoring(&deployment, |_| {
        let _ = deployment.read(&scored, 10, WITHIN, QUIET);
    });
    write(10..30);
    kafka::admin::delete_records(connection, &connection.topic(Topic::Mentions), 0, 25).unwrap();
    let found = while_scoring(&deployment, |context| {
        let found = deployment.read(&scored, 15, WITHIN, QUIET);
        let text = context.registry.text();
        let missed = "ophef_records_missed_total{stage=\"score\"} 15\n";
        assert!(text.contains(missed), "{text}");
        found
    });
    let ids = found.iter().map(|found| id_of(&found.value));
    let expected = (0..10).chain(25..30).map(|id| id.to_string());
    assert_eq!(ids.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

fn id_of(value: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(value).unwrap();
    value["id"].as_str().unwrap().to_owned()
}

#[test]
fn every_mention_is_scored_once_whatever_is_killed() {
    const PARTITIONS: u16 = 4;
    const COUNT: usize = 20_000;
    let deployment = Deployment::on(RealKafka::shared(), PARTITIONS);
    let settings = InstanceSettings {
        service: "score",
        name: "1",
        ..InstanceSettings::default()
    };
    let at = EventTime::from_millis(clock::now().millis() - 1_000);
    let values: Vec<String> = (0..COUNT)
        .map(|id| mention("acme", id, at, "Weer te laat bezorgd, erg slecht", ""))
        .collect();
    let mut next = 0;
    for round in 0..5_u64 {
        let instance = Instance::start(INSTANCE, &deployment, &settings);
        let end = next + COUNT / 5;
        let part = values[next..end].iter().enumerate();
        let partition = |index: usize| i32::try_from(index % usize::from(PARTITIONS)).unwrap();
        deployment.write(
            Topic::Mentions,
            part.map(|(i, value)| (partition(i), value.as_bytes())),
        );
        next = end;
        sleep(Duration::from_millis(300 + 400 * round));
        instance.kill();
    }
    let last = Instance::start(INSTANCE, &deployment, &settings);
    let topic = deployment.connection.topic(Topic::Scored);
    let scored = deployment.read(&topic, COUNT, WITHIN, Duration::from_secs(2));
    last.stop();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for found in &scored {
        let record: serde_json::Value = serde_json::from_slice(&found.value).unwrap();
        assert!(record["score"].is_object());
        *times
            .entry(record["id"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let twice = times.values().filter(|&&times| times > 1).count();
    assert_eq!((times.len(), twice, scored.len()), (COUNT, 0, COUNT));
}

#[test]
fn an_instance_that_was_replaced_ends_by_itself() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let settings = InstanceSettings {
        service: "score",
        name: "same",
        ..InstanceSettings::default()
    };
    let first = Instance::start(INSTANCE, &deployment, &settings);
    let count = 4_000;
    let values: Vec<String> = (0..count).map(good).collect();
    let records = |range: std::ops::Range<usize>| {
        let partition = |index: usize| i32::try_from(index % 2).unwrap();
        values[range]
            .iter()
            .enumerate()
            .map(move |(i, value)| (partition(i), value.as_bytes()))
            .collect::<Vec<_>>()
    };
    deployment.write(Topic::Mentions, records(0..count / 2));
    let topic = deployment.connection.topic(Topic::Scored);
    assert_eq!(
        deployment.read(&topic, count / 2, WITHIN, QUIET).len(),
        count / 2
    );
    let second = Instance::start(INSTANCE, &deployment, &settings);
    sleep(Duration::from_secs(2));
    deployment.write(Topic::Mentions, records(count / 2..count));
    assert!(
        !first.ended(Duration::from_secs(30)),
        "fenced: not a success"
    );
    assert_eq!(deployment.read(&topic, count, WITHIN, QUIET).len(), count);
    second.stop();
}
