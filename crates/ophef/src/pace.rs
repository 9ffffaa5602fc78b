//! How fast a recording is played.

use std::str::FromStr;
use std::time::Duration;

use mention::EventTime;

/// Event time per wall time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// This many times faster than life; above 0.
    Times(f64),
    /// As fast as the pipeline takes it.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("max") {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("neither a number above 0 nor `max`".to_owned()),
        }
    }
}

impl Speed {
    /// How long after the start something happens that comes `event_ms`
    /// milliseconds into the recording.
    #[must_use]
    pub(crate) fn wall_time(self, event_ms: i64) -> Duration {
        match self {
            Self::Max => Duration::ZERO,
            Self::Times(times) => {
                #[expect(clippy::cast_precision_loss, reason = "exact to 285,000 years")]
                let seconds = event_ms.max(0) as f64 / 1_000.0 / times;
                // A century is past any use, and inside what a Duration holds.
                Duration::from_secs_f64(seconds.min(3.2e9))
            }
        }
    }

    /// By how many milliseconds to move a recording from `first` to `last` that
    /// begins to play at `now`, so that its last mention is played at its time.
    #[must_use]
    pub(crate) fn shift_to(self, first: EventTime, last: EventTime, now: EventTime) -> i64 {
        let playing = self.wall_time(last.millis_since(first)).as_millis();
        let end = now.plus_millis(i64::try_from(playing).unwrap_or(i64::MAX));
        end.millis_since(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_numbers_or_max() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        for wrong in ["", "0", "-1", "NaN", "inf", "fast"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn at_the_pace_of_life_the_first_mention_is_played_at_its_time() {
        let [first, last, now] = [0, 7_200_000, 1_000_000_000].map(EventTime::from_millis);
        let shift = Speed::Times(1.0).shift_to(first, last, now);
        assert_eq!(first.plus_millis(shift), now);
        assert_eq!(last.plus_millis(Speed::Max.shift_to(first, last, now)), now);
        assert_eq!(
            Speed::Times(3_600.0).wall_time(7_200_000),
            Duration::from_secs(2)
        );
    }
}
