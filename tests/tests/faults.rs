//! Faults that nobody but an operator can mend: each ends in one clear sentence.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::{Connection, GroupProtocol};
use mention::Topic;
use sentiment::Model;
use service::{Context, Settings, clock, tasks};
use tests::mentions::mention;
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

/// Keys are spread anew by it: a brand's records would go on in another partition than
/// its state is in, or be scored in another order.
#[test]
fn a_partition_added_to_a_running_service_is_refused() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    // The broker tells it at once; a client would look only every five minutes.
    let (service, _) = start_and_score_in(&deployment, GroupProtocol::Consumer, 0);
    let connection = &deployment.connection;
    for topic in [Topic::Scored, Topic::Mentions] {
        kafka::admin::add_partitions(connection, &connection.topic(topic), 3).unwrap();
    }
    let text = service.join().unwrap().unwrap_err().to_string();
    let topic = connection.topic(Topic::Mentions);
    assert!(
        text.contains(&format!("{topic} has 3 partitions and had 2")),
        "{text}"
    );
    // Started again, the topics go together, and scoring keeps no state.
    let (service, context) = start_and_score_in(&deployment, GroupProtocol::Classic, 2);
    context.shutdown.request();
    service.join().unwrap().unwrap();
}

/// Starts the service and waits until it has scored a mention in `partition`.
fn start_and_score_in(
    deployment: &Deployment,
    protocol: GroupProtocol,
    partition: i32,
) -> (tasks::Thread<Result<(), service::Error>>, Context) {
    let mut settings = Settings::new(deployment.connection.clone());
    settings.group_protocol = protocol;
    let context = Context::default();
    let (of_service, progress) = (context.clone(), context.progress("score"));
    let model = Arc::new(Model::embedded().unwrap());
    let work = move || score::run(&settings, model, &of_service);
    let service = tasks::thread("score", work).unwrap();
    let value = mention("acme", 1, clock::now(), "Weer te laat bezorgd", "");
    deployment.write(Topic::Mentions, [(partition, value.as_bytes())]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while progress.of(partition).records == 0 {
        assert!(Instant::now() < deadline, "nothing was scored");
        std::thread::sleep(Duration::from_millis(20));
    }
    (service, context)
}
