//! What the figures can't see: platforms that are silent, films nobody described.

use mention::{EventTime, Mention, Platform};
use serde::{Deserialize, Serialize};

use crate::sample::week_of;

/// Weeks that say how much a platform usually brings.
const WEEKS: usize = 4;
/// A platform with fewer mentions in these weeks isn't missed.
const MENTIONS_MIN: u32 = 20;
/// It is silent when so many mentions are missing that chance leaves them out once in
/// 160,000 times (e^−12) …
const MISSING: i64 = 12;
/// … and for half a day at least, since people sleep, hours.
const SILENT_HOURS: i64 = 12;
/// Words beside a picture that say something by themselves.
const WORDS: usize = 3;
/// Mentions of a week below which its mood isn't judged: the share of so few is known to
/// no more than 22 points either way.
pub(crate) const WEEK_MENTIONS_MIN: u64 = 20;

/// When each platform was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Platforms {
    /// The newest week.
    week: i64,
    /// By position of the platform, up to the last that was heard.
    heard: Vec<Heard>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    first: i64,
    last: i64,
    /// Mentions, this week first.
    weeks: [u32; WEEKS],
}

impl Platforms {
    pub(crate) fn heard(&mut self, platform: Platform, at: EventTime, day: i64) {
        self.advance(day);
        let index = platform.index();
        if self.heard.len() <= index {
            self.heard.resize(index + 1, Heard::default());
        }
        let heard = &mut self.heard[index];
        let at = at.millis();
        let is_first = heard.last == 0;
        heard.first = if is_first { at } else { heard.first.min(at) };
        heard.last = heard.last.max(at);
        let back = usize::try_from(self.week - week_of(day)).unwrap_or(WEEKS);
        if let Some(week) = heard.weeks.get_mut(back) {
            *week = week.saturating_add(1);
        }
    }

    pub(crate) fn advance(&mut self, day: i64) {
        let week = week_of(day);
        let passed = usize::try_from(week.saturating_sub(self.week)).unwrap_or_default();
        if passed > 0 {
            let passed = passed.min(WEEKS);
            for heard in &mut self.heard {
                heard.weeks.rotate_right(passed);
                heard.weeks[..passed].fill(0);
            }
        }
        self.week = self.week.max(week);
    }

    /// Platforms that are silent for far longer than chance would have it.
    pub(crate) fn silent(&self, now: EventTime) -> Vec<Platform> {
        let platforms = Platform::ALL.into_iter().zip(&self.heard);
        let silent = platforms.filter(|(_, heard)| heard.is_silent(now.millis()));
        silent.map(|(platform, _)| platform).collect()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.heard.len() <= Platform::ALL.len() && self.week.abs() < i64::MAX / 4
    }
}

impl Heard {
    fn is_silent(self, now: i64) -> bool {
        let mentions: u32 = self
            .weeks
            .iter()
            .fold(0, |sum, &week| sum.saturating_add(week));
        if mentions < MENTIONS_MIN {
            return false;
        }
        let longest = 7 * EventTime::DAY_MS * i64::try_from(WEEKS).unwrap_or(1);
        let known = self.last.saturating_sub(self.first).min(longest);
        let usual = known / i64::from(mentions); // between two mentions
        let silence = now.saturating_sub(self.last);
        silence
            > usual
                .saturating_mul(MISSING)
                .max(SILENT_HOURS * EventTime::HOUR_MS)
    }
}

/// Whether what the mention says is in a picture or film that wasn't scored: nobody
/// described it, and the words beside it are few or mean nothing to the scorer.
pub(crate) fn is_unscored(mention: &Mention<'_>) -> bool {
    let is_blind = |media: &mention::Media<'_>| {
        let kind = match media {
            mention::Media::Kind(kind) => Some(kind.as_str()),
            mention::Media::Described { kind, .. } => kind.as_deref(),
        };
        let is_seen = kind.is_some_and(|kind| ["image", "video"].contains(&kind));
        is_seen && media.alt().is_none_or(|alt| alt.trim().is_empty())
    };
    if !mention.media.iter().any(is_blind) {
        return false;
    }
    let words = mention.text.split_whitespace();
    let is_word = |word: &&str| !word.starts_with(['@', '#']) && !word.contains("://");
    let score = mention.score.as_ref();
    words.filter(is_word).take(WORDS).count() < WORDS
        || score.is_none_or(|score| score.abstained.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = EventTime::HOUR_MS;

    #[test]
    fn a_platform_is_missed_by_what_it_used_to_bring() {
        let mut platforms = Platforms::default();
        let start = 20_002 * EventTime::DAY_MS;
        let mut hear = |platform, hours: i64| {
            let at = EventTime::from_millis(start + hours * HOUR);
            platforms.heard(platform, at, crate::days::day_of(at));
        };
        for hours in 0..240 {
            hear(Platform::X, hours);
            if hours % 10 == 0 {
                hear(Platform::Reviews, hours);
            }
            if hours % 48 == 0 {
                hear(Platform::Forum, hours);
            }
        }
        let silent = |hours: i64| platforms.silent(EventTime::from_millis(start + hours * HOUR));
        assert!(silent(250).is_empty());
        assert_eq!(silent(252), [Platform::X]);
        assert_eq!(silent(400), [Platform::X, Platform::Reviews]);
        // After weeks nobody misses what isn't remembered.
        platforms.advance(20_002 + 60);
        assert!(
            platforms
                .silent(EventTime::from_millis(start + 2_000 * HOUR))
                .is_empty()
        );
    }
}
