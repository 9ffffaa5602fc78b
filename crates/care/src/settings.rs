//! What the answering service is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use conversation::BookSettings;
use detect::calendar::Calendar;

/// Settings of the answering service.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// The tracked brands; with none, every brand found is tracked.
    pub brands: Vec<BookSettings>,
    /// Settings of brands that are found; their name is put in.
    pub found: BookSettings,
    /// Calendars of found brands that differ from its, by slug.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// Brands that are found and tracked at most, over all partitions; each partition
    /// takes its equal part of them.
    pub max_brands: usize,
    /// The age of the oldest conversation is exported only if event time is at most this
    /// far behind the wall clock, so that replaying history alarms nobody.
    pub recent: Duration,
}

impl Settings {
    /// The defaults: every brand found, 10,000 brands, and those of [`BookSettings::new`].
    #[must_use]
    pub fn new(service: service::Settings) -> Self {
        Self {
            service,
            brands: Vec::new(),
            found: BookSettings::new(""),
            calendars: BTreeMap::new(),
            max_brands: 10_000,
            // Nights and Sundays without a mention are no history.
            recent: Duration::from_secs(24 * 3_600),
        }
    }

    /// Settings of a brand; none if brands are configured and this isn't one.
    pub(crate) fn of(&self, brand: &str) -> Option<BookSettings> {
        if !self.brands.is_empty() {
            return self.brands.iter().find(|own| own.brand == brand).cloned();
        }
        let calendar = self.calendars.get(brand).unwrap_or(&self.found.calendar);
        Some(BookSettings {
            brand: brand.to_owned(),
            calendar: Arc::clone(calendar),
            ..self.found.clone()
        })
    }
}
