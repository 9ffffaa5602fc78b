//! Writing feedback to Kafka, on a thread of its own.

use std::time::{Duration, Instant};

use kafka::{Connection, Delivery, Outgoing, Sink};
use mention::{Assigned, EventTime, Feedback, Judged, Signed, Topic, Verdict};
use service::clock;
use tokio::sync::{mpsc, oneshot};

use crate::NAME;
use crate::store::{Entry, Store};

/// Responses that may wait to be written; more are refused.
const QUEUE: usize = 16;
/// How long somebody waits for a response to be written.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a written response is waited for to be read back: it takes some ten milliseconds.
const READ_BACK: Duration = Duration::from_secs(2);

/// Why a response wasn't written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Too much at once.
    #[error("too many responses are waiting to be written: try again in a moment")]
    Busy,
    /// Kafka didn't take it in time, or the console is stopping.
    #[error("Kafka didn't take it in time: it may be written still; look again in a moment")]
    TimedOut,
    /// There is no such spike.
    #[error("there is no spike of that id any more")]
    Unknown,
    /// Kafka refused it; its own words.
    #[error("Kafka didn't take it: {0}")]
    Refused(String),
}

/// What came of a change.
pub type Written = Result<(), WriteError>;

/// What somebody changes about the response to a spike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// They have seen it, or take that back.
    Acknowledge(bool),
    /// Somebody deals with it, or nobody.
    Assign(Option<String>),
    /// Whether it was worth the call, or nothing is said of that.
    Judge(Option<Verdict>),
}

impl Change {
    /// The response after `by` has changed it at `at`, by the wall clock.
    fn applied(self, mut feedback: Feedback, by: String, at: EventTime) -> Feedback {
        match self {
            Self::Acknowledge(is_seen) => {
                feedback.acknowledged = is_seen.then_some(Signed { by, at });
            }
            Self::Assign(to) => feedback.assigned = to.map(|to| Assigned { to, by, at }),
            Self::Judge(verdict) => {
                feedback.judged = verdict.map(|verdict| Judged { verdict, by, at });
            }
        }
        feedback
    }
}

#[derive(Debug)]
struct Job {
    spike: String,
    change: Change,
    by: String,
    done: oneshot::Sender<Written>,
}

/// A handle to the thread that writes.
#[derive(Debug, Clone)]
pub struct Writer(mpsc::Sender<Job>);

/// The other end of a [`Writer`].
#[derive(Debug)]
pub struct Jobs(mpsc::Receiver<Job>);

impl Writer {
    /// A writer, and its jobs for the thread that does them.
    #[must_use]
    pub fn new() -> (Self, Jobs) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), Jobs(receiver))
    }

    /// Changes the response to a spike; on success the store has it, too.
    ///
    /// # Errors
    /// [`WriteError`]; after [`WriteError::TimedOut`] it may be written all the same.
    pub async fn write(&self, spike: &str, change: Change, by: &str) -> Written {
        let (done, written) = oneshot::channel();
        let job = Job {
            spike: spike.to_owned(),
            change,
            by: by.to_owned(),
            done,
        };
        self.0.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::TimedOut,
        })?;
        let written = tokio::time::timeout(PATIENCE, written).await;
        written.map_or(Err(WriteError::TimedOut), |written| {
            written.unwrap_or(Err(WriteError::TimedOut))
        })
    }
}

impl Jobs {
    /// Does the jobs by `write`, one after the other, until every [`Writer`] is gone. The
    /// next begins when the store holds what the one before wrote, so that no change
    /// rests on an outdated response.
    pub fn run(mut self, store: &Store, mut write: impl FnMut(&Feedback) -> Written) {
        while let Some(job) = self.0.blocking_recv() {
            // Nobody waits for it any more: better not written than written unseen.
            if job.done.is_closed() {
                continue;
            }
            let known = store.read().spike(&job.spike);
            let written = known.map_or(Err(WriteError::Unknown), |entry| {
                let feedback = response(&entry);
                let feedback = job.change.applied(feedback, job.by, clock::now());
                write(&feedback)?;
                wait_until_read(store, &feedback);
                Ok(())
            });
            // The one who asked may have given up meanwhile.
            let _ = job.done.send(written);
        }
    }
}

/// The response as it is, with the times that the spike has now.
fn response(entry: &Entry) -> Feedback {
    let known = entry.feedback.as_deref();
    Feedback {
        acknowledged: known.and_then(|known| known.acknowledged.clone()),
        assigned: known.and_then(|known| known.assigned.clone()),
        judged: known.and_then(|known| known.judged.clone()),
        // Somebody was called even if it turned out later not to be worth it.
        pages: entry.spike.pages || known.is_some_and(|known| known.pages),
        ..Feedback::none(&entry.spike)
    }
}

/// Waits until what was written has been read from the topic, which is the one place where
/// the order of writers is decided. A reader that lags holds nobody up for long.
fn wait_until_read(store: &Store, feedback: &Feedback) {
    let deadline = Instant::now() + READ_BACK;
    while Instant::now() < deadline {
        let known = store.read().feedback(&feedback.spike);
        if known.is_some_and(|known| *known == *feedback) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Writes to the feedback topic; connects when there is something to write, and anew after a
/// fault.
#[derive(Debug)]
pub(crate) struct ToKafka {
    connection: Connection,
    instance: String,
    sink: Option<Sink>,
}

impl ToKafka {
    pub(crate) fn new(settings: &service::Settings) -> Self {
        Self {
            connection: settings.connection.clone(),
            instance: settings.instance.clone(),
            sink: None,
        }
    }

    pub(crate) fn write(&mut self, feedback: &Feedback) -> Written {
        let result = self.try_write(feedback);
        result.map_err(|fault| {
            self.sink = None;
            tracing::warn!(error = %fault, "feedback isn't written");
            WriteError::Refused(fault.to_string())
        })
    }

    fn try_write(&mut self, feedback: &Feedback) -> Result<(), kafka::Error> {
        let sink = match &mut self.sink {
            Some(sink) => sink,
            None => self.sink.insert(Sink::connect(
                &self.connection,
                Delivery::AtLeastOnce,
                NAME,
                &self.instance,
            )?),
        };
        let value = serde_json::to_vec(feedback).map_err(|error| kafka::Error::Other {
            doing: "write feedback".to_owned(),
            detail: error.to_string(),
            is_passing: false,
        })?;
        sink.send(&Outgoing {
            topic: Topic::Feedback,
            partition: None,
            key: Some(feedback.spike.as_bytes()),
            value: Some(&value),
            stamped_at: None,
        })?;
        sink.flush()
    }
}
