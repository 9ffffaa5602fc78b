//! The labelled texts: which files there are, and reading them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mention::{Aspect, Kind};
use sentiment::Family;

use crate::labels::{self, Labels};

/// Where the labels of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Beside the texts in the data folder.
    Folder,
    /// In this crate's `labels/posts.tsv`, by the hash of the text; only those of
    /// the file's parts for which [`is_review`] is as given.
    Labels { reviews: bool },
    /// In this crate, texts included, since they were written for this project.
    Written(&'static [&'static str]),
}

/// Whether a part of the unlabelled texts has reviews; the others have posts.
fn is_review(part: &str) -> bool {
    [
        "product_reviews",
        "zoover_reviews",
        "opener_hotel_nl",
        "airbnb_brussels",
    ]
    .contains(&part)
}

/// Where texts come from. A source is a *domain*: its own way of writing, its own
/// share of each label, and for its texts one judge of what is negative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Short name in tables.
    pub(crate) name: &'static str,
    /// File below `sentiment/` of the data folder that has the texts.
    pub(crate) file: &'static str,
    /// Where the labels are.
    pub(crate) origin: Origin,
    /// Whether it is Dutch (the others are English).
    pub(crate) dutch: bool,
    /// Most texts of one label that are used.
    pub(crate) label_cap: usize,
    /// Number of texts that the source counts as, however many it has; 0 keeps it
    /// out of training.
    pub(crate) weight: f32,
    /// Part of the teacher in a text's target; the label has the rest. Little where
    /// cross-validation shows the teacher worse than the student.
    pub(crate) taught: f32,
    /// The kind of all its texts, where that is plain.
    pub(crate) kind: Option<Kind>,
    /// Whose error rates its texts count for; `None` for what nobody posts.
    pub(crate) family: Option<Family>,
}

/// A Dutch source of posts with usual settings; the table below says what differs.
const fn source(name: &'static str, file: &'static str, weight: f32, taught: f32) -> Source {
    Source {
        name,
        file,
        origin: Origin::Folder,
        dutch: file.as_bytes()[0] == b'n',
        label_cap: usize::MAX,
        weight,
        taught,
        kind: None,
        family: Some(Family::Social),
    }
}

const fn reviews(name: &'static str, file: &'static str, weight: f32, taught: f32) -> Source {
    Source {
        kind: Some(Kind::Review),
        family: Some(Family::Reviews),
        ..source(name, file, weight, taught)
    }
}

/// The file of texts without labels in it.
pub(crate) const UNLABELLED: &str = "nl_unlabelled.tsv";
/// The source that English texts among the written Dutch ones belong to.
const PLAIN_ENGLISH: &str = "plain-english";

/// Every source, in the order of the tables.
pub(crate) const SOURCES: &[Source] = &[
    source("posts", "nl_tweets_annotated_train.tsv", 3_500.0, 0.5),
    Source {
        origin: Origin::Labels { reviews: false },
        ..source("annotated", UNLABELLED, 6_000.0, 0.5)
    },
    Source {
        origin: Origin::Labels { reviews: true },
        ..reviews("annotated-reviews", UNLABELLED, 700.0, 0.5)
    },
    Source {
        origin: Origin::Written(&[
            include_str!("../written/nl_posts.tsv"),
            include_str!("../written/nl2_posts.tsv"),
        ]),
        ..source("plain", "nl_posts.tsv", 4_000.0, 0.3)
    },
    source("political", "nl_poltweets_train.tsv", 2_000.0, 0.6),
    source("written", "nl_mentions_train.tsv", 3_000.0, 0.4),
    Source {
        kind: None,
        ..reviews("restaurants", "nl_absa16_rest_train.tsv", 2_000.0, 0.4)
    },
    reviews("clothing", "nl_bolcom_clothing_train.tsv", 2_000.0, 0.3),
    reviews("music", "nl_bolcom_music_train.tsv", 1_500.0, 0.3),
    Source {
        label_cap: 2_500,
        ..reviews("delivery", "nl_thuisbezorgd_train.tsv", 3_000.0, 0.2)
    },
    Source {
        label_cap: 2_500,
        kind: Some(Kind::News),
        family: Some(Family::News),
        ..source("headlines", "nl_ecosent_train.tsv", 2_500.0, 0.2)
    },
    Source {
        kind: None,
        ..reviews("books", "nl_bolcom_books_train.tsv", 500.0, 0.3)
    },
    Source {
        label_cap: 1_000,
        family: None,
        ..source("subtitles", "nl_xed_train.tsv", 500.0, 0.3)
    },
    source("semeval", "en_semeval1316_train.tsv", 40_000.0, 0.6),
    source("sxsw", "en_brands_sxsw_all.tsv", 3_000.0, 0.6),
    Source {
        origin: Origin::Written(&[
            include_str!("../written/en_posts.tsv"),
            include_str!("../written/en2_posts.tsv"),
            include_str!("../written/en3_posts.tsv"),
        ]),
        ..source(PLAIN_ENGLISH, "en_posts.tsv", 4_000.0, 0.4)
    },
    source("tweeteval-val", "en_tweeteval_val.tsv", 0.0, 0.0),
    source("airline-dev", "en_airline_dev.tsv", 0.0, 0.0),
];

/// One labelled text.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Position of its source in [`SOURCES`].
    pub(crate) source: usize,
    /// 0 negative, 1 neutral, 2 positive.
    pub(crate) label: usize,
    /// The text.
    pub(crate) text: String,
    /// Identity of the text, see [`text_hash`].
    pub(crate) hash: u64,
    /// Kind and aspects, where the source has them.
    pub(crate) topics: Option<(Kind, Vec<Aspect>)>,
    /// Whether it is in the language of its source; the written mentions have
    /// some mixed and English ones.
    pub(crate) dutch: bool,
}

/// FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): names a text without
/// containing it.
pub(crate) fn text_hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Reads every source. A text that occurs twice within one language counts once:
/// in the first source that has it.
///
/// # Errors
/// Names the file that is missing or has a line that isn't as documented.
pub(crate) fn read_all(data: &Path) -> Result<Vec<Row>> {
    let labels = labels::read(labels::POSTS)?;
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for (number, source) in SOURCES.iter().enumerate() {
        let path = data.join("sentiment").join(source.file);
        let mut left = [source.label_cap; 3];
        let mut read = match source.origin {
            Origin::Folder => read_source(&path, number)?,
            Origin::Labels { reviews } => read_annotated(&path, number, &labels, reviews)?,
            Origin::Written(files) => files.iter().try_fold(Vec::new(), |mut rows, content| {
                rows.extend(parse(content, &path, number)?);
                anyhow::Ok(rows)
            })?,
        };
        // In the order of their hashes, a cap takes a sample and not the file's beginning.
        read.sort_by_key(|row| row.hash);
        for mut row in read {
            if left[row.label] > 0 && seen.insert(row.hash) {
                left[row.label] -= 1;
                if let Some(label) = labels.get(&row.hash) {
                    row.topics.get_or_insert_with(|| label.topics());
                }
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// Texts without labels in their file that the project's own labels name. None
/// is no mistake: the data folder of a test has other texts.
fn read_annotated(path: &Path, number: usize, labels: &Labels, reviews: bool) -> Result<Vec<Row>> {
    let content = read_text(path)?;
    let found = content.lines().filter_map(|line| {
        let (part, text) = line.split_once('\t')?;
        let label = labels.get(&text_hash(text))?;
        (is_review(part) == reviews).then(|| row(number, Some(&label.sentiment), Some(text)))
    });
    found.collect()
}

fn read_source(path: &Path, number: usize) -> Result<Vec<Row>> {
    parse(&read_text(path)?, path, number)
}

fn parse(content: &str, path: &Path, number: usize) -> Result<Vec<Row>> {
    let has_header = content.starts_with("sentiment\t");
    let mut rows = Vec::new();
    for (at, line) in content.lines().enumerate().skip(usize::from(has_header)) {
        let row = if has_header {
            parse_mention(line, number)
        } else {
            parse_plain(line, number)
        };
        rows.push(row.with_context(|| format!("{}: line {}", path.display(), at + 1))?);
    }
    if rows.is_empty() {
        bail!("{} has no texts", path.display());
    }
    Ok(rows)
}

/// The file's text; bytes that aren't UTF-8 become the replacement character.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| missing(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn missing(path: &Path) -> String {
    let shown: PathBuf = path.to_owned();
    format!(
        "can't read {}; give the data folder with --data",
        shown.display()
    )
}

fn parse_plain(line: &str, source: usize) -> Result<Row> {
    let mut fields = line.splitn(3, '\t');
    let (label, _, text) = (fields.next(), fields.next(), fields.next());
    row(source, label, text)
}

fn parse_mention(line: &str, source: usize) -> Result<Row> {
    let fields: Vec<&str> = line.splitn(7, '\t').collect();
    let &[label, lang, kind, aspects, _platform, _sarcasm, text] = fields.as_slice() else {
        bail!("{} fields instead of 7", fields.len());
    };
    let mut row = row(source, Some(label), Some(text))?;
    let kind = Kind::from_name(kind).with_context(|| format!("unknown kind {kind}"))?;
    let known = |name: &str| Aspect::ALL.into_iter().find(|known| known.as_str() == name);
    row.topics = Some((kind, aspects.split(',').filter_map(known).collect()));
    row.dutch = lang != "en";
    if !row.dutch {
        let english = SOURCES
            .iter()
            .position(|source| source.name == PLAIN_ENGLISH);
        row.source = english.unwrap_or(source);
    }
    Ok(row)
}

fn row(source: usize, label: Option<&str>, text: Option<&str>) -> Result<Row> {
    let label = match label {
        Some("neg") => 0,
        Some("neu") => 1,
        Some("pos") => 2,
        other => bail!("unknown label {other:?}"),
    };
    let text = text.context("no text")?.to_owned();
    Ok(Row {
        source,
        label,
        hash: text_hash(&text),
        text,
        topics: None,
        dutch: SOURCES[source].dutch,
    })
}
