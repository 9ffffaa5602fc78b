//! Brands at a glance, the search, and what would have alarmed.

use std::collections::BTreeMap;

use askama::Template;
use mention::{EventTime, Platform, Spike, SpikeKind};
use serde::Deserialize;

use super::Frame;
use super::time::{Clock, Shown, span};
use super::words::{self, Lang};
use crate::store::{Entry, Found, Outcomes, PAGE, Query, State};

/// Spikes of the past on the first page.
const RECENT: usize = 8;
/// Brands on the first page.
const BRANDS: usize = 500;
/// Rows of a backtest that are shown.
const BACKTEST_ROWS: usize = 500;

/// A spike in one row.
#[derive(Debug)]
pub(crate) struct SpikeRow {
    pub(crate) id: String,
    pub(crate) brand: String,
    pub(crate) kind: &'static str,
    pub(crate) platform: String,
    pub(crate) severity: u8,
    pub(crate) severity_word: &'static str,
    pub(crate) pages: bool,
    pub(crate) is_open: bool,
    pub(crate) onset: Shown,
    /// How long it lasted, or has lasted.
    pub(crate) lasted: String,
    /// `213 of 320 negative`.
    pub(crate) observed: String,
    /// Most frequent rising words.
    pub(crate) terms: String,
    /// Who is at it, or what was made of it.
    pub(crate) response: String,
}

impl SpikeRow {
    pub(crate) fn new(entry: &Entry, clock: &Clock, lang: Lang) -> Self {
        let spike = &*entry.spike;
        let lasted = spike.closed_at.map_or_else(
            || clock.ago(spike.onset),
            |closed| closed.millis_since(spike.onset).max(0),
        );
        let terms = spike.terms.iter().take(4).map(|term| cut(&term.term, 40));
        Self {
            id: spike.id.clone(),
            brand: cut(&spike.brand, 100),
            kind: words::kind(lang, spike.spike_kind),
            platform: cut(words::platform(lang, &spike.platform), 40),
            severity: spike.severity,
            severity_word: words::severity(lang, spike.severity),
            pages: spike.pages,
            is_open: entry.is_open(),
            onset: clock.show(lang, spike.onset),
            lasted: span(lang, lasted),
            observed: format!(
                "{} {} {} {}",
                lang.number(spike.observed.negative),
                lang.or("of", "van"),
                lang.number(spike.observed.total),
                lang.or("negative", "negatief"),
            ),
            terms: terms.collect::<Vec<_>>().join(", "),
            response: response(entry, lang),
        }
    }
}

/// A text that is no longer than that many characters.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars - 1).chain(['…']).collect()
}

fn response(entry: &Entry, lang: Lang) -> String {
    let Some(feedback) = entry.feedback.as_deref() else {
        return String::new();
    };
    if let Some(judged) = &feedback.judged {
        return match judged.verdict {
            mention::Verdict::Useful => lang.or("useful", "nuttig"),
            mention::Verdict::NotUseful => lang.or("not useful", "niet nuttig"),
        }
        .to_owned();
    }
    if let Some(assigned) = &feedback.assigned {
        return format!("→ {}", assigned.to);
    }
    feedback
        .acknowledged
        .as_ref()
        .map_or_else(String::new, |signed| {
            format!("{} {}", lang.or("seen by", "gezien door"), signed.by)
        })
}

/// A brand in one row.
#[derive(Debug)]
pub(crate) struct BrandRow {
    pub(crate) brand: String,
    /// The brand as part of an address.
    pub(crate) query: String,
    /// The worst open spike.
    pub(crate) worst: Option<(u8, String)>,
    pub(crate) share: String,
    /// Width of the share's bar, percent.
    pub(crate) width: String,
    pub(crate) total: String,
    /// Part of the judged alarms that were useful.
    pub(crate) precision: String,
}

/// Brands at a glance.
#[derive(Debug, Template)]
#[template(path = "now.html")]
pub(crate) struct NowPage {
    pub(crate) f: Frame,
    /// Open spikes, worst first.
    pub(crate) open: Vec<SpikeRow>,
    /// Whether one of them calls somebody.
    pub(crate) is_alarmed: bool,
    pub(crate) brands: Vec<BrandRow>,
    /// Whether some brands aren't listed.
    pub(crate) overflowed: bool,
    pub(crate) recent: Vec<SpikeRow>,
}

impl NowPage {
    pub(crate) fn new(f: Frame, state: &State, clock: &Clock) -> Self {
        let lang = f.lang;
        let row = |entry: &Entry| SpikeRow::new(entry, clock, lang);
        let open = state.open();
        let past = state.newest().filter(|entry| !entry.is_open());
        let recent: Vec<Entry> = past.take(RECENT).collect();
        let (brands, more) = brands(state, &open, lang);
        Self {
            is_alarmed: open.iter().any(|entry| entry.spike.pages),
            open: open.iter().take(PAGE).map(row).collect(),
            brands,
            overflowed: more || state.counts().overflowed(),
            recent: recent.iter().map(row).collect(),
            f,
        }
    }
}

/// Brands with what is open first, then those with the largest share; and whether some are
/// left out.
fn brands(state: &State, open: &[Entry], lang: Lang) -> (Vec<BrandRow>, bool) {
    let outcomes = state.outcomes();
    let mut worst: BTreeMap<&str, (u8, bool)> = BTreeMap::new();
    for entry in open {
        let known = worst.entry(entry.spike.brand.as_str()).or_default();
        if entry.spike.pages && entry.spike.severity > known.0 {
            *known = (entry.spike.severity, true);
        }
    }
    let mut counts: BTreeMap<&str, _> = state.counts().brands().collect();
    for brand in worst.keys() {
        counts.entry(brand).or_default();
    }
    let mut brands: Vec<_> = counts.into_iter().collect();
    let rank = |brand: &str| worst.get(brand).map_or(0, |(severity, _)| *severity);
    brands.sort_by(|a, b| {
        let share = |counts: &crate::store::BrandCounts| counts.share().unwrap_or(-1.0);
        let by_share = share(&b.1).total_cmp(&share(&a.1));
        rank(b.0).cmp(&rank(a.0)).then(by_share)
    });
    let more = brands.len() > BRANDS;
    let rows = brands.into_iter().take(BRANDS).map(|(brand, counts)| {
        let share = counts.share();
        let precision = outcomes.get(brand).and_then(|o: &Outcomes| o.precision());
        BrandRow {
            brand: cut(brand, 100),
            query: encoded(brand),
            worst: match rank(brand) {
                0 => None,
                rank => Some((rank, words::severity(lang, rank).to_owned())),
            },
            share: share.map_or_else(|| "–".to_owned(), |share| lang.percent(share)),
            width: format!("{:.0}", share.unwrap_or_default() * 100.0),
            total: lang.number(counts.total),
            precision: precision.map_or_else(String::new, |part| lang.percent(part)),
        }
    });
    (rows.collect(), more)
}

/// The text as a part of an address: everything but letters, digits, `-` and `_` by its
/// number.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What the search form holds.
#[derive(Debug, Default)]
pub(crate) struct SearchForm {
    pub(crate) brand: String,
    pub(crate) platform: String,
    pub(crate) kind: String,
    pub(crate) q: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) open: bool,
}

/// The search over recent spikes.
#[derive(Debug, Template)]
#[template(path = "spikes.html")]
pub(crate) struct SpikesPage {
    pub(crate) f: Frame,
    pub(crate) form: SearchForm,
    /// Name and word of each kind.
    pub(crate) kinds: Vec<(&'static str, &'static str)>,
    pub(crate) platforms: Vec<(&'static str, String)>,
    /// Brands that are known, to choose from.
    pub(crate) brands: Vec<String>,
    pub(crate) rows: Vec<SpikeRow>,
    pub(crate) total: String,
    /// Addresses of the pages before and after.
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
}

impl SpikesPage {
    pub(crate) fn new(
        f: Frame,
        form: SearchForm,
        query: &Query,
        found: &Found,
        state: &State,
        clock: &Clock,
    ) -> Self {
        let lang = f.lang;
        let mut brands: Vec<String> = state
            .newest()
            .map(|entry| cut(&entry.spike.brand, 100))
            .chain(state.counts().brands().map(|(brand, _)| brand.to_owned()))
            .collect();
        brands.sort_unstable();
        brands.dedup();
        brands.truncate(BRANDS);
        let platforms = std::iter::once(Spike::ALL_PLATFORMS)
            .chain(Platform::ALL.iter().map(|platform| platform.as_str()));
        let platforms = platforms.map(|name| (name, words::platform(lang, name).to_owned()));
        let page = |skip: usize| format!("/spikes?{}", form.address(skip));
        let after = query.skip + found.entries.len();
        Self {
            kinds: SpikeKind::ALL
                .map(|kind| (kind.as_str(), words::kind(lang, kind)))
                .to_vec(),
            platforms: platforms.collect(),
            brands,
            rows: found
                .entries
                .iter()
                .map(|entry| SpikeRow::new(entry, clock, lang))
                .collect(),
            total: lang.number(found.total as u64),
            newer: (query.skip > 0).then(|| page(query.skip.saturating_sub(PAGE))),
            older: (after < found.total).then(|| page(after)),
            form,
            f,
        }
    }
}

impl SearchForm {
    fn address(&self, skip: usize) -> String {
        let mut parts = Vec::new();
        for (key, value) in [
            ("brand", &self.brand),
            ("platform", &self.platform),
            ("kind", &self.kind),
            ("q", &self.q),
            ("from", &self.from),
            ("until", &self.until),
        ] {
            if !value.is_empty() {
                parts.push(format!("{key}={}", encoded(value)));
            }
        }
        if self.open {
            parts.push("open=1".to_owned());
        }
        if skip > 0 {
            parts.push(format!("skip={skip}"));
        }
        parts.join("&")
    }
}

/// What `ophef backtest --json` prints, as far as it is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Backtest {
    #[serde(rename = "in")]
    mentions: u64,
    weeks: f64,
    spikes: Vec<Spike>,
    brands: BTreeMap<String, BacktestBrand>,
}

#[derive(Debug, Deserialize)]
struct BacktestBrand {
    mentions: u64,
    watched: bool,
    alarms: u64,
    notes: u64,
    alarms_per_week: Interval,
}

#[derive(Debug, Deserialize)]
struct Interval {
    value: f64,
    low: f64,
    high: f64,
}

/// What would have alarmed.
#[derive(Debug, Template)]
#[template(path = "backtest.html")]
pub(crate) struct BacktestPage {
    pub(crate) f: Frame,
    /// The report; without one the page tells how to make one.
    pub(crate) report: Option<BacktestReport>,
    /// Why there is none, if there should be.
    pub(crate) fault: Option<String>,
}

/// A report in texts.
#[derive(Debug)]
pub(crate) struct BacktestReport {
    pub(crate) mentions: String,
    pub(crate) weeks: String,
    pub(crate) alarms: String,
    pub(crate) brands: Vec<[String; 4]>,
    pub(crate) rows: Vec<SpikeRow>,
    /// Spikes that aren't listed.
    pub(crate) more: usize,
    /// Ids of the spikes that there are pages of.
    pub(crate) known: Vec<bool>,
}

impl BacktestReport {
    pub(crate) fn new(backtest: Backtest, state: &State, clock: &Clock, lang: Lang) -> Self {
        let alarms: u64 = backtest.brands.values().map(|brand| brand.alarms).sum();
        let watched = backtest.brands.iter().filter(|(_, brand)| brand.watched);
        let brands = watched.take(BRANDS).map(|(name, brand)| {
            let rate = &brand.alarms_per_week;
            let rate = format!(
                "{} ({}–{})",
                lang.decimal(rate.value),
                lang.decimal(rate.low),
                lang.decimal(rate.high)
            );
            let alarms = format!("{} + {}", brand.alarms, brand.notes);
            [cut(name, 100), lang.number(brand.mentions), alarms, rate]
        });
        let brands = brands.collect();
        let more = backtest.spikes.len().saturating_sub(BACKTEST_ROWS);
        let newest = backtest.spikes.iter().map(last_time).max();
        let clock = clock.at(newest.unwrap_or_else(|| clock.now()));
        let spikes = backtest.spikes.into_iter().take(BACKTEST_ROWS);
        let entries: Vec<Entry> = spikes
            .map(|spike| Entry {
                feedback: state.feedback(&spike.id),
                spike: spike.into(),
            })
            .collect();
        let known = entries
            .iter()
            .map(|entry| state.spike(&entry.spike.id).is_some());
        Self {
            mentions: lang.number(backtest.mentions),
            weeks: lang.decimal(backtest.weeks),
            alarms: lang.number(alarms),
            brands,
            known: known.collect(),
            rows: entries
                .iter()
                .map(|entry| SpikeRow::new(entry, &clock, lang))
                .collect(),
            more,
        }
    }
}

fn last_time(spike: &Spike) -> EventTime {
    spike.closed_at.unwrap_or(spike.detected_at)
}
