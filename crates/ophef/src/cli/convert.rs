//! `ophef convert`.

use std::path::PathBuf;

use clap::Args;

/// Options of `ophef convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// A table (.csv, .tsv), an event a line, or one JSON document (.json); `-` is standard
    /// input, of a table with its --format
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// Format of what is in it [default: told from it]
    #[arg(long, value_name = "FORMAT", value_parser = super::format)]
    pub(crate) format: Option<decode::Format>,
    /// The brand to look for [default: those of the configuration]
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Option<String>,
    /// A word that means the brand; may be given several times [default: its name]
    #[arg(long = "match", value_name = "WORD", requires = "brand")]
    pub(crate) words: Vec<String>,
}
