//! Prints the bundled week of another seed as JSON lines:
//! `cargo run -p sample --example week -- 7 > week.jsonl`.

use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "1".to_owned())
        .parse()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in sample::Week::new(seed, sample::DEFAULT_START) {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
