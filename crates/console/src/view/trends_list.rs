//! What is said of all brands, and where to read more of each.

use askama::Template;
use mention::Insight;

use super::Frame;
use super::campaigns;
use super::lists::{cut, encoded};
use super::time::{Clock, Shown};
use super::words::{self, Lang};
use crate::store::{State, Voice};

/// Brands that are listed at most, as on the first page.
const BRANDS: usize = 500;
/// Rising words of a brand in its row.
const WORDS: usize = 4;
/// Campaigns of a brand that are named in its row.
const NAMES: usize = 2;
/// Longest of either, characters.
const WORD: usize = 40;
/// Days of a week.
const WEEK: usize = 7;

/// A brand in one row.
#[derive(Debug)]
pub(crate) struct TrendRow {
    pub(crate) brand: String,
    /// The brand as a part of an address.
    pub(crate) query: String,
    pub(crate) counted: String,
    pub(crate) voice: String,
    pub(crate) share: String,
    pub(crate) is_too_little: bool,
    /// Aspects whose complaints rise.
    pub(crate) rising: String,
    /// Campaigns that backfire.
    pub(crate) backfiring: String,
    pub(crate) terms: String,
    pub(crate) as_of: Shown,
}

/// What is said of all brands.
#[derive(Debug, Template)]
#[template(path = "trends.html")]
pub(crate) struct TrendsPage {
    pub(crate) f: Frame,
    pub(crate) lead: String,
    /// Words that rise at several brands: word, lift, mentions, brands, share of negatives.
    pub(crate) terms: Vec<[String; 5]>,
    /// Aspects over all brands: name, complaints this week and the one before, brands at
    /// which they rise.
    pub(crate) aspects: Vec<[String; 4]>,
    pub(crate) brands: Vec<TrendRow>,
    /// Whether some brands aren't listed.
    pub(crate) overflowed: bool,
}

impl TrendsPage {
    pub(crate) fn new(f: Frame, state: &State, clock: &Clock) -> Self {
        let lang = f.lang;
        let insights = state.insights();
        let voices = insights.voices();
        let mut told: Vec<(&Insight, Voice)> = insights
            .all()
            .map(|told| {
                let voice = voices.get(told.brand.as_str());
                (&**told, voice.copied().unwrap_or_default())
            })
            .collect();
        let rises = |told: &Insight| told.aspects.iter().any(|course| course.rise.is_some());
        let rising = told.iter().filter(|(told, _)| rises(told)).count();
        // What rises or backfires first, then who is talked about most.
        told.sort_by_key(|(told, voice)| {
            let is_calm = !rises(told) && backfiring(told).next().is_none();
            (is_calm, std::cmp::Reverse(voice.own))
        });
        let more = told.len() > BRANDS;
        let lead = lead(told.len(), rising, lang);
        told.truncate(BRANDS);
        let brands = told
            .into_iter()
            .map(|(told, voice)| row(told, voice, clock, lang));
        let terms = insights.rising_together().into_iter();
        let terms = terms.map(|joined| {
            [
                cut(&joined.term, WORD),
                format!("{}×", lang.decimal(joined.lift().min(1e6))),
                lang.number(joined.count),
                lang.number(joined.brands as u64),
                lang.percent(joined.negative),
            ]
        });
        let aspects = insights.aspects_together().into_iter();
        let aspects = aspects.map(|joined| {
            let [now, before] = joined.negative.map(|count| lang.number(count));
            let name = words::aspect(lang, joined.aspect).to_owned();
            [name, now, before, lang.number(joined.rising as u64)]
        });
        Self {
            terms: terms.collect(),
            aspects: aspects.collect(),
            lead,
            brands: brands.collect(),
            overflowed: more || insights.overflowed(),
            f,
        }
    }
}

/// The campaigns that backfire now.
fn backfiring(told: &Insight) -> impl Iterator<Item = &str> {
    let campaigns = told.campaigns.iter();
    let present = campaigns.filter(|one| campaigns::present(one).is_some());
    present.map(|one| one.campaign.as_str())
}

fn lead(brands: usize, rising: usize, lang: Lang) -> String {
    let (of, rising) = (lang.number(brands as u64), lang.number(rising as u64));
    match lang {
        Lang::En => format!(
            "Brands with an aspect whose complaints are more than their past explains: {rising} of {of}."
        ),
        Lang::Nl => format!(
            "Merken met een onderwerp waarover meer geklaagd wordt dan te verwachten was: {rising} van {of}."
        ),
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of a week")]
fn row(told: &Insight, voice: Voice, clock: &Clock, lang: Lang) -> TrendRow {
    let week = told.days.iter().rev().take(WEEK);
    let [counted, negative] = week.fold([0_u64; 2], |sums, day| {
        let [counted, negative] = sums;
        [
            counted.saturating_add(day.counted),
            negative.saturating_add(day.negative),
        ]
    });
    let rising = told.aspects.iter().filter(|course| course.rise.is_some());
    let rising = rising.map(|course| words::aspect(lang, course.aspect));
    let backfiring = backfiring(told).take(NAMES).map(|name| cut(name, WORD));
    let terms = told.rising.iter().take(WORDS);
    let terms = terms.map(|rising| cut(&rising.term, WORD));
    let none = || "–".to_owned();
    TrendRow {
        brand: cut(&told.brand, 100),
        query: encoded(&told.brand),
        counted: lang.number(voice.own),
        voice: voice.share().map_or_else(none, |share| lang.percent(share)),
        share: if counted > 0 {
            lang.percent(negative as f64 / counted as f64)
        } else {
            none()
        },
        is_too_little: told.coverage.is_too_little,
        rising: rising.collect::<Vec<_>>().join(", "),
        backfiring: backfiring.collect::<Vec<_>>().join(", "),
        terms: terms.collect::<Vec<_>>().join(", "),
        as_of: clock.show(lang, told.at),
    }
}
