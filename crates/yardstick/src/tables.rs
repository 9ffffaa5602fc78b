//! The results of all brands, summed up.

mod alarms;
mod ceiling;
mod goals;
mod recall;

use std::fmt::Write as _;

use crate::run::{BrandResult, Delay};
use crate::{Plan, burst::Shape};

pub use goals::{Goal, goals};

/// Mentions a minute up to which a brand is small, and middling.
pub const SIZES: [f64; 2] = [2.0, 20.0];

/// One table: every cell a text, the first column's to the left, all others' to the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// The rows, as long as `head` each.
    pub rows: Vec<Vec<String>>,
    /// What to bear in mind; may be empty.
    pub note: String,
}

impl Table {
    fn new(title: String, head: &[&str]) -> Self {
        Self {
            title,
            head: head.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
            note: String::new(),
        }
    }

    /// As plain text with aligned columns.
    #[must_use]
    pub fn text(&self) -> String {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| {
            let cells = all().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut out = format!("{}\n", self.title);
        for row in all() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let gap = width - cell.chars().count();
                let pad = " ".repeat(gap);
                let _ = match column {
                    0 => write!(out, "  {cell}{pad}"),
                    _ => write!(out, "  {pad}{cell}"),
                };
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        if !self.note.is_empty() {
            let _ = writeln!(out, "  {}", self.note.replace('\n', "\n  "));
        }
        out
    }
}

/// All tables of a run.
#[must_use]
pub fn all(plan: &Plan, results: &[BrandResult]) -> Vec<Table> {
    let mut tables = Vec::new();
    for budget in 0..plan.budgets.len() {
        tables.push(recall::recall(plan, results, budget));
    }
    for budget in 0..plan.budgets.len() {
        tables.push(recall::delay(plan, results, budget));
    }
    tables.push(recall::by_size(plan, results));
    if plan.ceiling {
        tables.push(ceiling::table(plan, results));
    }
    for budget in 0..plan.budgets.len() {
        tables.push(alarms::calibration(plan, results, budget));
    }
    if plan.distract {
        tables.push(alarms::distractors(plan, results));
    }
    tables.push(goals::table(plan, results));
    tables
}

/// What was measured, in a sentence.
#[must_use]
pub fn summary(plan: &Plan, results: &[BrandResult]) -> String {
    let weeks: usize = results.iter().map(|result| result.weeks).sum();
    let mentions: u64 = results.iter().map(|result| result.mentions).sum();
    format!(
        "Seed {}: {} brands, {weeks} clean brand-weeks ({mentions} mentions), {} trials a brand \
         and cell.",
        plan.seed,
        results.len(),
        plan.trials,
    )
}

/// All tables as text, with what was measured at the head.
#[must_use]
pub fn text(plan: &Plan, results: &[BrandResult]) -> String {
    let mut out = format!("{}\n", summary(plan, results));
    for table in all(plan, results) {
        out.push('\n');
        out.push_str(&table.text());
    }
    out
}

/// Which trials to look at.
#[derive(Clone, Copy)]
pub(crate) struct Filter<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) budget: usize,
    pub(crate) detector: usize,
    pub(crate) cell: InCell<'a>,
}

/// Whether bursts of that shape and size are looked at.
pub(crate) type InCell<'a> = &'a dyn Fn(Shape, u32) -> bool;

impl Filter<'_> {
    /// The trials of one brand.
    fn of<'r>(&self, result: &'r BrandResult) -> impl Iterator<Item = &'r Delay> {
        let cells = self.plan.cells().zip(&result.delays);
        let wanted = cells.filter(|((shape, size), _)| (self.cell)(*shape, *size));
        let (budget, detector) = (self.budget, self.detector);
        let trials: Vec<&Delay> = wanted
            .flat_map(|(_, cell)| &cell[budget][detector])
            .collect();
        trials.into_iter()
    }

    /// Bursts found, and all.
    pub(crate) fn found<'r>(&self, results: impl IntoIterator<Item = &'r BrandResult>) -> [u64; 2] {
        let trials = results.into_iter().flat_map(|result| self.of(result));
        trials.fold([0, 0], |[found, all], delay| {
            [found + u64::from(delay.millis.is_some()), all + 1]
        })
    }

    /// The quantile of the delay in seconds, missed ones being infinite.
    pub(crate) fn seconds<'r>(
        &self,
        results: impl IntoIterator<Item = &'r BrandResult>,
        q: f64,
    ) -> f64 {
        let trials = results.into_iter().flat_map(|result| self.of(result));
        let mut seconds: Vec<f64> = trials
            .map(|delay| delay.millis.map_or(f64::INFINITY, |ms| f64::from(ms) / 1e3))
            .collect();
        crate::intervals::quantile(&mut seconds, q).unwrap_or(f64::NAN)
    }

    /// The quantile of the burst's negatives until the alarm.
    fn negatives<'r>(&self, results: impl IntoIterator<Item = &'r BrandResult>, q: f64) -> f64 {
        let trials = results.into_iter().flat_map(|result| self.of(result));
        let mut numbers: Vec<f64> = trials
            .map(|delay| match delay.millis {
                Some(_) => f64::from(delay.negatives),
                None => f64::INFINITY,
            })
            .collect();
        crate::intervals::quantile(&mut numbers, q).unwrap_or(f64::NAN)
    }
}

/// The position of ours among the detectors.
pub(crate) fn ours() -> usize {
    Plan::detectors().len() - 1
}

/// Part, or a dash where there is nothing to divide by.
pub(crate) fn part([found, all]: [u64; 2]) -> f64 {
    found as f64 / all as f64
}

/// With that many decimals; `-` for what isn't known and `∞` for what never comes.
fn show(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        "-".to_owned()
    } else if value.is_infinite() {
        "∞".to_owned()
    } else {
        format!("{value:.decimals$}")
    }
}

fn range([low, high]: [f64; 2], decimals: usize) -> String {
    format!("{}–{}", show(low, decimals), show(high, decimals))
}
