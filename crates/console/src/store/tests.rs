//! What the store keeps, finds and forgets.

use mention::{Judged, SpikeKind};
use serde_json::json;

use super::*;

fn at(minute: i64) -> EventTime {
    EventTime::from_minute(29_540_160 + minute)
}

/// A spike of `brand` that began at `minute`; closed an hour later if `is_over`.
fn spike(brand: &str, minute: i64, is_over: bool) -> Spike {
    let spike = json!({
        "id": Spike::id_of(brand, None, at(minute)), "brand": brand, "platform": "all",
        "spike_kind": "complaint_wave", "pages": true, "severity": 2, "onset": at(minute),
        "detected_at": at(minute + 5), "closed_at": is_over.then(|| at(minute + 60)),
        "observed": {"negative": 9, "total": 10},
        "expected": {"share": 0.2, "low": 0.1, "high": 0.3},
        "drivers": [{"dimension": "aspect", "value": "delivery", "share": 1.0}],
        "terms": [{"term": "Depot", "lift": 9.0, "count": 9}],
        "threads": [], "exemplars": [], "series": [], "model": "test",
    });
    serde_json::from_value(spike).unwrap()
}

fn take(store: &Store, spike: &Spike) {
    let value = serde_json::to_vec(spike).unwrap();
    store.take_spike(spike.id.as_bytes(), &value).unwrap();
}

fn found(store: &Store, query: &Query) -> Vec<String> {
    let found = store.read().search(query);
    let ids = found.entries.iter().map(|entry| entry.spike.brand.clone());
    ids.collect()
}

#[test]
fn the_last_revision_stands_and_a_deleted_spike_is_gone() {
    let store = Store::default();
    let open = spike("acme", 0, false);
    take(&store, &open);
    assert_eq!(store.read().open().len(), 1);
    take(&store, &spike("acme", 0, true));
    assert_eq!((store.read().open().len(), store.read().len()), (0, 1));
    store.take_spike(open.id.as_bytes(), b"").unwrap();
    assert!(store.read().is_empty() && store.read().spike(&open.id).is_none());
}

#[test]
fn what_is_no_spike_of_its_key_is_refused() {
    let store = Store::default();
    let mut odd = spike("acme", 0, false);
    let value = serde_json::to_vec(&odd).unwrap();
    assert!(store.take_spike(b"another", &value).is_err());
    assert!(store.take_spike(odd.id.as_bytes(), b"{}").is_err());
    odd.id = "../../etc/passwd".to_owned();
    let value = serde_json::to_vec(&odd).unwrap();
    assert!(store.take_spike(odd.id.as_bytes(), &value).is_err());
    assert!(store.read().is_empty());
}

#[test]
fn the_number_of_spikes_is_bounded_and_open_ones_stay() {
    let store = Store::default();
    let open = spike("open", 0, false);
    take(&store, &open);
    let most = i64::try_from(MAX_SPIKES).unwrap();
    for minute in 1..=most + 10 {
        take(&store, &spike("closed", minute, true));
    }
    let state = store.read();
    assert_eq!(state.len(), MAX_SPIKES);
    assert!(state.spike(&open.id).is_some());
    let newest = state.newest().next().unwrap();
    assert_eq!(newest.spike.onset, at(most + 10));
}

#[test]
fn spikes_are_found_by_what_they_are() {
    let store = Store::default();
    for (brand, minute, is_over) in [("acme", 0, true), ("zeegroen", 600, false)] {
        take(&store, &spike(brand, minute, is_over));
    }
    let all = Query::default();
    assert_eq!(found(&store, &all), ["zeegroen", "acme"]);
    for (query, brands) in [
        (
            Query {
                text: Some("DEPOT bezorg".to_owned()),
                ..all.clone()
            },
            &[][..],
        ),
        (
            Query {
                text: Some("depot acm".to_owned()),
                ..all.clone()
            },
            &["acme"],
        ),
        (
            Query {
                open: Some(true),
                ..all.clone()
            },
            &["zeegroen"],
        ),
        (
            Query {
                until: Some(at(100)),
                ..all.clone()
            },
            &["acme"],
        ),
        (
            Query {
                from: Some(at(100)),
                ..all.clone()
            },
            &["zeegroen"],
        ),
        (
            Query {
                kind: Some(SpikeKind::Campaign),
                ..all.clone()
            },
            &[],
        ),
        (
            Query {
                skip: 1,
                ..all.clone()
            },
            &["acme"],
        ),
    ] {
        assert_eq!(found(&store, &query), brands, "{query:?}");
    }
    assert_eq!(store.read().search(&Query { skip: 9, ..all }).total, 2);
}

#[test]
fn precision_is_of_the_alarms_that_were_judged() {
    let store = Store::default();
    for (minute, verdict) in [
        (0, Some(Verdict::Useful)),
        (100, Some(Verdict::Useful)),
        (200, Some(Verdict::NotUseful)),
        (300, None),
    ] {
        let spike = spike("acme", minute, true);
        take(&store, &spike);
        let judged = verdict.map(|verdict| Judged {
            verdict,
            by: "Noor".to_owned(),
            at: at(minute),
        });
        let feedback = Feedback {
            judged,
            ..Feedback::none(&spike)
        };
        store.take_feedback(&spike.id, Some(feedback));
    }
    let outcomes = store.read().outcomes()["acme"];
    assert_eq!(outcomes.unjudged, 1);
    assert!((outcomes.precision().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    let first = spike("acme", 0, true).id;
    store.take_feedback(&first, None);
    assert_eq!(store.read().outcomes()["acme"].unjudged, 2);
    assert_eq!(Outcomes::default().precision(), None);
}

fn scored(brand: &str, minute: i64, label: &str) -> String {
    json!({"id": format!("{minute}"), "brand": brand, "platform": "x", "text": "Een bericht",
        "created_at": at(minute),
        "score": {"label": label, "confidence": 1.0, "model": "given",
            "probabilities": {"negative": 1.0, "neutral": 0.0, "positive": 0.0}}})
    .to_string()
}

#[test]
fn counts_are_of_the_last_hour_of_event_time() {
    let store = Store::default();
    for minute in [0, 50, 59, 55, 60] {
        store.take_scored(scored("acme", minute, "negative").as_bytes());
    }
    store.take_scored(scored("acme", 58, "neutral").as_bytes());
    store.take_scored(b"not a record");
    let counts = store.read().counts().of("acme").unwrap();
    assert_eq!((counts.negative, counts.total), (4, 5));
    assert_eq!(store.read().now(), Some(at(60)));
    // An hour later, told by a heartbeat, nothing of it is left.
    store.take_scored(mention::heartbeat(at(200)).as_bytes());
    let counts = store.read().counts().of("acme").unwrap();
    assert_eq!(counts.share(), None);
}

#[test]
fn readers_are_told_of_changes() {
    let store = Store::default();
    let changes = store.changes();
    assert!(!changes.has_changed().unwrap());
    take(&store, &spike("acme", 0, false));
    assert!(changes.has_changed().unwrap());
}
