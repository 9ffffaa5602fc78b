//! The two stages one behind the other, in memory.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use brands::{Matcher, Rules};
use decode::Options;
use ingest::{IngestStage, LinkStage, Metrics, Stored};
use mention::{EventTime, Rejection, Topic};
use redact::{Key, Pseudonyms};
use serde_json::Value;
use service::metrics::Registry;
use service::{Headers, Input, Outbox, Stage};

/// A header's name and value.
pub(crate) type Header<'a> = (&'a str, &'a [u8]);

/// Both stages, with as many partitions as asked for; brands go to partition 0, as their
/// key would have it if there were one.
pub(crate) struct Pipeline {
    pub(crate) registry: Registry,
    metrics: Arc<Metrics>,
    first: IngestStage,
    pub(crate) link: LinkStage,
    /// What lies on the changelog.
    changelog: BTreeMap<Vec<u8>, Vec<u8>>,
    raw_offset: i64,
    offset: i64,
}

pub(crate) fn brand(slug: &str) -> Rules {
    Rules {
        names: vec![slug.to_owned()],
        handles: vec![slug.to_owned()],
        ..Rules::new(slug)
    }
}

pub(crate) fn at(time: &str) -> EventTime {
    time.parse().unwrap()
}

impl Pipeline {
    pub(crate) fn new(options: Options) -> Self {
        let registry = Registry::default();
        let metrics = Arc::new(Metrics::register(&registry).unwrap());
        let matcher = Matcher::new(vec![brand("pluimvos"), brand("donsbeer")]).unwrap();
        let privacy = Arc::new(stored());
        let first = IngestStage::new(options, matcher, privacy, Arc::clone(&metrics));
        let mut pipeline = Self {
            registry,
            link: LinkStage::new(Arc::clone(&metrics)),
            metrics,
            first,
            changelog: BTreeMap::new(),
            raw_offset: 0,
            offset: 0,
        };
        pipeline.first.assigned(0, 1).unwrap();
        pipeline.link.assigned(0, 1).unwrap();
        pipeline
    }

    /// What comes of a raw record, at the far end.
    pub(crate) fn take(
        &mut self,
        headers: &[Header<'_>],
        value: &[u8],
    ) -> Result<Vec<Value>, Rejection> {
        let mut matched = Outbox::default();
        let input = input(self.raw_offset, value, headers);
        self.raw_offset += 1;
        self.first.step(&input, &mut matched)?;
        let mut out = Outbox::default();
        for item in matched.iter() {
            assert_eq!(item.topic, Topic::Matched);
            let of_link = Input {
                key: item.key,
                ..self::input(self.offset, item.value.unwrap(), &[])
            };
            self.offset += 1;
            self.link.step(&of_link, &mut out).unwrap();
        }
        let value = |item: service::Item<'_>| serde_json::from_slice(item.value.unwrap()).unwrap();
        Ok(out.iter().map(value).collect())
    }

    /// The same of our own format.
    pub(crate) fn mention(&mut self, value: &Value) -> Vec<Value> {
        self.take(
            &[("ophef-format", b"mention")],
            value.to_string().as_bytes(),
        )
        .unwrap()
    }

    /// Writes the state, forgets it, and reads it back.
    pub(crate) fn restart(&mut self) {
        let mut out = Outbox::default();
        self.link.snapshot(0, self.offset, &mut out);
        for item in out.iter() {
            assert_eq!(item.topic, Topic::LinkState);
            let (key, value) = (item.key.unwrap(), item.value.unwrap());
            self.changelog.insert(key.to_vec(), value.to_vec());
        }
        self.link = LinkStage::new(Arc::clone(&self.metrics));
        for (key, value) in &self.changelog {
            self.link.restore(0, key, Some(value));
        }
        assert_eq!(self.link.assigned(0, 1), Ok(Some(self.offset)));
    }

    /// The value of a counter, by its line up to the space.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let text = self.registry.text();
        let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
        let found = lines.find(|(found, _)| *found == name);
        found.map_or(0, |(_, value)| value.parse().unwrap())
    }
}

fn input<'a>(offset: i64, value: &'a [u8], headers: &'a [Header<'a>]) -> Input<'a> {
    Input {
        partition: 0,
        offset,
        stamped_at: at("2026-03-02T09:00:05Z"),
        key: None,
        value,
        headers: Headers::from_pairs(headers),
        is_replay: false,
    }
}

/// Everybody's data taken out, by a key that everybody knows.
fn stored() -> Stored {
    let key = Key::new("t", &[7; 32]).unwrap();
    Stored::new(Pseudonyms::new(key, Vec::new()), ["pluimvos", "donsbeer"])
}
