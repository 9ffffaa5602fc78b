//! How many mentions a second one core watches.
//!
//! `cargo run --release -p detect --example speed -- [CASE] [MENTIONS] [WARM_UP]` feeds the
//! streams of `benches/observe/streams.rs`, or one of them, to the detector and says
//! what a mention costs, without and with reading its JSON. The functions
//! `observe` and `parse_and_observe` hold all that is measured, for counting
//! instructions (`benches/instructions.sh`).

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an experiment on small numbers; the table is the result"
)]

#[path = "../benches/observe/streams.rs"]
mod streams;
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use streams::{CASES, Case, Stream, WARM_UP, mentions, observe, parse_and_observe};

/// Mentions that are parsed ahead: few enough for the caches.
const CHUNK: usize = 500;

fn main() {
    let only = std::env::args().nth(1);
    let count = std::env::args()
        .nth(2)
        .map_or(300_000, |n| n.parse().unwrap());
    let warm_up = std::env::args()
        .nth(3)
        .map_or(WARM_UP, |n| n.parse().unwrap());
    println!(
        "{:<12} {:>12} {:>20}",
        "case", "mentions/s", "with reading JSON/s"
    );
    let wanted = |case: &&Case| only.as_deref().is_none_or(|name| name == case.name);
    for case in CASES.iter().filter(wanted) {
        let (mut stream, mut out) = (Stream::new(*case, warm_up), Vec::new());
        let mut watches = stream.watches();
        for _ in 0..warm_up / CHUNK {
            let records = stream.take(CHUNK);
            for (brand, mention) in mentions(&records) {
                watches[brand].observe(&mention, &mut out);
            }
            out.clear();
        }
        let mut took = [Duration::ZERO; 2];
        for chunk in 0..count / CHUNK {
            let records = stream.take(CHUNK);
            if chunk % 2 == 0 {
                let parsed = mentions(&records);
                let begin = Instant::now();
                observe(&mut watches, &parsed, &mut out);
                took[0] += begin.elapsed();
            } else {
                let begin = Instant::now();
                parse_and_observe(&mut watches, &records, &mut out);
                took[1] += begin.elapsed();
            }
        }
        let [alone, with_json] = took.map(|took| count as f64 / 2.0 / took.as_secs_f64());
        println!("{:<12} {alone:>12.0} {with_json:>20.0}", case.name);
    }
}
