//! Texts a second of a small transformer with random weights.
//!
//! `cargo run --release -p onnx --example onnx_speed -- [layers] [hidden]`; 4 and 256, the
//! size of BERT-mini, if not said. Texts have 8 to 40 tokens, as posts do. The
//! tokenizer only looks words up, so that of a real model adds to this.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "an example that prints what it measured"
)]

#[path = "../tests/support/bert.rs"]
mod bert;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, reason = "made for tests")]
mod support;

use std::time::Instant;

use bert::Bert;
use mention::Label;
use onnx::{Classifier, Options};

const VOCABULARY: usize = 30_000;
const TEXTS: usize = 320;

fn main() {
    let mut sizes = std::env::args().skip(1).map(|size| size.parse().unwrap());
    let (layers, hidden) = (sizes.next().unwrap_or(4), sizes.next().unwrap_or(256));
    let file = Bert {
        layers,
        hidden,
        heads: hidden / 64,
        vocabulary: VOCABULARY + 2,
        positions: 128,
        labels: 3,
    }
    .into_model();
    println!("{layers} layers of {hidden}: {} MB", file.len() / 1_000_000);
    let texts: Vec<String> = (0..TEXTS).map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for batch in [1, 4, 16, 64] {
        let options = Options {
            name: "bert".to_owned(),
            labels: Label::ALL.to_vec(),
            max_tokens: 128,
            batch,
        };
        let timer = Instant::now();
        let tokenizer = bert::tokenizer(VOCABULARY);
        let classifier = Classifier::from_bytes(&file, tokenizer.as_bytes(), &options).unwrap();
        let ready = timer.elapsed();
        let timer = Instant::now();
        for chunk in texts.chunks(batch) {
            assert_eq!(classifier.classify(chunk).unwrap().len(), chunk.len());
        }
        let seconds = timer.elapsed().as_secs_f64();
        println!(
            "batch {batch:>2}: {:.0} texts/s, {:.1} ms a batch, ready in {:.1} s",
            TEXTS as f64 / seconds,
            seconds * 1_000.0 * batch as f64 / TEXTS as f64,
            ready.as_secs_f64(),
        );
    }
}

/// 8 to 40 words, different for each number.
fn text(number: usize) -> String {
    let length = 8 + number * 7 % 33;
    let word = |at: usize| format!("w{} ", (number * 1_009 + at * 7_919) % VOCABULARY);
    (0..length).map(word).collect()
}
