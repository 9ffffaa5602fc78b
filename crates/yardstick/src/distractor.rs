//! What happens to a stream and must not alarm.

use mention::EventTime;
use serde::Serialize;

use crate::PATIENCE;
use crate::brand::Brand;
use crate::random::Random;
use crate::stream::{Item, Sort, spread, start_of};

const MINUTE: i64 = EventTime::MINUTE_MS;
/// A distraction begins half an hour after the copy of the state was taken.
const LEAD: usize = 30;
/// Minutes of a same-mix surge and of an outage, and of the catch-up behind it.
const LONG: usize = 120;
const CATCH_UP: usize = 5;
/// Mentions of praise, or of copies, within the hour.
const PRAISE: u32 = 300;
const COPIES: u32 = 100;
/// A surge beyond this many mentions a minute isn't played: it would only take time.
const MOST_A_MINUTE: f64 = 1_000.0;

/// One way to distract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Distractor {
    /// Nothing at all: alarms come by chance here, too.
    Nothing,
    /// So many times the mentions in the usual mood, for two hours.
    SameMix(u32),
    /// 300 mentions of praise within the hour.
    Praise,
    /// 100 negative near-duplicates within the hour, marked by `cluster`.
    MarkedCopies,
    /// 100 copies of a negative text within the hour, of 100 young accounts, unmarked.
    UnmarkedCopies,
    /// Two hours without input; then it comes within five minutes with its own times.
    OutageLate,
    /// Two hours without posts; then all are posted within five minutes.
    OutageNow,
    /// A fifth of the mentions comes 5 to 40 minutes late.
    Late,
    /// Every mention is up to ten minutes late.
    OutOfOrder,
    /// Half of the mentions come twice.
    Twice,
    /// A tenth of the clocks is four minutes fast, a tenth four minutes slow.
    Skew,
}

impl Distractor {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Nothing,
        Self::SameMix(3),
        Self::SameMix(10),
        Self::SameMix(50),
        Self::Praise,
        Self::MarkedCopies,
        Self::UnmarkedCopies,
        Self::OutageLate,
        Self::OutageNow,
        Self::Late,
        Self::OutOfOrder,
        Self::Twice,
        Self::Skew,
    ];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Nothing => "nothing (chance)".to_owned(),
            Self::SameMix(times) => format!("same mix x{times}"),
            Self::Praise => "praise, 300 in an hour".to_owned(),
            Self::MarkedCopies => "copies, 100, marked".to_owned(),
            Self::UnmarkedCopies => "copies, 100, unmarked".to_owned(),
            Self::OutageLate => "outage, catch-up late".to_owned(),
            Self::OutageNow => "outage, catch-up now".to_owned(),
            Self::Late => "late, a fifth".to_owned(),
            Self::OutOfOrder => "out of order".to_owned(),
            Self::Twice => "twice, half".to_owned(),
            Self::Skew => "clock skew".to_owned(),
        }
    }

    /// Whether an alarm is an error. Copies that nobody marked count as opinions.
    #[must_use]
    pub fn must_stay_quiet(self) -> bool {
        self != Self::UnmarkedCopies
    }

    /// The next six hours with the distraction, in order of arrival; none where the
    /// brand is too large for it. `usual` are the mentions of these hours without it.
    pub(crate) fn items(
        self,
        brand: &Brand,
        start: usize,
        usual: &[Item],
        random: &mut Random,
    ) -> Option<Vec<Item>> {
        let mut items = usual.to_vec();
        let begin = start_of(start + LEAD);
        match self {
            Self::Nothing => {}
            Self::SameMix(times) => surge(brand, start + LEAD, times, random, &mut items)?,
            Self::Praise => add(brand, begin, PRAISE, Sort::Praise, random, &mut items),
            Self::MarkedCopies => add(brand, begin, COPIES, Sort::Marked, random, &mut items),
            Self::UnmarkedCopies => add(brand, begin, COPIES, Sort::Copy, random, &mut items),
            Self::OutageLate | Self::OutageNow => {
                let is_late = self == Self::OutageLate;
                hold_back(&mut items, begin, is_late);
            }
            Self::Late => delay(&mut items, 0.2, [5, 40], random),
            Self::OutOfOrder => delay(&mut items, 1.0, [0, 10], random),
            Self::Twice => {
                let again: Vec<Item> = items
                    .iter()
                    .copied()
                    .filter(|item| item.id % 2 == 0)
                    .collect();
                let first = items.len();
                items.extend(again);
                delay(&mut items[first..], 1.0, [0, 10], random);
            }
            Self::Skew => skew(&mut items, random),
        }
        items.sort_by_key(|item| item.arrives);
        let end = start_of(start + PATIENCE);
        items.retain(|item| item.arrives < end);
        Some(items)
    }
}

/// More mentions in the very mood of each minute.
fn surge(
    brand: &Brand,
    first: usize,
    times: u32,
    random: &mut Random,
    items: &mut Vec<Item>,
) -> Option<()> {
    for minute in first..first + LONG {
        let wanted = f64::from(times - 1) * f64::from(*brand.volume.get(minute)?);
        if wanted > MOST_A_MINUTE {
            return None;
        }
        let total = random.poisson(wanted);
        let share = f64::from(brand.share[minute]);
        let negative = random.beta_binomial(total, share, brand.base.rho);
        spread(
            items,
            minute,
            [negative, total],
            brand.base.platforms,
            random,
        );
    }
    Some(())
}

/// `count` mentions of that sort at random within an hour.
fn add(
    brand: &Brand,
    begin: i64,
    count: u32,
    sort: Sort,
    random: &mut Random,
    items: &mut Vec<Item>,
) {
    for _ in 0..count {
        let at = begin + random.below(60 * MINUTE as u64) as i64;
        let mut item = Item::new(at, sort != Sort::Praise, brand.base.platforms, random);
        item.sort = sort;
        items.push(item);
    }
}

/// Holds the mentions of an outage back, and lets them come evenly within minutes.
fn hold_back(items: &mut [Item], begin: i64, keeps_times: bool) {
    let end = begin + LONG as i64 * MINUTE;
    let is_held = |item: &Item| (begin..end).contains(&item.at);
    let held = items.iter().filter(|item| is_held(item)).count() as i64;
    let held_items = items.iter_mut().filter(|item| is_held(item));
    for (number, item) in (0_i64..).zip(held_items) {
        item.arrives = end + number * CATCH_UP as i64 * MINUTE / held.max(1);
        if !keeps_times {
            item.at = item.arrives;
        }
    }
}

/// Lets some of the mentions arrive later, by a random number of minutes.
fn delay(items: &mut [Item], part: f64, [least, most]: [i64; 2], random: &mut Random) {
    for item in items {
        if random.chance(part) {
            item.arrives += least * MINUTE + random.below(((most - least) * MINUTE) as u64) as i64;
        }
    }
}

fn skew(items: &mut [Item], random: &mut Random) {
    for item in items {
        let lot = random.below(10);
        item.at += match lot {
            0 => 4 * MINUTE,
            1 => -4 * MINUTE,
            _ => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;

    #[test]
    fn distractions_are_what_they_say() {
        let brand = Brand::new(&Base::invented()[13], 1, 1_440);
        let start = 600;
        let mut usual = Vec::new();
        for minute in start..start + PATIENCE {
            brand.items(minute, &mut usual);
        }
        let of = |distractor: Distractor| {
            let items = distractor
                .items(&brand, start, &usual, &mut Random::new(1))
                .unwrap();
            assert!(
                items.is_sorted_by_key(|item| item.arrives),
                "{distractor:?}"
            );
            items
        };
        assert_eq!(of(Distractor::Nothing), usual);
        let surge = of(Distractor::SameMix(10));
        assert!(
            surge.len() > 3 * usual.len(),
            "{} {}",
            surge.len(),
            usual.len()
        );
        let share = |items: &[Item]| {
            items.iter().filter(|item| item.negative).count() as f64 / items.len() as f64
        };
        assert!((share(&surge) - share(&usual)).abs() < 0.05);
        assert_eq!(of(Distractor::Praise).len(), usual.len() + 300);
        let copies = of(Distractor::MarkedCopies);
        assert_eq!(
            copies
                .iter()
                .filter(|item| item.sort == Sort::Marked)
                .count(),
            100
        );
        let (begin, end) = (start_of(start + 30), start_of(start + 150));
        for distractor in [Distractor::OutageLate, Distractor::OutageNow] {
            let items = of(distractor);
            assert_eq!(items.len(), usual.len());
            assert!(
                !items
                    .iter()
                    .any(|item| (begin..end).contains(&item.arrives))
            );
        }
        assert!(
            of(Distractor::OutageNow)
                .iter()
                .all(|item| item.at == item.arrives)
        );
        let twice = of(Distractor::Twice);
        assert!((1.3..1.6).contains(&(twice.len() as f64 / usual.len() as f64)));
        let late = of(Distractor::Late);
        assert!(late.iter().any(|item| item.arrives - item.at > 30 * MINUTE));
        let large = Brand::new(&Base::invented()[20], 1, 1_440);
        assert!(
            Distractor::SameMix(50)
                .items(&large, 600, &[], &mut Random::new(1))
                .is_none()
        );
    }
}
