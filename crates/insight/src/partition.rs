//! The brands of one partition, and their way into and out of the changelog.
//!
//! The key `partition` holds how far the snapshots reach, the key `brand/<slug>` a brand's
//! state with the offset it was made at: each value begins with a byte for the format and
//! eight for the offset. All records of an input partition lie in the changelog partition of
//! the same number.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{EventTime, Insight, Topic};
use service::{Item, Outbox};
use trends::{About, BrandTrends};

/// Key of how far the snapshots reach.
const STAMP_KEY: &[u8] = b"partition";
/// What stands before the slug in the key of a brand.
const BRAND_KEY: &[u8] = b"brand/";
/// First byte of every value.
const FORMAT: u8 = 1;
/// Bytes of snapshots a partition writes at once. Brands that don't fit come next time,
/// longest waiting first; the stamp says how far back to read.
const SNAPSHOT_BYTES: usize = 4 * 1024 * 1024;

/// The brands of one partition.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    brands: BTreeMap<String, Brand>,
    /// Entries of the changelog, until the partition is ours.
    restored: BTreeMap<Vec<u8>, Vec<u8>>,
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

/// What restoring a partition gave.
#[derive(Debug, Default)]
pub(crate) struct Restored {
    /// The offset to read from, if there was a stamp.
    pub(crate) resume: Option<i64>,
    /// Brands whose state couldn't be used, each with the reason.
    pub(crate) discarded: Vec<(String, String)>,
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
        match value {
            Some(value) => self.restored.insert(key.to_vec(), value.to_vec()),
            None => self.restored.remove(key),
        };
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
        for (key, value) in std::mem::take(&mut self.restored) {
            let entry = decode(&value);
            if key == STAMP_KEY {
                let stamp = entry.and_then(|(next, rest)| Some((next, rest.try_into().ok()?)));
                let (next, partitions) =
                    stamp.ok_or("its stamp is damaged or of another version")?;
                let partitions = i32::from_le_bytes(partitions);
                if partitions != of {
                    return Err(format!(
                        "it was made when the input had {partitions} partitions, now there are \
                         {of}, so brands would have moved: go back to {partitions} partitions"
                    ));
                }
                result.resume = Some(next);
                continue;
            }
            let slug = key
                .strip_prefix(BRAND_KEY)
                .and_then(|slug| std::str::from_utf8(slug).ok());
            let Some((slug, about)) = slug.and_then(|slug| Some((slug, about(slug)?))) else {
                continue;
            };
            let restored = entry.ok_or_else(|| "of another version".to_owned());
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
        let brands = self.brands.iter_mut();
        let dirty = brands.filter_map(|(slug, brand)| Some((brand.dirty_since?, slug, brand)));
        let mut dirty: Vec<_> = dirty.collect();
        dirty.sort_by_key(|(since, slug, _)| (*since, *slug));
        let (mut bytes, mut reach) = (0, next);
        for (since, slug, brand) in dirty {
            if bytes >= SNAPSHOT_BYTES {
                reach = since;
                break;
            }
            let value = encode(next, &brand.trends.snapshot());
            bytes += value.len();
            brand.dirty_since = None;
            out.push(&item(
                partition,
                &[BRAND_KEY, slug.as_bytes()].concat(),
                &value,
            ));
        }
        let stamp = encode(reach, &self.of.to_le_bytes());
        out.push(&item(partition, STAMP_KEY, &stamp));
    }
}

fn encode(offset: i64, rest: &[u8]) -> Vec<u8> {
    [&[FORMAT][..], &offset.to_le_bytes(), rest].concat()
}

fn decode(value: &[u8]) -> Option<(i64, &[u8])> {
    let (offset, rest) = value.strip_prefix(&[FORMAT])?.split_first_chunk()?;
    Some((i64::from_le_bytes(*offset), rest))
}

const fn item<'a>(partition: i32, key: &'a [u8], value: &'a [u8]) -> Item<'a> {
    Item {
        topic: Topic::InsightState,
        partition: Some(partition),
        stamped_at: None,
        key: Some(key),
        value: Some(value),
    }
}
