//! The scoring rule of the Numenta Anomaly Benchmark, written from its paper
//! (A. Lavin, S. Ahmad, ICMLA 2015).
//!
//! Inside a window only the best detection counts, 1 at the left edge falling along a
//! sigmoid to 0 at the right edge; a missed window costs a weight. An alarm
//! outside costs up to a weight, less shortly behind a window. The first 15 % of
//! rows, 750 at most, don't count. 0 = never fires, 100 = every window hit at its
//! left edge and no false alarm.

use detect::volume::VolumeScorer;
use mention::EventTime;

use crate::counts::ROWS_A_DAY;
use crate::random::Random;

/// One labelled series of counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in tables.
    pub name: String,
    /// Local time and count of each row, in order.
    pub rows: Vec<(EventTime, f64)>,
    /// First and last row of each labelled window, in order.
    pub windows: Vec<(usize, usize)>,
}

impl Series {
    /// Scores of all rows by [`VolumeScorer`].
    #[must_use]
    pub fn scores(&self) -> Vec<f64> {
        let mut scorer = VolumeScorer::new();
        let rows = self.rows.iter();
        rows.map(|&(at, count)| scorer.score(at, count)).collect()
    }

    /// Copies with fewer mentions, each kept at random: quieter brands with the same
    /// labels. `wanted` are mean counts of a row; those above half of the series' own
    /// mean are left out.
    #[must_use]
    pub fn thinned(&self, wanted: &[f64], seed: u64) -> Vec<Self> {
        let mean = self.rows.iter().map(|row| row.1).sum::<f64>() / self.rows.len() as f64;
        let name: Vec<u64> = self.name.bytes().map(u64::from).collect();
        let random = &mut Random::of(&[seed, Random::of(&name).bits()]);
        let wanted = wanted.iter().filter(|&&wanted| mean > 2.0 * wanted);
        let copies = wanted.map(|&wanted| {
            let mut copy = self.clone();
            copy.name = format!("{} at {wanted}", self.name);
            for row in &mut copy.rows {
                row.1 = f64::from(random.binomial(row.1 as u32, wanted / mean));
            }
            copy
        });
        copies.collect()
    }

    /// Copies that begin three days before a window: little history before a labelled
    /// spike.
    #[must_use]
    pub fn shortened(&self) -> Vec<Self> {
        let windows = self.windows.iter();
        let starts = windows.filter_map(|window| window.0.checked_sub(3 * ROWS_A_DAY));
        let cut = |start: usize| Self {
            name: format!("{} from row {start}", self.name),
            rows: self.rows[start..].to_vec(),
            windows: self
                .windows
                .iter()
                .filter(|window| window.0 > start)
                .map(|window| (window.0 - start, window.1 - start))
                .collect(),
        };
        starts.map(cut).collect()
    }
}

/// Weights of one way to look at the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What a false alarm costs at most.
    pub false_alarm: f64,
    /// What a missed window costs.
    pub miss: f64,
}

/// The three profiles of the benchmark.
pub const PROFILES: [Profile; 3] = [
    Profile {
        name: "standard",
        false_alarm: 0.11,
        miss: 1.0,
    },
    Profile {
        name: "low_fp",
        false_alarm: 0.22,
        miss: 1.0,
    },
    Profile {
        name: "low_fn",
        false_alarm: 0.11,
        miss: 2.0,
    },
];

/// A scored series: rows that count, and how many windows it has.
#[derive(Debug, Clone)]
pub struct Judged {
    rows: Vec<JudgedRow>,
    /// Whether each window has rows that count; one that hasn't can't be missed.
    windows: Vec<bool>,
}

#[derive(Debug, Clone, Copy)]
struct JudgedRow {
    score: f64,
    /// Reward inside a window, penalty of -1 to 0 outside.
    worth: f64,
    window: Option<usize>,
}

/// Best threshold for a profile, and what it scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimum {
    /// The threshold: a row that scores this much or more alarms.
    pub threshold: f64,
    /// The benchmark's score, 0 to 100.
    pub score: f64,
}

impl Judged {
    /// `scores` of all rows; `windows` are first and last row of each window, in order.
    #[must_use]
    pub fn new(scores: &[f64], windows: &[(usize, usize)]) -> Self {
        let probation = (scores.len() * 15 / 100).min(750);
        let judge = |(row, &score): (usize, &f64)| {
            let window = windows.iter().position(|w| (w.0..=w.1).contains(&row));
            let worth = worth(row, window, windows);
            JudgedRow {
                score,
                worth,
                window,
            }
        };
        let rows = scores.iter().enumerate().skip(probation).map(judge);
        Self {
            rows: rows.collect(),
            windows: windows.iter().map(|w| w.1 >= probation).collect(),
        }
    }

    /// What each window is worth while it isn't hit.
    fn nothing_hit(&self, profile: Profile) -> Vec<f64> {
        let windows = self.windows.iter();
        windows
            .map(|&counts| if counts { -profile.miss } else { 0.0 })
            .collect()
    }

    /// Points at one threshold, before scaling.
    fn points(&self, profile: Profile, threshold: f64) -> f64 {
        let mut hits = self.nothing_hit(profile);
        let mut penalty = 0.0;
        for row in self.rows.iter().filter(|row| row.score >= threshold) {
            match row.window {
                Some(window) => hits[window] = row.worth.max(hits[window]),
                None => penalty += profile.false_alarm * row.worth,
            }
        }
        hits.iter().sum::<f64>() + penalty
    }

    /// Windows hit, and alarms outside windows, at one threshold.
    #[must_use]
    pub fn hits_and_false_alarms(&self, threshold: f64) -> (usize, usize) {
        let raised = self.rows.iter().filter(|row| row.score >= threshold);
        let mut hit: Vec<usize> = raised.clone().filter_map(|row| row.window).collect();
        hit.dedup();
        (hit.len(), raised.filter(|row| row.window.is_none()).count())
    }

    /// How many labelled windows there are.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.windows.len()
    }
}

/// Score, 0 to 100, of all series together at one threshold.
#[must_use]
pub fn score_at(series: &[&Judged], profile: Profile, threshold: f64) -> f64 {
    let points: f64 = series
        .iter()
        .map(|one| one.points(profile, threshold))
        .sum();
    let windows = series.iter().map(|one| one.windows()).sum::<usize>() as f64;
    100.0 * (points + profile.miss * windows) / (windows * (1.0 + profile.miss))
}

/// The one threshold that is best for all series together: every score is tried, the
/// highest first, so that each row is looked at once.
#[must_use]
pub fn optimum(series: &[&Judged], profile: Profile) -> Optimum {
    let mut best = Optimum {
        threshold: f64::INFINITY,
        score: score_at(series, profile, f64::INFINITY),
    };
    let rows = series.iter().enumerate();
    let mut rows: Vec<(usize, &JudgedRow)> = rows
        .flat_map(|(number, one)| one.rows.iter().map(move |row| (number, row)))
        .collect();
    rows.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let mut hits: Vec<Vec<f64>> = series.iter().map(|one| one.nothing_hit(profile)).collect();
    let windows = series.iter().map(|one| one.windows()).sum::<usize>() as f64;
    // Above the least: every window missed.
    let mut points = profile.miss * windows + hits.iter().flatten().sum::<f64>();
    for (place, (number, row)) in rows.iter().enumerate() {
        points += match row.window {
            None => profile.false_alarm * row.worth,
            Some(window) => {
                let before = hits[*number][window];
                let after = row.worth.max(before);
                hits[*number][window] = after;
                after - before
            }
        };
        let next = rows.get(place + 1).map(|next| next.1.score);
        let is_last_of_score = next.is_none_or(|next| next < row.score);
        let score = 100.0 * points / (windows * (1.0 + profile.miss));
        if is_last_of_score && score > best.score {
            best = Optimum {
                threshold: row.score,
                score,
            };
        }
    }
    best
}

/// Each series at the threshold that is best for the other ones, weighted by windows.
#[must_use]
pub fn left_out(series: &[&Judged], profile: Profile) -> f64 {
    let each = series.iter().enumerate().map(|(index, one)| {
        let mut others = series.to_vec();
        others.remove(index);
        let threshold = optimum(&others, profile).threshold;
        score_at(&[one], profile, threshold) * one.windows() as f64
    });
    each.sum::<f64>() / series.iter().map(|one| one.windows() as f64).sum::<f64>()
}

/// Worth of an alarm at `row`, before the weights.
fn worth(row: usize, window: Option<usize>, windows: &[(usize, usize)]) -> f64 {
    if let Some((first, last)) = window.map(|index| windows[index]) {
        let position = (last - row + 1) as f64 / (last - first + 1) as f64;
        return sigmoid(-position) / sigmoid(-1.0);
    }
    match windows.iter().rev().find(|window| window.1 < row) {
        None => -1.0,
        Some(&(first, last)) => sigmoid((row - last) as f64 / (last - first) as f64),
    }
}

/// The scaled sigmoid of the paper; position -1 is a window's left edge, 0 its right.
fn sigmoid(position: f64) -> f64 {
    if position > 3.0 {
        -1.0
    } else {
        2.0 / (1.0 + libm::exp(5.0 * position)) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 rows, a window from 400 to 499, and another that nobody can miss.
    fn judged(alarms: &[usize]) -> Judged {
        let mut scores = vec![0.0; 1_000];
        for &row in alarms {
            scores[row] = 1.0;
        }
        Judged::new(&scores, &[(10, 59), (400, 499)])
    }

    #[test]
    fn known_outcomes_have_their_scores() {
        let standard = PROFILES[0];
        let score = |alarms: &[usize]| score_at(&[&judged(alarms)], standard, 0.5);
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        };
        // Of four points at most one is had without an alarm: that of the first window.
        near(score(&[]), 25.0);
        near(score(&[400]), 75.0);
        near(score(&[400, 450]), 75.0);
        let middle = sigmoid(-0.5) / sigmoid(-1.0);
        near(score(&[450]), 25.0 * (2.0 + middle));
        // Before every window: the full penalty; shortly behind one: part of it.
        near(
            score(&[200, 400]),
            75.0 + 25.0 * 0.11 * sigmoid((200.0 - 59.0) / 49.0),
        );
        let behind = sigmoid(1.0 / 99.0);
        near(score(&[400, 500]), 75.0 + 25.0 * 0.11 * behind);
        // The first 150 rows don't count.
        near(score(&[20, 140, 400]), 75.0);
    }

    #[test]
    fn the_optimum_is_the_best_of_all_thresholds() {
        let random = &mut Random::new(9);
        let windows = [(300, 349), (700, 799)];
        let scores: Vec<f64> = (0..1_000)
            .map(|row| {
                let inside = windows.iter().any(|w| (w.0..=w.1).contains(&row));
                (random.uniform() * if inside { 1.2 } else { 1.0 } * 50.0).round() / 50.0
            })
            .collect();
        let judged = Judged::new(&scores, &windows);
        for profile in PROFILES {
            let found = optimum(&[&judged], profile);
            let tried = scores.iter().map(|&at| score_at(&[&judged], profile, at));
            let best = tried.fold(f64::MIN, f64::max);
            assert!((found.score - best).abs() < 1e-9, "{found:?} {best}");
            let again = score_at(&[&judged], profile, found.threshold);
            assert!((found.score - again).abs() < 1e-9);
        }
    }
}
