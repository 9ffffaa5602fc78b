//! What there is to learn from.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use sentiment::training::{Extractor, Features, LexiconEntry};

use crate::choices::{CHOICES, Choices};
use crate::corpus::{Corpus, Targets};
use crate::data::{self, Row, SOURCES, read_text};
use crate::{lexicons, words};

/// Replies of brands that are used as examples of web care.
const REPLIES: usize = 600;

/// Everything that is learned from.
#[derive(Debug)]
pub(crate) struct Material {
    /// Dutch and English.
    pub(crate) corpora: [Corpus; 2],
    /// Lexicons of both.
    pub(crate) lexicons: [Vec<LexiconEntry>; 2],
    /// Dutch replies of brands.
    pub(crate) replies: Vec<Features>,
    /// How is learned.
    pub(crate) choices: Choices,
}

impl Material {
    /// Reads the data folder. `known` are the targets there may be: words and pairs
    /// of the texts are used if they have one. Sources in `without` are left out.
    ///
    /// # Errors
    /// Names the file that is missing or not as documented, or a source that isn't.
    pub(crate) fn read(data: &Path, known: &Targets, without: &[String]) -> Result<Self> {
        let names = || SOURCES.iter().map(|source| source.name);
        if let Some(unknown) = without
            .iter()
            .find(|name| names().all(|known| known != *name))
        {
            let all: Vec<&str> = names().collect();
            bail!(
                "no source is called {unknown}; there are {}",
                all.join(", ")
            );
        }
        let lexicons = [
            lexicons::read(data, lexicons::DUTCH)?,
            lexicons::read(data, lexicons::ENGLISH)?,
        ];
        let mut rows = data::read_all(data)?;
        rows.retain(|row| without.iter().all(|name| name != SOURCES[row.source].name));
        let (dutch, english): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.dutch);
        let folder = data.join("sentiment");
        let unlabelled: Vec<String> = read_text(&folder.join(data::UNLABELLED))?
            .lines()
            .filter_map(|line| Some(line.split_once('\t')?.1.to_owned()))
            .collect();
        let mut extractor = Extractor::new(&lexicons[0]);
        let replies: BTreeSet<String> = read_text(&folder.join("nl_webcare_replies.txt"))?
            .lines()
            .map(str::to_owned)
            .collect();
        let entries = [
            lexicons::entries(data, lexicons::DUTCH)?,
            lexicons::entries(data, lexicons::ENGLISH)?,
        ];
        let words = |lang: &str, rows: &[Row], more: &[String], entries: &[String]| {
            let texts = rows.iter().map(|row| &row.text).chain(more);
            words::collect(
                lang,
                texts.map(String::as_str),
                entries.iter().map(String::as_str),
                |name| known.contains_key(&name),
            )
        };
        let dutch_words = words("nl", &dutch, &unlabelled, &entries[0]);
        let english_words = words("en", &english, &[], &entries[1]);
        let mut dutch = Corpus::new(true, dutch, &unlabelled, &lexicons[0]);
        dutch.add_words(&dutch_words, &lexicons[0]);
        let mut english = Corpus::new(false, english, &[], &lexicons[1]);
        english.add_words(&english_words, &lexicons[1]);
        let step = (replies.len() / REPLIES).max(1);
        let replies = replies.iter().step_by(step);
        Ok(Self {
            replies: replies.map(|reply| extractor.extract(reply)).collect(),
            corpora: [dutch, english],
            choices: CHOICES,
            lexicons,
        })
    }
}
