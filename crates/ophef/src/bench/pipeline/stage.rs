//! One stage in a process of its own, so that processor time and memory are its alone.
//!
//! It steps over the records it is told to, prints what that took as one line of JSON,
//! and ends; or it runs until its standard input ends, which is also how it notices that
//! whoever started it is gone.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use anyhow::bail;
use kafka::{Commit, Connection, Delivery, Outgoing, Polled, Record, Sink, Source, SourceSettings};
use mention::Topic;
use serde::{Deserialize, Serialize};
use service::{Context, clock, tasks};

use super::usage::{cpu_seconds, peak_mebibytes};
use crate::cli::{BenchStage, StageName};
use crate::run;

/// Longest wait for a record: a request to stop is seen this fast.
const POLL: Duration = Duration::from_millis(50);
/// How often it is looked whether a service is done. Short beside any run, and seldom
/// enough to cost nothing.
const LOOK: Duration = Duration::from_millis(1);
/// The score of the stage `raw`, of the length of a usual one.
const FIXED_SCORE: &str = r#","score":{"label":"neutral","probabilities":{"negative":0.1,"neutral":0.8,"positive":0.1},"confidence":0.8,"lang":"nl","abstained":null,"kind":"remark","aspects":[],"model":"ophef-fixed@1"}}"#;

/// What a stage took, from its first record on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Took {
    /// Records stepped over; of a service, and committed.
    pub(super) records: u64,
    /// Records that were rejected.
    pub(super) dead: u64,
    /// When it began and when it had them all, milliseconds since 1970.
    pub(super) began_ms: i64,
    pub(super) ended_ms: i64,
    /// The time between.
    pub(super) seconds: f64,
    /// Processor time of all threads in that time, seconds.
    pub(super) cpu_seconds: f64,
    /// The most memory the process had resident, MiB.
    pub(super) peak_mebibytes: f64,
}

/// A measurement under way.
struct Meter {
    timer: Instant,
    began_ms: i64,
    cpu: f64,
    /// Records stepped over before it began.
    before: u64,
}

impl Meter {
    fn begin(before: u64) -> Self {
        Self {
            timer: Instant::now(),
            began_ms: clock::now().millis(),
            cpu: cpu_seconds(),
            before,
        }
    }

    fn end(&self, records: u64, dead: u64) -> Took {
        Took {
            records: records - self.before,
            dead,
            began_ms: self.began_ms,
            ended_ms: clock::now().millis(),
            seconds: self.timer.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds() - self.cpu,
            peak_mebibytes: peak_mebibytes(),
        }
    }
}

/// Answers `ophef bench stage`.
///
/// # Errors
/// A lasting fault.
pub(crate) fn run(args: &BenchStage, settings: &settings::Settings) -> anyhow::Result<()> {
    let (settings, stage, out) = (settings.clone(), args.stage, args.out.clone());
    let count = args.count.unwrap_or(u64::MAX);
    let took = service::launch(None, &Context::default(), move |context| {
        let shutdown = context.shutdown.clone();
        let _ends_with_the_process = tasks::thread("input", move || {
            // An error is an end, too.
            let _ = io::stdin().read_to_end(&mut Vec::new());
            shutdown.request();
        })?;
        match stage {
            StageName::Consume | StageName::Parse | StageName::Raw => {
                client(stage, &settings, &out, count, context)
            }
            StageName::Score | StageName::Watch => service(stage, settings, count, context),
            StageName::Chain | StageName::Latency => bail!("{stage:?} is no single stage"),
        }
    })?;
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &took)?;
    Ok(out.write_all(b"\n")?)
}

/// A service until it has stepped over `count` records.
fn service(
    stage: StageName,
    mut settings: settings::Settings,
    count: u64,
    context: &Context,
) -> anyhow::Result<Took> {
    // The brands of the benchmark are none of those that are configured.
    settings.brand.clear();
    settings.event.clear();
    let shared = run::service_settings(&settings);
    let of_service = context.clone();
    let name = if stage == StageName::Score {
        score::NAME
    } else {
        watch::NAME
    };
    let progress = context.progress(name);
    let work = tasks::thread(name, move || {
        let result = if stage == StageName::Score {
            run::score(&settings, &shared, &of_service)
        } else {
            run::watch(&settings, &shared, &of_service)
        };
        // However it ended, nobody need wait for it.
        of_service.shutdown.request();
        result
    })?;
    let until = |records| {
        while progress.total().records < records && !context.shutdown.is_requested() {
            std::thread::sleep(LOOK);
        }
    };
    until(1);
    let meter = Meter::begin(progress.total().records);
    until(count);
    let total = progress.total();
    let took = meter.end(total.records, total.dead);
    context.shutdown.request();
    work.join()??;
    Ok(took)
}

/// Less than a service, by the client alone.
fn client(
    stage: StageName,
    settings: &settings::Settings,
    out: &str,
    count: u64,
    context: &Context,
) -> anyhow::Result<Took> {
    let connection = run::connection(settings);
    let (topic, service) = match stage {
        StageName::Parse => (Topic::Mentions, "bench-parse"),
        StageName::Raw => (Topic::Mentions, "bench-raw"),
        _ => (Topic::Mentions, "bench-consume"),
    };
    let source = SourceSettings {
        topic,
        service: service.to_owned(),
        session_timeout: Duration::from_secs(10),
        protocol: kafka::GroupProtocol::Classic,
    };
    let source = Source::subscribe(&connection, &source)?;
    let writer = (stage == StageName::Raw).then(|| Writer::connect(&connection, settings, out));
    let mut work = Client {
        source: &source,
        parses: stage != StageName::Consume,
        writer: writer.transpose()?,
        records: 0,
        dead: 0,
    };
    let mut meter = None;
    while work.records < count && !context.shutdown.is_requested() {
        work.turn()?;
        if work.records > 0 {
            meter.get_or_insert_with(|| Meter::begin(work.records));
        }
    }
    work.commit()?;
    let meter = meter.unwrap_or_else(|| Meter::begin(0));
    Ok(meter.end(work.records, work.dead))
}

struct Client<'a> {
    source: &'a Source,
    parses: bool,
    writer: Option<Writer>,
    records: u64,
    dead: u64,
}

impl Client<'_> {
    fn turn(&mut self) -> anyhow::Result<()> {
        match self.source.poll(POLL)? {
            Polled::Record(record) => {
                self.records += 1;
                if self.parses && mention::parse(record.value()).is_err() {
                    self.dead += 1;
                } else if let Some(writer) = &mut self.writer {
                    writer.write(&record)?;
                }
            }
            Polled::Assigned(partitions) => {
                let starts: Vec<_> = partitions.into_iter().map(|p| (p, None)).collect();
                self.source.assign(&starts)?;
            }
            Polled::Revoked(partitions) | Polled::Lost(partitions) => {
                self.source.unassign(&partitions)?;
            }
            Polled::Adrift => bail!("records were deleted before they were read"),
            Polled::End(_) | Polled::Idle => {}
        }
        match &mut self.writer {
            Some(writer) if writer.is_due() => writer.commit(self.source),
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let writer = self.writer.as_mut();
        writer.map_or(Ok(()), |writer| writer.commit(self.source))
    }
}

/// The writing half of the stage `raw`.
struct Writer {
    sink: Sink,
    value: Vec<u8>,
    /// Offset of the next record of each partition that was read from.
    next: Vec<(i32, i64)>,
    last_commit: Instant,
    interval: Duration,
}

impl Writer {
    /// Writes to topics under the prefix `out`.
    fn connect(
        connection: &Connection,
        settings: &settings::Settings,
        out: &str,
    ) -> Result<Self, kafka::Error> {
        let connection = Connection {
            topic_prefix: out.to_owned(),
            ..connection.clone()
        };
        Ok(Self {
            sink: Sink::connect(&connection, Delivery::ExactlyOnce, "bench-raw", "1")?,
            value: Vec::new(),
            next: Vec::new(),
            last_commit: Instant::now(),
            interval: Duration::from_millis(settings.kafka.commit_interval_ms),
        })
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), kafka::Error> {
        let value = record.value().trim_ascii_end();
        self.value.clear();
        self.value
            .extend_from_slice(value.strip_suffix(b"}").unwrap_or(value));
        self.value.extend_from_slice(FIXED_SCORE.as_bytes());
        let (partition, next) = (record.partition(), record.offset() + 1);
        match self.next.iter_mut().find(|(of, _)| *of == partition) {
            Some((_, offset)) => *offset = next,
            None => self.next.push((partition, next)),
        }
        self.sink.send(&Outgoing {
            topic: Topic::Scored,
            partition: Some(partition),
            key: record.key(),
            value: Some(&self.value),
            stamped_at: record.stamped_at(),
        })
    }

    fn is_due(&self) -> bool {
        !self.next.is_empty() && self.last_commit.elapsed() >= self.interval
    }

    fn commit(&mut self, source: &Source) -> anyhow::Result<()> {
        self.last_commit = Instant::now();
        if let Commit::Aborted(fault) = self.sink.commit(source, &self.next)? {
            bail!("a commit was aborted, measure again: {fault}");
        }
        self.next.clear();
        Ok(())
    }
}
