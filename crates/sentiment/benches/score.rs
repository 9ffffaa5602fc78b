//! How long a whole score takes: language, sentiment, kind, aspects.
//!
//! `cargo bench -p sentiment`. The texts of the data folder are scored if
//! `OPHEF_DATA` names it; see `docs/benchmarks.md`.

#![allow(missing_docs, reason = "the macros of the harness write functions")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mention::Record;
use sentiment::{Model, Post, Scorer};

/// Texts a file or the week gives at most: enough that they don't all stay in the
/// caches, few enough for a run of seconds.
const TEXTS: usize = 5_000;

/// Files of the data folder, by the name of their row.
const FILES: [(&str, &str); 3] = [
    ("English tweets", "en_tweeteval_val.tsv"),
    ("English airline mentions", "en_airline_dev.tsv"),
    ("Dutch reviews", "nl_thuisbezorgd_train.tsv"),
];

fn score(criterion: &mut Criterion) {
    let Ok(model) = Model::embedded() else { return };
    let mut scorer = Scorer::new(Arc::new(model));
    let week = week();
    let long: Vec<String> = week.chunks(50).map(|texts| texts.join(" ")).collect();
    let mut sets = vec![
        ("the bundled week", week),
        ("long posts", long),
        ("hostile texts", hostile()),
    ];
    #[allow(
        clippy::disallowed_methods,
        reason = "a benchmark may ask where the data are"
    )]
    if let Ok(data) = std::env::var("OPHEF_DATA") {
        for (name, file) in FILES {
            sets.push((name, texts(&Path::new(&data).join("sentiment").join(file))));
        }
    }
    let mut group = criterion.benchmark_group("score");
    for (name, texts) in sets {
        let bytes: usize = texts.iter().map(String::len).sum();
        let mean = bytes / texts.len().max(1);
        group.throughput(Throughput::Elements(texts.len() as u64));
        group.bench_function(format!("{name}, {mean} bytes a text"), |bencher| {
            bencher.iter(|| {
                for text in &texts {
                    black_box(scorer.score(&Post::new(black_box(text))));
                }
            });
        });
    }
    group.finish();
}

/// Texts of the invented webshop.
fn week() -> Vec<String> {
    let lines = sample::Week::new(1, sample::DEFAULT_START);
    let texts = lines.filter_map(|line| match mention::parse(line.as_bytes()) {
        Ok(Record::Mention(mention)) => Some(mention.text.as_str().to_owned()),
        _ => None,
    });
    texts.take(TEXTS).collect()
}

/// What costs a tokeniser most: marks, tags, joiners, one endless word.
fn hostile() -> Vec<String> {
    let pieces = [
        "#aB_",
        "👩‍👩‍👧🏽",
        "n't ",
        ":-(<3",
        "a",
        "?!…",
        "é̂",
        "@a https://b ",
    ];
    pieces.map(|piece| piece.repeat(4_096 / piece.len())).into()
}

/// The last field of each line; none, and a note, if the file can't be read.
#[allow(clippy::print_stderr, reason = "a benchmark says what it leaves out")]
fn texts(path: &Path) -> Vec<String> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let content = String::from_utf8_lossy(&bytes);
            let texts = content.lines().filter_map(|line| line.rsplit('\t').next());
            texts.take(TEXTS).map(str::to_owned).collect()
        }
        Err(error) => {
            eprintln!("left out: {}: {error}", path.display());
            Vec::new()
        }
    }
}

criterion_group!(benches, score);
criterion_main!(benches);
