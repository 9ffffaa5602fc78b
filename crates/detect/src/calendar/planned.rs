//! Campaigns and events that were announced.

use mention::{CalendarEntry, EventTime};

/// The largest factor by which an entry raises the expected volume.
pub const MOST_EXPECTED_VOLUME: f64 = 1_000.0;

/// What kind of thing was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlannedKind {
    /// The brand's own: a campaign, a launch, a sale.
    Campaign,
    /// Anything else that people will talk about: a match, a strike, an election.
    Event,
}

impl PlannedKind {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Event => "event",
        }
    }
}

/// A campaign or event with its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: PlannedKind,
    /// When it begins.
    pub from: EventTime,
    /// When it is over; it doesn't count any more then.
    pub until: EventTime,
    /// How many times the usual mentions it is expected to bring; kept within 1 and
    /// [`MOST_EXPECTED_VOLUME`], and 1 if it isn't a number.
    pub expected_volume: f64,
}

impl Planned {
    pub(super) fn runs_at(&self, at: EventTime) -> bool {
        (self.from..self.until).contains(&at)
    }

    pub(super) fn entry(&self) -> CalendarEntry {
        CalendarEntry {
            name: self.name.clone(),
            kind: self.kind.as_str().to_owned(),
            from: self.from,
            until: self.until,
        }
    }

    fn factor(&self) -> f64 {
        if self.expected_volume.is_nan() {
            return 1.0;
        }
        self.expected_volume.clamp(1.0, MOST_EXPECTED_VOLUME)
    }
}

/// The factor of each hour, written down where it changes. An hour that is covered in
/// part has the mean over it.
pub(super) fn factors_of(planned: &[Planned]) -> Vec<(i64, f32)> {
    let hour_of = |at: EventTime| at.millis().div_euclid(EventTime::HOUR_MS);
    let edges = planned.iter().flat_map(|entry| [entry.from, entry.until]);
    let mut hours: Vec<i64> = edges
        .flat_map(|edge| [hour_of(edge), hour_of(edge) + 1])
        .collect();
    hours.sort_unstable();
    hours.dedup();
    let mut factors: Vec<(i64, f32)> = Vec::new();
    for hour in hours {
        #[allow(clippy::cast_possible_truncation, reason = "1 to 1,000")]
        let factor = factor_of(planned, hour) as f32;
        #[allow(clippy::float_cmp, reason = "the same sum gives the same bits")]
        if factors.last().is_none_or(|(_, last)| *last != factor) {
            factors.push((hour, factor));
        }
    }
    factors
}

/// The mean over one hour of the largest factor that runs.
fn factor_of(planned: &[Planned], hour: i64) -> f64 {
    let start = hour.saturating_mul(EventTime::HOUR_MS);
    let inside = |at: EventTime| {
        at.millis()
            .clamp(start, start.saturating_add(EventTime::HOUR_MS))
    };
    let mut edges = vec![start, start.saturating_add(EventTime::HOUR_MS)];
    for entry in planned {
        edges.extend([inside(entry.from), inside(entry.until)]);
    }
    edges.sort_unstable();
    edges.dedup();
    let parts = edges.windows(2).map(|edge| {
        let at = EventTime::from_millis(edge[0]);
        let running = planned.iter().filter(|entry| entry.runs_at(at));
        let factor = running.map(Planned::factor).fold(1.0, f64::max);
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let length = (edge[1] - edge[0]) as f64;
        factor * length
    });
    #[allow(clippy::cast_precision_loss, reason = "an hour in milliseconds")]
    let mean = parts.sum::<f64>() / EventTime::HOUR_MS as f64;
    mean.max(1.0) // at the very end of time the hour is cut
}
