//! What rises over all brands: the summaries of brands, joined.
//!
//! Each brand lies in one partition and is followed by one instance, and its summary names
//! its rising terms with what came and what was expected. Both can be added up, so whoever
//! reads all summaries knows what rises everywhere, and no instance needs to know more than
//! its own brands.

use std::collections::BTreeMap;

use mention::{Aspect, EventTime, Insight, RisingTerm};

use super::Insights;

/// Terms that are told at most.
const TERMS: usize = 20;
/// Terms of a brand that are looked at; the contract has no more, a hostile record may.
const OF_BRAND: usize = 40;
/// Brands at which a term must rise. One is that brand's own affair.
const BRANDS_MIN: usize = 2;
/// From so many mentions, so many times what was expected and this deviance a term is told:
/// as of one brand.
const COUNT_MIN: u64 = 8;
const LIFT_MIN: f64 = 3.0;
const DEVIANCE_MIN: f64 = 25.0;
/// Summaries that are older than this beside the newest are of another day, milliseconds.
const OLD_MS: i64 = EventTime::DAY_MS;

/// A term that rises at several brands.
#[derive(Debug, Clone, PartialEq)]
pub struct OverallTerm {
    /// A word, or a hashtag with its `#`.
    pub term: String,
    /// Brands at which it rises.
    pub brands: usize,
    /// Mentions of these brands with it in the last 18 to 24 hours.
    pub count: u64,
    /// Mentions that were to be expected of them.
    pub expected: f64,
    /// How many are negative, 0–1.
    pub negative: f64,
}

impl OverallTerm {
    /// How many times as often it came as was expected.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of a day")]
    pub fn lift(&self) -> f64 {
        self.count as f64 / self.expected.max(f64::MIN_POSITIVE)
    }

    /// How improbable the number is: twice the logarithm of the likelihoods' ratio (Poisson).
    #[allow(clippy::cast_precision_loss, reason = "counts of a day")]
    fn deviance(&self) -> f64 {
        let came = self.count as f64;
        2.0 * (came * self.lift().ln() - (came - self.expected))
    }

    fn add(&mut self, term: &RisingTerm) {
        #[allow(clippy::cast_precision_loss, reason = "counts of a day")]
        let [before, more] = [self.count, term.count].map(|count| count as f64);
        let negative = self.negative * before + term.negative.clamp(0.0, 1.0) * more;
        self.negative = negative / (before + more).max(1.0);
        self.count = self.count.saturating_add(term.count);
        self.expected += term.expected.max(0.0);
        self.brands += 1;
    }

    fn is_told(&self) -> bool {
        self.brands >= BRANDS_MIN
            && self.count >= COUNT_MIN
            && self.expected > 0.0
            && self.lift() >= LIFT_MIN
            && self.deviance() >= DEVIANCE_MIN
    }
}

/// An aspect over all brands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverallAspect {
    /// The aspect.
    pub aspect: Aspect,
    /// Its complaints in the last seven days, and in the seven before.
    pub negative: [u64; 2],
    /// Brands whose complaints about it are more than their past explains, now.
    pub rising: usize,
}

impl Insights {
    /// The summaries that are of the same day as the newest.
    fn present(&self) -> impl Iterator<Item = &Insight> {
        let now = self.now().unwrap_or_default();
        let all = self.all().map(|told| &**told);
        all.filter(move |told| now.millis_since(told.at) <= OLD_MS)
    }

    /// Terms and hashtags that rise at several brands, those first that rise the most.
    #[must_use]
    pub fn rising_together(&self) -> Vec<OverallTerm> {
        let mut terms: BTreeMap<&str, OverallTerm> = BTreeMap::new();
        for told in self.present() {
            let mut own: Vec<&RisingTerm> = told.rising.iter().chain(&told.stirring).collect();
            own.truncate(OF_BRAND);
            own.sort_by(|a, b| a.term.cmp(&b.term));
            own.dedup_by(|a, b| a.term == b.term);
            for term in own {
                let joined = terms.entry(&term.term).or_insert_with(|| OverallTerm {
                    term: term.term.clone(),
                    brands: 0,
                    count: 0,
                    expected: 0.0,
                    negative: 0.0,
                });
                joined.add(term);
            }
        }
        let mut told: Vec<OverallTerm> = terms.into_values().filter(OverallTerm::is_told).collect();
        // Stable, so equals stay in the order of their letters.
        told.sort_by(|a, b| b.deviance().total_cmp(&a.deviance()));
        told.truncate(TERMS);
        told
    }

    /// Aspects over all brands, those first that are complained about most.
    #[must_use]
    pub fn aspects_together(&self) -> Vec<OverallAspect> {
        let mut aspects: BTreeMap<&str, OverallAspect> = BTreeMap::new();
        for course in self.present().flat_map(|told| &told.aspects) {
            let joined = aspects.entry(course.aspect.as_str());
            let joined = joined.or_insert(OverallAspect {
                aspect: course.aspect,
                negative: [0; 2],
                rising: 0,
            });
            for (sum, week) in joined
                .negative
                .iter_mut()
                .zip([course.week, course.week_before])
            {
                *sum = sum.saturating_add(week.negative);
            }
            joined.rising += usize::from(course.rise.is_some());
        }
        let mut told: Vec<OverallAspect> = aspects.into_values().collect();
        told.sort_by_key(|joined| std::cmp::Reverse(joined.negative[0]));
        told
    }
}
