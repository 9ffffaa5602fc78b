//! A bounded way out: closing a client can hang for ever.

use std::ops::Deref;
use std::time::Duration;

use crate::Deadline;
use crate::bounded::bounded;

/// How long closing may take unless [`Closing::within`] says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it may take after the deadline: what needs no answer takes less.
const AFTER_DEADLINE: Duration = Duration::from_secs(1);

/// A client that is closed when this is dropped, on a thread of its own and
/// waited for only so long.
///
/// Closing a consumer has been seen to hang (rust-rdkafka #509, #453), and so has
/// closing a producer after a fatal error; one that takes longer is left to itself.
pub(crate) struct Closing<C: Send + 'static> {
    /// `None` only while it is being dropped.
    client: Option<C>,
    what: &'static str,
    within: Duration,
    deadline: Deadline,
}

impl<C: Send + 'static> Closing<C> {
    /// Guards `client`; `what` names it in the log.
    pub(crate) const fn new(what: &'static str, client: C, deadline: Deadline) -> Self {
        Self {
            client: Some(client),
            what,
            within: PATIENCE,
            deadline,
        }
    }

    /// Sets how long closing may take.
    pub(crate) const fn within(&mut self, within: Duration) {
        self.within = within;
    }
}

impl<C: Send + 'static> Deref for Closing<C> {
    type Target = C;

    #[expect(clippy::expect_used, reason = "only dropping empties it")]
    fn deref(&self) -> &C {
        self.client.as_ref().expect("the client is open")
    }
}

impl<C: Send + 'static> Drop for Closing<C> {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let what = self.what;
        let within = self
            .within
            .min(self.deadline.left(PATIENCE).max(AFTER_DEADLINE));
        if bounded("kafka-close", within, move || drop(client)).is_none() {
            tracing::warn!(what, "didn't close in time and is left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::{Closing, Deadline};

    struct Stuck(mpsc::Receiver<()>);

    impl Drop for Stuck {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }

    #[test]
    fn a_client_that_hangs_is_left_behind() {
        let (release, stuck) = mpsc::channel();
        let began = Instant::now();
        let mut client = Closing::new("test", Stuck(stuck), Deadline::default());
        client.within(Duration::from_millis(20));
        drop(client);
        assert!(began.elapsed() >= Duration::from_millis(20));
        // Until here it could not have ended.
        release.send(()).unwrap();
    }
}
