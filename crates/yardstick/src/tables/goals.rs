//! The goals, and how far they are reached.

use serde::Serialize;

use super::{Filter, SIZES, Table, ours, part, range, show};
use crate::Plan;
use crate::burst::Shape;
use crate::intervals::{quantile, wilson};
use crate::random::Random;
use crate::run::BrandResult;

/// Resamplings of the brands for an interval of a ratio.
const RESAMPLINGS: u32 = 400;

/// One goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// What is measured.
    pub name: String,
    /// What was found.
    pub value: f64,
    /// Its interval of about 95 %.
    pub interval: [f64; 2],
    /// The bound.
    pub bound: f64,
    /// Whether more is better.
    pub at_least: bool,
}

impl Goal {
    /// Whether it is reached.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        if self.at_least {
            self.value >= self.bound
        } else {
            self.value <= self.bound
        }
    }
}

/// The goals that the plan's budgets and sizes allow to be judged.
#[must_use]
pub fn goals(plan: &Plan, results: &[BrandResult]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let one = plan
        .budgets
        .iter()
        .position(|&budget| (budget - 1.0).abs() < 1e-9);
    let quarter = plan
        .budgets
        .iter()
        .position(|&budget| (budget - 0.25).abs() < 1e-9);
    let large = |_: Shape, size: u32| size >= 100;
    let step_100 = |shape: Shape, size: u32| (shape, size) == (Shape::Step, 100);
    let step_30 = |shape: Shape, size: u32| (shape, size) == (Shape::Step, 30);
    if let Some(budget) = quarter {
        let filter = |detector| Filter {
            plan,
            budget,
            detector,
            cell: &large,
        };
        let ratio = |own: &[&BrandResult]| {
            let recall = |detector| part(filter(detector).found(own.iter().copied()));
            recall(ours()) / recall(0)
        };
        goals.push(resampled(
            "recall ≥ 100 at 0.25 a week ÷ oracle",
            0.9,
            true,
            results,
            ratio,
        ));
    }
    if let Some(budget) = one {
        let filter = |detector| Filter {
            plan,
            budget,
            detector,
            cell: &step_100,
        };
        let ratio = |own: &[&BrandResult]| {
            let median = |detector| filter(detector).seconds(own.iter().copied(), 0.5);
            median(ours()) / median(0)
        };
        goals.push(resampled(
            "median delay of step 100 ÷ oracle",
            1.25,
            false,
            results,
            ratio,
        ));
        let small = Filter {
            plan,
            budget,
            detector: ours(),
            cell: &step_30,
        };
        let found = small.found(results.iter().filter(|result| result.rate < SIZES[0]));
        goals.push(Goal {
            name: "recall of step 30, brands < 2 a minute, at 1 a week".to_owned(),
            value: part(found),
            interval: wilson(found[0], found[1]),
            bound: 0.9,
            at_least: true,
        });
        goals.push(calibrated(results, budget));
        goals.push(by_news(results, budget));
        if plan.distract {
            goals.push(distracted(results, budget));
        }
    }
    goals
}

/// Brands whose false alarms are within 0.5 to 1.25 of nominal.
fn calibrated(results: &[BrandResult], budget: usize) -> Goal {
    let ratio = |result: &BrandResult| {
        let own = &result.false_alarms[budget];
        f64::from(own.found) / (own.budget * result.weeks as f64)
    };
    let within = results
        .iter()
        .filter(|r| (0.5..=1.25).contains(&ratio(r)))
        .count() as u64;
    Goal {
        name: "brands with false alarms within 0.5–1.25 of nominal".to_owned(),
        value: part([within, results.len() as u64]),
        interval: wilson(within, results.len() as u64),
        bound: 0.9,
        at_least: true,
    }
}

/// Part of the false alarms that news in the usual mood causes: those beyond what comes
/// in as much time without news.
fn by_news(results: &[BrandResult], budget: usize) -> Goal {
    let figure = |own: &[&BrandResult]| {
        let sum = |of: &dyn Fn(&BrandResult) -> f64| own.iter().map(|r| of(r)).sum::<f64>();
        let found = sum(&|r| f64::from(r.false_alarms[budget].found));
        let in_news = sum(&|r| f64::from(r.false_alarms[budget].in_news));
        let news = sum(&|r| r.news * r.weeks as f64) / sum(&|r| r.weeks as f64);
        (in_news - (found - in_news) * news / (1.0 - news)) / found
    };
    let name = "part of the false alarms that same-mix news causes";
    resampled(name, 0.02, false, results, figure)
}

/// Part of the distractions that alarm, beyond chance.
fn distracted(results: &[BrandResult], budget: usize) -> Goal {
    let figure = |own: &[&BrandResult]| {
        let (mut beyond, mut trials) = (0.0, 0.0);
        for result in own {
            let quiet = result.distracted.iter().skip(1);
            for distracted in quiet.filter(|d| d.distractor.must_stay_quiet() && d.trials > 0) {
                let chance = result.distracted[0].alarms[budget];
                beyond += f64::from(distracted.alarms[budget]) - f64::from(chance);
                trials += f64::from(distracted.trials);
            }
        }
        beyond / trials
    };
    let name = "part of the distractions that alarm, beyond chance";
    resampled(name, 0.02, false, results, figure)
}

/// A figure with an interval by drawing the brands anew (B. Efron, Ann. Stat. 7 (1979) 1).
fn resampled(
    name: &str,
    bound: f64,
    at_least: bool,
    results: &[BrandResult],
    figure: impl Fn(&[&BrandResult]) -> f64,
) -> Goal {
    let whole: Vec<&BrandResult> = results.iter().collect();
    let mut random = Random::new(1);
    let mut drawn: Vec<f64> = (0..RESAMPLINGS)
        .map(|_| {
            let drawn = whole
                .iter()
                .map(|_| whole[random.below(whole.len() as u64) as usize]);
            figure(&drawn.collect::<Vec<_>>())
        })
        .filter(|value| !value.is_nan())
        .collect();
    let mut bound_at = |q| quantile(&mut drawn, q).unwrap_or(f64::NAN);
    Goal {
        name: name.to_owned(),
        value: figure(&whole),
        interval: [bound_at(0.025), bound_at(0.975)],
        bound,
        at_least,
    }
}

pub(super) fn table(plan: &Plan, results: &[BrandResult]) -> Table {
    let mut table = Table::new("Goals".to_owned(), &["figure", "found", "95 %", "goal", ""]);
    for goal in goals(plan, results) {
        let sign = if goal.at_least { "≥" } else { "≤" };
        table.rows.push(vec![
            goal.name.clone(),
            show(goal.value, 3),
            range(goal.interval, 3),
            format!("{sign} {}", goal.bound),
            if goal.is_reached() {
                "reached"
            } else {
                "missed"
            }
            .to_owned(),
        ]);
    }
    table
}
