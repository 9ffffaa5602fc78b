//! Stopping in good order, whatever is going on: SIGTERM ends an instance well within
//! ten seconds (which [`Instance::stop`] insists on), and nothing is lost or doubled.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use mention::Topic;
use service::clock;
use tests::mentions::mention;
use tests::{Deployment, Instance, InstanceSettings, Network, Proxy, RealKafka};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
const PARTITIONS: u16 = 4;
const SECOND: Duration = Duration::from_secs(1);
const WITHIN: Duration = Duration::from_secs(60);

fn write(deployment: &Deployment, ids: std::ops::Range<usize>) {
    let text = "Weer te laat bezorgd, erg slecht";
    let values: Vec<String> = ids
        .map(|id| mention("acme", id, clock::now(), text, ""))
        .collect();
    let partition = |index: usize| i32::try_from(index % usize::from(PARTITIONS)).unwrap();
    let records = values.iter().enumerate();
    deployment.write(
        Topic::Mentions,
        records.map(|(i, value)| (partition(i), value.as_bytes())),
    );
}

/// Each of the ids 0 to `count` must have been scored, and only once.
fn assert_each_once(deployment: &Deployment, count: usize) {
    let topic = deployment.connection.topic(Topic::Scored);
    let scored = deployment.read(&topic, count, WITHIN, SECOND);
    let id = |found: &tests::Found| {
        let record: serde_json::Value = serde_json::from_slice(&found.value).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    let ids: BTreeSet<String> = scored.iter().map(id).collect();
    assert_eq!((ids.len(), scored.len()), (count, count));
}

/// Two services at work, reached through `brokers`.
fn start(deployment: &Deployment, brokers: &str, names: [&'static str; 2]) -> Vec<Instance> {
    let services = ["score", "watch"].into_iter().zip(names);
    let instances = services.map(|(service, name)| {
        let settings = InstanceSettings {
            service,
            name,
            brokers: Some(brokers.to_owned()),
            ..InstanceSettings::default()
        };
        Instance::start(INSTANCE, deployment, &settings)
    });
    instances.collect()
}

/// Asks all to stop at once, and waits for each.
fn stop(instances: Vec<Instance>) {
    instances
        .iter()
        .for_each(|instance| instance.signal("TERM"));
    instances.into_iter().for_each(|instance| {
        instance.stopped();
    });
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn instances_stop_in_time_when_the_broker_is_gone_or_silent() {
    let proxy = Proxy::start();
    let broker = RealKafka::start_behind(&proxy);
    let deployment = Deployment::on(&broker, PARTITIONS);
    let brokers = broker.connection_through(&proxy).brokers;
    let mut written = 0;
    for network in [Network::Cut, Network::Stalled, Network::HalfOpen] {
        let running = start(&deployment, &brokers, ["1", "1"]);
        write(&deployment, written..written + 2_000);
        written += 2_000;
        let topic = deployment.connection.topic(Topic::Scored);
        assert!(
            deployment
                .read(&topic, written, WITHIN, Duration::ZERO)
                .len()
                >= written
        );
        // Something is under way when it happens.
        write(&deployment, written..written + 2_000);
        written += 2_000;
        proxy.set(network);
        let waiting = start(&deployment, &brokers, ["2", "2"]);
        sleep(SECOND);
        stop(running.into_iter().chain(waiting).collect());
        proxy.set(Network::Open);
    }
    let last = start(&deployment, &brokers, ["1", "1"]);
    assert_each_once(&deployment, written);
    stop(last);
}

#[test]
fn instances_stop_in_time_in_the_middle_of_a_rebalance() {
    let deployment = Deployment::on(RealKafka::shared(), PARTITIONS);
    let brokers = deployment.connection.brokers.clone();
    let last = start(&deployment, &brokers, ["0", "0"]);
    write(&deployment, 0..2_000);
    for (round, pause) in [100, 300, 600].into_iter().enumerate() {
        // They join while others leave.
        let first = start(&deployment, &brokers, ["1", "1"]);
        sleep(Duration::from_millis(pause));
        let second = start(&deployment, &brokers, ["2", "2"]);
        write(&deployment, (round + 1) * 2_000..(round + 2) * 2_000);
        sleep(Duration::from_millis(pause));
        stop(first.into_iter().chain(second).collect());
    }
    assert_each_once(&deployment, 8_000);
    stop(last);
}
