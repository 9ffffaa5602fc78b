//! People's corrections: how many the model reads right, and fetching them from Kafka.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use kafka::{admin, changelog};
use mention::{Correction, Label, Platform, Score, Text, Topic};
use sentiment::{Post, Scorer};
use serde::{Deserialize, Serialize};

use crate::recording::{Line, read_line};
use crate::{classify, run};

/// How long Kafka may take to answer at first.
const PATIENCE: Duration = Duration::from_secs(10);
/// What became of the corrections.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    right: usize,
    wrong: usize,
    abstained: usize,
    /// Corrections of mentions whose text isn't at hand.
    missing: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.right + self.wrong + self.abstained + self.missing;
        write!(f, "{} of {total} corrections are read right", self.right)?;
        for (count, word) in [
            (self.wrong, "read wrong"),
            (self.abstained, "not judged"),
            (self.missing, "without their text"),
        ] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

/// A correction that the model doesn't agree with.
#[derive(Serialize)]
struct Miss<'a> {
    line: usize,
    #[serde(flatten)]
    correction: &'a Correction<'a>,
    score: Option<&'a Score<'a>>,
}

/// Tells on standard output which corrections of `file` the model doesn't read
/// right; the texts of those that only have an id are taken from `mentions`.
///
/// # Errors
/// A file can't be read or a line isn't a correction; or not all are read right.
pub(crate) fn judge(
    file: &Path,
    mentions: Option<&Path>,
    settings: &settings::Settings,
) -> anyhow::Result<()> {
    let content = std::fs::read_to_string(file)
        .with_context(|| format!("can't read the corrections {}", file.display()))?;
    let mut corrections = read(&content).with_context(|| file.display().to_string())?;
    if corrections.is_empty() {
        bail!("{} has no corrections", file.display());
    }
    let posts = match mentions {
        Some(path) => texts(path, &corrections)
            .with_context(|| format!("can't read the mentions {}", path.display()))?,
        None => HashMap::new(),
    };
    for (_, correction) in &mut corrections {
        fill_in(correction, &posts);
    }
    let mut scorer = Scorer::new(classify::model(settings.score.model_file.as_deref())?);
    let tally = compare(&corrections, &mut scorer, &mut io::stdout().lock())?;
    if tally.missing > 0 && mentions.is_none() {
        bail!("{tally}; give the mentions, too: ophef classify MENTIONS --corrections FILE");
    }
    if tally.right < corrections.len() {
        bail!("{tally}");
    }
    writeln!(io::stderr(), "ophef: {tally}")?;
    Ok(())
}

fn read(content: &str) -> anyhow::Result<Vec<(usize, Correction<'_>)>> {
    let lines = mention::read_corrections(content);
    lines
        .map(|(line, correction)| {
            let correction = correction.with_context(|| format!("line {line}"))?;
            Ok((line, correction))
        })
        .collect()
}

/// What of a mention is needed to find and to score it.
#[derive(Debug, Deserialize)]
struct Found {
    id: String,
    brand: Option<String>,
    platform: Option<Platform>,
    text: String,
    lang: Option<String>,
}

/// The mentions that a correction without text names, by id.
fn texts(
    path: &Path,
    corrections: &[(usize, Correction<'_>)],
) -> anyhow::Result<HashMap<String, Vec<Found>>> {
    let wanted = corrections
        .iter()
        .filter(|(_, correction)| correction.text.is_none());
    let wanted = wanted.filter_map(|(_, correction)| correction.id.as_deref());
    let mut found: HashMap<String, Vec<Found>> =
        wanted.map(|id| (id.to_owned(), Vec::new())).collect();
    let mut input = BufReader::with_capacity(1 << 16, File::open(path)?);
    collect(&mut input, &mut found)?;
    Ok(found)
}

/// Lines that aren't mentions with a text are nobody's text, and passed over.
fn collect(
    input: &mut impl BufRead,
    found: &mut HashMap<String, Vec<Found>>,
) -> anyhow::Result<()> {
    let mut line = Line::default();
    while read_line(input, &mut line)? > 0 {
        if let Ok(mention) = serde_json::from_slice::<Found>(&line.bytes)
            && let Some(mentions) = found.get_mut(&mention.id)
        {
            mentions.push(mention);
        }
    }
    Ok(())
}

/// Gives a correction its mention's text; what it says of brand and platform must agree.
fn fill_in<'a>(correction: &mut Correction<'a>, posts: &'a HashMap<String, Vec<Found>>) {
    if correction.text.is_some() {
        return;
    }
    let Some(posts) = correction.id.as_deref().and_then(|id| posts.get(id)) else {
        return;
    };
    let of_brand = |post: &&Found| match (&correction.brand, &post.brand) {
        (Some(one), Some(other)) => one.as_str() == other,
        _ => true,
    };
    let of_platform = |post: &&Found| match (correction.platform, post.platform) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    if let Some(post) = posts.iter().filter(of_brand).find(of_platform) {
        correction.text = Some(Text::from(post.text.as_str()));
        if correction.lang.is_none() {
            correction.lang = post.lang.as_deref().map(Text::from);
        }
    }
}

fn compare(
    corrections: &[(usize, Correction<'_>)],
    scorer: &mut Scorer,
    out: &mut impl Write,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    for (line, correction) in corrections {
        let score = correction.text.as_deref().map(|text| {
            scorer.score(&Post {
                lang: correction.lang.as_deref(),
                ..Post::new(text)
            })
        });
        let counter = match &score {
            None => &mut tally.missing,
            Some(score) if is_right(score, correction.label) => &mut tally.right,
            Some(score) if score.abstained.is_some() => &mut tally.abstained,
            Some(_) => &mut tally.wrong,
        };
        *counter += 1;
        if !score
            .as_ref()
            .is_some_and(|score| is_right(score, correction.label))
        {
            let miss = Miss {
                line: *line,
                correction,
                score: score.as_ref(),
            };
            serde_json::to_writer(&mut *out, &miss)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(tally)
}

/// The label agrees; where it is neutral, abstaining does as well: such a mention
/// is counted as neither negative nor positive.
fn is_right(score: &Score<'_>, label: Label) -> bool {
    match score.abstained {
        None => score.label == label,
        Some(_) => label == Label::Neutral,
    }
}

/// Writes the corrections that stand on the topic to standard output, one JSON line
/// each: of several of one mention the last, without those taken back.
///
/// # Errors
/// Kafka can't be reached, the topic isn't there, or the output can't be written.
pub(crate) fn export(settings: &settings::Settings) -> anyhow::Result<()> {
    let connection = run::connection(settings);
    let topic = connection.topic(Topic::Corrections);
    let count = admin::partitions(&connection, &[topic], PATIENCE)?[0];
    let partitions: Vec<i32> = (0..count).collect();
    let mut standing = Standing::default();
    changelog::read(
        &connection,
        Topic::Corrections,
        &partitions,
        |_, key, value| {
            standing.take(key, value.unwrap_or_default());
        },
    )?;
    standing.write(&mut io::stdout().lock())?;
    let note = format!("{} corrections", standing.by_key.len());
    match standing.refused {
        0 => writeln!(io::stderr(), "ophef: {note}")?,
        refused => writeln!(
            io::stderr(),
            "ophef: {note}; {refused} records aren't corrections and are left out"
        )?,
    }
    Ok(())
}

/// The last correction of each key.
#[derive(Debug, Default)]
struct Standing {
    by_key: BTreeMap<Vec<u8>, Vec<u8>>,
    refused: usize,
}

impl Standing {
    fn take(&mut self, key: &[u8], value: &[u8]) {
        if value.is_empty() {
            self.by_key.remove(key);
        } else if mention::parse_correction(value).is_ok() {
            self.by_key.insert(key.to_owned(), value.to_owned());
        } else {
            self.refused += 1;
        }
    }

    /// Each is written anew, so that one that spans lines becomes one line.
    fn write(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for value in self.by_key.values() {
            serde_json::to_writer(&mut *out, &mention::parse_correction(value)?)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(content: &str, mentions: &str) -> (Tally, Vec<serde_json::Value>) {
        let mut corrections = read(content).unwrap();
        let mut posts = HashMap::from([("1".to_owned(), vec![]), ("2".to_owned(), vec![])]);
        collect(&mut mentions.as_bytes(), &mut posts).unwrap();
        for (_, correction) in &mut corrections {
            fill_in(correction, &posts);
        }
        let mut scorer = Scorer::new(classify::model(None).unwrap());
        let mut out = Vec::new();
        let tally = compare(&corrections, &mut scorer, &mut out).unwrap();
        let lines = out.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let misses = lines.map(|line| serde_json::from_slice(line).unwrap());
        (tally, misses.collect())
    }

    #[test]
    fn each_correction_is_right_wrong_not_judged_or_missing() {
        let (tally, misses) = compared(
            "label\ttext\tid\tbrand\n\
             neg\tWat een waardeloze service\n\
             pos\tWat een waardeloze service\n\
             neg\tIch warte seit drei Wochen auf mein Paket und niemand antwortet\n\
             neu\tIch warte seit drei Wochen auf mein Paket und niemand antwortet\n\
             pos\t\t1\tbolt\n\
             pos\t\t2\tbolt\n",
            "{\"id\":\"1\",\"brand\":\"acme\",\"text\":\"Waardeloos\"}\nno mention\n\
             {\"id\":\"1\",\"brand\":\"bolt\",\"platform\":\"x\",\"text\":\"Heerlijk brood, aanrader!\"}\n\
             {\"id\":\"2\",\"brand\":\"acme\",\"text\":\"Heerlijk\"}\n",
        );
        let expected = Tally {
            right: 3,
            wrong: 1,
            abstained: 1,
            missing: 1,
        };
        assert_eq!(tally, expected);
        let lines: Vec<_> = misses.iter().map(|miss| miss["line"].as_u64()).collect();
        assert_eq!(lines, [Some(3), Some(4), Some(7)]);
        assert_eq!(misses[0]["score"]["label"], "negative");
        assert_eq!(misses[0]["label"], "positive");
        assert!(misses[2]["score"].is_null());
    }

    #[test]
    fn the_last_correction_of_a_mention_stands_and_can_be_taken_back() {
        let mut standing = Standing::default();
        for (key, value) in [
            ("a/x/1", r#"{"id":"1","label":"neg"}"#),
            ("a/x/2", r#"{"id":"2","label":"neg"}"#),
            ("a/x/1", "{\"id\":\"1\",\n\"label\":\"pos\"}"),
            ("a/x/2", ""),
            ("a/x/3", "nonsense"),
        ] {
            standing.take(key.as_bytes(), value.as_bytes());
        }
        let mut out = Vec::new();
        standing.write(&mut out).unwrap();
        assert_eq!(out, b"{\"id\":\"1\",\"label\":\"positive\"}\n");
        assert_eq!(standing.refused, 1);
    }
}
