//! How much may come in: a bucket of tokens, and room for bodies.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Mentions a second, with a burst of as many.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl Rate {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            state: Mutex::new((per_second, Instant::now())),
        }
    }

    /// Takes `count`; or says in how many seconds it may be asked again. More than a second's
    /// worth is let through once the bucket is full, and paid for afterwards.
    pub(crate) fn take(&self, count: usize) -> Result<(), u64> {
        #[expect(clippy::cast_precision_loss, reason = "a request has fewer than 2^52")]
        let count = count as f64;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = &mut *state;
        let now = Instant::now();
        let grown = now.duration_since(*since).as_secs_f64() * self.per_second;
        *left = (*left + grown).min(self.per_second);
        *since = now;
        let needed = count.min(self.per_second);
        if *left >= needed {
            *left -= count;
            return Ok(());
        }
        let seconds = ((needed - *left) / self.per_second).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 1 to the few seconds that a request of many mentions is worth"
        )]
        Err(seconds as u64)
    }
}

/// Room for the bodies of requests that aren't answered yet, bytes.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// Bytes a permit stands for.
const UNIT: usize = 1_024;

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Takes room for `bytes`, until it is dropped; `None` if there is none.
    pub(crate) fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(units).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_and_room_are_kept_to() {
        let rate = Rate::new(10);
        assert_eq!(rate.take(10), Ok(()));
        assert_eq!(rate.take(5), Err(1));
        let all_at_once = Rate::new(10);
        assert_eq!(all_at_once.take(100), Ok(()));
        assert!(all_at_once.take(1).is_err_and(|seconds| seconds >= 9));
        let room = Room::new(4_096);
        let taken = room.take(3_000);
        assert!(taken.is_some() && room.take(3_000).is_none());
        drop(taken);
        assert!(room.take(3_000).is_some());
    }
}
