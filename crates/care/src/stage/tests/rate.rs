//! How many scored mentions a second the stage takes on one core, and how much memory a
//! million open conversations are: `cargo test --release -p care -- --ignored --nocapture`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "it is a measurement, run by hand"
)]

use std::time::Duration;

use conversation::BookSettings;
use mention::EventTime;
use service::metrics::Registry;
use service::{Outbox, Stage};

use super::input;
use crate::{CareStage, Metrics, Settings};

/// Brands, and open conversations of all of them.
const BRANDS: usize = 10;
const OPEN: usize = 1_000_000;
/// Records that are timed, and how many are made beforehand at a time.
const TIMED: usize = 1_000_000;
const BATCH: usize = 10_000;
/// Time between two mentions, milliseconds: a million in some three days, all remembered.
const STEP_MS: i64 = 250;

fn record(number: usize, kind: &str, role: &str, reply_to: Option<usize>) -> String {
    let start = 1_772_442_000_000;
    let at = EventTime::from_millis(start + number as i64 * STEP_MS);
    let brand = reply_to.unwrap_or(number) % BRANDS;
    let label = if kind == "complaint" {
        "negative"
    } else {
        "neutral"
    };
    let reply = reply_to.map_or_else(String::new, |to| {
        format!(r#","in_reply_to":"1772{to:015}""#)
    });
    format!(
        r#"{{"id":"1772{number:015}","brand":"brand-{brand}","platform":"x","created_at":"{at}","text":"Al drie dagen wacht ik op mijn pakket en niemand van de klantenservice neemt de telefoon op, wat is dit voor service?","author":{{"id":"k1.{:032x}","followers":{},"role":"{role}"}},"lang":"nl"{reply},"engagement":{{"likes":1,"shares":0,"replies":2,"views":{}}},"score":{{"label":"{label}","probabilities":{{"negative":0.8712,"neutral":0.1003,"positive":0.0285}},"confidence":0.8712,"lang":"nl","abstained":null,"kind":"{kind}","aspects":[{{"aspect":"delivery","polarity":"negative","confidence":0.93}},{{"aspect":"service","polarity":"negative","confidence":0.71}}],"model":"ophef-linear@2"}}}}"#,
        number / 2,
        number % 5_000,
        number % 700,
    )
}

/// What is stepped over while it is timed: three of ten ask, two are replies to somebody
/// who waits, five are other posts.
fn mixed(number: usize) -> String {
    match number % 10 {
        0..3 => record(number, "complaint", "customer", None),
        3..5 => {
            // Anybody of the first million, whoever that is.
            let to = number.wrapping_mul(2_654_435_761) % OPEN;
            record(number, "webcare", "brand", Some(to))
        }
        _ => record(number, "remark", "customer", None),
    }
}

fn step(stage: &mut CareStage, records: &[String], first: usize, out: &mut Outbox) -> Duration {
    let timer = cpu_time();
    for (number, value) in records.iter().enumerate() {
        let input = input(first + number, value.as_bytes(), false);
        out.clear();
        stage.step(&input, out).unwrap();
    }
    cpu_time() - timer
}

/// Processor time of this thread: the first number of its `schedstat`, nanoseconds. The clock
/// on the wall would measure whatever else runs.
fn cpu_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap())
}

/// MiB of memory in use, by the line of that name of the process's status.
fn memory(line: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|told| told.starts_with(line)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        / 1_024
}

#[test]
#[ignore = "a measurement: for a release build, and by hand"]
fn how_many_a_second_and_how_much_memory() {
    let found = BookSettings {
        max_conversations: 1_000_000,
        ..BookSettings::new("")
    };
    let settings = Settings {
        found,
        ..Settings::new(service::Settings::new(Default::default()))
    };
    let mut stage = CareStage::new(settings, Metrics::register(&Registry::default()).unwrap());
    stage.assigned(0, 1).unwrap();
    let mut out = Outbox::default();
    let before = memory("VmRSS");
    let mut took = Duration::ZERO;
    for first in (0..OPEN).step_by(BATCH) {
        let ask = |number| record(number, "complaint", "customer", None);
        let records: Vec<String> = (first..first + BATCH).map(ask).collect();
        took += step(&mut stage, &records, first, &mut out);
    }
    let waiting: usize = stage
        .books()
        .flat_map(|(_, book)| book.open())
        .map(|open| open.count)
        .sum();
    println!(
        "{waiting} open conversations, {} MiB, at most {}",
        memory("VmRSS") - before,
        memory("VmHWM") - before
    );
    println!(
        "only questions: {:.0} mentions a second",
        OPEN as f64 / took.as_secs_f64()
    );
    let timer = cpu_time();
    out.clear();
    stage.snapshot(0, 1, &mut out);
    println!(
        "snapshot of all: {:?}, {} records",
        cpu_time() - timer,
        out.len()
    );
    let (mut took, mut snapshots) = (Duration::ZERO, Duration::ZERO);
    for first in (OPEN..OPEN + TIMED).step_by(BATCH) {
        let records: Vec<String> = (first..first + BATCH).map(mixed).collect();
        took += step(&mut stage, &records, first, &mut out);
        // As often as every five seconds at 150,000 a second.
        if (first / BATCH).is_multiple_of(75) {
            let timer = cpu_time();
            out.clear();
            stage.snapshot(0, first as i64, &mut out);
            snapshots += cpu_time() - timer;
        }
    }
    stage.report();
    println!(
        "mixed: {:.0} mentions a second, snapshots {snapshots:?} of {took:?} on top",
        TIMED as f64 / took.as_secs_f64()
    );
    println!(
        "{} MiB at the end, at most {}",
        memory("VmRSS") - before,
        memory("VmHWM") - before
    );
}
