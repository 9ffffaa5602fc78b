//! Gauges of campaigns, and of those who reach many.

use mention::{CampaignCourse, Insight, Mood};
use service::metrics::{GaugeVec, IntCounterVec, RegisterError, Registry};
use trends::Told;

use super::is_recent;

/// Campaigns are bounded by eight a brand, platforms, currencies and tiers are closed sets
/// or nearly so (four currencies a platform).
#[derive(Debug)]
pub(super) struct Campaigns {
    events: IntCounterVec,
    oddities: IntCounterVec,
    /// In the order of [`COUNTS`].
    counts: Vec<GaugeVec>,
    spend: GaugeVec,
    mentions: GaugeVec,
    share: GaugeVec,
    surprise: GaugeVec,
    rise: GaugeVec,
    /// In the order of [`TIERS`].
    tiers: Vec<GaugeVec>,
    replies: GaugeVec,
}

/// Gauges of counts: name, and what it says.
const COUNTS: [(&str, &str); 4] = [
    (
        "ophef_campaign_impressions",
        "How often a campaign was shown.",
    ),
    ("ophef_campaign_engagements", "Reactions to a campaign."),
    ("ophef_campaign_clicks", "Clicks of a campaign."),
    ("ophef_campaign_conversions", "Conversions of a campaign."),
];

/// Gauges of tiers.
const TIERS: [(&str, &str); 3] = [
    (
        "ophef_influence_posts",
        "Posts of the last 28 days by authors with 10,000 followers or more, and by partners.",
    ),
    (
        "ophef_influence_reach",
        "People those posts reached: views, else a tenth of the followers.",
    ),
    (
        "ophef_influence_reactions",
        "Likes, shares and replies to them.",
    ),
];

/// Oddities that are counted; the events are taken all the same.
const ODDITIES: [&str; 2] = ["conversions_without_clicks", "clicks_without_impressions"];

/// One series: its gauge, its labels, its value.
type Series<'a> = (&'a GaugeVec, Vec<String>, f64);

impl Campaigns {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let events = registry.counters(
            "ophef_campaign_events_total",
            "Campaign events by what became of them.",
            &["outcome"],
        )?;
        for told in Told::ALL {
            let _ = events.with_label_values(&[told.as_str()]);
        }
        let oddities = registry.counters(
            "ophef_campaign_oddities_total",
            "Campaign events that were taken though their counts don't go together.",
            &["oddity"],
        )?;
        for oddity in ODDITIES {
            let _ = oddities.with_label_values(&[oddity]);
        }
        let plain = |(name, help): (&str, &str)| {
            registry.gauges(name, help, &["brand", "campaign", "platform"])
        };
        let of_tiers =
            |(name, help): (&str, &str)| registry.gauges(name, help, &["brand", "tier", "partner"]);
        Ok(Self {
            events,
            oddities,
            counts: COUNTS.into_iter().map(plain).collect::<Result<_, _>>()?,
            spend: registry.gauges(
                "ophef_campaign_spend",
                "What a campaign cost, in units of the currency.",
                &["brand", "campaign", "platform", "currency"],
            )?,
            mentions: registry.gauges(
                "ophef_campaign_mentions",
                "Customers' mentions of a campaign and answers to its posts, by polarity.",
                &["brand", "campaign", "polarity"],
            )?,
            share: registry.gauges(
                "ophef_campaign_negative_share",
                "Share of negatives: among what is said about a campaign, and among all of the \
                 brand's mentions before, during and after it.",
                &["brand", "campaign", "window"],
            )?,
            surprise: registry.gauges(
                "ophef_campaign_backfire_surprise",
                "-log10 of the probability of a campaign's negatives while it backfires, else 0.",
                &["brand", "campaign"],
            )?,
            rise: registry.gauges(
                "ophef_campaign_backfire_clicks",
                "Clicks (impressions, where no clicks are told) since a campaign backfires, and \
                 those of the same hours on the days before (window: now, usual).",
                &["brand", "campaign", "window"],
            )?,
            tiers: TIERS.into_iter().map(of_tiers).collect::<Result<_, _>>()?,
            replies: registry.gauges(
                "ophef_influence_replies",
                "What customers answered to posts of authors with 10,000 followers or more, and \
                 of partners, by polarity.",
                &["brand", "tier", "partner", "polarity"],
            )?,
        })
    }

    pub(super) fn told(&self, told: Told) {
        self.events.with_label_values(&[told.as_str()]).inc();
        let Told::Taken {
            conversions_without_clicks,
            clicks_without_impressions,
        } = told
        else {
            return;
        };
        let are = [conversions_without_clicks, clicks_without_impressions];
        for (oddity, _) in ODDITIES.iter().zip(are).filter(|(_, is)| *is) {
            self.oddities.with_label_values(&[oddity]).inc();
        }
    }

    /// Sets what the summary says, and takes away what the one before showed beyond it.
    pub(super) fn show(&self, summary: &Insight, before: Option<&Insight>) {
        let shown = self.series(summary);
        for (gauge, labels, value) in &shown {
            gauge.with_label_values(&texts(labels)).set(*value);
        }
        let is_shown = |gauge: &GaugeVec, labels: &[String]| {
            let mut shown = shown.iter();
            shown.any(|(other, kept, _)| std::ptr::eq(*other, gauge) && kept == labels)
        };
        for (gauge, labels, _) in before.map_or_else(Vec::new, |before| self.series(before)) {
            if !is_shown(gauge, &labels) {
                // It may not be there.
                let _ = gauge.remove_label_values(&texts(&labels));
            }
        }
    }

    /// The brand isn't shown any more.
    pub(super) fn hide(&self, before: &Insight) {
        for (gauge, labels, _) in self.series(before) {
            let _ = gauge.remove_label_values(&texts(&labels));
        }
    }

    /// A backfire that nothing more is heard of is history after a while.
    pub(super) fn age(&self, summary: &Insight) {
        for one in &summary.campaigns {
            let labels = [summary.brand.as_str(), one.campaign.as_str()];
            self.surprise.with_label_values(&labels).set(0.0);
        }
    }

    fn series(&self, summary: &Insight) -> Vec<Series<'_>> {
        let mut series = Vec::new();
        let brand = summary.brand.as_str();
        for one in &summary.campaigns {
            self.of_channels(brand, one, &mut series);
            self.of_mood(brand, one, is_recent(summary), &mut series);
        }
        for course in &summary.influence.tiers {
            let partner = if course.is_partner { "yes" } else { "no" };
            let labels = [brand, course.tier.as_str(), partner];
            let values = [course.posts, course.reach, course.reactions];
            for (gauge, value) in self.tiers.iter().zip(values) {
                series.push((gauge, owned(&labels), float(value)));
            }
            for (polarity, value) in by_polarity(&course.replies) {
                let labels = [labels[0], labels[1], labels[2], polarity];
                series.push((&self.replies, owned(&labels), float(value)));
            }
        }
        series
    }

    fn of_channels<'a>(&'a self, brand: &str, one: &CampaignCourse, series: &mut Vec<Series<'a>>) {
        for channel in &one.channels {
            let labels = [brand, &one.campaign, channel.platform.as_str()];
            let values = [
                channel.impressions,
                channel.engagements,
                channel.clicks,
                channel.conversions,
            ];
            for (gauge, value) in self.counts.iter().zip(values) {
                series.push((gauge, owned(&labels), float(value)));
            }
            for spend in &channel.spend {
                let labels = [labels[0], labels[1], labels[2], &spend.currency];
                series.push((&self.spend, owned(&labels), spend.amount));
            }
        }
    }

    fn of_mood<'a>(
        &'a self,
        brand: &str,
        one: &CampaignCourse,
        is_recent: bool,
        series: &mut Vec<Series<'a>>,
    ) {
        let name = one.campaign.as_str();
        for (polarity, value) in by_polarity(&one.about) {
            series.push((
                &self.mentions,
                owned(&[brand, name, polarity]),
                float(value),
            ));
        }
        let about = Some(one.about).filter(|about| about.counted > 0);
        for (window, mood) in [
            ("about", about),
            ("before", one.before),
            ("during", one.during),
            ("after", one.after),
        ] {
            let labels = [brand, name, window];
            series.extend(mood.map(|mood| (&self.share, owned(&labels), mood.share)));
        }
        let present = one.backfire.filter(|backfire| backfire.until.is_none());
        let present = present.filter(|_| is_recent);
        let surprise = present.map_or(0.0, |backfire| backfire.surprise);
        series.push((&self.surprise, owned(&[brand, name]), surprise));
        if let Some(backfire) = present {
            let now = (
                &self.rise,
                owned(&[brand, name, "now"]),
                float(backfire.count),
            );
            let usual = (&self.rise, owned(&[brand, name, "usual"]), backfire.usual);
            series.extend([now, usual]);
        }
    }
}

fn by_polarity(mood: &Mood) -> [(&'static str, u64); 3] {
    let rest = mood.counted.saturating_sub(mood.negative + mood.positive);
    [
        ("negative", mood.negative),
        ("neutral", rest),
        ("positive", mood.positive),
    ]
}

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

fn texts(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}

#[allow(clippy::cast_precision_loss, reason = "counts of a campaign")]
const fn float(count: u64) -> f64 {
    count as f64
}
