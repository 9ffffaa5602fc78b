//! Making and checking the topics of the pipeline.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use mention::Topic;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use crate::context::Context;
use crate::{Connection, Deadline, Error, MAX_DEAD_LETTER_BYTES};

/// How long an administrative request may take.
const REQUEST: Duration = Duration::from_secs(30);
/// Longest wait for metadata before the connection's faults are looked at again.
const LONGEST_STEP: Duration = Duration::from_millis(1_200);
/// How long looking up a topic may take.
const LOOK_UP: Duration = Duration::from_secs(5);

/// Records that nobody else has stamped are stamped by the broker: one from a service
/// whose clock is an hour ahead would be refused, and the service stand still.
const BY_THE_BROKER: &str = "LogAppendTime";

mod kept;

pub use kept::{kept_ms, kept_too_long};

const HOUR_MS: u64 = 3_600_000;
/// Raw input holds what people wrote, with their names: three days outlast a long weekend
/// in which nobody mends what stands still, and no more is kept than that.
const RAW_RETENTION_MS: u64 = 3 * 24 * HOUR_MS;
/// Mentions: a week, as brokers have it by default; said so that erasure has a bound that
/// can be read from the topic.
const MENTIONS_RETENTION_MS: u64 = 7 * 24 * HOUR_MS;
/// Spikes: a year and a month, so that a month can be held against that of a year ago.
const SPIKES_RETENTION_MS: u64 = 400 * 24 * HOUR_MS;
/// A record goes with its segment, once the newest record of that is old enough. Kafka's
/// own seven days of a segment would keep what a quiet topic holds for as much longer.
const PRIVATE_SEGMENT_MS: u64 = 6 * HOUR_MS;
const SEGMENT_MS: u64 = 24 * HOUR_MS;

/// A topic as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Full name.
    pub name: String,
    /// Partitions; mentions, scored mentions and the watcher's state need the
    /// same number, because the services keep a record's partition.
    pub partitions: i32,
    /// Replicas.
    pub replicas: i32,
    /// Topic settings, by Kafka's names.
    pub settings: BTreeMap<&'static str, String>,
    /// Whether it holds what people wrote as they wrote it: then [`check`] minds how long
    /// it is kept, which elsewhere is the operator's own choice.
    pub is_private: bool,
}

/// What `create` did with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It was made.
    New,
    /// It was there.
    Existed,
}

/// Every topic of the pipeline as it should be.
#[must_use]
pub fn plans(connection: &Connection, partitions: u16, replicas: u16) -> Vec<Plan> {
    let plan = |name, settings, is_private| Plan {
        name,
        partitions: i32::from(partitions),
        replicas: i32::from(replicas),
        settings,
        is_private,
    };
    let mut plans = Vec::new();
    for topic in Topic::ALL {
        let is_private = matches!(topic, Topic::Raw | Topic::Matched);
        plans.push(plan(
            connection.topic(topic),
            settings_of(topic),
            is_private,
        ));
        if topic.has_dead_letters() {
            let settings = dead_settings();
            plans.push(plan(connection.dead_topic(topic), settings, true));
        }
    }
    plans
}

fn settings_of(topic: Topic) -> BTreeMap<&'static str, String> {
    const MIB: usize = 1024 * 1024;
    let max_bytes = match topic {
        // Records of 1 MiB with room for key, headers and batch.
        Topic::Raw
        | Topic::Matched
        | Topic::Mentions
        | Topic::Spikes
        | Topic::Corrections
        | Topic::Feedback
        | Topic::Care
        | Topic::Sources
        | Topic::Insight
        | Topic::CampaignEvents => MIB + 64 * 1024,
        // Room for the score, too.
        Topic::Scored => MIB + 128 * 1024,
        Topic::WatchState | Topic::LinkState | Topic::CareState | Topic::InsightState => 4 * MIB,
    };
    let mut settings = BTreeMap::from([("max.message.bytes", max_bytes.to_string())]);
    if matches!(
        topic,
        Topic::WatchState | Topic::LinkState | Topic::CareState | Topic::InsightState
    ) {
        settings.insert("message.timestamp.type", BY_THE_BROKER.to_owned());
    }
    let kept = match topic {
        Topic::Raw | Topic::Matched => Some((RAW_RETENTION_MS, Some(PRIVATE_SEGMENT_MS))),
        Topic::Mentions | Topic::Scored | Topic::CampaignEvents => {
            Some((MENTIONS_RETENTION_MS, Some(SEGMENT_MS)))
        }
        Topic::Spikes => Some((SPIKES_RETENTION_MS, None)),
        _ => None,
    };
    if let Some((retention, segment)) = kept {
        settings.insert("retention.ms", retention.to_string());
        let segment = segment.map(|segment| ("segment.ms", segment.to_string()));
        settings.extend(segment);
    }
    if topic.is_compacted() {
        let policy = if kept.is_some() {
            COMPACT_AND_DELETE
        } else {
            "compact"
        };
        settings.insert("cleanup.policy", policy.to_owned());
        // Small segments, because only closed ones are compacted, and a restore
        // reads everything that isn't.
        settings.insert("segment.bytes", (16 * MIB).to_string());
        settings.insert("segment.ms", "600000".to_owned());
        settings.insert("min.cleanable.dirty.ratio", "0.3".to_owned());
        settings.insert("max.compaction.lag.ms", "3600000".to_owned());
    } else {
        settings.insert("cleanup.policy", "delete".to_owned());
    }
    settings
}

/// Compacted, and what is old enough goes altogether.
const COMPACT_AND_DELETE: &str = "compact,delete";

/// Dead letters hold original bytes, personal data included: they are kept short.
fn dead_settings() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("cleanup.policy", "delete".to_owned()),
        ("message.timestamp.type", BY_THE_BROKER.to_owned()),
        (
            "max.message.bytes",
            (MAX_DEAD_LETTER_BYTES + 16 * 1024).to_string(),
        ),
        ("retention.ms", (7 * 24 * HOUR_MS).to_string()),
        ("segment.ms", PRIVATE_SEGMENT_MS.to_string()),
    ])
}

/// Creates every topic that isn't there yet, and waits until the broker knows them all.
/// Existing ones stay as they are; [`check`] tells whether they will do.
///
/// # Errors
/// [`Error::Unreachable`], [`Error::Refused`], [`Error::Forbidden`],
/// [`Error::TopicMissing`] for a topic that isn't known after half a minute, or
/// [`Error::Other`] with the broker's reason.
pub fn create(connection: &Connection, plans: &[Plan]) -> Result<Vec<(String, Created)>, Error> {
    reach(connection, REQUEST)?;
    let admin = admin_client(connection)?;
    let topics: Vec<NewTopic<'_>> = plans.iter().map(new_topic).collect();
    let options = options();
    let results = block_on(admin.create_topics(&topics, &options))
        .map_err(|error| Error::of(&error, "create topics"))?;
    let results: Vec<_> = results.into_iter().map(created).collect::<Result<_, _>>()?;
    let names: Vec<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    wait_until_known(connection, &names)?;
    Ok(results)
}

/// The controller says that a topic was made a moment before brokers with much to do know
/// of it; who is started in between would be told that there is none.
fn wait_until_known(connection: &Connection, names: &[String]) -> Result<(), Error> {
    let deadline = Instant::now() + connection.deadline.left(REQUEST);
    loop {
        match partitions(connection, names, REQUEST) {
            Err(Error::TopicMissing { .. }) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(50));
            }
            result => return result.map(drop),
        }
    }
}

/// Gives the topic `name` more partitions, `partitions` in all. Keys are spread anew by
/// it, so services that keep a brand's records together refuse to go on; it is for
/// topics that nobody reads yet.
///
/// # Errors
/// As [`create`].
pub fn add_partitions(connection: &Connection, name: &str, partitions: u16) -> Result<(), Error> {
    let admin = admin_client(connection)?;
    let more = [NewPartitions::new(name, usize::from(partitions))];
    let options = options();
    let doing = format!("add partitions to the topic {name}");
    let results = block_on(admin.create_partitions(&more, &options))
        .map_err(|error| Error::of(&error, &doing))?;
    let each = results.into_iter().map(|result| match result {
        Ok(_) => Ok(()),
        Err((_, code)) => Err(Error::of_code(code, &doing, &code.to_string())),
    });
    each.collect()
}

/// Deletes the records of a partition of the topic `name` before the offset `before`, as
/// retention does when their time is over.
///
/// # Errors
/// As [`create`].
pub fn delete_records(
    connection: &Connection,
    name: &str,
    partition: i32,
    before: i64,
) -> Result<(), Error> {
    let admin = admin_client(connection)?;
    let doing = format!("delete records of the topic {name}");
    let fault = |error: &KafkaError| Error::of(error, &doing);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(name, partition, Offset::Offset(before))
        .map_err(|error| fault(&error))?;
    let list = block_on(admin.delete_records(&list, &options())).map_err(|error| fault(&error))?;
    let mut results = list.elements().into_iter().map(|element| element.error());
    results
        .try_for_each(|result| result)
        .map_err(|error| fault(&error))
}

fn new_topic(plan: &Plan) -> NewTopic<'_> {
    let replication = TopicReplication::Fixed(plan.replicas);
    let mut topic = NewTopic::new(&plan.name, plan.partitions, replication);
    for (key, value) in &plan.settings {
        topic = topic.set(key, value);
    }
    topic
}

fn created(result: Result<String, (String, Code)>) -> Result<(String, Created), Error> {
    match result {
        Ok(name) => Ok((name, Created::New)),
        Err((name, Code::TopicAlreadyExists)) => Ok((name, Created::Existed)),
        Err((name, code)) => {
            let doing = format!("create the topic {name}");
            Err(Error::of_code(code, &doing, &code.to_string()))
        }
    }
}

/// Deletes topics, and the consumer groups that read them, all by their full names.
/// What isn't there is no fault, and neither is a group that still has members: it
/// goes when its offsets expire.
///
/// # Errors
/// As [`create`].
pub fn delete(connection: &Connection, topics: &[String], groups: &[String]) -> Result<(), Error> {
    reach(connection, REQUEST)?;
    let admin = admin_client(connection)?;
    let [topics, groups] =
        [topics, groups].map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
    let result = block_on(admin.delete_groups(&groups, &options()));
    if let Err(error) = result {
        tracing::debug!(error = %error, "consumer groups stay");
    }
    let results = block_on(admin.delete_topics(&topics, &options()))
        .map_err(|error| Error::of(&error, "delete topics"))?;
    for result in results {
        match result {
            Ok(_) | Err((_, Code::UnknownTopicOrPartition | Code::UnknownTopic)) => {}
            Err((name, code)) => {
                let doing = format!("delete the topic {name}");
                return Err(Error::of_code(code, &doing, &code.to_string()));
            }
        }
    }
    Ok(())
}

/// Compares the topics with what they should be: partitions and settings that
/// the pipeline relies on. Returns every difference.
///
/// # Errors
/// [`Error::Unreachable`], [`Error::Refused`], [`Error::Forbidden`].
pub fn check(connection: &Connection, plans: &[Plan]) -> Result<Vec<Error>, Error> {
    let prober = Prober::connect(connection, REQUEST)?;
    let admin = admin_client(connection)?;
    let mut faults = Vec::new();
    for plan in plans {
        let topic = plan.name.clone();
        let Some(partitions) = prober.partitions(&plan.name)? else {
            faults.push(Error::TopicMissing { topic });
            continue;
        };
        if partitions != plan.partitions {
            let difference = format!(
                "it has {partitions} partitions, not {}: set `partitions` under [kafka] to what \
                 all topics have, or create the topics anew",
                plan.partitions
            );
            faults.push(Error::TopicDiffers { topic, difference });
        }
        faults.extend(differing_settings(&admin, plan)?);
    }
    Ok(faults)
}

fn differing_settings(admin: &AdminClient<Context>, plan: &Plan) -> Result<Vec<Error>, Error> {
    let doing = format!("read the settings of {}", plan.name);
    let resource = ResourceSpecifier::Topic(&plan.name);
    let options = options();
    let results = block_on(admin.describe_configs([&resource], &options))
        .map_err(|error| Error::of(&error, &doing))?;
    let mut faults = Vec::new();
    for result in results {
        let found = result.map_err(|code| Error::of_code(code, &doing, &code.to_string()))?;
        for (key, wanted) in &plan.settings {
            let value = found.get(key).and_then(|entry| entry.value.clone());
            let is_minded = plan.is_private || !matches!(*key, "retention.ms" | "segment.ms");
            if is_minded && !suffices(key, value.as_deref(), wanted) {
                let value = value.unwrap_or_else(|| "nothing".to_owned());
                let topic = plan.name.clone();
                let difference = format!("{key} is {value}: set it to {wanted}");
                faults.push(Error::TopicDiffers { topic, difference });
            }
        }
    }
    Ok(faults)
}

/// Limits may be larger than asked, and what is kept for a time kept for less; how a
/// topic is cleaned must be as asked;
/// the rest is advice that an operator may overrule.
fn suffices(key: &str, value: Option<&str>, wanted: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().ok();
    match key {
        "max.message.bytes" => value.and_then(number) >= number(wanted),
        // Who keeps spikes for ever may.
        "cleanup.policy" if wanted == COMPACT_AND_DELETE => {
            value.is_some_and(|value| value.contains("compact"))
        }
        "cleanup.policy" => value == Some(wanted),
        // Compacted topics have short segments for another reason, and aren't asked about
        // them. -1 is for ever.
        "retention.ms" | "segment.ms" => value
            .and_then(number)
            .is_some_and(|kept| Some(kept) <= number(wanted)),
        _ => true,
    }
}

/// Waits up to `within` for a broker to answer.
///
/// # Errors
/// [`Error::Unreachable`]; [`Error::Refused`] and [`Error::Tls`] as soon as they
/// are known.
pub fn reach(connection: &Connection, within: Duration) -> Result<(), Error> {
    Prober::connect(connection, within).map(drop)
}

/// Numbers of partitions of `topics`, given by their full names.
///
/// # Errors
/// As [`reach`], [`Error::Forbidden`], and [`Error::TopicMissing`].
pub fn partitions(
    connection: &Connection,
    topics: &[String],
    within: Duration,
) -> Result<Vec<i32>, Error> {
    let prober = Prober::connect(connection, within)?;
    let count = |topic: &String| {
        let missing = || Error::TopicMissing {
            topic: topic.clone(),
        };
        prober.partitions(topic)?.ok_or_else(missing)
    };
    topics.iter().map(count).collect()
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(REQUEST))
        .operation_timeout(Some(REQUEST))
}

fn admin_client(connection: &Connection) -> Result<AdminClient<Context>, Error> {
    let result = connection
        .client_config()
        .create_with_context(Context::default());
    result.map_err(|error| Error::of(&error, "start an administrative client"))
}

/// A connection that only asks for metadata. A consumer, because those never
/// make a topic by asking for it.
struct Prober {
    consumer: BaseConsumer<Context>,
    deadline: Deadline,
}

impl Prober {
    fn connect(connection: &Connection, within: Duration) -> Result<Self, Error> {
        let consumer: BaseConsumer<Context> = connection
            .client_config()
            .set("allow.auto.create.topics", "false")
            .create_with_context(Context::default())
            .map_err(|error| Error::of(&error, "connect"))?;
        let deadline = Instant::now() + connection.deadline.left(within);
        // Short at first, so that a fault of the connection is seen soon, and then longer,
        // for a broker that takes its time.
        let mut step = Duration::from_millis(150);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            step = (2 * step).min(LONGEST_STEP).min(left);
            let result = consumer.fetch_metadata(Some("ophef-reach"), step);
            let Err(error) = result else {
                let deadline = connection.deadline.clone();
                return Ok(Self { consumer, deadline });
            };
            // Faults of the connection are handed over by a poll.
            let _ = consumer.poll(Duration::ZERO);
            let fault = consumer.context().connection_fault(&connection.brokers);
            match fault {
                Some(fault) if !fault.is_passing() => return Err(fault),
                fault if Instant::now() > deadline => {
                    return Err(fault.unwrap_or_else(|| Error::Unreachable {
                        brokers: connection.brokers.clone(),
                        detail: error.to_string(),
                    }));
                }
                _ => {}
            }
        }
    }

    fn partitions(&self, topic: &str) -> Result<Option<i32>, Error> {
        let doing = format!("look up the topic {topic}");
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), self.deadline.left(LOOK_UP))
            .map_err(|error| Error::of(&error, &doing))?;
        let Some(found) = metadata.topics().iter().find(|t| t.name() == topic) else {
            return Ok(None);
        };
        match found.error().map(Code::from) {
            None => Ok(i32::try_from(found.partitions().len()).ok()),
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => Ok(None),
            Some(code) => Err(Error::of_code(code, &doing, &code.to_string())),
        }
    }
}
