//! A service in a process of its own.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Deployment;

/// How an instance runs.
#[derive(Debug, Clone)]
pub struct InstanceSettings {
    /// `score` or `watch`.
    pub service: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// A running instance; killed when dropped.
#[derive(Debug)]
pub struct Instance(Child);

impl Instance {
    /// Starts `program`, the binary `instance` of this package.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start(program: &str, deployment: &Deployment, settings: &InstanceSettings) -> Self {
        let child = Command::new(program)
            .arg(settings.service)
            .arg(settings.name)
            .arg(&deployment.connection.brokers)
            .arg(&deployment.connection.topic_prefix)
            .stdin(Stdio::null())
            .spawn();
        Self(child.expect("the binary `instance`"))
    }

    /// Ends it as a crash would, without a chance to do anything.
    ///
    /// # Panics
    /// If it had ended already.
    pub fn kill(mut self) {
        let ended = self.0.try_wait().unwrap();
        assert!(ended.is_none(), "the instance ended by itself: {ended:?}");
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to stop and waits for a clean end.
    ///
    /// # Panics
    /// If it doesn't end well within 12 s.
    pub fn stop(mut self) {
        let id = self.0.id().to_string();
        Command::new("kill").arg(&id).status().unwrap();
        let deadline = Instant::now() + Duration::from_secs(12);
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the instance didn't stop within 12 s of SIGTERM");
    }

    /// Waits until it ends by itself; whether it ended well.
    ///
    /// # Panics
    /// If it doesn't end within `within`.
    pub fn ended(mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the instance didn't end by itself");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
