//! Trains the sentiment model of Ophef, and measures it.
//!
//! `cargo run --release -p train -- --data ../shared/data --out crates/sentiment/model/ophef-linear.bin`
//! writes the model that is committed, byte for byte: orders are fixed, no clock
//! and no hash map's order is used. What the teacher says of each text is committed
//! as `crates/train/targets.bin`, so the teacher isn't needed.

mod build;
mod calibrate;
mod card;
mod choices;
mod conv;
mod corpus;
mod corrections;
mod data;
mod evaluate;
mod labels;
mod learn;
mod lexicons;
mod material;
mod measure;
mod output;
mod pictures;
mod report;
mod search;
mod teach;
mod teacher;
mod topics;
mod words;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::corpus::Targets;
use crate::material::Material;
use crate::teach::Lectures;

/// What the teacher says of each text, by the hash of the text.
const TARGETS: &[u8] = include_bytes!("../targets.bin");

/// Trains the sentiment model, or measures how well it learns.
#[derive(Debug, Parser)]
struct Options {
    /// Folder with `sentiment/` and `lexicons/`.
    #[arg(long)]
    data: PathBuf,
    /// Where to write the model.
    #[arg(long)]
    out: Option<PathBuf>,
    /// People's corrections to learn from as well, as `ophef classify --corrections`
    /// takes them. They are posts: keep them with the data, never in the project.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// Measure on texts that are left out of training, and print the tables of the
    /// model card.
    #[arg(long)]
    evaluate: bool,
    /// Model card whose tables are replaced; needs --evaluate.
    #[arg(long, requires = "evaluate")]
    card: Option<PathBuf>,
    /// Folder for the card's pictures; needs --evaluate.
    #[arg(long, requires = "evaluate")]
    pictures: Option<PathBuf>,
    /// A source to leave out altogether, by its name in the tables; may be repeated.
    /// Committed targets still know it; with --teacher nothing of a Dutch source is
    /// left but the frequency of its words.
    #[arg(long, value_name = "SOURCE")]
    without: Vec<String>,
    /// Try the settings, and that many random others, on texts that are left out.
    #[arg(long, value_name = "TRIALS")]
    search: Option<u32>,
    /// A setting of learning other than the built-in one; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Folder of what the teacher made, to teach anew instead of using the committed
    /// targets; see crates/train/teacher.
    #[arg(long)]
    teacher: Option<PathBuf>,
    /// Where to write what the teacher says; needs --teacher.
    #[arg(long, requires = "teacher")]
    write_targets: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "the one place that reports a failure")]
fn complain(error: &anyhow::Error) {
    eprintln!("train: {error:#}");
}

fn run(options: &Options) -> Result<()> {
    let writes = options.out.is_some() || options.write_targets.is_some();
    if !writes && !options.evaluate && options.search.is_none() {
        bail!(
            "nothing to do; give --out FILE, --evaluate, --search TRIALS or --write-targets FILE"
        );
    }
    let committed = teach::from_bytes(TARGETS, Path::new("crates/train/targets.bin"))?;
    let lectures = options.teacher.as_deref().map(Lectures::read).transpose()?;
    let known = lectures.as_ref().map_or(&committed, Lectures::told);
    let mut material = Material::read(&options.data, known, &options.without)?;
    for setting in &options.set {
        material.choices.set(setting)?;
    }
    let corrections = match &options.corrections {
        Some(path) => corrections::read(path)?,
        None => Vec::new(),
    };
    material.correct(&corrections);
    let targets = match &lectures {
        Some(lectures) => rounded(&lectures.of_all(&material.corpora[0])),
        None => committed,
    };
    if let Some(trials) = options.search {
        search::search(&mut material, &targets, trials, &mut std::io::stdout())?;
    }
    if let Some(path) = &options.write_targets {
        output::write(path, &teach::to_bytes(&targets))?;
    }
    if let Some(path) = &options.out {
        let model = build::model(&material, &targets);
        output::write(path, &model.to_bytes())?;
        if !corrections.is_empty() {
            let report = corrections::report(&model, &corrections)?;
            writeln!(std::io::stdout(), "{report}")?;
        }
    }
    if options.evaluate {
        measure(options, &material, lectures.as_ref(), &targets)?;
    }
    Ok(())
}

fn measure(
    options: &Options,
    material: &Material,
    lectures: Option<&Lectures>,
    targets: &Targets,
) -> Result<()> {
    let findings = evaluate::find(material, lectures, targets)?;
    let tables = report::tables(&findings)?;
    if let Some(folder) = &options.pictures {
        let outcomes = report::languages_of(&findings);
        let reliability = pictures::reliability(&outcomes);
        output::write(&folder.join("reliability.svg"), reliability.as_bytes())?;
        let coverage = pictures::coverage(&outcomes);
        output::write(&folder.join("coverage.svg"), coverage.as_bytes())?;
    }
    match &options.card {
        Some(path) => card::replace(path, &tables),
        None => std::io::stdout()
            .write_all(tables.as_bytes())
            .context("can't print"),
    }
}

/// Targets as they are read from the targets file, so that the teacher's folder and
/// the committed file give the same model. Rounding is repeated, since what is read
/// adds up to one again and may be rounded otherwise when it is written.
fn rounded(targets: &Targets) -> Targets {
    let read = |bytes: &[u8]| teach::from_bytes(bytes, Path::new("the targets"));
    let once = read(&teach::to_bytes(targets)).unwrap_or_default();
    read(&teach::to_bytes(&once)).unwrap_or_default()
}
