//! Stages as child processes.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use service::Shutdown;

use super::stage::Took;

/// How often it is looked whether a child has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long a child may take to end once it is told to: a service drains for ten seconds.
const STOP: Duration = Duration::from_secs(15);

/// How to start a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// Its name on the command line.
    pub(super) stage: &'a str,
    /// The configuration file, if one was named.
    pub(super) config: Option<&'a Path>,
    pub(super) brokers: &'a str,
    /// Prefix of the topics it reads and, unless it is `raw`, writes.
    pub(super) prefix: &'a str,
    /// Prefix of the topics that `raw` writes.
    pub(super) out: &'a str,
    /// Records to step over; `None` until it is told to stop.
    pub(super) count: Option<u64>,
}

/// How to start a peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer<'a> {
    /// What it is called in the results.
    pub(super) name: &'a str,
    /// What the shell runs.
    pub(super) command: &'a str,
    pub(super) brokers: &'a str,
    /// Full names of the topics it reads and writes.
    pub(super) input: &'a str,
    pub(super) output: &'a str,
    pub(super) group: &'a str,
    /// Records to step over.
    pub(super) count: u64,
}

/// A running stage; killed when dropped.
#[derive(Debug)]
pub(super) struct Stage {
    name: String,
    child: Child,
}

impl Stage {
    /// Starts a stage.
    ///
    /// # Errors
    /// The system starts no process.
    pub(super) fn start(start: &Start<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        if let Some(file) = start.config {
            command.arg("--config").arg(file);
        }
        command.args(["bench", "stage", start.stage, "--out", start.out]);
        if let Some(count) = start.count {
            command.args(["--count", &count.to_string()]);
        }
        let child = command
            .env("OPHEF_KAFKA__BROKERS", start.brokers)
            .env("OPHEF_KAFKA__TOPIC_PREFIX", start.prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Ok(Self {
            name: start.stage.to_owned(),
            child: child.context("can't start a process of this program")?,
        })
    }

    /// Starts a peer.
    ///
    /// # Errors
    /// The system starts no shell.
    pub(super) fn peer(peer: &Peer<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new("sh");
        // In the shell's place, so that killing it kills the peer.
        let child = command
            .arg("-c")
            .arg(format!("exec {}", peer.command))
            .env("PEER_BROKERS", peer.brokers)
            .env("PEER_INPUT", peer.input)
            .env("PEER_OUTPUT", peer.output)
            .env("PEER_GROUP", peer.group)
            .env("PEER_COUNT", peer.count.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        Ok(Self {
            name: peer.name.to_owned(),
            child: child.context("can't start a shell")?,
        })
    }

    /// Tells it to stop, and waits.
    ///
    /// # Errors
    /// As [`Stage::wait`].
    pub(super) fn stop(mut self) -> anyhow::Result<Took> {
        // The end of its input.
        drop(self.child.stdin.take());
        self.wait(STOP, &Shutdown::default())
    }

    /// Waits at most `within` until it has ended by itself, and reads what it took.
    ///
    /// # Errors
    /// It took too long, it failed, or stopping was asked for.
    pub(super) fn wait(mut self, within: Duration, shutdown: &Shutdown) -> anyhow::Result<Took> {
        let status = self.ended(within, shutdown)?;
        let mut line = String::new();
        if let Some(mut out) = self.child.stdout.take() {
            out.read_to_string(&mut line)?;
        }
        if !status.success() {
            bail!("the stage `{}` failed; its reason stands above", self.name);
        }
        let took: Took = serde_json::from_str(&line)?;
        if took.dead > 0 {
            bail!("the stage `{}` rejected {} records", self.name, took.dead);
        }
        Ok(took)
    }

    fn ended(&mut self, within: Duration, shutdown: &Shutdown) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if shutdown.is_requested() {
                bail!("stopped");
            }
            if Instant::now() > deadline {
                bail!("the stage `{}` took longer than {within:?}", self.name);
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
