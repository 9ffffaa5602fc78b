//! What a failed call to Kafka means, and whether to make it again.

use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};

use super::{CALL, CALLS, PAUSE, Sink, TRANSACTION};
use crate::Error;
use crate::context::Context;
use crate::error::is_fenced;

impl Sink {
    /// Calls again while the client says that it may help.
    pub(super) fn retry(
        &self,
        doing: &str,
        call: impl Fn(&BaseProducer<Context>, Duration) -> Result<(), KafkaError>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        loop {
            let called = Instant::now();
            let Err(error) = call(&self.producer, self.deadline.left(CALL)) else {
                return Ok(());
            };
            if self.is_stuck.get() {
                return Err(passing(doing, "the client doesn't come back from the call"));
            }
            let is_retriable =
                matches!(&error, KafkaError::Transaction(error) if error.is_retriable());
            let is_over = began.elapsed() > CALLS || self.deadline.is_over();
            if !is_retriable || is_over {
                // The call is under way still, and the client refuses any other.
                self.is_stuck.set(is_retriable);
                return Err(self.explain(&error, doing));
            }
            tracing::warn!(error = %error, doing, "trying once more");
            std::thread::sleep(PAUSE.saturating_sub(called.elapsed()));
        }
    }

    /// Whether only a successor can go on: after a fatal fault, or a call without end.
    pub(super) fn is_broken(&self) -> bool {
        self.is_stuck.get() || self.producer.client().fatal_error().is_some()
    }

    /// What a fatal fault of this producer means, if it had one.
    ///
    /// Most end this producer only: a broker that crashed between the end of a
    /// transaction and its answer leaves the outcome open, the successor has the
    /// broker settle it, and the committed offsets tell it.
    pub(super) fn fatal(&self, doing: &str) -> Option<Error> {
        let (code, detail) = self.producer.client().fatal_error()?;
        Some(match (&self.transactional_id, is_fenced(code)) {
            (Some(id), true) if !self.has_outlived_its_transaction() => {
                let transactional_id = id.clone();
                Error::Fenced { transactional_id }
            }
            _ => match Error::of_code(code, doing, &detail) {
                forbidden @ Error::Forbidden { .. } => forbidden,
                _ => passing(doing, &detail),
            },
        })
    }

    pub(super) fn explain(&self, error: &KafkaError, doing: &str) -> Error {
        if let Some(fatal) = self.fatal(doing) {
            return fatal;
        }
        match error {
            // The client knows better than the bare code whether aborting helps.
            KafkaError::Transaction(error)
                if error.txn_requires_abort() || error.is_retriable() =>
            {
                passing(doing, &error.string())
            }
            error => Error::of(error, doing),
        }
    }

    /// Whether the broker has ended the transaction under way by itself, which
    /// looks the same as another instance taking over.
    fn has_outlived_its_transaction(&self) -> bool {
        self.transaction
            .is_some_and(|began| began.elapsed() >= TRANSACTION)
    }
}

pub(super) fn passing(doing: &str, detail: &str) -> Error {
    Error::Other {
        doing: doing.to_owned(),
        detail: detail.to_owned(),
        is_passing: true,
    }
}
