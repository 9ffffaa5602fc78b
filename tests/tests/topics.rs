//! Making and checking topics.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread::sleep;
use std::time::{Duration, Instant};

use kafka::Error;
use kafka::admin::{self, Created};
use mention::Topic;
use tests::{Deployment, RealKafka};

#[test]
fn topics_are_made_once_and_found_right() {
    let deployment = Deployment::without_topics(RealKafka::shared(), 3);
    let connection = &deployment.connection;
    let plans = admin::plans(connection, 3, 1);
    let missing = admin::check(connection, &plans).unwrap();
    assert_eq!(missing.len(), plans.len());
    assert!(missing[0].to_string().contains("`ophef topics create`"));

    let created = admin::create(connection, &plans).unwrap();
    assert!(created.iter().all(|(_, created)| *created == Created::New));
    let again = admin::create(connection, &plans).unwrap();
    assert!(
        again
            .iter()
            .all(|(_, created)| *created == Created::Existed)
    );
    // The broker hears of them from the controller, on a busy machine a moment later.
    let is_right = || admin::check(connection, &plans).unwrap().is_empty();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_right() && Instant::now() < deadline {
        sleep(Duration::from_millis(100));
    }
    assert_eq!(admin::check(connection, &plans).unwrap(), []);
}

#[test]
fn original_bytes_that_are_kept_too_long_are_a_fault() {
    let deployment = Deployment::without_topics(RealKafka::shared(), 1);
    let connection = &deployment.connection;
    let mut kept = admin::plans(connection, 1, 1);
    let raw = connection.topic(Topic::Raw);
    let dead = connection.dead_topic(Topic::Mentions);
    for plan in &mut kept {
        let for_ever = [(&raw, "-1"), (&dead, "31536000000")];
        let found = for_ever.into_iter().find(|(name, _)| **name == plan.name);
        if let Some((_, time)) = found {
            plan.settings.insert("retention.ms", time.to_owned());
        }
    }
    admin::create(connection, &kept).unwrap();
    let faults = admin::check(connection, &admin::plans(connection, 1, 1)).unwrap();
    let texts: Vec<String> = faults.iter().map(Error::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(
        texts.iter().all(|text| text.contains("retention.ms is")),
        "{texts:#?}"
    );
}

#[test]
fn differences_are_named_with_what_to_do() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let mut plans = admin::plans(&deployment.connection, 4, 1);
    let state = deployment.connection.topic(Topic::WatchState);
    let plan = plans.iter_mut().find(|plan| plan.name == state).unwrap();
    plan.settings
        .insert("max.message.bytes", "99000000".to_owned());
    let faults = admin::check(&deployment.connection, &plans).unwrap();
    let texts: Vec<String> = faults.iter().map(Error::to_string).collect();
    let partitions = texts
        .iter()
        .filter(|text| text.contains("2 partitions, not 4"))
        .count();
    assert_eq!(partitions, plans.len(), "{texts:#?}");
    assert!(
        texts
            .iter()
            .any(|text| text.contains(&state) && text.contains("set it to 99000000")),
        "{texts:#?}"
    );
}
