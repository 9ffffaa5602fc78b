//! Measures the volume scorer on the public series of the Numenta Anomaly
//! Benchmark (realTweets), on thinned and shortened copies of them, and on synthetic brands.
//!
//! ```text
//! cargo run --release -p detect --example nab -- DATA_FOLDER
//! ```
//!
//! DATA_FOLDER (or the variable OPHEF_DATA) holds `spikes/nab/windows.json`
//! and `spikes/nab/Twitter_volume_*.csv`. The scores are written as
//! `timestamp,score` to a folder that is printed, for other scoring tools.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program for developers, not part of the product"
)]

mod rule;
mod synthetic;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use detect::volume::{ALARM_SCORE, VolumeScorer};
use mention::EventTime;

use rule::{Judged, PROFILES, optimum, score_at};
use synthetic::{Brand, ROWS_A_DAY, Random, counts};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// One labelled series of counts.
#[derive(Debug, Clone)]
struct Series {
    name: String,
    rows: Vec<(EventTime, f64)>,
    windows: Vec<(usize, usize)>,
}

fn main() -> Fallible<()> {
    let data = match std::env::args().nth(1) {
        Some(folder) => folder,
        None => {
            std::env::var("OPHEF_DATA").map_err(|_| "give the data folder, or set OPHEF_DATA")?
        }
    };
    let series = load(&Path::new(&data).join("spikes/nab"))?;
    write_scores(&series)?;
    report("as they are", &series);
    let thinned = thinned(&series);
    report("thinned to 0.4, 1.2, 4 and 15 mentions a row", &thinned);
    let shortened: Vec<Series> = series.iter().chain(&thinned).flat_map(shortened).collect();
    report("both, begun three days before each window", &shortened);
    for (threads, weekend) in [(0.0, 1.0), (6.0, 1.0), (6.0, 0.3)] {
        report_synthetic(threads, weekend);
    }
    Ok(())
}

/// Every `Twitter_volume_*.csv` in `folder`, in the order of their names.
fn load(folder: &Path) -> Fallible<Vec<Series>> {
    let labels = folder.join("windows.json");
    let text = fs::read_to_string(&labels).map_err(|e| format!("{}: {e}", labels.display()))?;
    let labels: serde_json::Value = serde_json::from_str(&text)?;
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Fallible<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    files.iter().map(|file| load_one(file, &labels)).collect()
}

fn load_one(file: &Path, labels: &serde_json::Value) -> Fallible<Series> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut rows = Vec::new();
    for line in fs::read_to_string(file)?.lines().skip(1) {
        let (at, count) = line.split_once(',').ok_or("a row without a comma")?;
        rows.push((wall_time(at)?, count.parse()?));
    }
    let row_of = |at: &serde_json::Value| -> Fallible<usize> {
        let at = wall_time(at.as_str().ok_or("a window's end isn't a text")?)?;
        Ok(rows
            .binary_search_by_key(&at, |row| row.0)
            .map_err(|_| "a window's end isn't a row")?)
    };
    let spans = labels[format!("realTweets/{name}")]
        .as_array()
        .ok_or("no windows")?;
    let windows = spans
        .iter()
        .map(|span| Ok((row_of(&span[0])?, row_of(&span[1])?)));
    let windows = windows.collect::<Fallible<_>>()?;
    Ok(Series {
        name,
        rows,
        windows,
    })
}

/// `2015-03-03 21:07:53` on the wall, written as if it were UTC.
fn wall_time(text: &str) -> Fallible<EventTime> {
    Ok(format!("{}Z", text.replace(' ', "T")).parse()?)
}

fn scores(rows: &[(EventTime, f64)]) -> Vec<f64> {
    let mut scorer = VolumeScorer::new();
    rows.iter()
        .map(|&(at, count)| scorer.score(at, count))
        .collect()
}

fn write_scores(series: &[Series]) -> Fallible<()> {
    let folder = std::env::temp_dir().join("ophef-nab");
    fs::create_dir_all(&folder)?;
    for one in series {
        let mut text = String::from("timestamp,score\n");
        for ((at, _), score) in one.rows.iter().zip(scores(&one.rows)) {
            let at = at.to_string().replace('T', " ");
            writeln!(text, "{},{score}", at.trim_end_matches('Z'))?;
        }
        fs::write(folder.join(&one.name), text)?;
    }
    println!("scores written to {}", folder.display());
    Ok(())
}

/// Copies with fewer mentions, each kept at random: quieter brands with the same labels.
fn thinned(series: &[Series]) -> Vec<Series> {
    let mut random = Random::new(7);
    let mut copies = Vec::new();
    for one in series {
        let mean = one.rows.iter().map(|row| row.1).sum::<f64>() / one.rows.len() as f64;
        for wanted in [0.4, 1.2, 4.0, 15.0]
            .into_iter()
            .filter(|wanted| mean > 2.0 * wanted)
        {
            let mut copy = one.clone();
            copy.name = format!("{} at {wanted}", one.name);
            for row in &mut copy.rows {
                row.1 = random.thin(row.1, wanted / mean);
            }
            copies.push(copy);
        }
    }
    copies
}

/// Copies that begin three days before a window: little history before a labelled spike.
fn shortened(one: &Series) -> Vec<Series> {
    let starts = one
        .windows
        .iter()
        .filter_map(|window| window.0.checked_sub(3 * ROWS_A_DAY));
    let cut = |start: usize| Series {
        name: format!("{} from row {start}", one.name),
        rows: one.rows[start..].to_vec(),
        windows: one
            .windows
            .iter()
            .filter(|w| w.0 > start)
            .map(|w| (w.0 - start, w.1 - start))
            .collect(),
    };
    starts.map(cut).collect()
}

/// Prints, for all series together: the best threshold and its score, the score at
/// the built-in bar, and with each series judged at the threshold best for the others.
fn report(title: &str, series: &[Series]) {
    let judged: Vec<Judged> = series
        .iter()
        .map(|one| Judged::new(&scores(&one.rows), &one.windows))
        .collect();
    let all: Vec<&Judged> = judged.iter().collect();
    println!("\n{title} ({} series)", series.len());
    for profile in PROFILES {
        let best = optimum(&all, profile);
        let built_in = score_at(&all, profile, ALARM_SCORE);
        println!(
            "  {:8} best {:5.1} at {:.4}, at the alarm score {built_in:5.1}, \
             each at the best for the others {:5.1}",
            profile.name,
            best.score,
            best.threshold,
            left_out(&all, profile),
        );
    }
    let (hit, wrong) = all
        .iter()
        .map(|one| one.hits_and_false_alarms(ALARM_SCORE))
        .fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    let windows: usize = all.iter().map(|one| one.windows()).sum();
    println!("  at {ALARM_SCORE}: {hit} of {windows} windows, {wrong} alarms outside");
    if series.len() <= 10 {
        for (one, judged) in series.iter().zip(&judged) {
            let (hit, wrong) = judged.hits_and_false_alarms(ALARM_SCORE);
            println!(
                "    {:28} {hit} of {} windows, {wrong} outside",
                one.name,
                judged.windows()
            );
        }
    }
}

/// Each series at the threshold that is best for the other ones, weighted by windows.
fn left_out(all: &[&Judged], profile: rule::Profile) -> f64 {
    let mut sum = 0.0;
    for (index, one) in all.iter().enumerate() {
        let mut others = all.to_vec();
        others.remove(index);
        let threshold = optimum(&others, profile).threshold;
        sum += score_at(&[one], profile, threshold) * one.windows() as f64;
    }
    sum / all.iter().map(|one| one.windows() as f64).sum::<f64>()
}

/// Prints bursts found and other alarms a week, for synthetic brands of many sizes
/// with `threads` naturally growing threads a day and `weekend` of the rate at weekends.
fn report_synthetic(threads: f64, weekend: f64) {
    println!(
        "\nsynthetic brands, {threads} threads a day, weekends at {weekend}, \
         5 brands of 20 weeks a line"
    );
    for mean in [0.1, 1.0, 10.0, 100.0] {
        let brand = Brand {
            mean,
            swing: 0.7,
            weekend,
            dispersion: 0.15,
            threads,
        };
        for size in [3.0, 10.0, 30.0] {
            let (found, bursts, wrong) = (0..5)
                .map(|seed| one_synthetic(brand, size, seed))
                .fold((0, 0, 0), |sum, next| {
                    (sum.0 + next.0, sum.1 + next.1, sum.2 + next.2)
                });
            println!(
                "  mean {mean:5}, bursts of {size:4} x (mean + 5) a row: {found:2} of {bursts} \
                 within the hour, {:.2} other alarms a week",
                wrong as f64 / 100.0,
            );
        }
    }
}

/// Twenty weeks of one synthetic brand: bursts found, bursts, alarms elsewhere.
fn one_synthetic(brand: Brand, size: f64, seed: u64) -> (usize, usize, usize) {
    let starts: Vec<usize> = (1..14).map(|n| n * (10 * ROWS_A_DAY + 37)).collect();
    let counts = counts(
        brand,
        140 * ROWS_A_DAY,
        &starts,
        size,
        &mut Random::new(seed),
    );
    let mut scorer = VolumeScorer::new();
    let scored = counts
        .iter()
        .zip(0_i64..)
        .map(|(count, row)| scorer.score(EventTime::from_minute(5 * row), *count));
    let alarms: Vec<usize> = scored
        .enumerate()
        .filter(|row| row.1 >= ALARM_SCORE)
        .map(|row| row.0)
        .collect();
    let found = starts.iter().filter(|start| {
        alarms
            .iter()
            .any(|row| (**start..**start + 12).contains(row))
    });
    let belongs = |row: usize| {
        starts
            .iter()
            .any(|start| (*start..start + 72).contains(&row))
    };
    let wrong = alarms.iter().filter(|row| !belongs(**row));
    (found.count(), starts.len(), wrong.count())
}
