//! Topics of a benchmark's own, and what is written to them.

use std::time::Duration;

use anyhow::bail;
use kafka::{Connection, Delivery, Outgoing, Sink, admin};
use mention::{EventTime, Topic};
use service::{Shutdown, clock};

use super::posts::Posts;

/// Brands among which mentions are shared out.
const BRANDS: u64 = 200;
/// The time that a backlog spans, milliseconds: a day.
const BACKLOG_MS: u64 = 24 * 3_600_000;
/// Waits for acknowledgement, of twelve seconds each, before it is given up.
const WAITS: usize = 10;
/// Mentions between two looks at whether stopping was asked for.
const LOOK: u64 = 10_000;

/// All topics of the pipeline under a prefix; deleted when dropped, and with them the
/// consumer groups.
#[derive(Debug)]
pub(super) struct Topics {
    /// How to reach them.
    pub(super) connection: Connection,
    names: Vec<String>,
}

impl Topics {
    /// Makes them where `connection` leads, `prefix` before those that it has already.
    ///
    /// # Errors
    /// Kafka can't be reached or refuses.
    pub(super) fn create(
        connection: &Connection,
        prefix: &str,
        partitions: u16,
        replicas: u16,
    ) -> anyhow::Result<Self> {
        let connection = Connection {
            topic_prefix: format!("{}{prefix}", connection.topic_prefix),
            ..connection.clone()
        };
        let plans = admin::plans(&connection, partitions, replicas);
        let names = plans.iter().map(|plan| plan.name.clone()).collect();
        let topics = Self { connection, names };
        // From here on they are deleted, even if only some could be made.
        admin::create(&topics.connection, &plans)?;
        Ok(topics)
    }

    /// The prefix of all their names.
    pub(super) fn prefix(&self) -> &str {
        &self.connection.topic_prefix
    }

    /// A producer for them.
    ///
    /// # Errors
    /// Kafka can't be reached or refuses.
    pub(super) fn sink(&self) -> anyhow::Result<Sink> {
        let delivery = Delivery::AtLeastOnce;
        Ok(Sink::connect(
            &self.connection,
            delivery,
            "bench-fill",
            "1",
        )?)
    }

    /// Writes `count` mentions of the past day. Returns the bytes of all their values.
    ///
    /// # Errors
    /// Kafka doesn't take them, or stopping was asked for.
    pub(super) fn fill(
        &self,
        posts: &Posts,
        count: u64,
        shutdown: &Shutdown,
    ) -> anyhow::Result<u64> {
        let mut sink = self.sink()?;
        let (mut bytes, mut value) = (0, Vec::new());
        let begin = clock::now().millis() - i64::try_from(BACKLOG_MS)?;
        for number in 0..count {
            if number % LOOK == 0 && shutdown.is_requested() {
                bail!("stopped");
            }
            let ahead = u128::from(number) * u128::from(BACKLOG_MS) / u128::from(count);
            let at = EventTime::from_millis(begin + i64::try_from(ahead)?);
            let brand = brand(number);
            posts.write(number, &brand, at, &mut value);
            bytes += value.len() as u64;
            sink.send(&mention(&brand, &value))?;
        }
        acknowledged(&mut sink)?;
        Ok(bytes)
    }
}

/// The brand of mention number `number`: all have as many, in no order.
pub(super) fn brand(number: u64) -> String {
    // The multiplier of Knuth's hash spreads consecutive numbers.
    let index = (number.wrapping_mul(2_654_435_761) >> 8) % BRANDS;
    format!("brand-{index:03}")
}

/// A mention on its way to Kafka; its brand decides the partition.
pub(super) fn mention<'a>(brand: &'a str, value: &'a [u8]) -> Outgoing<'a> {
    Outgoing {
        topic: Topic::Mentions,
        partition: None,
        key: Some(brand.as_bytes()),
        value: Some(value),
        stamped_at: None,
    }
}

/// Waits until everything is acknowledged.
///
/// # Errors
/// It isn't, within two minutes.
pub(super) fn acknowledged(sink: &mut Sink) -> Result<(), kafka::Error> {
    let mut result = sink.flush();
    for _ in 1..WAITS {
        match &result {
            Err(error) if error.is_passing() => result = sink.flush(),
            _ => break,
        }
    }
    result
}

impl Drop for Topics {
    fn drop(&mut self) {
        let services = [
            score::NAME,
            watch::NAME,
            "bench-consume",
            "bench-parse",
            "bench-raw",
            "peer",
        ];
        let groups = services.map(|service| self.connection.group(service));
        // Kafka may just be letting go of a group's last member.
        std::thread::sleep(Duration::from_millis(50));
        if let Err(error) = admin::delete(&self.connection, &self.names, &groups) {
            let prefix = self.prefix();
            tracing::warn!(error = %error, prefix, "topics of the benchmark are left behind");
        }
    }
}
