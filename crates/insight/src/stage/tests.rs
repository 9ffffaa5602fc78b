#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use service::metrics::Registry;

use super::*;

fn stage(registry: &Registry) -> InsightStage {
    let settings = Settings::new(service::Settings::new(Default::default()));
    stage_with(settings, registry)
}

fn stage_with(settings: Settings, registry: &Registry) -> InsightStage {
    let mut stage = InsightStage::new(settings, Metrics::register(registry).unwrap());
    stage.assigned(0, 1).unwrap();
    stage
}

fn input(offset: i64, value: &[u8], is_replay: bool) -> Input<'_> {
    let stamped_at = EventTime::from_millis(i64::MAX);
    Input {
        is_replay,
        ..Input::offline(value, offset, stamped_at)
    }
}

fn scored(brand: &str, number: i64, at: EventTime, text: &str) -> String {
    let author = number % 40;
    let (label, p) = match number % 5 {
        0 => ("negative", [0.9, 0.05, 0.05]),
        _ => ("positive", [0.05, 0.05, 0.9]),
    };
    format!(
        r#"{{"id":"{number}","brand":"{brand}","platform":"x","created_at":"{at}","text":"{text}","author":{{"id":"k1.{author}"}},"score":{{"label":"{label}","probabilities":{{"negative":{},"neutral":{},"positive":{}}},"kind":"remark","aspects":[{{"aspect":"price","polarity":"{label}","confidence":0.9}}]}}}}"#,
        p[0], p[1], p[2]
    )
}

/// Four days of two brands with heartbeats, and on the last a new word.
fn stream() -> Vec<String> {
    let start: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    let mut records = Vec::new();
    for number in 0..4 * 288 {
        let at = start.plus_millis(number * 5 * EventTime::MINUTE_MS);
        let text = match number {
            1_000.. if number % 3 == 0 => "please add #nieuw naast pakket",
            _ => "pakket op tijd",
        };
        records.push(scored("acme", number, at, text));
        if number % 4 == 0 {
            records.push(scored("globex", number, at, "winkel dicht"));
        }
        if number % 12 == 6 {
            // The totals of an hour, and half an hour later once more.
            for clicks in [100, 130] {
                records.push(carried(at, number, clicks));
            }
        }
        records.push(mention::heartbeat(at.plus_millis(60_000)));
    }
    records
}

/// A campaign's totals as they come beside the mentions.
fn carried(at: EventTime, number: i64, clicks: i64) -> String {
    let event = format!(
        r#"{{"brand":"acme","campaign":"lente","platform":"tiktok","created_at":"{at}","period":"hour","impressions":5000,"clicks":{clicks},"conversions":{},"spend":9.5,"currency":"EUR"}}"#,
        number % 5
    );
    let event = mention::parse_campaign_event(event.as_bytes()).unwrap();
    let observed_at = at.plus_millis(clicks * 60_000);
    String::from_utf8(mention::carry_campaign_event(&event, observed_at)).unwrap()
}

/// What a compacted topic holds: the last value of each key.
type Log = BTreeMap<Vec<u8>, Vec<u8>>;

fn take(out: &Outbox, topic: Topic, log: &mut Log) {
    for item in out.iter().filter(|item| item.topic == topic) {
        log.insert(item.key.unwrap().to_vec(), item.value.unwrap().to_vec());
    }
}

fn run(stage: &mut InsightStage, records: &[String], from: usize, live_from: usize) -> Log {
    let mut log = Log::new();
    for (offset, record) in (0_i64..).zip(records).skip(from) {
        let mut out = Outbox::default();
        let is_replay = offset < live_from as i64;
        stage
            .step(&input(offset, record.as_bytes(), is_replay), &mut out)
            .unwrap();
        if !is_replay {
            take(&out, Topic::Insight, &mut log);
        }
    }
    log
}

#[test]
fn a_restart_at_any_record_changes_no_summary() {
    let records = stream();
    let whole = run(&mut stage(&Registry::default()), &records, 0, 0);
    assert_eq!(whole.len(), 2);
    let acme = String::from_utf8(whole[&b"acme"[..]].clone()).unwrap();
    assert!(
        acme.contains("#nieuw")
            && acme.contains("\"wishes\":[{")
            && acme.contains("\"impressions\":480000,\"engagements\":0,\"clicks\":12480"),
        "{acme}"
    );
    for (snapshot_at, crash_at) in [(0, 700), (5, 5), (1_300, 1_301), (1_500, 2_400)] {
        let mut first = stage(&Registry::default());
        let mut summaries = run(&mut first, &records[..snapshot_at], 0, 0);
        let (mut out, mut state) = (Outbox::default(), Log::new());
        first.snapshot(0, snapshot_at as i64, &mut out);
        take(&out, Topic::InsightState, &mut state);
        summaries.extend(run(
            &mut first,
            &records[..crash_at],
            snapshot_at,
            snapshot_at,
        ));
        let settings = Settings::new(service::Settings::new(Default::default()));
        let mut second =
            InsightStage::new(settings, Metrics::register(&Registry::default()).unwrap());
        for (key, value) in &state {
            second.restore(0, key, Some(value));
        }
        let resume = second.assigned(0, 1).unwrap().unwrap();
        assert_eq!(resume, snapshot_at as i64);
        summaries.extend(run(&mut second, &records, snapshot_at, crash_at));
        assert!(summaries == whole, "{snapshot_at} {crash_at}");
    }
}

#[test]
fn another_number_of_partitions_and_damaged_state_are_told() {
    let mut first = stage(&Registry::default());
    run(&mut first, &stream()[..20], 0, 0);
    let (mut out, mut state) = (Outbox::default(), Log::new());
    first.snapshot(0, 20, &mut out);
    take(&out, Topic::InsightState, &mut state);
    let registry = Registry::default();
    let settings = || Settings::new(service::Settings::new(Default::default()));
    let mut second = InsightStage::new(settings(), Metrics::register(&registry).unwrap());
    state.get_mut(&b"brand/acme"[..]).unwrap()[20] ^= 1;
    state
        .iter()
        .for_each(|(key, value)| second.restore(0, key, Some(value)));
    assert_eq!(second.assigned(0, 1), Ok(Some(20)));
    assert_eq!(second.brands().count(), 1);
    assert!(
        registry
            .text()
            .contains("ophef_insight_states_discarded_total 1")
    );
    state
        .iter()
        .for_each(|(key, value)| second.restore(1, key, Some(value)));
    assert!(
        second
            .assigned(1, 2)
            .unwrap_err()
            .contains("had 1 partitions")
    );
}

#[test]
fn bad_records_are_counted_and_left_to_the_watcher() {
    let registry = Registry::default();
    let mut settings = Settings::new(service::Settings::new(Default::default()));
    settings.brands = vec![detect::BrandSettings::new("acme")];
    let mut stage = stage_with(settings, &registry);
    let mut step = |value: &str| {
        let mut out = Outbox::default();
        stage
            .step(&input(0, value.as_bytes(), false), &mut out)
            .unwrap();
        out.len()
    };
    let now: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    assert_eq!(step("{\"id\":"), 0);
    assert_eq!(step(&scored("globex", 1, now, "t")), 0);
    assert_eq!(step(&scored("acme", 1, now, "t")), 1);
    let long_ago = now.plus_millis(-40 * EventTime::DAY_MS);
    step(&scored("acme", 2, long_ago, "t"));
    let text = registry.text();
    for reason in ["unreadable", "untracked", "too_late"] {
        let line = format!("ophef_insight_left_out_total{{reason=\"{reason}\"}} 1");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn what_was_shown_of_a_brand_goes_when_it_does() {
    let registry = Registry::default();
    let mut settings = Settings::new(service::Settings::new(Default::default()));
    let rival = trends::Rival {
        name: "veerhuis".to_owned(),
        names: vec!["Veerhuis".to_owned()],
    };
    settings.rivals = BTreeMap::from([("acme".to_owned(), vec![rival])]);
    settings.sampled = vec![mention::Platform::Tiktok];
    let mut stage = stage_with(settings, &registry);
    run(&mut stage, &stream(), 0, 0);
    stage.report();
    stage.report();
    let text = registry.text();
    for series in [
        "ophef_rising_term_lift{brand=\"acme\",term=\"#nieuw\"} ",
        "ophef_authors{brand=\"acme\",window=\"four_weeks\"} 40",
        "ophef_aspect_mentions{aspect=\"price\",brand=\"acme\",polarity=\"negative\"} ",
        "ophef_competitor_mentions{brand=\"acme\",competitor=\"veerhuis\",preferred=\"ours\"} 0",
        "ophef_platform_sampled{brand=\"acme\",platform=\"tiktok\"} 1",
        "ophef_wishes_total{brand=\"acme\"} ",
        "ophef_insight_brands 2",
    ] {
        assert!(text.contains(series), "{series} isn't in {text}");
    }
    stage.revoked(0);
    let text = registry.text();
    assert!(!text.contains("acme") && !text.contains("globex"), "{text}");
}

#[test]
fn campaigns_are_counted_shown_and_go_with_their_brand() {
    let registry = Registry::default();
    let mut stage = stage(&registry);
    let records = stream();
    run(&mut stage, &records[..600], 0, 0);
    stage.report();
    let text = registry.text();
    for line in [
        r#"ophef_campaign_impressions{brand="acme",campaign="lente",platform="tiktok"} 105000"#,
        r#"ophef_campaign_spend{brand="acme",campaign="lente",currency="EUR",platform="tiktok"} 199.5"#,
        r#"ophef_campaign_backfire_surprise{brand="acme",campaign="lente"} 0"#,
        r#"ophef_campaign_events_total{outcome="taken"} 42"#,
        r#"ophef_campaign_events_total{outcome="outdated"} 0"#,
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let again = records.iter().find(|record| record.contains("lente"));
    let odd = again.unwrap().replace("\"clicks\":100", "\"clicks\":0");
    let odd = odd.replace("\"conversions\":1", "\"conversions\":9");
    let late = again.unwrap().replace("2026-03", "2025-03");
    let broken = again.unwrap().replace("\"lente\"", "7");
    let more = [odd, late, broken];
    for (offset, record) in (600..).zip(&more) {
        let input = input(offset, record.as_bytes(), false);
        stage.step(&input, &mut Outbox::default()).unwrap();
    }
    let text = registry.text();
    for line in [
        r#"ophef_campaign_events_total{outcome="outdated"} 1"#,
        r#"ophef_campaign_events_total{outcome="too_late"} 1"#,
        r#"ophef_insight_left_out_total{reason="unreadable"} 1"#,
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    stage.revoked(0);
    assert!(!registry.text().contains("lente"));
}
