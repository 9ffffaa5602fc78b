//! A recording of mentions on disk, played in the order of its time.
//!
//! JSON lines stream from the file; a table (`.csv`) is read into memory. Lines
//! that break the contract are played like all others: the pipeline, not the
//! reader, says what is wrong with them.

mod csv;
mod lines;
mod play;
mod shift;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use mention::{Event, EventTime, LATENESS};
use serde::Deserialize;

pub(crate) use self::csv::delimiter;
pub(crate) use lines::{Line, MAX_LINE_BYTES, read_line};
pub(crate) use play::Played;
pub(crate) use shift::shift_times;

/// A file in which more than one record in this many comes later than the
/// allowed lateness isn't a stream as it arrived but an export in some other
/// order, newest first for instance, and is sorted by time.
const ONE_LATE_IN: usize = 10;

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    /// The file can't be opened or read.
    #[error("can't read {}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// It is a pipe or a device.
    #[error("{} isn't a file that can be read twice, as a recording is: save it to one first", .0.display())]
    NotAFile(PathBuf),
    /// It is compressed.
    #[error("{} is gzip-compressed; unpack it first: gunzip -k {}", .0.display(), .0.display())]
    Gzip(PathBuf),
    /// The table lacks something.
    #[error("{}: {}", .0.display(), .1)]
    Csv(PathBuf, String),
}

/// A recording, looked through once.
#[derive(Debug)]
pub(crate) struct Recording {
    path: PathBuf,
    /// The JSON lines of a table; a file of JSON lines isn't kept.
    table: Option<Vec<u8>>,
    /// Where the lines stand, by time, if the file isn't in its order.
    sorted: Option<Vec<Place>>,
    summary: Summary,
}

/// What a look through the file tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Lines that aren't blank.
    pub(crate) lines: usize,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Oldest and newest plausible time.
    pub(crate) span: Option<(EventTime, EventTime)>,
    /// Lines that come more than the allowed lateness behind the newest before them.
    pub(crate) late: usize,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    at: EventTime,
    offset: u64,
}

/// The few fields that place a line in time.
#[derive(Deserialize)]
struct Times {
    created_at: Option<EventTime>,
    observed_at: Option<EventTime>,
    event: Option<Event>,
}

impl Recording {
    /// Opens `path` and looks through it once. Times after `now` plus a day or
    /// before 1970 don't place a line; it keeps its place among its neighbours.
    ///
    /// # Errors
    /// [`RecordingError`].
    pub(crate) fn open(path: &Path, now: EventTime) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::Io(path.to_owned(), error);
        // A directory is left to the error that reading it gives.
        let kind = std::fs::metadata(path).map_err(failed)?;
        if !kind.is_file() && !kind.is_dir() {
            return Err(RecordingError::NotAFile(path.to_owned()));
        }
        let mut magic = [0; 2];
        let read = File::open(path)
            .and_then(|mut file| file.read(&mut magic))
            .map_err(failed)?;
        if read == 2 && magic == [0x1f, 0x8b] {
            return Err(RecordingError::Gzip(path.to_owned()));
        }
        let is_table = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let table = is_table.then(|| csv::read(path)).transpose()?;
        let mut recording = Self {
            path: path.to_owned(),
            table,
            sorted: None,
            summary: Summary::default(),
        };
        recording.look_through(now).map_err(failed)?;
        Ok(recording)
    }

    /// A recording held in memory: JSON lines, shown under `name`.
    ///
    /// # Errors
    /// [`RecordingError`]; reading memory doesn't fail.
    pub(crate) fn from_lines(
        name: &str,
        lines: Vec<u8>,
        now: EventTime,
    ) -> Result<Self, RecordingError> {
        let (path, table) = (PathBuf::from(name), Some(lines));
        let mut recording = Self {
            path,
            table,
            sorted: None,
            summary: Summary::default(),
        };
        let failed = |error| RecordingError::Io(PathBuf::from(name), error);
        recording.look_through(now).map_err(failed)?;
        Ok(recording)
    }

    /// What the look through the file told.
    #[must_use]
    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }

    /// Whether the file is an export in another order and is played sorted.
    #[must_use]
    pub(crate) fn is_sorted(&self) -> bool {
        self.sorted.is_some()
    }

    /// The path it was opened at.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn look_through(&mut self, now: EventTime) -> io::Result<()> {
        let mut summary = Summary::default();
        let mut newest = None;
        let mut lines = self.lines()?;
        while let Some((_, line)) = lines.next_line()? {
            summary.lines += 1;
            let at = time_of(line).filter(|at| is_plausible(*at, now));
            if let Some(at) = at {
                let (low, high) = summary.span.unwrap_or((at, at));
                summary.span = Some((low.min(at), high.max(at)));
                let ahead = newest.map_or(0, |newest: EventTime| newest.millis_since(at));
                summary.late += usize::from(ahead > LATENESS);
                newest = newest.max(Some(at));
            }
        }
        summary.bytes = lines.offset;
        drop(lines);
        if summary.late * ONE_LATE_IN > summary.lines {
            self.sorted = Some(self.places_by_time(now)?);
        }
        self.summary = summary;
        Ok(())
    }

    /// Where the lines stand, by time. A look of its own, so that a stream, however
    /// long, costs no memory for it.
    fn places_by_time(&self, now: EventTime) -> io::Result<Vec<Place>> {
        let mut places = Vec::new();
        let mut newest = None;
        let mut lines = self.lines()?;
        while let Some((offset, line)) = lines.next_line()? {
            let at = time_of(line).filter(|at| is_plausible(*at, now));
            newest = newest.max(at);
            places.push(Place {
                at: at.or(newest).unwrap_or_default(),
                offset,
            });
        }
        places.sort_by_key(|place| place.at);
        Ok(places)
    }

    /// The lines from the start, in the order of the file.
    fn lines(&self) -> io::Result<Lines<'_>> {
        let reader: Box<dyn ReadSeek + '_> = match &self.table {
            Some(table) => Box::new(Cursor::new(table.as_slice())),
            None => Box::new(File::open(&self.path)?),
        };
        let reader = BufReader::with_capacity(1 << 16, reader);
        Ok(Lines {
            reader,
            line: Line::default(),
            offset: 0,
        })
    }
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

struct Lines<'a> {
    reader: BufReader<Box<dyn ReadSeek + 'a>>,
    line: Line,
    offset: u64,
}

impl Lines<'_> {
    /// The next line that isn't blank, with its place in the file.
    fn next_line(&mut self) -> io::Result<Option<(u64, &Line)>> {
        loop {
            let at = self.offset;
            let taken = read_line(&mut self.reader, &mut self.line)?;
            if taken == 0 {
                return Ok(None);
            }
            self.offset += taken as u64;
            self.line.without_mark(at);
            if !self.line.is_blank() {
                return Ok(Some((at, &self.line)));
            }
        }
    }

    fn line_at(&mut self, offset: u64) -> io::Result<&Line> {
        self.reader.seek(SeekFrom::Start(offset))?;
        read_line(&mut self.reader, &mut self.line)?;
        self.line.without_mark(offset);
        Ok(&self.line)
    }
}

/// When a line says it happened, if it says so.
fn time_of(line: &Line) -> Option<EventTime> {
    let times: Times = serde_json::from_slice(&line.bytes).ok()?;
    match times.event.unwrap_or_default() {
        Event::Create | Event::Heartbeat => times.created_at,
        Event::Update | Event::Delete => times.observed_at.or(times.created_at),
    }
}

fn is_plausible(at: EventTime, now: EventTime) -> bool {
    at.millis() >= 0 && at.millis_since(now) <= mention::REJECT_AHEAD
}
