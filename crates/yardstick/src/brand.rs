//! Streams of mentions in which nothing happens but life: day and night, weekends,
//! news in the usual mood, and a mood that drifts.

use mention::EventTime;

use crate::random::Random;
use crate::{DAY, WEEK};

/// 2026-03-02, a Monday: the streams' first minute since 1970.
pub const FIRST_MINUTE: i64 = 29_540_160;
/// Swing between day and night: 0.2 of the mean at midnight, 1.8 at noon.
const SWING: f64 = 0.8;
/// What remains of a weekday's mentions on Saturdays and Sundays.
const WEEKEND: f64 = 0.6;
/// News comes once in so many days, multiplies the mentions by so much, and lasts so
/// many minutes.
const NEWS_DAYS: f64 = 3.0;
const NEWS_TIMES: [f64; 2] = [3.0, 10.0];
const NEWS_MINUTES: [u64; 2] = [30, 180];
/// Minutes after news that count as its own where its false alarms are told.
const NEWS_ECHO: usize = 60;
/// Range of the long-term share of negatives.
const SHARES: [f64; 2] = [0.1, 0.5];
/// The drifting mood: standard deviation of the logit, and minutes of its memory.
pub(crate) const DRIFTS: [[f64; 2]; 2] = [[0.35, 1440.0], [0.2, 60.0]];

/// What a brand's stream is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// Name in the tables.
    pub name: String,
    /// Mentions a minute, in the mean.
    pub rate: f64,
    /// Correlation ρ of the mentions of one minute.
    pub rho: f64,
    /// Platforms it is mentioned on, 1 to 3.
    pub platforms: u8,
    /// Recorded counts of five minutes, whole weeks from Monday on; none for an
    /// invented brand.
    weeks: Vec<Vec<u32>>,
}

/// The recorded counts of a brand don't cover one whole week.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{name}: the counts don't cover one whole week from Monday to Sunday")]
pub struct TooShort {
    name: String,
}

impl Base {
    /// The invented brands: from three mentions an hour to fifteen a minute in six steps,
    /// each at three correlations, and three larger ones. Those of the middle
    /// correlation are mentioned on three platforms, the others on one.
    #[must_use]
    pub fn invented() -> Vec<Self> {
        let rhos = [0.02, 0.05, 0.1];
        let small = [0.05, 0.2, 0.5, 1.5, 5.0, 15.0].into_iter();
        let small = small.flat_map(|rate| rhos.map(|rho| (rate, rho)));
        // Three of each would take most of the time of all.
        let large = [(40.0, 0.02), (40.0, 0.1), (100.0, 0.05)];
        let all = small.chain(large).map(|(rate, rho)| Self {
            name: format!("{rate}/min ρ{rho}"),
            rate,
            rho,
            platforms: if (0.03..0.07).contains(&rho) { 3 } else { 1 },
            weeks: Vec::new(),
        });
        all.collect()
    }

    /// A brand with the volumes of `rows`, counts of five minutes, in order of time.
    ///
    /// Whole weeks are drawn from them at random for as long as is wanted, so that
    /// rhythm and surges are real ones; what is negative is drawn as for an invented
    /// brand, since the record doesn't tell.
    ///
    /// # Errors
    /// The rows cover no whole week from Monday to Sunday.
    pub fn recorded(name: &str, rows: &[(EventTime, f64)], rho: f64) -> Result<Self, TooShort> {
        const ROWS: usize = WEEK / 5;
        let slot = |at: EventTime| at.minute().div_euclid(5);
        // The first of January 1970 was a Thursday; weeks of slots begin on Mondays.
        let week = |slot: i64| (slot + 3 * 288).div_euclid(ROWS as i64);
        let mut weeks: Vec<(i64, Vec<u32>, usize)> = Vec::new();
        for &(at, count) in rows {
            let (slot, number) = (slot(at), week(slot(at)));
            if weeks.last().is_none_or(|last| last.0 != number) {
                weeks.push((number, vec![0; ROWS], 0));
            }
            let row = (slot + 3 * 288).rem_euclid(ROWS as i64) as usize;
            if let Some(last) = weeks.last_mut() {
                last.1[row] = count.clamp(0.0, 1e6) as u32;
                last.2 += 1;
            }
        }
        // A few rows may be missing; the week at either end lacks days.
        weeks.retain(|week| week.2 * 100 >= ROWS * 99);
        let weeks: Vec<Vec<u32>> = weeks.into_iter().map(|week| week.1).collect();
        let total: u64 = weeks.iter().flatten().map(|&count| u64::from(count)).sum();
        if weeks.is_empty() {
            return Err(TooShort {
                name: name.to_owned(),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            rate: total as f64 / (weeks.len() * WEEK) as f64,
            rho,
            platforms: 1,
            weeks,
        })
    }

    /// Whether its volumes are recorded ones.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        !self.weeks.is_empty()
    }
}

/// A brand's stream by the minute, with what only an oracle knows.
#[derive(Debug, Clone)]
pub struct Brand {
    /// What it was drawn from.
    pub base: Base,
    /// Negative mentions of each minute.
    pub negative: Vec<u32>,
    /// All mentions of each minute.
    pub total: Vec<u32>,
    /// The true rate of mentions, a minute.
    pub volume: Vec<f32>,
    /// The true share of negatives.
    pub share: Vec<f32>,
    /// Whether news runs or has just run. Recorded surges aren't told.
    pub news: Vec<bool>,
    /// Logit of the long-term share, from which the mood drifts away and back.
    pub level: f64,
    /// Its own seed.
    pub(crate) seed: u64,
}

impl Brand {
    /// Draws `minutes` minutes. The same base and seed give the same stream.
    #[must_use]
    pub fn new(base: &Base, seed: u64, minutes: usize) -> Self {
        let name = base.name.bytes().map(u64::from).collect::<Vec<_>>();
        let seed = Random::of(&[seed, Random::of(&name).bits()]).bits();
        let mut random = Random::new(seed);
        let (volume, news) = if base.is_recorded() {
            (
                recorded_volume(base, minutes, &mut random),
                vec![false; minutes],
            )
        } else {
            invented_volume(base.rate, minutes, &mut random)
        };
        let share = SHARES[0] + (SHARES[1] - SHARES[0]) * random.uniform();
        let level = libm::log(share / (1.0 - share));
        let mut mood = [0.0; 2];
        let mut brand = Self {
            base: base.clone(),
            negative: Vec::with_capacity(minutes),
            total: Vec::with_capacity(minutes),
            volume,
            share: Vec::with_capacity(minutes),
            news,
            level,
            seed,
        };
        for minute in 0..minutes {
            for (part, [sd, memory]) in mood.iter_mut().zip(DRIFTS) {
                *part = drift(&mut random, *part, sd, memory);
            }
            let share = 1.0 / (1.0 + libm::exp(-(level + mood[0] + mood[1])));
            let total = random.poisson(f64::from(brand.volume[minute]));
            brand.share.push(share as f32);
            brand.total.push(total);
            brand
                .negative
                .push(random.beta_binomial(total, share, base.rho));
        }
        brand
    }

    /// The true rate of negatives in a minute; positive.
    #[must_use]
    pub fn negative_rate(&self, minute: usize) -> f64 {
        (f64::from(self.volume[minute]) * f64::from(self.share[minute])).max(1e-6)
    }

    /// How many minutes there are.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.total.len()
    }
}

/// One minute of autoregressive noise with standard deviation `sd`.
fn drift(random: &mut Random, value: f64, sd: f64, memory: f64) -> f64 {
    let keep = libm::exp(-1.0 / memory);
    value * keep + sd * libm::sqrt(1.0 - keep * keep) * random.normal()
}

/// The true rate of each minute of an invented brand, and whether there is news.
fn invented_volume(rate: f64, minutes: usize, random: &mut Random) -> (Vec<f32>, Vec<bool>) {
    let (mut times, mut left, mut since) = (1.0, 0_u64, NEWS_ECHO);
    let (mut volume, mut news) = (Vec::with_capacity(minutes), Vec::with_capacity(minutes));
    for minute in 0..minutes {
        if left == 0 {
            times = 1.0;
            if random.chance(1.0 / (NEWS_DAYS * DAY as f64)) {
                times = NEWS_TIMES[0] + (NEWS_TIMES[1] - NEWS_TIMES[0]) * random.uniform();
                left = NEWS_MINUTES[0] + random.below(NEWS_MINUTES[1] - NEWS_MINUTES[0]);
            }
        }
        since = if left > 0 { 0 } else { since + 1 };
        left = left.saturating_sub(1);
        let phase = (minute % DAY) as f64 / DAY as f64 * std::f64::consts::TAU;
        let weekend = if minute % WEEK >= 5 * DAY {
            WEEKEND
        } else {
            1.0
        };
        volume.push((rate * weekend * (1.0 - SWING * libm::cos(phase)) * times) as f32);
        news.push(since < NEWS_ECHO);
    }
    (volume, news)
}

/// Recorded weeks in a random order, each count spread evenly over its five minutes.
fn recorded_volume(base: &Base, minutes: usize, random: &mut Random) -> Vec<f32> {
    let mut volume = Vec::with_capacity(minutes + WEEK);
    while volume.len() < minutes {
        let week = &base.weeks[random.below(base.weeks.len() as u64) as usize];
        volume.extend(week.iter().flat_map(|&count| [count as f32 / 5.0; 5]));
    }
    volume.truncate(minutes);
    volume
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_as_its_base_says() {
        let base = &Base::invented()[13]; // 5 a minute
        let brand = Brand::new(base, 1, 8 * WEEK);
        let mean = |values: &[u32]| {
            let sum: u64 = values.iter().map(|&n| u64::from(n)).sum();
            sum as f64 / values.len() as f64
        };
        // Weekends take 0.11 of the mean, news adds about 0.17.
        let all = mean(&brand.total);
        assert!((0.85..1.25).contains(&(all / base.rate)), "{all}");
        let part = |from: usize, until: usize| {
            let hours = (0..8 * 7)
                .filter(|day| day % 7 < 5)
                .map(|day| mean(&brand.total[day * DAY + from * 60..day * DAY + until * 60]));
            hours.sum::<f64>()
        };
        assert!(part(10, 14) > 3.0 * part(22, 24), "day and night");
        let share = mean(&brand.negative) / all;
        assert!((0.05..0.65).contains(&share), "{share}");
        let news = brand.news.iter().filter(|&&news| news).count() as f64 / brand.minutes() as f64;
        assert!((0.01..0.12).contains(&news), "{news}");
        assert_eq!(brand.total, Brand::new(base, 1, 8 * WEEK).total);
        assert_ne!(brand.total, Brand::new(base, 2, 8 * WEEK).total);
    }

    #[test]
    fn recorded_weeks_keep_their_days() {
        // Two mentions a minute on Mondays, none else; the record begins on a Thursday.
        let thursday = FIRST_MINUTE + 3 * DAY as i64;
        let rows: Vec<_> = (0..3 * WEEK as i64 / 5)
            .map(|row| {
                let minute = thursday + 5 * row;
                let is_monday = (minute - FIRST_MINUTE).rem_euclid(WEEK as i64) < DAY as i64;
                (
                    EventTime::from_minute(minute),
                    if is_monday { 10.0 } else { 0.0 },
                )
            })
            .collect();
        let base = Base::recorded("acme", &rows, 0.05).unwrap();
        assert!((base.rate - 2.0 / 7.0).abs() < 1e-9, "{}", base.rate);
        let brand = Brand::new(&base, 1, 2 * WEEK);
        assert!(
            brand.volume[..DAY]
                .iter()
                .all(|&volume| (volume - 2.0).abs() < 1e-6)
        );
        assert_eq!(brand.total[DAY..WEEK].iter().sum::<u32>(), 0);
        assert!(Base::recorded("acme", &rows[..1_000], 0.05).is_err());
    }
}
