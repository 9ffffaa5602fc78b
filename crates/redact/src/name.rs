//! Names of people: after a greeting, a title and the like, or a given name with a surname.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::context::Lower;
use crate::kept::Kept;

/// Given names, a line each letter; the last line has those that are other words as well.
const GIVEN: &str = include_str!("given_names.txt");

/// Whether each given name stands for nothing else.
static NAMES: LazyLock<HashMap<&'static str, bool>> = LazyLock::new(|| {
    let lines = GIVEN.lines().filter(|line| !line.starts_with('#'));
    let names = lines.flat_map(|line| {
        let plain = line.strip_prefix("* ");
        let is_sure = plain.is_none();
        plain
            .unwrap_or(line)
            .split(' ')
            .map(move |name| (name, is_sure))
    });
    names.collect()
});

/// Words of a name, at most.
const WORDS_MAX: usize = 5;
/// Longest word of a name, bytes.
const WORD_BYTES_MAX: usize = 40;
/// Words at the end of a text among which a name may be in lower case.
const END_WORDS: usize = 3;
/// Longest end of a text that is looked at for it, bytes.
const END_BYTES_MAX: usize = 120;

/// What the words before the present one announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Nothing: only a known given name with a surname is a name.
    Nothing,
    /// A name, but brands are spoken to like this as well: only a known given name is one.
    Known,
    /// A name: any word with a capital is one.
    Any,
    /// The same, and at the end of the text one without a capital too.
    Signature,
}

/// Goes through the words of a text and tells where a name begins.
#[derive(Debug)]
pub(crate) struct Names {
    expected: Expected,
    /// The word before was `naam` or `name`.
    named: bool,
    /// Words for which somebody was spoken with.
    spoken: u8,
}

impl Names {
    pub(crate) const fn new() -> Self {
        Self {
            expected: Expected::Nothing,
            named: false,
            spoken: 0,
        }
    }

    /// Length of the name that `text` begins with. It begins with a word's first letter.
    pub(crate) fn length(&self, text: &str, kept: &Kept) -> Option<usize> {
        if self.expected == Expected::Nothing && !text.starts_with(char::is_uppercase) {
            return None; // nearly every word
        }
        let first = word_of(text);
        // "Groeten van Jan": the name begins after it.
        let is_of = self.expected == Expected::Signature && first.bare == "van";
        if is_of || kept.length(text).is_some() || is_no_name(first.bare) {
            return None;
        }
        let known = known(first.bare);
        let starts = match self.expected {
            Expected::Nothing => {
                known == Some(true) || (first.is_capital() && has_dutch_surname(text, first))
            }
            Expected::Known => known.is_some() || first.is_initials(),
            Expected::Any => first.is_capital() || first.is_initials() || first.is_particle(),
            Expected::Signature => {
                first.is_capital()
                    || first.is_initials()
                    || first.is_particle()
                    || (is_at_end(text) && first.is_small_name())
            }
        };
        if !starts {
            return None;
        }
        let (end, words) = extend(text, first, kept);
        let begins_well = match self.expected {
            Expected::Nothing => words >= 2,
            // Particles and initials alone are no name.
            _ => words >= 2 || !(first.is_initials() || first.is_particle()),
        };
        begins_well.then_some(end)
    }

    /// Passes over a word, given as it stands, without the punctuation around it, and that
    /// in lower case.
    pub(crate) fn pass(&mut self, word: &str, lower: &str) {
        let was_named = std::mem::replace(&mut self.named, matches!(lower, "naam" | "name"));
        self.spoken = self.spoken.saturating_sub(1);
        let ends_clause = word.ends_with([',', '!', '?']);
        self.expected = match lower {
            "mvg" | "groet" | "groeten" | "groetjes" | "gr" | "grtz" | "grt" => Expected::Signature,
            "regards" | "sincerely" => Expected::Any,
            "yours" if ends_clause => Expected::Any,
            "is" if was_named => Expected::Any,
            "heet" | "genaamd" | "named" | "t.n.v" | "tnv" | "namens" | "name's" => Expected::Any,
            "mevrouw" | "mevr" | "mw" | "mvr" | "meneer" | "dhr" | "heer" | "mr" | "mrs" | "ms"
            | "dr" | "drs" | "buurvrouw" | "buurman"
                if !ends_clause =>
            {
                Expected::Any
            }
            "medewerker" | "medewerkster" | "bezorger" | "bezorgster" | "chauffeur" | "collega"
            | "monteur" | "verkoper" | "verkoopster" | "driver" | "agent" | "employee"
            | "colleague" | "courier" => Expected::Any,
            "hoi" | "hallo" | "hi" | "hey" | "hello" | "beste" | "dear" | "dag" | "bedankt"
            | "dank" | "dankjewel" | "thanks" | "thx" | "cheers" | "xoxo" | "ben" | "i'm"
            | "am" | "door" | "by" | "love" | "called" => Expected::Known,
            "best" | "liefs" if ends_clause => Expected::Known,
            "met" | "with" | "to" if self.spoken > 0 => Expected::Known,
            // "Groetjes van Petra", "thank you Tim".
            "van" | "from" | "you" if self.expected != Expected::Nothing => self.expected,
            "thank" => Expected::Known,
            _ => Expected::Nothing,
        };
        if matches!(
            lower,
            "gesproken"
                | "gebeld"
                | "gechat"
                | "contact"
                | "sprak"
                | "spoke"
                | "spoken"
                | "talked"
                | "chatted"
        ) {
            self.spoken = 3;
        }
    }

    /// After a name, nothing is expected.
    pub(crate) const fn found(&mut self) {
        self.expected = Expected::Nothing;
        self.named = false;
    }
}

/// Whether a given name is no other word; `None` if it is no given name. Of `Gerrit-Jan`
/// the first part decides.
fn known(word: &str) -> Option<bool> {
    let whole = NAMES.get(word).copied();
    whole.or_else(|| NAMES.get(word.split_once('-')?.0).copied())
}

/// Whether a word goes on like nothing but a name: `van der Meer`, `van den Berg`.
fn has_dutch_surname(text: &str, first: Word<'_>) -> bool {
    let rest = text.get(first.raw_end..).unwrap_or_default();
    let surname = [" van der ", " van den ", " van 't "]
        .iter()
        .find_map(|link| rest.strip_prefix(link));
    surname.is_some_and(|surname| word_of(surname).is_capital())
}

/// The end of a name and how many words it has.
fn extend(text: &str, first: Word<'_>, kept: &Kept) -> (usize, usize) {
    let mut last = first;
    let mut end = first.end;
    let mut words = 1;
    // Particles and "and" count only if a name follows.
    let mut at = first.raw_end;
    for _ in 1..WORDS_MAX {
        let Some(rest) = text[at..].strip_prefix(' ') else {
            break;
        };
        if last.ends_sentence && !last.is_initials() {
            break;
        }
        let next = word_of(rest).moved(at + 1);
        let is_pair = matches!(next.bare, "en" | "and") || next.raw == "&";
        let is_link = next.is_particle() && !next.is_capital();
        if !is_link && !is_pair {
            let after_pair = matches!(last.bare, "en" | "and") || last.raw == "&";
            let is_known = known(next.bare).is_some();
            let is_other = is_no_name(next.bare) || kept.length(rest).is_some();
            if is_other || !(next.is_capital() || next.is_initials()) || (after_pair && !is_known) {
                break;
            }
            end = next.end;
            words += 1;
        }
        at = next.raw_end;
        last = next;
    }
    (end, words)
}

/// Whether so few words follow that it is the end of the text.
fn is_at_end(text: &str) -> bool {
    text.len() <= END_BYTES_MAX && text.split_ascii_whitespace().count() <= END_WORDS
}

/// One word, with the places of its ends.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    raw: &'a str,
    /// Without the punctuation after it.
    bare: &'a str,
    /// After the bare word; of initials, after the full stop.
    end: usize,
    raw_end: usize,
    ends_sentence: bool,
}

/// The word that `text` begins with, or an empty one if it is too long for a name.
fn word_of(text: &str) -> Word<'_> {
    let length = text
        .bytes()
        .take(WORD_BYTES_MAX + 1)
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count();
    let raw = text
        .get(..length)
        .filter(|_| length <= WORD_BYTES_MAX)
        .unwrap_or_default();
    let stop = raw.find(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '.' | '&')));
    let word = &raw[..stop.unwrap_or(raw.len())];
    let bare = word.trim_end_matches(['.', '\'', '-']);
    let bare = bare.strip_suffix("'s").unwrap_or(bare);
    let is_initials = is_initials(word);
    let end = if is_initials { word.len() } else { bare.len() };
    Word {
        raw,
        bare,
        end,
        raw_end: raw.len(),
        ends_sentence: raw.len() > bare.len() && !raw.ends_with("'s"),
    }
}

impl Word<'_> {
    const fn moved(mut self, by: usize) -> Self {
        self.end += by;
        self.raw_end += by;
        self
    }

    /// `Jan`, `O'Neill`, `Smit-Bos`, `McDonald`; not `DHL`, `PostNL`, `iPhone`.
    fn is_capital(&self) -> bool {
        let word = self.bare.strip_prefix("Mc").unwrap_or(self.bare);
        let mut parts = word.split(['\'', '-']);
        let is_part = |part: &str| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase)
        };
        self.bare.chars().count() >= 2 && parts.all(is_part)
    }

    fn is_initials(&self) -> bool {
        self.raw.get(..self.bare.len() + 1).is_some_and(is_initials)
    }

    fn is_particle(&self) -> bool {
        matches!(
            self.bare,
            "van"
                | "Van"
                | "de"
                | "De"
                | "den"
                | "Den"
                | "der"
                | "Der"
                | "ter"
                | "Ter"
                | "ten"
                | "Ten"
                | "te"
                | "'t"
                | "von"
                | "El"
                | "el"
                | "la"
                | "La"
                | "di"
                | "da"
                | "bin"
                | "al"
                | "Al"
        )
    }

    fn is_small_name(&self) -> bool {
        let is_other = matches!(
            self.bare,
            "aan"
                | "uit"
                | "en"
                | "maar"
                | "weer"
                | "nog"
                | "terug"
                | "allemaal"
                | "iedereen"
                | "team"
                | "jullie"
                | "klant"
                | "de"
                | "een"
                | "het"
                | "to"
                | "all"
                | "van"
                | "dan"
                | "die"
                | "dat"
                | "in"
                | "op"
                | "en."
                | "mij"
        );
        self.bare.chars().all(char::is_alphabetic) && self.bare.len() >= 2 && !is_other
    }
}

/// `J.`, `J.P.`.
fn is_initials(word: &str) -> bool {
    let mut letters = word.chars();
    let mut pairs = 0;
    loop {
        match (letters.next(), letters.next()) {
            (None, _) => return pairs > 0,
            (Some(letter), Some('.')) if letter.is_uppercase() => pairs += 1,
            _ => return false,
        }
    }
}

/// Words that are no person's name, though one is expected and they have a capital.
const NO_NAMES: &str = "team webcare klantenservice customer klant service support het een the \
    ik i u jullie jij je wij we dit dat this that maandag dinsdag woensdag donderdag vrijdag \
    zaterdag zondag monday tuesday wednesday thursday friday saturday sunday januari februari \
    maart juni juli augustus september oktober november december january february march july \
    august october nederland belgië nee ja no yes geen niet never nooit waarom why wat what \
    waar where wanneer when hoe how en and maar but ook in op bij at from of is";

static NONE: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NO_NAMES.split_whitespace().collect());

fn is_no_name(bare: &str) -> bool {
    NONE.contains(Lower::of(bare).as_str())
}
