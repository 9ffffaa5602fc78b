use super::*;
use crate::calendar::{Holidays, Planned, PlannedKind};
use mention::EventTime;

fn hour(text: &str) -> i64 {
    let at: EventTime = text.parse().unwrap();
    at.millis().div_euclid(EventTime::HOUR_MS)
}

fn amsterdam() -> Calendar {
    Calendar::new("Europe/Amsterdam", Some(Holidays::Nl)).unwrap()
}

fn with(calendar: Calendar) -> Rhythm {
    let mut rhythm = Rhythm::new();
    rhythm.adopt(&Arc::new(calendar));
    rhythm
}

/// A shop by the clock on its wall: 100 an hour from nine to five, 10 otherwise, and a
/// third of it on days off.
fn of_a_shop(calendar: &Calendar, hour: i64) -> f64 {
    let slot = calendar.slot(hour);
    let usual = if (9..17).contains(&slot.hour) {
        99.0
    } else {
        9.0
    };
    if slot.is_off { usual / 3.0 } else { usual }
}

fn learn(rhythm: &mut Rhythm, from: &str, days: i64, of: impl Fn(i64) -> f64) -> i64 {
    let from = hour(from);
    for hour in from..from + days * 24 {
        rhythm.learn(hour, of(hour), 1.0);
    }
    from + days * 24
}

fn is_near(found: f64, expected: f64, part: f64) -> bool {
    (found - expected).abs() <= part * expected
}

#[test]
fn the_night_is_told_from_the_day_within_a_week() {
    let mut rhythm = with(Calendar::default());
    assert!(rhythm.expected(0).abs() < 1e-9 && rhythm.mean().abs() < 1e-9);
    let day = |hour: i64| if hour.rem_euclid(24) < 8 { 1.0 } else { 10.0 };
    let next = learn(&mut rhythm, "2026-03-02T00:00:00Z", 5, day);
    assert!(rhythm.expected(next + 3) < 4.5);
    assert!(rhythm.expected(next + 12) > 7.5);
    assert!(is_near(rhythm.mean(), 7.0, 0.1), "{}", rhythm.mean());
}

#[test]
fn a_week_teaches_weekends_and_they_hold_for_holidays() {
    let calendar = amsterdam();
    let mut rhythm = with(calendar.clone());
    learn(&mut rhythm, "2026-03-02T00:00:00Z", 28, |hour| {
        of_a_shop(&calendar, hour)
    });
    for (text, expected) in [
        ("2026-03-31T10:00:00Z", 99.0),
        ("2026-03-31T20:00:00Z", 9.0),
        ("2026-04-04T10:00:00Z", 33.0),
        ("2026-04-06T10:00:00Z", 33.0), // Easter Monday
        ("2026-04-27T10:00:00Z", 33.0),
        ("2026-04-28T10:00:00Z", 99.0),
    ] {
        let found = rhythm.expected(hour(text));
        assert!(is_near(found, expected, 0.2), "{text}: {found}");
    }
}

#[test]
fn summer_time_moves_the_rhythm_with_the_wall() {
    let calendar = amsterdam();
    let mut rhythm = with(calendar.clone());
    let mut in_utc = with(Calendar::default());
    for rhythm in [&mut rhythm, &mut in_utc] {
        learn(rhythm, "2026-03-01T00:00:00Z", 28, |hour| {
            of_a_shop(&calendar, hour)
        });
    }
    // The first working day of summer time: the shop opens an hour earlier in UTC.
    let opening = hour("2026-03-30T07:00:00Z");
    assert!(is_near(rhythm.expected(opening), 99.0, 0.2));
    assert!(in_utc.expected(opening) < 40.0);
    // The days of 23 and of 25 hours are learned as any other.
    let before = rhythm.clone();
    learn(&mut rhythm, "2026-03-28T23:00:00Z", 1, |hour| {
        of_a_shop(&calendar, hour)
    });
    assert!(is_near(rhythm.mean(), before.mean(), 0.1));
}

#[test]
fn one_loud_hour_is_not_the_new_usual_and_a_new_level_is_after_two_days() {
    let mut rhythm = with(Calendar::default());
    let next = learn(&mut rhythm, "2026-03-02T00:00:00Z", 21, |_| 20.0);
    let mut loud = rhythm.clone();
    loud.learn(next, 2_000.0, 1.0);
    assert!(is_near(loud.expected(next + 1), 20.0, 0.1));
    assert!(is_near(loud.expected(next + 24), 20.0, 0.25));
    let next = learn(&mut rhythm, "2026-03-23T00:00:00Z", 2, |_| 60.0);
    assert!(
        is_near(rhythm.expected(next), 60.0, 0.3),
        "{}",
        rhythm.expected(next)
    );
}

#[test]
fn an_outage_is_missing_data_and_a_quiet_night_is_not() {
    let mut rhythm = with(Calendar::default());
    learn(&mut rhythm, "2026-03-02T00:00:00Z", 14, |_| 30.0);
    let after = learn(&mut rhythm, "2026-03-16T00:00:00Z", 14, |_| 0.0);
    assert!(
        is_near(rhythm.expected(after), 30.0, 0.15),
        "{}",
        rhythm.expected(after)
    );
    let mut quiet = with(Calendar::default());
    let shop = |hour: i64| if hour.rem_euclid(24) < 8 { 0.0 } else { 5.0 };
    let after = learn(&mut quiet, "2026-03-02T00:00:00Z", 14, shop);
    assert!(
        quiet.expected(after + 4) < 1.0,
        "{}",
        quiet.expected(after + 4)
    );
    // A quiet brand's week of silence is an outage as well: a hundred are missing.
    let mut few = with(Calendar::default());
    learn(&mut few, "2026-03-02T00:00:00Z", 28, |hour| {
        f64::from(u8::from(hour % 2 == 0))
    });
    let before = few.mean();
    learn(&mut few, "2026-03-30T00:00:00Z", 14, |_| 0.0);
    assert!(is_near(few.mean(), before, 0.4), "{} {before}", few.mean());
}

#[test]
fn an_announced_campaign_is_expected_and_not_learned() {
    let sale = Planned {
        name: "Sale".to_owned(),
        kind: PlannedKind::Campaign,
        from: "2026-03-23T00:00:00Z".parse().unwrap(),
        until: "2026-03-26T00:00:00Z".parse().unwrap(),
        expected_volume: 5.0,
    };
    let mut rhythm = with(Calendar::default().with_planned(vec![sale]));
    let begin = learn(&mut rhythm, "2026-03-02T00:00:00Z", 21, |_| 20.0);
    assert!(
        is_near(rhythm.expected(begin), 20.0, 0.05),
        "what pages doesn't follow it"
    );
    assert!(is_near(rhythm.announced(begin), 100.0, 0.05));
    let end = learn(&mut rhythm, "2026-03-23T00:00:00Z", 3, |_| 100.0);
    assert!(
        is_near(rhythm.announced(end), 20.0, 0.05),
        "it expires by itself"
    );
}

#[test]
fn the_spread_is_learned_without_the_surges_and_the_deviation_with_them() {
    let mut seed = 7_u64;
    let mut noise = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let hours: Vec<f64> = (0..60 * 24)
        .map(|_| (200.0 * (0.5 + noise())).round())
        .collect();
    let mut even = with(Calendar::default());
    let mut surging = with(Calendar::default());
    for (at, &count) in (0_i64..).zip(&hours) {
        even.learn(at, count, 1.0);
        let factor = if at % 168 == 100 { 20.0 } else { 1.0 };
        surging.learn(at, factor * count, 1.0);
    }
    // Uniform between half and one and a half: a relative deviation of 0.29.
    assert!((0.2..0.4).contains(&even.spread()), "{}", even.spread());
    assert!(
        (0.2..0.5).contains(&surging.spread()),
        "{}",
        surging.spread()
    );
    let (calm, used) = (
        even.deviation(2_000.0, 200.0),
        surging.deviation(2_000.0, 200.0),
    );
    assert!(calm > 2.0 * used, "{calm} {used}");
    assert!(even.deviation(200.0, 200.0).abs() < 1e-9);
}

#[test]
fn no_count_makes_it_not_a_number() {
    let mut rhythm = with(amsterdam());
    for (at, count) in [
        0.0,
        1.0,
        f64::from(u32::MAX),
        0.0,
        0.0,
        3.0,
        f64::from(u32::MAX),
    ]
    .into_iter()
    .cycle()
    .take(400)
    .enumerate()
    {
        rhythm.learn(at as i64, count, if at % 3 == 0 { 0.25 } else { 1.0 });
        assert!(rhythm.is_whole());
        let told = [rhythm.expected(at as i64), rhythm.mean(), rhythm.spread()];
        assert!(
            told.iter().all(|value| value.is_finite() && *value >= 0.0),
            "{told:?}"
        );
    }
    rhythm.learn(i64::MAX, 1.0, 1.0);
    rhythm.learn(i64::MIN, 1.0, 1.0);
    assert!(rhythm.is_whole());
}

/// Hours since the epoch and mentions in each, of a recording of five-minute counts.
fn recorded(file: &std::path::Path) -> Vec<(i64, f64)> {
    let mut hours = std::collections::BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines().skip(1) {
        let (time, count) = line.split_once(',').unwrap();
        let at = hour(&format!("{}Z", time.replace(' ', "T")));
        *hours.entry(at).or_insert(0.0) += count.parse::<f64>().unwrap();
    }
    let mut hours: Vec<_> = hours.into_iter().collect();
    hours.pop(); // the first and the last hour aren't whole
    hours.split_off(1)
}

/// By how much the hour is likelier at its own mean than at `expected`, negative
/// binomial with a spread of 0.4; at most 6.
fn regret(count: f64, expected: f64) -> f64 {
    let shape = 1.0 / (0.4 * 0.4);
    let log_likelihood = |mean: f64| {
        shape * maths::ln(shape / (shape + mean)) + count * maths::ln(mean / (shape + mean))
    };
    (log_likelihood(count.max(0.5)) - log_likelihood(expected.max(1e-3))).min(6.0)
}

/// The mean of the same hour on the days before, fading by half in a fortnight, with a
/// day's weight of the mean of all hours.
#[derive(Default)]
struct SameHour([[f64; 2]; HOURS]);

impl SameHour {
    fn expected(&self, hour: i64) -> f64 {
        let [sum, seen] = self
            .0
            .iter()
            .fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
        let [own, own_seen] = self.0[usize::try_from(hour.rem_euclid(24)).unwrap()];
        (own + sum / f64::max(seen, 1.0)) / (own_seen + 1.0)
    }

    fn learn(&mut self, hour: i64, count: f64) {
        let fade = maths::decay(1.0, SLOT_HALF_LIFE);
        let [sum, seen] = &mut self.0[usize::try_from(hour.rem_euclid(24)).unwrap()];
        (*sum, *seen) = (*sum * fade + count, *seen * fade + 1.0);
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test of recorded data, skipped loudly without"
)]
fn recorded_hours_are_foretold_better_than_by_the_same_hour_of_other_days() {
    let Some(data) = std::env::var_os("OPHEF_DATA") else {
        assert!(
            std::env::var_os("OPHEF_REQUIRE_DATA").is_none(),
            "OPHEF_DATA isn't set"
        );
        eprintln!("SKIPPED: this test needs the data folder; set OPHEF_DATA");
        return;
    };
    let folder = std::path::Path::new(&data).join("spikes/nab");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|e| e == "csv"))
        .collect();
    files.sort();
    assert!(files.len() >= 6);
    // Over the brands: in the first week after a day, and after it.
    let (mut ours, mut plain) = ([0.0; 2], [0.0; 2]);
    let mut bars = [0_u32; 5];
    for file in &files {
        let (mut rhythm, mut same_hour) = (with(Calendar::default()), SameHour::default());
        let (mut of_ours, mut of_plain, mut count) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for (number, (hour, mentions)) in recorded(file).into_iter().enumerate() {
            let expected = rhythm.expected(hour);
            if number >= 24 {
                let part = usize::from(number >= 168);
                of_ours[part] += regret(mentions, expected);
                of_plain[part] += regret(mentions, same_hour.expected(hour));
                count[part] += 1.0;
                let deviation = rhythm.deviation(mentions, expected);
                for (bar, reached) in crate::surge::BARS.iter().zip(&mut bars) {
                    *reached += u32::from(deviation >= *bar);
                }
            }
            rhythm.learn(hour, mentions, 1.0);
            same_hour.learn(hour, mentions);
        }
        for part in 0..2 {
            ours[part] += of_ours[part] / count[part] / files.len() as f64;
            plain[part] += of_plain[part] / count[part] / files.len() as f64;
        }
    }
    eprintln!("ours {ours:.3?}, the same hour's mean {plain:.3?}, hours at each severity {bars:?}");
    assert!(
        ours[0] < 0.8 * plain[0] && ours[1] < 0.7 * plain[1],
        "{ours:?} {plain:?}"
    );
}
