//! The phenomena suite: reading the cases, running them, the ratchet. Shared by the
//! test and by the example that prints the card's table.

#![allow(dead_code, reason = "the test and the example use a part each")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use mention::{Label, Score};
use sentiment::{Model, ModelError, Post, Scorer};

/// The two tables of cases, Dutch first.
pub(crate) const TABLES: [(&str, &str); 2] = [
    ("nl", include_str!("nl.tsv")),
    ("en", include_str!("en.tsv")),
];

/// One post and how a care team may read it.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) phenomenon: &'a str,
    pub(crate) text: &'a str,
    /// Any of `neg`, `neu`, `pos` and `abstain`.
    pub(crate) accepted: Vec<&'a str>,
}

/// A case that was read otherwise.
#[derive(Debug)]
pub(crate) struct Miss<'a> {
    pub(crate) case: Case<'a>,
    pub(crate) read: &'static str,
}

/// What came of the cases of one phenomenon in one table.
#[derive(Debug, Default)]
pub(crate) struct Outcome<'a> {
    pub(crate) cases: usize,
    pub(crate) misses: Vec<Miss<'a>>,
}

impl Outcome<'_> {
    pub(crate) fn passes(&self) -> usize {
        self.cases - self.misses.len()
    }
}

/// Outcomes by table and phenomenon.
pub(crate) type Outcomes = BTreeMap<(&'static str, &'static str), Outcome<'static>>;

/// The cases of a table; the first line that isn't one, if any.
pub(crate) fn cases(table: &str) -> Result<Vec<Case<'_>>, String> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let &[phenomenon, text, accepted, _language, _note] = fields.as_slice() else {
                return Err(format!("{} fields instead of 5: {line}", fields.len()));
            };
            let accepted: Vec<&str> = accepted.split(',').collect();
            let known = |label: &&str| ["neg", "neu", "pos", "abstain"].contains(label);
            if !accepted.iter().all(known) {
                return Err(format!("an unknown label: {line}"));
            }
            Ok(Case {
                phenomenon,
                text,
                accepted,
            })
        })
        .collect()
}

/// How a score reads the post; an abstained label is none.
fn reading(score: &Score<'_>) -> &'static str {
    match (score.abstained, score.label) {
        (Some(_), _) => "abstain",
        (None, Label::Negative) => "neg",
        (None, Label::Neutral) => "neu",
        (None, Label::Positive) => "pos",
    }
}

/// Scores every case with the built-in model, with nothing but its text.
pub(crate) fn run() -> Result<Outcomes, String> {
    let model = Model::embedded().map_err(|error: ModelError| error.to_string())?;
    let mut scorer = Scorer::new(Arc::new(model));
    let mut outcomes = Outcomes::new();
    for (table, content) in TABLES {
        for case in cases(content)? {
            let outcome = outcomes.entry((table, case.phenomenon)).or_default();
            outcome.cases += 1;
            let read = reading(&scorer.score(&Post::new(case.text)));
            if !case.accepted.contains(&read) {
                outcome.misses.push(Miss { case, read });
            }
        }
    }
    Ok(outcomes)
}

/// Passes that each phenomenon has at least, by table and phenomenon.
pub(crate) type Ratchet = BTreeMap<(String, String), usize>;

/// Where the ratchet lies.
pub(crate) fn ratchet_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/phenomena/ratchet.tsv")
}

/// The ratchet as it is written; empty if there is none.
pub(crate) fn ratchet() -> Result<Ratchet, String> {
    let content = std::fs::read_to_string(ratchet_path()).unwrap_or_default();
    let lines = content.lines().filter(|line| !line.starts_with('#'));
    lines
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let &[table, phenomenon, passes, _cases] = fields.as_slice() else {
                return Err(format!("{} fields instead of 4: {line}", fields.len()));
            };
            let passes = passes.parse().map_err(|_| format!("no number: {line}"))?;
            Ok(((table.to_owned(), phenomenon.to_owned()), passes))
        })
        .collect()
}

/// What a ratchet that holds these outcomes looks like; it never goes back.
pub(crate) fn raised(outcomes: &Outcomes, before: &Ratchet) -> String {
    let mut out = "# Cases of each phenomenon that the built-in model reads right, at least.\n\
        # Raised by `cargo run -p sentiment --example phenomena -- --raise`; lowered by hand only.\n\
        table\tphenomenon\tpasses\tcases\n"
        .to_owned();
    for ((table, phenomenon), outcome) in outcomes {
        let key = ((*table).to_owned(), (*phenomenon).to_owned());
        let passes = before
            .get(&key)
            .map_or(0, |least| *least)
            .max(outcome.passes());
        // A String takes whatever is written to it.
        let _ = writeln!(out, "{table}\t{phenomenon}\t{passes}\t{}", outcome.cases);
    }
    out
}
