//! The Kafka that is tormented, and the way to it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kafka::Connection;
use tests::{Deployment, Network, Proxy, RealKafka};

const PARTITIONS: u16 = 4;
/// Far more than a run writes: it is full when it is filled.
const DISK_MEBIBYTES: u32 = 768;

/// What the run needs of Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One broker, behind a network that can fail.
    Network,
    /// The same on a disk of its own.
    SmallDisk,
    /// Two brokers.
    Pair,
}

/// A running Kafka.
#[derive(Debug)]
pub(crate) struct Site {
    broker: RealKafka,
    second: Option<RealKafka>,
    proxy: Proxy,
}

impl Site {
    pub(crate) fn start(kind: Kind) -> Self {
        let proxy = Proxy::start();
        let (broker, second) = match kind {
            Kind::Network => (RealKafka::start_behind(&proxy), None),
            Kind::SmallDisk => (RealKafka::start_on_small_disk(&proxy, DISK_MEBIBYTES), None),
            Kind::Pair => {
                let [first, second] = RealKafka::start_pair();
                (first, Some(second))
            }
        };
        Self {
            broker,
            second,
            proxy,
        }
    }

    /// Topics on it, reached without the network that fails.
    pub(crate) fn deployment(&self) -> Deployment {
        let mut connection = self.broker.connection();
        let Some(second) = &self.second else {
            return Deployment::at(connection, PARTITIONS);
        };
        let brokers = [connection.brokers, second.connection().brokers];
        connection = Connection::plaintext(brokers.join(","));
        Deployment::replicated(connection, PARTITIONS, 2)
    }

    /// The addresses that the services are told.
    pub(crate) fn brokers(&self, deployment: &Deployment) -> String {
        if self.second.is_some() {
            return deployment.connection.brokers.clone();
        }
        self.broker.connection_through(&self.proxy).brokers
    }

    /// The network is like that for as long as `wait` takes.
    pub(crate) fn while_network_is(&self, network: Network, wait: impl FnOnce()) {
        self.proxy.set(network);
        wait();
        self.proxy.set(Network::Open);
    }

    /// Whether a broker has left a transaction without its end: a fault of its own that
    /// no client can mend.
    pub(crate) fn has_skipped_markers(&self) -> bool {
        let brokers = std::iter::once(&self.broker).chain(&self.second);
        brokers.into_iter().any(RealKafka::has_skipped_markers)
    }

    pub(crate) fn crash(&mut self, pause: Duration) {
        self.broker.crash(pause);
    }

    pub(crate) fn fill_disk(&mut self, pause: Duration) {
        self.broker.fill_disk(pause);
    }

    /// The second broker dies and comes back: the partitions that it led and the groups
    /// and transactions that it coordinated move to the first, and back.
    pub(crate) fn crash_second(&mut self, pause: Duration) {
        let second = self.second.as_mut().expect("a second broker");
        second.crash(pause);
    }
}

/// The clock of the services, which can be set: `clock.c` is loaded into their processes.
/// Only the time of day jumps; what measures durations goes on.
#[derive(Debug)]
pub(crate) struct Clock {
    library: PathBuf,
    /// Holds the seconds that it is ahead.
    file: File,
    path: PathBuf,
}

impl Clock {
    /// A clock that is right, with its files in `folder`.
    ///
    /// # Panics
    /// If there is no C compiler, which a build needs as well.
    pub(crate) fn new(folder: &Path) -> Self {
        let library = folder.join("clock.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chaos/clock.c");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(&library);
        let status = compiler.arg(source).status();
        assert!(status.is_ok_and(|status| status.success()), "cc {source}");
        let path = folder.join("clock");
        let file = File::create(&path).unwrap();
        let clock = Self {
            library,
            file,
            path,
        };
        clock.jump_to(0);
        clock
    }

    /// What an instance's environment must have.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("CHAOS_CLOCK", self.path.display().to_string()),
        ]
    }

    /// The clock shows so many hours more than it is.
    pub(crate) fn jump_to(&self, hours: i64) {
        let seconds = (hours * 3_600).to_ne_bytes();
        self.file.write_all_at(&seconds, 0).unwrap();
    }
}
