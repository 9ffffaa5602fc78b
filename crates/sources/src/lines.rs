//! A file or standard input: one event a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use kafka::{Delivery, Sink};
use service::Context;

use crate::{Error, Metrics, NAME, RawRecord, writer};

/// Longest line, bytes: what a record of the raw topic may have.
const LINE_MAX: usize = 1024 * 1024;
/// Lines between two acknowledgements.
const ROUND: usize = 5_000;

/// What to read.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// The file; standard input if `None`.
    pub file: Option<&'a Path>,
    /// Name of the lines' format; `ingest` tells it from each line if `None`.
    pub format: Option<&'static str>,
}

/// Writes every line, then ends. Empty lines are passed over. A table (CSV) isn't lines:
/// its first line would name the columns of itself only; convert it, or use `ophef replay`.
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
    let mut sink = Sink::connect(
        &service.connection,
        Delivery::AtLeastOnce,
        NAME,
        &service.instance,
    )?;
    let part = context.health.enter(NAME);
    part.set(true, "reading");
    let mut reader = BufReader::new(input);
    let mut line = Vec::new();
    let (mut number, mut waiting) = (0, 0);
    let source = if settings.file.is_some() {
        "file"
    } else {
        "stdin"
    };
    while !context.shutdown.is_requested() {
        line.clear();
        let limit = u64::try_from(LINE_MAX + 2).unwrap_or(u64::MAX);
        let mut limited = (&mut reader).take(limit);
        let read = limited.read_until(b'\n', &mut line);
        if read.map_err(|error| read_error(&name, &error))? == 0 {
            break;
        }
        number += 1;
        let value = line.trim_ascii();
        if value.len() > LINE_MAX {
            return Err(Error::LineTooLong {
                name,
                line: number,
                max: LINE_MAX,
            });
        }
        if value.is_empty() {
            continue;
        }
        let record = RawRecord::new(Bytes::copy_from_slice(value), settings.format);
        writer::send(&mut sink, &record, source)?;
        waiting += 1;
        if waiting >= ROUND {
            sink.flush()?;
            metrics.written.inc_by(waiting as u64);
            waiting = 0;
            part.tick();
        }
    }
    sink.flush()?;
    metrics.written.inc_by(waiting as u64);
    tracing::info!(lines = number, "read and written");
    Ok(())
}

fn read_error(name: &str, error: &std::io::Error) -> Error {
    Error::Read {
        name: name.to_owned(),
        detail: error.to_string(),
    }
}
