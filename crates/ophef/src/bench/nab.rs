//! `ophef bench nab`: the volume scorer by the rule of a public benchmark.

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;
use detect::volume::ALARM_SCORE;
use yardstick::nab::{Judged, PROFILES, Series, left_out, optimum, score_at};

use super::volumes;

/// Mean counts of a row of the thinned copies, and their seeds: which mentions happen to
/// be kept changes the score by several points.
const THINNED: [f64; 4] = [0.4, 1.2, 4.0, 15.0];
const SEEDS: [u64; 3] = [1, 2, 3];
/// Sets of more series than this aren't told one by one.
const FEW: usize = 10;

/// Answers `ophef bench nab`.
///
/// # Errors
/// There is no folder, or it can't be read.
pub(super) fn run(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else {
        bail!("name the folder with the recorded volumes: --data FOLDER, or set OPHEF_DATA");
    };
    let series = volumes::read_labelled(folder)?;
    let mut out = io::stdout().lock();
    report(&mut out, "as they are", &series)?;
    let thinned = |seed: u64| {
        let copies = series
            .iter()
            .flat_map(move |one| one.thinned(&THINNED, seed));
        copies.collect::<Vec<_>>()
    };
    let all: Vec<Series> = SEEDS.into_iter().flat_map(thinned).collect();
    let title = "thinned to 0.4, 1.2, 4 and 15 mentions a row, three draws of each";
    report(&mut out, title, &all)?;
    let once = thinned(SEEDS[0]);
    let shortened = series.iter().chain(&once).flat_map(Series::shortened);
    let title = "as they are and thinned once, begun three days before each window";
    report(&mut out, title, &shortened.collect::<Vec<_>>())?;
    Ok(out.flush()?)
}

/// Prints, for all series together: the best threshold and its score, the score at
/// the built-in bar, and with each series judged at the threshold best for the others.
fn report(out: &mut impl Write, title: &str, series: &[Series]) -> io::Result<()> {
    let judged: Vec<Judged> = series
        .iter()
        .map(|one| Judged::new(&one.scores(), &one.windows))
        .collect();
    let all: Vec<&Judged> = judged.iter().collect();
    writeln!(out, "{title} ({} series)", series.len())?;
    for profile in PROFILES {
        let best = optimum(&all, profile);
        write!(
            out,
            "  {:8}  best {:5.1} at {:.4}, at the alarm score {:5.1}",
            profile.name,
            best.score,
            best.threshold,
            score_at(&all, profile, ALARM_SCORE),
        )?;
        // Many copies of a few series tell nothing about others.
        match series.len() <= FEW {
            true => writeln!(
                out,
                ", each at the best for the others {:5.1}",
                left_out(&all, profile)
            )?,
            false => writeln!(out)?,
        }
    }
    let sum = |[hit, wrong]: [usize; 2], one: &&Judged| {
        let (more_hit, more_wrong) = one.hits_and_false_alarms(ALARM_SCORE);
        [hit + more_hit, wrong + more_wrong]
    };
    let [hit, wrong] = all.iter().fold([0, 0], sum);
    let windows: usize = all.iter().map(|one| one.windows()).sum();
    writeln!(
        out,
        "  at {ALARM_SCORE}: {hit} of {windows} windows, {wrong} alarms outside"
    )?;
    if series.len() <= FEW {
        for (one, judged) in series.iter().zip(&judged) {
            let (hit, wrong) = judged.hits_and_false_alarms(ALARM_SCORE);
            let scores = PROFILES.map(|profile| score_at(&[judged], profile, ALARM_SCORE));
            writeln!(
                out,
                "    {:20} {hit} of {} windows, {wrong} outside: {:5.1} {:5.1} {:5.1}",
                one.name,
                judged.windows(),
                scores[0],
                scores[1],
                scores[2],
            )?;
        }
    }
    Ok(())
}
