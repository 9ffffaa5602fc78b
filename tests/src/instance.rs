//! A service in a process of its own.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use kafka::GroupProtocol;

use crate::Deployment;

/// How long an instance may take to stop: the ten seconds of its draining, and a
/// moment for the system.
const STOP: Duration = Duration::from_secs(11);

/// How an instance runs.
#[derive(Debug, Clone, Default)]
pub struct InstanceSettings {
    /// `score`, `watch`, `care`, or a source: `http`, `bluesky`, `mastodon`, whose address stands in
    /// the variable `PLACE`.
    pub service: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How it shares the partitions with its fellows.
    pub protocol: GroupProtocol,
    /// Where it finds the broker, if not where the deployment does.
    pub brokers: Option<String>,
    /// A file that what it says is added to; otherwise it is shown.
    pub log: Option<PathBuf>,
    /// Time between two snapshots of its state; a third of a second if nothing is said.
    pub snapshot_interval: Option<Duration>,
    /// Put before its environment's own, such as a library to load first.
    pub environment: Vec<(&'static str, String)>,
}

/// A running instance; killed when dropped.
#[derive(Debug)]
pub struct Instance {
    process: Child,
    log: Option<PathBuf>,
}

impl Instance {
    /// Starts `program`, the binary `instance` of this package.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start(program: &str, deployment: &Deployment, settings: &InstanceSettings) -> Self {
        let connection = &deployment.connection;
        let often = Duration::from_millis(300);
        let snapshots = settings.snapshot_interval.unwrap_or(often);
        let mut command = Command::new(program);
        command
            .arg(settings.service)
            .arg(settings.name)
            .arg(settings.brokers.as_ref().unwrap_or(&connection.brokers))
            .arg(&connection.topic_prefix)
            .arg(match settings.protocol {
                GroupProtocol::Classic => "classic",
                GroupProtocol::Consumer => "consumer",
            })
            .arg(snapshots.as_millis().to_string())
            .envs(settings.environment.iter().cloned())
            .stdin(Stdio::null());
        if let Some(log) = &settings.log {
            let file = OpenOptions::new().create(true).append(true).open(log);
            let file = file.expect("a file for its log");
            command.stdout(file.try_clone().unwrap()).stderr(file);
        }
        Self {
            process: command.spawn().expect("the binary `instance`"),
            log: settings.log.clone(),
        }
    }

    /// Its process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The most memory that it has had in use, MiB: the line `VmHWM: … kB` of its status.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn peak_mebibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM"));
        let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
        kibibytes.unwrap().parse::<u64>().unwrap() / 1_024
    }

    /// Ends it as a crash would, without a chance to do anything.
    ///
    /// # Panics
    /// If it had ended already.
    pub fn kill(mut self) {
        self.assert_runs();
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// It must not have ended by itself.
    ///
    /// # Panics
    /// If it has.
    pub fn assert_runs(&mut self) {
        let ended = self.process.try_wait().unwrap();
        let log = ended.map(|_| last_lines(self.log.as_deref()));
        assert!(ended.is_none(), "the instance ended, {ended:?}: {log:?}");
    }

    /// Sends it a signal by its name, such as `STOP`.
    ///
    /// # Panics
    /// If that can't be done.
    pub fn signal(&self, name: &str) {
        let mut command = Command::new("kill");
        let command = command.args(["-s", name, &self.id().to_string()]);
        assert!(command.status().unwrap().success());
    }

    /// Asks it to stop and waits for a clean end. Returns how long it took.
    ///
    /// # Panics
    /// If it doesn't end well within 11 s.
    pub fn stop(self) -> Duration {
        self.signal("TERM");
        self.stopped()
    }

    /// Waits for the clean end of an instance that was asked to stop. Returns how long
    /// it took.
    ///
    /// # Panics
    /// If it doesn't end well within 11 s.
    pub fn stopped(mut self) -> Duration {
        let timer = Instant::now();
        let status = self.wait(STOP).expect("an end within 11 s of SIGTERM");
        let log = last_lines(self.log.as_deref());
        assert!(status.success(), "{status}: {log}");
        timer.elapsed()
    }

    /// Waits until it ends by itself; whether it ended well.
    ///
    /// # Panics
    /// If it doesn't end within `within`.
    pub fn ended(mut self, within: Duration) -> bool {
        let Some(status) = self.wait(within) else {
            let log = last_lines(self.log.as_deref());
            panic!("it didn't end by itself within {within:?}: {log}");
        };
        status.success()
    }

    /// Waits until one of two ends by itself. Returns whether it ended well and all that it
    /// has logged, and the other one.
    ///
    /// # Errors
    /// What both logged last, if neither ends within `within`.
    pub fn first_to_end(
        [first, second]: [Self; 2],
        within: Duration,
    ) -> Result<(bool, String, Self), String> {
        let deadline = Instant::now() + within;
        let (mut one, mut other) = (first, second);
        while Instant::now() < deadline {
            if let Some(status) = one.wait(Duration::from_millis(20)) {
                let log = one.log.as_ref().map(std::fs::read_to_string);
                let log = log.and_then(Result::ok).unwrap_or_default();
                return Ok((status.success(), log, other));
            }
            (one, other) = (other, one);
        }
        let logs = [one, other].map(|instance| last_lines(instance.log.as_deref()));
        let logs = logs.join("\n  and\n");
        Err(format!(
            "neither ended by itself within {within:?}:\n{logs}"
        ))
    }

    fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

/// The end of a log, for a message.
fn last_lines(log: Option<&Path>) -> String {
    let text = log.and_then(|log| std::fs::read_to_string(log).ok());
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
