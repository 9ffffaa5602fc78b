//! The tables in the model card.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::data::read_text;
use crate::output;

/// The lines between which the tables stand.
const BEGIN: &str = "<!-- measured by train --evaluate --card; edit nothing until the end mark -->";
const END: &str = "<!-- end of what is measured -->";

/// Replaces the tables in the card at `path`.
///
/// # Errors
/// Names the card if it can't be read or written, or has no place for tables.
pub(crate) fn replace(path: &Path, tables: &str) -> Result<()> {
    let card = read_text(path)?;
    let replaced = replaced(&card, tables)
        .with_context(|| format!("can't put tables into {}", path.display()))?;
    output::write(path, replaced.as_bytes())
}

fn replaced(card: &str, tables: &str) -> Result<String> {
    let Some((before, rest)) = card.split_once(BEGIN) else {
        bail!("it has no line {BEGIN}");
    };
    let Some((_, after)) = rest.split_once(END) else {
        bail!("it has no line {END}");
    };
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        tables.trim()
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let card = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let replaced = replaced(&card, "new\n").unwrap();
        assert_eq!(replaced, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert!(super::replaced("a", "new").is_err());
    }
}
