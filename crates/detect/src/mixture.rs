//! What a brand's mentions are made of, as far as the scorer's errors depend on it:
//! model, language and platform.
//!
//! The rates that correct a share are those of the mixture. It is counted over the
//! current and the last day of event time, in whole numbers, so that it doesn't
//! depend on the order of arrival.

use std::collections::BTreeMap;

use mention::{Abstention, Mention, Platform};
use serde::{Deserialize, Serialize};

use crate::hash;
use crate::share::{Estimate, Rates, Uncorrectable, corrected};

/// Sorts of mentions that are told apart in a day: models times languages times
/// platforms, which are few. More are counted as unknown.
const SORTS_MAX: usize = 256;
/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// Largest part of the mentions that may come from models or languages whose rates
/// aren't known; these are taken to be like the rest. With more of them nothing is
/// corrected: an estimate from the minority would be a guess.
const UNKNOWN_MAX: f64 = 0.1;

/// The error rates of the models that may have made the scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RateTable(BTreeMap<Sort, Rates>);

impl RateTable {
    /// Sets the rates of a model (`name@version`) for mentions in a language (BCP 47)
    /// on a platform.
    pub fn insert(&mut self, model: &str, lang: &str, platform: Platform, rates: Rates) {
        self.0.insert(Sort::new(model, lang, platform), rates);
    }

    /// Whether the share of such mentions can be corrected: the rates of its score's
    /// model are known, or the score abstained because of the language, which never
    /// is an error.
    #[must_use]
    pub fn knows(&self, mention: &Mention<'_>) -> bool {
        let sort = Sort::of(mention);
        sort.is_unread() || self.0.contains_key(&sort)
    }
}

/// One sort of mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Sort {
    /// Hash of model and language; [`UNREAD`] and [`UNKNOWN`] are special.
    scored: u64,
    /// Position of the platform.
    platform: u8,
}

/// Texts in languages that their model doesn't read: they never count as negative.
const UNREAD: u64 = 0;
/// Mentions without a score, or of one sort too many.
const UNKNOWN: u64 = 1;

impl Sort {
    fn new(model: &str, lang: &str, platform: Platform) -> Self {
        Self {
            scored: hash::of(&[model.as_bytes(), lang.as_bytes()]).max(UNKNOWN + 1),
            platform: crate::watch::platform_position(platform),
        }
    }

    fn of(mention: &Mention<'_>) -> Self {
        let special = |scored| Self {
            scored,
            platform: crate::watch::platform_position(mention.platform),
        };
        match &mention.score {
            None => special(UNKNOWN),
            Some(score) if score.abstained == Some(Abstention::UnsupportedLanguage) => {
                special(UNREAD)
            }
            Some(score) => Self::new(&score.model, &score.lang, mention.platform),
        }
    }

    const fn is_unread(self) -> bool {
        self.scored == UNREAD
    }
}

/// How many mentions of each sort there were lately.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mixture {
    /// Two at most, the later one last.
    days: Vec<Day>,
}

/// One day of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Day {
    /// Days since the epoch.
    number: i64,
    /// In the order of the sorts.
    counts: Vec<(Sort, u32)>,
}

/// The rates of a mixture of mentions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MixedRates {
    rates: Rates,
    /// Part of the mentions that the models read, above 0.
    read: f64,
}

impl Mixture {
    /// Counts a mention at that minute.
    pub(crate) fn add(&mut self, mention: &Mention<'_>, minute: i64) {
        let number = minute.div_euclid(DAY);
        let newest = self
            .days
            .last()
            .map_or(number, |day| day.number.max(number));
        if number < newest - 1 {
            return;
        }
        self.days.retain(|day| day.number >= newest - 1);
        let at = match self.days.binary_search_by_key(&number, |day| day.number) {
            Ok(at) => at,
            Err(at) => {
                let counts = Vec::new();
                self.days.reserve_exact(1); // two at most
                self.days.insert(at, Day { number, counts });
                at
            }
        };
        self.days[at].add(Sort::of(mention));
    }

    /// The rates by which the share is corrected, of one platform or of all; `None`
    /// if too little is known.
    pub(crate) fn rates(&self, table: &RateTable, platform: Option<u8>) -> Option<MixedRates> {
        if table.0.is_empty() {
            return None;
        }
        let mut parts: BTreeMap<Sort, f64> = BTreeMap::new();
        let (mut all, mut unread, mut unknown) = (0.0, 0.0, 0.0);
        let counts = self.days.iter().flat_map(|day| &day.counts);
        for (sort, count) in
            counts.filter(|(sort, _)| platform.is_none_or(|platform| platform == sort.platform))
        {
            let count = f64::from(*count);
            all += count;
            if sort.is_unread() {
                unread += count;
            } else if table.0.contains_key(sort) {
                *parts.entry(*sort).or_default() += count;
            } else {
                unknown += count;
            }
        }
        if unknown > UNKNOWN_MAX * all {
            return None;
        }
        let known = parts
            .iter()
            .filter_map(|(sort, &weight)| Some((weight, *table.0.get(sort)?)));
        let rates = Rates::mixed(&known.collect::<Vec<_>>())?;
        Some(MixedRates {
            rates,
            read: 1.0 - unread / all,
        })
    }

    /// Whether the restored bounds hold.
    pub(crate) fn is_whole(&self) -> bool {
        // The unknown of each platform come on top.
        let most = SORTS_MAX + Platform::ALL.len();
        let in_order = |day: &Day| day.counts.is_sorted_by(|a, b| a.0 < b.0);
        self.days.len() <= 2
            && self.days.is_sorted_by(|a, b| a.number < b.number)
            && (self.days.iter()).all(|day| day.counts.len() <= most && in_order(day))
    }
}

impl Day {
    fn add(&mut self, mut sort: Sort) {
        let place = |counts: &[(Sort, u32)], sort| counts.binary_search_by_key(&sort, |of| of.0);
        let mut found = place(&self.counts, sort);
        if found.is_err() && self.counts.len() >= SORTS_MAX {
            sort.scored = UNKNOWN;
            found = place(&self.counts, sort);
        }
        match found {
            Ok(at) => self.counts[at].1 = self.counts[at].1.saturating_add(1),
            Err(at) => {
                self.counts.reserve_exact(1); // a new sort is rare, and they are few
                self.counts.insert(at, (sort, 1));
            }
        }
    }
}

impl MixedRates {
    /// The true share behind these counts: of what was read, spread over all.
    pub(crate) fn observed(&self, negative: u64, total: u64) -> Result<Estimate, Uncorrectable> {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a count"
        )]
        let read = ((total as f64 * self.read).round() as u64).max(negative);
        let estimate = corrected(negative, read, &self.rates)?;
        let [share, low, high] = [estimate.share, estimate.low, estimate.high]
            .map(|share| to_four_decimals(share * self.read));
        Ok(Estimate { share, low, high })
    }

    /// The true share where this rate is expected.
    pub(crate) fn expected(&self, rate: f64) -> Result<f64, Uncorrectable> {
        let share = self.rates.correct((rate / self.read).min(1.0))?;
        Ok(to_four_decimals(share * self.read))
    }
}

fn to_four_decimals(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
