//! Gauges of who waits.

use conversation::{Book, Open};
use mention::{Asked, EventTime, Platform};
use service::metrics::{GaugeVec, IntGaugeVec, RegisterError, Registry};

/// Ages of waiting conversations: less than an hour, less than four, less than a day, and
/// more; in the order of [`Book::open_by_age`].
const AGES: [&str; 4] = ["1h", "4h", "1d", "older"];

/// Gauges of who waits.
#[derive(Debug)]
pub(crate) struct Shown {
    /// `ophef_open_conversations{brand,platform,kind}`: without an answer.
    open: IntGaugeVec,
    /// `ophef_open_conversations_by_age{brand,kind,age}`: the same, by age.
    by_age: IntGaugeVec,
    /// `ophef_oldest_open_conversation_timestamp_seconds{brand,platform,kind}`: when the
    /// oldest of them was asked.
    oldest: GaugeVec,
}

impl Shown {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let of_conversation = &["brand", "platform", "kind"];
        Ok(Self {
            open: registry.int_gauges(
                "ophef_open_conversations",
                "Conversations without an answer.",
                of_conversation,
            )?,
            by_age: registry.int_gauges(
                "ophef_open_conversations_by_age",
                "Conversations without an answer that have waited for less than 1h, 4h and 1d, \
                 and for longer, by whole hours of event time.",
                &["brand", "kind", "age"],
            )?,
            oldest: registry.gauges(
                "ophef_oldest_open_conversation_timestamp_seconds",
                "When the oldest conversation without an answer was asked, event time in seconds \
                 since 1970; there only if somebody waits and event time is that of the wall.",
                of_conversation,
            )?,
        })
    }

    pub(crate) fn show(&self, brand: &str, book: &Book, now: EventTime, is_recent: bool) {
        for open in book.open() {
            self.show_open(brand, &open, is_recent);
        }
        for (age, counts) in AGES.iter().zip(book.open_by_age(now)) {
            for (kind, count) in Asked::ALL.iter().zip(counts) {
                let labels = [brand, kind.as_str(), age];
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                self.by_age.with_label_values(&labels).set(count);
            }
        }
    }

    fn show_open(&self, brand: &str, open: &Open, is_recent: bool) {
        let labels = [brand, open.platform.as_str(), open.kind.as_str()];
        let count = i64::try_from(open.count).unwrap_or(i64::MAX);
        self.open.with_label_values(&labels).set(count);
        match open.oldest.filter(|_| is_recent) {
            Some(oldest) => {
                #[allow(clippy::cast_precision_loss, reason = "seconds of sane times")]
                let seconds = oldest.millis() as f64 / 1_000.0;
                self.oldest.with_label_values(&labels).set(seconds);
            }
            // It may not be shown at the moment.
            None => drop(self.oldest.remove_label_values(&labels)),
        }
    }

    pub(crate) fn forget(&self, brand: &str) {
        // Most of them aren't there.
        for kind in Asked::ALL {
            for platform in Platform::ALL {
                let labels = [brand, platform.as_str(), kind.as_str()];
                let _ = self.open.remove_label_values(&labels);
                let _ = self.oldest.remove_label_values(&labels);
            }
            for age in AGES {
                let labels = [brand, kind.as_str(), age];
                let _ = self.by_age.remove_label_values(&labels);
            }
        }
    }
}
