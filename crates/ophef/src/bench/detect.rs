//! `ophef bench detect`: the injection benchmark, one thread a processor.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use yardstick::brand::Base;
use yardstick::run::BrandResult;
use yardstick::{Plan, run as measure, tables};

use super::{report, volumes};
use crate::cli::BenchDetect;

/// Correlations of the recorded brands, in turn: the invented ones have the same.
const RHOS: [f64; 3] = [0.02, 0.05, 0.1];
/// What `--quick` measures, if nothing else is asked for.
const QUICK_WEEKS: usize = 6;
const QUICK_TRIALS: usize = 5;
const QUICK_BRANDS: [&str; 4] = ["0.2/min", "0.5/min ρ0.02", "1.5/min", "5/min ρ0.05"];

/// Answers `ophef bench detect`. `volumes` is the folder of recorded ones.
///
/// # Errors
/// A file can't be read or written, or no brand has such a name.
pub(super) fn run(args: &BenchDetect, volumes: Option<&Path>) -> anyhow::Result<()> {
    let plan = plan(args);
    let bases = chosen(args, volumes)?;
    let began = Instant::now();
    let fed = AtomicU64::new(0);
    let results = measure_all(&plan, &bases, jobs(args, bases.len()), &fed);
    let seconds = began.elapsed().as_secs_f64();
    let mut out = io::stdout().lock();
    out.write_all(tables::text(&plan, &results).as_bytes())?;
    out.flush()?;
    let fed = fed.into_inner();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = fed as f64 / seconds / 1e6;
    // Not on standard output: two runs of a seed must be the same there.
    writeln!(
        io::stderr(),
        "{fed} mentions judged in {seconds:.0} s, {rate:.2} million a second"
    )?;
    if let Some(file) = &args.json {
        report::json(file, &plan, &results)?;
    }
    if let Some(file) = &args.html {
        report::html(file, &plan, &results)?;
    }
    if let Some(folder) = &args.pictures {
        report::pictures(folder, &plan, &results)?;
    }
    Ok(())
}

fn plan(args: &BenchDetect) -> Plan {
    let mut plan = Plan::new(args.seed);
    if args.quick {
        (plan.weeks, plan.trials) = (QUICK_WEEKS, QUICK_TRIALS);
    }
    plan.weeks = args.weeks.map_or(plan.weeks, usize::from);
    plan.trials = args.trials.map_or(plan.trials, usize::from);
    plan.budgets.clone_from(&args.budget);
    plan.distract = !args.no_distractions;
    plan.ceiling = args.ceiling;
    plan
}

/// The brands that are asked for.
fn chosen(args: &BenchDetect, folder: Option<&Path>) -> anyhow::Result<Vec<Base>> {
    let mut bases = Base::invented();
    if let Some(folder) = folder {
        for (number, (name, rows)) in volumes::read(folder)?.into_iter().enumerate() {
            let name = name.trim_start_matches("Twitter_volume_");
            bases.push(Base::recorded(name, &rows, RHOS[number % RHOS.len()])?);
        }
    }
    let quick = args.quick && args.brands.is_empty();
    let is_chosen = |base: &Base| {
        let is_named = |name: &str| match name {
            "invented" => !base.is_recorded(),
            "recorded" => base.is_recorded(),
            _ => base.name.starts_with(name),
        };
        if quick {
            QUICK_BRANDS.iter().any(|name| is_named(name))
        } else {
            args.brands.is_empty() || args.brands.iter().any(|name| is_named(name))
        }
    };
    let (chosen, others): (Vec<Base>, Vec<Base>) = bases.into_iter().partition(is_chosen);
    if chosen.is_empty() {
        let names: Vec<_> = others.iter().map(|base| base.name.as_str()).collect();
        bail!("no brand has such a name; there are: {}", names.join(", "));
    }
    Ok(chosen)
}

fn jobs(args: &BenchDetect, brands: usize) -> usize {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    args.jobs.map_or_else(processors, usize::from).min(brands)
}

/// Measures all brands, the largest first, so that none is waited for at the end. The
/// results come in the order of the brands.
fn measure_all(plan: &Plan, bases: &[Base], jobs: usize, fed: &AtomicU64) -> Vec<BrandResult> {
    let mut order: Vec<usize> = (0..bases.len()).collect();
    order.sort_by(|&a, &b| bases[b].rate.total_cmp(&bases[a].rate).then(a.cmp(&b)));
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let bar = progress_bar(bases.len());
    let work = || {
        while let Some(&brand) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let tell = |mentions| {
                let all = fed.fetch_add(mentions, Ordering::Relaxed) + mentions;
                bar.set_message(format!("{} million mentions judged", all / 1_000_000));
            };
            let result = measure::run(plan, &bases[brand], &tell);
            bar.inc(1);
            let mut results = results
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            results.push((brand, result));
        }
    };
    thread::scope(|scope| {
        for number in 1..jobs {
            let thread = thread::Builder::new().name(format!("bench {number}"));
            // Without it the others, this one at least, do the work alone.
            let _ = thread.spawn_scoped(scope, work);
        }
        work();
    });
    bar.finish_and_clear();
    let mut results = results
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by_key(|result| result.0);
    results.into_iter().map(|result| result.1).collect()
}

/// Drawn on standard error, and only on a terminal.
fn progress_bar(brands: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} brands  {msg}  {elapsed}");
    // The template is a constant; a bar of the stock style is no reason to fail.
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(brands as u64).with_style(style)
}
