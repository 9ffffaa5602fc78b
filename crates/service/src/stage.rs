//! What a service does, apart from all that services share.

use kafka::Headers;
use mention::{EventTime, Rejection, Topic};

use crate::{Outbox, Steps};

/// What a stage reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Name of the service: consumer group, transactional id, metric label.
    pub name: &'static str,
    /// The topic it consumes.
    pub input: Topic,
    /// The topics it writes, its changelog apart. Those written by partition
    /// number must have as many partitions as the input.
    pub outputs: &'static [Topic],
    /// Where its state is kept, if it has any: as many partitions as the input.
    pub changelog: Option<Topic>,
}

/// One record to step over.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Number of its partition.
    pub partition: i32,
    /// Position in its partition.
    pub offset: i64,
    /// When it was written to Kafka.
    pub stamped_at: EventTime,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; empty if it has none.
    pub value: &'a [u8],
    /// Its headers.
    pub headers: Headers<'a>,
    /// Whether it was stepped over and committed before, and is read again only
    /// to rebuild the state: what follows from it is thrown away.
    pub is_replay: bool,
}

impl<'a> Input<'a> {
    /// A record of partition 0 without key and headers, for driving a stage in memory.
    #[must_use]
    pub const fn offline(value: &'a [u8], offset: i64, stamped_at: EventTime) -> Self {
        Self {
            partition: 0,
            offset,
            stamped_at,
            key: None,
            value,
            headers: Headers::NONE,
            is_replay: false,
        }
    }
}

/// A service's own work: from one record to the next, without waiting.
///
/// State is kept by partition. The same records in the same order must give the
/// same output, whatever came between: an assignment is always followed by
/// [`Stage::restore`] for each entry of the partition's changelog,
/// [`Stage::assigned`], and the records since.
pub trait Stage {
    /// What it reads and writes; the same at every call.
    fn plan(&self) -> Plan;

    /// Takes in one entry of its changelog; of several with one key the last counts.
    fn restore(&mut self, partition: i32, key: &[u8], value: Option<&[u8]>) {
        let _ = (partition, key, value);
    }

    /// The partition, one of `of`, is ours and its changelog was read. Returns
    /// the offset to read from to rebuild the rest of the state, if there is any.
    ///
    /// # Errors
    /// A sentence on why the state can't be used.
    fn assigned(&mut self, partition: i32, of: i32) -> Result<Option<i64>, String> {
        let _ = (partition, of);
        Ok(None)
    }

    /// The partition isn't ours any more, or will be restored: forget its state.
    fn revoked(&mut self, partition: i32) {
        let _ = partition;
    }

    /// Steps over one record.
    ///
    /// # Errors
    /// A rejection sends the record to the dead-letter topic; nothing else that
    /// was put into `out` for it is written.
    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection>;

    /// Steps over several records, of any partitions, in their order. What comes out must
    /// be what [`Stage::step`] gives one after the other; a stage whose records don't
    /// depend on each other may share them out among threads.
    fn step_all(&mut self, inputs: &[Input<'_>], steps: &mut Steps) {
        steps.one_by_one(inputs, |input, out| self.step(input, out));
    }

    /// Puts what it held back into `out`: a commit is next. A stage may hold back what
    /// follows from a record, to compute several together, as long as each
    /// partition's records stay in order; what it rejects must be rejected at once.
    fn flush(&mut self, out: &mut Outbox) {
        let _ = out;
    }

    /// Puts what changed since the last snapshot into `out`, for the changelog.
    /// `next` is the offset of the first record that isn't in it.
    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        let _ = (partition, next, out);
    }

    /// All steps so far are committed.
    fn committed(&mut self) {}

    /// About a second has passed, by the wall clock: a good time to set gauges.
    fn report(&mut self) {}
}
