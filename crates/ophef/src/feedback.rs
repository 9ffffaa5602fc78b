//! `ophef feedback export`: what people made of alarms, for `ophef backtest --feedback`.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::time::Duration;

use kafka::{admin, changelog};
use mention::{EventTime, Feedback, Spike, Topic, parse_feedback};

use crate::run;

/// How long Kafka may take to answer at first.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes the responses that stand to standard output, one JSON line each, by the time of
/// the alarm. Those to spikes that were open then get the end that these have now.
///
/// # Errors
/// Kafka can't be reached, a topic isn't there, or the output can't be written.
pub(crate) fn export(settings: &settings::Settings) -> anyhow::Result<()> {
    let connection = run::connection(settings);
    let names = [Topic::Feedback, Topic::Spikes].map(|topic| connection.topic(topic));
    let counts = admin::partitions(&connection, &names, PATIENCE)?;
    let all = |at: usize| -> Vec<i32> { (0..counts[at]).collect() };
    let mut standing = Standing::default();
    changelog::read(&connection, Topic::Feedback, &all(0), |_, key, value| {
        standing.take(key, value.unwrap_or_default());
    })?;
    let mut ends: HashMap<String, Option<EventTime>> = HashMap::new();
    changelog::read(&connection, Topic::Spikes, &all(1), |_, _, value| {
        let spike = serde_json::from_slice::<Spike>(value.unwrap_or_default());
        if let Ok(spike) = spike
            && standing.by_spike.contains_key(&spike.id)
        {
            ends.insert(spike.id, spike.closed_at);
        }
    })?;
    let lines = standing.lines(&ends);
    let mut out = io::stdout().lock();
    for feedback in &lines {
        serde_json::to_writer(&mut out, feedback)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    let judged = lines.iter().filter(|feedback| feedback.judged.is_some());
    let note = format!(
        "{} responses, {} with a verdict",
        lines.len(),
        judged.count()
    );
    match standing.refused {
        0 => writeln!(io::stderr(), "ophef: {note}")?,
        refused => writeln!(
            io::stderr(),
            "ophef: {note}; {refused} records aren't feedback and are left out"
        )?,
    }
    Ok(())
}

/// The last response to each spike.
#[derive(Debug, Default)]
struct Standing {
    by_spike: BTreeMap<String, Feedback>,
    refused: usize,
}

impl Standing {
    fn take(&mut self, key: &[u8], value: &[u8]) {
        let spike = String::from_utf8_lossy(key).into_owned();
        if value.is_empty() {
            self.by_spike.remove(&spike);
            return;
        }
        match parse_feedback(value) {
            Ok(feedback) if feedback.spike == spike => {
                self.by_spike.insert(spike, feedback);
            }
            _ => self.refused += 1,
        }
    }

    fn lines(&self, ends: &HashMap<String, Option<EventTime>>) -> Vec<Feedback> {
        let responses = self.by_spike.values().cloned();
        let ended = responses.map(|feedback| {
            let end = ends.get(&feedback.spike).copied().flatten();
            Feedback {
                closed_at: end.or(feedback.closed_at),
                ..feedback
            }
        });
        let mut lines: Vec<Feedback> = ended.collect();
        lines.sort_by(|a, b| (a.detected_at, &a.spike).cmp(&(b.detected_at, &b.spike)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(spike: &str, detected_at: &str) -> String {
        format!(
            r#"{{"spike":"{spike}","brand":"acme","platform":"all","pages":true,"onset":"2026-03-02T09:00:00Z","detected_at":"{detected_at}"}}"#
        )
    }

    #[test]
    fn the_last_response_stands_with_the_spikes_own_end() {
        let mut standing = Standing::default();
        for (spike, value) in [
            ("b", record("b", "2026-03-02T09:30:00Z")),
            ("a", record("a", "2026-03-02T09:40:00Z")),
            ("c", record("c", "2026-03-02T09:10:00Z")),
            ("c", String::new()),
            ("d", record("e", "2026-03-02T09:10:00Z")),
            ("f", "nonsense".to_owned()),
        ] {
            standing.take(spike.as_bytes(), value.as_bytes());
        }
        let end: EventTime = "2026-03-02T11:00:00Z".parse().unwrap();
        let ends = HashMap::from([("a".to_owned(), Some(end)), ("b".to_owned(), None)]);
        let lines = standing.lines(&ends);
        let found: Vec<_> = lines
            .iter()
            .map(|f| (f.spike.as_str(), f.closed_at))
            .collect();
        assert_eq!(found, [("b", None), ("a", Some(end))]);
        assert_eq!(standing.refused, 2);
    }
}
