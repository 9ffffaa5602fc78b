//! How unusual the number of mentions is. It annotates and never pages.

use mention::Volume;

use crate::series::Series;
use crate::watch::BrandWatch;

/// Minutes of the hour that is counted.
pub(crate) const HOUR: i64 = 60;
/// Hours that must be known before anything is told: each hour of the day once.
const HOURS_KNOWN: f64 = 24.0;
/// Deviations from which the severity is 1 to 5: powers of three. On six brands over
/// two months (Numenta Anomaly Benchmark, realTweets) 1 or more is reached in about
/// one hour of twelve, 2 or more in two hours a week, 3 in one every other week, 4 in
/// three hours of 46 brand-weeks, 5 never.
pub(crate) const BARS: [f64; 5] = [1.0, 3.0, 9.0, 27.0, 81.0];

impl BrandWatch {
    /// The mentions of the hour that ends with minute `last`, on that platform or all,
    /// beside what that hour usually brings and what was announced for it. None while
    /// too little is known.
    pub(crate) fn volume_at(&self, platform: Option<u8>, last: i64) -> Option<Volume> {
        let series = self.series_at(platform);
        if series.rhythm.hours_known() < HOURS_KNOWN {
            return None;
        }
        let observed = u64::from(series.hour(last).total);
        let expected = expected_until(series, last);
        #[allow(clippy::cast_precision_loss, reason = "a count of mentions")]
        let deviation = series.rhythm.deviation(observed as f64, expected);
        Some(Volume {
            observed,
            expected: (expected * 100.0).round() / 100.0,
            severity: BARS.iter().map(|bar| u8::from(deviation >= *bar)).sum(),
        })
    }
}

/// Mentions expected in the sixty minutes that end with minute `last`.
fn expected_until(series: &Series, last: i64) -> f64 {
    let hour = last.div_euclid(HOUR);
    #[allow(clippy::cast_precision_loss, reason = "1 to 60")]
    let begun = (last.rem_euclid(HOUR) + 1) as f64 / HOUR as f64;
    begun * series.rhythm.announced(hour) + (1.0 - begun) * series.rhythm.announced(hour - 1)
}
