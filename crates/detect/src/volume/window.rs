//! An exponential window over counts, and how unusual its content is.

use mention::EventTime;

use super::{ALARM_Z, FAST_MS, Row, SLOW_MS, TAIL_EXPONENT, remains};

/// Sums over the recent past, with weights that fall by e each time constant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Window {
    /// Σ w · count.
    counted: f64,
    /// Σ w · expected count.
    expected: f64,
    /// Σ w.
    weight: f64,
    /// Σ w².
    weight_squared: f64,
    /// Aged sum of the squared residuals, and of their weights.
    squares: f64,
    squares_weight: f64,
}

impl Window {
    /// Takes in a row; returns how unusual the window is now, 1 at an alarm's bar,
    /// negative when there is less than expected.
    pub(super) fn surprise(
        &mut self,
        constant_ms: i64,
        row: Row,
        count: f64,
        expected: f64,
    ) -> f64 {
        self.slide(constant_ms, row.passed_ms, count, expected);
        let residual = (self.counted - self.expected) / (self.expected * self.weight).sqrt();
        let z = residual / self.variance().sqrt();
        self.learn(residual, row);
        z * tail_factor(constant_ms, row.step_ms) / ALARM_Z
    }

    fn slide(&mut self, constant_ms: i64, passed_ms: i64, count: f64, expected: f64) {
        let remains = (-ratio(passed_ms, constant_ms)).exp();
        self.counted = self.counted * remains + count;
        self.expected = self.expected * remains + expected;
        self.weight = self.weight * remains + 1.0;
        self.weight_squared = self.weight_squared * remains * remains + 1.0;
    }

    /// Variance of the residual: that of the past, but at least that of Poisson counts.
    fn variance(&self) -> f64 {
        let poisson = self.weight_squared / (self.weight * self.weight);
        if self.squares_weight > 0.0 {
            poisson.max(self.squares / self.squares_weight)
        } else {
            poisson
        }
    }

    fn learn(&mut self, residual: f64, row: Row) {
        let remains = remains(row.passed_ms.min(EventTime::DAY_MS));
        self.squares = self.squares * remains + residual * residual;
        self.squares_weight = self.squares_weight * remains + 1.0;
    }
}

/// What z is multiplied by so that windows of all lengths share one bar.
///
/// Rows that are longer than the window make it as long as they are.
fn tail_factor(constant_ms: i64, step_ms: i64) -> f64 {
    let length_ms = constant_ms.max(step_ms).min(SLOW_MS);
    ratio(length_ms, FAST_MS).powf(TAIL_EXPONENT)
}

fn ratio(part_ms: i64, whole_ms: i64) -> f64 {
    part_ms as f64 / whole_ms as f64
}
