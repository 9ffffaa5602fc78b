//! Intervals of 95 % for counts and for parts.

use serde::Serialize;
use yardstick::intervals;

/// A figure with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Estimate {
    /// The same, with three decimals for people and files.
    pub(crate) fn rounded(self) -> Self {
        let round = |value: f64| (value * 1e3).round() / 1e3;
        Self {
            value: round(self.value),
            low: round(self.low),
            high: round(self.high),
        }
    }
}

/// `hits` of `all` as a part, with its interval. None of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of alarms and labels")]
pub(crate) fn part(hits: usize, all: usize) -> Option<Estimate> {
    if all == 0 {
        return None;
    }
    let [low, high] = intervals::wilson(hits as u64, all as u64);
    let value = hits as f64 / all as f64;
    Some(Estimate { value, low, high })
}

/// `events` in `weeks` as a rate a week, with the interval of a Poisson count. `weeks`
/// is above zero.
#[allow(clippy::cast_precision_loss, reason = "counts of alarms")]
pub(crate) fn rate(events: usize, weeks: f64) -> Estimate {
    let [low, high] = intervals::poisson(events as u64);
    Estimate {
        value: events as f64 / weeks,
        low: low / weeks,
        high: high / weeks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_lie_in_their_intervals() {
        assert_eq!(part(0, 0), None);
        let told = |Estimate { value, low, high }| format!("{value:.3} ({low:.3} to {high:.3})");
        assert_eq!(told(part(2, 3).unwrap()), "0.667 (0.208 to 0.939)");
        // R: poisson.test(10, 5)$conf.int.
        assert_eq!(told(rate(10, 5.0)), "2.000 (0.959 to 3.678)");
    }
}
