use mention::EventTime;
use proptest::prelude::*;

use super::{ALARM_SCORE, ONGOING_SCORE, VolumeScorer};

// The generators are shared with the yardstick, which is built on this crate.
#[allow(
    dead_code,
    unreachable_pub,
    clippy::cast_possible_truncation,
    reason = "the yardstick uses the rest, and allows this"
)]
#[path = "../../../yardstick/src/counts.rs"]
mod counts;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::cast_possible_truncation,
    reason = "the yardstick uses the rest, and allows this"
)]
#[path = "../../../yardstick/src/random.rs"]
mod random;

use counts::{Brand, ROWS_A_DAY, counts};
use random::Random;

const CALM: Brand = Brand {
    mean: 20.0,
    swing: 0.7,
    weekend: 1.0,
    dispersion: 0.1,
    threads: 0.0,
};

fn row_time(row: usize, step_minutes: i64) -> EventTime {
    EventTime::from_minute(i64::try_from(row).unwrap() * step_minutes)
}

/// Scores of a series of counts that begins at midnight, with rows `step_minutes` apart.
fn scores(scorer: &mut VolumeScorer, counts: &[f64], step_minutes: i64) -> Vec<f64> {
    let timed = counts.iter().enumerate();
    timed
        .map(|(row, count)| scorer.score(row_time(row, step_minutes), *count))
        .collect()
}

/// The rows that raise an alarm.
fn alarms(counts: &[f64], step_minutes: i64) -> Vec<usize> {
    let scores = scores(&mut VolumeScorer::new(), counts, step_minutes);
    (0..scores.len())
        .filter(|row| scores[*row] >= ALARM_SCORE)
        .collect()
}

/// `days` of a calm brand, five minutes a row.
fn calm(days: usize, seed: u64) -> Vec<f64> {
    counts(CALM, days * ROWS_A_DAY, &[], 0.0, &mut Random::new(seed))
}

/// `counts` summed over each `rows` rows.
fn coarser(counts: &[f64], rows: usize) -> Vec<f64> {
    counts
        .chunks_exact(rows)
        .map(|chunk| chunk.iter().sum())
        .collect()
}

fn any_count() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..50.0,
        1 => any::<f64>(),
        1 => proptest::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -1.0, -0.0, 0.0,
        ]),
    ]
}

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (0_i64..3_000).prop_map(|row| row * 5 * EventTime::MINUTE_MS),
        1 => any::<i64>(),
        1 => proptest::sample::select(vec![i64::MIN, i64::MAX, 0, 1]),
    ]
}

proptest! {
    #[test]
    fn any_input_scores_between_0_and_1(rows in prop::collection::vec((any_time(), any_count()), 0..200)) {
        let mut scorer = VolumeScorer::new();
        for (at, count) in rows {
            let score = scorer.score(EventTime::from_millis(at), count);
            prop_assert!((0.0..=1.0).contains(&score), "{score}");
            prop_assert!(scorer.surprise() >= 0.0 && scorer.surprise().is_finite());
            prop_assert!(scorer.severity() <= 5);
        }
    }

    #[test]
    fn a_score_depends_on_the_past_only(seed in any::<u64>(), cut in 0_usize..1_000) {
        let whole = calm(4, seed);
        let mut other_end = whole.clone();
        for count in &mut other_end[cut..] {
            *count = 1_000.0 - *count;
        }
        let first = scores(&mut VolumeScorer::new(), &whole, 5);
        let second = scores(&mut VolumeScorer::new(), &other_end, 5);
        prop_assert_eq!(&first[..cut], &second[..cut]);
    }

    #[test]
    fn whole_weeks_earlier_or_later_change_nothing(seed in any::<u64>(), weeks in -2_000_i64..2_000) {
        let counts = calm(3, seed);
        let mut here = VolumeScorer::new();
        let mut there = VolumeScorer::new();
        for (row, count) in counts.iter().enumerate() {
            let at = row_time(row, 5);
            let shifted = at.plus_millis(weeks * 7 * EventTime::DAY_MS);
            prop_assert_eq!(here.score(at, *count).to_bits(), there.score(shifted, *count).to_bits());
        }
    }

    #[test]
    fn unknown_counts_change_nothing(seed in any::<u64>(), every in 2_usize..50) {
        let counts = calm(3, seed);
        let mut plain = VolumeScorer::new();
        let mut holed = VolumeScorer::new();
        for (row, count) in counts.iter().enumerate() {
            if row % every == 0 {
                let unknown = if row % 2 == 0 { f64::NAN } else { -1.0 };
                prop_assert!(holed.score(row_time(row, 5), unknown) < f64::MIN_POSITIVE);
            }
            plain.score(row_time(row, 5), *count);
            holed.score(row_time(row, 5), *count);
        }
        prop_assert_eq!(plain, holed);
    }
}

#[test]
fn any_number_of_infinite_counts_stays_in_range() {
    let mut scorer = VolumeScorer::new();
    let endless = vec![f64::INFINITY; 20_000];
    let scores = scores(&mut scorer, &endless, 5);
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    // No part of the state has become a NaN, which would differ from itself.
    assert_eq!(scorer, scorer.clone());
}

#[test]
fn a_clone_goes_on_as_the_original() {
    let counts = calm(4, 1);
    let mut original = VolumeScorer::new();
    scores(&mut original, &counts, 5);
    let mut copy = original.clone();
    assert_eq!(
        scores(&mut original, &counts, 5),
        scores(&mut copy, &counts, 5)
    );
}

#[test]
fn calm_brands_stay_quiet_with_or_without_weekends() {
    let weeks = 8;
    let drawn = |seed: u64| {
        let weekend = if seed.is_multiple_of(2) { 1.0 } else { 0.3 };
        let brand = Brand { weekend, ..CALM };
        counts(
            brand,
            7 * weeks * ROWS_A_DAY,
            &[],
            0.0,
            &mut Random::new(seed),
        )
    };
    let all: usize = (0..10).map(|seed| alarms(&drawn(seed), 5).len()).sum();
    assert!(
        all <= 8,
        "{all} alarms in {} brand-weeks without a cause",
        10 * weeks
    );
}

#[test]
fn a_burst_raises_one_alarm_within_the_hour() {
    for seed in 0..5 {
        let start = 20 * ROWS_A_DAY + 100;
        let counts = counts(
            CALM,
            25 * ROWS_A_DAY,
            &[start],
            20.0,
            &mut Random::new(seed),
        );
        let after: Vec<usize> = alarms(&counts, 5)
            .into_iter()
            .filter(|row| *row >= start)
            .collect();
        assert!(
            matches!(after[..], [row] if row < start + 12),
            "{after:?} for a burst at {start}"
        );
    }
}

#[test]
fn a_wave_of_most_of_a_day_raises_an_alarm() {
    for seed in 0..5 {
        let mut counts = calm(25, seed);
        let wave = 20 * ROWS_A_DAY + 96..20 * ROWS_A_DAY + 240;
        for count in &mut counts[wave.clone()] {
            *count *= 2.2;
        }
        assert!(alarms(&counts, 5).iter().any(|row| wave.contains(row)));
    }
}

#[test]
fn a_level_that_shifts_for_good_becomes_usual() {
    let shift = 20 * ROWS_A_DAY;
    let mut counts = calm(80, 3);
    for count in &mut counts[shift..] {
        *count *= 8.0;
    }
    let alarms = alarms(&counts, 5);
    let soon = shift..shift + ROWS_A_DAY;
    assert!(alarms.iter().any(|row| soon.contains(row)), "{alarms:?}");
    let later = alarms.iter().filter(|row| **row >= soon.end).count();
    assert!(
        later <= 1,
        "{later} more alarms in sixty days at the new level"
    );
}

#[test]
fn a_bigger_burst_later_is_an_alarm_again_and_a_smaller_one_is_not() {
    let bursts = [20 * ROWS_A_DAY, 23 * ROWS_A_DAY];
    for (second, raised) in [(200.0, true), (1.0, false)] {
        let mut counts = calm(25, 9);
        for (burst, ratio) in bursts.iter().zip([30.0, second]) {
            for count in &mut counts[*burst..burst + 6] {
                *count += ratio * CALM.mean;
            }
        }
        let again = alarms(&counts, 5)
            .iter()
            .any(|row| (bursts[1]..bursts[1] + 12).contains(row));
        assert_eq!(again, raised, "after thirty times the mean, {second} times");
    }
}

#[test]
fn an_episode_raises_one_alarm_and_its_severity_follows() {
    let mut scorer = VolumeScorer::new();
    scores(&mut scorer, &calm(10, 4), 5);
    let burst = 10 * ROWS_A_DAY;
    assert!(scorer.score(row_time(burst, 5), 900.0) >= ALARM_SCORE);
    assert!(scorer.severity() >= 2);
    for row in burst + 1..burst + 20 {
        assert!(scorer.score(row_time(row, 5), 900.0) <= ONGOING_SCORE);
        assert!(scorer.surprise() > 1.0);
    }
}

#[test]
fn the_first_mentions_of_a_silent_brand_are_no_alarm() {
    let mut scorer = VolumeScorer::new();
    scores(&mut scorer, &vec![0.0; 10 * ROWS_A_DAY], 5);
    let mut few = scorer.clone();
    for (row, count) in [2.0, 0.0, 1.0].into_iter().enumerate() {
        assert!(few.score(row_time(10 * ROWS_A_DAY + row, 5), count) < ALARM_SCORE);
    }
    assert!(scorer.score(row_time(10 * ROWS_A_DAY, 5), 40.0) >= ALARM_SCORE);
}

#[test]
fn the_first_day_only_learns() {
    let mut counts = vec![1.0; ROWS_A_DAY];
    counts[200] = 5_000.0;
    assert_eq!(alarms(&counts, 5), Vec::<usize>::new());
}

#[test]
fn any_step_finds_a_burst_and_stays_quiet_otherwise() {
    for (step_minutes, rows) in [(10, 2), (60, 12), (1440, 288)] {
        let mut counts = coarser(&calm(200, 6), rows);
        let burst = counts.len() - counts.len() / 20;
        counts[burst] *= 40.0;
        let alarms = alarms(&counts, step_minutes);
        assert!(
            alarms.contains(&burst),
            "{alarms:?} at {step_minutes} minutes"
        );
        assert!(alarms.len() <= 6, "{alarms:?} at {step_minutes} minutes");
    }
}

#[test]
fn gaps_repeated_hours_and_wrong_clocks_raise_nothing() {
    let counts = calm(30, 8);
    let hour = EventTime::HOUR_MS;
    let kinds: [fn(usize) -> i64; 3] = [
        |row| {
            if row > 4_000 {
                9 * EventTime::DAY_MS
            } else {
                0
            }
        },
        |row| if row > 4_000 { -EventTime::HOUR_MS } else { 0 },
        |row| {
            if row == 4_000 {
                400_000 * EventTime::HOUR_MS
            } else {
                0
            }
        },
    ];
    for (kind, offset) in kinds.into_iter().enumerate() {
        let mut scorer = VolumeScorer::new();
        for (row, count) in counts.iter().enumerate() {
            let at = row_time(row, 5).plus_millis(offset(row));
            let score = scorer.score(at, *count);
            assert!(
                !(4_000..4_300).contains(&row) || score < ALARM_SCORE,
                "kind {kind}, row {row}"
            );
        }
        let expected = scorer.expected(EventTime::from_millis(15 * hour)).unwrap();
        assert!(
            (20.0..60.0).contains(&expected),
            "kind {kind}: {expected} mentions"
        );
    }
}

#[test]
fn one_faulty_count_does_not_blind_the_scorer() {
    let mut counts = calm(30, 5);
    counts[15 * ROWS_A_DAY] = 1e300;
    let burst = 29 * ROWS_A_DAY + 140;
    for count in &mut counts[burst..burst + 6] {
        *count *= 60.0;
    }
    let found = alarms(&counts, 5);
    assert!(
        found.iter().any(|row| (burst..burst + 12).contains(row)),
        "{found:?}"
    );
}

#[test]
fn nothing_is_expected_before_the_first_row() {
    let mut scorer = VolumeScorer::new();
    assert_eq!(scorer.expected(EventTime::default()), None);
    assert!(scorer.score(EventTime::default(), 7.0) < f64::MIN_POSITIVE);
    assert_eq!(scorer.severity(), 0);
    let expected = scorer.expected(EventTime::default()).unwrap();
    assert!((expected - 7.0).abs() < 1e-9);
}

#[test]
fn the_state_of_a_series_is_less_than_a_kilobyte() {
    assert!(size_of::<VolumeScorer>() < 1024);
}
