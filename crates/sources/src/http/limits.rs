//! How much may come in at once: room for bodies.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    fn room_is_kept_to() {
        let room = Room::new(4_096);
        let taken = room.take(3_000);
        assert!(taken.is_some() && room.take(3_000).is_none());
        drop(taken);
        assert!(room.take(3_000).is_some());
    }
}
