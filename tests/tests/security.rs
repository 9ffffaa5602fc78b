//! Encryption, identity and rights: the service runs with the right ones, and each
//! wrong one is told in one clear sentence.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::{Connection, admin};
use mention::Topic;
use sentiment::Model;
use service::{Context, Settings, clock};
use tests::mentions::mention;
use tests::{Deployment, SecureKafka};

/// What the scoring service says when it is started like this.
fn message(connection: Connection) -> String {
    let mut settings = Settings::new(connection);
    settings.patience = Duration::from_secs(5);
    let timer = Instant::now();
    let model = Arc::new(Model::embedded().unwrap());
    let result = score::run(&settings, model, &Context::default());
    let taken = timer.elapsed();
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    result.unwrap_err().to_string()
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    let missing: Vec<_> = parts.iter().filter(|part| !text.contains(**part)).collect();
    assert!(missing.is_empty(), "{missing:?} isn't in: {text}");
    assert!(!text.contains("correct horse"), "a password: {text}");
}

/// A mention goes in and its score comes out.
fn assert_scores(connection: Connection) {
    let deployment = Deployment::at(connection, 1);
    let value = mention("acme", 1, clock::now(), "Weer te laat bezorgd", "");
    deployment.write(Topic::Mentions, [(0, value.as_bytes())]);
    let context = Context::default();
    let settings = Settings::new(deployment.connection.clone());
    let stop = context.shutdown.clone();
    let service = std::thread::spawn(move || {
        let model = Arc::new(Model::embedded().unwrap());
        score::run(&settings, model, &context)
    });
    let topic = deployment.connection.topic(Topic::Scored);
    let quiet = Duration::from_millis(200);
    let found = deployment.read(&topic, 1, Duration::from_secs(30), quiet);
    stop.request();
    service.join().unwrap().unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn a_client_certificate_is_enough() {
    let broker = SecureKafka::shared();
    let [good, ..] = broker.pairs();
    assert_scores(broker.over_tls(Some(good)));
}

#[test]
fn a_password_over_tls_is_enough() {
    assert_scores(SecureKafka::shared().over_scram("ophef", "correct horse"));
}

#[test]
fn a_wrong_password_is_told() {
    let text = message(SecureKafka::shared().over_scram("ophef", "wrong"));
    assert_says(
        &text,
        &["refuses the user name or password", "[kafka.security]"],
    );
}

#[test]
fn certificates_that_the_broker_refuses_are_told() {
    let broker = SecureKafka::shared();
    let [_, expired, foreign] = broker.pairs();
    for pair in [Some(expired), Some(foreign), None] {
        let text = message(broker.over_tls(pair));
        assert_says(&text, &["no TLS connection", "`certificate_file`"]);
    }
}

#[test]
fn a_broker_of_an_unknown_authority_is_told() {
    let broker = SecureKafka::shared();
    let [good, ..] = broker.pairs();
    let mut connection = broker.over_tls(Some(good));
    connection.security.ca_file = Some(broker.foreign_authority());
    assert_says(&message(connection), &["no TLS connection", "`ca_file`"]);
}

#[test]
fn a_missing_right_is_told() {
    let broker = SecureKafka::shared();
    let deployment = Deployment::at(broker.administrator(), 1);
    let mut connection = broker.over_scram("guest", "correct horse");
    connection
        .topic_prefix
        .clone_from(&deployment.connection.topic_prefix);
    let text = message(connection.clone());
    assert_says(
        &text,
        &["doesn't let this user", "grant it the right (ACL)"],
    );
    // The administrative commands say it as well.
    let plans = admin::plans(&connection, 1, 1);
    let text = admin::create(&connection, &plans).unwrap_err().to_string();
    assert_says(&text, &["ACL"]);
}
