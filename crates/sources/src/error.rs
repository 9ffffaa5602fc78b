//! Lasting faults: each ends the service with one sentence that says what to do.

use std::net::SocketAddr;

/// Why a source can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As with every service.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// Another process listens there.
    #[error(
        "can't serve /v1/mentions at {listen} ({detail}): stop what listens there or set another \
         address as `listen` under [source.http]"
    )]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// The system's own words.
        detail: String,
    },
    /// The address of a stream is none.
    #[error("{0} isn't the address of a stream: it begins with wss:// or ws://")]
    Address(String),
    /// There was no connection to a stream at all.
    #[error("can't reach {address} ({detail}): is there a network, and is that the right address?")]
    OutOfReach {
        /// What was tried.
        address: String,
        /// The last fault.
        detail: String,
    },
    /// The stream refuses.
    #[error("{host} refuses with status {status}: {advice}")]
    Refused {
        /// Who.
        host: String,
        /// HTTP status.
        status: u16,
        /// What to do.
        advice: &'static str,
    },
    /// A file can't be read.
    #[error("can't read {name}: {detail}")]
    Read {
        /// Which.
        name: String,
        /// The system's own words.
        detail: String,
    },
    /// A line of a file can't be a record.
    #[error("line {line} of {name} is longer than the {max} bytes that a raw record may have")]
    LineTooLong {
        /// Of which file.
        name: String,
        /// Which, from 1.
        line: u64,
        /// The limit.
        max: usize,
    },
}

impl From<kafka::Error> for Error {
    fn from(error: kafka::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<service::metrics::RegisterError> for Error {
    fn from(error: service::metrics::RegisterError) -> Self {
        Self::Service(error.into())
    }
}

/// What lets its holder in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self(token)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
