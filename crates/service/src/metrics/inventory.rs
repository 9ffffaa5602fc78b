//! What a process can export, told by the registry itself.

use std::fmt::Write as _;

/// A metric as it was declared, whether or not it has a series yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Names of its labels, in the order of the alphabet.
    pub labels: Vec<String>,
    /// What it means.
    pub help: String,
}

impl Declared {
    pub(super) fn new(name: &str, kind: &'static str, labels: &[&str], help: &str) -> Self {
        let mut labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        labels.sort();
        Self {
            name: name.to_owned(),
            kind,
            labels,
            help: help.to_owned(),
        }
    }
}

/// The inventory as a table in Markdown, by name.
#[must_use]
pub fn table(inventory: &[Declared]) -> String {
    let mut text = "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    let mut sorted: Vec<&Declared> = inventory.iter().collect();
    sorted.sort();
    for metric in sorted {
        let labels: Vec<String> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
        // Writing to memory can't fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            metric.name,
            metric.kind,
            labels.join(" "),
            metric.help.replace('|', "\\|")
        );
    }
    text
}
