//! How sure a figure is.

/// The quantile of 95 %.
const Z: f64 = 1.959_964;

/// Interval of 95 % for a probability of which `hits` of `trials` came true (E. B.
/// Wilson, J. Am. Stat. Assoc. 22 (1927) 209). 0 to 1 without trials.
#[must_use]
pub fn wilson(hits: u64, trials: u64) -> [f64; 2] {
    if trials == 0 {
        return [0.0, 1.0];
    }
    let n = trials as f64;
    let p = hits as f64 / n;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * libm::sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n));
    let whole = 1.0 + Z * Z / n;
    [
        ((middle - half) / whole).max(0.0),
        ((middle + half) / whole).min(1.0),
    ]
}

/// Interval of 95 % for the mean of a Poisson count: the chi-square quantiles of F.
/// Garwood (Biometrika 28 (1936) 437) by the cube root of E. Wilson and M. Hilferty.
#[must_use]
pub fn poisson(count: u64) -> [f64; 2] {
    let bound = |n: f64, z: f64| {
        let root = 1.0 - 1.0 / (9.0 * n) + z / (3.0 * libm::sqrt(n));
        n * root * root * root
    };
    let n = count as f64;
    let low = if count == 0 {
        0.0
    } else {
        bound(n, -Z).max(0.0)
    };
    [low, bound(n + 1.0, Z)]
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

    #[test]
    fn intervals_are_the_known_ones() {
        let near = |found: [f64; 2], expected: [f64; 2]| {
            let ends = found.iter().zip(expected);
            assert!(
                ends.clone().all(|(a, b)| (a - b).abs() < 0.01 * b.max(0.5)),
                "{found:?}"
            );
        };
        near(wilson(8, 10), [0.490, 0.943]);
        near(wilson(0, 20), [0.0, 0.161]);
        near(wilson(0, 0), [0.0, 1.0]);
        near(poisson(10), [4.795, 18.39]);
        near(poisson(100), [81.36, 121.6]);
        near(poisson(0), [0.0, 3.689]);
        assert_eq!(quantile(&mut [3.0, f64::INFINITY, 1.0], 0.5), Some(3.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
