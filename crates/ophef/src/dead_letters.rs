//! `ophef dead-letters`: what was rejected, and sending it again.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::bail;
use kafka::admin;
use kafka::{
    Commit, Connection, DEAD, Delivery, GroupProtocol, Headers, Outgoing, Polled, Record, Sink,
    Source, SourceSettings,
};
use mention::Topic;
use serde_json::json;

use crate::cli::{DeadLetters, DeadLettersAction, DeadTopic};
use crate::run;

/// How long to wait for the broker, and for one that falls silent in the middle.
const PATIENCE: Duration = Duration::from_secs(30);
/// Letters in one transaction of a replay.
const BATCH: usize = 500;
/// How often an aborted transaction is begun anew.
const TRIES: usize = 5;
/// Whose committed offsets say how far the last replay came.
const GROUP: &str = "dead-letters";

/// Lists or replays.
///
/// # Errors
/// Kafka can't be reached or refuses, or the topic is missing.
pub(crate) fn run(args: &DeadLetters, settings: &settings::Settings) -> anyhow::Result<()> {
    let backlog = Backlog::open(args, run::connection(settings))?;
    match args.action {
        DeadLettersAction::List {
            limit,
            values,
            json,
        } => backlog.list(&Listing {
            limit,
            values,
            json,
        }),
        DeadLettersAction::Replay { dry_run: true } => backlog.count(),
        DeadLettersAction::Replay { dry_run: false } => backlog.replay(),
    }
}

/// The dead letters that were asked for.
struct Backlog<'a> {
    args: &'a DeadLetters,
    connection: Connection,
    topic: Topic,
    source: Source,
    partitions: i32,
}

/// How to list.
struct Listing {
    limit: usize,
    values: bool,
    json: bool,
}

/// What came of the letters.
#[derive(Default)]
struct Tally {
    sent: BTreeMap<String, u64>,
    passed_over: u64,
    cut: u64,
}

/// The letters still to be read, by partition.
struct Range {
    /// Where to begin; the oldest if `None`.
    starts: BTreeMap<i32, Option<i64>>,
    /// Where to end; those that were reached are gone.
    ends: BTreeMap<i32, i64>,
}

impl<'a> Backlog<'a> {
    fn open(args: &'a DeadLetters, connection: Connection) -> anyhow::Result<Self> {
        let topic = match args.topic {
            DeadTopic::Mentions => Topic::Mentions,
            DeadTopic::Scored => Topic::Scored,
            DeadTopic::Raw => Topic::Raw,
            DeadTopic::Matched => Topic::Matched,
        };
        let settings = SourceSettings {
            topic,
            service: GROUP.to_owned(),
            protocol: GroupProtocol::Classic,
            session_timeout: Duration::from_secs(10),
        };
        let names = [connection.dead_topic(topic), connection.topic(topic)];
        let partitions = admin::partitions(&connection, &names, PATIENCE)?[0];
        let source = Source::dead_letters(&connection, &settings)?;
        Ok(Self {
            args,
            connection,
            topic,
            source,
            partitions,
        })
    }

    /// Begins where the last replay ended, or at the oldest letter, and ends where the
    /// letters end now: what a replay makes the services reject again comes later.
    fn begin(&self) -> anyhow::Result<Range> {
        let partitions: Vec<i32> = (0..self.partitions).collect();
        let mut starts = self.source.committed(&partitions)?;
        if self.args.all {
            starts.iter_mut().for_each(|(_, start)| *start = None);
        }
        let mut ends = BTreeMap::new();
        for (partition, start) in &mut starts {
            let partition = *partition;
            let (begin, end) = self.source.bounds_now(partition)?;
            // Older ones are deleted by now.
            *start = start.map(|start| start.max(begin));
            if end > start.unwrap_or_default() {
                ends.insert(partition, end);
            }
        }
        self.source.read_from(&starts)?;
        let starts = starts.into_iter().collect();
        Ok(Range { starts, ends })
    }

    /// The next letter before the ends; `None` when there is none.
    fn next(&self, ends: &mut BTreeMap<i32, i64>) -> anyhow::Result<Option<Record<'_>>> {
        let mut deadline = Instant::now() + PATIENCE;
        while !ends.is_empty() {
            match self.source.poll(Duration::from_millis(100))? {
                Polled::Record(record) => {
                    if ends
                        .get(&record.partition())
                        .is_some_and(|&end| record.offset() < end)
                    {
                        return Ok(Some(record));
                    }
                    ends.remove(&record.partition());
                }
                Polled::End(partition) => {
                    ends.remove(&partition);
                    deadline = Instant::now() + PATIENCE;
                }
                Polled::Adrift => bail!("dead letters were deleted meanwhile: try again"),
                _ if Instant::now() > deadline => {
                    bail!("Kafka fell silent in the middle of the dead letters: try again");
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn is_wanted(&self, letter: &Record<'_>) -> bool {
        let reason = header(letter, "dead-reason");
        let reasons = &self.args.reason;
        reasons.is_empty() || reasons.iter().any(|wanted| wanted.as_str() == reason)
    }

    fn list(&self, listing: &Listing) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        let mut ends = self.begin()?.ends;
        let mut left = listing.limit;
        while let Some(letter) = self.next(&mut ends)? {
            if !self.is_wanted(&letter) {
                continue;
            }
            *reasons.entry(header(&letter, "dead-reason")).or_default() += 1;
            if left == 0 {
                continue;
            }
            left -= 1;
            if listing.json {
                writeln!(out, "{}", as_json(&letter, listing.values))?;
            } else {
                write_line(&mut out, &letter, listing.values)?;
            }
        }
        if !listing.json {
            write_counts(&mut out, "", &reasons)?;
        }
        Ok(())
    }

    /// What a replay would do.
    fn count(&self) -> anyhow::Result<()> {
        let mut tally = Tally::default();
        let mut ends = self.begin()?.ends;
        while let Some(letter) = self.next(&mut ends)? {
            self.tell(&letter, &mut tally);
        }
        tally.print("would be sent again")
    }

    /// Notes what becomes of a letter; whether it is sent.
    fn tell(&self, letter: &Record<'_>, tally: &mut Tally) -> bool {
        if !self.is_wanted(letter) {
            tally.passed_over += 1;
        } else if letter.header("dead-cut").is_some() {
            tally.cut += 1;
        } else {
            *tally.sent.entry(header(letter, "dead-reason")).or_default() += 1;
            return true;
        }
        false
    }

    /// Sends the letters in transactions that hold the offsets reached as well, so
    /// that each is sent once. An aborted one is done again.
    fn replay(&self) -> anyhow::Result<()> {
        let delivery = Delivery::ExactlyOnce;
        let mut sink = Sink::connect(&self.connection, delivery, GROUP, "replay")?;
        let mut range = self.begin()?;
        let mut total = Tally::default();
        let mut tries = 0;
        loop {
            let mut ends = range.ends.clone();
            let batch = self.send_batch(&mut sink, &mut ends)?;
            let next: Vec<(i32, i64)> = batch.next.into_iter().collect();
            match sink.commit(&self.source, &next)? {
                Commit::Done => {
                    total.add(batch.tally);
                    let reached = next.into_iter().map(|(p, offset)| (p, Some(offset)));
                    range.starts.extend(reached);
                    range.ends = ends;
                    tries = 0;
                }
                Commit::Aborted(fault) if tries == TRIES => return Err(fault.into()),
                Commit::Aborted(_) => {
                    tries += 1;
                    let starts: Vec<_> = range.starts.iter().map(|(&p, &o)| (p, o)).collect();
                    self.source.read_from(&starts)?;
                    continue;
                }
            }
            if range.ends.is_empty() {
                return total.print("sent again");
            }
        }
    }

    /// Writes the letters of one transaction.
    fn send_batch(&self, sink: &mut Sink, ends: &mut BTreeMap<i32, i64>) -> anyhow::Result<Batch> {
        let mut batch = Batch::default();
        while let Some(letter) = self.next(ends)? {
            batch.next.insert(letter.partition(), letter.offset() + 1);
            if self.tell(&letter, &mut batch.tally) {
                let record = Outgoing {
                    topic: self.topic,
                    partition: header(&letter, "dead-partition").parse().ok(),
                    key: letter.key(),
                    value: Some(letter.value()),
                    stamped_at: None,
                };
                let headers = Headers::of(&letter);
                let own = headers.iter().filter(|(name, _)| !name.starts_with(DEAD));
                sink.send_with(&record, own)?;
            }
            if sink.written() >= BATCH {
                break;
            }
        }
        Ok(batch)
    }
}

/// The letters of one transaction.
#[derive(Default)]
struct Batch {
    tally: Tally,
    /// Offset of the next letter, by partition.
    next: BTreeMap<i32, i64>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (reason, count) in other.sent {
            *self.sent.entry(reason).or_default() += count;
        }
        self.passed_over += other.passed_over;
        self.cut += other.cut;
    }

    fn print(&self, done: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        write_counts(&mut out, done, &self.sent)?;
        if self.passed_over > 0 {
            writeln!(out, "{:>9}  passed over: another reason", self.passed_over)?;
        }
        if self.cut > 0 {
            let cut = self.cut;
            writeln!(out, "{cut:>9}  left out: too large to have been kept whole")?;
        }
        Ok(())
    }
}

fn write_counts(
    out: &mut impl Write,
    done: &str,
    reasons: &BTreeMap<String, u64>,
) -> io::Result<()> {
    let total: u64 = reasons.values().sum();
    for (reason, count) in reasons {
        writeln!(out, "{count:>9}  {reason}")?;
    }
    let end = if done.is_empty() {
        String::new()
    } else {
        format!(" {done}")
    };
    writeln!(out, "{total:>9}  dead letters{end}")
}

fn write_line(out: &mut impl Write, letter: &Record<'_>, values: bool) -> io::Result<()> {
    let of = |name| header(letter, name);
    writeln!(
        out,
        "{}  {}  {}/{}  {}",
        of("dead-at"),
        of("dead-reason"),
        of("dead-partition"),
        of("dead-offset"),
        // Details never hold values of the record, but a header is anybody's.
        of("dead-detail").escape_debug(),
    )?;
    if values {
        writeln!(out, "    {}", letter.value().escape_ascii())?;
    }
    Ok(())
}

fn as_json(letter: &Record<'_>, values: bool) -> serde_json::Value {
    let of = |name| header(letter, name);
    let number = |name| of(name).parse::<i64>().ok();
    let mut object = json!({
        "at": of("dead-at"),
        "stage": of("dead-stage"),
        "reason": of("dead-reason"),
        "detail": of("dead-detail"),
        "topic": of("dead-topic"),
        "partition": number("dead-partition"),
        "offset": number("dead-offset"),
    });
    if values {
        object["value"] = String::from_utf8_lossy(letter.value()).into();
    }
    object
}

/// A header as text; empty if it isn't there.
fn header(letter: &Record<'_>, name: &str) -> String {
    let bytes = letter.header(name).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}
