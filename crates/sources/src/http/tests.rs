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
    let (writer, _thread) = Writer::start(&connection, "1", &metrics, &context).unwrap();
    routes(Arc::new(Door {
        rate: bucket(settings.max_mentions_per_second),
        room: Room::new(settings.max_pending_bytes),
        settings,
        writer,
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
