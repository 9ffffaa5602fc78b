//! Whose labels there are, and what isn't a person's mention.

use super::*;

fn now(text: &str) -> String {
    text.replace("2026-03-02T00:00:00Z", &service::clock::now().to_string())
}

#[test]
fn test_records_are_told_and_never_counted() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let record = scored(
        "ophef-canary",
        1,
        "2026-03-02T00:00:00Z".parse().unwrap(),
        true,
    );
    let record = now(&record).replace(r#""text":"t""#, r#""text":"t","canary":true"#);
    let mut step = |offset, is_replay| {
        let stamped_at = service::clock::now();
        let input = Input {
            stamped_at,
            ..input(offset, record.as_bytes(), is_replay)
        };
        stage.step(&input, &mut Outbox::default()).unwrap();
        stage.committed();
        stage.report();
    };
    step(0, true);
    assert!(registry.text().contains("ophef_canary_seconds_count 0"));
    step(1, false);
    let text = registry.text();
    assert!(text.contains("ophef_canary_seconds_count 1"), "{text}");
    assert!(text.contains(r#"ophef_canary_seen_timestamp_seconds{partition="0"}"#));
    assert!(!text.contains("brand=\"ophef-canary\""), "{text}");
    assert!(text.contains("ophef_brands_tracked 0"), "{text}");
    stage.revoked(0);
    assert!(
        !registry
            .text()
            .contains("ophef_canary_seen_timestamp_seconds{")
    );
}

#[test]
fn brands_beyond_the_labels_are_counted_as_others_and_alert_all_the_same() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let start = service::clock::now().plus_millis(-49 * 60 * EventTime::MINUTE_MS);
    let at = |minute: i64| start.plus_millis(minute * EventTime::MINUTE_MS);
    let mut records: Vec<String> = (0..500)
        .map(|brand| scored(&format!("brand-{brand}"), brand, at(0), false))
        .collect();
    for minute in 0..2_930 {
        let is_crisis = minute > 2_880;
        if is_crisis || minute % 10 == 0 {
            let id = records.len();
            records.push(scored(
                "acme",
                id,
                at(minute),
                is_crisis || minute % 60 == 0,
            ));
        }
    }
    run(&mut stage, &records, 0, records.len(), 0);
    stage.report();
    let text = registry.text();
    assert!(text.contains(r#"ophef_mentions_total{brand="brand-499""#));
    assert!(
        text.contains(r#"ophef_mentions_total{brand="other",platform="x",sentiment="negative"}"#)
    );
    assert!(!text.contains("ophef_label_overflow_total 0"), "{text}");
    for metric in [
        "mentions_total",
        "negative_share_ratio",
        "expected_share_low_ratio",
    ] {
        let of_acme = format!("ophef_{metric}{{brand=\"acme\"");
        assert!(!text.contains(&of_acme), "{metric}");
    }
    let severity = r#"ophef_spike_severity{brand="acme",platform=""#;
    assert!(text.contains(severity), "no alert");
    assert!(text.contains(r#"ophef_spike_driver_ratio{brand="acme""#));
    stage.revoked(0);
    let left = registry.text();
    assert!(!left.contains("acme") && !left.contains("brand-"), "{left}");
}

/// An exemplar leads to the mention that a spike shows as an example.
#[test]
fn exemplars_name_mentions_as_spikes_do() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let records = stream();
    let spikes = run(&mut stage, &records, 0, records.len(), 0);
    let spike: Spike = serde_json::from_str(spikes.last().unwrap()).unwrap();
    let shown = &spike.exemplars[0].id;
    let hashed = |record: &String| {
        let Record::Mention(mention) = mention::parse_scored(record.as_bytes()).unwrap() else {
            unreachable!("the stream has no heartbeats among the mentions")
        };
        format!("{:016x}", mention.hashed_id())
    };
    let mentions = records
        .iter()
        .filter(|record| !record.contains("heartbeat"));
    assert!(mentions.map(hashed).any(|id| id == *shown), "{shown}");
    stage.committed();
    let text = registry.openmetrics();
    let exemplar = "# {mention=\"";
    let of_alert = text
        .lines()
        .filter(|line| line.starts_with("ophef_event_to_alert"));
    assert!(
        of_alert.clone().any(|line| line.contains(exemplar)),
        "{text}"
    );
}
