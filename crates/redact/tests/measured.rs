//! How much the redactor finds, and how much of that is right, on `texts.txt`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test that tells what it measured"
)]

use std::collections::BTreeMap;

use redact::{Finding, Kind, Redactor};

/// Findings that were wanted, found as wanted, and found in all.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    wanted: usize,
    right: usize,
    found: usize,
}

impl Counts {
    fn recall(self) -> f64 {
        self.right as f64 / self.wanted.max(1) as f64
    }

    fn precision(self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }
}

/// The text without braces, and what stood in them.
fn read(marked: &str) -> (String, Vec<Finding>) {
    let (mut text, mut wanted) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        let (piece, after) = after.split_once('}').unwrap();
        let (kind, piece) = piece.split_once(':').unwrap();
        let kind = Kind::ALL
            .into_iter()
            .find(|known| known.as_str() == kind)
            .unwrap();
        let start = text.len();
        text += piece;
        wanted.push(Finding {
            kind,
            start,
            end: text.len(),
        });
        rest = after;
    }
    text += rest;
    (text, wanted)
}

#[test]
fn what_is_personal_goes_and_the_rest_stays() {
    let redactor = Redactor::for_storage();
    let mut counts: BTreeMap<Kind, Counts> = BTreeMap::new();
    let (mut texts, mut traps, mut sprung) = (0, 0, 0);
    for line in include_str!("texts.txt").lines() {
        let Some((_, marked)) = line.split_once('|').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let (text, wanted) = read(marked);
        let found = redactor.find(&text);
        texts += 1;
        traps += usize::from(wanted.is_empty());
        sprung += usize::from(wanted.is_empty() && !found.is_empty());
        for finding in &wanted {
            let count = counts.entry(finding.kind).or_default();
            count.wanted += 1;
            // Of a name, all of its words; of a number, all of its digits; and the kind.
            count.right += usize::from(found.contains(finding));
        }
        for finding in &found {
            counts.entry(finding.kind).or_default().found += 1;
        }
        if found != wanted {
            println!("{marked}\n    {}", redactor.redact(&text));
        }
    }
    println!("| kind | wanted | recall | precision |\n| --- | --- | --- | --- |");
    for (kind, count) in &counts {
        let (recall, precision) = (count.recall(), count.precision());
        println!(
            "| {} | {} | {recall:.3} | {precision:.3} |",
            kind.as_str(),
            count.wanted
        );
    }
    println!("{texts} texts, {traps} of them traps, {sprung} sprung");
    assert!(texts >= 300 && traps * 10 >= texts * 4);
    for (kind, count) in counts {
        assert!(
            count.recall() >= 0.9 && count.precision() >= 0.9,
            "{kind:?} {count:?}"
        );
    }
    assert!(sprung * 50 <= traps, "{sprung} of {traps} traps");
}
