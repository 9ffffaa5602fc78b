//! Faults under load: what is committed is as if nothing had happened.
//!
//! Each run has a real broker of its own, two instances of each service in processes
//! of their own behind a network that can fail, and a load with waves of complaints and
//! records that nobody can read. While it is written, faults come one after the other
//! in a random order and at random times. In the end the scored records of each
//! partition, the dead letters, and every revision of every spike are compared byte for
//! byte with what the same stages give in memory over the same input.
//!
//! The short form is part of the tests; the long one is `make chaos`. The seed that is
//! printed can be given as `CHAOS_SEED`: load, faults and pauses are the same then
//! (the moment at which a fault hits inside a process is the machine's own affair).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

mod bounds;
mod experiment;
mod load;
mod reference;
mod site;
mod stop;
mod team;

use std::time::Duration;

use kafka::GroupProtocol;

use crate::experiment::{Fault, Plan, run};
use crate::site::Kind;

/// The seed of this run: the one that is given, or always the same, so that a change
/// that broke nothing isn't blamed for a rare accident.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests aren't a service with settings"
)]
fn seed() -> u64 {
    let given = std::env::var("CHAOS_SEED").ok();
    given.map_or(1, |seed| {
        seed.parse().expect("CHAOS_SEED is a whole number")
    })
}

fn plan(name: &'static str, faults: &[(Fault, usize)], pause: Duration) -> Plan {
    Plan {
        name,
        seed: seed(),
        rate: 2_000,
        faults: faults.to_vec(),
        pause,
        at_least: Duration::from_secs(10),
        kind: Kind::Network,
        protocol: GroupProtocol::Classic,
    }
}

#[test]
fn crashes_change_nothing() {
    let faults = [(Fault::KillScore, 5), (Fault::KillWatch, 5)];
    let mut plan = plan("short", &faults, Duration::from_millis(800));
    // Long enough for waves of complaints.
    plan.at_least = Duration::from_secs(35);
    run(&plan);
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_a_little_of_everything() {
    let faults = [
        (Fault::KillScore, 3),
        (Fault::KillWatch, 3),
        (Fault::Leave, 1),
        (Fault::Freeze, 1),
        (Fault::SameName, 1),
        (Fault::Cut, 1),
        (Fault::Stalled, 1),
        (Fault::HalfOpen, 1),
        (Fault::Broker, 1),
        (Fault::Clock, 2),
    ];
    run(&plan(
        "everything, short",
        &faults,
        Duration::from_millis(800),
    ));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_without_faults() {
    // The yardstick itself: the stages in memory give what the services commit.
    let mut plan = plan("without faults", &[], Duration::ZERO);
    plan.at_least = Duration::from_secs(20);
    run(&plan);
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_killed() {
    let faults = [(Fault::KillScore, 60), (Fault::KillWatch, 60)];
    run(&plan("kill -9", &faults, Duration::from_secs(2)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_crashing_broker() {
    let faults = [(Fault::Broker, 10)];
    run(&plan("broker killed", &faults, Duration::from_secs(6)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_failing_network() {
    let faults = [
        (Fault::Cut, 8),
        (Fault::Stalled, 8),
        (Fault::HalfOpen, 8),
        (Fault::Slow, 4),
        (Fault::LongStall, 2),
    ];
    run(&plan("network", &faults, Duration::from_secs(5)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_rebalances_every_second() {
    let faults = [(Fault::Leave, 60), (Fault::Freeze, 10)];
    run(&plan("rebalances", &faults, Duration::from_millis(1_500)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_rebalances_dealt_by_the_broker() {
    let faults = [
        (Fault::Leave, 40),
        (Fault::Freeze, 10),
        (Fault::KillScore, 10),
        (Fault::KillWatch, 10),
        (Fault::Broker, 1),
    ];
    let mut plan = plan("KIP-848", &faults, Duration::from_millis(1_500));
    plan.protocol = GroupProtocol::Consumer;
    run(&plan);
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_same_names() {
    let faults = [(Fault::SameName, 12)];
    run(&plan("same name", &faults, Duration::from_secs(4)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_moving_coordinator() {
    let faults = [(Fault::Coordinator, 8)];
    let mut plan = plan("coordinator moved", &faults, Duration::from_secs(8));
    plan.kind = Kind::Pair;
    run(&plan);
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_full_disk() {
    let faults = [(Fault::Disk, 5)];
    let mut plan = plan("disk full", &faults, Duration::from_secs(6));
    plan.kind = Kind::SmallDisk;
    run(&plan);
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_jumping_clocks() {
    let faults = [
        (Fault::Clock, 30),
        (Fault::KillScore, 5),
        (Fault::KillWatch, 5),
    ];
    run(&plan("clocks", &faults, Duration::from_secs(2)));
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_everything() {
    let faults = [
        (Fault::KillScore, 15),
        (Fault::KillWatch, 15),
        (Fault::Leave, 6),
        (Fault::Freeze, 6),
        (Fault::SameName, 4),
        (Fault::Cut, 4),
        (Fault::Stalled, 4),
        (Fault::HalfOpen, 4),
        (Fault::Slow, 2),
        (Fault::Broker, 4),
        (Fault::Clock, 4),
    ];
    run(&plan("everything", &faults, Duration::from_secs(2)));
}
