//! What follows from a record for the brands of its partition, and nothing else: so
//! partitions can be stepped over side by side.

use conversation::{Book, BookSettings, Effects, Taken};
use mention::{Event, EventTime, Mention, Reason, Record, Rejection, Text};
use service::{Input, Roster, Stranger};

use crate::Settings;
use crate::partition::Partition;

/// What all partitions have in common, and no record changes.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) settings: Settings,
    pub(crate) roster: Roster<BookSettings>,
}

/// What a record told.
#[derive(Debug)]
pub(crate) enum Told<'a> {
    /// That it came through: it is a test record.
    Canary,
    /// A mention of a brand that isn't followed.
    Stranger(Stranger),
    /// The time, which changes these brands.
    Heartbeat {
        now: EventTime,
        moved: Vec<(String, Effects)>,
    },
    /// A mention.
    Mention {
        brand: Text<'a>,
        taken: Taken,
        /// Where event time stands in the partition.
        now: EventTime,
        effects: Effects,
    },
}

impl Known {
    /// Steps over a record of `partition`.
    pub(crate) fn follow<'a>(
        &self,
        partition: &mut Partition,
        input: &Input<'a>,
    ) -> Result<Told<'a>, Rejection> {
        match mention::parse_scored(input.value)?.on_time(input.stamped_at)? {
            Record::Mention(mention) => self.follow_mention(partition, *mention),
            Record::Heartbeat(at) => {
                partition.hear(at);
                let (now, moved) = (partition.now(), partition.advance());
                Ok(Told::Heartbeat { now, moved })
            }
        }
    }

    fn follow_mention<'a>(
        &self,
        partition: &mut Partition,
        mention: Mention<'a>,
    ) -> Result<Told<'a>, Rejection> {
        if mention.score.is_none() && mention.event == Event::Create {
            return Err(Rejection::new(Reason::NotScored, "score"));
        }
        if mention.canary {
            return Ok(Told::Canary);
        }
        partition.hear(mention.created_at);
        let now = partition.now();
        let book = match self.book(partition, &mention.brand) {
            Ok(book) => book,
            Err(stranger) => return Ok(Told::Stranger(stranger)),
        };
        // Takes no memory until something follows.
        let mut effects = Effects::default();
        let taken = book.take(&mention, now, &mut effects);
        Ok(Told::Mention {
            taken,
            now,
            effects,
            brand: mention.brand,
        })
    }

    /// The brand's book, which begins if it isn't followed yet and may be.
    fn book<'p>(&self, partition: &'p mut Partition, slug: &str) -> Result<&'p mut Book, Stranger> {
        if !partition.has_book(slug) {
            let full = (partition.len(), partition.of());
            let found = |slug: &str| self.settings.found(slug);
            let settings = self.roster.admit(slug, full, found)?;
            partition.insert(slug, Book::new(settings));
        }
        partition.book(slug).ok_or(Stranger::Untracked)
    }
}
