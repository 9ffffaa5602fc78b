//! What could be known at best.

use crate::brand::Brand;
use crate::burst::{Burst, Shape};
use crate::stream::{Item, start_of};
use crate::{PATIENCE, WEEK};

/// CUSUM (E. S. Page, Biometrika 41 (1954) 100) of the negatives as they come, which
/// knows the true rate of each minute and the burst's shape, size and beginning.
///
/// It alarms at ln(ARL), the minutes between two false alarms that are allowed. That
/// takes the negatives of a minute as independent, which they aren't: where they are
/// many, it alarms more often than that, see [`Oracle::false_alarms`].
#[derive(Debug, Clone, Copy)]
pub struct Oracle {
    bar: f64,
}

impl Oracle {
    /// For so many false alarms a week.
    #[must_use]
    pub fn new(budget: f64) -> Self {
        Self {
            bar: libm::log(WEEK as f64 / budget),
        }
    }

    /// Milliseconds from the beginning of a burst to the alarm; none within
    /// [`PATIENCE`]. `usual` are the mentions of these hours without the burst.
    pub(crate) fn delay(
        &self,
        brand: &Brand,
        start: usize,
        burst: &Burst,
        usual: &[Item],
    ) -> Option<u32> {
        let mut negatives: Vec<u32> = burst.times.clone();
        let begin = start_of(start);
        let usual = usual.iter().filter(|item| item.negative);
        negatives.extend(usual.map(|item| (item.at - begin) as u32));
        negatives.sort_unstable();
        let mut negatives = negatives.into_iter().peekable();
        let mut sum = 0.0;
        for minute in 0..PATIENCE {
            let rate = brand.negative_rate(start + minute);
            let extra = burst.shape.intensity(burst.size, minute);
            let gain = libm::log1p(extra / rate);
            let (mut from, end) = (minute as f64, minute as f64 + 1.0);
            while let Some(at) = negatives.next_if(|&at| f64::from(at) < end * 60_000.0) {
                let now = f64::from(at) / 60_000.0;
                sum = (sum - extra * (now - from)).max(0.0) + gain;
                from = now;
                if sum > self.bar {
                    return Some(at);
                }
            }
            sum = (sum - extra * (end - from)).max(0.0);
        }
        None
    }

    /// Alarms that it raises by itself from minute `from` on, looking for a step of
    /// `size` all the time; within [`PATIENCE`] of one another they are one.
    #[must_use]
    pub fn false_alarms(&self, brand: &Brand, from: usize, size: u32) -> u32 {
        let extra = Shape::Step.intensity(size, 0);
        let (mut sum, mut alarms, mut last) = (0.0, 0, None::<usize>);
        for minute in from..brand.minutes() {
            let gain = libm::log1p(extra / brand.negative_rate(minute));
            sum = f64::max(0.0, sum + f64::from(brand.negative[minute]) * gain - extra);
            if sum > self.bar {
                sum = 0.0;
                alarms += u32::from(last.is_none_or(|last| minute - last > PATIENCE));
                last = Some(minute);
            }
        }
        alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Base;
    use crate::random::Random;

    #[test]
    fn it_finds_what_is_plain_and_little_else() {
        // Nearly independent negatives, for which its bar is right.
        let mut base = Base::invented()[9].clone();
        base.rho = 1e-4;
        let brand = Brand::new(&base, 1, 12 * WEEK);
        let oracle = Oracle::new(1.0);
        let alarms = oracle.false_alarms(&brand, 0, 100);
        assert!(alarms <= 14, "{alarms} in 12 weeks");
        let burst = Burst::new(Shape::Step, 300, &mut Random::new(1));
        let mut usual = Vec::new();
        for minute in 5_000..5_000 + PATIENCE {
            brand.items(minute, &mut usual);
        }
        let delay = oracle.delay(&brand, 5_000, &burst, &usual).unwrap();
        assert!(delay < 10 * 60_000, "{delay} ms");
        let none = Burst {
            times: Vec::new(),
            ..burst
        };
        assert_eq!(oracle.delay(&brand, 5_000, &none, &[]), None);
    }
}
