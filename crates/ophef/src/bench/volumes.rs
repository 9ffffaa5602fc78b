//! Recorded volumes: `Twitter_volume_*.csv`, and the labels beside them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mention::EventTime;
use serde_json::Value;
use yardstick::nab::Series;

/// Name of the labels, and the key of a series in them.
const LABELS: &str = "windows.json";
const KEY: &str = "realTweets/";

/// One recorded series: its name and its rows.
pub(super) type Rows = (String, Vec<(EventTime, f64)>);

/// Every `Twitter_volume_*.csv` in `folder`, in the order of their names.
///
/// # Errors
/// There is none, or one can't be read; the error names the file and the line.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Rows>> {
    let unreadable = || format!("can't read the folder {}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .with_context(unreadable)?;
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("Twitter_volume_") && name.ends_with(".csv")
    });
    files.sort();
    if files.is_empty() {
        bail!(
            "no Twitter_volume_*.csv in {}: give the folder that has them with --data",
            folder.display()
        );
    }
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(file: &Path) -> anyhow::Result<Rows> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text =
        fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    let rows = text.lines().enumerate().skip(1).map(|(number, line)| {
        let row = line.split_once(',').and_then(|(at, count)| {
            let count: f64 = count.trim().parse().ok()?;
            Some((wall_time(at.trim())?, count))
        });
        row.filter(|row| row.1.is_finite() && row.1 >= 0.0)
            .with_context(|| format!("{} line {}: not `time,count`", file.display(), number + 1))
    });
    Ok((name.into_owned(), rows.collect::<anyhow::Result<_>>()?))
}

/// The series with their labelled windows.
///
/// # Errors
/// As [`read`], or the labels can't be read, lack a series, or don't fit its rows.
pub(super) fn read_labelled(folder: &Path) -> anyhow::Result<Vec<Series>> {
    let file = folder.join(LABELS);
    let text = fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
    let labels: Value =
        serde_json::from_slice(&text).with_context(|| format!("{} isn't JSON", file.display()))?;
    let series = read(folder)?.into_iter().map(|(name, rows)| {
        let spans = labels[format!("{KEY}{name}.csv")].as_array();
        let windows = spans.and_then(|spans| {
            let row = |at: &Value| {
                let at = wall_time(at.as_str()?)?;
                rows.binary_search_by_key(&at, |row| row.0).ok()
            };
            let windows = spans
                .iter()
                .map(|span| Some((row(&span[0])?, row(&span[1])?)));
            windows.collect::<Option<Vec<_>>>()
        });
        let windows = windows.with_context(|| {
            format!(
                "{}: no windows for {name} that begin and end on its rows",
                file.display()
            )
        })?;
        Ok(Series {
            name,
            rows,
            windows,
        })
    });
    series.collect()
}

/// `2015-03-03 21:07:53` on the wall, read as if it were UTC; parts of seconds fall away.
fn wall_time(text: &str) -> Option<EventTime> {
    let whole = text.split('.').next()?;
    format!("{}Z", whole.replace(' ', "T")).parse().ok()
}
