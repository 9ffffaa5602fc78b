//! The producing side, and the commit that ties outputs and offsets together.

mod faults;

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mention::{EventTime, Topic};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Header;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, PurgeConfig};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use self::faults::passing;
use crate::bounded::bounded;
use crate::closing::Closing;
use crate::context::Context;
use crate::names::Names;
use crate::{Connection, DeadLetter, Deadline, Delivery, Error, MAX_DEAD_LETTER_BYTES, Source};

/// A transaction that lives longer is aborted by the broker, so that a dead
/// instance holds up its readers no longer than this.
const TRANSACTION: Duration = Duration::from_secs(15);
/// How long a record may take to be acknowledged; less than [`TRANSACTION`].
const DELIVERY: Duration = Duration::from_secs(12);
/// How long one call about a transaction waits before it is taken up again: a
/// request to stop is seen this fast.
const CALL: Duration = Duration::from_secs(3);
/// How long the calls about one step of a transaction may take together.
const CALLS: Duration = Duration::from_secs(30);
/// How long a call may exceed the time that it was given before it is left behind: the
/// client's adding of offsets has been seen to wait without end for a broker that is
/// silent.
const HANGING: Duration = Duration::from_secs(5);
/// Pause before a call that failed at once is tried again.
const PAUSE: Duration = Duration::from_millis(100);
/// Pause between two looks at whether records are acknowledged. A poll of the client
/// with a timeout takes all of it, whatever comes, and spends the last millisecond
/// busily; this takes no processor time and sees the last answer sooner.
const LOOK: Duration = Duration::from_micros(250);

/// One record to write.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where to.
    pub topic: Topic,
    /// Which partition; by the hash of the key if `None`.
    pub partition: Option<i32>,
    /// Key.
    pub key: Option<&'a [u8]>,
    /// Value; `None` deletes the key from a compacted topic.
    pub value: Option<&'a [u8]>,
    /// Its Kafka timestamp; the time of writing if `None`.
    pub stamped_at: Option<EventTime>,
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// Outputs and offsets stand.
    Done,
    /// Neither stands, for a passing reason: go back to the committed offsets.
    Aborted(Error),
}

/// A producer whose records stand only once [`Sink::commit`] says so.
pub struct Sink {
    /// Shared with a call that hangs, if there is one.
    producer: Arc<Closing<BaseProducer<Context>>>,
    /// Whether a call about a transaction never came to an end: the producer takes no
    /// other one then.
    is_stuck: Cell<bool>,
    /// `None` under [`Delivery::AtLeastOnce`].
    transactional_id: Option<String>,
    deadline: Deadline,
    /// When the transaction under way began.
    transaction: Option<Instant>,
    names: Names,
    /// Records written since the last commit or abort.
    written: usize,
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink")
            .field("transactional_id", &self.transactional_id)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl Sink {
    /// A sink for instance `instance` of `service`.
    ///
    /// Under [`Delivery::ExactlyOnce`] an older instance of the same name is
    /// fenced off, and what it had not committed is aborted.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Forbidden`], [`Error::Unreachable`].
    pub fn connect(
        connection: &Connection,
        delivery: Delivery,
        service: &str,
        instance: &str,
    ) -> Result<Self, Error> {
        let transactional_id = (delivery == Delivery::ExactlyOnce)
            .then(|| format!("{}-{instance}", connection.group(service)));
        let mut config = connection.client_config();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            // Larger batches cost less to compress, send and read; a commit sends what
            // is left at once.
            .set("linger.ms", "20")
            // A broker that is silent is given up after this long: a call about a
            // transaction waits for it, and a service that is asked to stop meanwhile is
            // to end within its ten seconds.
            .set("socket.timeout.ms", "5000")
            // The hash of Java's clients, so that every producer of a key agrees.
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", DELIVERY.as_millis().to_string())
            .set(
                "message.max.bytes",
                (MAX_DEAD_LETTER_BYTES + 16 * 1024).to_string(),
            )
            .set("queue.buffering.max.kbytes", "32768")
            .set("delivery.report.only.error", "true");
        if let Some(id) = &transactional_id {
            config.set("transactional.id", id).set(
                "transaction.timeout.ms",
                TRANSACTION.as_millis().to_string(),
            );
        }
        let producer: BaseProducer<Context> = config
            .create_with_context(Context::default())
            .map_err(|error| Error::of(&error, "start a producer"))?;
        let sink = Self {
            producer: Arc::new(Closing::new(
                "producer",
                producer,
                connection.deadline.clone(),
            )),
            is_stuck: Cell::new(false),
            deadline: connection.deadline.clone(),
            transactional_id,
            transaction: None,
            names: Names::new(connection),
            written: 0,
        };
        if sink.transactional_id.is_some() {
            sink.init(connection)?;
        }
        Ok(sink)
    }

    fn init(&self, connection: &Connection) -> Result<(), Error> {
        let result = self.retry("begin as a transactional producer", |producer, wait| {
            producer.init_transactions(wait)
        });
        let Err(error) = result else { return Ok(()) };
        self.producer.poll(Duration::ZERO);
        let fault = self
            .producer
            .context()
            .connection_fault(&connection.brokers);
        Err(fault.unwrap_or(error))
    }

    /// Records written since the last commit.
    #[must_use]
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Writes a record; it stands once committed.
    ///
    /// # Errors
    /// A lasting fault, or the queue staying full for longer than a record may take.
    pub fn send(&mut self, record: &Outgoing<'_>) -> Result<(), Error> {
        self.send_with(record, [])
    }

    /// The same with headers, names and values.
    ///
    /// # Errors
    /// As [`Sink::send`].
    pub fn send_with<'h>(
        &mut self,
        record: &Outgoing<'_>,
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
    ) -> Result<(), Error> {
        self.begin()?;
        let topic = &self.names.plain[record.topic as usize];
        let mut message = BaseRecord::to(topic);
        message.partition = record.partition;
        message.key = record.key;
        message.payload = record.value;
        message.timestamp = record.stamped_at.map(EventTime::millis);
        for (key, value) in headers {
            let all = message.headers.take().unwrap_or_default();
            message.headers = Some(all.insert(Header {
                key,
                value: Some(value),
            }));
        }
        self.written += 1;
        self.enqueue(message)
    }

    /// Writes a dead letter; it stands once committed, together with the offset
    /// of the record it is about.
    ///
    /// # Errors
    /// As [`Sink::send`].
    pub fn send_dead(&mut self, letter: &DeadLetter<'_>) -> Result<(), Error> {
        self.begin()?;
        let source = &self.names.plain[letter.source as usize];
        let mut message = BaseRecord::to(&self.names.dead[letter.source as usize])
            .payload(letter.kept())
            .headers(letter.headers(source));
        message.key = letter.key;
        self.written += 1;
        self.enqueue(message)
    }

    fn begin(&mut self) -> Result<(), Error> {
        if self.transactional_id.is_some() && self.transaction.is_none() {
            let result = self.producer.begin_transaction();
            result.map_err(|error| self.explain(&error, "begin a transaction"))?;
            self.transaction = Some(Instant::now());
        }
        Ok(())
    }

    fn enqueue(&self, mut message: BaseRecord<'_, [u8], [u8]>) -> Result<(), Error> {
        let deadline = Instant::now() + DELIVERY;
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((error, returned)) => {
                    let is_full = error.rdkafka_error_code() == Some(Code::QueueFull);
                    let is_over = Instant::now() > deadline || self.deadline.is_over();
                    if !is_full || is_over {
                        let topic = returned.topic.to_owned();
                        if error.rdkafka_error_code() == Some(Code::MessageSizeTooLarge) {
                            return Err(Error::TooLarge { topic });
                        }
                        return Err(self.explain(&error, &format!("write to {topic}")));
                    }
                    message = returned;
                    self.look();
                }
            }
        }
    }

    /// Makes all that was written stand, together with the `next` offsets to
    /// consume from `source` (partition, offset).
    ///
    /// # Errors
    /// A lasting fault: [`Error::Fenced`], [`Error::TooLarge`] and the like.
    pub fn commit(&mut self, source: &Source, next: &[(i32, i64)]) -> Result<Commit, Error> {
        if self.written == 0 && next.is_empty() {
            return Ok(Commit::Done);
        }
        if let Err(error) = self.drain() {
            return self.give_up(error);
        }
        let result = if self.transactional_id.is_some() {
            self.commit_transaction(source, next)
        } else {
            self.commit_offsets(source, next)
        };
        self.settle(result)
    }

    /// Makes all that was written stand together, for a sink without a source
    /// ([`Delivery::ExactlyOnce`]).
    ///
    /// # Errors
    /// As [`Sink::commit`].
    pub fn commit_alone(&mut self) -> Result<Commit, Error> {
        if self.written == 0 {
            return Ok(Commit::Done);
        }
        let result = self.drain().and_then(|()| self.end_transaction());
        self.settle(result)
    }

    fn settle(&mut self, result: Result<(), Error>) -> Result<Commit, Error> {
        match result {
            Ok(()) => {
                self.written = 0;
                self.transaction = None;
                Ok(Commit::Done)
            }
            Err(error) => self.give_up(error),
        }
    }

    fn end_transaction(&self) -> Result<(), Error> {
        self.retry("commit a transaction", |producer, wait| {
            producer.commit_transaction(wait)
        })
    }

    /// Waits until all that was written is acknowledged, for a sink without a
    /// source ([`Delivery::AtLeastOnce`]).
    ///
    /// # Errors
    /// A record couldn't be delivered.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.drain()?;
        self.written = 0;
        Ok(())
    }

    fn commit_transaction(&mut self, source: &Source, next: &[(i32, i64)]) -> Result<(), Error> {
        self.begin()?;
        let mut offsets = TopicPartitionList::new();
        for &(partition, offset) in next {
            offsets
                .add_partition_offset(source.topic(), partition, Offset::Offset(offset))
                .map_err(|error| Error::of(&error, "name an offset"))?;
        }
        if !next.is_empty() {
            let doing = "add offsets to a transaction";
            let group = rdkafka::consumer::Consumer::group_metadata(source.consumer())
                .ok_or_else(|| passing(doing, "the consumer isn't in its group"))?;
            let group = Arc::new(group);
            self.retry(doing, |_, wait| {
                let (producer, offsets) = (Arc::clone(&self.producer), offsets.clone());
                let group = Arc::clone(&group);
                let call = move || producer.send_offsets_to_transaction(&offsets, &group, wait);
                bounded("kafka-offsets", wait + HANGING, call).unwrap_or_else(|| {
                    self.is_stuck.set(true);
                    Err(KafkaError::Canceled)
                })
            })?;
        }
        self.end_transaction()
    }

    /// Without transactions the outputs stand already. A commit refused because
    /// the group is rebalancing is made up for by the next one.
    fn commit_offsets(&self, source: &Source, next: &[(i32, i64)]) -> Result<(), Error> {
        // Snapshots may be written where no record came; the client refuses an empty list.
        if next.is_empty() {
            return Ok(());
        }
        match source.commit(next) {
            Err(error) if error.is_passing() => {
                tracing::debug!(error = %error, "offsets not committed this time");
                Ok(())
            }
            other => other,
        }
    }

    /// Waits until every record is acknowledged.
    ///
    /// The stock flush polls in steps of 100 ms and so makes every commit at
    /// least that long, which would halve the rate at a commit interval of 100 ms.
    fn drain(&self) -> Result<(), Error> {
        let deadline = Instant::now() + DELIVERY;
        while !self.is_acknowledged() {
            if Instant::now() > deadline || self.deadline.is_over() {
                return Err(passing("write", "records weren't acknowledged in time"));
            }
            // What couldn't be delivered counts as under way until it is taken.
            self.producer.poll(Duration::ZERO);
        }
        self.producer.poll(Duration::ZERO);
        match self.producer.context().take_undelivered() {
            None => Ok(()),
            Some((Code::MessageSizeTooLarge, topic)) => Err(Error::TooLarge { topic }),
            Some((Code::UnknownTopicOrPartition | Code::UnknownTopic, topic)) => {
                Err(Error::TopicMissing { topic })
            }
            Some((Code::UnknownPartition, topic)) => Err(Error::TopicDiffers {
                topic,
                difference: "it has fewer partitions than its source: run `ophef topics check`"
                    .to_owned(),
            }),
            Some((code, topic)) => {
                let doing = format!("write to {topic}");
                let fatal = self.fatal(&doing);
                Err(fatal.unwrap_or_else(|| Error::of_code(code, &doing, &code.to_string())))
            }
        }
    }

    /// Has everything sent at once, and waits for a moment until it is acknowledged.
    ///
    /// The wrapper's flush polls between two looks, and its polls wait busily or too
    /// long; the client's own sleeps until the last acknowledgement wakes it.
    #[allow(
        unsafe_code,
        reason = "the safe wrapper doesn't offer the client's own flush"
    )]
    fn is_acknowledged(&self) -> bool {
        // Short, so that what couldn't be delivered is taken soon.
        const MOMENT_MS: i32 = 5;
        let client = self.producer.client().native_ptr();
        // SAFETY: the pointer is valid while `producer` lives, and the client is thread-safe.
        let result = unsafe { rdkafka::bindings::rd_kafka_flush(client, MOMENT_MS) };
        result == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Lets the client work for a moment, and takes what it has to tell.
    fn look(&self) {
        std::thread::sleep(LOOK);
        self.producer.poll(Duration::ZERO);
    }

    /// After a failed commit: a passing fault aborts, a lasting one goes up.
    fn give_up(&mut self, error: Error) -> Result<Commit, Error> {
        // With no time left it is the broker that takes back, or the successor.
        if error.is_passing() && self.deadline.is_over() {
            return Ok(Commit::Aborted(error));
        }
        // A producer after a fatal fault can't even abort: its successor does.
        if !error.is_passing() || self.is_broken() {
            return Err(error);
        }
        self.abort()?;
        Ok(Commit::Aborted(error))
    }

    /// Takes back all that was written since the last commit, where the delivery
    /// allows it.
    ///
    /// # Errors
    /// A lasting fault: [`Error::Fenced`] and the like.
    pub fn abort(&mut self) -> Result<(), Error> {
        self.written = 0;
        // Aborting waits until nothing is queued, and in this client only a poll
        // removes what was purged.
        self.producer.purge(PurgeConfig::default().queue());
        let deadline = Instant::now() + DELIVERY;
        let is_over = || Instant::now() > deadline || self.deadline.is_over();
        while self.producer.in_flight_count() > 0 && !is_over() {
            self.look();
        }
        let result = if self.transaction.is_some() {
            self.retry("abort a transaction", |producer, wait| {
                producer.abort_transaction(wait)
            })
        } else {
            Ok(())
        };
        self.transaction = None;
        // What was taken back wasn't delivered, and that is no news.
        self.producer.poll(Duration::ZERO);
        self.producer.context().take_undelivered();
        result
    }
}
