//! What the service is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use detect::BrandSettings;
use mention::{LATENESS, Platform};
use trends::{About, Rival};

/// Settings of the insight service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// The tracked brands; with none, every brand found is followed.
    pub brands: Vec<BrandSettings>,
    /// Competitors of brands, by slug.
    pub rivals: BTreeMap<String, Vec<Rival>>,
    /// Platforms that are known to bring a sample only.
    pub sampled: Vec<Platform>,
    /// Lateness of brands that are found, milliseconds.
    pub lateness_ms: i64,
    /// Brands that are found and followed at most, over all partitions; each partition
    /// takes its equal part of them.
    pub max_brands: usize,
}

impl Settings {
    /// The defaults: every brand found, at most 10,000.
    #[must_use]
    pub fn new(service: service::Settings) -> Self {
        Self {
            service,
            brands: Vec::new(),
            rivals: BTreeMap::new(),
            sampled: Vec::new(),
            lateness_ms: LATENESS,
            max_brands: 10_000,
        }
    }

    /// What is known beforehand of each configured brand, by slug.
    pub(crate) fn configured(&self) -> BTreeMap<String, Arc<About>> {
        let brands = self.brands.iter();
        let about = brands.map(|brand| (brand.brand.clone(), Arc::new(self.about(brand.clone()))));
        about.collect()
    }

    /// What is known beforehand of a brand that was found.
    pub(crate) fn found(&self, slug: &str) -> About {
        self.about(BrandSettings {
            lateness_ms: self.lateness_ms,
            ..BrandSettings::new(slug)
        })
    }

    fn about(&self, brand: BrandSettings) -> About {
        let rivals = self.rivals.get(&brand.brand).map_or(&[][..], Vec::as_slice);
        About::new(brand, rivals, &self.sampled)
    }
}
