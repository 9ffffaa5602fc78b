//! The instances that are tormented.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tests::{Deployment, Instance, InstanceSettings};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
/// How long an instance may go on after another has taken its name: until its next
/// commit, on a machine that does much else.
const FENCED: Duration = Duration::from_secs(60);

/// Running instances of both services, with all that is needed to start more.
#[derive(Debug)]
pub(crate) struct Team<'a> {
    deployment: &'a Deployment,
    settings: InstanceSettings,
    logs: PathBuf,
    members: Vec<Member>,
    /// How many were ever started: each has a log of its own.
    started: Cell<u32>,
}

#[derive(Debug)]
struct Member {
    service: &'static str,
    name: &'static str,
    instance: Option<Instance>,
}

/// The members: two of each service, so that one can take over from the other.
pub(crate) const MEMBERS: [(&str, &str); 4] = [
    ("score", "1"),
    ("score", "2"),
    ("watch", "1"),
    ("watch", "2"),
];

impl<'a> Team<'a> {
    /// Starts all of [`MEMBERS`], which run like `settings` and log to files in `logs`.
    pub(crate) fn start(
        deployment: &'a Deployment,
        settings: &InstanceSettings,
        logs: &Path,
    ) -> Self {
        let mut team = Self {
            deployment,
            settings: settings.clone(),
            logs: logs.to_owned(),
            members: Vec::new(),
            started: Cell::new(0),
        };
        for (service, name) in MEMBERS {
            let instance = Some(team.instance(service, name));
            team.members.push(Member {
                service,
                name,
                instance,
            });
        }
        team
    }

    fn instance(&self, service: &'static str, name: &'static str) -> Instance {
        let number = self.started.get() + 1;
        self.started.set(number);
        let settings = InstanceSettings {
            service,
            name,
            log: Some(self.logs.join(format!("{service}-{name}.{number}.log"))),
            ..self.settings.clone()
        };
        Instance::start(INSTANCE, self.deployment, &settings)
    }

    fn start_again(&mut self, index: usize) {
        let Member { service, name, .. } = self.members[index];
        self.members[index].instance = Some(self.instance(service, name));
    }

    fn take(&mut self, index: usize) -> Instance {
        let instance = self.members[index].instance.take();
        instance.expect("every member runs")
    }

    /// Kills a member and starts it again after `pause`.
    pub(crate) fn kill(&mut self, index: usize, pause: Duration) {
        self.take(index).kill();
        std::thread::sleep(pause);
        self.start_again(index);
    }

    /// Has a member leave by SIGTERM, and join again after `pause`. How fast and how well
    /// it ends is tested apart; here the machine may be too busy for it.
    pub(crate) fn leave(&mut self, index: usize, pause: Duration) {
        let instance = self.take(index);
        instance.signal("TERM");
        instance.ended(FENCED);
        std::thread::sleep(pause);
        self.start_again(index);
    }

    /// Freezes a member's process for `pause`, as a pause of its machine would: it
    /// wakes up and takes itself for the owner of what it had.
    pub(crate) fn freeze(&mut self, index: usize, pause: Duration) {
        let member = &mut self.members[index];
        let instance = member.instance.as_mut().expect("every member runs");
        instance.assert_runs();
        instance.signal("STOP");
        std::thread::sleep(pause);
        instance.signal("CONT");
    }

    /// Starts a second instance under a member's name. One must end by itself, not as a
    /// success and with a sentence; the other stays. Mostly the first ends, but the
    /// second if the first was started so lately that it came to the broker after the second.
    ///
    /// # Errors
    /// Neither ended in time, with what they logged.
    pub(crate) fn replace(&mut self, index: usize) -> Result<(), String> {
        let Member { service, name, .. } = self.members[index];
        let second = self.instance(service, name);
        let first = self.take(index);
        let (is_success, log, stays) = Instance::first_to_end([first, second], FENCED)
            .map_err(|error| format!("{service}-{name}: {error}"))?;
        assert!(!is_success, "{service}-{name}: not a success");
        assert!(
            log.contains("has taken over: give every running instance its own `instance`"),
            "{log}"
        );
        self.members[index].instance = Some(stays);
        Ok(())
    }

    /// All must still run.
    pub(crate) fn assert_runs(&mut self) {
        let instances = self
            .members
            .iter_mut()
            .filter_map(|member| member.instance.as_mut());
        instances.for_each(Instance::assert_runs);
    }

    /// Stops all in good order; the longest that one took.
    pub(crate) fn stop(mut self) -> Duration {
        let instances = self
            .members
            .iter_mut()
            .filter_map(|member| member.instance.take());
        instances.map(Instance::stop).max().unwrap_or_default()
    }
}
