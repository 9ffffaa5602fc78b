//! Labels that were made for this project, by the hash of the text: the texts
//! themselves aren't in the project.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use mention::{Aspect, Kind};

/// Labels of Dutch posts without labels of their own, and kinds and aspects of some
/// English ones.
pub(crate) const POSTS: &str = include_str!("../labels/posts.tsv");
/// Kinds and aspects of English posts that are kept for measuring.
pub(crate) const KEPT: &str = include_str!("../labels/airline.tsv");

/// Labels by the hash of their text, see [`crate::data::text_hash`].
pub(crate) type Labels = HashMap<u64, Annotation>;

/// What an annotator said of a text.
#[derive(Debug, Clone)]
pub(crate) struct Annotation {
    /// `neg`, `neu` or `pos`.
    pub(crate) sentiment: String,
    kind: Kind,
    aspects: Vec<Aspect>,
}

impl Annotation {
    /// Kind and aspects.
    pub(crate) fn topics(&self) -> (Kind, Vec<Aspect>) {
        (self.kind, self.aspects.clone())
    }
}

/// Reads lines of hash, language, source, sentiment, kind, aspects, sarcasm.
///
/// # Errors
/// Names the line that isn't so.
pub(crate) fn read(content: &str) -> Result<Labels> {
    let lines = content.lines().enumerate().skip(1);
    lines
        .map(|(at, line)| parse(line).with_context(|| format!("labels: line {}", at + 1)))
        .collect()
}

fn parse(line: &str) -> Result<(u64, Annotation)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[hash, _lang, _source, sentiment, kind, aspects, _sarcasm] = fields.as_slice() else {
        bail!("{} fields instead of 7", fields.len());
    };
    let hash = u64::from_str_radix(hash, 16).with_context(|| format!("no hash: {hash}"))?;
    let kind = Kind::from_name(kind).with_context(|| format!("unknown kind {kind}"))?;
    let known = |name: &str| Aspect::ALL.into_iter().find(|known| known.as_str() == name);
    let annotation = Annotation {
        sentiment: sentiment.to_owned(),
        kind,
        aspects: aspects.split(',').filter_map(known).collect(),
    };
    Ok((hash, annotation))
}
