//! Keeping within what the embedded broker holds.
//!
//! It keeps 5 MiB a partition and drops the oldest records silently. So the
//! replay writes at most [`ROOM_BYTES`], then waits until all of it has come out
//! at the other end: scored, watched, and seen by the onlooker. What lies in the
//! broker at any moment is bounded, whichever partition it fell into.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use kafka::Sink;
use mention::EventTime;
use service::{Progress, Shutdown};

use super::observed::Shared;
use crate::feed::{Follower, Written};

/// Bytes that may be under way. A scored record is its mention and a score; with
/// [`SCORE_BYTES`] counted for each, even a single partition stays below 5 MiB.
const ROOM_BYTES: usize = 2 * 1024 * 1024;
/// Allowance for the score of a mention (twelve aspects make about 1,100 bytes)
/// and for the broker's own framing.
const SCORE_BYTES: usize = 1_536;
/// The pipeline moves thousands of records a second; when none has moved for
/// this long, something is broken and waiting longer helps nobody.
const STALLED: Duration = Duration::from_secs(60);

/// Holds up the replay until there is room.
pub(super) struct Throttle {
    pub(super) observed: Shared,
    /// Of those who read the scored topic.
    pub(super) watched: [Arc<Progress>; 3],
    pub(super) shutdown: Shutdown,
    pub(super) partitions: u64,
    /// Bytes written since everything had come out.
    pub(super) under_way: usize,
}

impl Throttle {
    /// Waits until everything sent has come out at the other end.
    ///
    /// # Errors
    /// Nothing moved for a minute.
    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        let mut last = (0, 0);
        let mut since = Instant::now();
        loop {
            let seen = self.seen();
            let sent = self.observed.lock().sent;
            if self.shutdown.is_requested() || (seen.0 >= sent && seen.1) {
                self.under_way = 0;
                return Ok(());
            }
            if (seen.0, sent) != last {
                last = (seen.0, sent);
                since = Instant::now();
            } else if since.elapsed() > STALLED {
                bail!(
                    "nothing has moved for a minute: {} of {sent} records arrived",
                    seen.0
                );
            }
            self.observed.wait(Duration::from_millis(2));
        }
    }

    /// Records that arrived at their end, and whether those who read them
    /// have seen all that were scored.
    fn seen(&self) -> (u64, bool) {
        let (scored, arrived) = {
            let observed = self.observed.lock();
            (
                observed.scored_records,
                observed.scored_records + observed.dead_letters(),
            )
        };
        let mut watched = self.watched.iter();
        let is_seen = watched.all(|progress| progress.total().records >= scored);
        (arrived, is_seen)
    }
}

impl Follower for Throttle {
    fn before(&mut self, bytes: usize, sink: &mut Sink) -> anyhow::Result<bool> {
        let needed = if bytes == 0 { 0 } else { bytes + SCORE_BYTES };
        if self.under_way > 0 && self.under_way + needed > ROOM_BYTES {
            sink.flush()?;
            self.settle()?;
        }
        self.under_way += needed;
        Ok(!self.shutdown.is_requested())
    }

    fn after(&mut self, written: Written, _at: EventTime) {
        let is_heartbeat = written == Written::Heartbeat;
        self.observed.change(|observed| {
            observed.played += u64::from(!is_heartbeat);
            observed.totals += u64::from(written == Written::Totals);
            observed.sent += if is_heartbeat { self.partitions } else { 1 };
        });
    }
}
