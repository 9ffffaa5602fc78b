//! The opinion lexicons, as tables from hash to valence.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use sentiment::LEXICONS;
use sentiment::training::{LexiconEntry, hash_of};

use crate::data::read_text;

/// Dutch: Pattern (PDDL), lupje (MIT), OpenER by VU (Apache-2.0).
pub(crate) const DUTCH: [Option<&str>; LEXICONS] = [
    Some("nl_pattern.tsv"),
    Some("nl_lupje.tsv"),
    Some("nl_vu_opener.tsv"),
];
/// English: VADER (MIT), Pattern (PDDL).
pub(crate) const ENGLISH: [Option<&str>; LEXICONS] =
    [Some("en_vader.tsv"), Some("en_pattern.tsv"), None];

/// The lexicons of one language, sorted by hash.
///
/// # Errors
/// Names the file that is missing or the line that has no number.
pub(crate) fn read(data: &Path, files: [Option<&str>; LEXICONS]) -> Result<Vec<LexiconEntry>> {
    let mut words: BTreeMap<String, [i8; LEXICONS]> = BTreeMap::new();
    for (at, file) in files.into_iter().enumerate() {
        let Some(file) = file else { continue };
        let path = data.join("lexicons").join(file);
        for (number, line) in read_text(&path)?.lines().enumerate() {
            let (word, score) =
                parse(line).with_context(|| format!("{}: line {}", path.display(), number + 1))?;
            words.entry(word).or_default()[at] = score;
        }
    }
    if files == DUTCH {
        inflect(&mut words);
    }
    // Of two words with one hash the later wins; there is about one such pair.
    let table: BTreeMap<u32, [i8; LEXICONS]> = words
        .into_iter()
        .filter(|(_, valences)| *valences != [0; LEXICONS])
        .map(|(word, valences)| (hash_of(&word), valences))
        .collect();
    let entry = |(hash, valences)| LexiconEntry { hash, valences };
    Ok(table.into_iter().map(entry).collect())
}

/// The words of some lexicons, as they are written there.
///
/// # Errors
/// Names the file that is missing.
pub(crate) fn entries(data: &Path, files: [Option<&str>; LEXICONS]) -> Result<Vec<String>> {
    let mut entries = Vec::new();
    for file in files.into_iter().flatten() {
        let content = read_text(&data.join("lexicons").join(file))?;
        let words = content.lines().filter_map(|line| line.split('\t').next());
        entries.extend(words.map(str::to_owned));
    }
    Ok(entries)
}

fn parse(line: &str) -> Result<(String, i8)> {
    let (word, score) = line.rsplit_once('\t').context("no tab")?;
    let score: f32 = score.trim().parse().context("no number")?;
    #[allow(clippy::cast_possible_truncation, reason = "clamped to −100–100")]
    let score = (score.clamp(-1.0, 1.0) * 100.0).round() as i8;
    Ok((word.to_lowercase(), score))
}

/// Dutch lexicons list adjectives as the dictionary does; posts inflect them:
/// *slecht – slechte*, *groot – grote*, *slim – slimme*.
fn inflect(words: &mut BTreeMap<String, [i8; LEXICONS]>) {
    let forms: Vec<_> = words
        .iter()
        .filter(|(word, _)| word.len() >= 4 && word.bytes().all(|b| b.is_ascii_lowercase()))
        .filter_map(|(word, &valences)| Some((inflected(word)?, valences)))
        .collect();
    for (form, valences) in forms {
        let have = words.entry(form).or_default();
        for (have, valence) in have.iter_mut().zip(valences) {
            if *have == 0 {
                *have = valence;
            }
        }
    }
}

fn inflected(word: &str) -> Option<String> {
    let bytes = word.as_bytes();
    let &[.., before, middle, last] = bytes else {
        return None;
    };
    let vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u');
    if vowel(last) {
        return None;
    }
    if before == middle && vowel(middle) && middle != b'i' {
        // groot – grote
        let stem = &word[..word.len() - 2];
        let last = match last {
            b's' => 'z',
            b'f' => 'v',
            other => other as char,
        };
        return Some(format!("{stem}{last}e"));
    }
    if vowel(middle) && !vowel(before) && word.len() == 4 {
        // slim – slimme
        return Some(format!("{word}{}e", last as char));
    }
    Some(format!("{word}e"))
}
