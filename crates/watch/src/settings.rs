//! What the watcher is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use detect::calendar::Calendar;
use detect::{BrandSettings, RateTable};
use mention::LATENESS;

/// Settings of the watching service.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// The tracked brands; with none, every brand found is tracked.
    pub brands: Vec<BrandSettings>,
    /// Alarm budget of brands that are found, false alarms a week.
    pub alarms_per_week: f64,
    /// Lateness of brands that are found, milliseconds.
    pub lateness_ms: i64,
    /// Calendar of brands that are found.
    pub calendar: Arc<Calendar>,
    /// Calendars of found brands that differ from it, by slug.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// Brands that are found and tracked at most, over all partitions; each
    /// partition takes its equal part of them, so that what is tracked doesn't
    /// depend on which instance has which partition.
    pub max_brands: usize,
    /// Error rates of the models that may have made the scores: shares are shown free
    /// of their bias. Scores of other models are counted and corrected by nothing.
    pub rates: Arc<RateTable>,
    /// A spike's severity is exported only if the brand's newest record is at most
    /// this old by the wall clock, so that replaying history pages nobody.
    pub recent: Duration,
}

impl Settings {
    /// The defaults: every brand found, one false alarm a week, 10,000 brands.
    #[must_use]
    pub fn new(service: service::Settings) -> Self {
        Self {
            service,
            brands: Vec::new(),
            alarms_per_week: BrandSettings::DEFAULT_ALARMS_PER_WEEK,
            lateness_ms: LATENESS,
            calendar: Arc::default(),
            calendars: BTreeMap::new(),
            max_brands: 10_000,
            rates: Arc::default(),
            recent: Duration::from_secs(3_600),
        }
    }

    /// Settings of a brand that was found.
    pub(crate) fn found(&self, brand: &str) -> BrandSettings {
        BrandSettings {
            alarms_per_week: self.alarms_per_week,
            lateness_ms: self.lateness_ms,
            calendar: Arc::clone(self.calendars.get(brand).unwrap_or(&self.calendar)),
            rates: Arc::clone(&self.rates),
            ..BrandSettings::new(brand)
        }
    }
}
