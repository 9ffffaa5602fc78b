//! A call that may hang for ever, and a bounded way out of it.

use std::sync::mpsc;
use std::time::Duration;

/// What `call` gives, on a thread of its own, called `name`; `None` if that takes longer
/// than `within`. Then the thread is left to itself, with all that it was given.
pub(crate) fn bounded<T: Send + 'static>(
    name: &'static str,
    within: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    let ask = move || {
        // Nobody waits any more if it took too long.
        let _ = answer.send(call());
    };
    let thread = std::thread::Builder::new().name(name.to_owned());
    match thread.spawn(ask) {
        Ok(_) => answered.recv_timeout(within).ok(),
        Err(error) => {
            tracing::warn!(name, error = %error, "no thread for a call of Kafka's client");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_hangs_is_left_behind() {
        let (release, stuck) = mpsc::channel::<()>();
        let hangs = move || stuck.recv().is_ok();
        assert_eq!(bounded("test", Duration::from_millis(20), hangs), None);
        // Until here it could not have ended.
        release.send(()).unwrap();
        assert_eq!(bounded("test", Duration::from_secs(60), || 7), Some(7));
    }
}
