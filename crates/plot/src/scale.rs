//! From numbers to places on the picture.

use crate::{Axis, AxisKind, DRAWABLE};

/// An axis over the numbers that are drawn on it, with its two ends in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    kind: AxisKind,
    /// The numbers at its ends; `low < high`, above zero on a logarithmic axis.
    pub(crate) low: f64,
    pub(crate) high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// The scale that has room for all `numbers` and what the axis asks for.
    pub(crate) fn new(
        axis: &Axis,
        numbers: impl Iterator<Item = f64>,
        (from, to): (f64, f64),
    ) -> Self {
        let kind = axis.kind;
        let numbers = numbers.chain(axis.low).chain(axis.high);
        let ends = numbers
            .filter(|number| is_on(kind, *number))
            .fold(None, |ends, number| {
                let (low, high) = ends.unwrap_or((number, number));
                Some((number.min(low), number.max(high)))
            });
        let (low, high) = ends.unwrap_or(match kind {
            AxisKind::Log => (1.0, 10.0),
            AxisKind::Time => (0.0, 3_600_000.0),
            AxisKind::Linear | AxisKind::Percent => (0.0, 1.0),
        });
        let (low, high) = widened(kind, low, high);
        Self {
            kind,
            low,
            high,
            from,
            to,
        }
    }

    /// The place of a number, pixels; none if it isn't on the axis.
    pub(crate) fn place(&self, number: f64) -> Option<f64> {
        if !is_on(self.kind, number) {
            return None;
        }
        let along = match self.kind {
            AxisKind::Log => (number / self.low).ln() / (self.high / self.low).ln(),
            _ => (number - self.low) / (self.high - self.low),
        };
        Some(self.from + along * (self.to - self.from))
    }

    /// The same, with what lies beyond the ends moved to them.
    pub(crate) fn place_within(&self, number: f64) -> Option<f64> {
        self.place(number.clamp(self.low, self.high))
    }
}

/// Whether a number can be drawn on such an axis.
fn is_on(kind: AxisKind, number: f64) -> bool {
    // The least positive number on a logarithmic axis, so that quotients stay finite.
    let least = match kind {
        AxisKind::Log => 1.0 / DRAWABLE,
        _ => -DRAWABLE,
    };
    (least..=DRAWABLE).contains(&number)
}

/// Ends that differ, so that there is something to divide by.
fn widened(kind: AxisKind, low: f64, high: f64) -> (f64, f64) {
    let least = low.abs().max(high.abs()) * 1e-9;
    let differ = high - low > least;
    match kind {
        _ if differ => (low, high),
        AxisKind::Log => (low / 2.0, high * 2.0),
        AxisKind::Time => {
            let half_an_hour = 1_800_000.0;
            // A number too large for a time is as good as any other.
            let room = least.max(half_an_hour);
            (low - room, high + room)
        }
        AxisKind::Linear | AxisKind::Percent if low >= 0.0 => (0.0, (high * 2.0).max(1e-9)),
        AxisKind::Linear | AxisKind::Percent => (low * 1.5, high.max(low * 0.5)),
    }
}
