//! One alarm an episode: what a surprise scores, given what was raised before.

use mention::EventTime;

use super::ONGOING_SCORE;

/// Surprise at which an alarm is raised, by definition of the surprise.
pub(super) const ALARM_BAR: f64 = 1.0;

/// Surprise at which a notice is raised, for those who'd rather hear too much.
pub(super) const NOTICE_BAR: f64 = 2.0 / 3.0;

/// An episode is over once the surprise has stayed below the bar for this long:
/// longer than the quiet part of a night, so that a cause that goes on by day is
/// one episode.
const QUIET_MS: i64 = 12 * EventTime::HOUR_MS;

/// When each bar was last reached, in elapsed milliseconds of the series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Episode {
    noticed_ms: Option<i64>,
    alarmed_ms: Option<i64>,
}

impl Episode {
    /// The score of a row of this `surprise` (0 or more) at `elapsed_ms`;
    /// nothing is raised unless `judged`.
    pub(super) fn score(&mut self, surprise: f64, elapsed_ms: i64, judged: bool) -> f64 {
        let graded = surprise / (1.0 + surprise);
        if surprise < NOTICE_BAR {
            return graded;
        }
        let mut raises = reach(&mut self.noticed_ms, elapsed_ms);
        if surprise >= ALARM_BAR {
            raises = reach(&mut self.alarmed_ms, elapsed_ms);
        }
        if raises && judged {
            graded
        } else {
            ONGOING_SCORE
        }
    }
}

/// Notes that a bar is reached; true if it wasn't for the length of an episode's end.
fn reach(last_ms: &mut Option<i64>, elapsed_ms: i64) -> bool {
    let over = last_ms.is_none_or(|last| elapsed_ms.saturating_sub(last) > QUIET_MS);
    *last_ms = Some(elapsed_ms);
    over
}
