//! The label of each line of FILE, `neg`, `neu` or `pos`, abstaining or not; for
//! comparisons with other systems (`benches/compare`).
//!
//! `cargo run --release -p sentiment --example predict -- FILE` prints them, and on
//! standard error the seconds that scoring all lines took in the fastest of five rounds,
//! reading and writing aside.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use mention::Label;
use sentiment::{Model, Post, Scorer};

/// A busy machine disturbs some of them.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("give a file of texts, one a line")?;
    let content = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let texts: Vec<&str> = content.split_terminator('\n').collect();
    let mut scorer = Scorer::new(Arc::new(Model::embedded()?));
    let mut labels = Vec::with_capacity(texts.len());
    let mut seconds = f64::INFINITY;
    for _ in 0..ROUNDS {
        labels.clear();
        let begin = Instant::now();
        for text in &texts {
            labels.push(match scorer.score(&Post::new(text)).label {
                Label::Negative => "neg",
                Label::Neutral => "neu",
                Label::Positive => "pos",
            });
        }
        seconds = seconds.min(begin.elapsed().as_secs_f64());
    }
    writeln!(std::io::stdout(), "{}", labels.join("\n"))?;
    writeln!(std::io::stderr(), "{seconds}")?;
    Ok(())
}
