//! The words of a mention that may tell what a spike is about.

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
pub(crate) fn terms_of(text: &str, brand: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::with_capacity(TERMS_MAX);
    let mut lower = String::new();
    let mut read = 0;
    for word in text.split_whitespace() {
        read += word.len();
        if read > READ_MAX || terms.len() == TERMS_MAX {
            break;
        }
        let is_link = word.contains(':') && word.contains("://");
        if is_link || word.contains('@') || word.starts_with("www.") {
            continue;
        }
        for part in
            word.split(|c: char| !(c.is_alphabetic() || matches!(c, '#' | '\'' | '’' | '-')))
        {
            if is_term(part, brand, &mut lower)
                && terms.len() < TERMS_MAX
                && !terms.contains(&lower)
            {
                terms.push(lower.as_str().to_owned());
            }
        }
    }
    terms
}

/// Whether the part of a word is a term; `lower` is the term then.
fn is_term(part: &str, brand: &str, lower: &mut String) -> bool {
    let trimmed = part.trim_matches(|c: char| matches!(c, '\'' | '’' | '-'));
    lower.clear();
    if trimmed.is_ascii() {
        lower.push_str(trimmed);
        lower.make_ascii_lowercase();
    } else {
        lower.push_str(&trimmed.to_lowercase().replace('’', "'"));
    }
    let word = lower.strip_prefix('#').unwrap_or(lower);
    let is_plain = TERM_LENGTH.contains(&word.chars().count()) && !word.contains('#');
    is_plain && word != brand && !is_stop(word)
}

/// Whether the word is too common to tell anything, alone or as a contraction: `that's`,
/// `doesn't`.
fn is_stop(word: &str) -> bool {
    let is_known = |word: &str| STOP_WORDS.binary_search(&word).is_ok();
    let first = word.split_once('\'').map(|(first, _)| first);
    is_known(word)
        || word.ends_with("n't")
        || first.is_some_and(|first| first.len() < 3 || is_known(first))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stop_words_can_be_searched() {
        assert!(STOP_WORDS.is_sorted());
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
