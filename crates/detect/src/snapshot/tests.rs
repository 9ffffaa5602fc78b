//! What somebody could write into a snapshot, checksum and all.

use mention::{EventTime, Mention, Record, parse_scored};
use proptest::prelude::*;

use super::*;

/// 2026-03-02T00:00:00Z, in minutes.
const MONDAY: i64 = 29_540_160;

fn settings() -> BrandSettings {
    BrandSettings::new("acme")
}

/// A scored post of that minute; every third is a reply in one thread.
fn json(number: i64, minute: i64, negative: bool) -> String {
    let at = EventTime::from_minute(minute);
    let label = if negative { "negative" } else { "neutral" };
    let platform = match number.rem_euclid(3) {
        0 => "x",
        1 => "reviews",
        _ => "tiktok",
    };
    let more = if number % 3 == 0 {
        r#","root":"r""#
    } else {
        ""
    };
    format!(
        r#"{{"id":"{number}","brand":"acme","platform":"{platform}","created_at":"{at}","text":"Pakket weer niet bezorgd","engagement":{{"views":900,"likes":{number},"shares":{number}}}{more},"author":{{"id":"a{number}","followers":{number}}},"score":{{"label":"{label}","probabilities":{{"negative":0.5,"neutral":0.4,"positive":0.1}},"confidence":0.9,"lang":"nl","abstained":null,"kind":"complaint","aspects":[],"model":"m@1"}}}}"#
    )
}

fn observe(watch: &mut BrandWatch, records: &[String]) {
    let mut out = Vec::new();
    for record in records {
        if let Ok(Record::Mention(mention)) = parse_scored(record.as_bytes()) {
            let mention: Mention<'_> = *mention;
            watch.observe(&mention, &mut out);
        }
    }
}

/// A watch with an open spike, and something in every store.
fn lively() -> BrandWatch {
    let mut watch = BrandWatch::new(settings());
    let usual = (0..600).map(|i| json(i, MONDAY + i, i % 5 == 0));
    let wave = (0..40).map(|i| json(1_000 + i, MONDAY + 600 + i / 8, true));
    observe(&mut watch, &usual.chain(wave).collect::<Vec<_>>());
    assert!(watch.has_open_spike());
    watch
}

fn with_checksum(state: &[u8]) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    bytes.extend_from_slice(&hash::of(&[state]).to_le_bytes());
    bytes.extend_from_slice(state);
    bytes
}

#[test]
fn a_spike_in_the_first_minute_that_there_is_comes_back() {
    let large = json(500_000, MONDAY, true);
    let Ok(Record::Mention(mention)) = parse_scored(large.as_bytes()) else {
        panic!("{large} is no mention");
    };
    let created_at = EventTime::from_millis(i64::MIN);
    let mention = Mention {
        created_at,
        ..*mention
    };
    let mut watch = BrandWatch::new(settings());
    watch.observe(&mention, &mut Vec::new());
    assert!(watch.has_open_spike());
    assert_eq!(
        BrandWatch::restore(settings(), &watch.snapshot()),
        Ok(watch)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_forged_snapshot_is_refused_or_can_be_lived_with(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let bytes = lively().snapshot();
        let mut state = bytes[HEADER..].to_vec();
        for (position, byte) in changes {
            let position = position.index(state.len());
            state[position] = byte;
        }
        if let Ok(mut watch) = BrandWatch::restore(settings(), &with_checksum(&state)) {
            let later: Vec<String> = (0..90).map(|i| json(5_000 + i, MONDAY + 605 + 3 * i, i % 2 == 0)).collect();
            observe(&mut watch, &later);
            let _ = watch.status();
            watch.advance(EventTime::from_minute(MONDAY + 10_000), &mut Vec::new());
            let _ = watch.snapshot();
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(BrandWatch::restore(settings(), &bytes).is_err());
        prop_assert!(BrandWatch::restore(settings(), &with_checksum(&bytes)).is_err());
    }
}
