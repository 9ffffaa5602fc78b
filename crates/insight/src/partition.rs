//! The brands of one partition, and their way into and out of the changelog.
//!
//! The key `partition` holds how far the snapshots reach, the key `brand/<slug>` a brand's
//! state with the offset it was made at.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{EventTime, Insight, Topic};
use service::Outbox;
use service::changelog::{
    DAMAGED_STAMP, Entries, Format, Restored, STAMP_KEY, check_partitions, entry, write_in_turn,
};
use trends::{About, BrandTrends};

const FORMAT: Format = Format(1);

/// The brands of one partition.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    brands: BTreeMap<String, Brand>,
    /// Entries of the changelog, until the partition is ours.
    restored: Entries,
    /// Partitions the input has.
    pub(crate) of: i32,
}

/// One brand.
#[derive(Debug)]
struct Brand {
    trends: BrandTrends,
    /// Records before this offset are in the restored state already.
    from: i64,
    /// First record that isn't in the last snapshot; `None` if all are.
    dirty_since: Option<i64>,
    /// The last summary, until its gauges are set.
    news: Option<Insight>,
}

impl Brand {
    /// The trends, if the record at `offset` isn't in their state yet.
    fn take(&mut self, offset: i64) -> Option<&mut BrandTrends> {
        if offset < self.from {
            return None;
        }
        self.dirty_since.get_or_insert(offset);
        Some(&mut self.trends)
    }

    fn publish_if_due(&mut self, publish: &mut impl FnMut(&Insight)) {
        if let Some(summary) = self.trends.summary_if_due() {
            publish(&summary);
            self.news = Some(summary);
        }
    }
}

impl Partition {
    /// Takes in one entry of the changelog.
    pub(crate) fn restore(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.restored.put(key, value);
    }

    /// Builds the brands from the entries. `about` gives what is known of a brand, or
    /// `None` if it isn't followed any more.
    pub(crate) fn assigned(
        &mut self,
        of: i32,
        about: impl Fn(&str) -> Option<Arc<About>>,
    ) -> Result<Restored, String> {
        self.of = of;
        let mut result = Restored::default();
        let entries = std::mem::take(&mut self.restored);
        if let Some(stamp) = entries.get(STAMP_KEY) {
            let (next, partitions) = decode_stamp(stamp).ok_or(DAMAGED_STAMP)?;
            check_partitions(partitions, of)?;
            result.resume = Some(next);
        }
        for (slug, value) in entries.of_brands() {
            let Some(about) = about(slug) else {
                continue;
            };
            let restored = FORMAT.offset_and_state(value);
            let restored = restored.ok_or_else(|| "of another version".to_owned());
            let restored = restored.and_then(|(from, state)| {
                let trends = BrandTrends::restore(about, state);
                Ok((from, trends.map_err(|error| error.to_string())?))
            });
            match restored {
                Ok((from, trends)) => self.insert(slug, from, trends),
                Err(reason) => result.discarded.push((slug.to_owned(), reason)),
            }
        }
        Ok(result)
    }

    fn insert(&mut self, slug: &str, from: i64, trends: BrandTrends) {
        let news = (from > 0).then(|| trends.summary());
        let brand = Brand {
            trends,
            from,
            dirty_since: None,
            news,
        };
        self.brands.insert(slug.to_owned(), brand);
    }

    pub(crate) fn add(&mut self, slug: &str, about: Arc<About>) {
        self.insert(slug, 0, BrandTrends::new(about));
    }

    pub(crate) fn has_brand(&self, slug: &str) -> bool {
        self.brands.contains_key(slug)
    }

    pub(crate) fn len(&self) -> usize {
        self.brands.len()
    }

    pub(crate) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.brands.keys().map(String::as_str)
    }

    /// Steps over the record at `offset`, which is the brand's, with `work`.
    pub(crate) fn step<R>(
        &mut self,
        slug: &str,
        offset: i64,
        work: impl FnOnce(&mut BrandTrends) -> R,
        mut publish: impl FnMut(&Insight),
    ) -> Option<R> {
        let brand = self.brands.get_mut(slug)?;
        let result = work(brand.take(offset)?);
        brand.publish_if_due(&mut publish);
        Some(result)
    }

    /// A heartbeat told the time: brands with something to tell do so.
    pub(crate) fn heartbeat(
        &mut self,
        at: EventTime,
        offset: i64,
        mut publish: impl FnMut(&Insight),
    ) {
        for brand in self.brands.values_mut() {
            if !brand.trends.is_moved_by(at) {
                continue;
            }
            if let Some(trends) = brand.take(offset) {
                trends.advance(at);
                brand.publish_if_due(&mut publish);
            }
        }
    }

    /// Summaries since they were last asked for.
    pub(crate) fn news(&mut self) -> impl Iterator<Item = Insight> {
        self.brands
            .values_mut()
            .filter_map(|brand| brand.news.take())
    }

    /// The brands and their trends.
    pub(crate) fn trends(&self) -> impl Iterator<Item = (&str, &BrandTrends)> {
        let brands = self.brands.iter();
        brands.map(|(slug, brand)| (slug.as_str(), &brand.trends))
    }

    /// Writes the brands that changed, longest waiting first, and how far the snapshots
    /// reach then.
    pub(crate) fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        let reach = write_in_turn(
            self.brands.iter_mut(),
            |brand| brand.dirty_since,
            |brand| {
                brand.dirty_since = None;
                FORMAT.with_offset(next, &brand.trends.snapshot())
            },
            (Topic::InsightState, partition),
            out,
        );
        let stamp = FORMAT.with_offset(reach.unwrap_or(next), &self.of.to_le_bytes());
        out.push(&entry(
            Topic::InsightState,
            partition,
            STAMP_KEY,
            Some(&stamp),
        ));
    }
}

/// How far the snapshots reach, and how many partitions the input had.
fn decode_stamp(value: &[u8]) -> Option<(i64, i32)> {
    let (next, partitions) = FORMAT.offset_and_state(value)?;
    Some((next, i32::from_le_bytes(partitions.try_into().ok()?)))
}
