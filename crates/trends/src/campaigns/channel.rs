//! What a campaign brought on one platform, period by period.

use mention::{CampaignChannel, CampaignEvent, CampaignTotals, MICROS, Period, Platform, Spend};
use serde::{Deserialize, Serialize};

/// Currencies of one platform's spend: an account has one, and it may change.
const CURRENCIES_MAX: usize = 4;

/// What became of a campaign event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Its totals stand; what is odd about them.
    Taken {
        /// Conversions without a click: seen and bought elsewhere, or a fault of counting.
        conversions_without_clicks: bool,
        /// Clicks without an impression.
        clicks_without_impressions: bool,
    },
    /// The very same stands already.
    Repeated,
    /// Newer totals of that period stand.
    Outdated,
    /// Its period is too old to be restated: 28 days, or there was no room for so many.
    TooLate,
    /// Totals of an hour within a day that has totals, or of a day with such hours: they
    /// would count twice.
    Overlaps,
    /// A fifth currency on one platform of a campaign.
    NoRoom,
}

impl Told {
    /// Every outcome; metrics are initialised from it.
    pub const ALL: [Self; 6] = [
        Self::Taken {
            conversions_without_clicks: false,
            clicks_without_impressions: false,
        },
        Self::Repeated,
        Self::Outdated,
        Self::TooLate,
        Self::Overlaps,
        Self::NoRoom,
    ];

    /// The name in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken { .. } => "taken",
            Self::Repeated => "repeated",
            Self::Outdated => "outdated",
            Self::TooLate => "too_late",
            Self::Overlaps => "overlaps",
            Self::NoRoom => "no_room",
        }
    }
}

/// One platform of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channel {
    /// Position of the platform.
    pub(super) platform: u8,
    /// Periods that may be restated, in order of time.
    cells: Vec<Cell>,
    /// The sum of those that may not.
    folded: CampaignTotals,
    folded_spend: Vec<([u8; 3], u64)>,
    /// Begin of the newest of them, milliseconds.
    folded_to: i64,
    /// First and last moment that they tell of.
    folded_span: Option<[i64; 2]>,
}

/// One period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    from: i64,
    period: Period,
    observed_at: i64,
    totals: CampaignTotals,
    currency: [u8; 3],
}

impl Cell {
    /// Up to when its totals tell: a period that isn't over is known up to their reading.
    fn end(&self) -> i64 {
        let end = self.from.saturating_add(self.period.millis());
        end.min(self.observed_at.max(self.from))
    }

    fn span(&self) -> Option<[i64; 2]> {
        let is_busy = self.totals != CampaignTotals::default();
        is_busy.then(|| [self.from, self.end()])
    }

    fn overlaps(&self, from: i64, period: Period) -> bool {
        from < self.from.saturating_add(self.period.millis())
            && self.from < from.saturating_add(period.millis())
    }
}

impl Channel {
    pub(super) const fn new(platform: u8) -> Self {
        Self {
            platform,
            cells: Vec::new(),
            folded: CampaignTotals {
                impressions: 0,
                engagements: 0,
                clicks: 0,
                conversions: 0,
                spend: 0,
            },
            folded_spend: Vec::new(),
            folded_to: i64::MIN,
            folded_span: None,
        }
    }

    pub(super) fn take(&mut self, event: &CampaignEvent<'_>, observed_at: i64) -> Told {
        let (from, period, totals) = (event.from.millis(), event.period, event.totals);
        if from <= self.folded_to {
            return Told::TooLate;
        }
        let mut others = self.cells.iter();
        // Days of an account that moved to another time zone overlap as well.
        let is_same = |cell: &&Cell| cell.from == from && cell.period == period;
        if others.any(|cell| !is_same(&cell) && cell.overlaps(from, period)) {
            return Told::Overlaps;
        }
        let currency = event.currency.unwrap_or_default();
        if event.currency.is_some() && !self.has_room_for(currency) {
            return Told::NoRoom;
        }
        let cell = Cell {
            from,
            period,
            observed_at,
            totals,
            currency,
        };
        let rank = |cell: &Cell| (cell.observed_at, cell.totals, cell.currency);
        match self.cells.binary_search_by_key(&from, |cell| cell.from) {
            Ok(at) if self.cells[at] == cell => return Told::Repeated,
            // Of two that were read at one moment the larger stands, whichever comes first.
            Ok(at) if rank(&cell) < rank(&self.cells[at]) => return Told::Outdated,
            Ok(at) => self.cells[at] = cell,
            Err(at) => self.cells.insert(at, cell),
        }
        Told::Taken {
            conversions_without_clicks: totals.conversions > 0 && totals.clicks == 0,
            clicks_without_impressions: totals.clicks > 0 && totals.impressions == 0,
        }
    }

    fn has_room_for(&self, currency: [u8; 3]) -> bool {
        let spend = self.spend();
        spend.len() < CURRENCIES_MAX || spend.iter().any(|(code, _)| *code == currency)
    }

    pub(super) const fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Begin of the oldest period that may be restated.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.cells.first().map(|cell| cell.from)
    }

    /// Adds the oldest period to what isn't restated any more.
    pub(super) fn fold(&mut self) {
        if self.cells.is_empty() {
            return;
        }
        let cell = self.cells.remove(0);
        self.folded = sum(self.folded, cell.totals);
        add_spend(&mut self.folded_spend, &cell);
        self.folded_to = cell.from;
        self.folded_span = self
            .folded_span
            .into_iter()
            .chain(cell.span())
            .reduce(union);
    }

    /// First and last moment that its totals tell of; periods without anything aside.
    pub(super) fn span(&self) -> Option<[i64; 2]> {
        let cells = self.cells.iter().filter_map(Cell::span);
        cells.chain(self.folded_span).reduce(union)
    }

    /// How much of `of` lies within, each period's taken as spread evenly; and whether any
    /// period tells of that time.
    pub(super) fn within(
        &self,
        from: i64,
        to: i64,
        of: impl Fn(&CampaignTotals) -> u64,
    ) -> Option<f64> {
        let mut found = None;
        for cell in &self.cells {
            let (first, last) = (cell.from.max(from), cell.end().min(to));
            if first < last {
                let part = millis(last - first) / millis(cell.end() - cell.from);
                *found.get_or_insert(0.0) += part * count(of(&cell.totals));
            }
        }
        found
    }

    pub(super) fn summary(&self) -> CampaignChannel {
        let cells = self.cells.iter().map(|cell| cell.totals);
        let totals = cells.fold(self.folded, sum);
        let spend = self.spend().into_iter().map(|(code, micros)| Spend {
            currency: String::from_utf8_lossy(&code).into_owned(),
            amount: count(micros) / count(MICROS),
        });
        let platform = Platform::ALL.get(usize::from(self.platform));
        CampaignChannel {
            platform: platform.copied().unwrap_or(Platform::Other),
            impressions: totals.impressions,
            engagements: totals.engagements,
            clicks: totals.clicks,
            conversions: totals.conversions,
            spend: spend.collect(),
        }
    }

    /// Spend by currency, in their order.
    fn spend(&self) -> Vec<([u8; 3], u64)> {
        let mut spend = self.folded_spend.clone();
        self.cells
            .iter()
            .for_each(|cell| add_spend(&mut spend, cell));
        spend.sort_unstable();
        spend
    }

    pub(super) fn is_whole(&self) -> bool {
        self.cells.is_sorted_by(|a, b| a.from < b.from)
            && usize::from(self.platform) < Platform::ALL.len()
            && self.folded_spend.len() <= CURRENCIES_MAX
    }
}

pub(super) fn union(a: [i64; 2], b: [i64; 2]) -> [i64; 2] {
    [a[0].min(b[0]), a[1].max(b[1])]
}

fn add_spend(spend: &mut Vec<([u8; 3], u64)>, cell: &Cell) {
    if cell.currency == [0; 3] {
        return;
    }
    match spend.iter_mut().find(|(code, _)| *code == cell.currency) {
        Some((_, sum)) => *sum = sum.saturating_add(cell.totals.spend),
        None => spend.push((cell.currency, cell.totals.spend)),
    }
}

const fn sum(a: CampaignTotals, b: CampaignTotals) -> CampaignTotals {
    CampaignTotals {
        impressions: a.impressions.saturating_add(b.impressions),
        engagements: a.engagements.saturating_add(b.engagements),
        clicks: a.clicks.saturating_add(b.clicks),
        conversions: a.conversions.saturating_add(b.conversions),
        spend: a.spend.saturating_add(b.spend),
    }
}

#[allow(clippy::cast_precision_loss, reason = "stretches of days")]
const fn millis(millis: i64) -> f64 {
    millis as f64
}

#[allow(clippy::cast_precision_loss, reason = "counts of a campaign")]
pub(super) const fn count(count: u64) -> f64 {
    count as f64
}
