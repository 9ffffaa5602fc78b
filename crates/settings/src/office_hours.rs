//! When somebody is there to answer.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Days of the week as they are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Opening hours on some days of the week, written `mon-fri 09:00-17:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeHours {
    /// Whether it holds on that day, Monday first.
    pub days: [bool; 7],
    /// From when until when.
    pub open: OpenSpan,
}

/// A span of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenSpan {
    /// Minutes after midnight at which it opens, 0–1,439.
    pub from_minute: u16,
    /// Minutes after midnight at which it closes, up to 1,440; after `from_minute`.
    pub to_minute: u16,
}

impl FromStr for OfficeHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            || format!("{text:?} isn't like \"mon-fri 09:00-17:30\" or \"sat 10:00-16:00\"");
        let (days, hours) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (from, to) = hours.trim().split_once('-').ok_or_else(wrong)?;
        let open = OpenSpan {
            from_minute: minute_of_day(from).ok_or_else(wrong)?,
            to_minute: minute_of_day(to).ok_or_else(wrong)?,
        };
        if open.from_minute >= open.to_minute {
            return Err(format!(
                "{text:?} closes before it opens; write two entries for a night"
            ));
        }
        Ok(Self {
            days: parse_days(days).ok_or_else(wrong)?,
            open,
        })
    }
}

fn parse_days(days: &str) -> Option<[bool; 7]> {
    let position = |day: &str| DAYS.iter().position(|name| name.eq_ignore_ascii_case(day));
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (first, last) = (position(first)?, position(last)?);
    let holds = |day: usize| {
        if first <= last {
            (first..=last).contains(&day)
        } else {
            day >= first || day <= last
        }
    };
    Some(std::array::from_fn(holds))
}

fn minute_of_day(time: &str) -> Option<u16> {
    let (hour, minute) = time.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= 1_440).then_some(at)
}

impl<'de> Deserialize<'de> for OfficeHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_days_wrap_around_the_week() {
        let hours: OfficeHours = "sat-mon 08:30-24:00".parse().unwrap();
        assert_eq!(hours.days, [true, false, false, false, false, true, true]);
        assert_eq!(
            hours.open,
            OpenSpan {
                from_minute: 510,
                to_minute: 1_440
            }
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "mon",
            "mon 9",
            "mon 09:00-08:00",
            "maa 09:00-10:00",
            "mon 09:60-11:00",
            "mon 99999:00-11:00",
        ] {
            assert!(text.parse::<OfficeHours>().is_err(), "{text}");
        }
    }
}
