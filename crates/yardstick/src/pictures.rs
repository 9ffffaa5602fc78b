//! The results as charts.

use plot::Chart;

use crate::Plan;
use crate::burst::Shape;
use crate::run::BrandResult;
use crate::tables::{Filter, ours, part};

/// Every chart with a name that can be a file's.
#[must_use]
pub fn all(plan: &Plan, results: &[BrandResult]) -> Vec<(String, Chart)> {
    let mut charts = Vec::new();
    for (number, budget) in plan.budgets.iter().enumerate() {
        for shape in Shape::ALL {
            let name = format!("recall-{}-{budget}", shape.as_str());
            charts.push((name, recall(plan, results, number, shape)));
        }
        charts.push((format!("delay-{budget}"), delay(plan, results, number)));
        charts.push((
            format!("false-alarms-{budget}"),
            calibration(plan, results, number),
        ));
    }
    charts
}

/// Part of the bursts that each detector finds, by their size.
fn recall(plan: &Plan, results: &[BrandResult], budget: usize, shape: Shape) -> Chart {
    let title = format!(
        "Found of a {} within six hours, {} false alarms a brand-week",
        shape.as_str(),
        plan.budgets[budget]
    );
    let chart = Chart::new(title).x_log().y_percent().y_range(0.0, 1.0);
    let chart = chart.x_label("negatives in all").y_label("found");
    let names = Plan::detectors();
    let lines = names.iter().enumerate().rev();
    lines.fold(chart, |chart, (detector, &name)| {
        let points = plan.sizes.iter().map(|&size| {
            let cell = |s: Shape, n: u32| (s, n) == (shape, size);
            let filter = Filter {
                plan,
                budget,
                detector,
                cell: &cell,
            };
            (f64::from(size), part(filter.found(results)))
        });
        let points: Vec<_> = points.collect();
        if detector == 0 {
            chart.dashed(name, points)
        } else {
            chart.line(name, points)
        }
    })
}

/// Median delay by the bursts' size: of ours, and dashed of the oracle.
fn delay(plan: &Plan, results: &[BrandResult], budget: usize) -> Chart {
    let title = format!(
        "Median seconds to the alarm, {} false alarms a brand-week (dashed: the oracle)",
        plan.budgets[budget]
    );
    let chart = Chart::new(title).x_log().y_log();
    let chart = chart.x_label("negatives in all").y_label("seconds");
    Shape::ALL.into_iter().fold(chart, |chart, shape| {
        let points = |detector| {
            let points = plan.sizes.iter().map(|&size| {
                let cell = |s: Shape, n: u32| (s, n) == (shape, size);
                let filter = Filter {
                    plan,
                    budget,
                    detector,
                    cell: &cell,
                };
                // What is missed by more than half can't be drawn and is left out.
                (f64::from(size), filter.seconds(results, 0.5).max(0.1))
            });
            points.collect::<Vec<_>>()
        };
        let name = shape.as_str();
        chart.dashed(name, points(0)).line(name, points(ours()))
    })
}

/// False alarms of every brand by its size, beside what is allowed.
fn calibration(plan: &Plan, results: &[BrandResult], budget: usize) -> Chart {
    let nominal = plan.budgets[budget];
    let title = format!("False alarms of each brand ÷ the nominal {nominal} a week");
    let rates = || results.iter().map(|result| result.rate);
    let ends = [
        rates().fold(f64::MAX, f64::min),
        rates().fold(0.0, f64::max),
    ];
    let dots = results.iter().map(|result| {
        let found = f64::from(result.false_alarms[budget].found);
        (result.rate, found / (nominal * result.weeks as f64))
    });
    Chart::new(title)
        .x_log()
        .y_from(0.0)
        .x_label("mentions a minute")
        .y_label("÷ nominal")
        .band("0.5 to 1.25", ends.map(|rate| (rate, 0.5, 1.25)))
        .dots("a brand", dots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;
    use crate::run::run;

    #[test]
    fn every_chart_can_be_drawn() {
        let mut plan = Plan::new(1);
        (plan.weeks, plan.trials, plan.distract) = (1, 1, false);
        let results = [run(&plan, &Base::invented()[0], &|_| {})];
        let charts = all(&plan, &results);
        assert_eq!(charts.len(), 2 * (4 + 2));
        for (name, chart) in charts {
            let svg = chart.to_svg();
            assert!(svg.contains("</svg>") && !svg.contains("NaN"), "{name}");
        }
    }
}
