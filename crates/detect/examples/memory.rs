//! What a million series take in memory.
//!
//! `cargo run --release -p detect --example memory -- [BRANDS] [PLATFORMS] [MENTIONS]`
//! watches so many brands (250,000) on so many platforms each (3), so that with the
//! series over all platforms there are BRANDS × (PLATFORMS + 1) series, feeds each brand
//! MENTIONS (12) mentions of a week, a fifth of them negative, and says how much
//! memory the process has in use, a series. It needs Linux's `/proc`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an experiment on small numbers; the table is the result"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use detect::{BrandSettings, BrandWatch};
use mention::{Platform, Text};
use support::{DAY, MONDAY, Rng, post};

fn main() {
    let arguments: Vec<usize> = std::env::args()
        .skip(1)
        .map(|a| a.parse().unwrap())
        .collect();
    let argument = |at: usize, usual| arguments.get(at).copied().unwrap_or(usual);
    let (brands, platforms, count) = (argument(0, 250_000), argument(1, 3), argument(2, 12));
    let before = resident();
    let mut rng = Rng(3);
    let mut watches: Vec<BrandWatch> = Vec::with_capacity(brands);
    let mut bytes = 0;
    for brand in 0..brands {
        let slug = format!("brand-{brand}");
        let mut watch = BrandWatch::new(BrandSettings::new(slug.clone()));
        let mut out = Vec::new();
        for number in 0..count {
            let at = MONDAY + number as i64 * 7 * DAY / count as i64 + rng.below(60_000) as i64;
            let mut post = post(format!("{brand}-{number}"), at, rng.chance(0.2));
            post.brand = Text::from(slug.as_str());
            post.platform = Platform::ALL[number % platforms];
            watch.observe(&post, &mut out);
        }
        if brand % 1_000 == 0 {
            bytes += watch.snapshot().len();
        }
        watches.push(watch);
    }
    let used = resident() - before;
    let series = brands * (platforms + 1);
    println!(
        "{brands} brands, {series} series, {count} mentions each: {:.2} GiB, {} bytes a series, \
         {} a brand; {} bytes of snapshot a brand",
        used as f64 / f64::from(1 << 30),
        used / series,
        used / brands,
        bytes / brands.div_ceil(1_000),
    );
    drop(watches);
}

/// Bytes of memory that the process has in use.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap();
    kilobytes.parse::<usize>().unwrap() * 1024
}
