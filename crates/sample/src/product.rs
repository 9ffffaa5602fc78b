//! Three weeks for those who make the product: two ordinary ones, then one in which an
//! update breaks the app and, two days later, prices rise.

use mention::{Aspect, EventTime, Platform};

use crate::brand::{PLUIMVOS, ZEEGROEN};
use crate::draft::{Draft, moment};
use crate::everyday;
use crate::plan::{Instead, Plan};
use crate::rhythm::{DAY, MINUTE, along, arrivals, clock};
use crate::rng::mix;
use crate::texts::Category;

/// How many weeks there are.
const WEEKS: u64 = 3;
/// The first second of the third week.
const THIRD: u64 = 14 * DAY;

/// Something that was planted about one aspect of brand `pluimvos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductPlanted {
    /// What people complain about.
    pub aspect: Aspect,
    /// Whether the brand gets more complaints altogether; else others are made less often
    /// and only the aspect shows it.
    pub is_total_up: bool,
    /// When it begins, seconds after the start.
    pub from_seconds: u64,
    /// When it is over, seconds after the start.
    pub to_seconds: u64,
}

impl ProductPlanted {
    /// When it begins in weeks that start at `start`.
    #[must_use]
    pub fn from(&self, start: EventTime) -> EventTime {
        moment(start, self.from_seconds)
    }

    /// When it is over in weeks that start at `start`.
    #[must_use]
    pub fn to(&self, start: EventTime) -> EventTime {
        moment(start, self.to_seconds)
    }
}

/// Tuesday of the third week: since an update the app crashes, until it is mended on
/// Wednesday evening. Nine of ten complaints are about it, and there are as many as on any
/// other days.
const APP: ProductPlanted = ProductPlanted {
    aspect: Aspect::App,
    is_total_up: false,
    from_seconds: THIRD + clock(1, 9, 0),
    to_seconds: THIRD + clock(2, 22, 0),
};

/// Thursday of the third week: prices and delivery charges have risen overnight.
const PRICE: ProductPlanted = ProductPlanted {
    aspect: Aspect::Price,
    is_total_up: true,
    from_seconds: THIRD + clock(3, 11, 0),
    to_seconds: THIRD + clock(3, 16, 0),
};

/// Complaints about the prices an hour: up within half an hour, ebbing from noon on.
const PRICE_RATE: [(u64, u64); 4] = {
    let (from, to) = (PRICE.from_seconds, PRICE.to_seconds);
    [
        (from, 0),
        (from + 30 * MINUTE, 90),
        (to - 90 * MINUTE, 60),
        (to, 0),
    ]
};

/// Where people complain about prices, in parts.
const PLATFORMS: [(Platform, u64); 5] = [
    (Platform::X, 38),
    (Platform::Facebook, 34),
    (Platform::Instagram, 14),
    (Platform::Forum, 8),
    (Platform::Bluesky, 6),
];

/// What was planted in [`ProductWeeks`], in the order of time. The rest is ordinary.
#[must_use]
pub const fn product_planted() -> &'static [ProductPlanted] {
    &[APP, PRICE]
}

/// Three weeks of *Pluimvos* and *Zeegroen*, each record one line of JSON in the mention
/// contract, in the order of time; [`crate::Week`] says what else there is to know.
///
/// ```
/// use sample::{DEFAULT_START, ProductWeeks, product_planted};
///
/// let [app, price] = product_planted() else { unreachable!() };
/// // Tuesday 17 March, 09:00 in Amsterdam.
/// assert_eq!(app.from(DEFAULT_START).to_string(), "2026-03-17T08:00:00Z");
/// assert!(price.is_total_up && !app.is_total_up);
/// assert!(ProductWeeks::new(1, DEFAULT_START).len() > 10_000);
/// ```
#[derive(Debug, Clone)]
pub struct ProductWeeks {
    drafts: std::vec::IntoIter<Draft>,
    start: EventTime,
    salt: u64,
}

impl ProductWeeks {
    /// The weeks that begin at `start`, drawn with `seed`.
    #[must_use]
    pub fn new(seed: u64, start: EventTime) -> Self {
        Self::planned(seed, start, true)
    }

    /// Three weeks of which all are ordinary: nothing should be found in them.
    #[must_use]
    pub fn quiet(seed: u64, start: EventTime) -> Self {
        Self::planned(seed, start, false)
    }

    fn planned(seed: u64, start: EventTime, has_trouble: bool) -> Self {
        let mut plan = Plan::of_weeks(WEEKS, seed, start);
        if has_trouble {
            plan.instead.push(Instead {
                brand: PLUIMVOS.slug,
                from: APP.from_seconds,
                to: APP.to_seconds,
                category: Category::AppBroken,
                permille: 900,
            });
        }
        everyday::plan(&mut plan, &PLUIMVOS);
        everyday::plan(&mut plan, &ZEEGROEN);
        if has_trouble {
            price_rise(&mut plan);
        }
        let mut drafts = plan.drafts;
        drafts.sort_by_key(|draft| (draft.at, draft.id));
        Self {
            drafts: drafts.into_iter(),
            start,
            // Other ids than those of the bundled week of the same start.
            salt: mix(mix(seed, start.millis().unsigned_abs()), WEEKS),
        }
    }
}

/// Adds what people say of the new prices, each once.
fn price_rise(plan: &mut Plan) {
    let (from, to) = (PRICE.from_seconds, PRICE.to_seconds);
    for at in arrivals(&mut plan.rng, from, to, |at| along(&PRICE_RATE, at)) {
        let platform = plan.rng.weighted(&PLATFORMS).unwrap_or(Platform::X);
        let author = plan.newcomer(&PLUIMVOS);
        let post = plan.post_by(at, &PLUIMVOS, platform, Category::PriceRise, author);
        everyday::publish(plan, &PLUIMVOS, post);
    }
}

impl Iterator for ProductWeeks {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let draft = self.drafts.next()?;
        Some(draft.to_json(self.start, self.salt))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.drafts.size_hint()
    }
}

impl ExactSizeIterator for ProductWeeks {}
