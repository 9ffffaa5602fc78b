mod faults;
mod labels;

use std::collections::BTreeMap;

use mention::{EventTime, Reason, Record, Spike};
use proptest::prelude::*;
use service::metrics::Registry;

use super::*;

fn settings() -> Settings {
    Settings::new(service::Settings::new(Default::default()))
}

fn stage_with(settings: Settings, registry: &Registry) -> WatchStage {
    WatchStage::new(settings, Metrics::register(registry).unwrap())
}

fn input(offset: i64, value: &[u8], is_replay: bool) -> Input<'_> {
    let stamped_at = EventTime::from_millis(i64::MAX);
    Input {
        is_replay,
        ..Input::offline(value, offset, stamped_at)
    }
}

fn scored(brand: &str, id: usize, at: EventTime, is_negative: bool) -> String {
    let (label, p) = if is_negative {
        ("negative", [0.9, 0.05, 0.05])
    } else {
        ("positive", [0.05, 0.05, 0.9])
    };
    format!(
        r#"{{"id":"{id}","brand":"{brand}","platform":"x","created_at":"{at}","text":"t","score":{{"label":"{label}","probabilities":{{"negative":{},"neutral":{},"positive":{}}},"confidence":0.9,"lang":"nl","abstained":null,"kind":"remark","aspects":[],"model":"m@1"}}}}"#,
        p[0], p[1], p[2]
    )
}

/// Two days of a mention every ten minutes for two brands, then an hour in which
/// one of them is complained about every minute, then a calm day with heartbeats.
fn stream() -> Vec<String> {
    let start: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    let at = |minute: i64| start.plus_millis(minute * EventTime::MINUTE_MS);
    let mut records = Vec::new();
    for minute in 0..3 * 1_440 {
        let is_crisis = (2_880..2_940).contains(&minute);
        if minute % 10 == 0 {
            records.push(scored("acme", records.len(), at(minute), minute % 60 == 0));
            records.push(scored(
                "globex",
                records.len(),
                at(minute),
                minute % 70 == 0,
            ));
        }
        if is_crisis {
            records.push(scored("acme", records.len(), at(minute), true));
        }
        if minute % 5 == 3 && minute > 2_880 {
            records.push(mention::heartbeat(at(minute)));
        }
    }
    records
}

/// What a compacted topic holds: the last value of each key.
type Log = BTreeMap<Vec<u8>, Vec<u8>>;

fn values(out: &Outbox) -> Vec<String> {
    let value = |item: Item<'_>| String::from_utf8(item.value.unwrap().to_vec()).unwrap();
    out.iter().map(value).collect()
}

/// Steps over `records[from..to]`; those before `live_from` are read again only.
fn run(
    stage: &mut WatchStage,
    records: &[String],
    from: usize,
    to: usize,
    live_from: usize,
) -> Vec<String> {
    let mut output = Vec::new();
    for (offset, record) in records.iter().enumerate().take(to).skip(from) {
        let is_replay = offset < live_from;
        let mut out = Outbox::default();
        stage
            .step(
                &input(offset as i64, record.as_bytes(), is_replay),
                &mut out,
            )
            .unwrap();
        if !is_replay {
            output.extend(values(&out));
        }
    }
    output
}

fn save(stage: &mut WatchStage, next: usize, log: &mut Log) {
    let mut out = Outbox::default();
    stage.snapshot(0, next as i64, &mut out);
    for item in out.iter() {
        log.insert(item.key.unwrap().to_vec(), item.value.unwrap().to_vec());
    }
}

fn restored(log: &Log) -> (WatchStage, usize) {
    let mut stage = stage_with(settings(), &Registry::default());
    log.iter()
        .for_each(|(key, value)| stage.restore(0, key, Some(value)));
    let resume = stage.assigned(0, 1).unwrap();
    (stage, usize::try_from(resume.unwrap_or(0)).unwrap())
}

#[test]
fn the_crisis_is_found_and_closed() {
    let records = stream();
    let output = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let spikes: Vec<Spike> = output
        .iter()
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    let last = spikes.last().unwrap();
    assert_eq!((last.brand.as_str(), last.pages), ("acme", true));
    assert!(last.closed_at.is_some());
    assert!(spikes.iter().all(|spike| spike.id == last.id));
}

/// Three partitions, each with the whole stream, records of every partition in each batch;
/// among them one that is rejected.
#[test]
fn partitions_on_threads_of_their_own_give_the_same() {
    let mut records = stream();
    records.insert(7, "no mention".to_owned());
    let outcome = |threads| {
        let registry = Registry::default();
        let mut stage = stage_with(settings(), &registry).with_threads(threads);
        for partition in 0..3 {
            assert_eq!(stage.assigned(partition, 3), Ok(None));
        }
        let (mut steps, mut output) = (Steps::default(), Vec::new());
        for (batch, records) in records.chunks(100).enumerate() {
            let of_batch = (batch * 100..).zip(records);
            let inputs: Vec<_> = of_batch
                .flat_map(|(offset, record)| {
                    let input = input(offset as i64, record.as_bytes(), false);
                    (0..3).map(move |partition| Input { partition, ..input })
                })
                .collect();
            stage.step_all(&inputs, &mut steps);
            let each = steps.try_each(|result, items| {
                let values = items.map(|item| item.value.unwrap().to_vec());
                output.push((result.clone(), values.collect::<Vec<_>>()));
                Ok::<_, ()>(())
            });
            assert_eq!(each, Ok(()));
        }
        stage.committed();
        stage.report();
        let text = registry.text();
        let counts = text.lines().filter(|line| line.contains("_total"));
        (output, counts.collect::<Vec<_>>().join("\n"))
    };
    let alone = outcome(1);
    assert_eq!(alone.0.len(), 3 * records.len());
    let told: usize = alone.0.iter().map(|(_, values)| values.len()).sum();
    assert!(told >= 6, "{told}");
    assert!(alone.1.contains("ophef_mentions_total"), "{}", alone.1);
    assert!(outcome(2) == alone);
    assert!(outcome(4) == alone);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Snapshots at some points, a commit and a crash at others: the output is
    /// the one of the run that was never disturbed.
    #[test]
    fn a_restart_changes_no_output(mut cuts in proptest::collection::vec((0..1_400_usize, 0..200_usize), 1..5)) {
        let records = stream();
        let expected = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
        cuts.sort_unstable();
        let mut log = Log::new();
        let mut output = Vec::new();
        let mut committed = 0;
        for (snapshot_at, more) in cuts {
            let snapshot_at = snapshot_at.max(committed).min(records.len());
            let crash_at = (snapshot_at + more).min(records.len());
            let (mut stage, resume) = restored(&log);
            output.extend(run(&mut stage, &records, resume, snapshot_at, committed));
            save(&mut stage, snapshot_at, &mut log);
            output.extend(run(&mut stage, &records, snapshot_at, crash_at, committed));
            committed = crash_at;
        }
        let (mut stage, resume) = restored(&log);
        output.extend(run(&mut stage, &records, resume, records.len(), committed));
        prop_assert_eq!(output, expected);
    }
}

#[test]
fn another_number_of_partitions_is_refused() {
    let mut log = Log::new();
    let (mut stage, _) = restored(&log);
    run(&mut stage, &stream()[..10], 0, 10, 0);
    save(&mut stage, 10, &mut log);
    let mut stage = stage_with(settings(), &Registry::default());
    log.iter()
        .for_each(|(key, value)| stage.restore(0, key, Some(value)));
    assert!(
        stage
            .assigned(0, 2)
            .unwrap_err()
            .contains("go back to 1 partitions")
    );
}

#[test]
fn only_configured_brands_are_tracked_if_there_are_any() {
    let mut settings = settings();
    settings.brands = vec![BrandSettings::new("acme")];
    let registry = Registry::default();
    let mut stage = stage_with(settings, &registry);
    stage.assigned(0, 1).unwrap();
    run(&mut stage, &stream()[..20], 0, 20, 0);
    let text = registry.text();
    assert!(text.contains("ophef_mentions_untracked_total 10"), "{text}");
    assert!(!text.contains("globex"), "{text}");
}

#[test]
fn brands_beyond_the_most_are_counted_not_tracked() {
    let mut settings = settings();
    settings.max_brands = 1;
    let registry = Registry::default();
    let mut stage = stage_with(settings, &registry);
    stage.assigned(0, 1).unwrap();
    run(&mut stage, &stream()[..20], 0, 20, 0);
    assert!(registry.text().contains("ophef_mentions_overflow_total 10"));
}

#[test]
fn series_of_a_spike_exist_while_it_is_open() {
    let registry = Registry::default();
    let mut settings = settings();
    settings.recent = std::time::Duration::from_secs(u64::from(u32::MAX));
    let mut stage = stage_with(settings, &registry);
    stage.assigned(0, 1).unwrap();
    let records = stream();
    let crisis_ends = records
        .iter()
        .position(|r| r.contains("2026-03-04T00:59:00Z"))
        .unwrap();
    run(&mut stage, &records, 0, crisis_ends, 0);
    stage.report();
    let open = registry.text();
    for name in [
        "ophef_spike_severity{",
        "ophef_spike_info{",
        "ophef_negative_share_ratio{",
        "ophef_expected_share_high_ratio{",
    ] {
        assert!(open.contains(name), "{name} in {open}");
    }
    run(&mut stage, &records, crisis_ends, records.len(), 0);
    stage.report();
    let closed = registry.text();
    for name in [
        "ophef_spike_severity{",
        "ophef_spike_info{",
        "ophef_spike_term_score{",
    ] {
        assert!(!closed.contains(name), "{name} in {closed}");
    }
    stage.revoked(0);
    let left = registry.text();
    assert!(!left.contains("acme"), "{left}");
}

#[test]
fn a_share_is_corrected_where_the_error_rates_are_known() {
    let shown_with_rates_of = |model: &str| {
        let registry = Registry::default();
        let rates = detect::share::Rates {
            tpr: 0.95,
            fpr: 0.1,
            positives: 1_000,
            negatives: 1_000,
        };
        let mut table = detect::RateTable::default();
        table.insert(model, "nl", mention::Platform::X, rates);
        let mut settings = settings();
        settings.rates = Arc::new(table);
        let mut stage = stage_with(settings, &registry);
        stage.assigned(0, 1).unwrap();
        let records = stream();
        let crisis = records
            .iter()
            .position(|r| r.contains("2026-03-04T00:30:00Z"));
        let spikes = run(&mut stage, &records, 0, crisis.unwrap(), 0);
        stage.report();
        (registry.text(), spikes)
    };
    let (text, spikes) = shown_with_rates_of("m@1");
    let gauge = |name: &str| -> f64 {
        let line = format!("{name}{{brand=\"acme\",platform=\"all\"}} ");
        let value = text.lines().find_map(|shown| shown.strip_prefix(&line));
        value.unwrap().parse().unwrap()
    };
    let by_hand = (gauge("ophef_negative_share_ratio") - 0.1) / 0.85;
    assert!(by_hand > 0.5 && by_hand < 1.0);
    assert!((gauge("ophef_corrected_share_ratio") - by_hand).abs() < 1e-4);
    assert!(gauge("ophef_corrected_share_low_ratio") < by_hand);
    assert!(gauge("ophef_corrected_share_high_ratio") > by_hand);
    assert!(gauge("ophef_corrected_expected_share_ratio") < 0.2);
    assert!(
        text.contains("ophef_mentions_uncorrected_total 0"),
        "{text}"
    );
    assert!(spikes.last().unwrap().contains("\"corrected\":{\"share\":"));

    let (text, spikes) = shown_with_rates_of("another@1");
    assert!(!text.contains("ophef_corrected_share_ratio{"), "{text}");
    assert!(
        !text.contains("ophef_mentions_uncorrected_total 0"),
        "{text}"
    );
    assert!(!spikes.last().unwrap().contains("corrected"));
}

#[test]
fn volume_and_visibility_are_shown_beside_the_share() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let with_engagement = |record: &String| {
        let engagement = r#""text":"t","engagement":{"likes":6,"views":200}"#;
        record.replace(r#""text":"t""#, engagement)
    };
    let records: Vec<String> = stream().iter().map(with_engagement).collect();
    let at = |time: &str| records.iter().position(|r| r.contains(time)).unwrap();
    run(&mut stage, &records, 0, at("2026-03-02T12:00:00Z"), 0);
    stage.report();
    assert!(
        !registry.text().contains("ophef_volume_severity{"),
        "too young"
    );
    let crisis = at("2026-03-04T00:50:00Z");
    run(&mut stage, &records, at("2026-03-02T12:00:00Z"), crisis, 0);
    stage.report();
    let gauge = |name: &str, platform: &str| -> Option<f64> {
        let line = format!("{name}{{brand=\"acme\",platform=\"{platform}\"}} ");
        let text = registry.text();
        let value = text.lines().find_map(|shown| shown.strip_prefix(&line))?;
        value.parse().ok()
    };
    let expected = gauge("ophef_volume_expected", "all").unwrap();
    assert!((4.0..9.0).contains(&expected), "{expected}");
    assert!(gauge("ophef_volume_severity", "all").unwrap() >= 2.0);
    let visibility = gauge("ophef_visibility_ratio", "x").unwrap();
    assert!((visibility - 1.0).abs() < 0.05, "{visibility}");
    assert_eq!(gauge("ophef_visibility_change", "x"), Some(0.0));
    assert_eq!(gauge("ophef_visibility_ratio", "all"), None);
    stage.revoked(0);
    let left = registry.text();
    assert!(!left.contains("acme"), "{left}");
}

#[test]
fn found_brands_have_the_calendar_they_are_given() {
    use detect::calendar::{Calendar, Planned, PlannedKind};

    let sale = Planned {
        name: "Sale".to_owned(),
        kind: PlannedKind::Campaign,
        from: "2026-03-01T00:00:00Z".parse().unwrap(),
        until: "2026-03-08T00:00:00Z".parse().unwrap(),
        expected_volume: 3.0,
    };
    let mut settings = settings();
    let with_sale = Calendar::default().with_planned(vec![sale]);
    settings
        .calendars
        .insert("acme".to_owned(), Arc::new(with_sale));
    assert_eq!(settings.found("globex").calendar, settings.calendar);
    let mut stage = stage_with(settings, &Registry::default());
    stage.assigned(0, 1).unwrap();
    let records = stream();
    let spikes = run(&mut stage, &records, 0, records.len(), 0);
    let named = |spike: &&String| spike.contains(r#""calendar":[{"name":"Sale","kind":"campaign""#);
    assert!(
        !spikes.is_empty() && spikes.iter().all(|spike| named(&spike)),
        "{spikes:?}"
    );
}

#[test]
fn an_old_spike_is_not_exported_as_severity() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let records: Vec<String> = stream()
        .iter()
        .map(|r| r.replace("\"2026-", "\"2019-"))
        .collect();
    let crisis_ends = records
        .iter()
        .position(|r| r.contains("2019-03-04T00:59:00Z"))
        .unwrap();
    run(&mut stage, &records, 0, crisis_ends, 0);
    stage.report();
    let text = registry.text();
    assert!(text.contains("ophef_spike_info{"), "{text}");
    assert!(!text.contains("ophef_spike_severity{"), "{text}");
}

#[test]
fn an_unscored_mention_is_refused() {
    let mut stage = stage_with(settings(), &Registry::default());
    let record = r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"t"}"#;
    let result = stage.step(&input(0, record.as_bytes(), false), &mut Outbox::default());
    assert_eq!(result.unwrap_err().reason, Reason::NotScored);
}

#[test]
fn a_duplicate_is_counted_once_and_told() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let record = stream().swap_remove(0);
    let twice = [record.clone(), record];
    run(&mut stage, &twice, 0, 2, 0);
    let text = registry.text();
    assert!(text.contains("ophef_mentions_duplicate_total 1"), "{text}");
    let counted = r#"ophef_mentions_total{brand="acme",platform="x",sentiment="negative"} 1"#;
    assert!(text.contains(counted), "{text}");
}
