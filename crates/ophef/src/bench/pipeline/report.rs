//! The results as a table for people and as JSON for machines.

use std::io::{self, Write};

use serde::Serialize;

use super::latency::{Latency, Percentiles};
use super::stage::Took;

/// What was measured, and on what.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Plan {
    /// Version of this program.
    pub(super) version: &'static str,
    /// Mentions a stage was run over.
    pub(super) mentions: u64,
    /// Their mean length in bytes.
    pub(super) mention_bytes: f64,
    /// Partitions of each topic.
    pub(super) partitions: u16,
    /// How often each stage was run.
    pub(super) rounds: u16,
}

/// What all rounds gave.
#[derive(Debug)]
pub(super) struct Results {
    plan: Plan,
    /// Stages and peers by name, in the order they were first measured.
    stages: Vec<(String, Vec<Run>)>,
    latencies: Vec<Latency>,
}

/// One stage in one round.
#[derive(Debug, Clone, Copy)]
struct Run {
    rate: f64,
    cpu_per_million: f64,
    peak_mebibytes: f64,
}

/// A figure over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        let last = values.len().saturating_sub(1);
        Self {
            // With an even number, the higher of the two in the middle: one that was measured.
            median: at(values.len() / 2),
            least: at(0),
            most: at(last),
        }
    }

    /// `median (least–most)` with so many decimals, thousands set apart.
    fn show(self, decimals: usize) -> String {
        let [median, least, most] =
            [self.median, self.least, self.most].map(|value| grouped(value, decimals));
        format!("{median} ({least}–{most})")
    }
}

fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

impl Results {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            stages: Vec::new(),
            latencies: Vec::new(),
        }
    }

    /// So many bytes were written in so many mentions.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn filled(&mut self, bytes: u64, mentions: u64) {
        self.plan.mention_bytes = bytes as f64 / mentions as f64;
    }

    /// A round of a stage or peer; of a chain, the parts that ran at the same time.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn add(&mut self, name: &str, took: &[Took]) {
        let records = took
            .iter()
            .map(|took| took.records)
            .min()
            .unwrap_or_default() as f64;
        let began = took
            .iter()
            .map(|took| took.began_ms)
            .min()
            .unwrap_or_default();
        let ended = took
            .iter()
            .map(|took| took.ended_ms)
            .max()
            .unwrap_or_default();
        let seconds = match took {
            [one] => one.seconds,
            _ => (ended - began) as f64 / 1_000.0,
        };
        let per_million = |took: &Took| took.cpu_seconds / took.records as f64 * 1e6;
        let run = Run {
            rate: records / seconds,
            cpu_per_million: took.iter().map(per_million).sum(),
            peak_mebibytes: took.iter().map(|took| took.peak_mebibytes).sum(),
        };
        match self.stages.iter_mut().find(|(known, _)| known == name) {
            Some((_, runs)) => runs.push(run),
            None => self.stages.push((name.to_owned(), vec![run])),
        }
    }

    pub(super) fn add_latency(&mut self, latency: Latency) {
        self.latencies.push(latency);
    }

    /// Prints everything.
    ///
    /// # Errors
    /// Standard output can't be written to.
    pub(super) fn print(&self, is_json: bool) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if is_json {
            serde_json::to_writer_pretty(&mut out, &self.json())?;
            writeln!(out)?;
        } else {
            out.write_all(self.table().as_bytes())?;
        }
        Ok(out.flush()?)
    }

    /// Rate, processor time and memory over the rounds.
    fn figures(runs: &[Run]) -> [Spread; 3] {
        let of = |figure: fn(&Run) -> f64| Spread::of(runs.iter().map(figure));
        [
            of(|run| run.rate),
            of(|run| run.cpu_per_million),
            of(|run| run.peak_mebibytes),
        ]
    }

    /// Percentiles over all rounds: each figure the median of the rounds.
    fn percentiles(&self, of: fn(&Latency) -> Percentiles) -> [Spread; 3] {
        let figures: [fn(Percentiles) -> u32; 3] = [|p| p.p50_ms, |p| p.p99_ms, |p| p.max_ms];
        figures.map(|figure| {
            let each = self.latencies.iter();
            Spread::of(each.map(|latency| f64::from(figure(of(latency)))))
        })
    }

    fn json(&self) -> serde_json::Value {
        let mut stages = serde_json::Map::new();
        for (name, runs) in &self.stages {
            let [rate, cpu, memory] = Self::figures(runs);
            let figures = serde_json::json!({
                "records_per_second": rate,
                "cpu_seconds_per_million": cpu,
                "peak_mebibytes": memory,
            });
            stages.insert(name.clone(), figures);
        }
        let spread = |of| {
            let [p50, p99, max] = self.percentiles(of);
            serde_json::json!({"p50_ms": p50, "p99_ms": p99, "max_ms": max})
        };
        let latency = (!self.latencies.is_empty()).then(|| {
            serde_json::json!({
                "mention_to_scored": spread(|latency| latency.scored),
                "deciding_mention_to_spike": spread(|latency| latency.spikes),
                "rounds": self.latencies,
            })
        });
        serde_json::json!({"plan": self.plan, "stages": stages, "latency": latency})
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn table(&self) -> String {
        let plan = &self.plan;
        let mut lines = vec![format!(
            "{} mentions of {:.0} bytes, {} partitions; medians of {} rounds (least–most)",
            grouped(plan.mentions as f64, 0),
            plan.mention_bytes,
            plan.partitions,
            plan.rounds
        )];
        let row = |name: &str, cells: [String; 3]| {
            let [a, b, c] = cells;
            format!("{name:<24}{a:>30}{b:>24}{c:>18}")
        };
        let heads = ["records a second", "CPU s per million", "peak MiB"];
        lines.extend([String::new(), row("stage", heads.map(str::to_owned))]);
        for (stage, runs) in &self.stages {
            let [rate, cpu, memory] = Self::figures(runs);
            let label = match stage.as_str() {
                // Both services run there, and the rate is the writer's.
                "chain" => "chain: score and watch",
                "latency" => "the same at a fixed rate",
                other => other,
            };
            lines.push(row(label, [rate.show(0), cpu.show(2), memory.show(0)]));
        }
        if let Some(first) = self.latencies.first() {
            let heads = ["p50 ms", "p99 ms", "longest ms"].map(str::to_owned);
            let rate = format!("at {} a second", grouped(first.rate, 0));
            lines.extend([String::new(), row(&rate, heads)]);
            let scored = self.percentiles(|latency| latency.scored);
            lines.push(row("written → score", scored.map(|figure| figure.show(0))));
            let spikes = self.percentiles(|latency| latency.spikes);
            lines.push(row("decided → spike", spikes.map(|figure| figure.show(0))));
        }
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_rounds() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[3.0]).show(1), "3.0 (3.0–3.0)");
        assert_eq!(spread(&[3.0, 1.0, 2.0]).show(0), "2 (1–3)");
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]).show(0), "3 (1–4)");
        assert_eq!(grouped(1_234_567.25, 1), "1,234,567.2");
        assert_eq!(grouped(999.6, 0), "1,000");
    }
}
