//! `ophef backtest --volume`: a count series in, an anomaly score for each row out.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use detect::volume::VolumeScorer;
use mention::EventTime;

/// How far a row may go back in time: clocks do so by an hour in autumn. Further back
/// means that the rows aren't in the order of time.
const BACK_MS: i64 = EventTime::HOUR_MS;

/// Rows that aren't later than the one above.
#[derive(Debug, Default)]
struct Repeated {
    rows: usize,
    /// Line of the first.
    first: u64,
}

/// Scores the series `timestamp,value` in `input` row by row to `output`, as
/// `timestamp,score`.
///
/// # Errors
/// A file can't be read or written, the output would replace the input, a row
/// isn't a time and a count, or the rows aren't in the order of time; the error names
/// the file and the line. Nothing is written unless every row could be scored.
pub(crate) fn run(input: &Path, output: &Path) -> anyhow::Result<()> {
    if is_same_file(input, output) {
        bail!(
            "--scores {} would overwrite the series: name another file",
            output.display()
        );
    }
    let text = std::fs::read(input).with_context(|| format!("can't read {}", input.display()))?;
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let (scores, repeated) = score(text).with_context(|| input.display().to_string())?;
    std::fs::write(output, scores).with_context(|| format!("can't write {}", output.display()))?;
    if repeated.rows > 0 {
        tracing::warn!(
            rows = repeated.rows,
            first_line = repeated.first,
            "rows aren't later than the one above; they are scored in the order of the file"
        );
    }
    Ok(())
}

/// The scores of the table, and the rows that repeat a time.
fn score(text: &[u8]) -> anyhow::Result<(Vec<u8>, Repeated)> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text);
    let headers = reader.headers().context("the first line")?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (Some(time), Some(value)) = (column("timestamp"), column("value")) else {
        bail!("the first line must name the columns `timestamp,value`");
    };
    let mut scores = Vec::new();
    let mut scorer = VolumeScorer::new();
    let mut repeated = Repeated::default();
    let mut previous: Option<EventTime> = None;
    writeln!(scores, "timestamp,score")?;
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let Some(at) = parse_time(cell(time)) else {
            bail!(
                "line {line}: {:?} isn't a time such as 2015-02-26 21:42:53",
                cell(time)
            );
        };
        let Some(count) = parse_count(cell(value)) else {
            bail!(
                "line {line}: {:?} isn't a count, 0 or more; leave the row out where nothing is known",
                cell(value)
            );
        };
        let ahead_ms = previous.map_or(1, |previous| at.millis_since(previous));
        if ahead_ms < -BACK_MS {
            bail!(
                "line {line}: {} is before the row above; sort the rows by time",
                cell(time)
            );
        }
        if ahead_ms <= 0 {
            repeated.rows += 1;
            if repeated.rows == 1 {
                repeated.first = line;
            }
        }
        previous = Some(at);
        writeln!(scores, "{},{:.6}", cell(time), scorer.score(at, count))?;
    }
    if previous.is_none() {
        bail!("there is no row below the first line");
    }
    Ok((scores, repeated))
}

/// Whether both paths lead to one file; an output that isn't there yet is another.
pub(crate) fn is_same_file(input: &Path, output: &Path) -> bool {
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

/// A number that mentions can be counted by; means of several rows have fractions.
fn parse_count(text: &str) -> Option<f64> {
    let count = text.parse::<f64>().ok();
    count.filter(|count| count.is_finite() && *count >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(rows: &str) -> Result<(String, Repeated), String> {
        let text = format!("timestamp,value\n{rows}");
        match score(text.as_bytes()) {
            Ok((scores, repeated)) => Ok((String::from_utf8(scores).unwrap(), repeated)),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    #[test]
    fn each_row_has_a_score_from_0_to_1() {
        // A gap of a week, and the hour of autumn that comes twice.
        let rows = "2015-02-26 21:42:53, 104\n2015-02-26 21:47:53,1e9\n\
            2015-03-05T00:00:00+01:00,0.5\n2015-03-04T22:10:00Z,3\n2015-03-04T22:10:00Z,3\n";
        let (scores, repeated) = scores(rows).unwrap();
        let scores: Vec<_> = scores.lines().collect();
        assert_eq!((scores.len(), scores[0]), (6, "timestamp,score"));
        assert!(scores[3].starts_with("2015-03-05T00:00:00+01:00,"));
        for row in &scores[1..] {
            let score: f64 = row.split_once(',').unwrap().1.parse().unwrap();
            assert!((0.0..=1.0).contains(&score), "{row}");
        }
        assert_eq!((repeated.rows, repeated.first), (2, 5));
    }

    #[test]
    fn what_is_no_series_is_named_with_its_line() {
        for (rows, part) in [
            ("2015-02-26 21:42:53,NaN\n", "line 2: \"NaN\" isn't a count"),
            ("2015-02-26 21:42:53,-1\n", "line 2: \"-1\" isn't a count"),
            ("2015-02-26 21:42:53,inf\n", "line 2: \"inf\" isn't a count"),
            ("2015-02-26 21:42:53,\n", "line 2: \"\" isn't a count"),
            (
                "2015-02-26 21:42:53,1\n2015-02-26 20:42:52,1\n",
                "line 3: 2015-02-26 20:42:52 is before",
            ),
            (
                "2015-02-26 21:42:53,1\nnever,1\n",
                "line 3: \"never\" isn't a time",
            ),
            ("2015-02-26 21:42:53\n", "2 fields"),
            ("", "no row"),
        ] {
            let error = scores(rows).unwrap_err();
            assert!(error.contains(part), "{part} in {error}");
        }
        let error = score(b"time,value\n").unwrap_err().to_string();
        assert!(error.contains("`timestamp,value`"), "{error}");
    }
}
