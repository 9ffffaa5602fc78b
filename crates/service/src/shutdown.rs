//! Asking everything to stop.

use std::sync::Arc;
use std::time::Duration;

use kafka::Deadline;
use tokio::sync::watch;

/// How long Kafka is waited for after the request. Closing the clients comes after it,
/// and all of it has ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request to stop, shared by all parts of a process. Once made it stands.
#[derive(Debug, Clone)]
pub struct Shutdown {
    is_requested: Arc<watch::Sender<bool>>,
    deadline: Deadline,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            is_requested: Arc::new(watch::Sender::new(false)),
            deadline: Deadline::default(),
        }
    }
}

impl Shutdown {
    /// Asks every part to stop.
    pub fn request(&self) {
        self.deadline.set(PATIENCE);
        self.is_requested.send_replace(true);
    }

    /// When the work is to stop waiting for Kafka: a few seconds after the request.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline.clone()
    }

    /// Whether stopping was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.is_requested.borrow()
    }

    /// Sleeps, but no longer than until stopping is asked for.
    pub fn sleep(&self, wait: Duration) {
        let step = Duration::from_millis(50);
        let mut left = wait;
        while !left.is_zero() && !self.is_requested() {
            std::thread::sleep(left.min(step));
            left = left.saturating_sub(step);
        }
    }

    /// Waits until stopping is asked for.
    pub async fn requested(&self) {
        // The sender lives as long as `self`, so the wait can only end by a request.
        let _ = self
            .is_requested
            .subscribe()
            .wait_for(|is_requested| *is_requested)
            .await;
    }
}
