//! How far the share of negative mentions is off, per 200 of them.
//!
//! `cargo run --release -p ophef --example share -- FOLDER [MODEL]` reads the labelled
//! files of the data folder's `sentiment/` and scores them with the built-in model or
//! that in MODEL. From each file it draws samples of 200 texts at true shares from
//! 5 to 50 %, with a fixed seed, and prints the mean absolute error of
//!
//! - `counted`: the share of negative labels;
//! - `model's`: the same, corrected with the rates that the model carries for the
//!   language and family of sources, as the watcher does it;
//! - `own`: corrected with rates measured on the other half of the same file, the best
//!   that rates can do;
//! - `expected`: what `own` would come to if rates were known exactly, from the formula
//!   of its variance.
//!
//! The built-in model learned from all files but the airlines' and `tweeteval`: for
//! these others the figures are too good, and MODEL should be one that was trained
//! without the file.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for the terminal that counts a few thousand texts"
)]

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use detect::share::{Rates, corrected};
use mention::Platform;
use sentiment::{Family, Model, Post, Scorer};

const SAMPLE: u64 = 200;
const SHARES: [f64; 5] = [0.05, 0.1, 0.2, 0.3, 0.5];
const ROUNDS: u32 = 1_000;

/// File, language and platform of its texts.
const FILES: [(&str, &str, Platform); 8] = [
    ("en_airline_dev.tsv", "en", Platform::X),
    ("en_tweeteval_val.tsv", "en", Platform::X),
    ("nl_tweets_annotated_train.tsv", "nl", Platform::X),
    ("nl_poltweets_train.tsv", "nl", Platform::X),
    ("nl_absa16_rest_train.tsv", "nl", Platform::Reviews),
    ("nl_bolcom_clothing_train.tsv", "nl", Platform::Reviews),
    ("nl_bolcom_music_train.tsv", "nl", Platform::Reviews),
    ("nl_thuisbezorgd_train.tsv", "nl", Platform::Reviews),
];

/// Whether each text is called negative; negative ones first, then the others.
type Called = [Vec<bool>; 2];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next() else {
        bail!("which data folder? cargo run --release -p ophef --example share -- FOLDER [MODEL]");
    };
    let model = match arguments.next() {
        None => Model::embedded()?,
        Some(file) => Model::from_bytes(&std::fs::read(&file)?)
            .with_context(|| format!("{} can't be used", Path::new(&file).display()))?,
    };
    let model = Arc::new(model);
    let mut scorer = Scorer::new(Arc::clone(&model));
    println!("| file | tpr | fpr | counted | model's | own | expected |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut sums = [0.0; 4];
    for (name, lang, platform) in FILES {
        let path = Path::new(&folder).join("sentiment").join(name);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("can't read {}", path.display()))?;
        let called = classify(&text, platform, &mut scorer)?;
        let rates = model.rates_of(lang, Family::of(platform));
        let Some(carried) = rates.or_else(|| model.rates(lang)) else {
            bail!("the model carries no rates for {lang}");
        };
        let carried = Rates {
            tpr: carried.tpr,
            fpr: carried.fpr,
            positives: carried.positives,
            negatives: carried.negatives,
        };
        let errors = measure(&called, &carried);
        let all = rates_of(&called);
        let [counted, by_model, own, expected] = errors;
        println!(
            "| {name} | {:.3} | {:.3} | {counted:.4} | {by_model:.4} | {own:.4} | {expected:.4} |",
            all.tpr, all.fpr
        );
        for (sum, error) in sums.iter_mut().zip(errors) {
            *sum += error / FILES.len() as f64;
        }
    }
    let [counted, by_model, own, expected] = sums;
    println!("| **mean** | | | {counted:.4} | {by_model:.4} | {own:.4} | {expected:.4} |");
    Ok(())
}

fn classify(text: &str, platform: Platform, scorer: &mut Scorer) -> anyhow::Result<Called> {
    let mut called = Called::default();
    for (number, line) in text.lines().enumerate() {
        let mut fields = line.splitn(3, '\t');
        let (Some(label), Some(_), Some(text)) = (fields.next(), fields.next(), fields.next())
        else {
            bail!("line {} isn't label, language, text", number + 1);
        };
        let score = scorer.score(&Post {
            platform,
            ..Post::new(text)
        });
        called[usize::from(label != "neg")].push(score.is_negative());
    }
    Ok(called)
}

fn rates_of(called: &Called) -> Rates {
    let count = |called: &[bool]| called.iter().filter(|called| **called).count() as f64;
    let all = |called: &[bool]| u32::try_from(called.len()).unwrap_or(u32::MAX);
    let [positives, negatives] = [0, 1].map(|side| all(&called[side]));
    Rates {
        tpr: count(&called[0]) / f64::from(positives.max(1)),
        fpr: count(&called[1]) / f64::from(negatives.max(1)),
        positives,
        negatives,
    }
}

/// Mean absolute errors over all shares: counted, by the model's rates, by own rates,
/// and what is to be expected of exact ones.
fn measure(called: &Called, carried: &Rates) -> [f64; 4] {
    let half = |which: usize| -> Called {
        let part = |called: &Vec<bool>| {
            let own = called.iter().enumerate().filter(|(at, _)| at % 2 == which);
            own.map(|(_, called)| *called).collect()
        };
        [part(&called[0]), part(&called[1])]
    };
    let (measured, tested) = (rates_of(&half(0)), half(1));
    let mut random = Random(4);
    let mut sums = [0.0; 4];
    for share in SHARES {
        for _ in 0..ROUNDS {
            let mut counted = 0;
            for at in 0..SAMPLE {
                let is_negative = (at as f64) < share * SAMPLE as f64;
                let pool = &tested[usize::from(!is_negative)];
                counted += u64::from(pool[random.below(pool.len())]);
            }
            let by = |rates| corrected(counted, SAMPLE, rates).map_or(0.5, |found| found.share);
            let found = [counted as f64 / SAMPLE as f64, by(carried), by(&measured)];
            for (sum, found) in sums.iter_mut().zip(found) {
                *sum += (found - share).abs();
            }
        }
        sums[3] += f64::from(ROUNDS) * expected_error(&rates_of(called), share);
    }
    sums.map(|sum| sum / (f64::from(ROUNDS) * SHARES.len() as f64))
}

/// Mean absolute error of a normal estimate with the variance that labels drawn with
/// `rates` give: √(2/π) of its standard deviation.
fn expected_error(rates: &Rates, share: f64) -> f64 {
    let of = |rate: f64| rate * (1.0 - rate);
    let variance = (share * of(rates.tpr) + (1.0 - share) * of(rates.fpr)) / SAMPLE as f64;
    (2.0 / std::f64::consts::PI * variance).sqrt() / (rates.tpr - rates.fpr)
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % n as u64).unwrap_or(0)
    }
}
