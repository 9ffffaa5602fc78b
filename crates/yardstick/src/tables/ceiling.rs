//! How far it is to what can be reached at all.

use super::{Filter, InCell, Table, ours, part, range, recall::classes, show};
use crate::Plan;
use crate::burst::Shape;
use crate::intervals::{quantile, wilson};
use crate::run::BrandResult;

/// Steps found by the oracle, by a detector with true parameters, and by ours.
pub(super) fn table(plan: &Plan, results: &[BrandResult]) -> Table {
    let title = "Steps: the oracle, the ceiling (true parameters, the mood unseen), Ophef";
    let head = [
        "mentions a minute",
        "step",
        "budget",
        "oracle",
        "its alarms",
        "ceiling",
        "Ophef",
        "95 %",
        "÷ ceiling",
        "delay ÷",
    ];
    let mut table = Table::new(title.to_owned(), &head);
    for (class, is_in) in classes() {
        let own: Vec<&BrandResult> = results.iter().filter(|r| is_in(r.rate)).collect();
        if own.is_empty() {
            continue;
        }
        for (number, &size) in plan.sizes.iter().enumerate() {
            for budget in 0..plan.budgets.len() {
                let mut row = vec![class.clone(), size.to_string()];
                row.extend(figures(plan, &own, [number, budget], size));
                table.rows.push(row);
            }
        }
    }
    table.note = "its alarms: the oracle's own false alarms ÷ nominal, looking for a step of \
                  100. The\nceiling's threshold is tuned on the very stream. delay ÷: medians, \
                  Ophef ÷ ceiling."
        .to_owned();
    table
}

fn figures(
    plan: &Plan,
    own: &[&BrandResult],
    [number, budget]: [usize; 2],
    size: u32,
) -> Vec<String> {
    let nominal = plan.budgets[budget];
    let cell: InCell<'_> = &|shape, n| (shape, n) == (Shape::Step, size);
    let filter = |detector| Filter {
        plan,
        budget,
        detector,
        cell,
    };
    let alarms: f64 = own
        .iter()
        .map(|r| f64::from(r.false_alarms[budget].oracle))
        .sum();
    let weeks: f64 = own.iter().map(|r| r.weeks as f64).sum();
    let trials = own.iter().flat_map(|r| &r.ceilings[number].delays[budget]);
    let mut seconds: Vec<f64> = trials
        .map(|delay| delay.millis.map_or(f64::INFINITY, |ms| f64::from(ms) / 1e3))
        .collect();
    let hits = seconds.iter().filter(|s| s.is_finite()).count() as u64;
    let ceiling = part([hits, seconds.len() as u64]);
    let found = filter(ours()).found(own.iter().copied());
    let median = quantile(&mut seconds, 0.5).unwrap_or(f64::NAN);
    let delay = filter(ours()).seconds(own.iter().copied(), 0.5) / median;
    vec![
        nominal.to_string(),
        show(part(filter(0).found(own.iter().copied())), 2),
        show(alarms / weeks / nominal, 2),
        show(ceiling, 2),
        show(part(found), 2),
        range(wilson(found[0], found[1]), 2),
        show(part(found) / ceiling, 2),
        show(delay, 2),
    ]
}
