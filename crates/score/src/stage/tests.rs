use mention::Reason;
use proptest::prelude::*;
use service::metrics::Registry;

use super::*;

const STAMPED: &str = "2026-03-02T09:00:10Z";

fn stage() -> ScoreStage {
    let metrics = Metrics::register(&Registry::default()).unwrap();
    ScoreStage::new(Arc::new(Model::embedded().unwrap()), metrics)
}

fn input(value: &[u8]) -> Input<'_> {
    Input {
        partition: 3,
        offset: 17,
        stamped_at: STAMPED.parse().unwrap(),
        key: Some(b"acme"),
        value,
        headers: service::Headers::NONE,
        is_replay: false,
    }
}

/// Steps over `value` and returns the one record that follows.
fn step(value: &str) -> Result<String, Rejection> {
    step_with(stage(), value)
}

fn step_with(mut stage: ScoreStage, value: &str) -> Result<String, Rejection> {
    let mut out = Outbox::default();
    stage.step(&input(value.as_bytes()), &mut out)?;
    let items: Vec<_> = out.iter().collect();
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].topic, items[0].partition),
        (Topic::Scored, Some(3))
    );
    assert_eq!(items[0].key, Some(&b"acme"[..]));
    assert_eq!(items[0].stamped_at, Some(STAMPED.parse().unwrap()));
    Ok(String::from_utf8(items[0].value.unwrap().to_vec()).unwrap())
}

fn mention(more: &str) -> String {
    format!(
        r#"{{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"Weer veel te laat bezorgd, waardeloos"{more}}}"#
    )
}

#[test]
fn a_score_is_appended_and_unknown_fields_stay() {
    let value = mention(r#","future_field":[1,{"x":null}]"#);
    let scored = step(&value).unwrap();
    assert!(
        scored.starts_with(value.strip_suffix('}').unwrap()),
        "{scored}"
    );
    let Record::Mention(read) = mention::parse(scored.as_bytes()).unwrap() else {
        panic!("not a mention");
    };
    assert!(read.score.is_some());
}

#[test]
fn a_score_of_null_is_replaced() {
    let scored = step(&mention(r#","score":null,"kept":7"#)).unwrap();
    assert_eq!(scored.matches("\"score\"").count(), 1);
    let Record::Mention(read) = mention::parse(scored.as_bytes()).unwrap() else {
        panic!("not a mention");
    };
    assert!(read.score.is_some() && scored.contains("\"kept\":7"));
}

#[test]
fn what_is_not_scored_passes_through_unchanged() {
    let once = step(&mention("")).unwrap();
    assert_eq!(step(&once).unwrap(), once, "scored already");
    for same in [
        r#"{"id":"1","brand":"acme","platform":"x","event":"delete","observed_at":"2026-03-02T09:00:00Z"}"#,
        r#"{"id":"1","brand":"acme","platform":"x","event":"update","observed_at":"2026-03-02T09:00:00Z","engagement":{"likes":5}}"#,
        r#"{"event":"heartbeat","created_at":"2026-03-02T09:00:00Z"}"#,
    ] {
        assert_eq!(step(same).unwrap(), same);
    }
}

#[test]
fn an_edit_of_the_text_is_scored() {
    let edit = r#"{"id":"1","brand":"acme","platform":"x","event":"update","observed_at":"2026-03-02T09:00:00Z","text":"toch wel fijn"}"#;
    assert!(step(edit).unwrap().contains("\"score\""));
}

#[test]
fn a_time_ahead_is_moved_to_the_stamp_and_a_day_ahead_is_refused() {
    let hour_ahead = mention("").replace("T09:00:00Z", "T10:00:00Z");
    let scored = step(&hour_ahead).unwrap();
    let Record::Mention(read) = mention::parse(scored.as_bytes()).unwrap() else {
        panic!("not a mention");
    };
    assert!(read.clamped && read.score.is_some());
    assert_eq!(read.created_at, STAMPED.parse().unwrap());
    let days_ahead = mention("").replace("03-02", "03-04");
    assert_eq!(step(&days_ahead).unwrap_err().reason, Reason::TimeAhead);
}

#[test]
fn a_heartbeat_ahead_is_moved_too() {
    let beat = r#"{"event":"heartbeat","created_at":"2026-03-02T12:00:00Z"}"#;
    let moved = step(beat).unwrap();
    let expected = Record::Heartbeat(STAMPED.parse().unwrap());
    assert_eq!(mention::parse(moved.as_bytes()).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_give_one_record_or_a_rejection(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut out = Outbox::default();
        let result = stage().step(&input(&value), &mut out);
        prop_assert!(result.is_err() || out.len() == 1);
    }

    #[test]
    fn any_text_survives_scoring(text in "\\PC{1,200}") {
        prop_assume!(!text.trim().is_empty());
        let text = serde_json::to_string(&text).unwrap();
        let value = format!(
            r#"{{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":{text}}}"#
        );
        let scored = step(&value).unwrap();
        let kept = value.strip_suffix('}').unwrap();
        prop_assert!(scored.starts_with(kept));
        prop_assert!(mention::parse(scored.as_bytes()).is_ok());
    }
}

#[test]
fn a_score_carries_its_strongest_spans_on_request_and_nothing_else_changes() {
    let plain = step(&mention("")).unwrap();
    assert!(!plain.contains("spans"), "{plain}");
    let told = step_with(stage().with_spans(2), &mention("")).unwrap();
    let Record::Mention(read) = mention::parse_scored(told.as_bytes()).unwrap() else {
        panic!("not a mention");
    };
    let mut score = read.score.unwrap();
    assert_eq!(score.spans.len(), 2);
    for span in &score.spans {
        assert!(span.start < span.end && span.end as usize <= read.text.chars().count());
    }
    score.spans.clear();
    let Record::Mention(read) = mention::parse_scored(plain.as_bytes()).unwrap() else {
        panic!("not a mention");
    };
    assert_eq!(Some(score), read.score);
}

#[test]
fn the_longest_score_with_spans_has_room() {
    let text = "slecht waardeloos schandalig ".repeat(2_000);
    let value = format!(
        r#"{{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"{text}"}}"#
    );
    let told = step_with(stage().with_spans(16), &value).unwrap();
    assert!(told.len() - value.len() < mention::MAX_SCORE_BYTES / 2);
    assert!(
        told.contains("\"spans\":[{\"start\":"),
        "{}",
        &told[value.len()..]
    );
}

/// Whether each record was taken, and what follows from it, in order.
fn outcomes(stage: &mut ScoreStage, values: &[String]) -> Vec<(bool, Vec<u8>)> {
    let inputs: Vec<_> = values.iter().map(|value| input(value.as_bytes())).collect();
    let mut steps = Steps::default();
    stage.step_all(&inputs, &mut steps);
    let mut outcomes = Vec::new();
    let result = steps.try_each(|result, items| {
        let values = items.flat_map(|item| item.value.unwrap_or_default().to_vec());
        outcomes.push((result.is_ok(), values.collect()));
        Ok::<_, ()>(())
    });
    assert_eq!(result, Ok(()));
    outcomes
}

#[test]
fn on_several_threads_the_same_follows_in_the_same_order() {
    let values: Vec<String> = (0..1_000)
        .map(|number| match number % 7 {
            0 => format!("no JSON {number}"),
            1 => format!(r#"{{"event":"heartbeat","created_at":"{STAMPED}","n":{number}}}"#),
            rating => mention(&format!(r#","rating":{},"n":{number}"#, rating.min(5))),
        })
        .collect();
    let alone = outcomes(&mut stage(), &values);
    assert_eq!(alone.len(), values.len());
    assert_eq!(alone.iter().filter(|(is_taken, _)| !is_taken).count(), 143);
    let mut several = stage().with_threads(3);
    for _ in 0..3 {
        assert!(outcomes(&mut several, &values) == alone);
        // What is committed is counted once.
        several.committed();
    }
}
