//! A recording as a stream: its lines, with heartbeats between them.
//!
//! Heartbeats are records like all others, so a replay into Kafka, the demo and
//! an offline backtest see the very same stream and decide the very same.

use std::io;

use mention::EventTime;

use super::{Line, Lines, Place, Recording, is_plausible, time_of};

/// Event time between heartbeats, milliseconds. Five minutes close a quiet
/// brand's spike soon enough and add few records.
const HEARTBEAT_MS: i64 = 5 * EventTime::MINUTE_MS;
/// Heartbeats in one gap at most: a day of them lets every open spike close, and
/// ten years of silence don't become a million records.
const MAX_IN_GAP: i64 = EventTime::DAY_MS / HEARTBEAT_MS;

/// One record of the stream.
#[derive(Debug)]
pub(crate) enum Played<'a> {
    /// A line of the recording and its place in time.
    Line(&'a Line, EventTime),
    /// Time has come this far.
    Heartbeat(EventTime),
}

/// Plays a recording; see [`Player::next`].
pub(crate) struct Player<'a> {
    lines: Lines<'a>,
    sorted: Option<std::slice::Iter<'a, Place>>,
    now: EventTime,
    /// Newest time so far.
    newest: Option<EventTime>,
    /// Heartbeats due before the line that waits.
    beats: Beats,
    waiting: bool,
}

impl std::fmt::Debug for Player<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player")
            .field("newest", &self.newest)
            .finish_non_exhaustive()
    }
}

impl Recording {
    /// Plays the recording from its start; `now` as in [`Recording::open`].
    ///
    /// # Errors
    /// The file can't be opened again.
    pub(crate) fn play(&self, now: EventTime) -> io::Result<Player<'_>> {
        Ok(Player {
            lines: self.lines()?,
            sorted: self.sorted.as_deref().map(<[Place]>::iter),
            now,
            newest: None,
            beats: Beats::default(),
            waiting: false,
        })
    }
}

impl Player<'_> {
    /// The next record, or `None` at the end. (Not an `Iterator`: the line is
    /// lent, so that playing copies nothing.)
    ///
    /// # Errors
    /// Those of reading the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Played<'_>>> {
        if !self.waiting && !self.read()? {
            return Ok(None);
        }
        if let Some(at) = self.beats.next() {
            self.waiting = true;
            return Ok(Some(Played::Heartbeat(at)));
        }
        self.waiting = false;
        Ok(Some(Played::Line(
            &self.lines.line,
            self.newest.unwrap_or_default(),
        )))
    }

    /// Reads the next line and notes the heartbeats due before it.
    fn read(&mut self) -> io::Result<bool> {
        let line = match &mut self.sorted {
            None => match self.lines.next_line()? {
                Some((_, line)) => line,
                None => return Ok(false),
            },
            Some(places) => match places.next() {
                Some(place) => self.lines.line_at(place.offset)?,
                None => return Ok(false),
            },
        };
        if let Some(at) = time_of(line).filter(|at| is_plausible(*at, self.now)) {
            self.beats = Beats::between(self.newest.unwrap_or(at), at);
            self.newest = self.newest.max(Some(at));
        }
        Ok(true)
    }
}

/// The heartbeats after one time and up to another.
#[derive(Debug, Default)]
struct Beats {
    next: i64,
    last: i64,
    left: i64,
}

impl Beats {
    fn between(from: EventTime, to: EventTime) -> Self {
        let (next, last) = (
            from.millis().div_euclid(HEARTBEAT_MS) + 1,
            to.millis().div_euclid(HEARTBEAT_MS),
        );
        Self {
            next,
            last,
            left: MAX_IN_GAP,
        }
    }
}

impl Iterator for Beats {
    type Item = EventTime;

    fn next(&mut self) -> Option<EventTime> {
        if self.next > self.last {
            return None;
        }
        self.left -= 1;
        // The last heartbeat of a gap always comes, so that time is where the next line needs it.
        let beat = if self.left <= 0 { self.last } else { self.next };
        self.next = beat + 1;
        Some(EventTime::from_millis(beat * HEARTBEAT_MS))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn at(text: &str) -> EventTime {
        text.parse().unwrap()
    }

    fn play(lines: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording.jsonl");
        std::fs::write(&path, lines).unwrap();
        let now = at("2026-06-01T00:00:00Z");
        let recording = Recording::open(&path, now).unwrap();
        let mut player = recording.play(now).unwrap();
        let mut shown = String::new();
        while let Some(played) = player.next().unwrap() {
            match played {
                Played::Line(line, at) => {
                    writeln!(shown, "{} at {at}", String::from_utf8_lossy(&line.bytes)).unwrap();
                }
                Played::Heartbeat(at) => writeln!(shown, "heartbeat {at}").unwrap(),
            }
        }
        shown
    }

    #[test]
    fn heartbeats_stand_between_the_lines() {
        let lines = "{\"created_at\":\"2026-03-02T09:00:00Z\"}\n\nnot json\n\
            {\"created_at\":\"2026-03-02T09:11:00Z\"}\n{\"created_at\":\"2300-01-01T00:00:00Z\"}\n\
            {\"created_at\":\"2026-03-02T09:09:00Z\"}";
        insta::assert_snapshot!(play(lines));
    }

    #[test]
    fn ten_years_of_silence_cost_a_day_of_heartbeats() {
        let lines =
            "{\"created_at\":\"2015-03-02T09:00:00Z\"}\n{\"created_at\":\"2025-03-02T09:03:00Z\"}";
        let shown = play(lines);
        assert_eq!(shown.matches("heartbeat").count(), 288);
        assert!(shown.contains("heartbeat 2025-03-02T09:00:00Z"));
    }

    #[test]
    fn an_export_with_the_newest_first_is_sorted() {
        let lines: String = (0..24)
            .rev()
            .map(|hour| format!("{{\"created_at\":\"2026-03-02T{hour:02}:00:00Z\"}}\n"))
            .collect();
        let shown = play(&lines);
        let times: Vec<_> = shown.lines().filter(|line| line.starts_with('{')).collect();
        assert_eq!(times.len(), 24);
        assert!(times.is_sorted());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let shown = play("\u{feff}{\"created_at\":\"2026-03-02T09:00:00Z\"}\n");
        assert!(shown.starts_with('{'), "{shown}");
    }
}
