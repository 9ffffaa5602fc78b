//! What another configuration changes.

use mention::{EventTime, Spike};
use serde::Serialize;

/// Alarms of two runs, put side by side.
#[derive(Debug, Default)]
pub(crate) struct Comparison<'a> {
    /// Alarms that both raised.
    pub(crate) both: Vec<Pair<'a>>,
    /// Alarms of the first alone.
    pub(crate) only_first: Vec<&'a Spike>,
    /// Alarms of the second alone.
    pub(crate) only_second: Vec<&'a Spike>,
}

/// One rise that both noticed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) first: &'a Spike,
    pub(crate) second: &'a Spike,
}

impl Pair<'_> {
    /// Minutes by which the second is later; below zero if it is earlier.
    #[allow(clippy::cast_precision_loss, reason = "minutes for people")]
    pub(crate) fn later_minutes(&self) -> f64 {
        let later = self.second.detected_at.millis_since(self.first.detected_at);
        later as f64 / 60_000.0
    }
}

/// A pair in a file.
#[derive(Debug, Serialize)]
pub(crate) struct PairIds<'a> {
    here: &'a str,
    there: &'a str,
    later_minutes: f64,
}

impl<'a> Comparison<'a> {
    /// Pairs alarms of one brand whose times overlap, each with one other at most, in
    /// the order of time. Both lists are in that order.
    pub(crate) fn of(first: &[&'a Spike], second: &[&'a Spike]) -> Self {
        let mut comparison = Self::default();
        let mut taken = vec![false; second.len()];
        for &alarm in first {
            let mut others = second.iter().enumerate();
            let other = others.find(|(index, other)| !taken[*index] && overlap(alarm, other));
            match other {
                Some((index, other)) => {
                    taken[index] = true;
                    comparison.both.push(Pair {
                        first: alarm,
                        second: other,
                    });
                }
                None => comparison.only_first.push(alarm),
            }
        }
        let alone = second.iter().zip(&taken).filter(|(_, taken)| !**taken);
        comparison.only_second = alone.map(|(alarm, _)| *alarm).collect();
        comparison
    }

    /// The pairs by their ids.
    pub(crate) fn pairs(&self) -> Vec<PairIds<'a>> {
        let ids = self.both.iter().map(|pair| PairIds {
            here: pair.first.id.as_str(),
            there: pair.second.id.as_str(),
            later_minutes: (pair.later_minutes() * 10.0).round() / 10.0,
        });
        ids.collect()
    }
}

/// Whether two spikes of one brand are of the same time, whatever their platforms.
fn overlap(one: &Spike, other: &Spike) -> bool {
    let (from, until) = time_of(one);
    let (other_from, other_until) = time_of(other);
    one.brand == other.brand && from <= other_until && other_from <= until
}

/// From onset to closing; an open one goes on.
fn time_of(spike: &Spike) -> (EventTime, EventTime) {
    let end = EventTime::from_millis(i64::MAX);
    (
        spike.onset.min(spike.detected_at),
        spike.closed_at.unwrap_or(end),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::spike;
    use super::*;

    /// An alarm that closes so many hours after it was noticed.
    fn closed(brand: &str, detected_at: &str, hours: i64) -> Spike {
        let mut spike = spike(brand, detected_at);
        spike.closed_at = Some(spike.detected_at.plus_millis(hours * EventTime::HOUR_MS));
        spike
    }

    #[test]
    fn alarms_of_one_time_and_brand_are_pairs() {
        let first = [
            closed("acme", "2026-03-02T09:00:00Z", 2),
            closed("acme", "2026-03-03T09:00:00Z", 2),
            closed("zeegroen", "2026-03-04T09:00:00Z", 2),
        ];
        let second = [
            closed("acme", "2026-03-02T09:30:00Z", 5),
            // Overlaps the same one, which has its pair already.
            closed("acme", "2026-03-02T10:30:00Z", 1),
            closed("acme", "2026-03-04T09:00:00Z", 2),
        ];
        let [first, second] = [&first, &second].map(|spikes| spikes.each_ref());
        let comparison = Comparison::of(&first, &second);
        let [pair] = comparison.both.as_slice() else {
            panic!("{comparison:?}")
        };
        assert!((pair.later_minutes() - 30.0).abs() < 1e-9);
        assert_eq!(comparison.only_first, first[1..]);
        assert_eq!(comparison.only_second, second[1..]);
    }

    #[test]
    fn an_open_spike_goes_on() {
        let first = spike("acme", "2026-03-02T09:00:00Z");
        let second = spike("acme", "2026-03-09T09:00:00Z");
        assert_eq!(Comparison::of(&[&first], &[&second]).both.len(), 1);
        assert!(Comparison::of(&[], &[&second]).both.is_empty());
    }
}
