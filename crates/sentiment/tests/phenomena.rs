//! Short posts by phenomenon, read as a care team would read them. The model may
//! get some wrong; it may not get more of a phenomenon wrong than it did.
//!
//! `cargo test -p sentiment --test phenomena -- --nocapture` shows what each was read as.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, HashSet};

#[path = "phenomena/suite.rs"]
mod suite;

#[test]
fn no_phenomenon_is_read_worse_than_before() {
    let (outcomes, ratchet) = (suite::run().unwrap(), suite::ratchet().unwrap());
    let (mut fallen, mut risen) = (Vec::new(), Vec::new());
    for ((table, phenomenon), outcome) in &outcomes {
        let (passes, cases) = (outcome.passes(), outcome.cases);
        let key = ((*table).to_owned(), (*phenomenon).to_owned());
        let least = ratchet.get(&key).copied();
        println!("{table} {phenomenon}: {passes} of {cases}, at least {least:?}");
        for miss in &outcome.misses {
            let (text, accepted) = (miss.case.text, &miss.case.accepted);
            println!("    {} instead of {accepted:?}: {text}", miss.read);
        }
        let change = format!("{table} {phenomenon}: {least:?} to {passes} of {cases}");
        match least {
            Some(least) if passes < least => fallen.push(change),
            Some(least) if passes == least => {}
            _ => risen.push(change),
        }
    }
    assert!(fallen.is_empty(), "read worse than before: {fallen:#?}");
    assert!(
        risen.is_empty(),
        "better than before. Hold it: cargo run -p sentiment --example phenomena -- --raise {risen:#?}"
    );
    assert_eq!(
        ratchet.len(),
        outcomes.len(),
        "the ratchet has a phenomenon too many"
    );
}

#[test]
fn the_suite_is_large_and_has_no_text_twice() {
    let mut seen = HashSet::new();
    for ((table, content), least) in suite::TABLES.into_iter().zip([330, 170]) {
        let cases = suite::cases(content).unwrap();
        assert!(cases.len() >= least, "{table}: {} cases", cases.len());
        let mut phenomena: BTreeMap<&str, usize> = BTreeMap::new();
        for case in &cases {
            assert!(
                seen.insert(case.text.to_lowercase()) || case.text.len() < 10,
                "{}",
                case.text
            );
            *phenomena.entry(case.phenomenon).or_default() += 1;
        }
        assert!(phenomena.values().all(|&cases| cases >= 4), "{phenomena:?}");
    }
}
