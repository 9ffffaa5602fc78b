//! The loop around every stage: consume, step, produce, commit.
//!
//! Outputs, dead letters, snapshots and offsets are committed together. When a
//! commit is aborted, everything since the last one is done again: partitions go
//! back to their committed offsets and state is restored as after a start, so
//! that there is one way to recover and it is used often enough to be trusted.

mod backoff;
mod counts;
mod dead_share;
mod place;
mod session;
mod work;

use std::time::Duration;

use kafka::admin;

pub(crate) use self::counts::Families;

use self::backoff::Backoff;
use self::counts::Counts;
use self::session::Session;
use crate::{Context, Error, Plan, Settings, Stage};

/// How long one try to reach the broker takes.
const STEP: Duration = Duration::from_secs(4);

/// Runs `stage` until stopping is asked for or a lasting fault comes up.
///
/// A passing fault – a broker restarting, a coordinator moving – is waited out
/// with growing, jittered pauses.
///
/// # Errors
/// A lasting fault. At the start a broker that stays out of reach for
/// `settings.patience` is one, too.
pub fn run<S: Stage>(stage: &mut S, settings: &Settings, context: &Context) -> Result<(), Error> {
    let mut settings = settings.clone();
    settings.connection.deadline = context.shutdown.deadline();
    let settings = &settings;
    let plan = stage.plan();
    let counts = Counts::register(context, plan.name)?;
    let part = context.health.enter(plan.name);
    let mut backoff = Backoff::default();
    let mut partitions = match reach(&plan, settings, context, &part) {
        Err(Error::Kafka(fault)) if fault.is_passing() && context.shutdown.is_requested() => {
            return Ok(());
        }
        other => other?,
    };
    while !context.shutdown.is_requested() {
        let mut session = Session {
            plan,
            settings,
            context,
            counts: &counts,
            part: &part,
            backoff: &mut backoff,
            partitions,
        };
        match session.run(stage) {
            Err(Error::Kafka(fault)) if fault.is_passing() && context.shutdown.is_requested() => {
                let stage = plan.name;
                tracing::warn!(stage, error = %fault, "left; what isn't committed is done again");
            }
            Err(Error::Kafka(fault)) if fault.is_passing() => {
                part.set(false, &format!("waiting: {fault}"));
                let wait = backoff.next();
                tracing::warn!(stage = plan.name, error = %fault, ?wait, "beginning anew");
                context.shutdown.sleep(wait);
                // The broker may have come back with other topics.
                partitions = reach_again(&plan, settings, context, &part, &mut backoff)?
                    .unwrap_or(partitions);
            }
            other => other?,
        }
    }
    Ok(())
}

/// Waits as long as it takes: the broker is known to exist. `None` if stopping
/// was asked for meanwhile.
fn reach_again(
    plan: &Plan,
    settings: &Settings,
    context: &Context,
    part: &crate::Part,
    backoff: &mut Backoff,
) -> Result<Option<i32>, Error> {
    while !context.shutdown.is_requested() {
        match reach(plan, settings, context, part) {
            Ok(partitions) => return Ok(Some(partitions)),
            Err(Error::Kafka(fault)) if fault.is_passing() => {
                tracing::warn!(stage = plan.name, error = %fault, "still waiting");
                context.shutdown.sleep(backoff.next());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Waits for a broker and checks the topics. Returns the partitions of the input.
fn reach(
    plan: &Plan,
    settings: &Settings,
    context: &Context,
    part: &crate::Part,
) -> Result<i32, Error> {
    part.set(false, "waiting for Kafka");
    let connection = &settings.connection;
    let deadline = std::time::Instant::now() + settings.patience;
    // In steps, so that a request to stop isn't kept waiting.
    loop {
        let reached = admin::reach(connection, STEP).map_err(Error::from);
        let fault = match reached.and_then(|()| check_topics(plan, settings)) {
            Err(Error::Kafka(fault)) if fault.is_passing() => fault,
            other => return other,
        };
        if std::time::Instant::now() >= deadline || context.shutdown.is_requested() {
            return Err(fault.into());
        }
        tracing::warn!(stage = plan.name, error = %fault, "waiting for Kafka");
    }
}

/// Every topic is there, and those that keep a record's partition have as many
/// as the input.
fn check_topics(plan: &Plan, settings: &Settings) -> Result<i32, Error> {
    let connection = &settings.connection;
    let input = connection.topic(plan.input);
    let same = plan.outputs.iter().filter(|topic| !topic.is_compacted());
    let same = same
        .chain(&plan.changelog)
        .map(|&topic| (connection.topic(topic), true));
    let free = plan.outputs.iter().filter(|topic| topic.is_compacted());
    let free = free.map(|&topic| (connection.topic(topic), false));
    let dead = (connection.dead_topic(plan.input), false);
    let others: Vec<(String, bool)> = same.chain(free).chain([dead]).collect();
    let names: Vec<String> = [input.clone()]
        .into_iter()
        .chain(others.iter().map(|(name, _)| name.clone()))
        .collect();
    let found = admin::partitions(connection, &names, STEP)?;
    let partitions = found[0];
    for ((name, must_match), count) in others.into_iter().zip(found.into_iter().skip(1)) {
        if must_match && count != partitions {
            return Err(Error::Partitions {
                first: input,
                first_partitions: partitions,
                second: name,
                second_partitions: count,
            });
        }
    }
    Ok(partitions)
}
