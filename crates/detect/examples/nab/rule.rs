//! The scoring rule of the Numenta Anomaly Benchmark, written from its paper
//! (A. Lavin, S. Ahmad, ICMLA 2015).
//!
//! Inside a window only the best detection counts, 1 at the left edge falling along a
//! sigmoid to 0 at the right edge; a missed window costs a weight. An alarm
//! outside costs up to a weight, less shortly behind a window. The first 15 % of
//! rows, 750 at most, don't count. 0 = never fires, 100 = every window hit at its
//! left edge and no false alarm.

/// Weights of one way to look at the result.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub name: &'static str,
    pub false_alarm: f64,
    pub miss: f64,
}

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

/// Thresholds below this aren't tried: they'd flag a good part of all rows.
const LEAST: f64 = 0.3;

/// A scored series: rows that count, and how many windows it has.
#[derive(Debug, Clone)]
pub struct Judged {
    rows: Vec<JudgedRow>,
    windows: usize,
}

#[derive(Debug, Clone, Copy)]
struct JudgedRow {
    score: f64,
    /// Reward inside a window, penalty of -1 to 0 outside.
    worth: f64,
    window: Option<usize>,
}

/// Best threshold for a profile, and what it scores.
#[derive(Debug, Clone, Copy)]
pub struct Optimum {
    pub threshold: f64,
    pub score: f64,
}

impl Judged {
    /// `windows` are first and last row of each window, in order.
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
        let counted = scores.iter().enumerate().skip(probation);
        let rows = counted.filter(|row| *row.1 >= LEAST).map(judge);
        Self {
            rows: rows.collect(),
            windows: windows.len(),
        }
    }

    /// Points at one threshold, before scaling.
    fn points(&self, profile: Profile, threshold: f64) -> f64 {
        let mut hits = vec![-profile.miss; self.windows];
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
    pub fn hits_and_false_alarms(&self, threshold: f64) -> (usize, usize) {
        let raised = self.rows.iter().filter(|row| row.score >= threshold);
        let mut hit: Vec<usize> = raised.clone().filter_map(|row| row.window).collect();
        hit.dedup();
        (hit.len(), raised.filter(|row| row.window.is_none()).count())
    }

    pub fn windows(&self) -> usize {
        self.windows
    }
}

/// Score, 0 to 100, of all series together at one threshold.
pub fn score_at(series: &[&Judged], profile: Profile, threshold: f64) -> f64 {
    let points: f64 = series
        .iter()
        .map(|one| one.points(profile, threshold))
        .sum();
    let windows = series.iter().map(|one| one.windows).sum::<usize>() as f64;
    100.0 * (points + profile.miss * windows) / (windows * (1.0 + profile.miss))
}

/// The one threshold that is best for all series together.
pub fn optimum(series: &[&Judged], profile: Profile) -> Optimum {
    let nothing = Optimum {
        threshold: f64::INFINITY,
        score: 0.0,
    };
    let rows = series.iter().flat_map(|one| &one.rows);
    let mut raised: Vec<f64> = rows
        .map(|row| row.score)
        .filter(|score| *score >= LEAST)
        .collect();
    raised.sort_by(f64::total_cmp);
    raised.dedup();
    let each = raised.into_iter().map(|threshold| Optimum {
        threshold,
        score: score_at(series, profile, threshold),
    });
    each.fold(
        nothing,
        |best, next| if next.score > best.score { next } else { best },
    )
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
        2.0 / (1.0 + (5.0 * position).exp()) - 1.0
    }
}
