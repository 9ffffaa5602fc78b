//! Whatever waits to be read: an instance takes no more memory for it, and one
//! partition's backlog doesn't hold up the others.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mention::{Spike, Topic};
use sentiment::Model;
use service::{Context, Settings, clock, tasks};
use tests::mentions::{crisis, mention};
use tests::{Deployment, Found, Instance, InstanceSettings, RealKafka};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
const PARTITIONS: u16 = 4;
const WITHIN: Duration = Duration::from_secs(600);
/// The most that a scoring instance may take, MiB.
const SCORE_MEBIBYTES: u64 = 120;
/// The most that a watching instance of [`BRANDS`] brands may take, MiB: as much, and for
/// the 2,500 mentions that it remembers of each brand 80 bytes a mention.
const WATCH_MEBIBYTES: u64 = 160;
const QUIET: Duration = Duration::from_millis(500);
/// Brands of the backlog.
const BRANDS: usize = 200;

/// Event time between two mentions of a brand, and how long ago the first came. All at once
/// would be a wave of each brand, of which the watcher keeps a thousand negatives: up to
/// 1.5 MiB a brand that don't come from the backlog.
const EVERY_MS: i64 = 600_000;
const AGO_MS: i64 = 20 * 24 * 3_600_000;

/// A mention of about 450 bytes.
fn value(id: usize) -> String {
    let text = "Al drie dagen wacht ik op mijn pakket en niemand van de klantenservice neemt \
                op, dit is echt waardeloos en ik bestel hier nooit meer iets, wat een ellende";
    let more = r#","author":{"id":"a1b2c3d4e5f6","followers":314,"role":"customer"},"lang":"nl","engagement":{"likes":3,"shares":0,"replies":1,"views":240},"url":"https://example.org/status/1234567890""#;
    let brand = format!("brand-{}", id % BRANDS);
    let since = i64::try_from(id / BRANDS).unwrap() * EVERY_MS;
    let at = clock::now().plus_millis(since - AGO_MS);
    mention(&brand, id, at, text, more)
}

/// Writes a backlog in portions, so that it needn't be held in memory here.
fn write(deployment: &Deployment, count: usize, partition: impl Fn(usize) -> i32) {
    const PORTION: usize = 50_000;
    for from in (0..count).step_by(PORTION) {
        let ids = from..count.min(from + PORTION);
        let values: Vec<(i32, String)> = ids.map(|id| (partition(id), value(id))).collect();
        let records = values.iter();
        deployment.write(Topic::Mentions, records.map(|(p, v)| (*p, v.as_bytes())));
    }
}

/// Starts an instance of `service`, lets it work until `is_through`, and returns the
/// most memory that it took, MiB.
fn peak_of(service: &'static str, deployment: &Deployment, is_through: impl Fn() -> bool) -> u64 {
    let settings = InstanceSettings {
        service,
        name: "1",
        ..InstanceSettings::default()
    };
    let timer = Instant::now();
    let instance = Instance::start(INSTANCE, deployment, &settings);
    while !is_through() {
        assert!(timer.elapsed() < WITHIN, "{service} isn't through");
    }
    let (taken, peak) = (timer.elapsed(), instance.peak_mebibytes());
    instance.stop();
    let text = format!("chaos, a backlog: {service} took at most {peak} MiB, {taken:.0?}\n");
    let _ = write!(std::io::stderr(), "{text}");
    peak
}

#[test]
#[ignore = "the long form, `make chaos`"]
fn long_a_backlog_takes_no_memory() {
    const COUNT: usize = 500_000;
    let deployment = Deployment::on(RealKafka::shared(), PARTITIONS);
    let partition = |id: usize| i32::try_from(id % BRANDS % usize::from(PARTITIONS)).unwrap();
    write(&deployment, COUNT, partition);
    let scored = deployment.connection.topic(Topic::Scored);
    let is_scored = || deployment.count(&scored, COUNT, WITHIN) == COUNT;
    let score = peak_of("score", &deployment, is_scored);
    // At the end of each partition's backlog a brand has a wave that is told.
    let names = (0..PARTITIONS).map(|partition| format!("last-{partition}"));
    let names: Vec<String> = names.collect();
    for (partition, name) in names.iter().enumerate() {
        let records = crisis()
            .into_iter()
            .map(|record| record.replace("acme", name));
        let records: Vec<String> = records.collect();
        let partition = i32::try_from(partition).unwrap();
        let values = records.iter().map(|value| (partition, value.as_bytes()));
        deployment.write(Topic::Scored, values);
    }
    let spikes = deployment.connection.topic(Topic::Spikes);
    let are_told = || {
        let found = deployment.read_up_to(&spikes, usize::MAX, Duration::from_secs(2), QUIET);
        let brand_of = |found: Found| {
            let spike: Spike = serde_json::from_slice(&found.value).unwrap();
            spike.brand
        };
        let told: BTreeSet<String> = found.into_iter().map(brand_of).collect();
        names.iter().all(|name| told.contains(name))
    };
    let watch = peak_of("watch", &deployment, are_told);
    assert!(score <= SCORE_MEBIBYTES, "score took {score} MiB");
    assert!(watch <= WATCH_MEBIBYTES, "watch took {watch} MiB");
}

#[test]
fn a_partition_with_a_backlog_does_not_hold_up_the_others() {
    // Seconds of work: the fresh mention needs a producer of its own, which takes a while.
    const BACKLOG: usize = 400_000;
    let deployment = Deployment::on(RealKafka::shared(), PARTITIONS);
    write(&deployment, BACKLOG, |_| 0);
    let context = Context::default();
    let (of_service, progress) = (context.clone(), context.progress("score"));
    let settings = Settings::new(deployment.connection.clone());
    let model = Arc::new(Model::embedded().unwrap());
    let work = move || score::run(&settings, model, &of_service);
    let service = tasks::thread("score", work).unwrap();
    let wait = |is_there: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_there() {
            assert!(Instant::now() < deadline, "{:?}", progress.total());
            sleep(Duration::from_millis(5));
        }
    };
    wait(&|| progress.of(0).records > 0);
    deployment.write(Topic::Mentions, [(1, value(BACKLOG).as_bytes())]);
    wait(&|| progress.of(1).records > 0);
    let left = BACKLOG - usize::try_from(progress.of(0).records).unwrap();
    assert!(left > 0, "the fresh mention was scored after the backlog");
    context.shutdown.request();
    service.join().unwrap().unwrap();
}
