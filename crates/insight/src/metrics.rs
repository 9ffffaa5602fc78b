//! What the service exports. Gauges follow the last summary of each brand.

mod campaigns;

use std::collections::BTreeMap;

use mention::{Insight, Polarities, RisingTerm};
use service::clock;
use service::metrics::{
    GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, RegisterError, Registry,
};

/// Brands with labels of their own where none is configured: each makes some sixty series.
const LABELLED_MAX: usize = 500;
/// Rising terms of a brand that are labels, only while they rise.
const TERMS_SHOWN: usize = 5;
/// A rise is shown only if the brand's newest record is at most so old by the wall clock,
/// seconds, so that replaying history tells nobody of what is over.
const RECENT_SECONDS: f64 = 3_600.0;

/// Metrics of the service. Brands are bounded by the settings or by 500, competitors by the
/// settings, terms by five a brand; all other labels are closed sets.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_insight_left_out_total{reason}`.
    left_out: IntCounterVec,
    /// `ophef_insight_states_discarded_total`: brands begun anew, their snapshot unusable.
    pub(crate) discarded: IntCounter,
    /// `ophef_insight_brands`: brands with state in this instance.
    pub(crate) brands: IntGauge,
    /// `ophef_wishes_total{brand}`.
    wishes: IntCounterVec,
    people: People,
    product: Product,
    coverage: Coverage,
    campaigns: campaigns::Campaigns,
    /// What is shown of each brand.
    shown: BTreeMap<String, Insight>,
    /// Brands that may have labels; `None` where they are configured.
    limit: Option<usize>,
}

/// Gauges of people.
#[derive(Debug)]
struct People {
    authors: IntGaugeVec,
    returning: GaugeVec,
    advocates: GaugeVec,
    days: GaugeVec,
}

/// Gauges of what people talk about.
#[derive(Debug)]
struct Product {
    terms: GaugeVec,
    aspects: IntGaugeVec,
    rises: GaugeVec,
    competitors: IntGaugeVec,
}

/// Gauges of what can't be seen.
#[derive(Debug)]
struct Coverage {
    media: GaugeVec,
    silent: IntGaugeVec,
    sampled: IntGaugeVec,
    too_little: IntGaugeVec,
}

/// Why a record changes no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It breaks the contract; the watcher diverts it.
    Unreadable,
    /// Its brand isn't configured.
    Untracked,
    /// There are more brands than are followed.
    Overflow,
    /// It is 28 days or more behind the brand's newest record.
    TooLate,
}

impl People {
    fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self {
            authors: registry.int_gauges(
                "ophef_authors",
                "Different authors, estimated: of the newest day, and of this week and the \
                 three before.",
                &["brand", "window"],
            )?,
            returning: registry.gauges(
                "ophef_authors_returning_share",
                "Share of authors that posted on more than one of the last 28 days.",
                &["brand"],
            )?,
            advocates: registry.gauges(
                "ophef_authors_advocates_share",
                "Share of authors that came on three of the last 28 days or more, with at \
                 least twice as much praise as blame.",
                &["brand"],
            )?,
            days: registry.gauges(
                "ophef_author_active_days",
                "Days of the last 28 on which an author posted, in the mean.",
                &["brand"],
            )?,
        })
    }
}

impl Product {
    fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self {
            terms: registry.gauges(
                "ophef_rising_term_lift",
                "How many times as often as expected a rising term comes; five terms at \
                 most, only while they rise.",
                &["brand", "term"],
            )?,
            aspects: registry.int_gauges(
                "ophef_aspect_mentions",
                "Customers' mentions of the last seven days, by aspect and polarity.",
                &["brand", "aspect", "polarity"],
            )?,
            rises: registry.gauges(
                "ophef_aspect_surprise",
                "-log10 of the probability of an aspect's complaints while they are more than \
                 its past explains, else 0.",
                &["brand", "aspect"],
            )?,
            competitors: registry.int_gauges(
                "ophef_competitor_mentions",
                "Mentions of this week and the three before that name a competitor, by whom \
                 they prefer: ours, theirs or nobody.",
                &["brand", "competitor", "preferred"],
            )?,
        })
    }
}

impl Coverage {
    fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self {
            media: registry.gauges(
                "ophef_unscored_media_share",
                "Share of the mentions of 28 days whose picture or film wasn't scored and \
                 says more than their words.",
                &["brand"],
            )?,
            silent: registry.int_gauges(
                "ophef_platform_silent",
                "1 while a platform is silent for far longer than it used to be.",
                &["brand", "platform"],
            )?,
            sampled: registry.int_gauges(
                "ophef_platform_sampled",
                "1 for platforms that bring a sample only, by the configuration.",
                &["brand", "platform"],
            )?,
            too_little: registry.int_gauges(
                "ophef_brand_too_quiet",
                "1 while the last seven days have too few mentions to judge the mood by.",
                &["brand"],
            )?,
        })
    }
}

impl LeftOut {
    const ALL: [Self; 4] = [
        Self::Unreadable,
        Self::Untracked,
        Self::Overflow,
        Self::TooLate,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Untracked => "untracked",
            Self::Overflow => "overflow",
            Self::TooLate => "too_late",
        }
    }
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another insight service of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let none: [&str; 0] = [];
        let left_out = registry.counters(
            "ophef_insight_left_out_total",
            "Records that change no figure of trends and community, by why.",
            &["reason"],
        )?;
        for reason in LeftOut::ALL {
            let _ = left_out.with_label_values(&[reason.as_str()]);
        }
        Ok(Self {
            left_out,
            discarded: registry
                .counters(
                    "ophef_insight_states_discarded_total",
                    "Brands whose trends began anew because their snapshot couldn't be used.",
                    &none,
                )?
                .with_label_values(&none),
            brands: registry
                .int_gauges(
                    "ophef_insight_brands",
                    "Brands whose trends this instance follows.",
                    &none,
                )?
                .with_label_values(&none),
            wishes: registry.counters(
                "ophef_wishes_total",
                "Mentions in which a customer wishes for something.",
                &["brand"],
            )?,
            people: People::register(registry)?,
            product: Product::register(registry)?,
            coverage: Coverage::register(registry)?,
            campaigns: campaigns::Campaigns::register(registry)?,
            shown: BTreeMap::new(),
            limit: Some(LABELLED_MAX),
        })
    }

    /// The brands are configured, and all have labels.
    pub(crate) const fn label_all(&mut self) {
        self.limit = None;
    }

    pub(crate) fn left_out(&self, reason: LeftOut) {
        self.left_out.with_label_values(&[reason.as_str()]).inc();
    }

    /// What became of a campaign event.
    pub(crate) fn told(&self, told: trends::Told) {
        self.campaigns.told(told);
    }

    /// A wish of a brand that has labels, or will have them with its first summary.
    pub(crate) fn wished(&self, brand: &str) {
        let has_room = self.limit.is_none_or(|limit| self.shown.len() < limit);
        if has_room || self.shown.contains_key(brand) {
            self.wishes.with_label_values(&[brand]).inc();
        }
    }

    /// Shows a brand as its summary has it.
    pub(crate) fn show(&mut self, summary: Insight) {
        let is_full = self.limit.is_some_and(|limit| self.shown.len() >= limit);
        if is_full && !self.shown.contains_key(&summary.brand) {
            return;
        }
        let brand = summary.brand.as_str();
        let community = &summary.community;
        for (window, count) in [
            ("day", community.authors_today),
            ("four_weeks", community.authors_four_weeks),
        ] {
            self.people
                .authors
                .with_label_values(&[brand, window])
                .set(whole(count));
        }
        // There from the start, so that the first wish is an increase.
        let _ = self.wishes.with_label_values(&[brand]);
        for (gauges, value) in self.plain(&summary) {
            gauges.with_label_values(&[brand]).set(value);
        }
        for rising in shown_terms(&summary) {
            let labels = [brand, rising.term.as_str()];
            self.product
                .terms
                .with_label_values(&labels)
                .set(rising.lift);
        }
        for course in &summary.aspects {
            let aspect = course.aspect.as_str();
            for (polarity, count) in by_polarity(course.week) {
                let labels = [brand, aspect, polarity];
                self.product
                    .aspects
                    .with_label_values(&labels)
                    .set(whole(count));
            }
            let rise = course.rise.filter(|_| is_recent(&summary));
            let surprise = rise.map_or(0.0, |rise| rise.surprise);
            self.product
                .rises
                .with_label_values(&[brand, aspect])
                .set(surprise);
        }
        for competitor in &summary.competitors {
            for (preferred, count) in by_preference(competitor) {
                let labels = [brand, competitor.name.as_str(), preferred];
                self.product
                    .competitors
                    .with_label_values(&labels)
                    .set(whole(count));
            }
        }
        for (gauges, platforms) in self.by_platform(&summary) {
            for platform in platforms {
                gauges.with_label_values(&[brand, platform.as_str()]).set(1);
            }
        }
        let is_too_little = i64::from(summary.coverage.is_too_little);
        self.coverage
            .too_little
            .with_label_values(&[brand])
            .set(is_too_little);
        let before = self.shown.remove(brand);
        self.campaigns.show(&summary, before.as_ref());
        if let Some(before) = before {
            self.hide(&before, Some(&summary));
        }
        self.shown.insert(summary.brand.clone(), summary);
    }

    /// A rise that nothing more is heard of is history after a while.
    pub(crate) fn age(&self) {
        let old = self.shown.values().filter(|summary| !is_recent(summary));
        for summary in old {
            self.campaigns.age(summary);
            for course in summary
                .aspects
                .iter()
                .filter(|course| course.rise.is_some())
            {
                let labels = [summary.brand.as_str(), course.aspect.as_str()];
                self.product.rises.with_label_values(&labels).set(0.0);
            }
        }
    }

    fn plain(&self, summary: &Insight) -> [(&GaugeVec, f64); 4] {
        let community = &summary.community;
        [
            (&self.people.returning, community.returning),
            (&self.people.advocates, community.advocates),
            (&self.people.days, community.days_active),
            (&self.coverage.media, summary.coverage.unscored_media),
        ]
    }

    fn by_platform<'a>(
        &self,
        summary: &'a Insight,
    ) -> [(&IntGaugeVec, &'a [mention::Platform]); 2] {
        let coverage = &summary.coverage;
        [
            (&self.coverage.silent, &coverage.silent),
            (&self.coverage.sampled, &coverage.sampled),
        ]
    }

    /// Takes away what a summary showed of what comes and goes, unless a newer one shows
    /// it as well. A series may not be there.
    fn hide(&self, before: &Insight, newer: Option<&Insight>) {
        let brand = before.brand.as_str();
        let is_kept = |term: &str| {
            let mut kept = newer.into_iter().flat_map(shown_terms);
            kept.any(|kept| kept.term == term)
        };
        for rising in shown_terms(before) {
            if !is_kept(&rising.term) {
                let _ = self
                    .product
                    .terms
                    .remove_label_values(&[brand, &rising.term]);
            }
        }
        let kept = newer.map_or(&[][..], |newer| &newer.aspects);
        for course in &before.aspects {
            if kept.iter().any(|kept| kept.aspect == course.aspect) {
                continue;
            }
            let aspect = course.aspect.as_str();
            for (polarity, _) in by_polarity(course.week) {
                let _ = self
                    .product
                    .aspects
                    .remove_label_values(&[brand, aspect, polarity]);
            }
            let _ = self.product.rises.remove_label_values(&[brand, aspect]);
        }
        let kept = newer.map(|newer| self.by_platform(newer));
        for (which, (gauges, platforms)) in self.by_platform(before).into_iter().enumerate() {
            let kept = kept.map_or(&[][..], |kept| kept[which].1);
            for platform in platforms.iter().filter(|platform| !kept.contains(platform)) {
                let _ = gauges.remove_label_values(&[brand, platform.as_str()]);
            }
        }
    }

    /// The brand isn't followed here any more: its new owner exports it.
    pub(crate) fn forget(&mut self, brand: &str) {
        let _ = self.wishes.remove_label_values(&[brand]);
        let Some(before) = self.shown.remove(brand) else {
            return;
        };
        self.hide(&before, None);
        self.campaigns.hide(&before);
        for window in ["day", "four_weeks"] {
            let _ = self.people.authors.remove_label_values(&[brand, window]);
        }
        for (gauges, _) in self.plain(&before) {
            let _ = gauges.remove_label_values(&[brand]);
        }
        let _ = self.coverage.too_little.remove_label_values(&[brand]);
        for competitor in &before.competitors {
            for (preferred, _) in by_preference(competitor) {
                let labels = [brand, competitor.name.as_str(), preferred];
                let _ = self.product.competitors.remove_label_values(&labels);
            }
        }
    }
}

fn is_recent(summary: &Insight) -> bool {
    clock::seconds_since(summary.at) <= RECENT_SECONDS
}

fn shown_terms(summary: &Insight) -> impl Iterator<Item = &RisingTerm> {
    summary.rising.iter().take(TERMS_SHOWN)
}

const fn by_polarity(week: Polarities) -> [(&'static str, u64); 3] {
    [
        ("negative", week.negative),
        ("neutral", week.neutral),
        ("positive", week.positive),
    ]
}

fn by_preference(competitor: &mention::Competitor) -> [(&'static str, u64); 3] {
    let preferring = competitor.ours + competitor.theirs;
    [
        ("ours", competitor.ours),
        ("theirs", competitor.theirs),
        ("nobody", competitor.mentions.saturating_sub(preferring)),
    ]
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
