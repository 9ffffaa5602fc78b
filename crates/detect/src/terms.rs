//! The words of a mention that may tell what a spike is about.

use crate::facts::Word;
use crate::words::Words;

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
pub(crate) fn terms_of(words: &Words<'_>, brand: &str) -> Vec<Word> {
    let mut terms: Vec<Word> = Vec::with_capacity(TERMS_MAX.min(words.len()));
    let mut read = 0;
    for word in words.iter() {
        read += word.text.len();
        if read > READ_MAX || terms.len() == TERMS_MAX {
            break;
        }
        if word.has_at() || word.is_address() {
            continue;
        }
        if word.is_plain() {
            take(plain_term(word.text, brand), &mut terms); // most words are a single part
        } else {
            let is_border = |c: char| !(c.is_alphabetic() || matches!(c, '#' | '\'' | '’' | '-'));
            for part in word.text.split(is_border) {
                take(term_of(part, brand), &mut terms);
            }
        }
    }
    terms
}

fn take(term: Option<Word>, terms: &mut Vec<Word>) {
    if let Some(term) = term
        && terms.len() < TERMS_MAX
        && !terms.contains(&term)
    {
        terms.push(term);
    }
}

/// The term that a word of nothing but ASCII letters is, if it is one.
fn plain_term(word: &str, brand: &str) -> Option<Word> {
    if !TERM_LENGTH.contains(&word.len()) || is_plain_stop_word(word.as_bytes()) {
        return None;
    }
    let mut term = Word::new(word);
    term.make_ascii_lowercase();
    (term != brand).then_some(term)
}

/// The term that the part of a word is, if it is one.
fn term_of(part: &str, brand: &str) -> Option<Word> {
    if part.len() < *TERM_LENGTH.start() {
        return None; // no bytes, no characters: many parts are empty
    }
    let trimmed = part.trim_matches(|c: char| matches!(c, '\'' | '’' | '-'));
    let lower = if trimmed.is_ascii() {
        let mut lower = Word::new(trimmed);
        lower.make_ascii_lowercase();
        lower
    } else {
        Word::new(trimmed.to_lowercase().replace('’', "'"))
    };
    let word = lower.strip_prefix('#').unwrap_or(&lower);
    let length = match word.is_ascii() {
        true => word.len(),
        false => word.chars().count(),
    };
    let is_plain = TERM_LENGTH.contains(&length) && !word.as_bytes().contains(&b'#');
    (is_plain && word != brand && !is_stop(word)).then_some(lower)
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

/// No stop word is longer: each is one number.
const STOP_LENGTH: usize = 8;
/// Places of the table of stop words: a power of two, eight times their number or more,
/// so that a word that is none rarely finds anything.
const PLACES: usize = 2048;
/// An odd number without a pattern (2⁶⁴ divided by the golden ratio).
const SPREADER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The stop words as numbers, each at the place of its hash or after it; 0 for none.
const STOP_TABLE: [u64; PLACES] = {
    let mut table = [0; PLACES];
    let mut position = 0;
    while position < STOP_WORDS.len() {
        let number = number_of(STOP_WORDS[position].as_bytes());
        let mut place = place_of(number);
        while table[place] != 0 {
            place = (place + 1) % PLACES;
        }
        table[place] = number;
        position += 1;
    }
    table
};

/// The bytes of a short word in one number, letters made small. Bytes of stop words are
/// letters and apostrophes, of which the bit that is set stays as it is.
const fn number_of(word: &[u8]) -> u64 {
    assert!(word.len() <= STOP_LENGTH, "the word fits");
    let (mut number, mut at) = (0, 0);
    while at < word.len() {
        number = number << 8 | (word[at] | 0x20) as u64;
        at += 1;
    }
    number
}

#[allow(clippy::cast_possible_truncation, reason = "eleven bits are left")]
const fn place_of(number: u64) -> usize {
    (number.wrapping_mul(SPREADER) >> (u64::BITS - PLACES.trailing_zeros())) as usize
}

/// Whether a word of ASCII letters and apostrophes, small or not, is a stop word.
fn is_plain_stop_word(word: &[u8]) -> bool {
    if word.is_empty() || word.len() > STOP_LENGTH {
        return false;
    }
    let number = number_of(word);
    let mut place = place_of(number);
    while STOP_TABLE[place] != 0 {
        if STOP_TABLE[place] == number {
            return true;
        }
        place = (place + 1) % PLACES;
    }
    false
}

/// Whether a word in small letters is a stop word.
fn is_stop_word(word: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_lowercase() || byte == b'\'';
    word.bytes().all(is_usual) && is_plain_stop_word(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_word_is_found() {
        assert!(STOP_WORDS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| is_stop_word(word)));
        for other in [
            "",
            "a",
            "pakket",
            "zzz",
            "éen",
            "zijna",
            "@an",
            "voor\u{7}",
            "betrouwbaar",
        ] {
            assert!(!is_stop_word(other), "{other}");
        }
        assert!(is_plain_stop_word(b"VaNdAaG") && !is_stop_word("VaNdAaG"));
    }

    #[test]
    fn terms_are_words_that_tell_something() {
        let terms_of = |text| terms_of(&Words::of(text), "acme");
        let terms = terms_of(
            "Het pakket van @acme is WÉÉR kwijt!! #acmefail https://t.co/x pakket 06-12345",
        );
        assert_eq!(terms, ["pakket", "wéér", "kwijt", "#acmefail"]);
        assert!(terms_of("").is_empty());
        let terms = terms_of("That’s what foto's do, it doesn't open y'all ACME");
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
