//! Mentions of the last hour, brand by brand.

use std::collections::{BTreeMap, VecDeque};

use detect::{Class, class_of};
use mention::{EventTime, Record};

/// Minutes that are shown.
const MINUTES: i64 = 60;
/// Brands that are counted; as many as have metrics of their own.
const MAX_BRANDS: usize = 500;

/// Mentions of the last hour of event time, by brand. Copies and late mentions count here,
/// so that the share isn't quite the detector's: it is for the eye.
#[derive(Debug, Default)]
pub struct Counts {
    brands: BTreeMap<String, VecDeque<Minute>>,
    now: Option<EventTime>,
    /// Whether brands were left out because there are too many.
    overflowed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Minute {
    number: i64,
    negative: u64,
    total: u64,
}

/// A brand's last hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BrandCounts {
    /// Negative mentions.
    pub negative: u64,
    /// Mentions that count in the share.
    pub total: u64,
}

impl BrandCounts {
    /// The share of negative mentions, 0–1; of no mentions there is none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of an hour")]
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| self.negative as f64 / self.total as f64)
    }
}

impl Counts {
    /// A scored record. What isn't one, an edit or a deletion counts nothing.
    pub(super) fn take(&mut self, value: &[u8]) {
        let mention = match mention::parse_scored(value) {
            Ok(Record::Mention(mention)) => mention,
            Ok(Record::Heartbeat(at)) => return self.advance(at),
            Err(_) => return,
        };
        if mention.event != mention::Event::Create {
            return;
        }
        self.advance(mention.created_at);
        let Class::Share { negative } = class_of(&mention) else {
            return;
        };
        let brand = mention.brand.as_str();
        if !self.brands.contains_key(brand) {
            if self.brands.len() >= MAX_BRANDS {
                self.overflowed = true;
                return;
            }
            self.brands.insert(brand.to_owned(), VecDeque::new());
        }
        if let Some(minutes) = self.brands.get_mut(brand) {
            add(minutes, mention.created_at.minute(), negative);
        }
    }

    fn advance(&mut self, at: EventTime) {
        self.now = self.now.max(Some(at));
    }

    /// The newest event time.
    #[must_use]
    pub const fn now(&self) -> Option<EventTime> {
        self.now
    }

    /// Whether some brands are left out.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Each brand with its last hour.
    pub fn brands(&self) -> impl Iterator<Item = (&str, BrandCounts)> {
        let now = self.now.map_or(0, EventTime::minute);
        self.brands.iter().map(move |(brand, minutes)| {
            let recent = minutes.iter().filter(|m| now - m.number < MINUTES);
            let counts = recent.fold(BrandCounts::default(), |sum, minute| BrandCounts {
                negative: sum.negative + minute.negative,
                total: sum.total + minute.total,
            });
            (brand.as_str(), counts)
        })
    }

    /// The last hour of one brand.
    #[must_use]
    pub fn of(&self, brand: &str) -> Option<BrandCounts> {
        let mut brands = self.brands();
        brands.find(|(name, _)| *name == brand).map(|(_, c)| c)
    }
}

/// Counts in the mention's minute; minutes are in order, and at most an hour of them.
fn add(minutes: &mut VecDeque<Minute>, number: i64, negative: bool) {
    let newest = minutes.back().map_or(number, |minute| minute.number);
    if newest - number >= MINUTES {
        return;
    }
    let at = minutes.partition_point(|minute| minute.number < number);
    if minutes.get(at).is_none_or(|minute| minute.number != number) {
        let (negative, total) = (0, 0);
        minutes.insert(
            at,
            Minute {
                number,
                negative,
                total,
            },
        );
    }
    if let Some(minute) = minutes.get_mut(at) {
        minute.total += 1;
        minute.negative += u64::from(negative);
    }
    let newest = newest.max(number);
    while minutes
        .front()
        .is_some_and(|m| newest - m.number >= MINUTES)
    {
        minutes.pop_front();
    }
}
