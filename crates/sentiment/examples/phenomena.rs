//! The table of phenomena for the model card.
//!
//! `cargo run -p sentiment --example phenomena` prints it; with `--raise` the ratchet
//! of `tests/phenomena.rs` is raised to what the built-in model reads right now.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;

#[path = "../tests/phenomena/suite.rs"]
mod suite;

fn main() -> Result<(), Box<dyn Error>> {
    let outcomes = suite::run()?;
    if std::env::args().any(|argument| argument == "--raise") {
        let raised = suite::raised(&outcomes, &suite::ratchet()?);
        std::fs::write(suite::ratchet_path(), raised)?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "| phenomenon | Dutch | English |\n| --- | --- | --- |")?;
    let phenomena: BTreeSet<_> = outcomes.keys().map(|(_, phenomenon)| *phenomenon).collect();
    let cell = |table, phenomenon| match outcomes.get(&(table, phenomenon)) {
        Some(outcome) => format!("{} of {}", outcome.passes(), outcome.cases),
        None => "–".to_owned(),
    };
    for phenomenon in phenomena {
        let (dutch, english) = (cell("nl", phenomenon), cell("en", phenomenon));
        writeln!(out, "| {phenomenon} | {dutch} | {english} |")?;
    }
    let total = |table| {
        let of_table = outcomes.iter().filter(|(key, _)| key.0 == table);
        let (passes, cases) = of_table.fold((0, 0), |(passes, cases), (_, outcome)| {
            (passes + outcome.passes(), cases + outcome.cases)
        });
        format!("{passes} of {cases}")
    };
    writeln!(
        out,
        "| **all** | **{}** | **{}** |",
        total("nl"),
        total("en")
    )?;
    Ok(())
}
