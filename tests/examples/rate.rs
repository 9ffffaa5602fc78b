//! How fast score and watch go on a real Kafka, exactly once, on this machine.
//!
//! ```sh
//! cargo run --release -p tests --example rate -- 500000
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, not a service"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use mention::Topic;
use sentiment::Model;
use service::{Context, Error, Settings, clock, tasks};
use tests::mentions::mention;
use tests::{Deployment, RealKafka};

const PARTITIONS: u16 = 6;
const BRANDS: usize = 200;

fn main() {
    let count = std::env::args()
        .nth(1)
        .map_or(200_000, |n| n.parse().unwrap());
    let broker = RealKafka::start();
    let deployment = Deployment::on(&broker, PARTITIONS);
    let values: Vec<String> = (0..count).map(value).collect();
    let bytes: usize = values.iter().map(String::len).sum();
    let timer = Instant::now();
    let partition = |index: usize| i32::try_from(index % BRANDS % usize::from(PARTITIONS)).unwrap();
    let records = values.iter().enumerate();
    deployment.write(
        Topic::Mentions,
        records.map(|(i, value)| (partition(i), value.as_bytes())),
    );
    println!("{count} mentions of {} bytes", bytes / count);
    show("write", count, timer.elapsed(), 0.0);

    let settings = Settings::new(deployment.connection.clone());
    let model = Arc::new(Model::embedded().unwrap());
    let of_score = settings.clone();
    measure("score", count, move |context| {
        score::run(&of_score, model, context)
    });
    measure("watch", count, move |context| {
        watch::run(&watch::Settings::new(settings), context)
    });
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
    let timer = Instant::now();
    let first = progress.total().records;
    while progress.total().records < count as u64 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let rest = count - usize::try_from(first).unwrap();
    show(name, rest, timer.elapsed(), cpu_seconds() - cpu);
    println!("  memory {} MiB", resident_bytes() / (1 << 20));
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

/// Resident memory: field 2 of its statm, in pages of 4 KiB.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096
}
