//! The mentions that are written: posts of a recording, each with an id, a brand and a
//! time of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context, bail};
use mention::{EventTime, Label};
use sample::Week;
use serde_json::{Map, Value};

/// The seed of the bundled week; which one doesn't matter.
const SEED: u64 = 4;
/// Fields that a mention gets anew, that tie it to others of the recording, or that
/// spare the scorer its work.
const DROPPED: [&str; 10] = [
    "id",
    "brand",
    "created_at",
    "received_at",
    "observed_at",
    "in_reply_to",
    "root",
    "repost_of",
    "cluster",
    "score",
];

/// What sources tell beside what the pipeline reads. It passes through, and makes a mention
/// as long as they usually are.
const MORE: &str = r#","url":"https://social.example.org/pluimvos/status/1895673204417","source":"stream-3","collected":"2026-03-02T00:00:00Z""#;

/// Posts without id, brand and time.
#[derive(Debug)]
pub(super) struct Posts {
    /// What stands in the record behind those three fields.
    rests: Vec<String>,
}

impl Posts {
    /// The bundled week's posts, those of customers about everyday matters first.
    ///
    /// # Errors
    /// None, unless the bundled week is broken.
    pub(super) fn bundled() -> anyhow::Result<Self> {
        Self::of(Week::new(SEED, sample::DEFAULT_START).map(Ok))
    }

    /// The bundled week's complaints, one of each text.
    ///
    /// # Errors
    /// As [`Posts::bundled`].
    pub(super) fn complaints() -> anyhow::Result<Self> {
        let week = Week::new(SEED, sample::DEFAULT_START).labelled();
        let negative = week.filter(|post| {
            let meant = post.meant.as_ref();
            meant.is_some_and(|(_, label)| *label == Label::Negative)
        });
        let mut posts = Self::of(negative.map(|post| Ok(post.line)))?;
        let mut texts = std::collections::BTreeSet::new();
        posts.rests.retain(|rest| texts.insert(rest.clone()));
        Ok(posts)
    }

    /// The posts of a file of mentions, JSON lines; edits, deletions and heartbeats are
    /// left out.
    ///
    /// # Errors
    /// The file can't be read, a line isn't a JSON object, or there is no post.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let open = File::open(file).with_context(|| format!("can't read {}", file.display()))?;
        let lines = BufReader::new(open).lines();
        let posts = Self::of(lines.map(|line| Ok(line?)));
        posts.with_context(|| format!("can't take the posts of {}", file.display()))
    }

    fn of(lines: impl Iterator<Item = anyhow::Result<String>>) -> anyhow::Result<Self> {
        let mut rests = Vec::new();
        for line in lines {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let mut fields: Map<String, Value> = serde_json::from_str(&line)?;
            if fields.contains_key("event") || !fields.contains_key("text") {
                continue;
            }
            DROPPED.iter().for_each(|field| drop(fields.remove(*field)));
            let rest = serde_json::to_string(&fields)?;
            rests.push(rest.replacen('{', ",", 1));
        }
        if rests.is_empty() {
            bail!("there is no post in it");
        }
        Ok(Self { rests })
    }

    /// Writes mention number `number` of `brand`, posted at `at`, to `out`, which is
    /// emptied first.
    pub(super) fn write(&self, number: u64, brand: &str, at: EventTime, out: &mut Vec<u8>) {
        out.clear();
        let index = usize::try_from(number % self.rests.len() as u64).unwrap_or_default();
        let rest = &self.rests[index];
        // Writing to memory can't fail.
        let _ = write!(
            out,
            r#"{{"id":"{number}","brand":"{brand}","created_at":"{at}"{MORE}{rest}"#
        );
    }
}

#[cfg(test)]
mod tests {
    use mention::Record;

    use super::*;

    #[test]
    fn every_post_is_a_mention_of_its_own() {
        for posts in [Posts::bundled().unwrap(), Posts::complaints().unwrap()] {
            let mut record = Vec::new();
            for number in 0..posts.rests.len() as u64 {
                let at = EventTime::from_millis(1_772_406_000_000);
                posts.write(number, "acme", at, &mut record);
                let Ok(Record::Mention(mention)) = mention::parse(&record) else {
                    panic!("{}", String::from_utf8_lossy(&record));
                };
                assert_eq!(mention.id.as_str(), number.to_string());
                assert_eq!((mention.brand.as_str(), mention.created_at), ("acme", at));
                assert!(mention.score.is_none() && mention.cluster.is_none());
            }
        }
    }

    #[test]
    fn a_file_without_posts_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"event\":\"heartbeat\"}\n\n").unwrap();
        let error = format!("{:#}", Posts::read(file.path()).unwrap_err());
        assert!(error.contains("no post") && error.contains(file.path().to_str().unwrap()));
    }
}
