//! What people made of past alarms, as labels: `--feedback`.

use std::path::Path;

use anyhow::{Context, bail};
use mention::{EventTime, Feedback, Verdict, parse_feedback};

use super::labels::{Label, Labels, MOST};

/// How long a spike lasts that nobody saw end: the detector closes none later.
const LONGEST_MS: i64 = EventTime::DAY_MS;

/// Reads what `ophef feedback export` prints: a JSON line for each response. An alarm that
/// was judged useful is a label, from its onset to its end. One that was judged not useful
/// is a time in which nothing happened. About all other times nobody has said anything.
///
/// # Errors
/// The file can't be read, a line isn't feedback, or none has a verdict; the error names
/// the line.
pub(super) fn read(path: &Path) -> anyhow::Result<Labels> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> anyhow::Result<Labels> {
    let mut labels = Labels {
        nothing: Some(Vec::new()),
        ..Labels::default()
    };
    let lines = text.lines().zip(1_u64..);
    for (text, line) in lines.filter(|(text, _)| !text.trim().is_empty()) {
        let feedback = parse_feedback(text.as_bytes());
        let feedback =
            feedback.map_err(|rejection| anyhow::anyhow!("line {line}: {}", rejection.detail))?;
        let Some(judged) = &feedback.judged else {
            continue;
        };
        labels.brands.entry(feedback.brand.clone()).or_insert(line);
        let label = label(&feedback, line);
        match judged.verdict {
            Verdict::Useful if labels.all.len() < MOST => labels.all.push(label),
            Verdict::Useful => bail!("line {line}: more than {MOST} useful alarms"),
            Verdict::NotUseful => labels.nothing.get_or_insert_default().push(label),
        }
    }
    if labels.brands.is_empty() {
        bail!("nobody has judged an alarm in it");
    }
    Ok(labels)
}

fn label(feedback: &Feedback, line: u64) -> Label {
    let end = feedback.closed_at;
    let until = end.unwrap_or_else(|| feedback.onset.plus_millis(LONGEST_MS));
    Label {
        brand: feedback.brand.clone(),
        // The moment of the alarm always lies in it, whatever the record says.
        from: feedback.onset.min(feedback.detected_at),
        until: until.max(feedback.detected_at),
        name: feedback.spike.clone(),
        line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::labels::Watched;
    use super::super::testing::spike;
    use super::*;

    fn line(brand: &str, detected_at: &str, verdict: Option<&str>) -> String {
        let mut feedback =
            serde_json::to_value(Feedback::none(&spike(brand, detected_at))).unwrap();
        if let Some(verdict) = verdict {
            feedback["judged"] =
                serde_json::json!({"verdict": verdict, "by": "Noor", "at": detected_at});
        }
        feedback.to_string() + "\n"
    }

    #[test]
    fn useful_alarms_are_labels_and_others_are_times_of_nothing() {
        let text = line("acme", "2026-03-02T09:00:00Z", Some("useful"))
            + "\n"
            + &line("acme", "2026-03-05T09:00:00Z", Some("not_useful"))
            + &line("acme", "2026-03-08T09:00:00Z", None);
        let labels = parse(&text).unwrap();
        let mut watched = Watched::new(labels);
        let alarms = [
            spike("acme", "2026-03-02T10:00:00Z"),
            spike("acme", "2026-03-05T10:00:00Z"),
            // Nobody has judged these.
            spike("acme", "2026-03-08T09:00:00Z"),
            spike("other", "2026-03-02T10:00:00Z"),
        ];
        alarms.iter().for_each(|alarm| watched.alarm(alarm));
        let span = ["2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z"];
        let [first, last] = span.map(|time| time.parse().unwrap());
        let alarms: Vec<_> = alarms.iter().collect();
        let verdict = watched.judge(&alarms, Some((first, last)));
        assert_eq!((verdict.found.len(), verdict.good), (1, 1));
        assert_eq!(verdict.outside, [alarms[1].id.clone()]);
        assert_eq!(verdict.unjudged, 2);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let unjudged = line("acme", "2026-03-02T09:00:00Z", None);
        for (text, message) in [
            ("", "nobody has judged"),
            (unjudged.as_str(), "nobody has judged"),
            ("\nnonsense\n", "line 2"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
