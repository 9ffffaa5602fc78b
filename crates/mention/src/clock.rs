//! Records from the future.

use crate::{EventTime, Reason, Rejection};

/// A `created_at` further ahead of the Kafka timestamp than this, milliseconds,
/// is moved back to it: clocks of platforms and servers differ by minutes.
pub const CLAMP_AHEAD: i64 = 5 * EventTime::MINUTE_MS;
/// A `created_at` further ahead than this, milliseconds, is a dead letter: no
/// clock is a day wrong, so the date itself must be.
pub const REJECT_AHEAD: i64 = EventTime::DAY_MS;
/// How far behind the newest record a mention may be and still page, milliseconds.
pub const LATENESS: i64 = 15 * EventTime::MINUTE_MS;

/// What to do about a record's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Use it as it is.
    Fine,
    /// Use this time instead, and flag the record.
    ClampTo(EventTime),
}

/// Compares a record's event time with the time its Kafka broker or producer
/// stamped on it.
///
/// # Errors
/// [`Reason::TimeAhead`] if it is more than a day ahead.
pub fn check_clock(created_at: EventTime, stamped_at: EventTime) -> Result<Clock, Rejection> {
    let ahead = created_at.millis_since(stamped_at);
    if ahead > REJECT_AHEAD {
        let detail = format!(
            "created_at is {} s ahead of the record's timestamp",
            ahead / 1_000
        );
        return Err(Rejection::new(Reason::TimeAhead, detail));
    }
    Ok(if ahead > CLAMP_AHEAD {
        Clock::ClampTo(stamped_at)
    } else {
        Clock::Fine
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_where_the_contract_puts_them() {
        let stamped = EventTime::from_millis(1_000_000_000_000);
        let at = |ahead| check_clock(stamped.plus_millis(ahead), stamped);
        assert_eq!(at(-10 * EventTime::DAY_MS), Ok(Clock::Fine));
        assert_eq!(at(CLAMP_AHEAD), Ok(Clock::Fine));
        assert_eq!(at(CLAMP_AHEAD + 1), Ok(Clock::ClampTo(stamped)));
        assert_eq!(at(REJECT_AHEAD), Ok(Clock::ClampTo(stamped)));
        assert_eq!(at(REJECT_AHEAD + 1).unwrap_err().reason, Reason::TimeAhead);
    }
}
