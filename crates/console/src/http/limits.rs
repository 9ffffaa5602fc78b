//! How much may happen in how much time.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A bucket of permits that fills up again.
#[derive(Debug)]
pub(super) struct Bucket {
    most: f64,
    /// Permits a second.
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    /// A full bucket of `most` permits, which gets `rate` back a second.
    pub(super) fn new(most: u32, rate: f64) -> Self {
        let most = f64::from(most);
        Self {
            most,
            rate,
            state: Mutex::new((most, Instant::now())),
        }
    }

    /// Takes a permit; `false` if there is none.
    pub(super) fn take(&self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(state.1).as_secs_f64();
        let permits = (state.0 + elapsed * self.rate).min(self.most);
        let is_given = permits >= 1.0;
        *state = (permits - f64::from(u8::from(is_given)), now);
        is_given
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn permits_come_back_in_time() {
        let bucket = Bucket::new(2, 0.5);
        let start = Instant::now();
        let taken = [0, 0, 0, 1, 2, 3, 100].map(|s| bucket.take_at(start + Duration::from_secs(s)));
        assert_eq!(taken, [true, true, false, false, true, false, true]);
    }
}
