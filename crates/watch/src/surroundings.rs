//! Gauges of what surrounds the share: how many mentions there are, and how far posts
//! carry. They annotate; no alert that pages rests on them alone.

use detect::SeriesStatus;
use service::metrics::{GaugeVec, IntGaugeVec, RegisterError, Registry};

/// Gauges by brand and platform.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// `ophef_volume_expected{brand,platform}`: mentions expected in the hour up to now,
    /// announced campaigns included.
    expected: GaugeVec,
    /// `ophef_volume_severity{brand,platform}`: how unusual those that came are, 0–5.
    severity: IntGaugeVec,
    /// `ophef_visibility_ratio{brand,platform}`: reactions per view or follower of the
    /// last hours over the usual.
    visibility: GaugeVec,
    /// `ophef_visibility_change{brand,platform}`: −1 while posts carry less far than
    /// usual for certain, 1 while farther, else 0.
    change: IntGaugeVec,
}

impl Surroundings {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let series = &["brand", "platform"];
        Ok(Self {
            expected: registry.gauges(
                "ophef_volume_expected",
                "Mentions expected in the last hour, announced campaigns included.",
                series,
            )?,
            severity: registry.int_gauges(
                "ophef_volume_severity",
                "How unusual the mentions of the last hour are, 0 (usual) to 5.",
                series,
            )?,
            visibility: registry.gauges(
                "ophef_visibility_ratio",
                "Reactions per view or follower of the last hours, relative to the usual.",
                series,
            )?,
            change: registry.int_gauges(
                "ophef_visibility_change",
                "-1 while posts carry less far than usual, 1 while farther, else 0.",
                series,
            )?,
        })
    }

    /// Shows a series; what isn't known is not shown.
    pub(crate) fn show(&self, labels: &[&str; 2], series: &SeriesStatus) {
        self.forget(labels);
        if let Some(volume) = series.volume {
            self.expected.with_label_values(labels).set(volume.expected);
            let severity = self.severity.with_label_values(labels);
            severity.set(i64::from(volume.severity));
        }
        if let Some(visibility) = series.visibility {
            let ratio = self.visibility.with_label_values(labels);
            ratio.set(visibility.ratio);
            let change = self.change.with_label_values(labels);
            change.set(match visibility.change {
                None => 0,
                Some(change) if change.fell => -1,
                Some(_) => 1,
            });
        }
    }

    /// Takes back what is shown of a series.
    pub(crate) fn forget(&self, labels: &[&str; 2]) {
        for gauge in [&self.expected, &self.visibility] {
            // It may not be shown at the moment.
            let _ = gauge.remove_label_values(labels);
        }
        for gauge in [&self.severity, &self.change] {
            let _ = gauge.remove_label_values(labels);
        }
    }
}
