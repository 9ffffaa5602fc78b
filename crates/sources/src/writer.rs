//! Writing to Kafka, with an answer once it is there.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use kafka::{Connection, Delivery, Outgoing, Sink};
use mention::{HEADER_FORMAT, HEADER_SOURCE, Topic};
use service::tasks::{self, Thread};
use service::{Context, Error};
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

/// Records that stand or fall together, and who waits for them.
struct Batch {
    records: Vec<RawRecord>,
    source: String,
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

/// A handle to the thread that writes.
#[derive(Debug, Clone)]
pub struct Writer(SyncSender<Batch>);

impl Writer {
    /// Starts the thread; it ends when the last handle is gone.
    ///
    /// # Errors
    /// [`Error::System`] if the system gives no thread.
    pub fn start(
        connection: &Connection,
        instance: &str,
        metrics: &Metrics,
        context: &Context,
    ) -> Result<(Self, Thread<()>), Error> {
        let (sender, batches) = sync_channel(WAITING_MAX);
        let mut work = Work {
            connection: connection.clone(),
            instance: instance.to_owned(),
            metrics: metrics.clone(),
            context: context.clone(),
            sink: None,
        };
        let thread = tasks::thread("writer", move || work.run(&batches))?;
        Ok((Self(sender), thread))
    }

    /// Writes `records` of `source` and waits until Kafka has acknowledged all of them.
    ///
    /// # Errors
    /// [`Unwritten`]: then some of them may be written all the same, and writing all of
    /// them once more is right; `ingest` drops what it has seen.
    pub async fn write(&self, source: &str, records: Vec<RawRecord>) -> Result<(), Unwritten> {
        let (done, answer) = oneshot::channel();
        let batch = Batch {
            records,
            source: source.to_owned(),
            done,
        };
        self.0.try_send(batch).map_err(|error| match error {
            TrySendError::Full(_) => Unwritten::Full,
            TrySendError::Disconnected(_) => Unwritten::Stopping,
        })?;
        answer.await.unwrap_or(Err(Unwritten::Stopping))
    }
}

struct Work {
    connection: Connection,
    instance: String,
    metrics: Metrics,
    context: Context,
    /// `None` until the first record, and after a fault.
    sink: Option<Sink>,
}

impl Work {
    fn run(&mut self, batches: &Receiver<Batch>) {
        let part = self.context.health.enter("writer");
        part.set(true, "running");
        loop {
            part.tick();
            let first = match batches.recv_timeout(STEP) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => continue,
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
                }
                Err(fault) => {
                    tracing::warn!(error = %fault, records = count, "not written");
                    part.set(false, &format!("waiting: {fault}"));
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
        for batch in round {
            for record in &batch.records {
                send(sink, record, &batch.source)?;
            }
        }
        sink.flush()
    }
}

/// Hands a record to the client.
pub(crate) fn send(sink: &mut Sink, record: &RawRecord, source: &str) -> Result<(), kafka::Error> {
    let named = record
        .format
        .map(|format| (HEADER_FORMAT, format.as_bytes()));
    let own = record.headers.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = [(HEADER_SOURCE, source.as_bytes())].into_iter();
    let outgoing = Outgoing {
        topic: Topic::Raw,
        partition: None,
        key: Some(record.key.as_slice()).filter(|key| !key.is_empty()),
        value: Some(&record.value),
        stamped_at: None,
    };
    sink.send_with(&outgoing, headers.chain(named).chain(own))
}
