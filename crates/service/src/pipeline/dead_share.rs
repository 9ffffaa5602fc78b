//! Whether so many records are rejected that it can't be their fault.

use mention::Reason;

/// Records between two looks: enough that half of them being bad is no chance,
/// few enough that little is diverted before a service stops.
const WINDOW: u32 = 200;

/// The share of rejected records, window by window.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeadShare {
    limit: f64,
    records: u32,
    dead: u32,
}

/// A window with too many rejected records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Excess {
    pub(super) dead: u32,
    pub(super) of: u32,
    pub(super) reason: Reason,
}

impl DeadShare {
    /// Nothing seen yet; above `limit` (0 to 1) a window is too much.
    pub(super) const fn new(limit: f64) -> Self {
        Self {
            limit,
            records: 0,
            dead: 0,
        }
    }

    /// Counts a record that is fine.
    pub(super) const fn accept(&mut self) {
        self.records += 1;
        if self.records >= WINDOW {
            *self = Self::new(self.limit);
        }
    }

    /// Counts a rejected record; the window's counts if they are too many.
    pub(super) fn reject(&mut self, reason: Reason) -> Option<Excess> {
        self.records += 1;
        self.dead += 1;
        // Told as soon as the rest of the window can't change it.
        let is_too_much = f64::from(self.dead) > self.limit * f64::from(WINDOW);
        let excess = is_too_much.then_some(Excess {
            dead: self.dead,
            of: self.records,
            reason,
        });
        if self.records >= WINDOW {
            *self = Self::new(self.limit);
        }
        excess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: Reason = Reason::NotJson;

    #[test]
    fn half_is_allowed_and_one_more_is_not() {
        let mut share = DeadShare::new(0.5);
        for _ in 0..10 {
            (0..100).for_each(|_| share.accept());
            assert!((0..100).all(|_| share.reject(REASON).is_none()));
        }
        (0..99).for_each(|_| share.accept());
        assert!((0..100).all(|_| share.reject(REASON).is_none()));
        let excess = share.reject(REASON);
        let (dead, of) = (101, 200);
        assert_eq!(
            excess,
            Some(Excess {
                dead,
                of,
                reason: REASON
            })
        );
    }

    #[test]
    fn a_topic_of_something_else_is_told_before_much_is_diverted() {
        let mut share = DeadShare::new(0.5);
        let told = (1..).find(|_| share.reject(REASON).is_some());
        assert_eq!(told, Some(101));
    }

    #[test]
    fn a_limit_of_one_never_tells() {
        let mut share = DeadShare::new(1.0);
        assert!((0..1_000).all(|_| share.reject(REASON).is_none()));
    }
}
