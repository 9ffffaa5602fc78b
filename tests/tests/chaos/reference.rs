//! What should come out: the same stages, stepped in memory over what was written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mention::{EventTime, Spike};
use score::ScoreStage;
use sentiment::Model;
use service::metrics::Registry;
use service::{Input, Outbox, Settings, Stage};
use tests::{Deployment, Found};
use watch::WatchStage;

/// What comes out, in a form in which two runs can be compared.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Scored records of each partition, in order.
    pub(crate) scored: BTreeMap<i32, Vec<Vec<u8>>>,
    /// Dead letters: partition and offset of the record, and how often.
    pub(crate) dead: BTreeMap<(i32, i64), usize>,
    /// Revisions of each spike, in order, by its onset and id.
    pub(crate) spikes: BTreeMap<(i64, String), Vec<Vec<u8>>>,
}

impl Output {
    /// The output of an undisturbed run over `mentions`, which are in order within
    /// each partition.
    pub(crate) fn expected(deployment: &Deployment, mentions: &[Found]) -> Self {
        let model = Arc::new(Model::embedded().unwrap());
        let metrics = score::Metrics::register(&Registry::default()).unwrap();
        let mut score = ScoreStage::new(model, metrics);
        let settings = watch::Settings::new(Settings::new(deployment.connection.clone()));
        let metrics = watch::Metrics::register(&Registry::default()).unwrap();
        let mut watch = WatchStage::new(settings, metrics);
        let mut output = Self::default();
        let mut outbox = Outbox::default();
        let of = i32::from(deployment.partitions);
        for partition in 0..of {
            watch.assigned(partition, of).unwrap();
        }
        for found in mentions {
            outbox.clear();
            let input = input(found.partition, found.offset, found.stamped_at, found);
            if score.step(&input, &mut outbox).is_err() {
                *output
                    .dead
                    .entry((found.partition, found.offset))
                    .or_default() += 1;
                continue;
            }
            let written: Vec<_> = outbox
                .iter()
                .map(|item| item.value.unwrap().to_vec())
                .collect();
            for value in written {
                let scored = output.scored.entry(found.partition).or_default();
                scored.push(value);
                let offset = i64::try_from(scored.len()).unwrap();
                let value = scored.last().unwrap();
                let record = Input {
                    value,
                    offset,
                    ..input
                };
                outbox.clear();
                watch.step(&record, &mut outbox).unwrap();
                let spikes: Vec<_> = outbox
                    .iter()
                    .map(|item| item.value.unwrap().to_vec())
                    .collect();
                spikes.into_iter().for_each(|value| output.add_spike(value));
            }
        }
        output
    }

    /// What was really committed. `expected` tells how much to wait for.
    pub(crate) fn committed(deployment: &Deployment, expected: &Self, wait: Wait) -> Self {
        use mention::Topic::{Mentions, Scored, Spikes};
        let connection = &deployment.connection;
        let read = |topic: String, count| {
            let Wait { within, quiet } = wait;
            deployment.read_up_to(&topic, count, within, quiet)
        };
        let mut output = Self::default();
        for found in read(connection.topic(Scored), expected.scored_count()) {
            let scored = output.scored.entry(found.partition).or_default();
            scored.push(found.value);
        }
        for found in read(connection.dead_topic(Mentions), expected.dead_count()) {
            let [_, _, partition, offset] = found.dead.unwrap();
            let key = (partition.parse().unwrap(), offset.parse().unwrap());
            *output.dead.entry(key).or_default() += 1;
        }
        for found in read(connection.topic(Spikes), expected.revisions()) {
            output.add_spike(found.value);
        }
        output
    }

    fn add_spike(&mut self, value: Vec<u8>) {
        let spike: Spike = serde_json::from_slice(&value).unwrap();
        let key = (spike.onset.millis(), spike.id);
        self.spikes.entry(key).or_default().push(value);
    }

    /// Records scored.
    pub(crate) fn scored_count(&self) -> usize {
        self.scored.values().map(Vec::len).sum()
    }

    /// Records diverted.
    pub(crate) fn dead_count(&self) -> usize {
        self.dead.values().sum()
    }

    /// Revisions of all spikes.
    pub(crate) fn revisions(&self) -> usize {
        self.spikes.values().map(Vec::len).sum()
    }

    /// Writes the revisions of the spikes to `file`, a line each, to be looked at.
    pub(crate) fn write_spikes(&self, file: &Path) {
        let mut text = Vec::new();
        for revision in self.spikes.values().flatten() {
            text.extend_from_slice(revision);
            text.push(b'\n');
        }
        std::fs::write(file, text).unwrap();
    }

    /// How many records differ, with a line on each kind of difference.
    pub(crate) fn differences(&self, found: &Self) -> (usize, Vec<String>) {
        let mut count = 0;
        let mut lines = Vec::new();
        let mut tell = |what: String, number: usize| {
            if number > 0 {
                count += number;
                lines.push(format!("{what}: {number}"));
            }
        };
        let none = Vec::new();
        for (partition, expected) in &self.scored {
            let found = found.scored.get(partition).unwrap_or(&none);
            let [missing, more] = apart(expected, found);
            tell(format!("scored, partition {partition}, missing"), missing);
            tell(format!("scored, partition {partition}, too many"), more);
            let is_reordered = missing + more == 0 && expected != found;
            let moved = expected.iter().zip(found).filter(|(a, b)| a != b).count();
            tell(
                format!("scored, partition {partition}, out of order"),
                if is_reordered { moved } else { 0 },
            );
        }
        let expected: Vec<_> = repeated(&self.dead);
        let [missing, more] = apart(&expected, &repeated(&found.dead));
        tell("dead letters missing".to_owned(), missing);
        tell("dead letters too many".to_owned(), more);
        for (key, expected) in &self.spikes {
            let found = found.spikes.get(key).unwrap_or(&none);
            let changed = expected.iter().zip(found).filter(|(a, b)| a != b).count();
            let number = changed + expected.len().abs_diff(found.len());
            tell(format!("revisions of spike {}", key.1), number);
        }
        let unknown = found
            .spikes
            .keys()
            .filter(|key| !self.spikes.contains_key(key));
        tell("spikes that should not be".to_owned(), unknown.count());
        (count, lines)
    }
}

/// How long to wait for output: `within` for what should come, `quiet` to see
/// whether there is more than that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) within: std::time::Duration,
    pub(crate) quiet: std::time::Duration,
}

const fn input(partition: i32, offset: i64, stamped_at: EventTime, found: &Found) -> Input<'_> {
    Input {
        partition,
        offset,
        stamped_at,
        key: Some(found.key.as_bytes()),
        value: found.value.as_slice(),
        headers: service::Headers::NONE,
        is_replay: false,
    }
}

fn repeated(dead: &BTreeMap<(i32, i64), usize>) -> Vec<(i32, i64)> {
    let each = dead
        .iter()
        .flat_map(|(&key, &times)| std::iter::repeat_n(key, times));
    each.collect()
}

/// How many of `expected` are missing in `found`, and how many are there too many.
fn apart<T: Ord>(expected: &[T], found: &[T]) -> [usize; 2] {
    let mut balance: BTreeMap<&T, i64> = BTreeMap::new();
    for value in expected {
        *balance.entry(value).or_default() += 1;
    }
    for value in found {
        *balance.entry(value).or_default() -= 1;
    }
    let sum = |sign: i64| -> usize {
        let parts = balance
            .values()
            .map(|&left| usize::try_from(sign * left).unwrap_or(0));
        parts.sum()
    };
    [sum(1), sum(-1)]
}
