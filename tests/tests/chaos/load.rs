//! What is written while everything fails: mentions of invented brands, with waves of
//! complaints, heartbeats, and records that nobody can read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use kafka::{Delivery, Outgoing, Sink};
use mention::{EventTime, Topic};
use tests::Deployment;
use tests::mentions::mention;
use yardstick::random::Random;

/// Noon of a Monday long past: no clock that jumps makes these mentions come early.
const START: EventTime = EventTime::from_millis(1_709_553_600_000);
/// Brands of a partition.
const BRANDS: u64 = 3;
/// Event time between two records of a partition in quiet hours, and in a wave.
const QUIET_MS: u64 = 20_000;
const WAVE_MS: u64 = 4_000;
/// Event time between two waves of a partition, and how long each lasts.
const BETWEEN_WAVES_MS: i64 = 20 * 3_600_000;
const WAVE_LENGTH_MS: i64 = 3_600_000;
/// Event time between two heartbeats.
const HEARTBEAT_MS: i64 = 300_000;
/// Time between two batches of the writer.
const TICK: Duration = Duration::from_millis(50);

/// The stream of one partition, the same for the same seed.
#[derive(Debug)]
pub(crate) struct Stream {
    random: Random,
    partition: u16,
    written: usize,
    now: EventTime,
    heard: EventTime,
}

impl Stream {
    /// The stream of `partition` under `seed`.
    pub(crate) fn new(seed: u64, partition: u16) -> Self {
        Self {
            random: Random::of(&[seed, u64::from(partition)]),
            partition,
            written: 0,
            now: START,
            heard: START,
        }
    }

    /// The next record: its key and value.
    pub(crate) fn record(&mut self) -> (String, Vec<u8>) {
        self.written += 1;
        if self.now.millis() - self.heard.millis() > HEARTBEAT_MS {
            self.heard = self.now;
            return (String::new(), mention::heartbeat(self.now).into_bytes());
        }
        let since = self.now.millis() - START.millis();
        let wave = since / BETWEEN_WAVES_MS;
        let is_wave = wave > 0 && since % BETWEEN_WAVES_MS < WAVE_LENGTH_MS;
        let step = if is_wave { WAVE_MS } else { QUIET_MS };
        let step = i64::try_from(self.random.below(2 * step)).unwrap();
        self.now = self.now.plus_millis(step);
        // One brand of the partition after the other has its wave.
        let is_hit = is_wave && self.random.chance(0.8);
        let number = if is_hit {
            wave.unsigned_abs() % BRANDS
        } else {
            self.random.below(BRANDS)
        };
        let brand = format!("brand-{}-{number}", self.partition);
        let is_negative = self.random.chance(if is_hit { 0.9 } else { 0.1 });
        let value = self.mention(&brand, is_negative);
        (brand, value)
    }

    fn mention(&mut self, brand: &str, is_negative: bool) -> Vec<u8> {
        if self.random.chance(0.02) {
            return self.poison(brand);
        }
        let texts: &[&str] = if is_negative { &NEGATIVE } else { &OTHER };
        let pick = |random: &mut Random, texts: &[&'static str]| {
            let index = random.below(texts.len() as u64);
            texts[usize::try_from(index).unwrap()]
        };
        let text = pick(&mut self.random, texts);
        let place = pick(&mut self.random, &PLACES);
        let id = self.id();
        let (likes, author) = (self.random.below(20), self.random.below(50_000));
        let more = format!(
            r#","author":{{"id":"a{author}","followers":{}}},"engagement":{{"likes":{likes}}}"#,
            author % 900
        );
        mention(brand, id, self.now, &format!("{text} {place}"), &more).into_bytes()
    }

    /// Unique over the partitions: these are at most a thousand.
    fn id(&self) -> usize {
        self.written * 1_000 + usize::from(self.partition)
    }

    fn poison(&mut self, brand: &str) -> Vec<u8> {
        let (id, at) = (self.id(), self.now);
        let far = at.plus_millis(400 * 365 * 86_400_000);
        match self.random.below(5) {
            0 => format!("not JSON {id}").into_bytes(),
            1 => vec![0xff; 30],
            2 => mention(brand, id, far, "te laat", "").into_bytes(),
            3 => mention(brand, id, at, "", "").into_bytes(),
            _ => format!(r#"{{"id":"{id}","brand":{id}}}"#).into_bytes(),
        }
    }
}

const NEGATIVE: [&str; 8] = [
    "Weer te laat bezorgd, erg slecht, in",
    "Al drie dagen wachten, niemand neemt op in",
    "Waardeloze service, pakket kapot aangekomen in",
    "Terrible, still no parcel and no answer in",
    "Wat een ellende, geld kwijt en geen reactie, winkel",
    "Slechtste bezorging ooit, nooit meer, in",
    "Rude staff and a broken product, never again in",
    "Boos: bestelling zoek en klantenservice hangt op in",
];
const OTHER: [&str; 8] = [
    "Top geregeld, dank aan de winkel in",
    "Keurig verpakt en een dag eerder, fijn in",
    "Is de winkel zondag open in",
    "Great service, friendly people in",
    "Bestelling opgehaald in",
    "Nieuwe collectie gezien in",
    "Wanneer komt de maat weer binnen in",
    "Heel tevreden met de hulp in",
];
const PLACES: [&str; 12] = [
    "Utrecht", "Zwolle", "Gent", "Breda", "Assen", "Leiden", "Arnhem", "Delft", "Hasselt",
    "Tilburg", "Emmen", "Almere",
];

/// A thread that writes at an even rate until it is stopped.
#[derive(Debug)]
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Load {
    /// Writes the streams of `seed` to the mentions of `deployment`, `rate` records a
    /// second over all its partitions.
    pub(crate) fn start(deployment: &Deployment, seed: u64, rate: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (connection, partitions) = (deployment.connection.clone(), deployment.partitions);
        let asked = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let delivery = Delivery::AtLeastOnce;
            let mut sink = Sink::connect(&connection, delivery, "tests", "load").unwrap();
            let mut streams: Vec<_> = (0..partitions).map(|p| Stream::new(seed, p)).collect();
            let ticks_per_second = 1_000 / usize::try_from(TICK.as_millis()).unwrap();
            let count = rate.div_ceil(ticks_per_second);
            let mut written = 0;
            while !asked.load(Ordering::Acquire) {
                let timer = Instant::now();
                for _ in 0..count {
                    send(&mut sink, &mut streams, written);
                    written += 1;
                }
                sleep(TICK.saturating_sub(timer.elapsed()));
            }
            // Records that a crash of the broker cost aren't input: what was really
            // written is read back.
            let _ = (0..3).any(|_| sink.flush().is_ok());
            written
        });
        Self { is_over, thread }
    }

    /// Ends it, with all that it wrote acknowledged. Returns how many records it sent.
    pub(crate) fn stop(self) -> usize {
        self.is_over.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}

fn send(sink: &mut Sink, streams: &mut [Stream], written: usize) {
    let partition = written % streams.len();
    let (key, value) = streams[partition].record();
    let outgoing = Outgoing {
        topic: Topic::Mentions,
        partition: Some(i32::try_from(partition).unwrap()),
        key: Some(key.as_bytes()),
        value: Some(&value),
        stamped_at: None,
    };
    // A broker that is away, or doesn't know its topics yet: the load waits as long.
    while let Err(error) = sink.send(&outgoing) {
        assert!(error.is_passing(), "{error}");
        sleep(TICK);
    }
}
