//! The words of a mention that may tell what a spike is about.

use crate::facts::Word;
use crate::words::words;

/// Terms taken from one mention, and the longest one, characters.
const TERMS_MAX: usize = 12;
const TERM_LENGTH: std::ops::RangeInclusive<usize> = 3..=32;
/// Characters of a text that are read for terms.
const READ_MAX: usize = 1000;

/// Words too common to tell anything, Dutch and English, sorted.
const STOP_WORDS: [&str; 217] = [
    "aan", "about", "after", "again", "all", "alle", "alleen", "alles", "als", "also", "altijd",
    "amp", "and", "any", "are", "been", "before", "being", "ben", "bent", "bij", "but", "can",
    "could", "daar", "daarom", "dan", "dat", "deze", "did", "die", "dit", "doe", "doen", "does",
    "doing", "don't", "done", "door", "dus", "echt", "een", "eens", "eerst", "elke", "ever",
    "every", "for", "from", "gaan", "gaat", "gedaan", "geen", "get", "getting", "geweest", "goed",
    "going", "got", "had", "hadden", "has", "have", "having", "heb", "hebben", "hebt", "heeft",
    "heel", "hele", "hem", "her", "here", "het", "hier", "him", "his", "hoe", "how", "hun", "i'm",
    "iemand", "iets", "into", "is", "it's", "its", "jaar", "jij", "jou", "jouw", "jullie", "just",
    "kan", "keer", "kon", "kun", "kunnen", "kunt", "laat", "like", "maar", "made", "mag", "make",
    "me", "meer", "men", "met", "mij", "mijn", "moet", "moeten", "more", "most", "much", "my",
    "naar", "need", "never", "niemand", "niet", "niets", "nog", "nooit", "not", "now", "nu", "of",
    "off", "omdat", "one", "only", "onze", "ook", "our", "out", "over", "own", "plus", "really",
    "same", "say", "she", "should", "since", "some", "still", "such", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "those", "though", "through",
    "tijd", "toch", "toe", "toen", "too", "tot", "uit", "van", "vanaf", "vandaag", "veel", "very",
    "via", "voor", "waar", "waarom", "wanneer", "want", "waren", "was", "wat", "we", "weer",
    "weet", "wel", "welke", "well", "went", "werd", "were", "what", "when", "where", "which",
    "who", "why", "wie", "wij", "wil", "will", "with", "worden", "wordt", "would", "you", "your",
    "zal", "ze", "zeer", "zelf", "zich", "zie", "zij", "zijn", "zo",
];

/// The distinct terms of a text in the order of their first appearance: lower-case
/// words and hashtags of letters, without stop words, handles, links and the
/// brand's own name.
pub(crate) fn terms_of(text: &str, brand: &str) -> Vec<Word> {
    let mut terms: Vec<Word> = Vec::with_capacity(TERMS_MAX);
    let mut lower = String::with_capacity(*TERM_LENGTH.end());
    let mut read = 0;
    for word in words(text) {
        read += word.len();
        if read > READ_MAX || terms.len() == TERMS_MAX {
            break;
        }
        let has = |byte| word.as_bytes().contains(&byte);
        let is_link = has(b':') && word.contains("://");
        if is_link || has(b'@') || word.starts_with("www.") {
            continue;
        }
        let mut take = |part| {
            if is_term(part, brand, &mut lower)
                && terms.len() < TERMS_MAX
                && !terms.iter().any(|term| *term == lower)
            {
                terms.push(Word::new(&lower));
            }
        };
        if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            take(word); // most words are a single part
        } else {
            let is_border = |c: char| !(c.is_alphabetic() || matches!(c, '#' | '\'' | '’' | '-'));
            word.split(is_border).for_each(take);
        }
    }
    terms
}

/// Whether the part of a word is a term; `lower` is the term then.
fn is_term(part: &str, brand: &str, lower: &mut String) -> bool {
    if part.len() < *TERM_LENGTH.start() {
        return false; // no bytes, no characters: many parts are empty
    }
    let trimmed = part.trim_matches(|c: char| matches!(c, '\'' | '’' | '-'));
    lower.clear();
    if trimmed.is_ascii() {
        lower.push_str(trimmed);
        lower.make_ascii_lowercase();
    } else {
        lower.push_str(&trimmed.to_lowercase().replace('’', "'"));
    }
    let word = lower.strip_prefix('#').unwrap_or(lower);
    let length = match word.is_ascii() {
        true => word.len(),
        false => word.chars().count(),
    };
    let is_plain = TERM_LENGTH.contains(&length) && !word.as_bytes().contains(&b'#');
    is_plain && word != brand && !is_stop(word)
}

/// Whether the word is too common to tell anything, alone or as a contraction: `that's`,
/// `doesn't`.
fn is_stop(word: &str) -> bool {
    if !word.as_bytes().contains(&b'\'') {
        return is_stop_word(word);
    }
    let first = word.split_once('\'').map(|(first, _)| first);
    is_stop_word(word)
        || word.ends_with("n't")
        || first.is_some_and(|first| first.len() < 3 || is_stop_word(first))
}

/// The brand's own names as terms would have them: without spaces and marks.
pub(crate) fn own_names<'a>(brand: &'a str, names: &'a [String]) -> Vec<String> {
    let plain = |name: &str| {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let mut own: Vec<String> = names.iter().map(|name| plain(name)).collect();
    own.push(plain(brand));
    own
}

/// Whether a term is one of the brand's names, be it a tag or a possessive.
pub(crate) fn is_own(term: &str, own: &[String]) -> bool {
    let letters = term.strip_suffix("'s").unwrap_or(term).chars();
    let letters: String = letters.filter(|c| c.is_alphanumeric()).collect();
    own.contains(&letters)
}

/// Position of the first stop word that begins with this letter or a later one; the
/// last entry is for those after z.
const FIRST: [u8; 27] = {
    assert!(STOP_WORDS.len() < 256, "positions are bytes");
    let mut first = [0; 27];
    let (mut letter, mut position) = (0, 0);
    while letter < 27 {
        while position < STOP_WORDS.len() && STOP_WORDS[position].as_bytes()[0] < b'a' + letter {
            position += 1;
        }
        #[allow(clippy::cast_possible_truncation, reason = "checked above")]
        let found = position as u8;
        first[letter as usize] = found;
        letter += 1;
    }
    first
};

/// Whether a word in small letters is a stop word. Few of them begin alike.
fn is_stop_word(word: &str) -> bool {
    let first = word.bytes().next().unwrap_or_default();
    if !first.is_ascii_lowercase() {
        return false;
    }
    let letter = usize::from(first - b'a');
    let alike = usize::from(FIRST[letter])..usize::from(FIRST[letter + 1]);
    STOP_WORDS[alike].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_word_is_found() {
        assert!(STOP_WORDS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| is_stop_word(word)));
        for other in ["", "a", "pakket", "zzz", "éen", "zijna", "@an"] {
            assert!(!is_stop_word(other), "{other}");
        }
    }

    #[test]
    fn terms_are_words_that_tell_something() {
        let terms = terms_of(
            "Het pakket van @acme is WÉÉR kwijt!! #acmefail https://t.co/x pakket 06-12345",
            "acme",
        );
        assert_eq!(terms, ["pakket", "wéér", "kwijt", "#acmefail"]);
        assert!(terms_of("", "acme").is_empty());
        let terms = terms_of("That’s what foto's do, it doesn't open y'all", "acme");
        assert_eq!(terms, ["foto's", "open"]);
    }

    #[test]
    fn a_brands_own_names_are_known_in_every_form() {
        let names = ["Blauwe Beer B.V.".to_owned(), "BB".to_owned()];
        let own = own_names("blauwe-beer", &names);
        for term in [
            "#blauwebeer",
            "blauwe-beer",
            "blauwebeer's",
            "blauwebeerbv",
            "bb",
        ] {
            assert!(is_own(term, &own), "{term}");
        }
        assert!(!is_own("blauwe", &own) && !is_own("#blauwebeerfail", &own));
    }
}
