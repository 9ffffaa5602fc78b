//! An end to all waiting.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A moment after which nothing is waited for any more; there is none until it is
/// set. Clones share it, so that whoever is asked to stop can end the waiting of all
/// clients at once.
#[derive(Debug, Clone, Default)]
pub struct Deadline(Arc<OnceLock<Instant>>);

impl Deadline {
    /// From now on nothing is waited for longer than `within`. The first call counts.
    pub fn set(&self, within: Duration) {
        let _ = self.0.set(Instant::now() + within);
    }

    /// How long to wait: `usual`, or what is left.
    pub(crate) fn left(&self, usual: Duration) -> Duration {
        let left = |until: &Instant| until.saturating_duration_since(Instant::now());
        self.0.get().map_or(usual, |until| usual.min(left(until)))
    }

    /// Whether nothing is to be waited for any more.
    pub(crate) fn is_over(&self) -> bool {
        self.left(Duration::MAX).is_zero()
    }
}

/// A deadline says nothing about what is reached, so it makes no difference between
/// two connections.
impl PartialEq for Deadline {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Deadline {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_deadline_ends_the_waiting_of_all_clones() {
        let deadline = Deadline::default();
        let clone = deadline.clone();
        let usual = Duration::from_secs(7);
        assert_eq!((clone.left(usual), clone.is_over()), (usual, false));
        deadline.set(Duration::ZERO);
        deadline.set(usual);
        assert_eq!((clone.left(usual), clone.is_over()), (Duration::ZERO, true));
    }
}
