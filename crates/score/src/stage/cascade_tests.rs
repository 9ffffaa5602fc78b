use mention::Probabilities;
use mention::Reason;
use service::metrics::Registry;

use super::*;
use crate::cascade::{Bounds, Classify, Rules};

/// Finds every text negative.
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

fn stage(uncertain: Option<Bounds>) -> (ScoreStage, Registry) {
    let registry = Registry::default();
    let rules = Rules {
        uncertain,
        languages: vec!["nl".to_owned()],
        batch: 4,
    };
    let cascade = Cascade::new(Box::new(Gloomy), rules, &registry).unwrap();
    let metrics = Metrics::register(&registry).unwrap();
    let model = Arc::new(Model::embedded().unwrap());
    (
        ScoreStage::new(model, metrics).with_cascade(cascade),
        registry,
    )
}

/// Steps over a record of a partition, and returns what follows, if it isn't rejected.
fn step(stage: &mut ScoreStage, partition: i32, value: &str) -> Result<Vec<Out>, Rejection> {
    let mut out = Outbox::default();
    let input = Input {
        partition,
        offset: 0,
        stamped_at: "2026-03-02T09:00:10Z".parse().unwrap(),
        key: Some(b"acme"),
        value: value.as_bytes(),
        headers: service::Headers::NONE,
        is_replay: false,
    };
    stage.step(&input, &mut out)?;
    Ok(outs(&out))
}

fn flush(stage: &mut ScoreStage) -> Vec<Out> {
    let mut out = Outbox::default();
    stage.flush(&mut out);
    outs(&out)
}

/// Partition and value.
type Out = (i32, String);

fn outs(out: &Outbox) -> Vec<Out> {
    let read = |item: Item<'_>| {
        assert_eq!((item.topic, item.key), (Topic::Scored, Some(&b"acme"[..])));
        assert_eq!(
            item.stamped_at,
            Some("2026-03-02T09:00:10Z".parse().unwrap())
        );
        let value = String::from_utf8(item.value.unwrap().to_vec()).unwrap();
        (item.partition.unwrap(), value)
    };
    out.iter().map(read).collect()
}

fn text(id: usize, text: &str) -> String {
    format!(
        r#"{{"id":"{id}","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"{text}","kept":[1]}}"#
    )
}

const PRAISE: &str = "Heel snel bezorgd en heel vriendelijk, dank jullie wel";
const BEAT: &str = r#"{"event":"heartbeat","created_at":"2026-03-02T09:00:00Z"}"#;

fn id(out: &Out) -> String {
    let json: serde_json::Value = serde_json::from_str(&out.1).unwrap();
    json["id"].as_str().unwrap_or("beat").to_owned()
}

fn model(out: &Out) -> String {
    let json: serde_json::Value = serde_json::from_str(&out.1).unwrap();
    json["score"]["model"].as_str().unwrap_or("-").to_owned()
}

#[test]
fn everything_comes_out_once_in_its_order() {
    let (mut stage, _registry) = stage(None);
    let mut out = Vec::new();
    let mut expected = Vec::new();
    for number in 0..50 {
        let (partition, is_beat) = (number % 3, number % 7 == 0);
        let value = if is_beat {
            BEAT.to_owned()
        } else {
            text(number, PRAISE)
        };
        expected.push((
            i32::try_from(partition).unwrap(),
            if is_beat {
                "beat".to_owned()
            } else {
                number.to_string()
            },
        ));
        out.extend(step(&mut stage, i32::try_from(partition).unwrap(), &value).unwrap());
        if number % 5 == 0 {
            let rejected = step(&mut stage, 0, r#"{"id":7}"#).unwrap_err();
            assert_ne!(rejected.reason, Reason::NotJson);
        }
    }
    out.extend(flush(&mut stage));
    let found: Vec<_> = out.iter().map(|item| (item.0, id(item))).collect();
    assert_eq!(found, expected);
    for item in out.iter().filter(|item| id(item) != "beat") {
        assert_eq!(model(item), "gloomy@1");
        let original = text(id(item).parse().unwrap(), PRAISE);
        assert!(
            item.1.starts_with(original.strip_suffix('}').unwrap()),
            "{}",
            item.1
        );
        let Record::Mention(read) = mention::parse(item.1.as_bytes()).unwrap() else {
            panic!("not a mention");
        };
        assert!(read.score.unwrap().is_negative());
    }
    assert!(flush(&mut stage).is_empty());
}

#[test]
fn what_needs_no_second_model_does_not_wait() {
    let bounds = Bounds {
        below_confidence: 0.0,
        max_share: 1.0,
        max_latency: None,
    };
    let (mut stage, _registry) = stage(Some(bounds));
    let out = step(&mut stage, 0, &text(1, PRAISE)).unwrap();
    assert_eq!(out.len(), 1);
    assert!(
        model(&out[0]).starts_with("ophef-linear@"),
        "{}",
        model(&out[0])
    );
}

#[test]
fn what_is_held_of_a_lost_partition_is_forgotten() {
    let (mut stage, _registry) = stage(None);
    for (partition, number) in [(0, 1), (1, 2), (0, 3)] {
        assert!(
            step(&mut stage, partition, &text(number, PRAISE))
                .unwrap()
                .is_empty()
        );
    }
    stage.revoked(0);
    let out = flush(&mut stage);
    assert_eq!(out.iter().map(id).collect::<Vec<_>>(), ["2"]);
}

#[test]
fn both_models_are_counted() {
    let (mut stage, registry) = stage(None);
    for number in 0..3 {
        step(&mut stage, 0, &text(number, PRAISE)).unwrap();
    }
    flush(&mut stage);
    let text = registry.text();
    for line in [
        "ophef_tier_texts_total{tier=\"linear\"} 3",
        "ophef_tier_texts_total{tier=\"second\"} 3",
        "ophef_tier_seconds_count{tier=\"second\"} 1",
        "ophef_scores_total{label=\"negative\",lang=\"nl\"} 3",
        "ophef_tier_failures_total 0",
    ] {
        assert!(text.contains(line), "{line} isn't in {text}");
    }
}
