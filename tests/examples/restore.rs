//! How long the watcher takes to be at work again when it has much to restore, on this
//! machine.
//!
//! ```sh
//! cargo run --release -p tests --example restore -- 25000
//! ```
//!
//! So many brands on three platforms each (with the series over all platforms, four
//! series a brand) get mentions on a real Kafka for a minute, while the watcher writes
//! its snapshots as it does in service. Then it is killed, and another one takes over.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a measurement, not a service"
)]

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use kafka::Connection;
use mention::{EventTime, Topic};
use service::{Context, Settings, tasks};
use tests::{Deployment, RealKafka};

const PARTITIONS: u16 = 6;
const PLATFORMS: [&str; 3] = ["x", "instagram", "reviews"];
/// Mentions that each brand gets at first, over a week.
const PAST: usize = 12;
/// Afterwards so many mentions come a second, for so long.
const RATE: usize = 5_000;
const LOAD: Duration = Duration::from_secs(60);
/// A Monday long past.
const START: EventTime = EventTime::from_millis(1_709_553_600_000);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["watch", brokers, prefix, count] => watch(brokers, prefix, count.parse().unwrap()),
        [brands] => measure(brands.parse().unwrap()),
        _ => measure(25_000),
    }
}

fn measure(brands: usize) {
    let broker = RealKafka::start();
    let deployment = Deployment::on(&broker, PARTITIONS);
    let mut first = start(&deployment, brands * PAST + LOAD.as_secs() as usize * RATE);
    let mut written = 0;
    while written < brands * PAST {
        written = write(&deployment, brands, written..written + 20_000);
    }
    for _ in 0..LOAD.as_secs() {
        let next = Instant::now() + Duration::from_secs(1);
        written = write(&deployment, brands, written..written + RATE);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    // It ends as if it had been killed, once it has committed the last of them.
    assert!(!first.wait().unwrap().success());
    let series = brands * (PLATFORMS.len() + 1);
    println!("{brands} brands, {series} series, {written} mentions");
    // One more for each partition: the new owner has committed it when it is at work.
    let more = write(
        &deployment,
        brands,
        written..written + usize::from(PARTITIONS),
    );
    let mut second = start(&deployment, more - written);
    assert!(second.wait().unwrap().success());
}

fn start(deployment: &Deployment, count: usize) -> Child {
    let connection = &deployment.connection;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["watch", &connection.brokers, &connection.topic_prefix]);
    command.arg(count.to_string()).spawn().unwrap()
}

/// Writes scored mentions, each brand's into its own partition. Returns the next number.
fn write(deployment: &Deployment, brands: usize, numbers: std::ops::Range<usize>) -> usize {
    let end = numbers.end;
    let records: Vec<(i32, String)> = numbers
        .map(|number| {
            let brand = number % brands;
            let partition = i32::try_from(brand % usize::from(PARTITIONS)).unwrap();
            (partition, value(brand, brands, number))
        })
        .collect();
    let values = records.iter();
    let values = values.map(|(partition, value)| (*partition, value.as_bytes()));
    deployment.write(Topic::Scored, values);
    end
}

/// The mentions of a brand are half a day apart.
fn value(brand: usize, brands: usize, number: usize) -> String {
    let minutes = i64::try_from(number * 720 / brands).unwrap();
    let at = START.plus_millis(minutes * EventTime::MINUTE_MS);
    let platform = PLATFORMS[number / brands % PLATFORMS.len()];
    let record = tests::mentions::scored(
        &format!("brand-{brand}"),
        number,
        at,
        number.is_multiple_of(5),
    );
    record.replace(r#""platform":"x""#, &format!(r#""platform":"{platform}""#))
}

/// Watches until `count` records are committed, and says how long that took.
fn watch(brokers: &str, prefix: &str, count: usize) {
    let mut connection = Connection::plaintext(brokers);
    prefix.clone_into(&mut connection.topic_prefix);
    let mut settings = Settings::new(connection);
    // Who was killed is missed as soon as can be; that isn't what is measured.
    settings.session_timeout = Duration::from_secs(2);
    let mut settings = watch::Settings::new(settings);
    settings.max_brands = 1_000_000;
    let context = Context::default();
    let of_service = context.clone();
    let timer = Instant::now();
    let thread = tasks::thread("watch", move || watch::run(&settings, &of_service)).unwrap();
    let progress = context.progress("watch");
    while progress.total().records < count as u64 {
        std::thread::sleep(Duration::from_millis(5));
    }
    if count > usize::from(PARTITIONS) {
        std::process::abort();
    }
    println!("at work again after {:.2?}, of that:", timer.elapsed());
    let text = context.registry.text();
    let of_interest = text
        .lines()
        .filter(|line| line.starts_with("ophef_restore") || line.starts_with("ophef_rebalances"));
    of_interest.for_each(|line| println!("  {line}"));
    context.shutdown.request();
    thread.join().unwrap().unwrap();
}
