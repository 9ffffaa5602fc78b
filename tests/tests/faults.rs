//! Faults that nobody but an operator can mend: each ends in one clear sentence.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::Connection;
use sentiment::Model;
use service::{Context, Settings};
use tests::{Deployment, RealKafka};

/// What the scoring service says when it is started like this.
fn message(connection: Connection) -> String {
    let mut settings = Settings::new(connection);
    settings.patience = Duration::from_secs(3);
    let model = Arc::new(Model::embedded().unwrap());
    let result = score::run(&settings, model, &Context::default());
    result.unwrap_err().to_string()
}

#[test]
fn a_broker_out_of_reach_is_named() {
    let timer = Instant::now();
    // Port 1 needs privileges to listen on: nothing does.
    let text = message(Connection::plaintext("127.0.0.1:1"));
    assert!(
        text.contains("no Kafka broker answers at 127.0.0.1:1"),
        "{text}"
    );
    assert!(text.contains("`brokers` under [kafka]"), "{text}");
    assert!(
        timer.elapsed() < Duration::from_secs(15),
        "{:?}",
        timer.elapsed()
    );
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let broker = RealKafka::shared();
    let timer = Instant::now();
    let text = message(broker.connection_as("ophef", "wrong"));
    assert!(text.contains("refuses the user name or password"), "{text}");
    assert!(
        text.contains("[kafka.security]") && !text.contains("wrong"),
        "{text}"
    );
    assert!(
        timer.elapsed() < Duration::from_secs(10),
        "{:?}",
        timer.elapsed()
    );
    // With the right one it gets as far as the topics.
    let text = message(broker.connection_as("ophef", "correct horse"));
    assert!(text.contains("`ophef topics create`"), "{text}");
}

#[test]
fn a_missing_topic_is_named_with_the_command_that_makes_it() {
    let deployment = Deployment::without_topics(RealKafka::shared(), 2);
    let text = message(deployment.connection.clone());
    let topic = deployment.connection.topic(mention::Topic::Mentions);
    assert!(
        text.contains(&topic) && text.contains("`ophef topics create`"),
        "{text}"
    );
}

#[test]
fn topics_that_do_not_go_together_are_named() {
    let deployment = Deployment::without_topics(RealKafka::shared(), 2);
    let connection = &deployment.connection;
    let mut plans = kafka::admin::plans(connection, 2, 1);
    let scored = connection.topic(mention::Topic::Scored);
    plans
        .iter_mut()
        .filter(|plan| plan.name == scored)
        .for_each(|plan| plan.partitions = 3);
    kafka::admin::create(connection, &plans).unwrap();
    let text = message(connection.clone());
    assert!(text.contains("2 and 3 partitions"), "{text}");
}
