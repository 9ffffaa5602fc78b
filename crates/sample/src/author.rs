//! Who posts: pseudonymous, and always the same for the same number.

use mention::{EventTime, Role};
use serde::Serialize;

use crate::rng::{Rng, mix};

/// The author of a line, as the mention contract has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Author {
    /// A hash: nobody stands behind it.
    pub(crate) id: String,
    pub(crate) followers: u64,
    pub(crate) created_at: EventTime,
    pub(crate) role: Role,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) verified: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A customer: follower count log-normal with median 180, account 20 days to 15 years old.
pub(crate) fn customer(seed: u64, number: u64, start: EventTime) -> Author {
    let id = mix(seed, number);
    let mut rng = Rng::new(id);
    Author {
        followers: followers(&mut rng),
        created_at: opened(start, rng.between(20, 15 * 365), &mut rng),
        role: Role::Customer,
        verified: rng.chance(8),
        id: format!("{id:016x}"),
    }
}

/// Somebody with a place of their own in the week: the brand, a partner, the press, the
/// author of the viral post, an account of the spam burst.
pub(crate) fn special(
    id: u64,
    followers: u64,
    age_days: u64,
    role: Role,
    start: EventTime,
) -> Author {
    Author {
        followers,
        created_at: opened(start, age_days, &mut Rng::new(id)),
        role,
        verified: followers > 40_000,
        id: format!("{id:016x}"),
    }
}

/// A moment of the day `age_days` before the week.
fn opened(start: EventTime, age_days: u64, rng: &mut Rng) -> EventTime {
    let seconds = age_days.saturating_mul(86_400) + rng.below(86_400);
    start.plus_millis(-i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(0))
}

/// Follower counts are about log-normal. The exponent of 2 is normal with mean 7.5 and
/// standard deviation 2, in steps of 1/1024: the sum of twelve even draws (Irwin and
/// Hall), and the power by a straight line between powers of two.
fn followers(rng: &mut Rng) -> u64 {
    let sum: u64 = (0..12).map(|_| rng.below(1_024)).sum();
    let exponent = (7_680 + 2 * sum).saturating_sub(2 * 6 * 1_024).min(20_479);
    ((1_024 + exponent % 1_024) << (exponent / 1_024)) >> 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follower_counts_are_as_stated() {
        let mut counts: Vec<u64> = (0..4_001)
            .map(|number| customer(1, number, EventTime::default()).followers)
            .collect();
        counts.sort_unstable();
        assert!((150..=210).contains(&counts[2_000]), "{}", counts[2_000]);
        // One standard deviation is a factor of four.
        assert!((550..=900).contains(&counts[3_365]), "{}", counts[3_365]);
        assert!(counts[4_000] > 10_000);
    }

    #[test]
    fn the_same_number_is_the_same_person() {
        let start = crate::DEFAULT_START;
        assert_eq!(customer(1, 2, start), customer(1, 2, start));
        assert_ne!(customer(1, 2, start).id, customer(1, 3, start).id);
        assert_ne!(customer(1, 2, start).id, customer(2, 2, start).id);
    }
}
