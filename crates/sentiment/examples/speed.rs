//! How many texts a second one core scores.
//!
//! `cargo run --release -p sentiment --example speed -- FILE` scores the last
//! tab-separated field of each line of FILE for about three seconds; without FILE,
//! a few invented posts. `… -- FILE ROUNDS` scores each line so many times, for
//! counting instructions (`benches/instructions.sh`).

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sentiment::{Model, Post, Scorer};

const POSTS: &str = "Al drie weken wacht ik op mijn pakket van Snelbezorgd, en niemand neemt op 😡\n\
    Topservice bij @zonnewinkel, vandaag besteld en morgen al in huis! #blij\n\
    Does anyone know if the Harbour & Hill store opens on Sunday? https://example.org/h\n\
    Worst airline ever, my bag is lost and nobody answers the phone...\n";

fn main() -> Result<(), Box<dyn Error>> {
    let content = match std::env::args().nth(1) {
        Some(path) => String::from_utf8_lossy(&std::fs::read(path)?).into_owned(),
        None => POSTS.to_owned(),
    };
    let texts: Vec<&str> = content
        .lines()
        .map(|line| line.rsplit('\t').next().unwrap_or(line))
        .collect();
    let mut scorer = Scorer::new(Arc::new(Model::embedded()?));
    let rounds: Option<u64> = std::env::args().nth(2).map(|n| n.parse()).transpose()?;
    let (mut scored, mut bytes, mut negative) = (0_u64, 0_u64, 0_u64);
    let begin = Instant::now();
    let mut round = 0;
    while rounds.map_or(begin.elapsed() < Duration::from_secs(3), |n| round < n) {
        round += 1;
        for text in &texts {
            let score = scorer.score(&Post::new(text));
            scored += 1;
            bytes += text.len() as u64;
            negative += u64::from(score.is_negative());
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    let rate = |count: u64| count as f64 / seconds;
    writeln!(
        std::io::stdout(),
        "{:.0} texts/s, {:.1} MB/s, {:.0} bytes a text, {:.1} % negative",
        rate(scored),
        rate(bytes) / 1e6,
        rate(bytes) / rate(scored).max(1.0),
        100.0 * rate(negative) / rate(scored).max(1.0)
    )?;
    Ok(())
}
