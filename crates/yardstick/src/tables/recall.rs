//! What is found, and how soon.

use super::{Filter, InCell, SIZES, Table, ours, part, range, show};
use crate::burst::Shape;
use crate::intervals::wilson;
use crate::run::BrandResult;
use crate::{PATIENCE, Plan};

/// Recall and median delay of every detector.
pub(super) fn recall(plan: &Plan, results: &[BrandResult], budget: usize) -> Table {
    let mut head = vec!["burst"];
    head.extend(Plan::detectors());
    head.extend(["95 %", "÷ oracle"]);
    let title = format!(
        "Recall within {} h / median delay in minutes, at {} false alarms a brand-week",
        PATIENCE / 60,
        plan.budgets[budget]
    );
    let mut table = Table::new(title, &head);
    for (shape, size) in plan.cells() {
        let cell = |s: Shape, n: u32| (s, n) == (shape, size);
        let filter = |detector| Filter {
            plan,
            budget,
            detector,
            cell: &cell,
        };
        let mut row = vec![format!("{} {size}", shape.as_str())];
        for detector in 0..=ours() {
            let own = filter(detector);
            let delay = own.seconds(results, 0.5) / 60.0;
            let recall = show(part(own.found(results)), 2);
            row.push(format!("{recall} / {}", show(delay, 0)));
        }
        let found = filter(ours()).found(results);
        row.push(range(wilson(found[0], found[1]), 2));
        row.push(show(part(found) / part(filter(0).found(results)), 2));
        table.rows.push(row);
    }
    table.note = "∞: more than half were missed. z-score, count and band are tuned on the very \
                  stream\nthey are judged on, which favours them; the oracle knows each minute's \
                  true rate."
        .to_owned();
    table
}

/// Delays of the oracle and of ours in full.
pub(super) fn delay(plan: &Plan, results: &[BrandResult], budget: usize) -> Table {
    let title = format!(
        "Delay at {} false alarms a brand-week: seconds, and negatives of the burst until then",
        plan.budgets[budget]
    );
    let head = [
        "burst",
        "oracle s",
        "p90",
        "negatives",
        "p90",
        "Ophef s",
        "p90",
        "negatives",
        "p90",
        "÷ oracle",
    ];
    let mut table = Table::new(title, &head);
    for (shape, size) in plan.cells() {
        let cell = |s: Shape, n: u32| (s, n) == (shape, size);
        let mut row = vec![format!("{} {size}", shape.as_str())];
        let mut medians = Vec::new();
        for detector in [0, ours()] {
            let own = Filter {
                plan,
                budget,
                detector,
                cell: &cell,
            };
            medians.push(own.seconds(results, 0.5));
            row.extend([0.5, 0.9].map(|q| show(own.seconds(results, q), 0)));
            row.extend([0.5, 0.9].map(|q| show(own.negatives(results, q), 0)));
        }
        let ratio = medians[1] / medians[0];
        row.push(show(ratio, 2));
        table.rows.push(row);
    }
    table.note = "s, negatives: medians. ÷ oracle: of the medians in seconds.".to_owned();
    table
}

/// By brand size, for each budget.
pub(super) fn by_size(plan: &Plan, results: &[BrandResult]) -> Table {
    let title =
        "By size of the brand: recall of the oracle, of the best recipe, of Ophef".to_owned();
    let head = [
        "mentions a minute",
        "bursts",
        "budget",
        "oracle",
        "recipe",
        "Ophef",
        "95 %",
        "÷ oracle",
        "delay ÷ oracle",
    ];
    let mut table = Table::new(title, &head);
    let large = |_: Shape, size: u32| size >= 100;
    let step_30 = |shape: Shape, size: u32| (shape, size) == (Shape::Step, 30);
    let step_100 = |shape: Shape, size: u32| (shape, size) == (Shape::Step, 100);
    let bursts: [(&str, InCell<'_>); 3] = [
        ("step 30", &step_30),
        ("step 100", &step_100),
        ("all ≥ 100", &large),
    ];
    for (class, range_of) in classes() {
        let own: Vec<&BrandResult> = results.iter().filter(|r| range_of(r.rate)).collect();
        if own.is_empty() {
            continue;
        }
        for (name, cell) in bursts {
            for (budget, nominal) in plan.budgets.iter().enumerate() {
                let filter = |detector| Filter {
                    plan,
                    budget,
                    detector,
                    cell,
                };
                let recall = |detector| part(filter(detector).found(own.iter().copied()));
                let median = |detector| filter(detector).seconds(own.iter().copied(), 0.5);
                let recipe = (1..ours()).map(recall).fold(0.0, f64::max);
                let found = filter(ours()).found(own.iter().copied());
                table.rows.push(vec![
                    class.clone(),
                    name.to_owned(),
                    nominal.to_string(),
                    show(recall(0), 2),
                    show(recipe, 2),
                    show(part(found), 2),
                    range(wilson(found[0], found[1]), 2),
                    show(part(found) / recall(0), 2),
                    show(median(ours()) / median(0), 2),
                ]);
            }
        }
    }
    table
}

pub(super) type InClass = Box<dyn Fn(f64) -> bool>;

/// The classes of size, and all together.
pub(super) fn classes() -> [(String, InClass); 4] {
    let [small, middling] = SIZES;
    [
        (format!("< {small}"), Box::new(move |rate| rate < small)),
        (
            format!("{small}–{middling}"),
            Box::new(move |rate| (small..=middling).contains(&rate)),
        ),
        (
            format!("> {middling}"),
            Box::new(move |rate| rate > middling),
        ),
        ("all".to_owned(), Box::new(|_| true)),
    ]
}
