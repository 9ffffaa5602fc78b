//! The part of the alarm budget that threads have, as a statistical law: brands whose
//! posts get what posts get, heavy tails included, and in which nothing happens.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers of a test"
)]

mod support;

use detect::{BrandSettings, BrandWatch};
use mention::{Engagement, Event, Mention, Spike, SpikeKind, Text};
use support::*;

/// Weeks a brand is watched, after its first.
const WEEKS: i64 = 5;
/// Part of the budget that threads have (`spreading`).
const PART: f64 = 0.1;

/// What posts end with, in shares.
#[derive(Debug, Clone, Copy)]
enum Law {
    /// Median, standard deviation of the natural logarithm.
    LogNormal(f64, f64),
    /// Part of the posts that get one at all, exponent of the tail.
    Pareto(f64, f64),
}

impl Law {
    fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Self::LogNormal(median, deviation) => median * (deviation * rng.normal()).exp(),
            Self::Pareto(part, exponent) if rng.chance(part) => rng.uniform().powf(-1.0 / exponent),
            Self::Pareto(..) => 0.0,
        }
    }
}

/// A week of posts, each of which is told of four times, at ages drawn at random.
fn week(rng: &mut Rng, per_hour: f64, law: Law, from: i64) -> Vec<Mention<'static>> {
    let until = from + 7 * DAY;
    let mut stream = steady(rng, per_hour, 0.3, from, until);
    let posts = stream.clone();
    for post in &posts {
        // Each author has his own pace: half or double the usual one.
        let (shares, pace) = (law.draw(rng), (0.7 * rng.normal()).exp());
        let mut ages: Vec<f64> = (0..4).map(|_| 600.0_f64.powf(rng.uniform())).collect();
        ages.sort_by(f64::total_cmp);
        for age in ages {
            let there = 1.0 - (3.0 / (age * pace + 3.0)).powf(0.4);
            let count = rng.poisson((shares * there).min(1e9));
            if count == 0 {
                continue; // most platforms' changes are only told where there are some
            }
            let at = post.created_at.plus_millis((age * MINUTE as f64) as i64);
            stream.push(Mention {
                event: Event::Update,
                created_at: at,
                text: Text::from(""),
                score: None,
                author: None,
                engagement: Some(Engagement {
                    shares: Some(u64::from(count)),
                    observed_at: Some(at),
                    ..Engagement::default()
                }),
                ..post.clone()
            });
        }
    }
    stream.retain(|post| post.created_at.millis() < until);
    stream.sort_by_key(|post| post.created_at);
    stream
}

/// Viral pages of a brand: in its first day, in the rest of its first week, after it.
fn alarms(seed: u64, per_hour: f64, law: Law, per_week: f64) -> [usize; 3] {
    let mut rng = Rng(seed);
    let mut settings = BrandSettings::new("acme");
    settings.alarms_per_week = per_week;
    let mut watch = BrandWatch::new(settings);
    let mut pages: Vec<Spike> = Vec::new();
    for number in 0..=WEEKS {
        let stream = week(&mut rng, per_hour, law, MONDAY + number * 7 * DAY);
        pages.extend(
            feed(&mut watch, &stream)
                .into_iter()
                .filter(|spike| spike.pages),
        );
    }
    let mut found = [0; 3];
    for spike in last_revisions(&pages) {
        let day = (spike.detected_at.millis() - MONDAY) / DAY;
        let period = usize::from(day >= 1) + usize::from(day >= 7);
        found[period] += usize::from(spike.spike_kind == SpikeKind::ViralThread);
    }
    found
}

#[test]
fn ordinary_threads_stay_within_their_part_of_the_budget() {
    let (mut table, mut all, mut budget) = (String::new(), 0, 0.0);
    for (per_hour, law, per_week) in [
        (30.0, Law::LogNormal(0.5, 1.0), 10.0),
        (30.0, Law::LogNormal(2.0, 1.5), 10.0),
        (30.0, Law::LogNormal(20.0, 1.5), 10.0),
        (30.0, Law::LogNormal(0.5, 2.0), 10.0),
        (30.0, Law::Pareto(0.05, 1.4), 10.0),
        (30.0, Law::Pareto(0.3, 1.0), 10.0),
        (30.0, Law::Pareto(0.3, 0.8), 10.0),
        (3.0, Law::LogNormal(2.0, 1.5), 10.0),
        (3.0, Law::Pareto(0.3, 1.0), 10.0),
        (150.0, Law::LogNormal(2.0, 1.5), 10.0),
        (150.0, Law::Pareto(0.3, 1.0), 10.0),
        (30.0, Law::LogNormal(2.0, 1.5), 1.0),
        (30.0, Law::Pareto(0.3, 1.0), 1.0),
    ] {
        let brands = 2;
        let mut found = [0; 3];
        for seed in 0..brands {
            for (sum, more) in found.iter_mut().zip(alarms(seed, per_hour, law, per_week)) {
                *sum += more;
            }
        }
        let nominal = PART * per_week * (brands as i64 * WEEKS) as f64;
        // A tail heavier than any measured may have twice its part, and three for chance.
        assert!(
            found[2] as f64 <= 2.0 * nominal + 3.0,
            "{law:?}: {found:?} of {nominal}"
        );
        // A first day has a seventh of a week's part; five times that is beyond chance.
        assert!(found[0] as f64 <= 3.0, "{law:?}: {found:?}");
        all += found[2];
        budget += nominal;
        table += &format!(
            "{per_hour}/h, {law:?}, {per_week} a week: {} of {nominal}; first day {}, first week {}\n",
            found[2], found[0], found[1]
        );
    }
    println!("{table}");
    assert!(all as f64 <= 1.25 * budget, "{all} of {budget}\n{table}");
}
