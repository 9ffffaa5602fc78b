//! A short injection benchmark: bursts of negatives put into streams of invented
//! brands, the detector's recall, delay and false alarms beside an oracle and the
//! usual z-score recipe.
//!
//! `cargo run --release -p detect --example inject -- [seed] [weeks] [trials]`
//!
//! Every brand has a day-and-night rhythm, bursts of news in the usual mood, and a
//! share of negatives that drifts (logit autoregressive noise, one-day standard
//! deviation 0.35, one-hour 0.2) with beta-binomial noise a minute. The state is
//! copied at each injection, so that nothing injected is ever learned. The first
//! week isn't judged.

#![allow(clippy::print_stdout, reason = "the table is the result")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "an experiment on small numbers"
)]

mod brand;
mod rivals;
#[path = "../../tests/support/mod.rs"]
mod support;

use brand::{Brand, Minute, Shape};
use detect::{BrandSettings, BrandWatch};
use rivals::{Oracle, ZScore};
use support::{DAY, MINUTE, MONDAY, Rng, post};

/// Six hours, the time in which a burst must be found.
const PATIENCE: usize = 360;
const WEEK: usize = 7 * 24 * 60;
/// Shapes and numbers of injected negatives.
const INJECTIONS: [(Shape, u32); 6] = [
    (Shape::Step, 30),
    (Shape::Step, 100),
    (Shape::Step, 300),
    (Shape::Ramp, 100),
    (Shape::Cascade, 100),
    (Shape::Influencer, 30),
];

/// Delays of one detector in one cell, minutes; none where it missed.
#[derive(Default, Clone)]
struct Cell(Vec<Option<f64>>);

impl Cell {
    fn show(&self) -> String {
        let mut delays: Vec<f64> = self.0.iter().map(|d| d.unwrap_or(f64::INFINITY)).collect();
        delays.sort_by(f64::total_cmp);
        let found = delays.iter().filter(|d| d.is_finite()).count();
        let recall = found as f64 / delays.len().max(1) as f64;
        match delays.get(delays.len() / 2) {
            Some(median) if median.is_finite() => format!("{recall:.2}/{median:.0}"),
            _ => format!("{recall:.2}/∞"),
        }
    }
}

fn main() {
    let arguments: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    let seed = arguments.first().copied().unwrap_or(1);
    let weeks = arguments.get(1).copied().unwrap_or(4) as usize;
    let trials = arguments.get(2).copied().unwrap_or(10) as usize;
    println!("seed {seed}, {weeks} judged weeks a brand, {trials} injections a cell and brand");
    let mut pooled = vec![[Cell::default(), Cell::default(), Cell::default()]; INJECTIONS.len()];
    let mut rates = Vec::new();
    for (number, (rate, rho)) in brands().into_iter().enumerate() {
        let brand = Brand::new(seed * 1000 + number as u64, rate, rho, (weeks + 1) * WEEK);
        rates.push(run(&brand, seed, weeks, trials, &mut pooled));
    }
    let within = rates
        .iter()
        .filter(|rate| (0.5..=1.25).contains(*rate))
        .count();
    println!(
        "\nfalse alarms a week: mean {:.2}, {within} of {} brands within 0.5 to 1.25 of nominal",
        rates.iter().sum::<f64>() / rates.len() as f64,
        rates.len()
    );
    println!("\nall brands (recall/median delay in minutes):");
    for (injection, cells) in INJECTIONS.iter().zip(&pooled) {
        let [oracle, z, ours] = cells;
        println!(
            "{:?} {}: oracle {}  z-score {}  share scan {}",
            injection.0,
            injection.1,
            oracle.show(),
            z.show(),
            ours.show()
        );
    }
}

/// Mentions a minute and correlation of each brand.
fn brands() -> Vec<(f64, f64)> {
    let all = [0.05, 0.5, 2.5, 10.0, 40.0];
    let rates: Vec<f64> = std::env::var("RATES").map_or(all.to_vec(), |r| {
        r.split(",").filter_map(|r| r.parse().ok()).collect()
    });
    let rhos = [0.02, 0.05, 0.1];
    rates
        .into_iter()
        .flat_map(|rate| rhos.map(|rho| (rate, rho)))
        .collect()
}

/// Feeds one minute; returns whether a paging spike opened in it.
fn feed(watch: &mut BrandWatch, minute: usize, counts: Minute, rng: &mut Rng, tag: &str) -> bool {
    let start = MONDAY + minute as i64 * MINUTE;
    let was_open = watch.has_open_spike();
    let mut out = Vec::new();
    for number in 0..counts.total {
        // Negatives are spread over the minute, as near as whole steps allow.
        let before = u64::from(number) * u64::from(counts.negative) / u64::from(counts.total);
        let after = u64::from(number + 1) * u64::from(counts.negative) / u64::from(counts.total);
        let at = start + i64::from(number) * MINUTE / i64::from(counts.total);
        let id = format!("{tag}{:x}", rng.next());
        watch.observe(&post(id, at, after > before), &mut out);
    }
    !was_open
        && out
            .iter()
            .any(|spike| spike.pages && spike.closed_at.is_none())
}

fn run(brand: &Brand, seed: u64, weeks: usize, trials: usize, pooled: &mut [[Cell; 3]]) -> f64 {
    let mut rng = Rng(seed ^ 0xfeed);
    let mut watch = BrandWatch::new(BrandSettings::new("acme"));
    let z = ZScore::tuned(&brand.minutes, WEEK);
    let mut cells = vec![[Cell::default(), Cell::default(), Cell::default()]; INJECTIONS.len()];
    let (mut false_alarms, mut first_day) = (0, 0);
    let spacing = (weeks * WEEK - PATIENCE) / trials.max(1);
    for (minute, &counts) in brand.minutes.iter().enumerate() {
        let judged = minute >= WEEK;
        if judged && (minute - WEEK) % spacing == spacing / 2 && !watch.has_open_spike() {
            for (cell, &(shape, size)) in cells.iter_mut().zip(&INJECTIONS) {
                let burst = brand::burst(&mut rng, shape, size);
                cell[0]
                    .0
                    .push(Oracle::delay(brand, minute, shape, size, &burst));
                cell[1].0.push(z.delay(&brand.minutes, minute, &burst));
                cell[2].0.push(delay(&watch, brand, minute, &burst));
            }
        }
        let opened = feed(&mut watch, minute, counts, &mut rng, "b");
        false_alarms += usize::from(opened && judged);
        first_day += usize::from(opened && minute < (DAY / MINUTE) as usize);
    }
    print!(
        "{:>5}/min rho {:.2}: false alarms a week {:.2} (first day {first_day}), z {:.2} |",
        brand.rate,
        brand.rho,
        false_alarms as f64 / weeks as f64,
        z.false_alarms_per_week
    );
    for (cell, sum) in cells.iter().zip(pooled) {
        print!(" {}·{}", cell[0].show(), cell[2].show());
        for (own, sum) in cell.iter().zip(sum) {
            sum.0.extend(&own.0);
        }
    }
    println!();
    false_alarms as f64 / weeks as f64
}

/// Minutes until a copy of the watch pages, the burst added to the stream.
fn delay(watch: &BrandWatch, brand: &Brand, start: usize, burst: &[u32]) -> Option<f64> {
    let mut watch = watch.clone();
    let mut rng = Rng(start as u64);
    (0..PATIENCE).find_map(|after| {
        let mut counts = *brand.minutes.get(start + after)?;
        let extra = burst.get(after).copied().unwrap_or(0);
        counts.negative += extra;
        counts.total += extra;
        feed(&mut watch, start + after, counts, &mut rng, "i").then_some(after as f64 + 1.0)
    })
}
