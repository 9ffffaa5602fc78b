//! Gauges of brands, and which of their spikes are open.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use detect::{SeriesStatus, Status};
use mention::{Corrected, Platform, Spike};
use service::clock;
use service::metrics::{GaugeVec, IntGaugeVec, RegisterError, Registry};

use crate::open_spikes::OpenSpikes;
use crate::surroundings::Surroundings;

/// Gauges of brands and of open spikes.
#[derive(Debug)]
pub(crate) struct Gauges {
    /// `ophef_negative_share_ratio{brand,platform}`: share of negatives in the last hour.
    share: GaugeVec,
    /// `ophef_expected_share_low_ratio{brand,platform}`: lower end of its expected band.
    low: GaugeVec,
    /// `ophef_expected_share_high_ratio{brand,platform}`: upper end of its expected band.
    high: GaugeVec,
    /// `ophef_corrected_share_ratio{brand,platform="all"}` and its interval,
    /// `…_low_ratio`, `…_high_ratio`: the share free of the scorer's bias.
    corrected: [GaugeVec; 3],
    /// `ophef_corrected_expected_share_ratio{brand,platform="all"}`: the expected share, as such.
    corrected_expected: GaugeVec,
    /// `ophef_last_mention_timestamp_seconds{brand}`: event time of the newest mention.
    last_mention: GaugeVec,
    /// `ophef_spike_severity{brand,platform}`: 1–5, of open spikes that page.
    severity: IntGaugeVec,
    open: OpenSpikes,
    surroundings: Surroundings,
    /// What is exported of each brand.
    shown: BTreeMap<String, Shown>,
}

/// What is exported of one brand.
#[derive(Debug, Default)]
struct Shown {
    platforms: BTreeSet<&'static str>,
    severities: BTreeSet<&'static str>,
    spikes: BTreeMap<String, Spike>,
}

impl Gauges {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let series = &["brand", "platform"];
        Ok(Self {
            share: registry.gauges(
                "ophef_negative_share_ratio",
                "Share of negative mentions in the last hour of event time.",
                series,
            )?,
            low: registry.gauges(
                "ophef_expected_share_low_ratio",
                "Lower end of the expected band of the share of negative mentions.",
                series,
            )?,
            high: registry.gauges(
                "ophef_expected_share_high_ratio",
                "Upper end of the expected band of the share of negative mentions.",
                series,
            )?,
            corrected: [
                registry.gauges(
                    "ophef_corrected_share_ratio",
                    "Share of negative mentions in the last hour, corrected for the scorer's errors.",
                    series,
                )?,
                registry.gauges(
                    "ophef_corrected_share_low_ratio",
                    "Lower end of the 95 % interval of the corrected share.",
                    series,
                )?,
                registry.gauges(
                    "ophef_corrected_share_high_ratio",
                    "Upper end of the 95 % interval of the corrected share.",
                    series,
                )?,
            ],
            corrected_expected: registry.gauges(
                "ophef_corrected_expected_share_ratio",
                "Expected share of negative mentions, corrected for the scorer's errors.",
                series,
            )?,
            last_mention: registry.gauges(
                "ophef_last_mention_timestamp_seconds",
                "Event time of a brand's newest mention, to the minute, in seconds since 1970.",
                &["brand"],
            )?,
            severity: registry.int_gauges(
                "ophef_spike_severity",
                "Severity of the open spike that pages, 1 to 5.",
                series,
            )?,
            open: OpenSpikes::register(registry)?,
            surroundings: Surroundings::register(registry)?,
            shown: BTreeMap::new(),
        })
    }

    /// Takes a revision of a spike. Returns whether it has just opened.
    pub(crate) fn revise(&mut self, spike: &Spike) -> bool {
        let shown = self.shown.entry(spike.brand.clone()).or_default();
        let before = shown.spikes.remove(&spike.id);
        if let Some(before) = &before {
            self.open.remove(before);
        }
        if spike.closed_at.is_none() {
            self.open.add(spike);
            let shown = self.shown.entry(spike.brand.clone()).or_default();
            shown.spikes.insert(spike.id.clone(), spike.clone());
        }
        before.is_none() && spike.closed_at.is_none()
    }

    /// Shows a brand as it is now. Severities are shown only if the brand's
    /// newest record is at most `recent` old by the wall clock, and they alone if the
    /// brand isn't one of those with labels of their own.
    pub(crate) fn show(
        &mut self,
        brand: &str,
        status: &Status,
        recent: Duration,
        has_labels: bool,
    ) {
        let is_recent = status
            .at
            .is_some_and(|at| clock::seconds_since(at) <= recent.as_secs_f64());
        if has_labels {
            self.show_brand(brand, status);
        }
        let shown = self.shown.entry(brand.to_owned()).or_default();
        let open = status
            .series
            .iter()
            .filter(|series| is_recent && series.severity > 0);
        let open: BTreeSet<&'static str> = open.map(platform_of).collect();
        for gone in shown.severities.difference(&open) {
            // It was added when it came into the set.
            let _ = self.severity.remove_label_values(&[brand, gone]);
        }
        shown.severities = open;
        for series in &status.series {
            if is_recent && series.severity > 0 {
                let gauge = self
                    .severity
                    .with_label_values(&[brand, platform_of(series)]);
                gauge.set(i64::from(series.severity));
            }
        }
    }

    fn show_brand(&mut self, brand: &str, status: &Status) {
        for series in &status.series {
            self.show_series(brand, series);
        }
        if let Some(at) = status.last_heard {
            #[allow(clippy::cast_precision_loss, reason = "whole minutes of sane times")]
            let seconds = at.millis() as f64 / 1_000.0;
            self.last_mention.with_label_values(&[brand]).set(seconds);
        }
        let shown = self.shown.entry(brand.to_owned()).or_default();
        let platforms = status.series.iter().map(platform_of);
        shown.platforms.extend(platforms);
    }

    fn show_series(&self, brand: &str, series: &SeriesStatus) {
        let labels = [brand, platform_of(series)];
        self.low.with_label_values(&labels).set(series.expected.low);
        self.high
            .with_label_values(&labels)
            .set(series.expected.high);
        match series.share {
            Some(share) => self.share.with_label_values(&labels).set(share),
            // Without mentions there is no share; a 0 would look like good news.
            None => drop(self.share.remove_label_values(&labels)),
        }
        // Over all platforms only: on each they would make a scrape half as large again.
        if series.platform.is_none() {
            self.show_corrected(&labels, series.corrected);
        }
        self.surroundings.show(&labels, series);
    }

    /// What can't be corrected isn't shown: the bare share would pass for the true one.
    fn show_corrected(&self, labels: &[&str; 2], corrected: Option<Corrected>) {
        let Some(known) = corrected else {
            for gauge in self.corrected.iter().chain([&self.corrected_expected]) {
                // It may not be shown at the moment.
                let _ = gauge.remove_label_values(labels);
            }
            return;
        };
        let values = [known.share, known.low, known.high];
        for (gauge, value) in self.corrected.iter().zip(values) {
            gauge.with_label_values(labels).set(value);
        }
        let expected = self.corrected_expected.with_label_values(labels);
        expected.set(known.expected);
    }

    /// Takes back all that is shown of a brand.
    pub(crate) fn forget(&mut self, brand: &str) {
        let Some(shown) = self.shown.remove(brand) else {
            return;
        };
        shown
            .spikes
            .values()
            .for_each(|spike| self.open.remove(spike));
        // It may have had no mention yet.
        let _ = self.last_mention.remove_label_values(&[brand]);
        // A brand without labels of its own may have a severity all the same.
        for platform in shown.platforms.union(&shown.severities) {
            let labels = [brand, *platform];
            // Some of them may not be shown at the moment.
            let _ = self.share.remove_label_values(&labels);
            let _ = self.low.remove_label_values(&labels);
            let _ = self.high.remove_label_values(&labels);
            let _ = self.severity.remove_label_values(&labels);
            self.show_corrected(&labels, None);
            self.surroundings.forget(&labels);
        }
    }
}

fn platform_of(series: &SeriesStatus) -> &'static str {
    series
        .platform
        .map_or(Spike::ALL_PLATFORMS, Platform::as_str)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn spike() -> Spike {
        let json = r##"{"id":"0123456789abcdef","brand":"acme","platform":"all",
            "spike_kind":"complaint_wave","pages":true,"severity":3,
            "onset":"2026-03-02T09:00:00Z","detected_at":"2026-03-02T09:05:00Z","closed_at":null,
            "observed":{"negative":40,"total":80},
            "expected":{"share":0.2,"low":0.1,"high":0.3},
            "drivers":[
                {"dimension":"platform","value":"x","share":0.6251},
                {"dimension":"platform","value":"other","share":0.3749},
                {"dimension":"kind","value":"complaint","share":0.9},
                {"dimension":"kind","value":"remark","share":0.1},
                {"dimension":"aspect","value":"delivery","share":0.3333},
                {"dimension":"aspect","value":"none","share":0.6667},
                {"dimension":"thread","value":"00aa","share":1.0},
                {"dimension":"term","value":"#depot \\ \"brand\"","share":0.25},
                {"dimension":"term","value":"kwijt","share":0.2}],
            "terms":[{"term":"#depot","lift":41.37,"count":31},{"term":"kwijt","lift":3.2,"count":12}],
            "threads":[],"exemplars":[],"series":[],"model":"test@1"}"##;
        serde_json::from_str(json).unwrap()
    }

    /// The exported lines of a metric.
    fn lines(registry: &Registry, metric: &str) -> Vec<String> {
        let text = registry.text();
        let own = text
            .lines()
            .filter(|line| line.starts_with(&format!("{metric}{{")));
        own.map(str::to_owned).collect()
    }

    #[test]
    fn what_is_exported_is_what_the_record_says() {
        let registry = Registry::default();
        let mut gauges = Gauges::register(&registry).unwrap();
        let mut spike = spike();
        assert!(gauges.revise(&spike));
        let own = r#"brand="acme""#;
        let of = r#"platform="all",spike="0123456789abcdef""#;
        let expected = [
            ("aspect", "delivery", 0.3333),
            ("kind", "complaint", 0.9),
            ("platform", "x", 0.6251),
            ("term", r##"#depot \\ \"brand\""##, 0.25),
            ("term", "kwijt", 0.2),
        ];
        let mut drivers: Vec<String> = expected
            .iter()
            .map(|(dimension, value, share)| {
                format!(
                    r#"ophef_spike_driver_ratio{{{own},dimension="{dimension}",driver="{value}",{of}}} {share}"#
                )
            })
            .collect();
        drivers.sort();
        let mut found = lines(&registry, "ophef_spike_driver_ratio");
        found.sort();
        assert_eq!(found, drivers);
        let mut terms = lines(&registry, "ophef_spike_term_score");
        terms.sort();
        let score = |term: &str, lift: f64| {
            format!(r#"ophef_spike_term_score{{{own},{of},term="{term}"}} {lift}"#)
        };
        assert_eq!(terms, [score("#depot", 41.37), score("kwijt", 3.2)]);
        // A revision replaces all of it, and a closing takes it away.
        spike.drivers.truncate(1);
        spike.terms.clear();
        assert!(!gauges.revise(&spike));
        assert_eq!(lines(&registry, "ophef_spike_driver_ratio").len(), 1);
        spike.closed_at = Some(spike.detected_at);
        assert!(!gauges.revise(&spike));
        for metric in [
            "ophef_spike_driver_ratio",
            "ophef_spike_term_score",
            "ophef_spike_info",
        ] {
            assert!(lines(&registry, metric).is_empty(), "{metric}");
        }
    }
}
