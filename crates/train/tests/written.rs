//! The training posts written for this project are whole: every row has the columns of
//! the written mentions, known labels, and a text that stands nowhere else in its file.

#![allow(clippy::panic, reason = "a test fails by panicking, and says so")]

use std::collections::HashSet;

use mention::{Aspect, Kind, Platform};

/// The columns, as the written mentions of the data folder have them.
const HEADER: &str = "sentiment\tlang\tkind\taspects\tplatform\tsarcasm\ttext";

/// Asserts that a file parses, in one of `langs`, and has at least `least` rows and
/// at least a fifth of them of each sentiment.
fn assert_whole(file: &str, langs: &[&str], least: usize) {
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some(HEADER));
    let mut texts = HashSet::new();
    let mut counts = [0_usize; 3];
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[sentiment, lang, kind, aspects, platform, sarcasm, text] = fields.as_slice() else {
            panic!("not seven columns: {line}");
        };
        let label = ["neg", "neu", "pos"].iter().position(|&l| l == sentiment);
        counts[label.unwrap_or_else(|| panic!("sentiment: {line}"))] += 1;
        assert!(langs.contains(&lang), "language: {line}");
        assert!(Kind::from_name(kind).is_some(), "kind: {line}");
        assert!(known_aspects(aspects), "aspects: {line}");
        assert!(
            Platform::ALL.iter().any(|p| p.as_str() == platform),
            "platform: {line}"
        );
        assert!(["0", "1"].contains(&sarcasm), "sarcasm: {line}");
        assert!(
            !text.is_empty() && text.trim() == text,
            "empty or padded text: {line}"
        );
        assert!(texts.insert(plain(text)), "twice: {line}");
    }
    assert!(texts.len() >= least, "{} rows", texts.len());
    for count in counts {
        assert!(
            count * 5 >= texts.len(),
            "labels out of balance: {counts:?}"
        );
    }
}

/// Whether the column is `none` or a list of different known aspects.
fn known_aspects(column: &str) -> bool {
    let mut seen = HashSet::new();
    column == "none"
        || column
            .split(',')
            .all(|name| Aspect::ALL.iter().any(|a| a.as_str() == name) && seen.insert(name))
}

/// The text in lower case with nothing but its letters and digits, so that two
/// that differ in a comma or capital count as the same. Where it has none, the text
/// itself.
fn plain(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    if plain.is_empty() {
        text.to_owned()
    } else {
        plain
    }
}

#[test]
fn the_dutch_posts_are_whole() {
    let file = include_str!("../written/nl_posts.tsv");
    assert_whole(file, &["nl", "mixed"], 1_600);
}

#[test]
fn the_english_posts_are_whole() {
    let file = include_str!("../written/en_posts.tsv");
    assert_whole(file, &["en", "mixed"], 700);
}
