//! Faults under load, in short: what is committed is as if nothing had happened.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use mention::Topic;
use service::clock;
use tests::mentions::mention;
use tests::{Deployment, Instance, InstanceSettings, RealKafka};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
const PARTITIONS: u16 = 4;
const WITHIN: Duration = Duration::from_secs(90);

fn score(name: &'static str, deployment: &Deployment) -> Instance {
    let service = "score";
    Instance::start(INSTANCE, deployment, &InstanceSettings { service, name })
}

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
    let scored = deployment.read(&topic, count, WITHIN, Duration::from_secs(2));
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for found in &scored {
        let record: serde_json::Value = serde_json::from_slice(&found.value).unwrap();
        *times
            .entry(record["id"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let twice = times.values().filter(|&&times| times > 1).count();
    assert_eq!((times.len(), twice, scored.len()), (count, 0, count));
}

#[test]
fn partitions_move_between_instances() {
    let deployment = Deployment::on(RealKafka::shared(), PARTITIONS);
    let first = score("first", &deployment);
    write(&deployment, 0..4_000);
    sleep(Duration::from_secs(1));
    let second = score("second", &deployment);
    write(&deployment, 4_000..8_000);
    sleep(Duration::from_secs(1));
    let third = score("third", &deployment);
    write(&deployment, 8_000..12_000);
    first.kill();
    write(&deployment, 12_000..16_000);
    sleep(Duration::from_secs(1));
    second.stop();
    let first = score("first", &deployment);
    write(&deployment, 16_000..20_000);
    assert_each_once(&deployment, 20_000);
    first.stop();
    third.stop();
}

#[test]
fn the_broker_crashes_and_comes_back() {
    let mut broker = RealKafka::start();
    let deployment = Deployment::on(&broker, PARTITIONS);
    let instance = score("1", &deployment);
    for round in 0..2 {
        write(&deployment, round * 5_000..(round + 1) * 5_000);
        sleep(Duration::from_millis(600));
        broker.crash(Duration::from_secs(1));
    }
    assert_each_once(&deployment, 10_000);
    instance.stop();
}
