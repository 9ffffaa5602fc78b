//! How sure a figure is.

pub use detect::share::wilson;

/// Probability left out at each end.
const TAIL: f64 = 0.025;
/// Halvings of a bracket: as many as a double has bits.
const HALVINGS: usize = 60;

/// The exact interval of 95 % for the mean of a Poisson count (F. Garwood, Biometrika 28
/// (1936) 437): the means of which so many events or more, and so many or fewer, are
/// found one time in forty.
#[must_use]
pub fn poisson(count: u64) -> [f64; 2] {
    let mean = count as f64;
    // Far enough to either side for the tail to be empty.
    let reach = 10.0 * libm::sqrt(mean + 1.0) + 10.0;
    let low = match count.checked_sub(1) {
        None => 0.0,
        Some(fewer) => crossing(0.0, mean, |mean| 1.0 - at_most(fewer, mean) < TAIL),
    };
    let high = crossing(mean, mean + reach, |mean| at_most(count, mean) > TAIL);
    [low, high]
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

/// Probability of at most `count` events where `mean` are expected.
fn at_most(count: u64, mean: f64) -> f64 {
    // Terms relative to the last one, which is the largest or near it: the first
    // would be zero where the mean is large.
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut log_last = -mean;
    for event in (1..=count).rev() {
        log_last += libm::log(mean / event as f64);
        term *= event as f64 / mean;
        sum += term;
    }
    (libm::exp(log_last) * sum).min(1.0)
}

/// The value below which a part `q` of `values` lies; the nearest one, so that a missing
/// one may be infinite. None without values.
#[must_use]
pub fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(values[(q * last as f64).round() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(found: [f64; 2], expected: [f64; 2]) -> bool {
        found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 6e-4)
    }

    #[test]
    fn parts_have_the_published_intervals() {
        // R: binom::binom.confint(methods = "wilson").
        assert!(is_near(wilson(0, 10), [0.0, 0.2775]));
        assert!(is_near(wilson(2, 3), [0.2077, 0.9385]));
        assert!(is_near(wilson(81, 263), [0.2553, 0.3662]));
        assert!(is_near(wilson(5, 5), [0.5655, 1.0]));
        assert!(is_near(wilson(0, 0), [0.0, 1.0]));
    }

    #[test]
    fn counts_have_the_exact_intervals() {
        // R: poisson.test(x)$conf.int.
        assert!(is_near(poisson(0), [0.0, 3.6889]));
        assert!(is_near(poisson(1), [0.0253, 5.5716]));
        assert!(is_near(poisson(10), [4.7954, 18.3904]));
        let [low, high] = poisson(5_000);
        assert!((4_862.0..4_863.0).contains(&low), "{low}");
        assert!((5_140.0..5_141.0).contains(&high), "{high}");
    }

    #[test]
    fn a_missing_value_may_be_infinite() {
        assert_eq!(quantile(&mut [3.0, f64::INFINITY, 1.0], 0.5), Some(3.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
