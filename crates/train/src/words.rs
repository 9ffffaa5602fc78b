//! Words and pairs of words as texts of their own: the teacher knows many that no
//! labelled text has.

use std::collections::BTreeMap;

use crate::data::text_hash;

/// The name of a word or pair among the targets; the same letters may be a word of
/// either language.
pub(crate) fn name(lang: &str, text: &str) -> u64 {
    text_hash(&format!("{lang}\t{text}"))
}

/// The words and pairs of neighbours in `texts`, and the `entries` of lexicons,
/// that are `known` by their name; sorted by name.
pub(crate) fn collect<'a>(
    lang: &str,
    texts: impl Iterator<Item = &'a str>,
    entries: impl Iterator<Item = &'a str>,
    known: impl Fn(u64) -> bool,
) -> Vec<(u64, String)> {
    let mut found = BTreeMap::new();
    let mut add = |text: String| {
        let name = name(lang, &text);
        if known(name) {
            found.entry(name).or_insert(text);
        }
    };
    for text in texts {
        let words = words(text);
        for pair in words.windows(2) {
            add(pair.join(" "));
        }
        words.into_iter().for_each(&mut add);
    }
    for entry in entries {
        add(entry.replace('_', " ").to_lowercase());
    }
    found.into_iter().collect()
}

/// Lowercased words of letters, joined by apostrophes or hyphens within; no links
/// and no names of users.
fn words(text: &str) -> Vec<String> {
    let parts = text
        .split_whitespace()
        .filter(|part| !part.starts_with('@') && !part.contains("://"));
    let pieces = parts.flat_map(|part| {
        part.split(|letter: char| !(letter.is_alphabetic() || matches!(letter, '\'' | '’' | '-')))
    });
    pieces
        .map(|piece| piece.trim_matches(['\'', '’', '-']).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_without_links_and_names() {
        assert_eq!(
            words("@jan 't Is TE-duur!! https://a.example foto's 12"),
            ["t", "is", "te-duur", "foto's"]
        );
    }

    #[test]
    fn only_known_words_are_collected() {
        let known = [name("nl", "heel slecht"), name("nl", "top")];
        let found = collect(
            "nl",
            ["heel slecht, heel goed"].into_iter(),
            ["TOP"].into_iter(),
            |name| known.contains(&name),
        );
        let mut texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["heel slecht", "top"]);
    }
}
