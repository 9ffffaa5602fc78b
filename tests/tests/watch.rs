//! The services with state on a real Kafka: the same spikes, conversations and summaries,
//! whatever is killed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use conversation::{Book, BookSettings, Change, Effects};
use detect::{BrandSettings, BrandWatch};
use kafka::{Delivery, Outgoing, Sink};
use mention::{EventTime, Mention, Record, Spike, Topic, append_score};
use sentiment::{Model, Post, Scorer};
use tests::mentions::crisis;
use tests::{Deployment, Found, Instance, InstanceSettings, RealKafka, data_file};
use trends::{About, BrandTrends};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");

/// The revisions of spikes as the detector alone gives them, as they are written.
fn expected(records: &[String]) -> Vec<String> {
    let mut watches: BTreeMap<String, BrandWatch> = BTreeMap::new();
    let mut spikes = Vec::new();
    for record in records {
        let Record::Mention(mention) = mention::parse(record.as_bytes()).unwrap() else {
            panic!("not a mention");
        };
        let brand = mention.brand.as_str().to_owned();
        let watch = watches
            .entry(brand.clone())
            .or_insert_with(|| BrandWatch::new(BrandSettings::new(brand)));
        watch.observe(&mention, &mut spikes);
    }
    let json = |spike: &Spike| serde_json::to_string(spike).unwrap();
    spikes.iter().map(json).collect()
}

/// State of an input that was deleted and created again would take its records
/// for ones that were counted before.
#[test]
fn state_of_another_input_is_refused() {
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let mut sink =
        Sink::connect(&deployment.connection, Delivery::AtLeastOnce, "tests", "1").unwrap();
    // A stamp: format, next offset, time heard, partitions.
    let (next, heard) = (1_000_i64.to_le_bytes(), i64::MIN.to_le_bytes());
    let stamp = [&[2][..], &next, &heard, &1_i32.to_le_bytes()].concat();
    sink.send(&Outgoing {
        topic: Topic::WatchState,
        partition: Some(0),
        key: Some(b"partition"),
        value: Some(&stamp),
        stamped_at: None,
    })
    .unwrap();
    sink.flush().unwrap();
    let records = crisis();
    deployment.write(Topic::Scored, [(0, records[0].as_bytes())]);
    let context = service::Context::default();
    let settings = watch::Settings::new(service::Settings::new(deployment.connection.clone()));
    let result = watch::run(&settings, &context);
    let message = result.unwrap_err().to_string();
    let gap = "ends at offset 1, but it was read up to 1000:";
    assert!(message.contains(gap), "{message}");
    assert!(message.contains("deleted and created again"), "{message}");
    assert!(message.contains("delete the consumer group"), "{message}");
}

/// The first commit says how far the state reaches, or a crash before the first snapshot
/// would leave what was counted until then behind.
#[test]
fn a_crash_before_the_first_snapshot_loses_no_state() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let records = crisis();
    let expected = expected(&records);
    let settings = InstanceSettings {
        service: "watch",
        name: "1",
        snapshot_interval: Some(Duration::from_secs(3_600)),
        ..InstanceSettings::default()
    };
    let topic = deployment.connection.topic(Topic::Spikes);
    let (within, quiet) = (Duration::from_secs(60), Duration::from_secs(2));
    // In the middle of the crisis: the first revision shows that what came before was
    // counted and committed.
    let begun = records.len() * 65 / 100;
    let first = Instance::start(INSTANCE, &deployment, &settings);
    let write = |part: &[String]| {
        let values = part.iter().map(|value| (0, value.as_bytes()));
        deployment.write(Topic::Scored, values);
    };
    write(&records[..begun]);
    let _ = deployment.read(&topic, 1, within, Duration::from_millis(100));
    first.kill();
    let second = Instance::start(INSTANCE, &deployment, &settings);
    write(&records[begun..]);
    let found = deployment.read(&topic, expected.len(), within, quiet);
    second.stop();
    let found: Vec<&str> = found
        .iter()
        .map(|found| std::str::from_utf8(&found.value).unwrap())
        .collect();
    assert!(found == expected, "{} and {}", found.len(), expected.len());
}

/// Writes the records in six parts, and kills or stops the service after each. Returns the
/// instance that works off the rest.
fn killed_again_and_again(
    service: &'static str,
    deployment: &Deployment,
    records: &[String],
) -> Instance {
    let settings = InstanceSettings {
        service,
        name: "1",
        ..InstanceSettings::default()
    };
    let parts = 6;
    let mut written = 0;
    for part in 1..=parts {
        let instance = Instance::start(INSTANCE, deployment, &settings);
        let end = records.len() * part / parts;
        let values = records[written..end].iter();
        deployment.write(Topic::Scored, values.map(|value| (0, value.as_bytes())));
        written = end;
        sleep(Duration::from_millis(200 + 500 * part as u64));
        if part % 3 == 0 {
            instance.stop();
        } else {
            instance.kill();
        }
    }
    Instance::start(INSTANCE, deployment, &settings)
}

#[test]
fn spikes_are_the_same_whatever_is_killed() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let records = crisis();
    let expected = expected(&records);
    assert!(expected[0].contains("\"pages\":true"), "{}", expected[0]);
    let last = killed_again_and_again("watch", &deployment, &records);
    let topic = deployment.connection.topic(Topic::Spikes);
    let (within, quiet) = (Duration::from_secs(60), Duration::from_secs(2));
    let found = deployment.read(&topic, expected.len(), within, quiet);
    last.stop();
    // One spike: all its revisions lie in one partition, in order.
    let found: Vec<&str> = found
        .iter()
        .map(|found| std::str::from_utf8(&found.value).unwrap())
        .collect();
    assert!(found == expected, "{} and {}", found.len(), expected.len());
}

fn mention_of(record: &str) -> Box<Mention<'_>> {
    match mention::parse_scored(record.as_bytes()).unwrap() {
        Record::Mention(mention) => mention,
        Record::Heartbeat(_) => panic!("the recording has no heartbeats"),
    }
}

/// Key and value of each record that the pure crate gives for them.
fn conversations(records: &[String]) -> Vec<(String, String)> {
    let mut books: BTreeMap<String, Book> = BTreeMap::new();
    let mut now = EventTime::from_millis(0);
    let (mut effects, mut all) = (Effects::default(), Vec::new());
    for record in records {
        let mention = mention_of(record);
        now = now.max(mention.created_at);
        let slug = mention.brand.as_str();
        let book = books.entry(slug.to_owned());
        let book = book.or_insert_with(|| Book::new(BookSettings::new(slug)));
        book.take(&mention, now, &mut effects);
        all.extend(effects.changes.drain(..).map(|change| match change {
            Change::Is(one) => (one.key(), serde_json::to_string(&one).unwrap()),
            Change::Gone(platform, id) => {
                let key = format!("{slug}/{}/{id:016x}", platform.as_str());
                (key, String::new())
            }
        }));
    }
    all
}

/// The figures of the pure crate are those of an independent script, to the second, which
/// is a test of its own.
#[test]
fn conversations_are_the_same_whatever_is_killed() {
    let Some(path) = data_file("spikes/support_stream.jsonl") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut scorer = Scorer::new(Arc::new(Model::embedded().unwrap()));
    let score = |line: &str| {
        let mut out = Vec::new();
        let score = scorer.score(&Post::of_mention(&mention_of(line)));
        append_score(line.as_bytes(), &score, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let records: Vec<String> = text.lines().map(score).collect();
    let expected = conversations(&records);
    assert!(expected.len() > 3_000, "{}", expected.len());
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let last = killed_again_and_again("care", &deployment, &records);
    let topic = deployment.connection.topic(Topic::Care);
    let (within, quiet) = (Duration::from_secs(60), Duration::from_secs(2));
    let found = deployment.read(&topic, expected.len(), within, quiet);
    last.stop();
    let found: Vec<(String, String)> = found
        .into_iter()
        .map(|found| (found.key, String::from_utf8(found.value).unwrap()))
        .collect();
    assert!(found == expected, "{} and {}", found.len(), expected.len());
}

/// All summaries as the trends alone give them, sorted.
fn summaries(records: &[String]) -> Vec<String> {
    summaries_with(records, &[])
}

/// The same where campaign events come before them.
fn summaries_with(records: &[String], events: &[String]) -> Vec<String> {
    let mut brands: BTreeMap<String, BrandTrends> = BTreeMap::new();
    let mut told = Vec::new();
    for event in events {
        let event = mention::parse_campaign_event(event.as_bytes()).unwrap();
        let trends = brands.entry(event.brand.as_str().to_owned());
        let trends = trends.or_insert_with_key(|brand| {
            let about = About::new(BrandSettings::new(brand.clone()), &[], &[]);
            BrandTrends::new(Arc::new(about))
        });
        trends.take_campaign(&event, event.observed_at.unwrap());
    }
    for record in records {
        let Record::Mention(mention) = mention::parse(record.as_bytes()).unwrap() else {
            panic!("not a mention");
        };
        let brand = mention.brand.as_str().to_owned();
        let trends = brands.entry(brand.clone()).or_insert_with(|| {
            let about = About::new(BrandSettings::new(brand), &[], &[]);
            BrandTrends::new(Arc::new(about))
        });
        trends.observe(&mention);
        let summary = trends.summary_if_due();
        told.extend(summary.map(|summary| serde_json::to_string(&summary).unwrap()));
    }
    told.sort();
    told
}

#[test]
fn trends_are_the_same_whatever_is_killed() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let records = crisis();
    let expected = summaries(&records);
    let settings = InstanceSettings {
        service: "insight",
        name: "1",
        ..InstanceSettings::default()
    };
    let parts = 4;
    let mut written = 0;
    for part in 1..=parts {
        let instance = Instance::start(INSTANCE, &deployment, &settings);
        let end = records.len() * part / parts;
        let values = records[written..end].iter();
        deployment.write(Topic::Scored, values.map(|value| (0, value.as_bytes())));
        written = end;
        sleep(Duration::from_millis(300 + 500 * part as u64));
        instance.kill();
    }
    let last = Instance::start(INSTANCE, &deployment, &settings);
    let topic = deployment.connection.topic(Topic::Insight);
    let (within, quiet) = (Duration::from_secs(60), Duration::from_secs(2));
    let found = deployment.read(&topic, expected.len(), within, quiet);
    last.stop();
    let text = |found: &Found| String::from_utf8(found.value.clone()).unwrap();
    let mut found: Vec<String> = found.iter().map(text).collect();
    found.sort();
    assert!(found == expected, "{} and {}", found.len(), expected.len());
}

/// The hours of a campaign of `acme` over the last two days of the crisis, each told twice
/// over, and what nobody could take: as they come to the topic of campaign events.
fn campaign_events(records: &[String]) -> (Vec<String>, Vec<String>) {
    let Ok(Record::Mention(first)) = mention::parse(records[0].as_bytes()) else {
        panic!("not a mention");
    };
    let event = |hour: i64, clicks: i64, read: i64| {
        let at = |hour: i64| first.created_at.plus_millis(hour * EventTime::HOUR_MS);
        format!(
            r#"{{"brand":"acme","campaign":"spring","platform":"instagram","created_at":"{}","period":"hour","observed_at":"{}","impressions":4000,"clicks":{clicks},"conversions":2,"spend":7.25,"currency":"EUR"}}"#,
            at(hour),
            at(hour + read)
        )
    };
    let hours = 24..72_i64;
    let clicks = |hour: i64| if hour >= 48 { 400 } else { 100 };
    let events = hours.flat_map(|hour| {
        let restated = event(hour, clicks(hour), 3);
        [restated.clone(), event(hour, 60, 1), restated]
    });
    let good = event(30, 9, 1);
    let bad = vec![
        good.replace("\"clicks\":9", "\"clicks\":-9"),
        good.replace("\"currency\":\"EUR\"", "\"currency\":\"euro\""),
        "no json".to_owned(),
    ];
    (events.collect(), bad)
}

#[test]
fn campaigns_are_the_same_whatever_is_killed() {
    let deployment = Deployment::on(RealKafka::shared(), 2);
    let records: Vec<String> = crisis()
        .into_iter()
        .map(|record| record.replace("\"text\"", "\"campaign\":\"spring\",\"text\""))
        .collect();
    let (events, bad) = campaign_events(&records);
    let expected = summaries_with(&records, &events);
    let last = expected.iter().rev().find(|one| one.contains("\"acme\""));
    assert!(last.unwrap().contains("\"measure\":\"clicks\""), "{last:?}");
    let settings = InstanceSettings {
        service: "insight",
        name: "1",
        ..InstanceSettings::default()
    };
    let (within, quiet) = (Duration::from_secs(60), Duration::from_secs(1));
    let told = events.len() + bad.len();
    for (part, chunk) in (1_u64..).zip(events.chunks(events.len() / 3)) {
        let instance = Instance::start(INSTANCE, &deployment, &settings);
        // By whatever key: the stage goes by the brand.
        let bad = bad.iter().take(if part == 1 { bad.len() } else { 0 });
        let values = (0_u8..).zip(chunk.iter().chain(bad));
        let values: Vec<([u8; 1], &String)> = values.map(|(key, value)| ([key], value)).collect();
        let values = values
            .iter()
            .map(|(key, value)| (&key[..], value.as_bytes()));
        deployment.write_keyed(Topic::CampaignEvents, values);
        sleep(Duration::from_millis(300 * part));
        instance.kill();
    }
    let mut instance = Instance::start(INSTANCE, &deployment, &settings);
    let topic = deployment.connection.topic(Topic::Scored);
    let carried = deployment.read(&topic, events.len(), within, quiet);
    assert_eq!(carried.len() + bad.len(), told);
    let dead = deployment.connection.dead_topic(Topic::CampaignEvents);
    let dead = deployment.read(&dead, bad.len(), within, quiet);
    let mut reasons: Vec<_> = dead
        .into_iter()
        .map(|one| one.dead.unwrap()[0].clone())
        .collect();
    reasons.sort();
    assert_eq!(reasons, ["bad_field", "bad_field", "not_json"]);
    for chunk in records.chunks(records.len() / 2) {
        let keyed = chunk.iter().map(|value| {
            let is_acme = value.contains("\"brand\":\"acme\"");
            let key: &[u8] = if is_acme { b"acme" } else { b"globex" };
            (key, value.as_bytes())
        });
        deployment.write_keyed(Topic::Scored, keyed);
        sleep(Duration::from_millis(700));
        instance.kill();
        instance = Instance::start(INSTANCE, &deployment, &settings);
    }
    let topic = deployment.connection.topic(Topic::Insight);
    let found = deployment.read(&topic, expected.len(), within, quiet);
    instance.stop();
    let text = |found: &Found| String::from_utf8(found.value.clone()).unwrap();
    let mut found: Vec<String> = found.iter().map(text).collect();
    found.sort();
    assert!(found == expected, "{} and {}", found.len(), expected.len());
}

/// The sample's ten days of campaigns as the trends have them, its texts read by the model;
/// and when each campaign that backfired was first told.
fn ten_days(start: EventTime) -> (BrandTrends, BTreeMap<String, EventTime>) {
    let mut scorer = Scorer::new(Arc::new(Model::embedded().unwrap()));
    let about = About::new(BrandSettings::new("pluimvos"), &[], &[]);
    let mut trends = BrandTrends::new(Arc::new(about));
    let mut first = BTreeMap::new();
    for told in sample::adverts(start) {
        let line = told.line();
        if let Some(event) = mention::carried_campaign_event(line.as_bytes()) {
            let event = event.unwrap();
            trends.take_campaign(&event, event.observed_at.unwrap());
        } else {
            let mut mention = mention_of(&line);
            mention.score = Some(scorer.score(&Post::of_mention(&mention)));
            trends.observe(&mention);
        }
        let summary = trends.summary_if_due();
        for one in summary.iter().flat_map(|summary| &summary.campaigns) {
            if one.backfire.is_some() {
                let at = summary.as_ref().map(|summary| summary.at).unwrap();
                first.entry(one.campaign.clone()).or_insert(at);
            }
        }
    }
    (trends, first)
}

/// What was planted is found and explained, and nothing else.
#[test]
fn a_planted_campaign_and_a_planted_backfire_are_found_and_explained() {
    let start = sample::DEFAULT_START;
    let (trends, first) = ten_days(start);
    let summary = trends.summary();
    let of = |name: &str| {
        let mut campaigns = summary.campaigns.iter();
        campaigns.find(|one| one.campaign == name).unwrap()
    };
    let good = of(sample::GOOD_CAMPAIGN);
    assert!(good.before.is_some() && good.during.is_some() && good.after.is_some());
    let bad = of(sample::BACKFIRING_CAMPAIGN);
    let [from, to] = sample::backfire(start);
    // Once the totals of its first hour are there.
    let found: Vec<(&str, i64)> = first
        .iter()
        .map(|(name, at)| (name.as_str(), at.millis_since(from) / EventTime::MINUTE_MS))
        .collect();
    let [(sample::BACKFIRING_CAMPAIGN, minutes)] = found[..] else {
        panic!("{found:?} {bad:?}");
    };
    assert!((0..120).contains(&minutes), "{minutes} minutes");
    let backfire = bad.backfire.unwrap();
    assert!(
        backfire.since < to && backfire.until.is_some(),
        "{backfire:?}"
    );
    assert!(
        backfire.negative >= 5 && backfire.surprise > 2.0,
        "{backfire:?}"
    );
    let count = f64::from(u32::try_from(backfire.count).unwrap());
    assert!(count > 1.5 * backfire.usual, "{backfire:?}");
    assert!(
        bad.about.low > good.about.high,
        "{:?} {:?}",
        bad.about,
        good.about
    );
    let partner = |name: &str| {
        let mut posts = summary.influence.partners.iter();
        let post = posts.find(|post| post.campaign.as_deref() == Some(name));
        post.unwrap().replies
    };
    let [calm, angry] = [sample::GOOD_CAMPAIGN, sample::BACKFIRING_CAMPAIGN].map(partner);
    assert!(
        calm.counted > 20 && angry.low > calm.share,
        "{calm:?} {angry:?}"
    );
}
