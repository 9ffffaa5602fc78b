//! Pauses that differ.

use std::time::Duration;

/// From half of the pause to all of it, so that many listeners don't come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
    let part = u32::try_from(random % 1_000).unwrap_or(0);
    pause / 2 + pause / 2 * part / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn pauses_are_half_of_what_they_may_be_at_least() {
        for _ in 0..100 {
            let pause = jittered(LONG);
            assert!((LONG / 2..=LONG).contains(&pause));
        }
    }
}
