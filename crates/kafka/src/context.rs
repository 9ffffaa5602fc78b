//! What the client library tells us between calls: logs, faults, rebalances, statistics.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{NoCustomPartitioner, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Statistics, TopicPartitionList};

use crate::Error;

/// What the group coordinator asked for and the owner of the source hasn't yet done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rebalance {
    Assign(Vec<i32>),
    Revoke(Vec<i32>),
}

/// Shared with the library's threads; every part is locked for moments only.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// The last fault of the connection, until it is read.
    fault: Mutex<Option<(Code, String)>>,
    /// Rebalances in the order they came.
    rebalances: Mutex<VecDeque<Rebalance>>,
    /// The first record that couldn't be delivered since it was last asked.
    undelivered: Mutex<Option<(Code, String)>>,
    /// End of each partition as the last statistics had it.
    ends: Mutex<BTreeMap<i32, i64>>,
    /// From here on rebalances are carried out at once: nobody asks any more.
    is_closing: AtomicBool,
}

/// A poisoned lock still guards whole values: each is replaced in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(crate) fn next_rebalance(&self) -> Option<Rebalance> {
        lock(&self.rebalances).pop_front()
    }

    pub(crate) fn take_undelivered(&self) -> Option<(Code, String)> {
        lock(&self.undelivered).take()
    }

    pub(crate) fn end_of(&self, partition: i32) -> Option<i64> {
        lock(&self.ends).get(&partition).copied()
    }

    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    /// The connection's last fault as an error, if there was one.
    pub(crate) fn connection_fault(&self, brokers: &str) -> Option<Error> {
        let (code, detail) = lock(&self.fault).clone()?;
        let brokers = brokers.to_owned();
        Some(match code {
            Code::Authentication | Code::SaslAuthenticationFailed => {
                Error::Refused { brokers, detail }
            }
            Code::SSL => Error::Tls { brokers, detail },
            // Under TLS 1.3 a broker refuses a client's certificate only after the
            // handshake, which the client takes for a lost connection.
            _ if detail.contains("SSL routines") => Error::Tls { brokers, detail },
            _ => Error::Unreachable { brokers, detail },
        })
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            // A lost connection is told by whoever needs it; the client repeats
            // it for each of its threads.
            _ if facility == "FAIL" => {
                tracing::debug!(target: "kafka::client", facility, message, "client log");
            }
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "kafka::client", facility, message, "client log");
            }
            _ => tracing::debug!(target: "kafka::client", facility, message, "client log"),
        }
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.into_values().flat_map(|t| t.partitions);
        let ends = partitions
            .filter(|(partition, p)| *partition >= 0 && p.hi_offset >= 0)
            .map(|(partition, p)| (partition, p.ls_offset.max(p.hi_offset)));
        lock(&self.ends).extend(ends);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, reason, "connection fault");
        let Some(code) = error.rdkafka_error_code() else {
            return;
        };
        let mut fault = lock(&self.fault);
        // "All brokers are down" follows every other fault and explains nothing; nor does
        // the lost connection that follows a refusal.
        let is_refusal = |code| {
            matches!(
                code,
                Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL
            )
        };
        let keeps = match *fault {
            None => false,
            Some(_) if code == Code::AllBrokersDown => true,
            Some((known, _)) => is_refusal(known) && code == Code::BrokerTransportFailure,
        };
        if !keeps {
            *fault = Some((code, reason.to_owned()));
        }
    }
}

impl ConsumerContext for Context {
    /// Only notes what is asked: the owner of the source commits first and then
    /// assigns or unassigns, between two polls.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let is_assign = err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.is_closing.load(Ordering::Acquire) {
            let result = if is_assign {
                consumer.incremental_assign(partitions)
            } else {
                consumer.incremental_unassign(partitions)
            };
            if let Err(error) = result {
                tracing::debug!(error = %error, "rebalance while closing");
            }
            return;
        }
        let numbers = partitions
            .elements()
            .iter()
            .map(|p| p.partition())
            .collect();
        lock(&self.rebalances).push_back(if is_assign {
            Rebalance::Assign(numbers)
        } else {
            Rebalance::Revoke(numbers)
        });
    }
}

impl ProducerContext<NoCustomPartitioner> for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, message)) = result {
            let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
            lock(&self.undelivered).get_or_insert_with(|| (code, message.topic().to_owned()));
        }
    }
}
