//! Writing to Kafka, with an answer once it is there.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use kafka::{Connection, Delivery, Outgoing, Sink};
use mention::{HEADER_FORMAT, HEADER_SOURCE, Topic};
use service::tasks::{self, Thread};
use service::{Context, Error, Part};
use tokio::sync::oneshot;

use crate::{Metrics, NAME, RawRecord};

/// Batches that wait to be written, at most; their bytes are bounded by who sends them.
const WAITING_MAX: usize = 1_024;
/// Records that are written before their acknowledgement is waited for: what comes in
/// meanwhile goes together, so that many small requests cost one round to the broker.
const ROUND: usize = 20_000;
/// How often a request to stop is looked for.
const STEP: Duration = Duration::from_millis(50);
/// Pause after the broker has failed.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause between two looks at whether Kafka is back. Without them it would be known by the
/// next write alone, and who isn't ready may be sent none.
const PROBE: Duration = Duration::from_secs(5);
/// How long such a look may take; what is sent meanwhile waits for it.
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// Name of the source that goes with raw input.
const SOURCE: &str = "http";

/// Records that stand or fall together, and who waits for them.
struct Batch {
    records: Vec<RawRecord>,
    done: oneshot::Sender<Result<(), Unwritten>>,
}

/// Why records aren't in Kafka, as far as is known: some of them may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// More waits than there is room for.
    #[error("more waits to be written than there is room for")]
    Full,
    /// Kafka can't be reached or refuses.
    #[error("{0}")]
    Kafka(String),
    /// The process is about to end.
    #[error("the service is stopping")]
    Stopping,
}

/// A handle to the thread that writes to one topic.
#[derive(Debug, Clone)]
pub struct Writer(SyncSender<Batch>);

impl Writer {
    /// Starts the thread that writes to `topic`; it ends when the last handle is gone. Each
    /// topic has its own, so that one which can't be written doesn't hold up the others.
    ///
    /// # Errors
    /// [`Error::System`] if the system gives no thread.
    pub fn start(
        topic: Topic,
        connection: &Connection,
        instance: &str,
        metrics: &Metrics,
        context: &Context,
    ) -> Result<(Self, Thread<()>), Error> {
        let (sender, batches) = sync_channel(WAITING_MAX);
        let mut work = Work {
            topic,
            connection: connection.clone(),
            instance: instance.to_owned(),
            metrics: metrics.clone(),
            context: context.clone(),
            sink: None,
            failed_at: None,
        };
        let thread = tasks::thread("writer", move || work.run(&batches))?;
        Ok((Self(sender), thread))
    }

    /// Writes `records` and waits until Kafka has acknowledged all of them.
    ///
    /// # Errors
    /// [`Unwritten`]: then some of them may be written all the same, and writing all of
    /// them once more is right: `ingest` drops what it has seen, and totals told twice
    /// change nothing.
    pub async fn write(&self, records: Vec<RawRecord>) -> Result<(), Unwritten> {
        let (done, answer) = oneshot::channel();
        let batch = Batch { records, done };
        self.0.try_send(batch).map_err(|error| match error {
            TrySendError::Full(_) => Unwritten::Full,
            TrySendError::Disconnected(_) => Unwritten::Stopping,
        })?;
        answer.await.unwrap_or(Err(Unwritten::Stopping))
    }
}

struct Work {
    topic: Topic,
    connection: Connection,
    instance: String,
    metrics: Metrics,
    context: Context,
    /// `None` until the first record, and after a fault.
    sink: Option<Sink>,
    /// When Kafka was last found not to take records; `None` while it does.
    failed_at: Option<Instant>,
}

impl Work {
    fn run(&mut self, batches: &Receiver<Batch>) {
        let part = self.context.health.enter(self.topic.name());
        part.set(true, "running");
        loop {
            part.tick();
            let first = match batches.recv_timeout(STEP) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.look(&part);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut round = vec![first];
            let mut count = round[0].records.len();
            while count < ROUND
                && let Ok(more) = batches.try_recv()
            {
                count += more.records.len();
                round.push(more);
            }
            let result = self.write(&round);
            match &result {
                Ok(()) => {
                    self.metrics.written.inc_by(count as u64);
                    part.set(true, "running");
                    self.failed_at = None;
                }
                Err(fault) => {
                    tracing::warn!(error = %fault, records = count, "not written");
                    self.wait(&part, fault);
                    // The next round begins with a connection of its own.
                    self.sink = None;
                }
            }
            for batch in round {
                let answer = result.as_ref().map(|_| ());
                // Who asked may have gone.
                let _ = batch
                    .done
                    .send(answer.map_err(|e| Unwritten::Kafka(e.to_string())));
            }
            if result.is_err() {
                self.context.shutdown.sleep(PAUSE);
            }
        }
    }

    /// Looks whether Kafka is back, if it was gone and it is time for it.
    fn look(&mut self, part: &Part) {
        if self.failed_at.is_none_or(|at| at.elapsed() < PROBE) {
            return;
        }
        let topic = self.connection.topic(self.topic);
        match kafka::admin::partitions(&self.connection, &[topic], PROBE_WITHIN) {
            Ok(_) => {
                part.set(true, "running");
                self.failed_at = None;
            }
            Err(fault) => self.wait(part, &fault),
        }
    }

    /// Without raw input there is no service; without totals there is.
    fn wait(&mut self, part: &Part, fault: &kafka::Error) {
        part.set(self.topic != Topic::Raw, &format!("waiting: {fault}"));
        self.failed_at = Some(Instant::now());
    }

    fn write(&mut self, round: &[Batch]) -> Result<(), kafka::Error> {
        let sink = match &mut self.sink {
            Some(sink) => sink,
            None => self.sink.insert(Sink::connect(
                &self.connection,
                Delivery::AtLeastOnce,
                NAME,
                &self.instance,
            )?),
        };
        for record in round.iter().flat_map(|batch| &batch.records) {
            // Only raw input is told apart by its source.
            match self.topic {
                Topic::Raw => send(sink, record, SOURCE)?,
                topic => sink.send(&outgoing(topic, record))?,
            }
        }
        sink.flush()
    }
}

/// The record as it goes to `topic`.
fn outgoing(topic: Topic, record: &RawRecord) -> Outgoing<'_> {
    Outgoing {
        topic,
        partition: None,
        key: Some(record.key.as_slice()).filter(|key| !key.is_empty()),
        value: Some(&record.value),
        stamped_at: None,
    }
}

/// Hands a record of raw input to the client.
pub(crate) fn send(sink: &mut Sink, record: &RawRecord, source: &str) -> Result<(), kafka::Error> {
    let named = record
        .format
        .map(|format| (HEADER_FORMAT, format.as_bytes()));
    let own = record.headers.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = [(HEADER_SOURCE, source.as_bytes())].into_iter();
    sink.send_with(
        &outgoing(Topic::Raw, record),
        headers.chain(named).chain(own),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use kafka::EmbeddedBroker;

    use super::*;

    #[test]
    fn the_door_is_ready_again_without_being_asked_once_kafka_is_back() {
        let broker = EmbeddedBroker::start(1).unwrap();
        let context = Context::default();
        let mut work = Work {
            topic: Topic::Raw,
            connection: Connection::plaintext("127.0.0.1:1"),
            instance: "1".to_owned(),
            metrics: Metrics::register(&context.registry).unwrap(),
            context: context.clone(),
            sink: None,
            failed_at: None,
        };
        let part = context.health.enter("writer");
        part.set(true, "running");
        let fault = kafka::Error::TopicMissing {
            topic: "t".to_owned(),
        };
        work.wait(&part, &fault);
        assert!(!context.health.ready().0);
        // Still gone.
        let long_ago = Instant::now().checked_sub(PROBE);
        work.failed_at = long_ago;
        work.look(&part);
        assert!(!context.health.ready().0 && work.failed_at != long_ago);
        // Back, which is looked for only after a pause.
        work.connection = broker.connection().unwrap();
        work.look(&part);
        assert!(!context.health.ready().0);
        work.failed_at = long_ago;
        work.look(&part);
        assert!(context.health.ready().0 && work.failed_at.is_none());
        // Mentions are taken where totals can't be.
        work.topic = Topic::CampaignEvents;
        work.wait(&part, &fault);
        assert!(context.health.ready().0 && context.health.ready().1.contains("waiting"));
    }
}
