//! A file or standard input: one event a line, or a table with a post a row.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use decode::{Format, Options, Rows, RowsError};
use kafka::{Delivery, Sink};
use mention::HEADER_COLUMNS;
use service::{Context, Part};

use crate::{Error, Metrics, NAME, RawRecord, writer};

/// Longest line, bytes: what a record of the raw topic may have.
const LINE_MAX: usize = 1024 * 1024;
/// Lines between two acknowledgements.
const ROUND: u64 = 5_000;

/// What to read.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// The file; standard input if `None`.
    pub file: Option<&'a Path>,
    /// The lines' format; `ingest` tells it from each line if `None`.
    pub format: Option<Format>,
    /// What `ingest` is told of formats: here only the names of columns count.
    pub options: Options,
}

impl Settings<'_> {
    fn is_table(&self) -> bool {
        is_table(self.file, self.format)
    }
}

/// Whether a file is a table: by the format, or else by its name.
#[must_use]
pub fn is_table(file: Option<&Path>, format: Option<Format>) -> bool {
    let end = file.and_then(Path::extension);
    let is_named = end.is_some_and(|end| {
        ["csv", "tsv"]
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    });
    format.map_or(is_named, Format::is_table)
}

/// Writes every line, or every row of a table, then ends. Empty lines are passed over. All
/// of it goes to one partition, in its order: a recording whose parts are read at different
/// speeds would come late by its own time.
///
/// # Errors
/// A lasting fault; its text says what to do. Lines that were written before it stay.
pub fn run(settings: &Settings<'_>, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    context.announce(NAME)?;
    let name = settings.file.map_or("standard input".to_owned(), |file| {
        file.display().to_string()
    });
    let input: Box<dyn Read> = match settings.file {
        None => Box::new(std::io::stdin()),
        Some(file) => Box::new(File::open(file).map_err(|error| read_error(&name, &error))?),
    };
    let service = &settings.service;
    let part = context.health.enter(NAME);
    part.set(true, "reading");
    let mut writing = Writing {
        sink: Sink::connect(
            &service.connection,
            Delivery::AtLeastOnce,
            NAME,
            &service.instance,
        )?,
        source: if settings.file.is_some() {
            "file"
        } else {
            "stdin"
        },
        format: settings.format.map(Format::as_str),
        metrics,
        part,
        waiting: 0,
        written: 0,
    };
    if settings.is_table() {
        rows(input, &name, settings, context, &mut writing)?;
    } else {
        lines(input, &name, context, &mut writing)?;
    }
    writing.flush()?;
    tracing::info!(records = writing.written, "read and written");
    Ok(())
}

fn lines(
    input: Box<dyn Read>,
    name: &str,
    context: &Context,
    writing: &mut Writing,
) -> Result<(), Error> {
    let mut reader = BufReader::new(input);
    let mut line = Vec::new();
    let mut number = 0;
    while !context.shutdown.is_requested() {
        line.clear();
        let limit = u64::try_from(LINE_MAX + 2).unwrap_or(u64::MAX);
        let mut limited = (&mut reader).take(limit);
        let read = limited.read_until(b'\n', &mut line);
        if read.map_err(|error| read_error(name, &error))? == 0 {
            break;
        }
        number += 1;
        let value = line.trim_ascii();
        if value.len() > LINE_MAX {
            return Err(Error::LineTooLong {
                name: name.to_owned(),
                line: number,
                max: LINE_MAX,
            });
        }
        if !value.is_empty() {
            writing.write(Bytes::copy_from_slice(value), None)?;
        }
    }
    Ok(())
}

fn rows(
    input: Box<dyn Read>,
    name: &str,
    settings: &Settings<'_>,
    context: &Context,
    writing: &mut Writing,
) -> Result<(), Error> {
    let fault = |error: RowsError| Error::Read {
        name: name.to_owned(),
        detail: error.to_string(),
    };
    let mut rows = Rows::open(input, &settings.options).map_err(fault)?;
    let columns = rows.columns().to_owned();
    while !context.shutdown.is_requested() {
        let Some(row) = rows.next_row().map_err(fault)? else {
            break;
        };
        writing.write(Bytes::from(row), Some(&columns))?;
    }
    Ok(())
}

/// What was read, on its way to Kafka.
struct Writing {
    sink: Sink,
    source: &'static str,
    format: Option<&'static str>,
    metrics: Metrics,
    part: Part,
    /// Written, and not acknowledged yet.
    waiting: u64,
    written: u64,
}

impl Writing {
    fn write(&mut self, value: Bytes, columns: Option<&str>) -> Result<(), Error> {
        let columns = columns.map(|columns| (HEADER_COLUMNS.to_owned(), columns.to_owned()));
        let record = RawRecord {
            key: self.source.as_bytes().to_vec(),
            headers: columns.into_iter().collect(),
            ..RawRecord::new(value, self.format)
        };
        writer::send(&mut self.sink, &record, self.source)?;
        self.waiting += 1;
        if self.waiting >= ROUND {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.sink.flush()?;
        self.metrics.written.inc_by(self.waiting);
        self.written += self.waiting;
        self.waiting = 0;
        self.part.tick();
        Ok(())
    }
}

fn read_error(name: &str, error: &std::io::Error) -> Error {
    Error::Read {
        name: name.to_owned(),
        detail: error.to_string(),
    }
}
