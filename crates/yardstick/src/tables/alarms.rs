//! What alarms and shouldn't.

use super::{Table, range, show};
use crate::Plan;
use crate::intervals::{poisson, wilson};
use crate::run::BrandResult;

/// False alarms of every brand beside what is allowed.
pub(super) fn calibration(plan: &Plan, results: &[BrandResult], budget: usize) -> Table {
    let nominal = plan.budgets[budget];
    let title = format!("False alarms at a nominal {nominal} a brand-week");
    let head = [
        "brand", "weeks", "nom.", "found", "÷ nom.", "95 %", "in news", "news", "day 1", "week 1",
        "oracle",
    ];
    let mut table = Table::new(title, &head);
    let mut all = Alarms::default();
    let mut within = 0;
    for result in results {
        let found = &result.false_alarms[budget];
        let own = Alarms {
            weeks: result.weeks,
            nominal: nominal * result.weeks as f64,
            counts: [
                found.found,
                found.in_news,
                found.first_day,
                found.first_week,
                found.oracle,
            ],
            news_weeks: result.news * result.weeks as f64,
        };
        within += usize::from((0.5..=1.25).contains(&own.ratio()));
        table.rows.push(own.row(result.name.clone()));
        all.add(&own);
    }
    table.rows.push(all.row("all".to_owned()));
    table.note = format!(
        "{within} of {} brands within 0.5 to 1.25 of nominal. in news: those while news runs or \
         has\njust run, beside the part of time that is so (unknown for recorded volumes). day 1, \
         week 1:\nof a brand's very first, not in the others. oracle: its own alarms ÷ nominal.",
        results.len()
    );
    table
}

/// A row of the table of false alarms.
#[derive(Default)]
struct Alarms {
    weeks: usize,
    /// Alarms that the budget allows in these weeks.
    nominal: f64,
    /// Found, in news, on the first day, in the first week, by the oracle.
    counts: [u32; 5],
    news_weeks: f64,
}

impl Alarms {
    fn add(&mut self, other: &Self) {
        self.weeks += other.weeks;
        self.nominal += other.nominal;
        self.news_weeks += other.news_weeks;
        for (sum, count) in self.counts.iter_mut().zip(other.counts) {
            *sum += count;
        }
    }

    fn ratio(&self) -> f64 {
        f64::from(self.counts[0]) / self.nominal
    }

    fn row(&self, name: String) -> Vec<String> {
        let [found, in_news, first_day, first_week, oracle] = self.counts;
        let interval = poisson(u64::from(found)).map(|bound| bound / self.nominal);
        vec![
            name,
            self.weeks.to_string(),
            show(self.nominal, 0),
            found.to_string(),
            show(self.ratio(), 2),
            range(interval, 2),
            in_news.to_string(),
            format!("{:.1} %", 100.0 * self.news_weeks / self.weeks as f64),
            first_day.to_string(),
            first_week.to_string(),
            show(f64::from(oracle) / self.nominal, 2),
        ]
    }
}

/// Alarms under each distraction.
pub(super) fn distractors(plan: &Plan, results: &[BrandResult]) -> Table {
    let title = "Distractions: part of the trials with an alarm within 6 h".to_owned();
    let mut head = vec!["what happens".to_owned(), "trials".to_owned()];
    for budget in &plan.budgets {
        head.push(format!("{budget} a week"));
        head.push("95 %".to_owned());
        head.push("excess".to_owned());
    }
    let names: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new(title, &names);
    let kinds = results.first().map_or(0, |result| result.distracted.len());
    // Alarms by chance, in the trials that the distraction had: the large brands have
    // no trials of the greatest surges.
    for kind in 0..kinds {
        let distractor = results[0].distracted[kind].distractor;
        let own = || results.iter().map(|result| &result.distracted[kind]);
        let trials: u64 = own().map(|own| u64::from(own.trials)).sum();
        let mut row = vec![distractor.name(), trials.to_string()];
        for budget in 0..plan.budgets.len() {
            let alarms: u64 = own().map(|own| u64::from(own.alarms[budget])).sum();
            let chance: u64 = results
                .iter()
                .filter(|result| result.distracted[kind].trials > 0)
                .map(|result| u64::from(result.distracted[0].alarms[budget]))
                .sum();
            let beyond = (alarms as f64 - chance as f64) / trials as f64;
            row.push(show(alarms as f64 / trials as f64, 3));
            row.push(range(wilson(alarms, trials), 3));
            row.push(if trials > 0 {
                format!("{beyond:+.3}")
            } else {
                "-".to_owned()
            });
        }
        table.rows.push(row);
    }
    table.note =
        "excess: beyond chance, that is beyond the trials with nothing. Unmarked copies by \
                  young\naccounts count as opinions: they may alarm."
            .to_owned();
    table
}
