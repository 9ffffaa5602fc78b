//! What can go wrong with Kafka, and what to do about it.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// A fault of the connection or the cluster. Every text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No broker answers: start Kafka or mend the address.
    #[error(
        "no Kafka broker answers at {brokers} ({detail}): check that Kafka runs and that \
         `brokers` under [kafka] names it"
    )]
    Unreachable {
        /// The addresses tried.
        brokers: String,
        /// The client's own words.
        detail: String,
    },
    /// The broker doesn't accept the user: mend name, password or mechanism.
    #[error(
        "Kafka at {brokers} refuses the user name or password ({detail}): check `username`, \
         `password` and `mechanism` under [kafka.security]"
    )]
    Refused {
        /// The addresses tried.
        brokers: String,
        /// The client's own words.
        detail: String,
    },
    /// No TLS connection comes about: mend the certificates.
    #[error(
        "no TLS connection to Kafka at {brokers} ({detail}): check `ca_file`, \
         `certificate_file` and `key_file` under [kafka.security]"
    )]
    Tls {
        /// The addresses tried.
        brokers: String,
        /// The client's own words.
        detail: String,
    },
    /// The user lacks a right: grant it.
    #[error("Kafka doesn't let this user {doing} ({detail}): grant it the right (ACL) to")]
    Forbidden {
        /// What was tried.
        doing: String,
        /// The client's own words.
        detail: String,
    },
    /// The topic isn't there: create it.
    #[error("the topic {topic} doesn't exist: create it with `ophef topics create`")]
    TopicMissing {
        /// Its full name.
        topic: String,
    },
    /// The topic has other settings than the pipeline needs.
    #[error("the topic {topic} isn't as it should be: {difference}")]
    TopicDiffers {
        /// Its full name.
        topic: String,
        /// What differs and what to do.
        difference: String,
    },
    /// A newer instance with the same name has taken over: stop one of the two.
    #[error(
        "another instance with the transactional id {transactional_id} has taken over: give \
         every running instance its own `instance` under [kafka]"
    )]
    Fenced {
        /// The id both use.
        transactional_id: String,
    },
    /// A topic takes only smaller records: raise its limit.
    #[error(
        "a record is too large for the topic {topic}: raise its `max.message.bytes`; \
         `ophef topics check` shows what it should be"
    )]
    TooLarge {
        /// Its full name.
        topic: String,
    },
    /// A setting of the client is refused before any connection.
    #[error("a Kafka setting is wrong: {detail}")]
    Settings {
        /// Which, and why.
        detail: String,
    },
    /// Anything else.
    #[error("Kafka: can't {doing}: {detail}")]
    Other {
        /// What was tried.
        doing: String,
        /// The client's own words.
        detail: String,
        /// Whether another try may succeed without anybody's help.
        is_passing: bool,
    },
}

impl Error {
    /// Whether another try may succeed without anybody's help.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Other { is_passing, .. } => *is_passing,
            _ => false,
        }
    }

    /// Reads the client's error, met while trying to `doing`.
    pub(crate) fn of(error: &KafkaError, doing: &str) -> Self {
        if let KafkaError::ClientConfig(_, detail, key, _) = error {
            // The value is left out: it may be a secret.
            let detail = format!("{key}: {detail}");
            return Self::Settings { detail };
        }
        if let KafkaError::ClientCreation(detail) = error {
            let detail = detail.clone();
            return Self::Settings { detail };
        }
        match error.rdkafka_error_code() {
            Some(code) => Self::of_code(code, doing, &error.to_string()),
            None => Self::Other {
                doing: doing.to_owned(),
                detail: error.to_string(),
                is_passing: false,
            },
        }
    }

    /// Reads an error code, met while trying to `doing`.
    pub(crate) fn of_code(code: Code, doing: &str, detail: &str) -> Self {
        let (doing, detail) = (doing.to_owned(), detail.to_owned());
        match code {
            Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed => Self::Forbidden { doing, detail },
            code => Self::Other {
                doing,
                detail,
                is_passing: is_passing(code),
            },
        }
    }
}

/// Whether a newer producer with the same transactional id is at work.
pub(crate) const fn is_fenced(code: Code) -> bool {
    matches!(
        code,
        Code::Fenced | Code::ProducerFenced | Code::TransactionCoordinatorFenced
    )
}

/// Faults that end without anybody's help: a broker restarting, a leader or
/// coordinator moving, a group rebalancing.
const fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::MessageTimedOut
            | Code::TimedOutQueue
            | Code::NotLeaderForPartition
            | Code::LeaderNotAvailable
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::NetworkException
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::WaitingForCoordinator
            | Code::RebalanceInProgress
            | Code::IllegalGeneration
            | Code::UnknownMemberId
            | Code::ConcurrentTransactions
            | Code::UnstableOffsetCommit
            | Code::PurgeQueue
            | Code::PurgeInflight
            | Code::State
            | Code::KafkaStorageError
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
    )
}
