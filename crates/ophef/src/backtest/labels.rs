//! What really happened, as people wrote it down: `--labels`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use mention::{EventTime, Spike};
use serde::Serialize;

use super::interval::{Estimate, part};

/// Labels that are read at most: each is looked at for every mention of its brand.
pub(super) const MOST: usize = 10_000;

/// One label: from when until when publicity was really negative.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Label {
    pub(crate) brand: String,
    pub(crate) from: EventTime,
    pub(crate) until: EventTime,
    /// What people call it; may be empty.
    pub(crate) name: String,
    /// Its line in the file.
    #[serde(skip)]
    pub(crate) line: u64,
}

/// The labels of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Labels {
    pub(crate) all: Vec<Label>,
    /// The brands that the file names, with the first line of each, also those in
    /// which nothing happened: only their alarms are judged.
    pub(crate) brands: BTreeMap<String, u64>,
    /// If only some times were judged, those in which nothing happened: alarms in them are
    /// false, and of all others that find no label nobody says what they are.
    pub(crate) nothing: Option<Vec<Label>>,
}

impl Label {
    /// Whether `at` lies in it, its ends included.
    pub(crate) fn holds(&self, at: EventTime) -> bool {
        (self.from..=self.until).contains(&at)
    }
}

impl Labels {
    /// Times that were judged.
    pub(crate) fn count(&self) -> usize {
        self.all.len() + self.nothing.as_ref().map_or(0, Vec::len)
    }

    /// Whether the alarm is a false one, if it finds no label.
    fn says_nothing_happened(&self, spike: &Spike) -> bool {
        match &self.nothing {
            None => self.brands.contains_key(&spike.brand),
            Some(times) => times
                .iter()
                .any(|time| time.brand == spike.brand && time.holds(spike.detected_at)),
        }
    }

    /// Reads a table `brand,from,until[,name]`.
    ///
    /// # Errors
    /// The file can't be read, its first line doesn't name the columns, or a row isn't
    /// a brand with two times in their order; the error names the line.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &[u8]) -> anyhow::Result<Self> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(crate::recording::delimiter(text))
            .from_reader(text);
        let headers = reader.headers().context("the first line")?.clone();
        let column = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name));
        let (Some(brand), Some(from), Some(until)) =
            (column("brand"), column("from"), column("until"))
        else {
            bail!(
                "the first line must name the columns `brand,from,until` and, if you like, \
                 `name`; it is {:?}",
                headers.iter().collect::<Vec<_>>().join(",")
            );
        };
        let name = column("name");
        let mut labels = Self::default();
        for row in reader.records() {
            let row = row?;
            let line = row.position().map_or(0, csv::Position::line);
            let cell = |column: usize| row.get(column).unwrap_or_default();
            if row.iter().all(str::is_empty) {
                continue;
            }
            if cell(brand).is_empty() {
                bail!("line {line}: the brand is missing");
            }
            labels.brands.entry(cell(brand).to_owned()).or_insert(line);
            // A brand without times is one in which nothing happened.
            if cell(from).is_empty() && cell(until).is_empty() {
                continue;
            }
            let time = |column: usize| {
                let text = cell(column);
                text.parse::<EventTime>().map_err(|_| {
                    let example = "2026-03-02T09:00:00+01:00";
                    anyhow::anyhow!("line {line}: {text:?} isn't a time such as {example}")
                })
            };
            let (from, until) = (time(from)?, time(until)?);
            if until < from {
                bail!("line {line}: until {until} is before from {from}");
            }
            if labels.all.len() == MOST {
                bail!("line {line}: more than {MOST} labels; give a part of them at a time");
            }
            labels.all.push(Label {
                brand: cell(brand).to_owned(),
                from,
                until,
                name: name.map(cell).unwrap_or_default().to_owned(),
                line,
            });
        }
        if labels.brands.is_empty() {
            bail!("there is no label in it");
        }
        Ok(labels)
    }
}

/// The labels while a recording is played: which are found, and after how many mentions.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    labels: Labels,
    states: Vec<State>,
    /// Positions in `labels` by brand.
    of_brand: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    mentions: u64,
    /// The first alarm within it.
    alarm: Option<(String, EventTime)>,
}

impl Watched {
    pub(crate) fn new(labels: Labels) -> Self {
        let mut of_brand: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, label) in labels.all.iter().enumerate() {
            of_brand.entry(label.brand.clone()).or_default().push(index);
        }
        Self {
            states: vec![State::default(); labels.all.len()],
            labels,
            of_brand,
        }
    }

    /// A mention of `brand` posted at `at` comes by.
    pub(crate) fn count(&mut self, brand: &str, at: EventTime) {
        for &index in self.of_brand.get(brand).into_iter().flatten() {
            let state = &mut self.states[index];
            if state.alarm.is_none() && self.labels.all[index].holds(at) {
                state.mentions += 1;
            }
        }
    }

    /// Somebody is called for the first time because of this spike.
    pub(crate) fn alarm(&mut self, spike: &Spike) {
        for &index in self.of_brand.get(&spike.brand).into_iter().flatten() {
            let state = &mut self.states[index];
            if state.alarm.is_none() && self.labels.all[index].holds(spike.detected_at) {
                state.alarm = Some((spike.id.clone(), spike.detected_at));
            }
        }
    }

    /// The verdict on `alarms`, all spikes that called somebody; `span` is how far the
    /// recording goes.
    pub(crate) fn judge(&self, alarms: &[&Spike], span: Option<(EventTime, EventTime)>) -> Verdict {
        let mut verdict = Verdict::default();
        let mut good: Vec<&str> = Vec::new();
        for (label, state) in self.labels.all.iter().zip(&self.states) {
            let is_recorded =
                span.is_some_and(|(first, last)| label.from <= last && label.until >= first);
            match &state.alarm {
                Some((id, at)) => {
                    good.push(id);
                    verdict.found.push(Hit {
                        label: label.clone(),
                        alarm: id.clone(),
                        #[expect(clippy::cast_precision_loss, reason = "minutes for people")]
                        minutes: at.millis_since(label.from) as f64 / 60_000.0,
                        mentions: state.mentions,
                    });
                }
                None if is_recorded => verdict.missed.push(label.clone()),
                None => verdict.unrecorded.push(label.clone()),
            }
        }
        for spike in alarms {
            let mut of_brand = self.of_brand.get(&spike.brand).into_iter().flatten();
            let is_within = of_brand.any(|&index| self.labels.all[index].holds(spike.detected_at));
            if good.contains(&spike.id.as_str()) {
                verdict.good += 1;
            } else if is_within {
                verdict.extra += 1;
            } else if self.labels.says_nothing_happened(spike) {
                verdict.outside.push(spike.id.clone());
            } else {
                verdict.unjudged += 1;
            }
        }
        verdict
    }
}

/// A label that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Hit {
    #[serde(flatten)]
    pub(crate) label: Label,
    /// Id of the spike that found it.
    pub(crate) alarm: String,
    /// From the label's beginning to the alarm.
    pub(crate) minutes: f64,
    /// Mentions of the brand from the label's beginning up to the one that decided.
    pub(crate) mentions: u64,
}

/// How alarms and labels agree.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) found: Vec<Hit>,
    pub(crate) missed: Vec<Label>,
    /// Labels outside the time of the recording: neither found nor missed.
    pub(crate) unrecorded: Vec<Label>,
    /// Alarms that found a label.
    pub(crate) good: usize,
    /// Further alarms in a label that was found already: neither good nor false.
    pub(crate) extra: usize,
    /// Ids of alarms outside all labels of a brand that the labels name: false ones.
    pub(crate) outside: Vec<String>,
    /// Alarms of which the labels say nothing: in brands, or at times, that they don't name.
    pub(crate) unjudged: usize,
}

/// The middle and the slow end of the delays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Delays {
    pub(crate) median: f64,
    /// Nine in ten are at most this.
    pub(crate) p90: f64,
}

impl Verdict {
    /// Part of the recorded labels that were found.
    pub(crate) fn recall(&self) -> Option<Estimate> {
        part(self.found.len(), self.found.len() + self.missed.len())
    }

    /// Part of the alarms, extra ones left out, that found a label.
    pub(crate) fn precision(&self) -> Option<Estimate> {
        part(self.good, self.good + self.outside.len())
    }

    /// Minutes from the beginning of a found label to its alarm.
    pub(crate) fn minutes(&self) -> Option<Delays> {
        delays(self.found.iter().map(|hit| hit.minutes))
    }

    /// Mentions from the beginning of a found label to its alarm.
    #[allow(clippy::cast_precision_loss, reason = "mentions of one label")]
    pub(crate) fn mentions(&self) -> Option<Delays> {
        delays(self.found.iter().map(|hit| hit.mentions as f64))
    }
}

fn delays(values: impl Iterator<Item = f64>) -> Option<Delays> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let count = values.len();
    let (low, high) = (
        values.get(count.checked_sub(1)? / 2)?,
        values.get(count / 2)?,
    );
    // The nearest rank: the ninth of ten.
    let rank = (count * 9).div_ceil(10);
    Some(Delays {
        median: f64::midpoint(*low, *high),
        p90: *values.get(rank - 1)?,
    })
}

#[cfg(test)]
mod tests;
