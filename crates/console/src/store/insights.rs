//! What brands' mentions say over weeks, as the insight service tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{EventTime, Insight, is_brand_slug};

/// Brands whose summaries are kept at most; those that were heard of longest ago go first.
pub const MAX_INSIGHTS: usize = 2_000;
/// Longest summary that is taken, bytes. One with every list full has some 25 KB; together
/// they stay below what spikes may take.
pub const MAX_INSIGHT_BYTES: usize = 64 * 1024;
/// Days of a week.
const WEEK: i64 = 7;

/// The last summary of each brand.
#[derive(Debug, Default)]
pub struct Insights {
    all: BTreeMap<String, Arc<Insight>>,
    /// Whether some brands were left out because there are too many.
    overflowed: bool,
}

impl Insights {
    /// A record of the topic; an empty value where it was deleted.
    ///
    /// # Errors
    /// The record isn't a summary of that key, or too long for one; nothing changes then.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        use serde::de::Error;
        let key = std::str::from_utf8(key).map_err(serde_json::Error::custom)?;
        if value.is_empty() {
            self.all.remove(key);
            return Ok(());
        }
        if value.len() > MAX_INSIGHT_BYTES {
            let fault = format!("it is longer than {MAX_INSIGHT_BYTES} bytes");
            return Err(serde_json::Error::custom(fault));
        }
        let told: Insight = serde_json::from_slice(value)?;
        if told.brand != key || !is_brand_slug(key) {
            return Err(serde_json::Error::custom("the key isn't the brand"));
        }
        self.all.insert(key.to_owned(), Arc::new(told));
        while self.all.len() > MAX_INSIGHTS {
            self.overflowed = true;
            let oldest = self.all.iter().min_by_key(|(_, told)| told.at);
            let Some(oldest) = oldest.map(|(brand, _)| brand.clone()) else {
                break;
            };
            self.all.remove(&oldest);
        }
        Ok(())
    }

    /// The summary of a brand.
    #[must_use]
    pub fn of(&self, brand: &str) -> Option<&Arc<Insight>> {
        self.all.get(brand)
    }

    /// The summaries, by brand.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Insight>> {
        self.all.values()
    }

    /// Whether some brands are left out.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The newest time that any of them told.
    #[must_use]
    pub fn now(&self) -> Option<EventTime> {
        self.all().map(|told| told.at).max()
    }

    /// How much of what customers said in the last seven days (UTC) was said of each brand.
    /// The seven days are those of the brand that was heard of last.
    #[must_use]
    pub fn voices(&self) -> BTreeMap<&str, Voice> {
        let now = self.now().unwrap_or_default();
        let counted = |told: &Insight| {
            let week = told.days.iter().filter(|day| is_in_week(day.day, now));
            week.fold(0, |sum: u64, day| sum.saturating_add(day.counted))
        };
        let own = self.all.iter();
        let own: Vec<(&str, u64)> = own
            .map(|(brand, told)| (brand.as_str(), counted(told)))
            .collect();
        let all = own
            .iter()
            .fold(0, |sum: u64, (_, own)| sum.saturating_add(*own));
        let voices = own.into_iter();
        voices
            .map(|(brand, own)| (brand, Voice { own, all }))
            .collect()
    }
}

/// How much of what is said is said of one brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Voice {
    /// Customers' mentions of the brand.
    pub own: u64,
    /// Those of all brands that are tracked.
    pub all: u64,
}

impl Voice {
    /// The brand's share, 0–1; of no mentions there is none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of a week")]
    pub fn share(self) -> Option<f64> {
        (self.all > 0).then(|| self.own as f64 / self.all as f64)
    }
}

/// Whether a day is one of the seven that end with the day of `now`.
fn is_in_week(day: EventTime, now: EventTime) -> bool {
    let day_of = |at: EventTime| at.millis().div_euclid(EventTime::DAY_MS);
    let ago = day_of(now).saturating_sub(day_of(day));
    (0..WEEK).contains(&ago)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use serde_json::json;

    use super::*;

    fn at(hour: i64) -> EventTime {
        EventTime::from_millis(1_772_409_600_000 + hour * EventTime::HOUR_MS)
    }

    fn told(brand: &str, hour: i64, days: &[(i64, u64)]) -> Vec<u8> {
        let days = days.iter().map(|(day, counted)| {
            json!({"day": at(day * 24), "mentions": counted, "counted": counted,
                "negative": 0, "positive": 0})
        });
        let days: Vec<_> = days.collect();
        json!({"brand": brand, "at": at(hour), "since": at(0), "days": days,
            "community": {"authors_today": 1, "authors_four_weeks": 1, "sampled": 1,
                "returning": 0.0, "advocates": 0.0, "days_active": 1.0, "anonymous": 0},
            "rising": [], "aspects": [], "wishes": [], "competitors": [],
            "coverage": {"unscored_media": 0.0, "silent": [], "sampled": [],
                "is_too_little": false, "too_late": 0}})
        .to_string()
        .into_bytes()
    }

    #[test]
    fn a_share_of_voice_is_of_the_same_seven_days() {
        let mut all = Insights::default();
        assert!(all.voices().is_empty());
        all.take(b"acme", &told("acme", 200, &[(1, 900), (2, 20), (8, 10)]))
            .unwrap();
        // Not heard of for a week: what it had then isn't of these days.
        all.take(b"quiet", &told("quiet", 30, &[(1, 500)])).unwrap();
        all.take(b"zee", &told("zee", 190, &[(7, 70)])).unwrap();
        assert_eq!(all.voices()["acme"], Voice { own: 30, all: 100 });
        assert_eq!(all.voices()["quiet"].own, 0);
        all.take(b"zee", b"").unwrap();
        assert_eq!(all.voices()["acme"].share(), Some(1.0));
        all.take(b"acme", &told("acme", 999, &[])).unwrap();
        assert_eq!(all.voices()["acme"].share(), None);
    }

    #[test]
    fn the_brands_heard_of_last_are_kept() {
        let mut all = Insights::default();
        for number in 0..=MAX_INSIGHTS {
            let (brand, hour) = (format!("b{number}"), i64::try_from(number).unwrap());
            all.take(brand.as_bytes(), &told(&brand, hour, &[]))
                .unwrap();
        }
        assert!(all.overflowed() && all.of("b0").is_none() && all.of("b1").is_some());
        assert_eq!(all.all().count(), MAX_INSIGHTS);
    }

    #[test]
    fn what_isnt_a_summary_of_its_key_changes_nothing() {
        let mut all = Insights::default();
        assert!(all.take(b"other", &told("acme", 1, &[])).is_err());
        assert!(all.take(b"acme", b"{}").is_err());
        assert!(all.take(b"A b", &told("A b", 1, &[])).is_err());
        assert!(all.take(b"\xff", b"").is_err());
        let mut long = told("acme", 1, &[]);
        long.extend(std::iter::repeat_n(b' ', MAX_INSIGHT_BYTES));
        assert!(all.take(b"acme", &long).is_err());
        assert_eq!(all.all().count(), 0);
    }
}
