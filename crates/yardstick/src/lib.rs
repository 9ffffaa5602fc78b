//! Measures the detector: what it finds, how soon, and how often it cries wolf.
//!
//! Detectors are compared on streams whose truth is known. A [`brand::Brand`] is a
//! stream in which nothing happens but life. Into copies of its state [`burst::Burst`]s
//! of negatives are put, and [`distractor::Distractor`]s that must not alarm; nothing
//! that is put in is ever learned. The same streams go to an [`oracle::Oracle`], which
//! knows the truth and tells what could be reached at best, and to the
//! [`rivals`], the recipes that are usual today. [`run::run`] does this for one
//! brand, [`tables`] sums up.
//!
//! A second yardstick is public: [`nab`] is the rule of the Numenta Anomaly Benchmark for
//! the scores of [`detect::volume`].
//!
//! ```
//! use yardstick::{Plan, brand::Base, run::run, tables};
//!
//! let mut plan = Plan::new(1);
//! (plan.weeks, plan.trials) = (1, 1);
//! let base = &Base::invented()[3]; // a mention every five minutes
//! let result = run(&plan, base, &|_| {});
//! assert_eq!(result.weeks, 1);
//! println!("{}", tables::text(&plan, &[result]));
//! ```
//!
//! Everything comes from the seed and is the same on every machine: this crate is pure,
//! and its functions are those of `libm`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts and minutes of an experiment are small"
)]

pub mod brand;
pub mod burst;
pub mod ceiling;
pub mod counts;
pub mod distractor;
pub mod intervals;
pub mod nab;
pub mod oracle;
pub mod pictures;
pub mod random;
pub mod rivals;
pub mod run;
mod stream;
pub mod tables;

/// Minutes of a day.
pub const DAY: usize = 1440;
/// Minutes of a week.
pub const WEEK: usize = 7 * DAY;
/// Minutes in which a burst must be found.
pub const PATIENCE: usize = 360;

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Everything random comes from it.
    pub seed: u64,
    /// Judged weeks of each brand; one more before them only teaches.
    pub weeks: usize,
    /// Bursts of each shape and size, and distractors of each kind, a brand.
    pub trials: usize,
    /// False alarms a week that the detectors may cause.
    pub budgets: Vec<f64>,
    /// Negatives of a burst.
    pub sizes: Vec<u32>,
    /// Whether to distract.
    pub distract: bool,
    /// Whether to measure what could be reached at best, which takes about as long again.
    pub ceiling: bool,
}

impl Plan {
    /// The whole benchmark: with the invented brands alone 2,184 brand-weeks, and about
    /// a hundred alarms to be expected of each brand at one a week.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            weeks: 104,
            trials: 12,
            budgets: vec![1.0, 0.25],
            sizes: vec![10, 30, 100, 300],
            distract: true,
            ceiling: false,
        }
    }

    /// Minutes of a brand's stream.
    #[must_use]
    pub fn minutes(&self) -> usize {
        (self.weeks + 1) * WEEK
    }

    /// Each shape with each size, in the order of the results.
    pub fn cells(&self) -> impl Iterator<Item = (burst::Shape, u32)> {
        let sizes = &self.sizes;
        let shapes = burst::Shape::ALL.into_iter();
        shapes.flat_map(move |shape| sizes.iter().map(move |&size| (shape, size)))
    }

    /// Names of the detectors in the order of the results.
    #[must_use]
    pub fn detectors() -> Vec<&'static str> {
        let rivals = rivals::ALL.iter().map(|rival| rival.0);
        std::iter::once("oracle")
            .chain(rivals)
            .chain(["Ophef"])
            .collect()
    }
}
