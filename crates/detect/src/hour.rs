//! What a report shows of one hour of a brand.

use mention::{EventTime, Expected};

use crate::scan::HOUR_WINDOW;
use crate::status::expected;
use crate::watch::BrandWatch;

/// One hour of a brand over all platforms: what was counted, and what was to be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hour {
    /// Negative mentions.
    pub negative: u64,
    /// Mentions that count in the share.
    pub total: u64,
    /// The share to be expected at so many mentions, with its band of about 95 %; as of
    /// now, and frozen while a spike over all platforms is open.
    pub expected: Expected,
}

impl BrandWatch {
    /// The hour that ends at `end`. Ask for it when the lateness has nearly passed, but
    /// not later: counts of single minutes are kept for an hour and the lateness.
    #[must_use]
    pub fn hour_before(&self, end: EventTime) -> Hour {
        let last = end.minute().saturating_sub(1);
        let counts = self.state.all.hour(last);
        let windows = self.state.all.windows(last);
        let page = self.state.page.as_ref();
        let reported = page.filter(|page| page.platform.is_none());
        let mood = reported.map_or_else(
            || self.moods(None, &windows, last)[HOUR_WINDOW],
            |page| page.mood(),
        );
        Hour {
            negative: u64::from(counts.negative),
            total: u64::from(counts.total),
            expected: expected(counts, mood, self.state.all.dispersion.rho(HOUR_WINDOW)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BrandSettings;

    fn mention(id: u32, at: EventTime, label: &str) -> String {
        serde_json::json!({
            "id": id.to_string(), "brand": "acme", "platform": "x", "text": "Te laat",
            "created_at": at.to_string(),
            "score": {"label": label, "probabilities": {"negative": 0.9, "neutral": 0.05, "positive": 0.05}, "confidence": 1.0,
                "model": "test"},
        })
        .to_string()
    }

    #[test]
    fn an_hour_holds_its_own_mentions_and_no_others() {
        let start = EventTime::from_minute(29_540_160);
        let end = start.plus_millis(EventTime::HOUR_MS);
        let mut watch = BrandWatch::new(BrandSettings::new("acme"));
        assert_eq!(
            (
                watch.hour_before(end).total,
                watch.hour_before(end).negative
            ),
            (0, 0)
        );
        // Minute 0 to 69: the last ten belong to the next hour.
        for minute in 0..70_u32 {
            let at = start.plus_millis(i64::from(minute) * EventTime::MINUTE_MS);
            let label = if minute % 10 == 0 {
                "negative"
            } else {
                "neutral"
            };
            let record = mention(minute, at, label);
            let mention::Record::Mention(record) =
                mention::parse_scored(record.as_bytes()).unwrap()
            else {
                unreachable!()
            };
            watch.observe(&record, &mut Vec::new());
        }
        let hour = watch.hour_before(end);
        assert_eq!((hour.total, hour.negative), (60, 6));
        let Expected { share, low, high } = hour.expected;
        assert!(low <= share && share <= high && (0.0..=1.0).contains(&share));
        // Silence since then is an hour without mentions, not the same hour again.
        let later = end.plus_millis(6 * EventTime::HOUR_MS);
        assert_eq!(watch.hour_before(later).total, 0);
        for far in [
            EventTime::from_millis(i64::MIN),
            EventTime::from_millis(i64::MAX),
        ] {
            assert_eq!(watch.hour_before(far).total, 0);
        }
    }
}
