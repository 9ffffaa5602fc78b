//! The brands of one partition, and their way into and out of the changelog.

use std::collections::BTreeMap;

use detect::{BrandSettings, BrandWatch, PlatformCount, ShiftQuestion};
use mention::{EventTime, Spike, Topic};
use service::{Item, Outbox};

use crate::snapshot::{self, STAMP_KEY, Stamp};

/// Bytes of snapshots a partition writes at once. Brands that don't fit come
/// next time, longest waiting first; the stamp says how far back to read.
const SNAPSHOT_BYTES: usize = 4 * 1024 * 1024;
/// Brands that are asked whether a platform has changed: enough to tell a half from a
/// quarter, and few enough that thousands of spikes at once are no burden.
const ASKED_MAX: usize = 1_000;

/// The brands of one partition.
#[derive(Debug)]
pub(crate) struct Partition {
    brands: BTreeMap<String, Brand>,
    /// Entries of the changelog, until the partition is ours.
    restored: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Partitions the input has.
    of: i32,
    /// The newest time that a heartbeat told, milliseconds; the least before the first.
    /// It holds for every brand, whose watch is told with its next record.
    heard: i64,
    /// The newest minute whose silences were looked for.
    looked: i64,
}

/// One brand.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) watch: BrandWatch,
    /// Records before this offset are in the restored state already.
    from: i64,
    /// First record that isn't in the last snapshot; `None` if all are.
    dirty_since: Option<Since>,
    /// Whether it changed since its gauges were last set.
    has_news: bool,
}

/// A record, and the time that heartbeats had told before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Since {
    offset: i64,
    heard: i64,
}

/// What restoring a partition gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// The offset to read from, if there was a stamp.
    pub(crate) resume: Option<i64>,
    /// Brands whose state couldn't be used, each with the reason.
    pub(crate) discarded: Vec<(String, String)>,
}

impl Brand {
    pub(crate) const fn new(watch: BrandWatch) -> Self {
        Self {
            watch,
            from: 0,
            dirty_since: None,
            has_news: true,
        }
    }

    /// The watch, if the record at `offset` isn't in its state yet. Before it, heartbeats
    /// had told the time `heard`.
    fn take(&mut self, offset: i64, heard: i64) -> Option<&mut BrandWatch> {
        if offset < self.from {
            return None;
        }
        self.dirty_since.get_or_insert(Since { offset, heard });
        self.has_news = true;
        Some(&mut self.watch)
    }
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            brands: BTreeMap::new(),
            restored: BTreeMap::new(),
            of: 0,
            heard: i64::MIN,
            looked: i64::MIN,
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

    /// Builds the brands from the entries. `settings_of` gives a brand's
    /// settings, or `None` if it isn't tracked any more.
    pub(crate) fn assigned(
        &mut self,
        of: i32,
        settings_of: impl Fn(&str) -> Option<BrandSettings>,
    ) -> Result<Restored, String> {
        self.of = of;
        let mut restored = Restored::default();
        let entries = std::mem::take(&mut self.restored);
        if let Some(bytes) = entries.get(STAMP_KEY) {
            let stamp = Stamp::decode(bytes).ok_or("its stamp is damaged or of another version")?;
            if stamp.partitions != of {
                return Err(format!(
                    "it was made when the input had {} partitions, now there are {of}, so brands \
                     would have moved: go back to {0} partitions",
                    stamp.partitions
                ));
            }
            restored.resume = Some(stamp.next);
            self.heard = stamp.heard;
        }
        for (key, value) in &entries {
            let Some(slug) = snapshot::slug_of(key) else {
                continue;
            };
            let Some(settings) = settings_of(slug) else {
                continue;
            };
            match restore_brand(settings, value) {
                Ok(brand) => drop(self.brands.insert(slug.to_owned(), brand)),
                Err(reason) => restored.discarded.push((slug.to_owned(), reason)),
            }
        }
        Ok(restored)
    }

    pub(crate) fn has_brand(&self, slug: &str) -> bool {
        self.brands.contains_key(slug)
    }

    /// The brand's watch for the record at `offset`, told the time that heartbeats have
    /// told; none if there is no such brand, or if the record is in its state already.
    pub(crate) fn watch(
        &mut self,
        slug: &str,
        offset: i64,
        spikes: &mut Vec<Spike>,
    ) -> Option<&mut BrandWatch> {
        let heard = self.heard;
        let watch = self.brands.get_mut(slug)?.take(offset, heard)?;
        if heard > i64::MIN {
            watch.advance(EventTime::from_millis(heard), spikes);
        }
        Some(watch)
    }

    /// A heartbeat told the time: brands whose spike may close or whose silence is to be
    /// told are moved by it at once. Silences are looked for once a minute.
    pub(crate) fn heartbeat(&mut self, at: EventTime, offset: i64, spikes: &mut Vec<Spike>) {
        let before = self.heard;
        self.heard = before.max(at.millis());
        let is_new_minute = at.minute() > self.looked;
        self.looked = self.looked.max(at.minute());
        for brand in self.brands.values_mut() {
            let is_moved =
                brand.watch.has_open_spike() || (is_new_minute && brand.watch.is_moved_by(at));
            if !is_moved {
                continue;
            }
            if let Some(watch) = brand.take(offset, before) {
                watch.advance(at, spikes);
            }
        }
    }

    /// After revisions of the brand's spike: asks the brands of this partition whether
    /// its platform has changed.
    pub(crate) fn ask_others(&mut self, slug: &str, spikes: &mut [Spike]) {
        let question = |brand: &Brand| brand.watch.shift_question();
        let Some(question) = self.brands.get(slug).and_then(question) else {
            return;
        };
        let count = self.count(question);
        if let Some(brand) = self.brands.get_mut(slug) {
            brand.watch.take_answers(question, count, spikes);
        }
    }

    fn count(&self, question: ShiftQuestion) -> PlatformCount {
        let mut count = PlatformCount::default();
        for brand in self.brands.values().take(ASKED_MAX) {
            count.add(brand.watch.pulse(question));
        }
        count
    }

    pub(crate) fn insert(&mut self, slug: &str, brand: Brand) {
        self.brands.insert(slug.to_owned(), brand);
    }

    pub(crate) fn len(&self) -> usize {
        self.brands.len()
    }

    pub(crate) const fn of(&self) -> i32 {
        self.of
    }

    pub(crate) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.brands.keys().map(String::as_str)
    }

    pub(crate) fn brands(&self) -> impl Iterator<Item = (&str, &BrandWatch)> {
        let brands = self.brands.iter();
        brands.map(|(slug, brand)| (slug.as_str(), &brand.watch))
    }

    /// Brands that changed since they were last asked for, and brands with an open spike.
    pub(crate) fn with_news(&mut self) -> impl Iterator<Item = (&str, &BrandWatch)> {
        self.brands.iter_mut().filter_map(|(slug, brand)| {
            let has_news = std::mem::take(&mut brand.has_news) || brand.watch.has_open_spike();
            has_news.then_some((slug.as_str(), &brand.watch))
        })
    }

    /// Writes the brands that changed, longest waiting first, and how far the
    /// snapshots reach then.
    pub(crate) fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        let mut dirty: Vec<(Since, &String, &mut Brand)> = self
            .brands
            .iter_mut()
            .filter_map(|(slug, brand)| Some((brand.dirty_since?, slug, brand)))
            .collect();
        dirty.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let mut bytes = 0;
        let mut reach = Since {
            offset: next,
            heard: self.heard,
        };
        for (since, slug, brand) in dirty {
            if bytes >= SNAPSHOT_BYTES {
                reach = since;
                break;
            }
            let value = snapshot::encode_brand(next, &brand.watch.snapshot());
            bytes += value.len();
            brand.dirty_since = None;
            out.push(&item(partition, &snapshot::brand_key(slug), &value));
        }
        let stamp = Stamp {
            next: reach.offset,
            heard: reach.heard,
            partitions: self.of,
        };
        out.push(&item(partition, STAMP_KEY, &stamp.encode()));
    }
}

fn restore_brand(settings: BrandSettings, value: &[u8]) -> Result<Brand, String> {
    let (from, state) = snapshot::decode_brand(value).ok_or("of another version")?;
    let watch = BrandWatch::restore(settings, state).map_err(|error| error.to_string())?;
    Ok(Brand {
        from,
        ..Brand::new(watch)
    })
}

const fn item<'a>(partition: i32, key: &'a [u8], value: &'a [u8]) -> Item<'a> {
    Item {
        topic: Topic::WatchState,
        partition: Some(partition),
        stamped_at: None,
        key: Some(key),
        value: Some(value),
    }
}
