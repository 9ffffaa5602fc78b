//! Lasting faults: each ends the service with one sentence that says what to do.

use std::net::SocketAddr;
use std::time::Duration;

use crate::metrics;

/// Why a service can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kafka; the text says what to do.
    #[error(transparent)]
    Kafka(#[from] kafka::Error),
    /// Another process listens there.
    #[error(
        "can't serve /metrics at {listen} ({detail}): stop what listens there or set another \
         address as `listen` under [http]"
    )]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// The system's own words.
        detail: String,
    },
    /// Another process listens where a service wants to.
    #[error(
        "can't serve at {listen} ({detail}): stop what listens there or set another address as \
         `listen` under [{section}]"
    )]
    ListenAt {
        /// The address asked for.
        listen: SocketAddr,
        /// The section of the settings that says so.
        section: &'static str,
        /// The system's own words.
        detail: String,
    },
    /// The topics' partitions don't go together.
    #[error(
        "the topics {first} and {second} have {first_partitions} and {second_partitions} \
         partitions, but records keep their partition's number: create them with the same number"
    )]
    Partitions {
        /// The topic consumed.
        first: String,
        /// Its partitions.
        first_partitions: i32,
        /// A topic written.
        second: String,
        /// Its partitions.
        second_partitions: i32,
    },
    /// The input got more partitions while it was read.
    #[error(
        "the topic {topic} has {now} partitions and had {before} when this service started, so \
         brands move away from their state: start it again, and it goes on if that does no harm, \
         or else says what to do"
    )]
    PartitionsAdded {
        /// The topic consumed.
        topic: String,
        /// Its partitions at the start.
        before: i32,
        /// Its partitions now.
        now: i32,
    },
    /// The input ends before the place that was read up to.
    #[error(
        "partition {partition} of {topic} ends at offset {end}, but it was read up to {next}: the \
         topic was deleted and created again, or its broker lost records. If what is there now is \
         to be read from its beginning, delete the consumer group {group}{state}, and start again"
    )]
    Shortened {
        /// The topic consumed.
        topic: String,
        /// Number of the partition.
        partition: i32,
        /// Where it ends now.
        end: i64,
        /// Where the next record was expected.
        next: i64,
        /// The consumer group.
        group: String,
        /// What else has to be deleted; empty if nothing.
        state: String,
    },
    /// The state in the changelog can't be used.
    #[error(
        "the state of partition {partition} in {topic} can't be used ({detail}): run the version \
         that wrote it, or delete the topic's records to begin anew"
    )]
    State {
        /// The changelog.
        topic: String,
        /// Number of the partition.
        partition: i32,
        /// What is wrong with it.
        detail: String,
    },
    /// Most records are rejected: the topic holds something else.
    #[error(
        "{dead} of the last {of} records of {topic} were rejected, the last as {reason}: it seems \
         to hold something else. Mend what writes there, or raise `dead_letter_limit` under \
         [kafka] (1 never stops); what was diverted is listed by `ophef dead-letters list`"
    )]
    DeadLetters {
        /// The topic consumed.
        topic: String,
        /// Records rejected.
        dead: u32,
        /// Records looked at.
        of: u32,
        /// Why the last one was.
        reason: mention::Reason,
    },
    /// A metric is registered twice or has a bad name: a fault of the program.
    #[error("a metric can't be registered: {0}")]
    Metrics(#[from] metrics::RegisterError),
    /// The system gives no thread, runtime or signal handler.
    #[error("can't start: {0}")]
    System(#[from] std::io::Error),
    /// The work didn't end in time after it was asked to.
    #[error(
        "the work didn't stop within {} s of the signal and was left; whatever wasn't \
         committed is done again at the next start", .0.as_secs()
    )]
    Hung(Duration),
    /// A second signal came while the first was still being carried out.
    #[error("interrupted again before the work had stopped; it is done again at the next start")]
    Interrupted,
    /// The work panicked: a fault of the program. The log has its place.
    #[error("the thread {0} panicked; please report it with the log")]
    Panicked(String),
}
