//! How fast score and watch go on a real Kafka, exactly once, on this machine; and care,
//! with a million open conversations.
//!
//! ```sh
//! cargo run --release -p tests --example rate -- 500000
//! cargo run --release -p tests --example rate -- care
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, not a service"
)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::Connection;
use mention::{EventTime, Topic};
use sentiment::Model;
use service::{Context, Error, Settings, clock, tasks};
use tests::mentions::mention;
use tests::{Deployment, RealKafka};

const PARTITIONS: u16 = 6;
const BRANDS: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [service, brokers, prefix, count] => {
            let mut connection = Connection::plaintext(*brokers);
            (*prefix).clone_into(&mut connection.topic_prefix);
            serve(service, connection, count.parse().unwrap());
        }
        ["care"] => answering(),
        [count] => compare(count.parse().unwrap()),
        _ => compare(200_000),
    }
}

/// Conversations that are open before anybody is answered.
const OPEN: usize = 1_000_000;
/// Records after them: three of ten ask, two are replies to somebody who waits, five are
/// other posts.
const MIXED: usize = 1_000_000;
/// Brands that are asked; a book holds at most 100,000 conversations.
const ASKED: usize = 60;
/// Records that are written at a time.
const BATCH: usize = 50_000;

/// Writes questions, then a mixture, and runs care over both in a process of its own.
fn answering() {
    let broker = RealKafka::start();
    let deployment = Deployment::on(&broker, PARTITIONS);
    let mut bytes = 0;
    for first in (0..OPEN + MIXED).step_by(BATCH) {
        let values: Vec<(i32, String)> = (first..first + BATCH).map(scored).collect();
        bytes += values.iter().map(|(_, value)| value.len()).sum::<usize>();
        let records = values
            .iter()
            .map(|(partition, value)| (*partition, value.as_bytes()));
        deployment.write(Topic::Scored, records);
    }
    let count = OPEN + MIXED;
    println!("{count} scored mentions of {} bytes", bytes / count);
    let connection = &deployment.connection;
    let status = Command::new(std::env::current_exe().unwrap())
        .args([care::NAME, &connection.brokers, &connection.topic_prefix])
        .arg(count.to_string())
        .status();
    assert!(status.unwrap().success());
}

/// A scored mention and its partition: of the first million each asks something, by half as
/// many people.
fn scored(number: usize) -> (i32, String) {
    let (kind, role, answered) = match number % 10 {
        _ if number < OPEN => ("complaint", "customer", None),
        0..3 => ("complaint", "customer", None),
        // Anybody of the first million, whoever that is.
        3..5 => (
            "webcare",
            "brand",
            Some(number.wrapping_mul(2_654_435_761) % OPEN),
        ),
        _ => ("remark", "customer", None),
    };
    let label = if kind == "complaint" {
        "negative"
    } else {
        "neutral"
    };
    let brand = answered.unwrap_or(number) % ASKED;
    let reply = answered.map_or_else(String::new, |to| {
        format!(r#","in_reply_to":"1772{to:015}""#)
    });
    // A million in some three days, all of them remembered.
    let start = clock::now().plus_millis(-6 * EventTime::DAY_MS);
    let at = start.plus_millis(i64::try_from(number).unwrap() * 250);
    let value = format!(
        r#"{{"id":"1772{number:015}","brand":"brand-{brand}","platform":"x","created_at":"{at}","text":"Al drie dagen wacht ik op mijn pakket en niemand van de klantenservice neemt de telefoon op, wat is dit voor service?","author":{{"id":"k1.{:032x}","followers":{},"role":"{role}"}},"lang":"nl"{reply},"engagement":{{"likes":1,"shares":0,"replies":2,"views":{}}},"score":{{"label":"{label}","probabilities":{{"negative":0.8712,"neutral":0.1003,"positive":0.0285}},"confidence":0.8712,"lang":"nl","abstained":null,"kind":"{kind}","aspects":[{{"aspect":"delivery","polarity":"negative","confidence":0.93}},{{"aspect":"service","polarity":"negative","confidence":0.71}}],"model":"ophef-linear@2"}}}}"#,
        number / 2,
        number % 5_000,
        number % 700,
    );
    (
        i32::try_from(brand % usize::from(PARTITIONS)).unwrap(),
        value,
    )
}

/// Writes mentions, then runs each service in a process of its own.
fn compare(count: usize) {
    let broker = RealKafka::start();
    let deployment = Deployment::on(&broker, PARTITIONS);
    let values: Vec<String> = (0..count).map(value).collect();
    let bytes: usize = values.iter().map(String::len).sum();
    println!("{count} mentions of {} bytes", bytes / count);
    let partition = |index: usize| i32::try_from(index % BRANDS % usize::from(PARTITIONS)).unwrap();
    let records = values.iter().enumerate();
    let records = records.map(|(i, value)| (partition(i), value.as_bytes()));
    deployment.write(Topic::Mentions, records);
    for service in [score::NAME, watch::NAME] {
        let connection = &deployment.connection;
        let status = Command::new(std::env::current_exe().unwrap())
            .args([service, &connection.brokers, &connection.topic_prefix])
            .arg(count.to_string())
            .status();
        assert!(status.unwrap().success());
    }
}

fn serve(name: &str, connection: Connection, count: usize) {
    let settings = Settings::new(connection);
    if name == watch::NAME {
        let settings = watch::Settings::new(settings);
        measure(watch::NAME, count, move |context| {
            watch::run(&settings, context)
        });
    } else if name == care::NAME {
        let settings = care::Settings::new(settings);
        measure(care::NAME, count, move |context| {
            care::run(&settings, context)
        });
    } else {
        let model = Arc::new(Model::embedded().unwrap());
        measure(score::NAME, count, move |context| {
            score::run(&settings, model, context)
        });
    }
}

/// A mention of about 450 bytes.
fn value(id: usize) -> String {
    const TEXTS: [&str; 4] = [
        "Al drie dagen wacht ik op mijn pakket en niemand van de klantenservice neemt op, dit is echt waardeloos en ik bestel hier nooit meer iets",
        "Vandaag mijn bestelling binnen, keurig verpakt en een dag eerder dan beloofd, fijne winkel, ik kom zeker terug voor de volgende aankoop hoor",
        "Does anyone know whether the new store in the station is open on Sunday afternoon? I would like to pick up my order there with the kids around three",
        "Prijs is wel weer omhoog gegaan zie ik, jammer, maar de kwaliteit blijft gewoon goed dus voorlopig blijf ik er mijn schoenen en jassen bestellen",
    ];
    let brand = format!("brand-{}", id % BRANDS);
    let at = clock::now();
    let more = r#","author":{"id":"a1b2c3d4e5f6","followers":314,"role":"customer"},"lang":"nl","engagement":{"likes":3,"shares":0,"replies":1,"views":240},"url":"https://example.org/status/1234567890""#;
    mention(&brand, id, at, TEXTS[id % TEXTS.len()], more)
}

fn measure(
    name: &'static str,
    count: usize,
    run: impl FnOnce(&Context) -> Result<(), Error> + Send + 'static,
) {
    let context = Context::default();
    let of_service = context.clone();
    let cpu = cpu_seconds();
    let thread = tasks::thread(name, move || run(&of_service)).unwrap();
    let progress = context.progress(name);
    while progress.total().records == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Of care what is asked and what is answered are told apart.
    let parts = match name {
        care::NAME => vec![OPEN, count],
        _ => vec![count],
    };
    let mut cpu = cpu;
    for until in parts {
        let timer = Instant::now();
        let first = progress.total().records;
        while progress.total().records < until as u64 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let rest = until - usize::try_from(first).unwrap();
        show(name, rest, timer.elapsed(), cpu_seconds() - cpu);
        cpu = cpu_seconds();
    }
    println!("  at most {} MiB of memory", resident_mebibytes());
    context.shutdown.request();
    thread.join().unwrap().unwrap();
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn show(name: &str, count: usize, elapsed: Duration, cpu: f64) {
    let rate = count as f64 / elapsed.as_secs_f64();
    let per_million = cpu / count as f64 * 1e6;
    println!("{name}: {rate:.0}/s in {elapsed:.2?}, {per_million:.2} s of CPU per million");
}

/// CPU time of this process: fields 14 and 15 of its stat, in ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Most resident memory so far, from the line `VmHWM: … kB` of its status.
fn resident_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or_default()
        / 1_024
}
