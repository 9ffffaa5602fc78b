//! The finished week.

use mention::{EventTime, Label};

use crate::brand::{PLUIMVOS, ZEEGROEN};
use crate::draft::Draft;
use crate::plan::Plan;
use crate::rhythm::WEEK;
use crate::rng::mix;
use crate::texts::Category;
use crate::{campaign, delivery, everyday, spam, viral};

/// Monday 2 March 2026, 00:00 in Amsterdam.
pub const DEFAULT_START: EventTime = EventTime::from_millis(1_772_406_000_000);

/// Length of the week, milliseconds. `Week::new(seed, now.plus_millis(-LENGTH_MS))` ends
/// now.
#[allow(
    clippy::cast_possible_wrap,
    reason = "a week of milliseconds is far below the largest number"
)]
pub const LENGTH_MS: i64 = WEEK as i64 * 1_000;

/// The week's records in the order of time, each one line of JSON in the mention contract.
///
/// Times are in UTC; the rhythm is that of the hours after `start`, so a start at local
/// midnight of a Monday gives natural days. A week that starts elsewhere is the same week
/// moved, except for its ids, which differ from start to start so that two weeks
/// can be played into one topic.
#[derive(Debug, Clone)]
pub struct Week {
    drafts: std::vec::IntoIter<Draft>,
    start: EventTime,
    salt: u64,
}

/// A record of the week with what its writer meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// One line of JSON.
    pub line: String,
    /// What the post is for, and its sentiment; `None` for an update of engagement.
    pub meant: Option<(Category, Label)>,
}

impl Week {
    /// The week that begins at `start`, drawn with `seed`.
    #[must_use]
    pub fn new(seed: u64, start: EventTime) -> Self {
        let mut plan = Plan::new(seed, start);
        everyday::plan(&mut plan, &PLUIMVOS);
        everyday::plan(&mut plan, &ZEEGROEN);
        everyday::news(&mut plan);
        campaign::plan(&mut plan);
        delivery::plan(&mut plan);
        viral::plan(&mut plan);
        everyday::catch_up(&mut plan);
        spam::plan(&mut plan);
        let mut drafts = plan.drafts;
        // Stable on equal times, and by id within a second, so that a reply never stands
        // before the post it answers.
        drafts.sort_by_key(|draft| (draft.at, draft.id));
        Self {
            drafts: drafts.into_iter(),
            start,
            salt: mix(seed, start.millis().unsigned_abs()),
        }
    }

    /// The same records, each with the sentiment its writer meant.
    pub fn labelled(self) -> impl Iterator<Item = Labelled> {
        let (start, salt) = (self.start, self.salt);
        self.drafts.map(move |draft| Labelled {
            line: draft.to_json(start, salt),
            meant: draft.body.map(|body| (body.category, body.sentiment)),
        })
    }
}

impl Iterator for Week {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let draft = self.drafts.next()?;
        Some(draft.to_json(self.start, self.salt))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.drafts.size_hint()
    }
}

impl ExactSizeIterator for Week {}
