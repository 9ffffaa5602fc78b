//! What follows from a record for the brands of its partition, and nothing else: so
//! partitions can be stepped over side by side.

use detect::{BrandSettings, Outcome};
use mention::{Event, Mention, Reason, Record, Rejection, Spike};
use service::{Input, Roster, Stranger};

use crate::Settings;
use crate::brands::Seen;
use crate::partition::Partition;

/// What all partitions have in common, and no record changes.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) settings: Settings,
    pub(crate) roster: Roster<BrandSettings>,
}

/// What follows from a record.
#[derive(Debug)]
pub(crate) struct Followed<'a> {
    pub(crate) told: Told<'a>,
    /// Revisions of spikes.
    pub(crate) spikes: Vec<Spike>,
}

/// What a record told.
#[derive(Debug)]
pub(crate) enum Told<'a> {
    /// The time.
    Heartbeat,
    /// That it came through: it is a test record.
    Canary,
    /// Nothing that the state from before a restart doesn't know.
    Before,
    /// A mention of a brand that isn't watched.
    Stranger(Stranger),
    /// A mention.
    Watched {
        seen: Seen<'a>,
        outcome: Outcome,
        /// Whether the error rates of its scorer are known.
        is_corrected: bool,
        /// The mention's, if revisions follow from it.
        hashed_id: Option<u64>,
    },
}

impl Known {
    /// Steps over a record of `partition`.
    pub(crate) fn follow<'a>(
        &self,
        partition: &mut Partition,
        input: &Input<'a>,
    ) -> Result<Followed<'a>, Rejection> {
        // Takes no memory until there is one, which is rare.
        let mut spikes = Vec::new();
        let told = match mention::parse_scored(input.value)?.on_time(input.stamped_at)? {
            Record::Mention(mention) => {
                self.follow_mention(partition, input.offset, mention, &mut spikes)?
            }
            Record::Heartbeat(at) => {
                partition.heartbeat(at, input.offset, &mut spikes);
                Told::Heartbeat
            }
        };
        Ok(Followed { told, spikes })
    }

    fn follow_mention<'a>(
        &self,
        partition: &mut Partition,
        offset: i64,
        mention: Box<Mention<'a>>,
        spikes: &mut Vec<Spike>,
    ) -> Result<Told<'a>, Rejection> {
        if mention.score.is_none() && mention.event == Event::Create {
            return Err(Rejection::new(Reason::NotScored, "score"));
        }
        if mention.canary {
            return Ok(Told::Canary);
        }
        if let Err(stranger) = self.ensure_brand(partition, &mention.brand) {
            return Ok(Told::Stranger(stranger));
        }
        let Some(watch) = partition.watch(&mention.brand, offset, spikes) else {
            return Ok(Told::Before);
        };
        let outcome = watch.observe(&mention, spikes);
        let mut hashed_id = None;
        if !spikes.is_empty() {
            partition.ask_others(&mention.brand, spikes);
            hashed_id = Some(mention.hashed_id());
        }
        Ok(Told::Watched {
            outcome,
            is_corrected: self.settings.rates.knows(&mention),
            hashed_id,
            seen: Seen::of(*mention),
        })
    }

    /// Begins to watch the brand if it isn't watched and may be.
    fn ensure_brand(&self, partition: &mut Partition, slug: &str) -> Result<(), Stranger> {
        if partition.has_brand(slug) {
            return Ok(());
        }
        let full = (partition.len(), partition.of());
        let found = |slug: &str| self.settings.found(slug);
        partition.add(slug, self.roster.admit(slug, full, found)?);
        Ok(())
    }

    /// Settings of a brand; `None` if it isn't to be watched.
    pub(crate) fn settings_of(&self, slug: &str) -> Option<BrandSettings> {
        self.roster.about(slug, |slug| self.settings.found(slug))
    }
}
