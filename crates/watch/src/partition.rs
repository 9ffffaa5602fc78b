//! The brands of one partition, and their way into and out of the changelog.

use std::collections::BTreeMap;

use detect::{BrandSettings, BrandWatch, PlatformCount, ShiftQuestion};
use mention::{EventTime, Spike, Topic};
use service::Outbox;
use service::changelog::{Entries, Format, Restored, STAMP_KEY, Stamp, entry, write_in_turn};

const FORMAT: Format = Format(2);
/// Brands that are asked whether a platform has changed: enough to tell a half from a
/// quarter, and few enough that thousands of spikes at once are no burden.
const ASKED_MAX: usize = 1_000;

/// The brands of one partition.
#[derive(Debug)]
pub(crate) struct Partition {
    brands: BTreeMap<String, Brand>,
    /// Entries of the changelog, until the partition is ours.
    restored: Entries,
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
struct Brand {
    watch: BrandWatch,
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

impl Brand {
    const fn new(watch: BrandWatch, from: i64) -> Self {
        Self {
            watch,
            from,
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
            restored: Entries::default(),
            of: 0,
            heard: i64::MIN,
            looked: i64::MIN,
        }
    }
}

impl Partition {
    /// Takes in one entry of the changelog.
    pub(crate) fn restore(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.restored.put(key, value);
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
        if let Some(stamp) = Stamp::of(&entries, FORMAT, of)? {
            restored.resume = Some(stamp.next);
            self.heard = stamp.heard;
        }
        for (slug, value) in entries.of_brands() {
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

    /// Begins to watch a brand.
    pub(crate) fn add(&mut self, slug: &str, settings: BrandSettings) {
        let brand = Brand::new(BrandWatch::new(settings), 0);
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
        let left = write_in_turn(
            self.brands.iter_mut(),
            |brand| brand.dirty_since,
            |brand| {
                brand.dirty_since = None;
                FORMAT.with_offset(next, &brand.watch.snapshot())
            },
            (Topic::WatchState, partition),
            out,
        );
        let reach = left.unwrap_or(Since {
            offset: next,
            heard: self.heard,
        });
        let stamp = Stamp {
            next: reach.offset,
            heard: reach.heard,
            partitions: self.of,
        };
        let stamp = stamp.encode(FORMAT);
        out.push(&entry(
            Topic::WatchState,
            partition,
            STAMP_KEY,
            Some(&stamp),
        ));
    }
}

fn restore_brand(settings: BrandSettings, value: &[u8]) -> Result<Brand, String> {
    let (from, state) = FORMAT.offset_and_state(value).ok_or("of another version")?;
    let watch = BrandWatch::restore(settings, state).map_err(|error| error.to_string())?;
    Ok(Brand::new(watch, from))
}
