//! Reading topics from their beginning without a consumer group: for those who
//! look on, not for services.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use mention::EventTime;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use crate::context::Context;
use crate::{Connection, Error, Record};

/// How long a question to the broker may take.
const CALL: Duration = Duration::from_secs(5);

/// Follows every partition of some topics from the oldest committed record on.
pub struct Tail {
    consumer: BaseConsumer<Context>,
    doing: String,
    /// Partitions whose end hasn't been seen yet; those of several topics share numbers.
    behind: RefCell<BTreeSet<i32>>,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail")
            .field("doing", &self.doing)
            .finish_non_exhaustive()
    }
}

impl Tail {
    /// Follows `topics`, given by their full names, each of `partitions` partitions.
    ///
    /// # Errors
    /// [`Error::Settings`] if the connection's settings are refused.
    pub fn open(
        connection: &Connection,
        topics: &[String],
        partitions: i32,
    ) -> Result<Self, Error> {
        let doing = format!("follow {}", topics.join(", "));
        let consumer: BaseConsumer<Context> = connection
            .client_config()
            // Needed by the client to assign partitions; the group is never joined.
            .set("group.id", connection.group("tail"))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false")
            .set("enable.partition.eof", "true")
            .set("queued.max.messages.kbytes", "4096")
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.wait.max.ms", "50")
            .create_with_context(Context::default())
            .map_err(|error| Error::of(&error, &doing))?;
        let all = topics
            .iter()
            .flat_map(|topic| (0..partitions).map(move |partition| (topic.as_str(), partition)));
        from_the_beginning(&consumer, all, &doing)?;
        Ok(Self {
            consumer,
            doing,
            behind: RefCell::new((0..partitions).collect()),
        })
    }

    /// Follows `topic`, given by its full name, of `partitions` partitions, from the first
    /// record that was written to Kafka at `since` or later; from its end if there is none.
    ///
    /// # Errors
    /// As [`Tail::open`], and a broker that doesn't answer.
    pub fn open_since(
        connection: &Connection,
        topic: &str,
        partitions: i32,
        since: EventTime,
    ) -> Result<Self, Error> {
        let tail = Self::open(connection, &[topic.to_owned()], partitions)?;
        let mut times = TopicPartitionList::new();
        for partition in 0..partitions {
            times
                .add_partition_offset(topic, partition, Offset::Offset(since.millis()))
                .map_err(|error| Error::of(&error, &tail.doing))?;
        }
        let starts = tail.consumer.offsets_for_times(times, CALL);
        let starts = starts.map_err(|error| Error::of(&error, &tail.doing))?;
        let assigned = tail.consumer.assign(&starts);
        assigned.map_err(|error| Error::of(&error, &tail.doing))?;
        Ok(tail)
    }

    /// Whether every partition has been read to what was its end at the time, so that
    /// what comes now is new; for one topic only. Unlike [`Tail::is_at_end`] it costs
    /// nothing, and is right for topics with transactions too.
    #[must_use]
    pub fn has_caught_up(&self) -> bool {
        self.behind.borrow().is_empty()
    }

    /// Whether everything that was written before the call has been read. Asks
    /// the broker; for topics without transactions, whose markers stand at
    /// positions that are never read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        let Ok(positions) = self.consumer.position() else {
            return false;
        };
        positions.elements().iter().all(|read| {
            let ends = self
                .consumer
                .fetch_watermarks(read.topic(), read.partition(), CALL);
            ends.is_ok_and(|(low, high)| match read.offset() {
                Offset::Offset(next) => next >= high,
                _ => low == high,
            })
        })
    }

    /// Waits up to `timeout` for the next record; `None` if none came.
    ///
    /// # Errors
    /// A lasting fault; passing ones are left to the client.
    pub fn next(&self, timeout: Duration) -> Result<Option<Record<'_>>, Error> {
        loop {
            match self.consumer.poll(timeout) {
                None => return Ok(None),
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.behind.borrow_mut().remove(&partition);
                }
                Some(Ok(message)) => return Ok(Some(Record::new(message))),
                Some(Err(error)) => {
                    let error = Error::of(&error, &self.doing);
                    return if error.is_passing() {
                        Ok(None)
                    } else {
                        Err(error)
                    };
                }
            }
        }
    }
}

/// Has a consumer without a group read these partitions from their oldest record on.
pub(crate) fn from_the_beginning<'a>(
    consumer: &BaseConsumer<Context>,
    partitions: impl Iterator<Item = (&'a str, i32)>,
    doing: &str,
) -> Result<(), Error> {
    let mut list = TopicPartitionList::new();
    for (topic, partition) in partitions {
        list.add_partition_offset(topic, partition, Offset::Beginning)
            .map_err(|error| Error::of(&error, doing))?;
    }
    let result = consumer.assign(&list);
    result.map_err(|error| Error::of(&error, doing))?;
    // Nobody asks this consumer about rebalances.
    consumer.context().close();
    Ok(())
}
