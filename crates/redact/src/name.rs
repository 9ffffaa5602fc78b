//! Names of people: after a greeting, a title and the like, or a given name with a surname.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::context::Lower;
use crate::cue;
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
    /// The same, and only one that is no other word.
    Sure,
    /// A given name, if the text ends with it: "… – Sarah K."
    Dash,
    /// A name: any word with a capital is one.
    Any,
    /// The writer's own: any word with a capital, or a given name without one.
    Own,
    /// As any, and at the end of the text one without a capital too.
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
    /// The word before says whose somebody is.
    possessive: bool,
    /// A sentence begins here: a capital says nothing.
    at_start: bool,
}

impl Names {
    pub(crate) const fn new() -> Self {
        Self {
            expected: Expected::Nothing,
            named: false,
            spoken: 0,
            possessive: false,
            at_start: true,
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
        let is_other = is_no_name(first.bare) && !first.is_particle();
        if is_of || kept.length(text).is_some() || is_other {
            return None;
        }
        let known = known(first.bare);
        // Of words that are on no list, a capital within a sentence and what stands beside it.
        let rest = text.get(first.raw_end..).unwrap_or_default();
        let is_told = first.is_capital()
            && (has_dutch_surname(text, first)
                || (!self.at_start && (has_surname(rest) || is_at_work(text, first))));
        let starts = match self.expected {
            Expected::Nothing => known == Some(true) || is_told,
            Expected::Dash => known.is_some() && is_at_end(text),
            Expected::Sure => known == Some(true) || is_told,
            Expected::Known => known.is_some() || first.is_initials() || is_told,
            Expected::Own => {
                first.is_capital()
                    || first.is_initials()
                    || first.is_particle()
                    || is_small_given(first.bare)
            }
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
            Expected::Nothing => {
                let rest = text.get(end..).unwrap_or_default();
                let next = rest.split_whitespace().next().unwrap_or_default();
                words >= 2
                    || is_at_work(text, first)
                    || (known == Some(true)
                        && (cue::is_deed(next) || rest.starts_with(" van jullie")))
            }
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
        let is_own = std::mem::replace(&mut self.possessive, cue::is_possessive(lower));
        self.at_start = word.ends_with(['.', '!', '?', ':', '…', '"', '”']) || lower.is_empty();
        let ends_clause = word.ends_with([',', '!', '?']);
        let ends_sentence = word.ends_with(['.', '!', '?']);
        self.expected = match lower {
            "mvg" | "groet" | "groeten" | "groetjes" | "gr" | "grtz" | "grt" => Expected::Signature,
            "regards" | "sincerely" => Expected::Any,
            "yours" if ends_clause => Expected::Any,
            "is" if was_named => Expected::Own,
            "heet" | "name's" => Expected::Own,
            "genaamd" | "named" | "t.n.v" | "tnv" | "namens" | "t.a.v" | "tav" | "attn" => {
                Expected::Any
            }
            // Another sentence is about something else.
            lower
                if !ends_sentence && (cue::is_worker(lower) || (is_own && cue::is_kin(lower))) =>
            {
                Expected::Any
            }
            "mevrouw" | "mevr" | "mw" | "mvr" | "meneer" | "dhr" | "heer" | "mr" | "mrs" | "ms"
            | "dr" | "drs" | "buurvrouw" | "buurman"
                if !ends_clause =>
            {
                Expected::Any
            }
            "hoi" | "hallo" | "hi" | "hey" | "hello" | "beste" | "dear" | "dag" | "bedankt"
            | "dank" | "dankjewel" | "thanks" | "thx" | "cheers" | "xoxo" | "ben" | "i'm"
            | "am" | "door" | "by" | "love" | "called"
                if !ends_sentence =>
            {
                Expected::Known
            }
            // "Thanks! Sarah", and not "Thanks! Will you …".
            "bedankt" | "dankjewel" | "thanks" | "thx" | "cheers" => Expected::Sure,
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

    /// Passes over punctuation that stands alone: behind a dash many a text is signed.
    pub(crate) fn mark(&mut self, mark: &str) {
        let is_free = matches!(
            self.expected,
            Expected::Nothing | Expected::Known | Expected::Sure
        );
        if is_free && matches!(mark, "-" | "–" | "—") {
            self.expected = Expected::Dash;
        }
    }

    /// After a name, nothing is expected.
    pub(crate) const fn found(&mut self) {
        self.expected = Expected::Nothing;
        self.named = false;
        self.possessive = false;
        // A sentence may begin behind a handle.
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

/// Whether a surname follows that is told by its form.
fn has_surname(rest: &str) -> bool {
    let next = rest.strip_prefix(' ').map(word_of);
    next.is_some_and(|next| cue::is_surname(next.bare))
}

/// Whether what follows the word says that it is somebody at work.
fn is_at_work(text: &str, first: Word<'_>) -> bool {
    cue::is_at_work(text.get(first.end..).unwrap_or_default())
}

/// Whether a word in lower case is a given name, and no other word.
fn is_small_given(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().into_iter().flat_map(char::to_uppercase);
    let given: String = capital.chain(letters).collect();
    known(&given) == Some(true)
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
            // Behind a particle anything is a surname: "van der Meer".
            let is_bound = last.is_particle() && next.is_capital();
            let is_other = (is_no_name(next.bare) && !is_bound) || kept.length(rest).is_some();
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
    waar where wanneer when hoe how en and maar but ook in op bij at from of is \
    hij zij ze hun hen mij me ons onze mijn haar zijn wie welke dan toen daarna daarvoor omdat \
    want sinds als dus nu nog wel al weer terug heel erg echt zeer graag helaas gewoon vandaag \
    gisteren morgen zelfs alles iets niets iemand niemand veel meer minder naar uit over onder \
    met van voor door tot te er daar hier he she they them him her his hers its it our my your \
    their who which then than after before because so while if since until unless can can't cant \
    could would will won't should shall may might must do does did didn't don't has have had was \
    were are aren't isn't wasn't been be being not just still now today tomorrow yesterday here \
    there again please thanks thank sorry also too very really only even ever with without for \
    to by about into onto over under off out up down all any some each every most more less \
    first last next one two three";

static NONE: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NO_NAMES.split_whitespace().collect());

fn is_no_name(bare: &str) -> bool {
    NONE.contains(Lower::of(bare).as_str())
}
