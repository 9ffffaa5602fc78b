//! `ophef convert`: what a source sent, or a tool exported, as a recording of mentions.
//!
//! The two stages of `ophef run ingest` in memory, so that what comes of a post is the
//! same: brands found by their rules, personal data taken out, repeats left out, threads
//! and copies found.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use decode::{Change, Event, Options, Raw, Room, Rows};
use ingest::{IngestStage, LinkStage, Metrics};
use mention::{EventTime, HEADER_COLUMNS, HEADER_FORMAT, HEADER_SOURCE, Rejection, Topic};
use service::metrics::Registry;
use service::{Headers, Input, Outbox, Stage};
use settings::Settings;

use crate::cli::convert::Convert;
use crate::matching;

/// Longest line, bytes: what a record of the raw topic may have.
const LINE_MAX: u64 = 1024 * 1024;
/// Longest document, bytes: it is held in memory several times over.
const DOCUMENT_MAX: u64 = 64 * 1024 * 1024;
/// Records at fault that are named; of the others there is a count.
const NAMED_MAX: usize = 10;

/// Writes the mentions to standard output, and what became of the records to standard error.
///
/// # Errors
/// The input can't be read, or there is no mention in it; the text says what to do.
pub(crate) fn run(args: &Convert, mut settings: Settings) -> anyhow::Result<()> {
    if let Some(name) = &args.brand {
        settings.brand = vec![matching::brand(name, &args.words)?];
    }
    if settings.ingest.pseudonym_keys.is_none() {
        settings.ingest.pseudonym_keys = Some(matching::passing_key()?);
    }
    let name = args.from.display().to_string();
    let reading = || format!("can't read {name}");
    let input: Box<dyn Read> = if args.from == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(&args.from).with_context(reading)?)
    };
    let out = io::BufWriter::new(io::stdout().lock());
    let mut conversion = Conversion::new(args, &settings, out)?;
    if sources::lines::is_table(Some(&args.from), args.format) {
        conversion.rows(input).with_context(reading)?;
    } else if args.from.extension().is_some_and(|end| end == "json") {
        conversion.document(input).with_context(reading)?;
    } else {
        conversion.lines(input).with_context(reading)?;
    }
    conversion.out.flush()?;
    let counts = &conversion.counts;
    counts.tell(&mut io::stderr().lock(), &name)?;
    if counts.mentions == 0 {
        bail!(
            "there is no mention in {name}: say what your brand is called, --brand NAME --match \
             WORD, or in ophef.toml, and try a text with `ophef match`; name a format that isn't \
             told from the file by --format"
        );
    }
    Ok(())
}

/// What became of the records.
#[derive(Debug, Default)]
struct Counts {
    records: u64,
    mentions: u64,
    /// Mentions that were told before.
    repeated: u64,
    /// Records that gave nothing: about no brand, or no post.
    without: u64,
    rejected: u64,
    /// The first of those, with their number and the fault.
    named: Vec<(u64, Rejection)>,
}

impl Counts {
    fn tell(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        writeln!(
            out,
            "{name}: {} records, {} mentions written; {} repeated, {} records about no brand or \
             no post, {} not readable",
            self.records, self.mentions, self.repeated, self.without, self.rejected
        )?;
        for (number, rejection) in &self.named {
            let (reason, detail) = (rejection.reason.as_str(), &rejection.detail);
            writeln!(out, "  record {number}: {reason}: {detail}")?;
        }
        Ok(())
    }
}

struct Conversion<W> {
    options: Options,
    ingest: IngestStage,
    matched: Outbox,
    link: LinkStage,
    linked: Outbox,
    /// Name of the format, where it is given.
    format: Option<&'static str>,
    source: &'static str,
    /// The latest time that a post told: what has none of its own happened then.
    latest: Option<EventTime>,
    offset: i64,
    counts: Counts,
    out: W,
}

impl<W: Write> Conversion<W> {
    fn new(args: &Convert, settings: &Settings, out: W) -> anyhow::Result<Self> {
        // Nobody scrapes these.
        let metrics = Arc::new(Metrics::register(&Registry::default())?);
        let (options, matcher) = (
            matching::options(&settings.ingest),
            matching::matcher(settings)?,
        );
        let privacy = Arc::new(matching::privacy(settings)?);
        let stage = IngestStage::new(options.clone(), matcher, privacy, Arc::clone(&metrics));
        let mut stage = stage.with_urls(settings.ingest.keep_urls);
        let mut link = LinkStage::new(metrics);
        stage.assigned(0, 1).map_err(anyhow::Error::msg)?;
        link.assigned(0, 1).map_err(anyhow::Error::msg)?;
        Ok(Self {
            options,
            ingest: stage,
            matched: Outbox::default(),
            link,
            linked: Outbox::default(),
            format: args.format.map(decode::Format::as_str),
            source: if args.from == Path::new("-") {
                "stdin"
            } else {
                "file"
            },
            latest: None,
            offset: 0,
            counts: Counts::default(),
            out,
        })
    }

    fn rows(&mut self, input: Box<dyn Read>) -> anyhow::Result<()> {
        let mut rows = Rows::open(input, &self.options)?;
        let columns = rows.columns().to_owned();
        while let Some(row) = rows.next_row()? {
            self.record(row.as_ref(), Some(&columns))?;
        }
        Ok(())
    }

    fn document(&mut self, input: Box<dyn Read>) -> anyhow::Result<()> {
        let mut document = Vec::new();
        input.take(DOCUMENT_MAX + 1).read_to_end(&mut document)?;
        if document.len() as u64 > DOCUMENT_MAX {
            bail!("it has over {DOCUMENT_MAX} bytes: cut it into an event a line, as .jsonl");
        }
        self.record(&document, None)
    }

    fn lines(&mut self, input: Box<dyn Read>) -> anyhow::Result<()> {
        let mut reader = BufReader::new(input);
        let mut line = Vec::new();
        let mut number = 0_u64;
        loop {
            line.clear();
            number += 1;
            if (&mut reader)
                .take(LINE_MAX + 2)
                .read_until(b'\n', &mut line)?
                == 0
            {
                return Ok(());
            }
            let value = line.trim_ascii();
            if value.len() as u64 > LINE_MAX {
                bail!("line {number} is longer than the {LINE_MAX} bytes that a record may have");
            }
            if !value.is_empty() {
                self.record(value, None)?;
            }
        }
    }

    /// Takes a record; one that can't be read is counted.
    fn record(&mut self, value: &[u8], columns: Option<&str>) -> anyhow::Result<()> {
        self.counts.records += 1;
        let mut headers = vec![(HEADER_SOURCE, self.source.as_bytes())];
        headers.extend(columns.map(|columns| (HEADER_COLUMNS, columns.as_bytes())));
        headers.extend(self.format.map(|format| (HEADER_FORMAT, format.as_bytes())));
        let headers = Headers::from_pairs(&headers);
        self.matched.clear();
        self.linked.clear();
        if let Err(rejection) = self.step(value, headers) {
            self.counts.rejected += 1;
            if self.counts.named.len() < NAMED_MAX {
                self.counts.named.push((self.counts.records, rejection));
            }
            return Ok(());
        }
        // What names no brand is told to all of them, and gives no mention of its own.
        let found = self.matched.iter().filter(|item| item.key.is_some());
        let found = found.count() as u64;
        let mut written = 0;
        for item in self.linked.iter() {
            if item.topic == Topic::Mentions {
                self.out.write_all(item.value.unwrap_or_default())?;
                self.out.write_all(b"\n")?;
                written += 1;
            }
        }
        self.counts.mentions += written;
        self.counts.repeated += found.saturating_sub(written);
        self.counts.without += u64::from(found == 0 && written == 0);
        Ok(())
    }

    fn step(&mut self, value: &[u8], headers: Headers<'_>) -> Result<(), Rejection> {
        let stamped_at = self.stamp(value, headers)?;
        let input = |offset, value, key, headers| Input {
            partition: 0,
            offset,
            stamped_at,
            key,
            value,
            headers,
            is_replay: false,
        };
        self.offset += 1;
        let record = input(self.offset, value, None, headers);
        self.ingest.step(&record, &mut self.matched)?;
        for item in self.matched.iter() {
            let value = item.value.unwrap_or_default();
            self.offset += 1;
            let record = input(self.offset, value, item.key, Headers::NONE);
            self.link.step(&record, &mut self.linked)?;
        }
        Ok(())
    }

    /// When the record came in, as far as its recording tells: a deletion without a time
    /// mustn't be one of today among the posts of last month.
    fn stamp(&mut self, value: &[u8], headers: Headers<'_>) -> Result<EventTime, Rejection> {
        let lookup = |name: &str| headers.get(name);
        let room = Room::default();
        let raw = Raw::with_headers(value, &lookup).with_room(&room);
        for event in decode::decode(&raw, &self.options)? {
            if let Event::Post(post) = event
                && post.change == Change::Create
            {
                self.latest = self.latest.max(post.created_at);
            }
        }
        Ok(self.latest.unwrap_or_else(service::clock::now))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use serde_json::Value;

    use super::*;

    /// A conversion that finds `brand` by its name.
    fn conversion(from: &str, format: Option<decode::Format>, brand: &str) -> Conversion<Vec<u8>> {
        let args = Convert {
            from: from.into(),
            format,
            brand: None,
            words: Vec::new(),
        };
        let mut settings = Settings {
            brand: vec![matching::brand(brand, &[]).unwrap()],
            ..Settings::default()
        };
        settings.ingest.pseudonym_keys = Some(matching::passing_key().unwrap());
        Conversion::new(&args, &settings, Vec::new()).unwrap()
    }

    /// What comes of `text`: its mentions, and the counts.
    fn converted(from: &str, brand: &str, text: &'static str) -> (Vec<Value>, Counts) {
        let mut conversion = conversion(from, None, brand);
        let input = Box::new(text.as_bytes());
        if from.ends_with(".csv") {
            conversion.rows(input).unwrap();
        } else {
            conversion.lines(input).unwrap();
        }
        let lines = conversion.out.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let values = lines.map(|line| serde_json::from_slice(line).unwrap());
        (values.collect(), conversion.counts)
    }

    #[test]
    fn every_record_is_a_mention_or_counted() {
        let table = "created_at;text;author\n\
            2026-03-02T09:00:00Z;Pluimvos reageert niet, mail jan@voorbeeld.example;jan\n\
            2026-03-02T09:00:00Z;Pluimvos reageert niet, mail jan@voorbeeld.example;jan\n\
            2026-03-02T09:05:00Z;Mooi weer vandaag;piet\n\
            gisteren;Pluimvos!;piet\n";
        let (mentions, counts) = converted("export.csv", "Pluimvos", table);
        assert_eq!(mentions.len(), 1, "{mentions:?} {counts:?}");
        assert_eq!(mentions[0]["brand"], "pluimvos");
        let text = mentions[0]["text"].as_str().unwrap();
        assert!(text.ends_with("mail [email]"), "{text}");
        assert!(
            mentions[0]["author"]["id"]
                .as_str()
                .unwrap()
                .starts_with("once.")
        );
        let Counts {
            records,
            mentions,
            repeated,
            without,
            rejected,
            named,
        } = counts;
        assert_eq!(
            (records, mentions, repeated, without, rejected),
            (4, 1, 1, 1, 1)
        );
        assert_eq!(named[0].0, 4);
    }

    #[test]
    fn what_has_no_time_happened_at_the_latest_that_was_told() {
        let lines = r#"{"id":"1","created_at":"2026-03-02T09:00:00Z","content":"<p>Pluimvos</p>","visibility":"public","account":{"id":"7","acct":"a"}}
            {"event":"delete","payload":"1"}"#;
        let (mentions, _) = converted("events.jsonl", "Pluimvos", lines);
        assert_eq!(mentions.len(), 2, "{mentions:?}");
        assert_eq!(mentions[1]["event"], "delete");
        assert_eq!(mentions[1]["observed_at"], mentions[0]["created_at"]);
    }

    #[test]
    fn of_every_example_of_every_format_each_line_is_a_mention() {
        let mut written = std::collections::BTreeMap::new();
        for format in decode::Format::ALL {
            let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../decode/tests/examples");
            let folder = Path::new(examples).join(format.as_str());
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                // What tells a row's columns beside it isn't in the file; by its mapping
                // anything may be read.
                let is_whole = !path.with_extension("headers").exists();
                if !is_whole || format == decode::Format::Json {
                    continue;
                }
                let value = std::fs::read(&path).unwrap().leak();
                let mut conversion = conversion(path.to_str().unwrap(), Some(format), "Pluimvos");
                if format.is_table() {
                    // A table of no columns that are known can't be begun.
                    let _ = conversion.rows(Box::new(&*value));
                } else {
                    conversion.document(Box::new(&*value)).unwrap();
                }
                let lines = conversion.out.split(|byte| *byte == b'\n');
                for line in lines.filter(|line| !line.is_empty()) {
                    mention::parse(line).unwrap();
                }
                let name = path.file_name().unwrap().to_str().unwrap();
                let counts = conversion.counts;
                assert!(
                    name.starts_with("bad-") || counts.rejected == 0,
                    "{format:?} {name}: {counts:?}"
                );
                *written.entry(format.as_str()).or_insert(0) += counts.mentions;
            }
        }
        for format in [
            "brandwatch",
            "meltwater",
            "talkwalker",
            "mention",
            "jetstream",
            "x",
        ] {
            assert!(written[format] > 0, "{format} of {written:?}");
        }
    }
}
