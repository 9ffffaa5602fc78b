//! The consuming side: one topic, one consumer group, rebalances as plain values.

use std::cell::Cell;
use std::time::{Duration, Instant};

use mention::Topic;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::closing::Closing;
use crate::context::{Context, Rebalance};
use crate::{Connection, Deadline, Error, Record};

/// How long a call about offsets may take.
const CALL: Duration = Duration::from_secs(10);
/// How long the committed offsets may take to be settled: a dead instance's
/// transaction is ended by the broker after 15 s.
const SETTLED: Duration = Duration::from_secs(30);
/// How long one question about them waits, so that a request to stop is seen.
const QUESTION: Duration = Duration::from_secs(3);
/// Least time between two warnings of passing faults.
const WARNING: Duration = Duration::from_secs(10);
/// Most records taken at once: enough to share out among threads – producers' batches hold
/// a thousand records of one partition, and several partitions should be among them – and
/// stepped over in some thirty milliseconds, so that a commit isn't kept waiting.
const MANY: usize = 4_096;
/// Most bytes of records taken at once, the last one apart: they are held beside what the
/// client has fetched ahead.
const MANY_BYTES: usize = 4 * 1024 * 1024;

/// What to consume, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// The topic.
    pub topic: Topic,
    /// Name of the service; the consumer group is named after it.
    pub service: String,
    /// How the instances share the partitions.
    pub protocol: GroupProtocol,
    /// Time after which a silent instance's partitions go to the others. Under
    /// [`GroupProtocol::Consumer`] the broker's setting counts instead.
    pub session_timeout: Duration,
}

/// How the instances of a service share the partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupProtocol {
    /// One of them deals the partitions out, cooperatively: what stays where it is
    /// isn't stopped. Every broker knows it.
    #[default]
    Classic,
    /// The broker deals them out (KIP-848; Kafka 4.0 or newer), so that a slow
    /// instance holds up nobody else.
    Consumer,
}

impl SourceSettings {
    /// The client refuses what under the newer protocol is the broker's to set.
    fn write_to(&self, config: &mut ClientConfig) {
        match self.protocol {
            GroupProtocol::Classic => {
                let heartbeat = self.session_timeout / 4;
                config
                    .set("partition.assignment.strategy", "cooperative-sticky")
                    .set(
                        "session.timeout.ms",
                        self.session_timeout.as_millis().to_string(),
                    )
                    .set("heartbeat.interval.ms", heartbeat.as_millis().to_string());
            }
            GroupProtocol::Consumer => {
                config.set("group.protocol", "consumer");
            }
        }
    }
}

/// What one poll found.
#[derive(Debug)]
pub enum Polled<'a> {
    /// A record.
    Record(Record<'a>),
    /// These partitions are ours once [`Source::assign`] is called.
    Assigned(Vec<i32>),
    /// These partitions go to another instance as soon as [`Source::unassign`]
    /// is called; what was consumed of them can still be committed.
    Revoked(Vec<i32>),
    /// These partitions went to another instance already: nothing consumed of
    /// them can be committed. [`Source::unassign`] must be called.
    Lost(Vec<i32>),
    /// The end of this partition is reached, for now; only of a source that was
    /// opened by [`Source::dead_letters`].
    End(i32),
    /// The client lost its place in a partition, it can't say in which, and reads nothing
    /// more of it before it is given up and taken over again: records were deleted before
    /// they were read, or the broker lost some, or what it knew of them.
    Adrift,
    /// Nothing yet.
    Idle,
}

/// A consumer of one topic in a group, whose partitions come and go one by one.
///
/// Only committed records are read. Nothing happens behind the owner's back:
/// a rebalance is returned by [`Source::poll`] and carried out by
/// [`Source::assign`] and [`Source::unassign`].
pub struct Source {
    consumer: Closing<BaseConsumer<Context>>,
    topic: String,
    brokers: String,
    deadline: Deadline,
    /// When a passing fault was last logged: an outage makes hundreds.
    last_warning: Cell<Option<Instant>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Joins the consumer group of `settings.service`.
    ///
    /// # Errors
    /// [`Error::Settings`] if the connection's settings are refused. Faults of the
    /// connection itself show in [`Source::poll`].
    pub fn subscribe(connection: &Connection, settings: &SourceSettings) -> Result<Self, Error> {
        let topic = connection.topic(settings.topic);
        let source = Self::open(connection, settings, topic, false)?;
        source
            .consumer()
            .subscribe(&[&source.topic])
            .map_err(|error| Error::of(&error, "subscribe"))?;
        Ok(source)
    }

    /// Reads the dead letters of `settings.topic` without joining the group, whose
    /// committed offsets it may use all the same. [`Source::read_from`] begins.
    ///
    /// # Errors
    /// As [`Source::subscribe`].
    pub fn dead_letters(connection: &Connection, settings: &SourceSettings) -> Result<Self, Error> {
        let topic = connection.dead_topic(settings.topic);
        let source = Self::open(connection, settings, topic, true)?;
        // Nobody asks this source about rebalances.
        source.context().close();
        Ok(source)
    }

    fn open(
        connection: &Connection,
        settings: &SourceSettings,
        topic: String,
        tells_ends: bool,
    ) -> Result<Self, Error> {
        let mut config = connection.client_config();
        settings.write_to(&mut config);
        let consumer: BaseConsumer<Context> = config
            .set("group.id", connection.group(&settings.service))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A place that was lost is never made up: the client would begin a partition
            // anew if the broker forgot the epochs of its leaders, as after a disk that was
            // full, and everything in it would be told twice.
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false")
            .set("statistics.interval.ms", "5000")
            // Bounds the memory of an instance whatever the backlog. The stock
            // back-off of one second after a full queue would halve the rate.
            // Fetched batches are compressed and grow about fivefold.
            .set("queued.min.messages", "10000")
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            .set("check.crcs", "true")
            .set("enable.partition.eof", tells_ends.to_string())
            .create_with_context(Context::default())
            .map_err(|error| Error::of(&error, "start a consumer"))?;
        Ok(Self {
            consumer: Closing::new("consumer", consumer, connection.deadline.clone()),
            topic,
            brokers: connection.brokers.clone(),
            deadline: connection.deadline.clone(),
            last_warning: Cell::new(None),
        })
    }

    pub(crate) fn consumer(&self) -> &BaseConsumer<Context> {
        &self.consumer
    }

    fn context(&self) -> &Context {
        self.consumer().context()
    }

    /// Full name of the topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Waits up to `timeout` for a record or a rebalance.
    ///
    /// # Errors
    /// A lasting fault. Passing ones are logged, and the client goes on trying.
    pub fn poll(&self, timeout: Duration) -> Result<Polled<'_>, Error> {
        if let Some(polled) = self.rebalance() {
            return Ok(polled);
        }
        match self.consumer().poll(whole_millis(timeout)) {
            None => Ok(self.rebalance().unwrap_or(Polled::Idle)),
            Some(Ok(message)) => Ok(Polled::Record(Record::new(message))),
            Some(Err(KafkaError::PartitionEOF(partition))) => Ok(Polled::End(partition)),
            Some(Err(error)) if error.rdkafka_error_code() == Some(Code::AutoOffsetReset) => {
                Ok(Polled::Adrift)
            }
            Some(Err(error)) => self.fault(&error).map(|()| Polled::Idle),
        }
    }

    /// Waits up to `timeout` for a record, and puts it and all that have come already
    /// into `records`. Returns what came after them, never a record; `None` if so many came
    /// that there may be more.
    ///
    /// # Errors
    /// As [`Source::poll`].
    pub fn poll_many<'a>(
        &'a self,
        timeout: Duration,
        records: &mut Vec<Record<'a>>,
    ) -> Result<Option<Polled<'a>>, Error> {
        let (mut patience, mut bytes) = (timeout, 0);
        while records.len() < MANY && bytes < MANY_BYTES {
            match self.poll(patience)? {
                Polled::Record(record) => {
                    bytes += record.value().len();
                    records.push(record);
                    patience = Duration::ZERO;
                }
                after => return Ok(Some(after)),
            }
        }
        Ok(None)
    }

    fn rebalance(&self) -> Option<Polled<'_>> {
        Some(match self.context().next_rebalance()? {
            Rebalance::Assign(partitions) => Polled::Assigned(partitions),
            Rebalance::Revoke(partitions) if self.consumer().assignment_lost() => {
                Polled::Lost(partitions)
            }
            Rebalance::Revoke(partitions) => Polled::Revoked(partitions),
        })
    }

    fn fault(&self, error: &KafkaError) -> Result<(), Error> {
        let brokers = &self.brokers;
        let found = match error.rdkafka_error_code() {
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => Error::TopicMissing {
                topic: self.topic.clone(),
            },
            Some(Code::Authentication | Code::SaslAuthenticationFailed) => Error::Refused {
                brokers: brokers.clone(),
                detail: error.to_string(),
            },
            Some(Code::SSL) => Error::Tls {
                brokers: brokers.clone(),
                detail: error.to_string(),
            },
            _ => Error::of(error, &format!("consume {}", self.topic)),
        };
        // A fault that only says "no connection at the moment" isn't classed
        // by code alone: the client reconnects by itself.
        let is_fatal = matches!(error, KafkaError::MessageConsumptionFatal(_));
        if found.is_passing() && !is_fatal {
            let last = self.last_warning.get();
            if last.is_none_or(|last| last.elapsed() > WARNING) {
                self.last_warning.set(Some(Instant::now()));
                tracing::warn!(error = %found, "consumer fault, trying on");
            }
            return Ok(());
        }
        Err(found)
    }

    /// Committed positions of `partitions`: the offset of the next record to
    /// consume, `None` where nothing was ever committed. Waits for transactions
    /// under way.
    ///
    /// # Errors
    /// [`Error::Other`], mostly passing.
    pub fn committed(&self, partitions: &[i32]) -> Result<Vec<(i32, Option<i64>)>, Error> {
        let mut list = TopicPartitionList::new();
        for &partition in partitions {
            list.add_partition(&self.topic, partition);
        }
        let doing = "read committed offsets";
        let began = Instant::now();
        let found = loop {
            let wait = self.deadline.left(QUESTION);
            let error = match self.consumer().committed_offsets(list.clone(), wait) {
                Ok(found) => break found,
                Err(error) => Error::of(&error, doing),
            };
            let is_over = began.elapsed() > SETTLED || self.deadline.is_over();
            if is_over || !error.is_passing() {
                return Err(held_back(error));
            }
        };
        let offset_of = |offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        found
            .elements()
            .iter()
            .map(|element| {
                element.error().map_err(|error| Error::of(&error, doing))?;
                Ok((element.partition(), offset_of(element.offset())))
            })
            .collect()
    }

    /// Where a partition begins and ends now: the offset of its first record, and the one
    /// that its next record will get.
    ///
    /// # Errors
    /// [`Error::Other`], mostly passing.
    pub fn bounds_now(&self, partition: i32) -> Result<(i64, i64), Error> {
        self.consumer()
            .fetch_watermarks(&self.topic, partition, self.deadline.left(CALL))
            .map_err(|error| Error::of(&error, "ask where a partition ends"))
    }

    /// Takes partitions over, each from the given offset; `None` is its beginning.
    ///
    /// # Errors
    /// [`Error::Other`].
    pub fn assign(&self, starts: &[(i32, Option<i64>)]) -> Result<(), Error> {
        let list = self.list(starts)?;
        let result = self.consumer().incremental_assign(&list);
        result.map_err(|error| Error::of(&error, "take over partitions"))
    }

    /// Reads these partitions, each from the given offset, without a group's leave.
    ///
    /// # Errors
    /// [`Error::Other`].
    pub fn read_from(&self, starts: &[(i32, Option<i64>)]) -> Result<(), Error> {
        let list = self.list(starts)?;
        let result = self.consumer().assign(&list);
        result.map_err(|error| Error::of(&error, "begin to read"))
    }

    /// Gives partitions up.
    ///
    /// # Errors
    /// [`Error::Other`].
    pub fn unassign(&self, partitions: &[i32]) -> Result<(), Error> {
        let revoke = Rebalance::Revoke(partitions.to_vec());
        let result = carry_out(self.consumer(), &self.topic, &revoke);
        result.map_err(|error| Error::of(&error, "give up partitions"))
    }

    /// Goes back to the given offsets in partitions that stay ours.
    ///
    /// # Errors
    /// [`Error::Other`].
    pub fn rewind(&self, starts: &[(i32, Option<i64>)]) -> Result<(), Error> {
        let doing = "go back to the committed offsets";
        let list = self.list(starts)?;
        let result = self
            .consumer()
            .seek_partitions(list, self.deadline.left(CALL));
        let list = result.map_err(|error| Error::of(&error, doing))?;
        for element in list.elements() {
            element.error().map_err(|error| Error::of(&error, doing))?;
        }
        Ok(())
    }

    fn list(&self, starts: &[(i32, Option<i64>)]) -> Result<TopicPartitionList, Error> {
        let mut list = TopicPartitionList::new();
        for &(partition, start) in starts {
            let offset = start.map_or(Offset::Beginning, Offset::Offset);
            list.add_partition_offset(&self.topic, partition, offset)
                .map_err(|error| Error::of(&error, "name an offset"))?;
        }
        Ok(list)
    }

    /// Stores `next` offsets without a transaction.
    pub(crate) fn commit(&self, next: &[(i32, i64)]) -> Result<(), Error> {
        let starts: Vec<_> = next.iter().map(|&(p, offset)| (p, Some(offset))).collect();
        let list = self.list(&starts)?;
        let result = self.consumer().commit(&list, CommitMode::Sync);
        result.map_err(|error| Error::of(&error, "commit offsets"))
    }

    /// End of the partition (the offset its next record will get) as of the last
    /// five seconds; `None` before it is first known.
    #[must_use]
    pub fn end_of(&self, partition: i32) -> Option<i64> {
        self.context().end_of(partition)
    }

    /// Leaves the group, waiting at most `within`.
    pub fn close(mut self, within: Duration) {
        self.consumer.within(within);
    }
}

/// The broker tells no committed offsets while a transaction may still change them; if that
/// lasts, somebody has to look.
fn held_back(error: Error) -> Error {
    match error {
        Error::Other {
            doing,
            detail,
            is_passing: true,
        } => Error::Other {
            doing,
            detail: format!(
                "{detail}; the broker holds them back while a transaction has no end: if this \
                 lasts for minutes, see \"A transaction without an end\" in docs/faults.md"
            ),
            is_passing: true,
        },
        other => other,
    }
}

/// Rounded up: the client cuts fractions off, and would ask again and again without
/// waiting until the last one is over.
fn whole_millis(timeout: Duration) -> Duration {
    let millis = timeout.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

fn carry_out(
    consumer: &BaseConsumer<Context>,
    topic: &str,
    rebalance: &Rebalance,
) -> Result<(), KafkaError> {
    let list = |partitions: &[i32]| {
        let mut list = TopicPartitionList::new();
        for &partition in partitions {
            list.add_partition(topic, partition);
        }
        list
    };
    match rebalance {
        Rebalance::Assign(partitions) => consumer.incremental_assign(&list(partitions)),
        Rebalance::Revoke(partitions) => consumer.incremental_unassign(&list(partitions)),
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let consumer = self.consumer();
        consumer.context().close();
        // A rebalance that nobody carried out would keep the group, and the
        // closing, waiting.
        while let Some(rebalance) = consumer.context().next_rebalance() {
            if let Err(error) = carry_out(consumer, &self.topic, &rebalance) {
                tracing::debug!(error = %error, "rebalance while closing");
            }
        }
    }
}
