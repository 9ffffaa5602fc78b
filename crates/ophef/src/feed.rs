//! A recording on its way into Kafka: the part that `ophef replay` and
//! `ophef demo` share.

use std::time::{Duration, Instant};

use anyhow::Context;
use kafka::{DeadLetter, Headers, Outgoing, Sink};
use mention::{EventTime, Reason, Rejection, Text, Topic, heartbeat};
use serde::Deserialize;

use crate::pace::Speed;
use crate::recording::{Line, Played, Recording, shift_times};

/// Records written between two waits for acknowledgement.
const FLUSH_EVERY: usize = 5_000;
/// A pause longer than this is used to have everything acknowledged.
const SHORT_PAUSE: Duration = Duration::from_millis(20);

/// Longest record that is sent as a mention, bytes: what the mentions topic takes
/// (1 MiB and 64 KiB) less room for key and batch. Anything this long breaks the
/// contract anyway; up to here the pipeline itself gets to say so.
const MAX_MENTION_BYTES: usize = (1024 + 32) * 1024;

/// How a recording is fed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed {
    /// How fast.
    pub(crate) speed: Speed,
    /// Milliseconds by which all its times move.
    pub(crate) shift_ms: i64,
    /// Partitions of the mentions topic; each gets the heartbeats.
    pub(crate) partitions: i32,
    /// The wall clock at the start.
    pub(crate) now: EventTime,
}

/// Somebody who follows a feed, and may hold it up or end it.
pub(crate) trait Follower {
    /// Called before a record of that many bytes is written. May wait until there
    /// is room for it, asking the sink to flush first. `false` ends the feed.
    ///
    /// # Errors
    /// Those of the sink.
    fn before(&mut self, bytes: usize, sink: &mut Sink) -> anyhow::Result<bool>;

    /// Something was written; the recording has come to `at`.
    fn after(&mut self, written: Written, at: EventTime);
}

/// What a feed wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// A line of the recording.
    Line,
    /// A line that tells totals of a campaign, and is no mention.
    Totals,
    /// A heartbeat, into each partition.
    Heartbeat,
}

impl Written {
    /// What a line of a recording is.
    fn of(line: &Line) -> Self {
        match mention::carried_campaign_event(&line.bytes) {
            Some(Ok(_)) => Self::Totals,
            // What can't be read is for the pipeline to say.
            Some(Err(_)) | None => Self::Line,
        }
    }
}

/// The one field that the feed needs to read.
#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow)]
    brand: Text<'a>,
}

impl Feed {
    /// Feeds `recording` to `sink`, to its end or until the follower ends it.
    /// Everything is acknowledged when it returns.
    ///
    /// # Errors
    /// The recording can't be read, or a record can't be delivered.
    pub(crate) fn run(
        &self,
        recording: &Recording,
        sink: &mut Sink,
        follower: &mut impl Follower,
    ) -> anyhow::Result<()> {
        let unreadable = || format!("can't read {}", recording.path().display());
        let first = recording
            .summary()
            .span
            .map_or(self.now, |(first, _)| first);
        let start = Instant::now();
        let mut player = recording.play(self.now).with_context(unreadable)?;
        let mut shifted = Vec::new();
        while let Some(played) = player.next().with_context(unreadable)? {
            let (line, at) = match played {
                Played::Line(line, at) => (Some(line), at),
                Played::Heartbeat(at) => (None, at),
            };
            if !self.wait(start, at.millis_since(first), sink, follower)? {
                break;
            }
            let at = at.plus_millis(self.shift_ms);
            let goes_on = match line {
                Some(line) => self.send_line(line, &mut shifted, sink, follower)?,
                None => self.send_heartbeats(at, sink, follower)?,
            };
            if !goes_on {
                break;
            }
            follower.after(line.map_or(Written::Heartbeat, Written::of), at);
            if sink.written() >= FLUSH_EVERY {
                sink.flush()?;
            }
        }
        Ok(sink.flush()?)
    }

    /// Waits for the moment at which something is played that comes `event_ms`
    /// into the recording; looks up every 50 ms whether to go on.
    fn wait(
        &self,
        start: Instant,
        event_ms: i64,
        sink: &mut Sink,
        follower: &mut impl Follower,
    ) -> anyhow::Result<bool> {
        let due = self.speed.wall_time(event_ms);
        loop {
            let pause = due.saturating_sub(start.elapsed());
            if pause.is_zero() {
                return Ok(true);
            }
            if pause > SHORT_PAUSE && sink.written() > 0 {
                sink.flush()?;
            }
            if !follower.before(0, sink)? {
                return Ok(false);
            }
            std::thread::sleep(pause.min(Duration::from_millis(50)));
        }
    }

    fn send_line(
        &self,
        line: &Line,
        shifted: &mut Vec<u8>,
        sink: &mut Sink,
        follower: &mut impl Follower,
    ) -> anyhow::Result<bool> {
        let mut value = line.bytes.as_slice();
        if line.is_cut() || value.len() > MAX_MENTION_BYTES {
            return self.send_dead(line, sink, follower);
        }
        if self.shift_ms != 0
            && let Some(moved) = shift_times(value, self.shift_ms)
        {
            *shifted = moved;
            value = shifted;
        }
        if !follower.before(value.len(), sink)? {
            return Ok(false);
        }
        let keyed = serde_json::from_slice::<Keyed<'_>>(value).ok();
        sink.send(&Outgoing {
            topic: Topic::Mentions,
            partition: None,
            key: keyed.as_ref().map(|keyed| keyed.brand.as_bytes()),
            value: Some(value),
            stamped_at: None,
        })?;
        Ok(true)
    }

    /// A line that the mentions topic doesn't take goes where its reader would
    /// have put it.
    fn send_dead(
        &self,
        line: &Line,
        sink: &mut Sink,
        follower: &mut impl Follower,
    ) -> anyhow::Result<bool> {
        if !follower.before(line.bytes.len(), sink)? {
            return Ok(false);
        }
        let kept = if line.is_cut() {
            ", its end is cut off"
        } else {
            ""
        };
        let detail = format!(
            "{} bytes, at most {MAX_MENTION_BYTES} are taken{kept}",
            line.full_bytes
        );
        let rejection = Rejection::new(Reason::RecordTooLarge, detail);
        sink.send_dead(&DeadLetter {
            stage: "replay",
            rejection: &rejection,
            source: Topic::Mentions,
            partition: -1,
            offset: -1,
            at: self.now,
            key: None,
            value: &line.bytes,
            original: Headers::NONE,
        })?;
        Ok(true)
    }

    fn send_heartbeats(
        &self,
        at: EventTime,
        sink: &mut Sink,
        follower: &mut impl Follower,
    ) -> anyhow::Result<bool> {
        let value = heartbeat(at);
        for partition in 0..self.partitions {
            if !follower.before(value.len(), sink)? {
                return Ok(false);
            }
            sink.send(&Outgoing {
                topic: Topic::Mentions,
                partition: Some(partition),
                key: None,
                value: Some(value.as_bytes()),
                stamped_at: None,
            })?;
        }
        Ok(true)
    }
}
