//! One brand, from its first minute to its last.

use serde::Serialize;

use crate::brand::{Base, Brand};
use crate::burst::{Burst, Shape};
use crate::ceiling::Ceiling;
use crate::distractor::Distractor;
use crate::oracle::Oracle;
use crate::random::Random;
use crate::rivals::{self, Rival};
use crate::stream::{Item, Watched, start_of};
use crate::{DAY, PATIENCE, Plan, WEEK};

/// The oracle looks for a step of this size when its own false alarms are counted.
const ORACLE_SIZE: u32 = 100;
/// Minutes between two tellings of progress.
const TELL_EVERY: usize = DAY;

/// How one burst was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Delay {
    /// Milliseconds from its beginning to the alarm; none if there was none within
    /// [`PATIENCE`].
    pub millis: Option<u32>,
    /// Its negatives that had come by then, and in [`PATIENCE`] if it was missed.
    pub negatives: u32,
}

impl Delay {
    fn new(millis: Option<u32>, burst: &Burst) -> Self {
        let until = millis.unwrap_or(u32::MAX);
        let negatives = burst.times.partition_point(|&at| at <= until) as u32;
        Self { millis, negatives }
    }
}

/// Alarms by themselves, at one budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// The budget, a week.
    pub budget: f64,
    /// In the judged weeks.
    pub found: u32,
    /// Of these, while news ran or had just run.
    pub in_news: u32,
    /// In the first day of all.
    pub first_day: u32,
    /// In the first week of all.
    pub first_week: u32,
    /// The oracle's own in the judged weeks.
    pub oracle: u32,
    /// Each rival's a week, on the stream it was tuned on.
    pub rivals: Vec<f64>,
}

/// Alarms under one distraction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distracted {
    /// The distraction.
    pub distractor: Distractor,
    /// How often it was tried.
    pub trials: u32,
    /// In how many of these an alarm came within [`PATIENCE`], for each budget.
    pub alarms: Vec<u32>,
}

/// How a detector with true parameters finds steps of one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceilings {
    /// Negatives of the step.
    pub size: u32,
    /// Its false alarms a week at each budget.
    pub false_alarms: Vec<f64>,
    /// For each budget the trials, the same as everybody's.
    pub delays: Vec<Vec<Delay>>,
}

/// All that was measured of one brand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrandResult {
    /// Its name.
    pub name: String,
    /// Mentions a minute by its base.
    pub rate: f64,
    /// Correlation of the mentions of a minute.
    pub rho: f64,
    /// Judged weeks.
    pub weeks: usize,
    /// Mentions of the clean stream.
    pub mentions: u64,
    /// Part of the judged minutes in which news ran or had just run.
    pub news: f64,
    /// For each budget.
    pub false_alarms: Vec<FalseAlarms>,
    /// For each cell of the plan, each budget and each detector: the trials.
    pub delays: Vec<Vec<Vec<Vec<Delay>>>>,
    /// For each size, if it was wanted.
    pub ceilings: Vec<Ceilings>,
    /// For each distractor.
    pub distracted: Vec<Distracted>,
}

/// Measures one brand; `tell` hears of the mentions fed since it was last told.
#[must_use]
pub fn run(plan: &Plan, base: &Base, tell: &dyn Fn(u64)) -> BrandResult {
    let brand = Brand::new(base, plan.seed, plan.minutes());
    let mut bench = Bench::new(plan, &brand);
    let mut starts = starts(plan, &brand);
    starts.reverse();
    let (mut items, mut told) = (Vec::new(), 0);
    for minute in 0..brand.minutes() {
        let is_calm = !bench.watches.iter().any(Watched::has_open_spike);
        if is_calm && starts.last().is_some_and(|start| *start <= minute) {
            starts.pop();
            if minute + PATIENCE < brand.minutes() {
                bench.inject(minute);
            }
        }
        items.clear();
        brand.items(minute, &mut items);
        bench.feed(minute, &items);
        if minute % TELL_EVERY == 0 {
            tell(bench.fed - told);
            told = bench.fed;
        }
    }
    tell(bench.fed - told);
    bench.result
}

/// When to inject: at a random minute of each of `trials` equal parts of the judged
/// weeks. Where a spike is open, the trial waits for its end.
fn starts(plan: &Plan, brand: &Brand) -> Vec<usize> {
    let random = &mut Random::of(&[brand.seed, 2]);
    let part = plan.weeks * WEEK / plan.trials.max(1);
    let free = part.saturating_sub(2 * PATIENCE).max(1);
    let starts =
        (0..plan.trials).map(|trial| WEEK + trial * part + random.below(free as u64) as usize);
    starts.collect()
}

struct Bench<'a> {
    plan: &'a Plan,
    brand: &'a Brand,
    /// For each budget.
    watches: Vec<Watched>,
    oracles: Vec<Oracle>,
    /// For each budget, all rivals.
    rivals: Vec<Vec<Box<dyn Rival>>>,
    /// As many as the result has.
    ceilings: Vec<Ceiling>,
    random: Random,
    fed: u64,
    result: BrandResult,
}

impl<'a> Bench<'a> {
    fn new(plan: &'a Plan, brand: &'a Brand) -> Self {
        let budgets = &plan.budgets;
        let mut tuned: Vec<Vec<Box<dyn Rival>>> = budgets.iter().map(|_| Vec::new()).collect();
        for (_, make) in rivals::ALL {
            for (own, rival) in tuned.iter_mut().zip(make(brand, WEEK, budgets)) {
                own.push(rival);
            }
        }
        let oracles: Vec<Oracle> = budgets.iter().map(|&budget| Oracle::new(budget)).collect();
        let judged = || WEEK..brand.minutes();
        let false_alarms = budgets.iter().zip(&oracles).zip(&tuned);
        let false_alarms = false_alarms.map(|((&budget, oracle), rivals)| FalseAlarms {
            budget,
            found: 0,
            in_news: 0,
            first_day: 0,
            first_week: 0,
            oracle: oracle.false_alarms(brand, WEEK, ORACLE_SIZE),
            rivals: rivals
                .iter()
                .map(|rival| rival.false_alarms_per_week())
                .collect(),
        });
        let none = vec![vec![Vec::new(); rivals::ALL.len() + 2]; budgets.len()];
        let sizes = plan.sizes.iter().filter(|_| plan.ceiling);
        let ceilings: Vec<Ceiling> = sizes
            .map(|&size| Ceiling::tuned(brand, size, WEEK, budgets))
            .collect();
        let distractors = Distractor::ALL.into_iter().filter(|_| plan.distract);
        let result = BrandResult {
            name: brand.base.name.clone(),
            rate: brand.base.rate,
            rho: brand.base.rho,
            weeks: plan.weeks,
            mentions: brand.total.iter().map(|&n| u64::from(n)).sum(),
            news: judged().filter(|&minute| brand.news[minute]).count() as f64
                / judged().len() as f64,
            false_alarms: false_alarms.collect(),
            delays: vec![none; plan.cells().count()],
            ceilings: plan
                .sizes
                .iter()
                .zip(&ceilings)
                .map(|(&size, ceiling)| Ceilings {
                    size,
                    false_alarms: ceiling.false_alarms_per_week(),
                    delays: vec![Vec::new(); budgets.len()],
                })
                .collect(),
            distracted: distractors
                .map(|distractor| Distracted {
                    distractor,
                    trials: 0,
                    alarms: vec![0; budgets.len()],
                })
                .collect(),
        };
        Self {
            plan,
            brand,
            watches: budgets.iter().map(|&budget| Watched::new(budget)).collect(),
            oracles,
            rivals: tuned,
            ceilings,
            random: Random::of(&[brand.seed, 1]),
            fed: 0,
            result,
        }
    }

    /// One minute of the clean stream.
    fn feed(&mut self, minute: usize, items: &[Item]) {
        for (watch, found) in self.watches.iter_mut().zip(&mut self.result.false_alarms) {
            watch.beat(start_of(minute));
            let alarms = items.iter().map(|item| watch.take(item)).sum::<usize>() as u32;
            if minute >= WEEK {
                found.found += alarms;
                found.in_news += if self.brand.news[minute] { alarms } else { 0 };
            } else {
                found.first_week += alarms;
                found.first_day += if minute < DAY { alarms } else { 0 };
            }
        }
        self.fed += (items.len() * self.watches.len()) as u64;
    }

    /// Puts every burst and every distraction into a copy of the state of its own.
    fn inject(&mut self, start: usize) {
        let mut usual = Vec::new();
        for minute in start..start + PATIENCE {
            self.brand.items(minute, &mut usual);
        }
        let cells: Vec<_> = self.plan.cells().collect();
        for (cell, (shape, size)) in cells.into_iter().enumerate() {
            let burst = Burst::new(shape, size, &mut self.random);
            let mut items = usual.clone();
            self.brand.burst_items(start, &burst, &mut items);
            items.sort_by_key(|item| item.arrives);
            for budget in 0..self.watches.len() {
                self.try_burst(cell, budget, start, &burst, [&usual, &items]);
            }
            if shape == Shape::Step {
                self.try_ceiling(start, &burst);
            }
        }
        for number in 0..self.result.distracted.len() {
            let distractor = self.result.distracted[number].distractor;
            let items = distractor.items(self.brand, start, &usual, &mut self.random);
            let Some(items) = items else { continue };
            self.result.distracted[number].trials += 1;
            for budget in 0..self.watches.len() {
                let alarm = self.first_alarm(budget, &items);
                self.result.distracted[number].alarms[budget] += u32::from(alarm.is_some());
            }
        }
    }

    fn try_burst(
        &mut self,
        cell: usize,
        budget: usize,
        start: usize,
        burst: &Burst,
        [usual, items]: [&[Item]; 2],
    ) {
        let mut millis = vec![self.oracles[budget].delay(self.brand, start, burst, usual)];
        let rivals = self.rivals[budget].iter();
        millis.extend(rivals.map(|rival| {
            let minutes = rival.delay(self.brand, start, burst)?;
            Some((minutes * 60_000.0) as u32)
        }));
        let ours = self.first_alarm(budget, items);
        millis.push(ours.map(|at| (at - start_of(start)) as u32));
        for (detector, millis) in millis.into_iter().enumerate() {
            self.result.delays[cell][budget][detector].push(Delay::new(millis, burst));
        }
    }

    /// The same step by a detector with true parameters.
    fn try_ceiling(&mut self, start: usize, burst: &Burst) {
        for (ceiling, result) in self.ceilings.iter().zip(&mut self.result.ceilings) {
            if result.size == burst.size {
                let delays = ceiling.delays(self.brand, start, burst);
                for (own, minutes) in result.delays.iter_mut().zip(delays) {
                    own.push(Delay::new(minutes.map(|m| (m * 60_000.0) as u32), burst));
                }
            }
        }
    }

    /// When a copy of the watch first alarms, milliseconds since 1970.
    fn first_alarm(&mut self, budget: usize, items: &[Item]) -> Option<i64> {
        let mut watch = self.watches[budget].clone();
        let found = items.iter().position(|item| watch.take(item) > 0);
        self.fed += found.map_or(items.len(), |position| position + 1) as u64;
        found.map(|position| items[position].arrives)
    }
}
