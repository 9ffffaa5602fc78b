//! A small run of the benchmark with floors that a worse detector falls through.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test on small numbers"
)]

use std::cell::Cell;

use yardstick::brand::Base;
use yardstick::burst::Shape;
use yardstick::run::{BrandResult, run};
use yardstick::{Plan, tables};

/// Small brands only: they take little time.
const BRANDS: [&str; 5] = [
    "0.05/min ρ0.05",
    "0.2/min ρ0.02",
    "0.2/min ρ0.1",
    "0.5/min ρ0.05",
    "1.5/min ρ0.02",
];

fn plan() -> Plan {
    let mut plan = Plan::new(1);
    (plan.weeks, plan.trials) = (6, 4);
    plan
}

fn measure(plan: &Plan, name: &str) -> BrandResult {
    let base = Base::invented().into_iter().find(|base| base.name == name);
    run(plan, &base.unwrap(), &|_| {})
}

/// Recall of a detector over all brands.
fn recall(results: &[BrandResult], detector: usize, wanted: impl Fn(Shape, u32) -> bool) -> f64 {
    let plan = plan();
    let cells = plan
        .cells()
        .enumerate()
        .filter(|(_, cell)| wanted(cell.0, cell.1));
    let cells: Vec<usize> = cells.map(|cell| cell.0).collect();
    let trials: Vec<_> = results
        .iter()
        .flat_map(|result| {
            cells
                .iter()
                .flat_map(|&cell| &result.delays[cell][0][detector])
        })
        .collect();
    assert!(trials.len() >= 15, "{} trials", trials.len());
    let found = trials.iter().filter(|delay| delay.millis.is_some()).count();
    found as f64 / trials.len() as f64
}

#[test]
fn the_detector_keeps_its_place() {
    let results: Vec<BrandResult> = BRANDS.iter().map(|name| measure(&plan(), name)).collect();
    println!("{}", tables::text(&plan(), &results));
    let ours = Plan::detectors().len() - 1;
    // Found 0.98 to 1.00 with three seeds; each of these cells has 20 trials.
    let large = recall(&results, ours, |_, size| size == 300);
    assert!(large >= 0.9, "{large} of the bursts of 300 found");
    // Twice what the best recipe finds, at least; and never better than what is possible.
    let step = |detector| {
        recall(&results, detector, |shape, size| {
            (shape, size) == (Shape::Step, 100)
        })
    };
    let recipes = (1..ours).map(step).fold(0.0, f64::max);
    assert!(step(ours) >= 0.6, "{} of step 100 found", step(ours));
    assert!(
        step(ours) >= recipes + 0.1,
        "ours {}, recipes {recipes}",
        step(ours)
    );
    assert!(step(0) >= step(ours) - 0.1, "the oracle finds {}", step(0));
    // 30 brand-weeks: at a true rate of one a week, 50 and more come once in 1,500 runs.
    let alarms: u32 = results
        .iter()
        .map(|result| result.false_alarms[0].found)
        .sum();
    assert!(
        (5..50).contains(&alarms),
        "{alarms} false alarms in 30 weeks"
    );
    for (number, distracted) in results[0].distracted.iter().enumerate() {
        let alarms: u32 = results.iter().map(|r| r.distracted[number].alarms[1]).sum();
        let trials: u32 = results.iter().map(|r| r.distracted[number].trials).sum();
        assert!(
            trials >= 15,
            "{}: {trials} trials",
            distracted.distractor.name()
        );
        // By chance a trial of six hours alarms once in 112 at a quarter a week.
        if distracted.distractor.must_stay_quiet() {
            assert!(
                alarms <= 4,
                "{}: {alarms} of {trials}",
                distracted.distractor.name()
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_results() {
    let mut plan = plan();
    (plan.weeks, plan.trials, plan.seed) = (2, 1, 5);
    let fed = Cell::new(0);
    let tell = |mentions| fed.set(fed.get() + mentions);
    let base = &Base::invented()[4];
    let result = run(&plan, base, &tell);
    assert!(fed.get() > 2 * result.mentions);
    assert_eq!(result, run(&plan, base, &|_| {}));
    let text = |result: &BrandResult| tables::text(&plan, std::slice::from_ref(result));
    assert!(
        text(&result)
            .lines()
            .all(|line| line.chars().count() <= 100),
        "{}",
        text(&result)
    );
    let other = Plan {
        seed: 6,
        ..plan.clone()
    };
    assert_ne!(result, run(&other, base, &|_| {}));
}
