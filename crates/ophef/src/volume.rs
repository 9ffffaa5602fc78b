//! `ophef backtest --volume`: a count series in, an anomaly score for each row out.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use detect::volume::VolumeScorer;
use mention::EventTime;

/// Scores the series `timestamp,value` in `input` row by row to `output`.
///
/// # Errors
/// A file can't be read or written, the output would replace the input, or a row
/// isn't a time and a number; the error names the file and the line. Nothing is
/// written unless every row could be scored.
pub(crate) fn run(input: &Path, output: &Path) -> anyhow::Result<()> {
    if is_same_file(input, output) {
        bail!(
            "--scores {} would overwrite the series: name another file",
            output.display()
        );
    }
    let builder = csv::ReaderBuilder::new().from_path(input);
    let mut reader = builder.with_context(|| format!("can't read {}", input.display()))?;
    let headers = reader
        .headers()
        .with_context(|| format!("can't read {}", input.display()))?;
    let column = |name: &str| headers.iter().position(|header| header.trim() == name);
    let (Some(time), Some(value)) = (column("timestamp"), column("value")) else {
        bail!(
            "{}: the first line must name the columns `timestamp,value`",
            input.display()
        );
    };
    let mut scores = Vec::new();
    let mut scorer = VolumeScorer::new();
    writeln!(scores, "timestamp,score")?;
    for (index, row) in reader.records().enumerate() {
        let line = || format!("{} line {}", input.display(), index + 2);
        let row = row.with_context(line)?;
        let (time, value) = (
            row.get(time).unwrap_or_default(),
            row.get(value).unwrap_or_default(),
        );
        let Some(at) = parse_time(time.trim()) else {
            bail!(
                "{}: {time:?} isn't a time such as 2015-02-26 21:42:53",
                line()
            );
        };
        let Ok(count) = value.trim().parse::<f64>() else {
            bail!("{}: {value:?} isn't a number", line());
        };
        writeln!(scores, "{time},{:.6}", scorer.score(at, count))?;
    }
    std::fs::write(output, scores).with_context(|| format!("can't write {}", output.display()))
}

/// Whether both paths lead to one file; an output that isn't there yet is another.
fn is_same_file(input: &Path, output: &Path) -> bool {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    }
}

/// A time with an offset, or without one and then taken as UTC.
fn parse_time(text: &str) -> Option<EventTime> {
    let utc = || format!("{}Z", text.replacen(' ', "T", 1)).parse().ok();
    text.parse().ok().or_else(utc)
}
