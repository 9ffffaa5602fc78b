//! What an operator sets for a brand.

use std::sync::Arc;

use crate::calendar::Calendar;
use crate::mixture::RateTable;

/// Settings of one brand. The alarm budget is the only knob of detection.
#[derive(Debug, Clone, PartialEq)]
pub struct BrandSettings {
    /// Slug of the brand; mentions of other brands are refused.
    pub brand: String,
    /// Names that people use for it. They tell nothing about a spike, so they are never
    /// among its terms.
    pub names: Vec<String>,
    /// False alarms a week that are acceptable for this brand, all its series
    /// together. Values outside [`BrandSettings::ALARMS_PER_WEEK_RANGE`], and
    /// values that aren't numbers, are moved into it.
    pub alarms_per_week: f64,
    /// The brand's local time, holidays, office hours and announced campaigns; UTC
    /// without any of these if nothing is said. It annotates and tells the usual
    /// number of mentions; what pages doesn't follow it.
    pub calendar: Arc<Calendar>,
    /// How far behind the newest record a mention may be and still page,
    /// milliseconds; kept within one minute and one hour.
    pub lateness_ms: i64,
    /// Error rates of the models that may have made the scores, for the corrected
    /// share; with none nothing is corrected. Detection doesn't use them.
    pub rates: Arc<RateTable>,
}

impl BrandSettings {
    /// One false alarm a week: the figure at which published detectors of this
    /// kind are compared, and about what an on-call rota accepts for a single
    /// source of alerts.
    pub const DEFAULT_ALARMS_PER_WEEK: f64 = 1.0;
    /// The budgets for which the calibration is meaningful: from one false alarm
    /// in two years to a hundred a week.
    pub const ALARMS_PER_WEEK_RANGE: [f64; 2] = [0.01, 100.0];

    /// The default settings for `brand`.
    #[must_use]
    pub fn new(brand: impl Into<String>) -> Self {
        Self {
            brand: brand.into(),
            names: Vec::new(),
            alarms_per_week: Self::DEFAULT_ALARMS_PER_WEEK,
            calendar: Arc::default(),
            lateness_ms: mention::LATENESS,
            rates: Arc::default(),
        }
    }

    /// The budget, moved into its range.
    pub(crate) fn budget_per_week(&self) -> f64 {
        let [least, most] = Self::ALARMS_PER_WEEK_RANGE;
        if self.alarms_per_week.is_nan() {
            return Self::DEFAULT_ALARMS_PER_WEEK;
        }
        self.alarms_per_week.clamp(least, most)
    }

    /// The lateness in whole minutes, rounded up, 1–60.
    pub(crate) fn lateness_minutes(&self) -> i64 {
        let minute = mention::EventTime::MINUTE_MS;
        (self.lateness_ms.clamp(minute, 60 * minute) + minute - 1) / minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_moved_into_range() {
        let mut settings = BrandSettings::new("acme");
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            settings.alarms_per_week = bad;
            assert!(settings.budget_per_week() > 0.0 && settings.budget_per_week() <= 100.0);
        }
        for (ms, minutes) in [(i64::MIN, 1), (i64::MAX, 60), (90_000, 2), (900_000, 15)] {
            settings.lateness_ms = ms;
            assert_eq!(settings.lateness_minutes(), minutes);
        }
    }
}
