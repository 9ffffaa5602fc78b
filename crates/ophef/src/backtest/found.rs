//! What one configuration makes of a recording.

use std::collections::{BTreeMap, BTreeSet};

use mention::{Event, EventTime, Mention, Rejection, Spike};
use settings::Settings;

use super::interval::{Estimate, rate};
use super::labels::{Labels, Verdict, Watched};
use crate::demo::report;

/// What a backtest finds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lines: u64,
    pub(crate) scored: u64,
    pub(crate) dead: BTreeMap<&'static str, u64>,
    /// What exactly was wrong with the first line of each reason.
    pub(crate) first_dead: BTreeMap<&'static str, String>,
    pub(crate) brands: BTreeMap<String, Brand>,
    /// The brands that are configured; with none, every brand found is watched.
    configured: BTreeSet<String>,
    pub(crate) span: Option<(EventTime, EventTime)>,
    /// Last revision of each spike.
    pub(crate) spikes: BTreeMap<String, Spike>,
    /// Ids of the spikes that called somebody, even if they were found out later not to
    /// be worth it.
    alarms: BTreeSet<String>,
    labels: Option<Watched>,
}

/// What was seen of one brand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brand {
    /// Mentions that were scored, updates and deletions included.
    pub(crate) mentions: u64,
    /// The time of the first.
    first: EventTime,
}

/// One line of the summary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) brand: &'a str,
    pub(crate) mentions: u64,
    pub(crate) is_watched: bool,
    /// Weeks from its first mention to the end of the recording.
    pub(crate) weeks: f64,
    pub(crate) alarms: usize,
    /// Alarms a week.
    pub(crate) rate: Estimate,
    /// Spikes that call nobody.
    pub(crate) notes: usize,
}

impl Found {
    pub(crate) fn new(
        settings: &Settings,
        span: Option<(EventTime, EventTime)>,
        labels: Option<&Labels>,
    ) -> Self {
        let slugs = settings.brand.iter().map(|brand| brand.slug.clone());
        Self {
            configured: slugs.collect(),
            span,
            labels: labels.cloned().map(Watched::new),
            ..Self::default()
        }
    }

    pub(crate) fn bury(&mut self, rejection: &Rejection) {
        let reason = rejection.reason.as_str();
        *self.dead.entry(reason).or_default() += 1;
        let first = self.first_dead.entry(reason);
        first.or_insert_with(|| rejection.detail.clone());
    }

    /// A scored mention is about to be watched.
    pub(crate) fn count(&mut self, mention: &Mention<'_>) {
        self.scored += 1;
        let at = mention.created_at;
        match self.brands.get_mut(mention.brand.as_str()) {
            Some(brand) => brand.mentions += 1,
            None => {
                let (mentions, first) = (1, at);
                let slug = mention.brand.to_string();
                self.brands.insert(slug, Brand { mentions, first });
            }
        }
        if let (Some(labels), Event::Create) = (&mut self.labels, mention.event) {
            labels.count(mention.brand.as_str(), at);
        }
    }

    /// A revision of a spike came out.
    pub(crate) fn revise(&mut self, spike: Spike) {
        let is_new = spike.pages && self.alarms.insert(spike.id.clone());
        if let Some(labels) = self.labels.as_mut().filter(|_| is_new) {
            labels.alarm(&spike);
        }
        self.spikes.insert(spike.id.clone(), spike);
    }

    pub(crate) fn is_watched(&self, brand: &str) -> bool {
        self.configured.is_empty() || self.configured.contains(brand)
    }

    /// Whether the spike called somebody.
    pub(crate) fn is_alarm(&self, spike: &Spike) -> bool {
        self.alarms.contains(&spike.id)
    }

    /// The spikes that called somebody, by onset.
    pub(crate) fn alarms(&self) -> Vec<&Spike> {
        let spikes = report::in_order(&self.spikes).into_iter();
        spikes.filter(|spike| self.is_alarm(spike)).collect()
    }

    /// How alarms and labels agree, if labels were given.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let labels = self.labels.as_ref()?;
        Some(labels.judge(&self.alarms(), self.span))
    }

    /// Weeks that the recording spans.
    pub(crate) fn weeks(&self) -> f64 {
        let (first, last) = self.span.unwrap_or_default();
        weeks(first, last)
    }

    /// The brands, those with most alarms first.
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let (_, last) = self.span.unwrap_or_default();
        let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for spike in self.spikes.values() {
            let [alarms, notes] = counts.entry(&spike.brand).or_default();
            *if self.is_alarm(spike) { alarms } else { notes } += 1;
        }
        let rows = self.brands.iter().map(|(slug, brand)| {
            let [alarms, notes] = counts.get(slug.as_str()).copied().unwrap_or_default();
            let weeks = weeks(brand.first, last);
            Row {
                brand: slug,
                mentions: brand.mentions,
                is_watched: self.is_watched(slug),
                weeks,
                alarms,
                rate: rate(alarms, weeks),
                notes,
            }
        });
        let mut rows: Vec<_> = rows.collect();
        // Stable, so that equals stay in the order of their names.
        rows.sort_by_key(|row| (!row.is_watched, std::cmp::Reverse(row.alarms)));
        rows
    }

    /// Brands that are watched.
    pub(crate) fn watched(&self) -> usize {
        let slugs = self.brands.keys();
        slugs.filter(|slug| self.is_watched(slug)).count()
    }
}

/// Weeks between two times; at least one day, so that a rate means something.
fn weeks(first: EventTime, last: EventTime) -> f64 {
    const WEEK_MS: f64 = 7.0 * 86_400_000.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let weeks = last.millis_since(first) as f64 / WEEK_MS;
    weeks.max(1.0 / 7.0)
}
