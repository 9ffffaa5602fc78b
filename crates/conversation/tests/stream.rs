//! Real customers and real replies: the same figures as an independent script, to the
//! second, in whichever order they come.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use conversation::{Book, BookSettings, Change, Effects};
use mention::{Conversation, EventTime, Mention, Record, append_score};
use sentiment::{Model, Post, Scorer};
use serde_json::{Value, json};

fn stream() -> Option<String> {
    let Some(data) = std::env::var_os("OPHEF_DATA").map(PathBuf::from) else {
        let is_required = std::env::var_os("OPHEF_REQUIRE_DATA").is_some();
        assert!(
            !is_required,
            "OPHEF_DATA isn't set, and this run requires it"
        );
        eprintln!("SKIPPED: this test needs the data folder; set OPHEF_DATA");
        return None;
    };
    let path = data.join("spikes/support_stream.jsonl");
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}")))
}

fn mention_of(record: &str) -> Box<Mention<'_>> {
    match mention::parse_scored(record.as_bytes()).unwrap() {
        Record::Mention(mention) => mention,
        Record::Heartbeat(_) => panic!("the recording has no heartbeats"),
    }
}

fn scored(text: &str) -> Vec<String> {
    let mut scorer = Scorer::new(Arc::new(Model::embedded().unwrap()));
    let score = |line: &str| {
        let mut out = Vec::new();
        let score = scorer.score(&Post::of_mention(&mention_of(line)));
        append_score(line.as_bytes(), &score, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    text.lines().map(score).collect()
}

/// All that is told, in order; with the books written and read anew after every so many
/// records, if at all.
fn told(records: &[String], restart_every: Option<usize>) -> Vec<(String, Change)> {
    let mut books: BTreeMap<String, Book> = BTreeMap::new();
    let mut pages: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    let mut now = EventTime::from_millis(0);
    let mut effects = Effects::default();
    let mut told = Vec::new();
    for (number, record) in (1..).zip(records) {
        let mention = mention_of(record);
        now = now.max(mention.created_at);
        let slug = mention.brand.as_str();
        let book = books
            .entry(slug.to_owned())
            .or_insert_with(|| Book::new(BookSettings::new(slug)));
        book.take(&mention, now, &mut effects);
        let changes = effects.changes.drain(..);
        told.extend(changes.map(|change| (slug.to_owned(), change)));
        if restart_every.is_none_or(|every| number % every != 0) {
            continue;
        }
        for (slug, book) in &mut books {
            let topic = pages.entry(slug.clone()).or_default();
            for page in book.dirty().collect::<Vec<_>>() {
                match book.write(page) {
                    Some(bytes) => topic.insert(page.to_string(), bytes),
                    None => topic.remove(&page.to_string()),
                };
            }
            *book = Book::new(BookSettings::new(slug));
            topic.values().for_each(|page| book.read(page).unwrap());
            book.ready(now);
        }
    }
    told
}

/// The last that was told of each conversation before it was forgotten, by its key.
fn conversations(records: &[String]) -> BTreeMap<String, Conversation> {
    let told = told(records, None).into_iter();
    let last = told.filter_map(|(_, change)| match change {
        Change::Is(conversation) => Some((conversation.key(), conversation)),
        Change::Gone(..) => None,
    });
    last.collect()
}

fn nearest_rank(waits: &[u64], percent: usize) -> Option<u64> {
    let rank = (waits.len() * percent).div_ceil(100).max(1);
    waits.get(rank - 1).copied()
}

/// What the script prints.
fn figures(records: &[String], all: &BTreeMap<String, Conversation>) -> Value {
    let brands: BTreeSet<String> = records
        .iter()
        .map(|record| mention_of(record).brand.as_str().to_owned())
        .collect();
    let figures = brands.into_iter().map(|brand| {
        let own = all.values().filter(|one| one.brand == brand);
        let (answered, waiting): (Vec<_>, Vec<_>) = own.partition(|one| !one.is_open());
        let mut waits: Vec<u64> = answered
            .iter()
            .filter_map(|one| one.response_seconds)
            .collect();
        waits.sort_unstable();
        let figures = json!({
            "answered": answered.len(),
            "unanswered": waiting.len(),
            "median": nearest_rank(&waits, 50),
            "p90": nearest_rank(&waits, 90),
        });
        (brand, figures)
    });
    figures.collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn the_figures_are_those_of_an_independent_script() {
    let Some(text) = stream() else {
        return;
    };
    let records = scored(&text);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), records.join("\n")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/response_times.py");
    let script = Command::new("python3")
        .arg(script)
        .arg(file.path())
        .output();
    let script = script.expect("python3, with which the figures are checked");
    assert!(
        script.status.success(),
        "{}",
        String::from_utf8_lossy(&script.stderr)
    );
    let expected: Value = serde_json::from_slice(&script.stdout).unwrap();
    let in_order = conversations(&records);
    let found = figures(&records, &in_order);
    for (brand, expected) in expected.as_object().unwrap() {
        assert_eq!(&found[brand], expected, "{brand}");
    }
    assert_eq!(found, expected);
    let sum = |name: &str| -> u64 {
        let brands = found.as_object().unwrap().values();
        brands.map(|one| one[name].as_u64().unwrap()).sum()
    };
    println!(
        "{} answered, {} unanswered",
        sum("answered"),
        sum("unanswered")
    );
    assert!(sum("answered") > 500 && sum("unanswered") > 200);

    // The same within an hour of disorder, and told twice.
    for seed in 1..4_i64 {
        let disorder = |number: usize| {
            let hash = (number as i64 + 1)
                .wrapping_mul(seed)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64);
            hash.rotate_left(20).rem_euclid(EventTime::HOUR_MS)
        };
        let doubled = records.iter().chain(&records).enumerate();
        let mut shuffled: Vec<(i64, &String)> = doubled
            .map(|(number, record)| {
                (
                    mention_of(record).created_at.millis() + disorder(number),
                    record,
                )
            })
            .collect();
        shuffled.sort();
        let shuffled: Vec<String> = shuffled
            .into_iter()
            .map(|(_, record)| record.clone())
            .collect();
        assert!(conversations(&shuffled) == in_order, "seed {seed}");
    }
}

/// The same records in the same order, or what a restarted service tells would differ from
/// what the one before it told.
#[test]
fn a_restart_changes_nothing_that_is_told() {
    let Some(text) = stream() else {
        return;
    };
    let records = scored(&text);
    let expected = told(&records, None);
    for every in [7, 100, 531] {
        assert!(told(&records, Some(every)) == expected, "every {every}");
    }
}
