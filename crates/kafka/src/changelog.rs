//! Reading a compacted topic whole: a service's changelog, or people's corrections.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mention::Topic;
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use crate::context::Context;
use crate::tail::from_the_beginning;
use crate::{Connection, Error};

/// How long one restore may take before it fails.
const RESTORE: Duration = Duration::from_secs(120);

/// Reads every committed record of `partitions` of the topic in order, oldest
/// first, and hands partition, key and value (`None` for a deleted key) to `each`.
/// Returns how many there were.
///
/// A key may come several times: the last one counts.
///
/// # Errors
/// [`Error::TopicMissing`], or a fault that lasts longer than two minutes.
pub fn read(
    connection: &Connection,
    topic: Topic,
    partitions: &[i32],
    mut each: impl FnMut(i32, &[u8], Option<&[u8]>),
) -> Result<u64, Error> {
    let name = connection.topic(topic);
    let doing = format!("read {name}");
    let consumer = open(connection, &name, partitions, &doing)?;
    let deadline = Instant::now() + RESTORE;
    let mut open: BTreeSet<i32> = partitions.iter().copied().collect();
    let mut count = 0;
    while !open.is_empty() {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let key = message.key().unwrap_or_default();
                each(message.partition(), key, message.payload());
                count += 1;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => {
                let error = Error::of(&error, &doing);
                if !error.is_passing() {
                    return Err(error);
                }
            }
            None => {}
        }
        if connection.deadline.is_over() {
            return Err(too_slow(&doing, "asked to stop meanwhile"));
        }
        if Instant::now() > deadline {
            let fault = consumer.context().connection_fault(&connection.brokers);
            return Err(fault.unwrap_or_else(|| {
                let detail = format!("not done after {} s", RESTORE.as_secs());
                too_slow(&doing, &detail)
            }));
        }
    }
    Ok(count)
}

fn open(
    connection: &Connection,
    topic: &str,
    partitions: &[i32],
    doing: &str,
) -> Result<BaseConsumer<Context>, Error> {
    let consumer: BaseConsumer<Context> = connection
        .client_config()
        // Needed by the client to assign partitions; the group is never joined.
        .set("group.id", connection.group("restore"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("allow.auto.create.topics", "false")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.wait.max.ms", "10")
        .create_with_context(Context::default())
        .map_err(|error| Error::of(&error, doing))?;
    let partitions = partitions.iter().map(|&partition| (topic, partition));
    from_the_beginning(&consumer, partitions, doing)?;
    Ok(consumer)
}

fn too_slow(doing: &str, detail: &str) -> Error {
    Error::Other {
        doing: doing.to_owned(),
        detail: detail.to_owned(),
        is_passing: true,
    }
}
