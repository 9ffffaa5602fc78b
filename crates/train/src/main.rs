//! Trains the sentiment model of Ophef, and measures it.
//!
//! `cargo run --release -p train -- --data ../shared/data --out crates/sentiment/model/ophef-linear.bin`
//! writes the model that is committed, byte for byte: orders are fixed, no clock
//! and no hash map's order is used. What the teacher says of each text is committed
//! as `crates/train/targets.bin`, so the teacher isn't needed.

mod build;
mod calibrate;
mod conv;
mod corpus;
mod data;
mod evaluate;
mod learn;
mod lexicons;
mod measure;
mod output;
mod search;
mod teach;
mod teacher;
mod topics;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::build::Material;
use crate::teacher::Embeddings;

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
    /// Print the tables of the model card.
    #[arg(long)]
    evaluate: bool,
    #[arg(long)]
    search: Option<String>,
    #[arg(long, num_args = 0.., value_delimiter = ',')]
    set: Vec<f32>,
    /// Sentence embeddings, to teach anew instead of using the committed targets:
    /// records of a text's hash and 384 numbers.
    #[arg(long)]
    embeddings: Option<PathBuf>,
    /// Where to write what the teacher says; needs --embeddings.
    #[arg(long, requires = "embeddings")]
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
    if options.search.is_none()
        && options.out.is_none()
        && !options.evaluate
        && options.write_targets.is_none()
    {
        bail!("nothing to do; give --out FILE, --evaluate or --write-targets FILE");
    }
    let material = Material::read(&options.data)?;
    let embeddings = options
        .embeddings
        .as_deref()
        .map(Embeddings::read)
        .transpose()?;
    let targets = match &embeddings {
        Some(embeddings) => teach_all(&material, embeddings),
        None => teach::from_bytes(TARGETS, Path::new("crates/train/targets.bin"))?,
    };
    if let Some(what) = &options.search {
        let mut settings = search::BASE;
        for pair in options.set.chunks(2) {
            match pair[0] as u32 {
                0 => settings.words = pair[1] as usize,
                1 => settings.count_min = pair[1] as u32,
                2 => settings.epochs = pair[1] as u32,
                3 => settings.rate = pair[1],
                4 => settings.vector_rate = pair[1],
                5 => settings.dropout = pair[1],
                6 => settings.word_dropout = pair[1],
                _ => settings.decay = pair[1],
            }
        }
        search::all(&material, embeddings.as_ref(), &targets, what, &settings);
        return Ok(());
    }
    if let Some(path) = &options.write_targets {
        output::write(path, &teach::to_bytes(&targets))?;
    }
    if let Some(path) = &options.out {
        output::write(path, &material.model(&targets).to_bytes())?;
    }
    if options.evaluate {
        let mut out = std::io::stdout().lock();
        evaluate::print(&material, embeddings.as_ref(), &mut out).context("can't print")?;
    }
    Ok(())
}

/// Targets for both languages, rounded as the targets file has them.
fn teach_all(material: &Material, embeddings: &Embeddings) -> corpus::Targets {
    let (dutch, english) = (&material.dutch, &material.english);
    let mut targets = teach::targets(english, &english.in_training(), None, embeddings);
    let other = Some(english);
    targets.extend(teach::targets(
        dutch,
        &dutch.in_training(),
        other,
        embeddings,
    ));
    let bytes = teach::to_bytes(&targets);
    teach::from_bytes(&bytes, Path::new("the targets")).unwrap_or(targets)
}
