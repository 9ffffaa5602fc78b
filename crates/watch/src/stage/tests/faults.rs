//! A platform that changes for many brands, inputs that fall silent or come late.

use super::*;

/// Two days of ten brands with a mention every two minutes each, then two hours in which
/// `shifted` of them turn negative at once, then calm again with heartbeats.
fn platform_stream(shifted: usize) -> Vec<String> {
    let start: EventTime = "2026-03-02T00:00:00Z".parse().unwrap();
    let at = |minute: i64| start.plus_millis(minute * EventTime::MINUTE_MS);
    let mut records = Vec::new();
    for minute in 0..2 * 1_440 + 600 {
        let is_shift = (2_880..3_000).contains(&minute);
        for brand in 0..10 {
            let slug = format!("brand{brand}");
            let number = records.len();
            let is_negative = match is_shift && brand < shifted {
                true => number % 8 != 0,
                false => number.wrapping_mul(2_654_435_761) % 97 < 17,
            };
            if (minute + brand as i64) % 2 == 0 || (is_shift && brand < shifted) {
                records.push(scored(&slug, number, at(minute), is_negative));
            }
        }
        if minute % 5 == 3 {
            records.push(mention::heartbeat(at(minute)));
        }
    }
    records
}

fn spikes_of(output: &[String]) -> Vec<Spike> {
    let parsed = output
        .iter()
        .map(|json| serde_json::from_str(json).unwrap());
    let onset: EventTime = "2026-03-03T23:00:00Z".parse().unwrap();
    parsed.filter(|spike: &Spike| spike.onset > onset).collect()
}

#[test]
fn many_brands_on_one_platform_at_once_page_nobody_and_one_alone_pages() {
    let records = platform_stream(7);
    let output = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let spikes = spikes_of(&output);
    assert!(!spikes.is_empty());
    let pages = spikes.iter().filter(|spike| spike.pages).count();
    assert_eq!(pages, 0, "{spikes:?}");
    let brands: std::collections::BTreeSet<&str> =
        spikes.iter().map(|spike| spike.brand.as_str()).collect();
    assert_eq!(brands.len(), 7, "each is annotated");
    for spike in spikes {
        assert_eq!(spike.spike_kind, mention::SpikeKind::PlatformShift);
        let shift = spike.platform_shift.unwrap();
        assert_eq!(shift.platform, "x");
        assert!(shift.active >= 7 && 2 * shift.changed >= shift.active);
    }

    let records = platform_stream(1);
    let output = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let spikes = spikes_of(&output);
    assert!(spikes.iter().any(|spike| spike.pages));
    assert!(spikes.iter().all(|spike| spike.platform_shift.is_none()));
}

#[test]
fn a_brand_that_stays_negative_when_the_platform_is_calm_again_pages() {
    let mut records = platform_stream(7);
    let start: EventTime = "2026-03-04T02:00:00Z".parse().unwrap();
    for minute in 0..120_u32 {
        let at = start.plus_millis(i64::from(minute) * EventTime::MINUTE_MS);
        let place = records.iter().position(|record| {
            let parsed: serde_json::Value = serde_json::from_str(record).unwrap();
            let of: EventTime = parsed["created_at"].as_str().unwrap().parse().unwrap();
            of > at
        });
        records.insert(
            place.unwrap(),
            scored("brand3", 1_000_000 + records.len(), at, true),
        );
    }
    let output = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let own: Vec<Spike> = spikes_of(&output)
        .into_iter()
        .filter(|spike| spike.brand == "brand3")
        .collect();
    assert!(!own[0].pages, "it was the platform's");
    let later = own.iter().find(|spike| spike.pages).unwrap();
    assert_eq!(later.id, own[0].id);
    assert_eq!(later.spike_kind, mention::SpikeKind::ComplaintWave);
}

#[test]
fn a_restart_in_a_platform_shift_changes_no_output() {
    let records = platform_stream(7);
    let expected = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let shift = records
        .iter()
        .position(|record| record.contains("2026-03-04T00:00:00Z"))
        .unwrap();
    for cut in (shift..shift + 600).step_by(53) {
        let mut log = Log::new();
        let (mut stage, _) = restored(&log);
        let mut output = run(&mut stage, &records, 0, cut, 0);
        save(&mut stage, cut, &mut log);
        let (mut stage, resume) = restored(&log);
        output.extend(run(&mut stage, &records, resume, records.len(), cut));
        assert_eq!(output, expected, "cut at {cut}");
    }
}

#[test]
fn a_silent_brand_is_told_of_while_heartbeats_go_on() {
    let registry = Registry::default();
    let mut stage = stage_with(settings(), &registry);
    stage.assigned(0, 1).unwrap();
    let mut records = platform_stream(0);
    let silent_from: EventTime = "2026-03-03T12:00:00Z".parse().unwrap();
    records.retain(|record| {
        let parsed: serde_json::Value = serde_json::from_str(record).unwrap();
        let at: EventTime = parsed["created_at"].as_str().unwrap().parse().unwrap();
        parsed["brand"] != "brand5" || at < silent_from
    });
    let output = run(&mut stage, &records, 0, records.len(), 0);
    let told: Vec<Spike> = output
        .iter()
        .map(|json| serde_json::from_str(json).unwrap())
        .filter(|spike: &Spike| spike.spike_kind == mention::SpikeKind::InputFault)
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].brand.as_str(), told[0].closed_at),
        ("brand5", None)
    );
    stage.report();
    let text = registry.text();
    let line = text
        .lines()
        .find(|line| line.starts_with("ophef_spike_info{brand=\"brand5\""))
        .unwrap();
    assert!(
        line.contains("input_fault") && line.contains("pages=\"false\""),
        "{line}"
    );
    let seconds = silent_from.millis() / 1_000 - 60;
    let heard = format!("ophef_last_mention_timestamp_seconds{{brand=\"brand5\"}} {seconds}");
    let before = format!(
        "ophef_last_mention_timestamp_seconds{{brand=\"brand5\"}} {}",
        seconds - 60
    );
    assert!(text.contains(&heard) || text.contains(&before), "{text}");
}

#[test]
fn a_backlog_behind_the_heartbeats_is_late_and_pages_nobody() {
    let mut records = stream();
    // An hour of complaints that was held back: it comes when heartbeats are far ahead.
    let is_crisis = |record: &String| {
        record.contains("acme")
            && record.contains("2026-03-04T00:")
            && record.contains("negative\",\"prob")
    };
    let held: Vec<String> = records.iter().filter(|r| is_crisis(r)).cloned().collect();
    records.retain(|record| !is_crisis(record));
    let back = records
        .iter()
        .position(|record| record.contains("2026-03-04T03:03:00Z"))
        .unwrap();
    records.splice(back + 1..back + 1, held);
    let output = run(&mut restored(&Log::new()).0, &records, 0, records.len(), 0);
    let spikes: Vec<Spike> = output
        .iter()
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    assert!(spikes.iter().all(|spike| !spike.pages), "{spikes:?}");
    assert!(
        spikes
            .iter()
            .any(|spike| spike.spike_kind == mention::SpikeKind::InputFault)
    );
}
