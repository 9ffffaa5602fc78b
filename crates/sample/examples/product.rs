//! Prints the product's weeks of a seed as JSON lines, or with `quiet` those without
//! trouble: `cargo run -p sample --example product -- 7 > weeks.jsonl`.

use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let seed = args.next().unwrap_or_else(|| "1".to_owned()).parse()?;
    let make = match args.next().as_deref() {
        Some("quiet") => sample::ProductWeeks::quiet,
        _ => sample::ProductWeeks::new,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in make(seed, sample::DEFAULT_START) {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
