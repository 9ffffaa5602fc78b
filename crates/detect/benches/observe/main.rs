//! What the detector does with a mention, in time.
//!
//! `cargo bench -p detect`. The streams are invented (`streams.rs`), a watch has
//! seen 300,000 mentions before; see `docs/benchmarks.md`.

#![allow(missing_docs, reason = "the macros of the harness write functions")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers of a benchmark"
)]

mod streams;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use streams::{CASES, Stream, WARM_UP, mentions, observe, parse_and_observe};

/// Mentions that are parsed ahead: few enough for the caches.
const CHUNK: usize = 500;

fn watch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    group.throughput(Throughput::Elements(CHUNK as u64));
    for case in CASES {
        let (mut stream, mut out) = (Stream::new(case, WARM_UP), Vec::new());
        let mut watches = stream.watches();
        for _ in 0..WARM_UP / CHUNK {
            parse_and_observe(&mut watches, &stream.take(CHUNK), &mut out);
        }
        group.bench_function(format!("{}, parsed", case.name), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut took = Duration::ZERO;
                for _ in 0..rounds {
                    let records = stream.take(CHUNK);
                    let parsed = mentions(&records);
                    let begin = Instant::now();
                    observe(&mut watches, &parsed, &mut out);
                    took += begin.elapsed();
                }
                took
            });
        });
        group.bench_function(format!("{}, as JSON", case.name), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut took = Duration::ZERO;
                for _ in 0..rounds {
                    let records = stream.take(CHUNK);
                    let begin = Instant::now();
                    parse_and_observe(&mut watches, &records, &mut out);
                    took += begin.elapsed();
                }
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, watch);
criterion_main!(benches);
