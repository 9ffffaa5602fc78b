//! The description of the interface, held against the routes.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;

use super::*;

/// A door whose writer has no Kafka to write to: what is refused gets no further.
fn door() -> Router {
    let connection = kafka::Connection::plaintext("127.0.0.1:1");
    let service = service::Settings::new(connection.clone());
    let listen = "127.0.0.1:0".parse().unwrap();
    let settings = Settings::new(service, listen, vec!["a token of a test".to_owned().into()]);
    let context = Context::default();
    let metrics = Metrics::register(&context.registry).unwrap();
    let start = |topic| Writer::start(topic, &connection, "1", &metrics, &context).unwrap();
    let (mentions, totals) = (start(Topic::Raw).0, start(Topic::CampaignEvents).0);
    routes(Arc::new(Door {
        rate: bucket(settings.max_mentions_per_second),
        room: Room::new(settings.max_pending_bytes),
        settings,
        mentions,
        totals,
        metrics,
    }))
}

#[tokio::test]
async fn what_is_described_is_served_and_nothing_else() {
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let paths = described["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let request = Request::builder().method(method).uri(path);
            let response = door()
                .oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            let status = response.status().as_u16();
            let operation = &operations[method.to_ascii_lowercase()];
            if operation.is_null() {
                assert_eq!(status, 405, "{method} {path}");
            } else {
                let known = operation["responses"].get(status.to_string());
                assert!(known.is_some(), "{method} {path}: {status} isn't described");
            }
        }
    }
    // Each route is named once in `routes`, and nowhere else.
    let served = include_str!("mod.rs").matches(".route(\"").count();
    assert_eq!(served, paths.len());
}

#[test]
fn every_format_is_described() {
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let formats = &described["paths"]["/v1/mentions"]["post"]["parameters"][0]["schema"]["enum"];
    let names = decode::Format::ALL.map(decode::Format::as_str);
    assert_eq!(*formats, Value::from(names.to_vec()));
}

#[test]
fn totals_are_described_as_their_topic_has_them() {
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let described = &described["components"]["schemas"]["CampaignEvent"];
    let topic = include_str!("../../../../schemas/ophef.campaign-events.v1.json");
    let topic: Value = serde_json::from_str(topic).unwrap();
    assert_eq!(described["required"], topic["required"]);
    let names = |schema: &Value| {
        let fields = schema["properties"].as_object().unwrap();
        fields.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(described), names(&topic));
    // The example is taken.
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let content = &described["paths"]["/v1/campaign-events"]["post"]["requestBody"]["content"];
    let example = content["application/json"]["example"].to_string();
    let (records, faults) = totals("application/json", &example);
    assert_eq!((records.len(), faults.len()), (1, 0));
}

/// What is made of a body: records, or the pointers and reasons of its faults.
type Made = (Vec<crate::RawRecord>, Vec<(String, &'static str)>);

fn made(
    kind: &'static str,
    body: &str,
    content: impl FnOnce(&HeaderMap) -> Result<Content, Problem>,
) -> Made {
    let kind = axum::http::HeaderValue::from_static(kind);
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
    let options = decode::Options {
        mapping: Some(decode::Mapping {
            pointers: [
                ("id", "/uid"),
                ("created_at", "/when"),
                ("text", "/body/text"),
            ]
            .map(|(field, pointer)| (field.to_owned(), pointer.to_owned()))
            .into(),
            platform: None,
        }),
        ..decode::Options::default()
    };
    let content = content(&headers).unwrap();
    match body::records(&body.to_owned().into(), &content, &options) {
        Ok(records) => (records, Vec::new()),
        Err(problem) => {
            let faults = problem.faults.into_iter();
            let faults = faults.map(|fault| (fault.pointer, fault.reason));
            (Vec::new(), faults.collect())
        }
    }
}

fn totals(kind: &'static str, body: &str) -> Made {
    made(kind, body, Content::of_totals)
}

#[test]
fn mentions_that_would_be_rejected_later_are_refused_by_the_path_of_the_field() {
    let good = r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"Kapot"}"#;
    let mention = |body: &str| {
        let content = |headers: &HeaderMap| Content::of(headers, None);
        made("application/json", body, content)
    };
    assert_eq!(mention(good).0.len(), 1);
    let ahead = service::clock::now().plus_millis(2 * mention::EventTime::DAY_MS);
    for (from, to, pointer, reason) in [
        ("\"id\":\"1\",", "", "/id", "missing_field"),
        ("\"1\"", "\"\"", "/id", "bad_field"),
        ("\"1\"", "1", "/id", "bad_field"),
        ("created_at", "createdAt", "/created_at", "missing_field"),
        (
            "2026-03-02T09:00:00Z",
            "2026-03-02 9h",
            "/created_at",
            "bad_field",
        ),
        ("2026-", "1926-", "/created_at", "time_out_of_range"),
        (
            "2026-03-02T09:00:00Z",
            &ahead.to_string(),
            "/created_at",
            "time_ahead",
        ),
        ("text", "body", "/text", "missing_field"),
        ("Kapot", " ", "/text", "empty_text"),
        ("Kapot", &"x".repeat(65_537), "/text", "text_too_long"),
        ("\"text\"", "\"rating\":9,\"text\"", "/rating", "bad_field"),
        (
            "\"text\"",
            "\"engagement\":{\"likes\":\"no\"},\"text\"",
            "/engagement/likes",
            "bad_field",
        ),
        ("acme", "Ac Me", "/brand", "bad_field"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        let (records, faults) = mention(&format!("[{good},{bad}]"));
        assert_eq!(records.len(), 0, "{to}");
        assert_eq!(faults, [(format!("/1{pointer}"), reason)], "{to}");
    }
    // Of a public stream, posts without words belong to nobody; they aren't at fault.
    let bare = r#"{"did":"did:plc:a","time_us":1772442000000000,"kind":"commit","commit":{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k","record":{"$type":"app.bsky.feed.post","createdAt":"2026-03-02T09:00:00Z","text":""}}}"#;
    let content = |headers: &HeaderMap| Content::of(headers, Some("jetstream"));
    assert_eq!(made("application/json", bare, content).0.len(), 1);
}

#[test]
fn any_json_is_read_by_the_mapping_that_ingest_has() {
    let content = |headers: &HeaderMap| Content::of(headers, Some("json"));
    let good = r#"{"uid":"1","when":"2026-03-02T09:00:00Z","body":{"text":"Kapot"}}"#;
    assert_eq!(made("application/json", good, content).0.len(), 1);
    let bad = good.replace("2026-03-02T09", "soon");
    let (_, faults) = made("application/json", &format!("[{good},{bad}]"), content);
    assert_eq!(faults, [("/1/when".to_owned(), "bad_field")]);
}

#[test]
fn totals_go_on_as_they_came_by_their_brand() {
    let one = r#"{"brand":"acme","campaign":"Spring","platform":"x","created_at":"2026-03-03T09:00:00Z","clicks": 3,"own":"field"}"#;
    let two = one.replace("acme", "donsbeer");
    let (records, _) = totals("application/x-ndjson", &format!("{one}\r\n\n {two}"));
    let found: Vec<_> = records
        .iter()
        .map(|record| (&record.key[..], &record.value[..], record.format))
        .collect();
    let expected = [
        (&b"acme"[..], one.as_bytes(), None),
        (&b"donsbeer"[..], two.as_bytes(), None),
    ];
    assert_eq!(found, expected);
    let (records, _) = totals("application/json", &format!("[{one},{two}]"));
    assert_eq!(records.len(), 2);
}

#[test]
fn totals_at_fault_are_refused_by_the_path_of_the_field() {
    let good = r#"{"brand":"acme","campaign":"spring","platform":"x","created_at":"2026-03-03T09:00:00Z","clicks":3}"#;
    let ahead = service::clock::now().plus_millis(2 * mention::EventTime::DAY_MS);
    let began_later = format!("\"created_at\":\"{ahead}\"");
    let read_later = format!("\"observed_at\":\"{ahead}\",\"clicks\"");
    for (from, to, pointer, reason) in [
        ("\"clicks\":3", "\"clicks\":-3", "/clicks", "bad_field"),
        ("\"clicks\":3", "\"clicks\":\"3\"", "/clicks", "bad_field"),
        ("\"clicks\":3", "\"spend\":3", "/currency", "missing_field"),
        (",\"clicks\":3", "", "", "missing_field"),
        ("\"brand\":\"acme\",", "", "/brand", "missing_field"),
        ("acme", "Ac Me", "/brand", "bad_field"),
        ("spring", " ", "/campaign", "bad_field"),
        ("03T09", "33T09", "/created_at", "bad_field"),
        (
            "\"created_at\":\"2026-03-03T09:00:00Z\"",
            &began_later,
            "/created_at",
            "time_ahead",
        ),
        ("\"clicks\"", &read_later, "/observed_at", "time_ahead"),
        (good, "{", "", "not_json"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        let (records, faults) = totals("application/x-ndjson", &format!("{good}\n{bad}"));
        assert_eq!(records.len(), 0, "{to}");
        assert_eq!(faults, [(pointer.to_owned(), reason)], "{to}");
        // Of an array the pointer names the item too.
        if good != from {
            let (_, faults) = totals("application/json", &format!("[{good},{bad}]"));
            assert_eq!(faults, [(format!("/1{pointer}"), reason)], "{to}");
        }
    }
    let large = good.replace("spring", &"s".repeat(mention::MAX_CAMPAIGN_EVENT_BYTES));
    let (_, faults) = totals("application/json", &large);
    assert_eq!(faults, [(String::new(), "record_too_large")]);
}
