#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a test")]

mod rate;

use proptest::prelude::*;
use service::metrics::Registry;

use super::*;

fn stage_with(registry: &Registry) -> CareStage {
    let settings = Settings::new(service::Settings::new(Default::default()));
    CareStage::new(settings, Metrics::register(registry).unwrap())
}

fn input(offset: usize, value: &[u8], is_replay: bool) -> Input<'_> {
    let stamped_at = EventTime::from_millis(i64::MAX);
    Input {
        is_replay,
        ..Input::offline(value, offset as i64, stamped_at)
    }
}

fn at(minute: usize) -> EventTime {
    let start: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    start.plus_millis(minute as i64 * EventTime::MINUTE_MS)
}

fn record(brand: &str, id: &str, minute: usize, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","brand":"{brand}","platform":"x","created_at":"{}","text":"t","score":{{"label":"negative","probabilities":{{"negative":0.9,"neutral":0.05,"positive":0.05}},"kind":"complaint"}}{more}}}"#,
        at(minute)
    )
}

/// Twenty days of a complaint an hour about each of two brands, of which one answers most
/// after three hours; some are deleted or told twice.
fn stream() -> Vec<String> {
    let mut records = Vec::new();
    for hour in 0..20 * 24 {
        let minute = hour * 60;
        for brand in ["acme", "globex"] {
            let author = r#","author":{"id":"ann","role":"customer"}"#;
            records.push(record(brand, &format!("q{hour}"), minute, author));
            if hour % 11 == 0 {
                records.push(record(brand, &format!("q{hour}"), minute, author));
            }
        }
        if hour % 3 != 0 && hour > 3 {
            let reply = format!(
                r#","in_reply_to":"q{}","author":{{"id":"team","role":"brand"}}"#,
                hour - 3
            );
            records.push(record("acme", &format!("a{hour}"), minute + 1, &reply));
        }
        if hour % 17 == 16 {
            records.push(format!(
                r#"{{"id":"q{}","brand":"globex","platform":"x","event":"delete","observed_at":"{}"}}"#,
                hour - 5,
                at(minute + 2)
            ));
        }
        records.push(mention::heartbeat(at(minute + 3)));
    }
    records
}

/// What a compacted topic holds: the last value of each key.
type Log = BTreeMap<Vec<u8>, Vec<u8>>;
/// What was written, in order.
type Written = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn run(stage: &mut CareStage, records: &[String], from: usize, to: usize, live: usize) -> Written {
    let mut written = Vec::new();
    for (offset, record) in records.iter().enumerate().take(to).skip(from) {
        let mut out = Outbox::default();
        let is_replay = offset < live;
        stage
            .step(&input(offset, record.as_bytes(), is_replay), &mut out)
            .unwrap();
        if !is_replay {
            let own = |item: Item<'_>| (item.key.unwrap().to_vec(), item.value.map(<[u8]>::to_vec));
            written.extend(out.iter().map(own));
        }
    }
    written
}

fn save(stage: &mut CareStage, next: usize, log: &mut Log) {
    let mut out = Outbox::default();
    stage.snapshot(0, next as i64, &mut out);
    for item in out.iter() {
        let key = item.key.unwrap().to_vec();
        match item.value {
            Some(value) => log.insert(key, value.to_vec()),
            None => log.remove(&key),
        };
    }
}

fn restored(log: &Log) -> (CareStage, usize) {
    let mut stage = stage_with(&Registry::default());
    log.iter()
        .for_each(|(key, value)| stage.restore(0, key, Some(value)));
    let resume = stage.assigned(0, 1).unwrap();
    (stage, usize::try_from(resume.unwrap_or(0)).unwrap())
}

/// Three partitions, each with the whole stream, records of every partition in each batch;
/// among them one that can't be read.
#[test]
fn partitions_on_threads_of_their_own_give_the_same() {
    let mut records = stream();
    records.insert(7, "no mention".to_owned());
    let outcome = |threads| {
        let registry = Registry::default();
        let mut stage = stage_with(&registry).with_threads(threads);
        for partition in 0..3 {
            assert_eq!(stage.assigned(partition, 3), Ok(None));
        }
        let (mut steps, mut output) = (Steps::default(), Vec::new());
        for (batch, records) in records.chunks(100).enumerate() {
            let of_batch = (batch * 100..).zip(records);
            let inputs: Vec<_> = of_batch
                .flat_map(|(offset, record)| {
                    let input = input(offset, record.as_bytes(), false);
                    (0..3).map(move |partition| Input { partition, ..input })
                })
                .collect();
            stage.step_all(&inputs, &mut steps);
            let each = steps.try_each(|result, items| {
                assert_eq!(result, &Ok(()));
                let own = |item: Item<'_>| {
                    (
                        item.partition,
                        item.key.map(<[u8]>::to_vec),
                        item.value.map(<[u8]>::to_vec),
                    )
                };
                output.push(items.map(own).collect::<Vec<_>>());
                Ok::<_, ()>(())
            });
            assert_eq!(each, Ok(()));
        }
        stage.report();
        (output, registry.text())
    };
    let alone = outcome(1);
    assert_eq!(alone.0.len(), 3 * records.len());
    let told: usize = alone.0.iter().map(Vec::len).sum();
    assert!(told >= 3 * 1_000, "{told}");
    let unreadable = r#"ophef_care_left_out_total{because="unreadable"} 3"#;
    assert!(alone.1.contains(unreadable), "{}", alone.1);
    assert!(outcome(2) == alone);
    assert!(outcome(4) == alone);
}

#[test]
fn conversations_begin_end_and_are_forgotten() {
    let registry = Registry::default();
    let mut stage = stage_with(&registry);
    let records = stream();
    let written = run(&mut stage, &records, 0, records.len(), 0);
    let (gone, told): (Vec<_>, Vec<_>) = written.iter().partition(|(_, value)| value.is_none());
    assert!(
        gone.len() > 200 && told.len() > 900,
        "{} {}",
        gone.len(),
        told.len()
    );
    for (key, value) in &told {
        let one: mention::Conversation = serde_json::from_slice(value.as_ref().unwrap()).unwrap();
        assert_eq!(one.key().as_bytes(), key);
        assert!(
            one.response_seconds
                .is_none_or(|seconds| seconds == 3 * 3_600 + 60)
        );
    }
    stage.report();
    let text = registry.text();
    for line in [
        r#"ophef_conversations_total{brand="acme",kind="complaint",platform="x"} 480"#,
        r#"ophef_brand_replies_total{brand="acme",reply_to="question"} 318"#,
        r#"ophef_first_response_seconds_count{brand="acme",kind="complaint",platform="x"} 318"#,
        // It is history: who waited too long then waits for nobody now.
        r#"ophef_conversations_judged_total{brand="acme",in_time="yes"} 0"#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("ophef_oldest_open_conversation_timestamp_seconds{"));
    assert!(text.contains(r#"ophef_open_conversations{brand="globex""#));
    stage.revoked(0);
    assert!(!registry.text().contains("globex"));
}

#[test]
fn what_breaks_the_contract_is_left_to_the_watcher_and_the_rest_goes_on() {
    let registry = Registry::default();
    let mut stage = stage_with(&registry);
    let mut out = Outbox::default();
    let unscored = record("acme", "1", 0, "").replace("score", "schore");
    stage
        .step(&input(0, unscored.as_bytes(), false), &mut out)
        .unwrap();
    assert_eq!(out.len(), 0);
    let left_out = r#"ophef_care_left_out_total{because="unreadable"} 1"#;
    assert!(registry.text().contains(left_out));
    for (json, count) in [
        (record("acme", "1", 0, r#","canary":true"#), 0),
        (record("acme", "2", 0, ""), 1),
    ] {
        stage
            .step(&input(1, json.as_bytes(), false), &mut out)
            .unwrap();
        assert_eq!(out.len(), count);
    }
}

#[test]
fn state_that_cant_be_used_is_told() {
    let mut stage = stage_with(&Registry::default());
    stage.assigned(0, 1).unwrap();
    let records = stream();
    run(&mut stage, &records, 0, 50, 0);
    let mut log = Log::new();
    save(&mut stage, 50, &mut log);
    let page = log
        .keys()
        .find(|key| key.starts_with(b"brand/acme"))
        .unwrap();
    log.insert(page.clone(), vec![FORMAT, 200]);
    let (stage, resume) = restored(&log);
    assert_eq!(resume, 50);
    let left: Vec<_> = stage.books().map(|(slug, _)| slug.to_owned()).collect();
    assert_eq!(left, ["globex"]);
    let mut other = stage_with(&Registry::default());
    log.iter()
        .for_each(|(key, value)| other.restore(0, key, Some(value)));
    assert!(other.assigned(0, 2).unwrap_err().contains("go back to 1"));
}

/// First byte of every value on the changelog.
const FORMAT: u8 = 1;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_restart_changes_no_output(
        crash in 1..1_400_usize,
        saves in prop::collection::vec(1..1_400_usize, 0..4),
        lead in 0..30_usize,
    ) {
        let records = stream();
        let crash = crash.min(records.len());
        let whole = run(&mut stage_with(&Registry::default()), &records, 0, records.len(), 0);
        let mut stage = stage_with(&Registry::default());
        stage.assigned(0, 1).unwrap();
        let mut log = Log::new();
        let mut saves: Vec<_> = saves.into_iter().filter(|save| *save + lead <= crash).collect();
        saves.sort_unstable();
        let mut output = Vec::new();
        let mut done = 0;
        for next in saves {
            output.extend(run(&mut stage, &records, done, next, 0));
            save(&mut stage, next, &mut log);
            done = next;
        }
        output.extend(run(&mut stage, &records, done, crash, 0));
        let (mut stage, resume) = restored(&log);
        prop_assert!(resume <= crash);
        output.extend(run(&mut stage, &records, resume, records.len(), crash));
        prop_assert_eq!(output, whole);
    }
}
