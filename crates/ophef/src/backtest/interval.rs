//! Intervals of 95 % for counts and for parts.

use serde::Serialize;

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_964;
/// Probability left out at each end.
const TAIL: f64 = 0.025;
/// Halvings of a bracket: as many as a double has bits.
const HALVINGS: usize = 60;

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

/// `hits` of `all` as a part, with the interval of E. B. Wilson (1927): unlike the
/// usual one it keeps its level for few counts and at the ends. None of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of alarms and labels")]
pub(crate) fn part(hits: usize, all: usize) -> Option<Estimate> {
    if all == 0 {
        return None;
    }
    let (n, value) = (all as f64, hits as f64 / all as f64);
    let weight = 1.0 + Z * Z / n;
    let middle = (value + Z * Z / (2.0 * n)) / weight;
    let spread = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt() / weight;
    Some(Estimate {
        value,
        // Rounding must not put the value outside.
        low: (middle - spread).max(0.0).min(value),
        high: (middle + spread).min(1.0).max(value),
    })
}

/// `events` in `weeks` as a rate a week, with the exact interval of a Poisson count
/// (F. Garwood, 1936). `weeks` is above zero.
#[allow(clippy::cast_precision_loss, reason = "counts of alarms")]
pub(crate) fn rate(events: usize, weeks: f64) -> Estimate {
    let count = events as f64;
    // Far enough to either side for the tail to be empty.
    let reach = 10.0 * (count + 1.0).sqrt() + 10.0;
    let low = if events == 0 {
        0.0
    } else {
        crossing(0.0, count, |mean| 1.0 - at_most(events - 1, mean) < TAIL)
    };
    let high = crossing(count, count + reach, |mean| at_most(events, mean) > TAIL);
    Estimate {
        value: count / weeks,
        low: low / weeks,
        high: high / weeks,
    }
}

/// Where `holds`, true at `low`, becomes false.
fn crossing(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Probability of at most `events` where `mean` are expected.
#[allow(clippy::cast_precision_loss, reason = "counts of alarms")]
fn at_most(events: usize, mean: f64) -> f64 {
    // Terms relative to the last one, which is the largest or near it: the first
    // would be zero where the mean is large.
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut log_last = -mean;
    for event in (1..=events).rev() {
        log_last += (mean / event as f64).ln();
        term *= event as f64 / mean;
        sum += term;
    }
    (log_last.exp() * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(estimate: Estimate, expected: [f64; 3]) -> bool {
        let found = [estimate.value, estimate.low, estimate.high];
        let pairs = found.into_iter().zip(expected);
        pairs.into_iter().all(|(a, b)| (a - b).abs() < 6e-4)
    }

    #[test]
    fn parts_have_the_published_intervals() {
        // R: binom::binom.confint(methods = "wilson").
        assert!(is_near(part(0, 10).unwrap(), [0.0, 0.0, 0.2775]));
        assert!(is_near(part(2, 3).unwrap(), [0.6667, 0.2077, 0.9385]));
        assert!(is_near(part(81, 263).unwrap(), [0.3080, 0.2553, 0.3662]));
        assert!(is_near(part(5, 5).unwrap(), [1.0, 0.5655, 1.0]));
        assert_eq!(part(0, 0), None);
    }

    #[test]
    fn rates_have_the_exact_intervals() {
        // R: poisson.test(x)$conf.int.
        assert!(is_near(rate(0, 1.0), [0.0, 0.0, 3.6889]));
        assert!(is_near(rate(1, 1.0), [1.0, 0.0253, 5.5716]));
        assert!(is_near(rate(10, 1.0), [10.0, 4.7954, 18.3904]));
        assert!(is_near(rate(10, 5.0), [2.0, 0.9591, 3.6781]));
        let many = rate(5_000, 1.0);
        assert!((4_862.0..4_863.0).contains(&many.low), "{many:?}");
        assert!((5_140.0..5_141.0).contains(&many.high), "{many:?}");
    }
}
