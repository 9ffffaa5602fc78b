//! A brand's minutes as mentions, and the watch that reads them.

use detect::{BrandSettings, BrandWatch};
use mention::{
    Aspects, Author, Cluster, Event, EventTime, Kind, Label, Mention, Platform, Probabilities,
    Score, Spike, Text,
};

use crate::brand::{Brand, FIRST_MINUTE};
use crate::burst::Burst;
use crate::random::Random;

/// Name of every brand; each has a watch of its own.
const BRAND: &str = "acme";
/// A heartbeat comes this often, as in a replay, milliseconds.
const HEARTBEAT_MS: i64 = 5 * EventTime::MINUTE_MS;
/// Platforms, and the mentions of a hundred that are on them or on one before.
const PLATFORMS: [(Platform, u64); 3] = [
    (Platform::X, 60),
    (Platform::Instagram, 85),
    (Platform::Facebook, 100),
];

/// What sort of mention it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// An ordinary one.
    Usual,
    /// Praise.
    Praise,
    /// A near-duplicate that is marked as such.
    Marked,
    /// A copy that nobody marked, of a young account.
    Copy,
}

/// One mention to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    /// When it arrives, milliseconds since 1970.
    pub(crate) arrives: i64,
    /// When it says it was posted.
    pub(crate) at: i64,
    pub(crate) id: u64,
    pub(crate) negative: bool,
    pub(crate) platform: u8,
    pub(crate) sort: Sort,
}

impl Item {
    /// An ordinary mention that arrives as it is posted.
    pub(crate) fn new(at: i64, negative: bool, platforms: u8, random: &mut Random) -> Self {
        let id = random.bits();
        Self {
            arrives: at,
            at,
            id,
            negative,
            platform: platform(platforms, id),
            sort: Sort::Usual,
        }
    }
}

fn platform(platforms: u8, id: u64) -> u8 {
    if platforms < 2 {
        return 0;
    }
    // The id's upper bits are as random as any.
    let lot = (id >> 32) % 100;
    let drawn = PLATFORMS.iter().position(|(_, up_to)| lot < *up_to);
    (drawn.unwrap_or(0) as u8).min(platforms - 1)
}

/// Time of the beginning of a minute of a stream, milliseconds since 1970.
pub(crate) fn start_of(minute: usize) -> i64 {
    (FIRST_MINUTE + minute as i64) * EventTime::MINUTE_MS
}

/// Appends `total` mentions of one minute, `negative` of them negative, each at a random
/// moment of its own part of the minute.
pub(crate) fn spread(
    out: &mut Vec<Item>,
    minute: usize,
    [negative, total]: [u32; 2],
    platforms: u8,
    random: &mut Random,
) {
    let start = start_of(minute);
    let mut left = u64::from(negative);
    for number in 0..u64::from(total) {
        // Each choice of places for the negatives is as likely (D. Knuth, algorithm S).
        let is_negative = random.below(u64::from(total) - number) < left;
        left -= u64::from(is_negative);
        let within = (number * 60_000 + random.below(60_000)) / u64::from(total);
        out.push(Item::new(
            start + within as i64,
            is_negative,
            platforms,
            random,
        ));
    }
}

impl Brand {
    /// Appends the mentions of a minute; the same ones whenever it is asked.
    pub(crate) fn items(&self, minute: usize, out: &mut Vec<Item>) {
        let random = &mut Random::of(&[self.seed, minute as u64]);
        let counts = [self.negative[minute], self.total[minute]];
        spread(out, minute, counts, self.base.platforms, random);
    }

    /// Appends a burst's negatives.
    pub(crate) fn burst_items(&self, start: usize, burst: &Burst, out: &mut Vec<Item>) {
        let random = &mut Random::of(&[self.seed, start as u64, burst.times.len() as u64]);
        let times = burst.times.iter().map(|&t| start_of(start) + i64::from(t));
        out.extend(times.map(|at| Item::new(at, true, self.base.platforms, random)));
    }
}

/// A watch, and which of its spikes have paged.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    watch: BrandWatch,
    paged: Vec<String>,
    out: Vec<Spike>,
    heard: i64,
}

impl Watched {
    /// A new brand's watch with that budget of false alarms a week.
    pub(crate) fn new(budget: f64) -> Self {
        let mut settings = BrandSettings::new(BRAND);
        settings.alarms_per_week = budget;
        Self {
            watch: BrandWatch::new(settings),
            paged: Vec::new(),
            out: Vec::new(),
            heard: 0,
        }
    }

    pub(crate) fn has_open_spike(&self) -> bool {
        self.watch.has_open_spike()
    }

    /// Takes one mention, heartbeats that are due before it included; returns how many
    /// new spikes page.
    pub(crate) fn take(&mut self, item: &Item) -> usize {
        self.beat(item.arrives);
        let digits = hex(item.id);
        let id = std::str::from_utf8(&digits).unwrap_or_default();
        self.watch.observe(&mention(item, id), &mut self.out);
        self.new_pages()
    }

    /// Lets time pass.
    pub(crate) fn beat(&mut self, until: i64) {
        if self.heard == 0 {
            self.heard = until;
        }
        while self.heard + HEARTBEAT_MS <= until {
            self.heard += HEARTBEAT_MS;
            let at = EventTime::from_millis(self.heard);
            self.watch.advance(at, &mut self.out);
        }
    }

    fn new_pages(&mut self) -> usize {
        let mut new = 0;
        for spike in self.out.drain(..).filter(|spike| spike.pages) {
            if !self.paged.contains(&spike.id) {
                // The latest are enough: a spike isn't revised once it is closed.
                let longest = 16;
                if self.paged.len() >= longest {
                    self.paged.remove(0);
                }
                self.paged.push(spike.id);
                new += 1;
            }
        }
        new
    }
}

/// Sixteen hexadecimal digits.
fn hex(id: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(id >> (60 - 4 * place)) as usize & 15];
    }
    digits
}

fn mention<'a>(item: &Item, id: &'a str) -> Mention<'a> {
    let (text, label) = match (item.sort, item.negative) {
        (Sort::Praise, _) => ("Top geholpen vandaag", Label::Positive),
        (Sort::Marked | Sort::Copy, _) => (
            "Nooit meer bij deze winkel, zegt het voort",
            Label::Negative,
        ),
        (Sort::Usual, true) => ("Weer te laat", Label::Negative),
        (Sort::Usual, false) => ("Prima", Label::Neutral),
    };
    let young = item.at - 5 * EventTime::DAY_MS;
    Mention {
        id: Text::from(id),
        brand: Text::from(BRAND),
        platform: PLATFORMS[usize::from(item.platform)].0,
        created_at: EventTime::from_millis(item.at),
        text: Text::from(text),
        event: Event::Create,
        author: Some(Author {
            id: Some(Text::from(id)),
            followers: Some(150),
            created_at: (item.sort == Sort::Copy).then(|| EventTime::from_millis(young)),
            ..Author::default()
        }),
        lang: None,
        kind_hint: None,
        rating: None,
        title: None,
        in_reply_to: None,
        root: None,
        repost_of: None,
        cluster: (item.sort == Sort::Marked).then(|| Cluster {
            id: Text::from("one text"),
            size: 100,
        }),
        engagement: None,
        media: Vec::new(),
        campaign: None,
        canary: false,
        clamped: false,
        score: Some(score(label)),
    }
}

fn score(label: Label) -> Score<'static> {
    let of = |wanted: Label| if label == wanted { 0.9 } else { 0.05 };
    Score {
        label,
        probabilities: Probabilities {
            negative: of(Label::Negative),
            neutral: of(Label::Neutral),
            positive: of(Label::Positive),
        },
        confidence: 0.9,
        lang: Text::from("nl"),
        abstained: None,
        kind: match label {
            Label::Negative => Kind::Complaint,
            Label::Neutral => Kind::Remark,
            Label::Positive => Kind::Praise,
        },
        aspects: Aspects::new(),
        model: Text::from("invented@1"),
        spans: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;

    #[test]
    fn a_minute_has_its_counts_in_order() {
        let brand = Brand::new(&Base::invented()[16], 1, 600);
        for minute in 0..600 {
            let mut items = Vec::new();
            brand.items(minute, &mut items);
            assert_eq!(items.len() as u32, brand.total[minute]);
            let negative = items.iter().filter(|item| item.negative).count();
            assert_eq!(negative as u32, brand.negative[minute]);
            assert!(items.is_sorted_by_key(|item| item.at));
            let mut again = Vec::new();
            brand.items(minute, &mut again);
            assert_eq!(items, again);
        }
    }

    #[test]
    fn ids_are_written_whole() {
        assert_eq!(&hex(0x0123_4567_89ab_cdef), b"0123456789abcdef");
        assert_eq!(&hex(u64::MAX), b"ffffffffffffffff");
    }
}
