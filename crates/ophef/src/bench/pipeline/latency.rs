//! How long a mention takes, at a fixed rate, from its writing to its score and to the
//! spike that it decides.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use kafka::{Sink, Tail};
use mention::{EventTime, Topic};
use serde::Serialize;
use service::{Shutdown, clock};

use super::posts::Posts;
use super::topics::{self, Topics};

/// Brands that are complained about each second, all at once.
const AT_ONCE: u64 = 10;
/// Complaints of each, and the time between two of them, milliseconds: a wave that any
/// operator would want to know of, and short beside the run.
const COMPLAINTS: u64 = 30;
const COMPLAINT_EVERY_MS: u64 = 20;
/// The past of these brands: a mention every ten minutes of two days, so that what is
/// usual is known.
const PAST_MS: i64 = 2 * 24 * 3_600_000;
const PAST_EVERY_MS: i64 = 600_000;
/// How long the past may take to come out, and the last mention.
const PATIENCE: Duration = Duration::from_secs(60);
/// The watcher may be behind the scorer by this much when the past has come out.
const SETTLE: Duration = Duration::from_secs(3);
/// Pause of the writer, and longest wait of the reader.
const PAUSE: Duration = Duration::from_millis(1);

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Latency {
    /// Mentions a second that were really written.
    pub(super) rate: f64,
    /// From a mention's writing until its score could be read.
    pub(super) scored: Percentiles,
    /// From the writing of the mention that decided it until a revision of a spike could
    /// be read.
    pub(super) spikes: Percentiles,
}

/// Percentiles of latencies, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Percentiles {
    /// How many were measured.
    pub(super) count: usize,
    /// A half took no longer.
    pub(super) p50_ms: u32,
    /// 99 in 100 took no longer.
    pub(super) p99_ms: u32,
    /// The longest.
    pub(super) max_ms: u32,
}

impl Percentiles {
    fn of(mut millis: Vec<u32>) -> Self {
        millis.sort_unstable();
        let count = millis.len();
        // The smallest that so many in a hundred don't exceed.
        let at = |hundredths: usize| {
            let rank = (count * hundredths).div_ceil(100).max(1);
            millis.get(rank - 1).copied().unwrap_or_default()
        };
        Self {
            count,
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

/// What is written, and how fast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load<'a> {
    pub(super) posts: &'a Posts,
    pub(super) complaints: &'a Posts,
    /// Mentions a second.
    pub(super) rate: u64,
    pub(super) seconds: u64,
    pub(super) partitions: u16,
}

impl Load<'_> {
    /// Brands that are complained about while it runs.
    const fn complained_about(&self) -> u64 {
        AT_ONCE * self.seconds
    }
}

/// Measures services that run already.
///
/// # Errors
/// Kafka fails, not everything comes out, or stopping was asked for.
pub(super) fn measure(
    topics: &Topics,
    load: &Load<'_>,
    shutdown: &Shutdown,
) -> anyhow::Result<Latency> {
    let names = [Topic::Scored, Topic::Spikes].map(|topic| topics.connection.topic(topic));
    let tail = Tail::open(&topics.connection, &names, i32::from(load.partitions))?;
    let mut reader = Reader {
        tail,
        scored_name: names[0].clone(),
        since: EventTime::from_millis(i64::MAX),
        past: 0,
        scored: Vec::new(),
        spikes: Vec::new(),
    };
    let mut sink = topics.sink()?;
    let past = write_past(&mut sink, load)?;
    reader.read_until(shutdown, |reader| reader.past >= past)?;
    let settled = Instant::now() + SETTLE;
    reader.read_until(shutdown, |_| Instant::now() > settled)?;
    reader.since = clock::now();
    let end = Instant::now() + Duration::from_secs(load.seconds);
    let all = usize::try_from(load.rate * load.seconds + load.complained_about() * COMPLAINTS)?;
    let elapsed = thread::scope(|scope| {
        let writer = thread::Builder::new().name("bench writer".to_owned());
        let writer = writer.spawn_scoped(scope, || write(&mut sink, load, shutdown))?;
        let read = reader.read_until(shutdown, |reader| {
            reader.scored.len() >= all && Instant::now() > end + SETTLE
        });
        let elapsed = writer
            .join()
            .unwrap_or_else(|_| bail!("the writer panicked"));
        read.and(elapsed)
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = reader.scored.len() as f64 / elapsed.as_secs_f64();
    Ok(Latency {
        rate,
        scored: Percentiles::of(reader.scored),
        spikes: Percentiles::of(reader.spikes),
    })
}

/// Writes the past of the brands that will be complained about. Returns its mentions.
fn write_past(sink: &mut Sink, load: &Load<'_>) -> anyhow::Result<u64> {
    let now = clock::now().millis();
    let (mut number, mut value) = (0, Vec::new());
    let mut ago = PAST_MS;
    while ago > 0 {
        let at = EventTime::from_millis(now - ago);
        for index in 0..load.complained_about() {
            let brand = complained_about(index);
            load.posts.write(number, &brand, at, &mut value);
            sink.send(&topics::mention(&brand, &value))?;
            number += 1;
        }
        ago -= PAST_EVERY_MS;
    }
    topics::acknowledged(sink)?;
    Ok(number)
}

fn complained_about(index: u64) -> String {
    format!("wave-{index:03}")
}

/// Writes mentions of brands in calm at the rate asked for, and the complaints between
/// them. Returns how long that took.
fn write(sink: &mut Sink, load: &Load<'_>, shutdown: &Shutdown) -> anyhow::Result<Duration> {
    let timer = Instant::now();
    // Apart from the numbers of the past.
    const FIRST: u64 = 1_000_000_000;
    let all = load.rate * load.seconds;
    let complaints = load.complained_about() * COMPLAINTS;
    let (mut calm, mut waves, mut value) = (0, 0, Vec::new());
    while calm < all || waves < complaints {
        if shutdown.is_requested() {
            bail!("stopped");
        }
        let micros = u64::try_from(timer.elapsed().as_micros())?;
        let due = (micros * load.rate / 1_000_000).min(all);
        let at = clock::now();
        while calm < due {
            let brand = topics::brand(calm);
            load.posts.write(FIRST + calm, &brand, at, &mut value);
            sink.send(&topics::mention(&brand, &value))?;
            calm += 1;
        }
        while waves < complaints && complaint(waves).1 <= micros / 1_000 {
            let brand = complained_about(complaint(waves).0);
            load.complaints
                .write(2 * FIRST + waves, &brand, at, &mut value);
            sink.send(&topics::mention(&brand, &value))?;
            waves += 1;
        }
        thread::sleep(PAUSE);
    }
    let elapsed = timer.elapsed();
    topics::acknowledged(sink)?;
    Ok(elapsed)
}

/// Which brand complaint number `number` is about, and when it comes, milliseconds after
/// the start: every second so many brands are complained about.
const fn complaint(number: u64) -> (u64, u64) {
    let of_second = AT_ONCE * COMPLAINTS;
    let (second, within) = (number / of_second, number % of_second);
    let brand = second * AT_ONCE + within % AT_ONCE;
    (
        brand,
        second * 1_000 + within / AT_ONCE * COMPLAINT_EVERY_MS,
    )
}

/// Reads what comes out.
struct Reader {
    tail: Tail,
    scored_name: String,
    /// What was written before isn't measured.
    since: EventTime,
    past: u64,
    /// Latencies, milliseconds.
    scored: Vec<u32>,
    spikes: Vec<u32>,
}

impl Reader {
    fn read_until(
        &mut self,
        shutdown: &Shutdown,
        is_done: impl Fn(&Self) -> bool,
    ) -> anyhow::Result<()> {
        let mut last = Instant::now();
        while !is_done(self) {
            if shutdown.is_requested() {
                bail!("stopped");
            }
            if last.elapsed() > PATIENCE {
                bail!("nothing came out for {PATIENCE:?}: do score and watch run?");
            }
            // Several, so that looking whether it is done costs little.
            for _ in 0..100 {
                let Some(record) = self.tail.next(PAUSE)? else {
                    break;
                };
                last = Instant::now();
                let stamped_at = record.stamped_at().unwrap_or(self.since);
                let is_scored = record.topic() == self.scored_name;
                if stamped_at < self.since {
                    self.past += u64::from(is_scored);
                    continue;
                }
                let millis = clock::now().millis_since(stamped_at).max(0);
                let millis = u32::try_from(millis).unwrap_or(u32::MAX);
                if is_scored {
                    self.scored.push(millis);
                } else {
                    self.spikes.push(millis);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(Percentiles::of(Vec::new()), Percentiles::default());
        let found = Percentiles::of((1..=200).rev().collect());
        let [p50_ms, p99_ms, max_ms] = [100, 198, 200];
        let expected = Percentiles {
            count: 200,
            p50_ms,
            p99_ms,
            max_ms,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn complaints_come_in_order_and_each_brand_gets_all_of_its_own() {
        let all: Vec<_> = (0..4 * AT_ONCE * COMPLAINTS).map(complaint).collect();
        for brand in 0..4 * AT_ONCE {
            let times: Vec<_> = all.iter().filter(|c| c.0 == brand).collect();
            assert_eq!(times.len() as u64, COMPLAINTS);
            let wave = (COMPLAINTS - 1) * COMPLAINT_EVERY_MS;
            assert_eq!(times[times.len() - 1].1 - times[0].1, wave);
            assert_eq!(times[0].1, brand / AT_ONCE * 1_000);
        }
        assert!(all.is_sorted_by_key(|c| c.1));
    }
}
