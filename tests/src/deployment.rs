//! Topics of one test, apart from those of all others.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kafka::{Connection, Delivery, Outgoing, Sink, Tail, admin};
use mention::{EventTime, Topic};

use crate::RealKafka;

/// Topics of one test, on a broker that it may share.
#[derive(Debug)]
pub struct Deployment {
    /// How to reach it; its topic prefix is the test's own.
    pub connection: Connection,
    /// Partitions of every topic.
    pub partitions: u16,
}

/// A record read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Number of its partition.
    pub partition: i32,
    /// Position in its partition.
    pub offset: i64,
    /// When it was written to Kafka.
    pub stamped_at: EventTime,
    /// Key, as text.
    pub key: String,
    /// Value.
    pub value: Vec<u8>,
    /// Headers `dead-reason`, `dead-topic`, `dead-partition`, `dead-offset`, where
    /// there are.
    pub dead: Option<[String; 4]>,
}

impl Deployment {
    /// All topics, under a prefix of their own, on `broker`.
    ///
    /// # Panics
    /// If they can't be created.
    #[must_use]
    pub fn on(broker: &RealKafka, partitions: u16) -> Self {
        Self::at(broker.connection(), partitions)
    }

    /// All topics, under a prefix of their own, where `connection` leads.
    ///
    /// # Panics
    /// If they can't be created.
    #[must_use]
    pub fn at(connection: Connection, partitions: u16) -> Self {
        Self::replicated(connection, partitions, 1)
    }

    /// The same with so many replicas of each.
    ///
    /// # Panics
    /// If they can't be created.
    #[must_use]
    pub fn replicated(connection: Connection, partitions: u16, replicas: u16) -> Self {
        let deployment = Self::prefixed(connection, partitions);
        let plans = admin::plans(&deployment.connection, partitions, replicas);
        admin::create(&deployment.connection, &plans).expect("topics");
        deployment
    }

    /// A prefix of its own on `broker`, and no topics yet.
    #[must_use]
    pub fn without_topics(broker: &RealKafka, partitions: u16) -> Self {
        Self::prefixed(broker.connection(), partitions)
    }

    fn prefixed(mut connection: Connection, partitions: u16) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        connection.topic_prefix = format!("test{}-{number}.", std::process::id());
        Self {
            connection,
            partitions,
        }
    }

    /// Writes values to `topic`, each into the partition given with it.
    ///
    /// # Panics
    /// If they aren't acknowledged.
    pub fn write<'a>(&self, topic: Topic, values: impl IntoIterator<Item = (i32, &'a [u8])>) {
        let records = values.into_iter().map(|(partition, value)| Outgoing {
            partition: Some(partition),
            ..outgoing(topic, b"key", value)
        });
        self.send(records);
    }

    /// Writes values to `topic`, each with its key, which decides its partition.
    ///
    /// # Panics
    /// If they aren't acknowledged.
    pub fn write_keyed<'a>(
        &self,
        topic: Topic,
        values: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) {
        let records = values.into_iter();
        self.send(records.map(|(key, value)| outgoing(topic, key, value)));
    }

    fn send<'a>(&self, records: impl Iterator<Item = Outgoing<'a>>) {
        let delivery = Delivery::AtLeastOnce;
        let mut sink = Sink::connect(&self.connection, delivery, "tests", "1").unwrap();
        records.for_each(|record| sink.send(&record).unwrap());
        // A broker that has just started, on a machine that builds, may need longer.
        let is_acknowledged = (0..6).any(|_| sink.flush().is_ok());
        assert!(
            is_acknowledged,
            "the records weren't acknowledged in a minute"
        );
    }

    /// Reads `topic` (a full name) until there are `count` records, and then on
    /// until none came for `quiet`, to see whether there are more than should be.
    ///
    /// # Panics
    /// If there aren't as many when none has come for `within`.
    #[must_use]
    pub fn read(&self, topic: &str, count: usize, within: Duration, quiet: Duration) -> Vec<Found> {
        let found = self.read_up_to(topic, count, within, quiet);
        assert!(
            found.len() >= count,
            "{topic}: {} of {count} records",
            found.len()
        );
        found
    }

    /// Counts the records of `topic` (a full name) until there are `count`, at most for
    /// `within`; for so many that they had better not be kept.
    ///
    /// # Panics
    /// If the topic can't be read.
    #[must_use]
    pub fn count(&self, topic: &str, count: usize, within: Duration) -> usize {
        let topics = [topic.to_owned()];
        let tail = Tail::open(&self.connection, &topics, i32::from(self.partitions)).unwrap();
        let deadline = Instant::now() + within;
        let mut found = 0;
        while found < count && Instant::now() < deadline {
            if tail.next(Duration::from_millis(50)).unwrap().is_some() {
                found += 1;
            }
        }
        found
    }

    /// As [`Deployment::read`], but returns what there is if there aren't as many.
    ///
    /// # Panics
    /// If the topic can't be read.
    #[must_use]
    pub fn read_up_to(
        &self,
        topic: &str,
        count: usize,
        within: Duration,
        quiet: Duration,
    ) -> Vec<Found> {
        let topics = [topic.to_owned()];
        let tail = Tail::open(&self.connection, &topics, i32::from(self.partitions)).unwrap();
        let mut found = Vec::new();
        let is_none_asked = count == 0;
        let mut deadline = Instant::now() + if is_none_asked { quiet } else { within };
        while Instant::now() < deadline {
            if let Some(record) = tail.next(Duration::from_millis(50)).unwrap() {
                found.push(read_back(&record));
                let is_complete = found.len() >= count;
                deadline = Instant::now() + if is_complete { quiet } else { within };
            }
        }
        found
    }
}

const fn outgoing<'a>(topic: Topic, key: &'a [u8], value: &'a [u8]) -> Outgoing<'a> {
    Outgoing {
        topic,
        partition: None,
        key: Some(key),
        value: Some(value),
        stamped_at: None,
    }
}

fn read_back(record: &kafka::Record<'_>) -> Found {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let header = |name| record.header(name).map(text);
    let dead = || {
        Some([
            header("dead-reason")?,
            header("dead-topic")?,
            header("dead-partition")?,
            header("dead-offset")?,
        ])
    };
    Found {
        partition: record.partition(),
        offset: record.offset(),
        stamped_at: record.stamped_at().unwrap(),
        key: text(record.key().unwrap_or_default()),
        value: record.value().to_vec(),
        dead: dead(),
    }
}
