//! Texts without personal data.
//!
//! What may name or reach a person is masked: handles, links, e-mail addresses,
//! account numbers (IBAN), telephone numbers, any run of five digits or more, Dutch
//! postcodes with the number of the house, and who signs (`signature`). Characters
//! that nobody sees, with which numbers could be hidden from us, are dropped first.
//! Names in the middle of a sentence can't be told from other words and stay.

use crate::signature::Signature;
use crate::words::{Word, Words};

/// Longest redacted text, characters.
pub(crate) const TEXT_MAX: usize = 280;
/// How much of a text is looked at, characters: masks may be shorter than what they hide.
const READ_MAX: usize = 1000;
/// Digits in a row, or in a group like a telephone number, from which they are masked.
const RUN_MAX: usize = 5;
const GROUP_MAX: usize = 8;
/// Shortest IBAN (Norway's; ISO 13616), characters.
const IBAN_MIN: usize = 15;

/// A text without personal data, and where each of its characters comes from.
#[derive(Debug, Default)]
pub(crate) struct Redacted {
    text: String,
    /// Characters of it.
    length: usize,
    /// Position of each character in the original, if it is asked for; [`MASK`] where a
    /// mask stands.
    origins: Option<Vec<u32>>,
}

/// Stands for the name of who signs.
const NAME: &str = "[name]";

/// The origin of what stands for something else.
const MASK: u32 = u32::MAX;

impl Redacted {
    /// The text with personal data masked, white space joined, at most
    /// [`TEXT_MAX`] characters.
    pub(crate) fn of(words: &Words<'_>) -> Self {
        let origins = Vec::with_capacity(words.text().len().min(READ_MAX));
        Self::with(words, Some(origins))
    }

    /// The same, if nobody asks where its pieces come from.
    pub(crate) fn text_of(words: &Words<'_>) -> String {
        Self::with(words, None).text
    }

    fn with(words: &Words<'_>, origins: Option<Vec<u32>>) -> Self {
        let text = words.text();
        let mut plain = Self {
            text: String::with_capacity(text.len().min(READ_MAX)),
            length: 0,
            origins,
        };
        let (mut passed_bytes, mut passed) = (0, 0);
        let mut signature = Signature::new(words.len());
        let mut may_have_digits = false;
        for word in words.iter() {
            if plain.length > READ_MAX {
                break;
            }
            if plain.origins.is_some() {
                let at = word.text.as_ptr().addr() - text.as_ptr().addr();
                passed += text[passed_bytes..at].chars().count();
                passed_bytes = at;
            }
            let is_name = signature.is_name(word.text);
            if is_name && plain.text.ends_with(NAME) {
                continue; // one mask for all of it
            }
            if plain.length > 0 {
                plain.push(' ', MASK);
            }
            if is_name {
                plain.mask(NAME);
            } else {
                may_have_digits |= word.may_have_digits();
                mask_word(word, passed, &mut plain);
            }
        }
        let mut redacted = if may_have_digits && has_long_number(&plain.text) {
            mask_numbers(&plain)
        } else {
            plain
        };
        redacted.shorten();
        redacted
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Where the piece `start..end` of the original stands now, characters, if all of
    /// it is still there.
    pub(crate) fn place_of(&self, start: u32, end: u32) -> Option<[u16; 2]> {
        let origins = self.origins.as_ref()?;
        let at = origins.iter().position(|&origin| origin == start)?;
        let length = usize::try_from(end.checked_sub(start)?).ok()?;
        if length == 0 {
            return None;
        }
        let piece = origins.get(at..at.checked_add(length)?)?;
        let is_whole = piece.iter().copied().eq(start..end);
        let position = |at: usize| u16::try_from(at).ok();
        is_whole.then_some([position(at)?, position(at + length)?])
    }

    fn push(&mut self, character: char, origin: u32) {
        self.text.push(character);
        self.length += 1;
        if let Some(origins) = &mut self.origins {
            origins.push(origin);
        }
    }

    /// A word that begins at `first` in the original, as it is.
    fn push_word(&mut self, word: &str, is_ascii: bool, first: usize) {
        if self.origins.is_none() && is_ascii && word.len() <= READ_MAX {
            self.text.push_str(word); // nothing in it is unseen
            self.length += word.len();
        } else {
            placed(word, first).for_each(|(character, origin)| self.push(character, origin));
        }
    }

    fn mask(&mut self, mask: &str) {
        for character in mask.chars() {
            self.push(character, MASK);
        }
    }

    fn shorten(&mut self) {
        if self.length <= TEXT_MAX {
            return;
        }
        let cut = self.text.char_indices().nth(TEXT_MAX - 1);
        self.text.truncate(cut.map_or(0, |(at, _)| at));
        self.length = TEXT_MAX - 1;
        if let Some(origins) = &mut self.origins {
            origins.truncate(TEXT_MAX - 1);
        }
        self.push('…', MASK);
    }
}

/// The characters of a word with their positions in the text, where the word begins
/// at `first`.
fn placed(word: &str, first: usize) -> impl Iterator<Item = (char, u32)> {
    let place = move |at: usize| u32::try_from(first + at).unwrap_or(MASK);
    let characters = word.chars().take(READ_MAX).enumerate();
    let seen = characters.filter(|(_, character)| !is_unseen(*character));
    seen.map(move |(at, character)| {
        let character = if character == '＠' { '@' } else { character };
        (character, place(at))
    })
}

/// Whether a character has no width: soft hyphens, joiners, marks of direction.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Masks a word that is a link, an address or a handle.
fn mask_word(word: Word<'_>, first: usize, out: &mut Redacted) {
    let (is_ascii, has_at) = (word.is_ascii(), word.has_at());
    let (has_slash, word) = (word.has_slash(), word.text);
    if is_link(word, has_slash) {
        return out.mask("[link]");
    }
    let at = match (has_at, is_ascii) {
        (false, true) => None,
        _ => word.find(['@', '＠']),
    };
    let Some(at) = at else {
        return out.push_word(word, is_ascii, first);
    };
    let name_before = word[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let host_after = word[at..].chars().nth(1).is_some_and(char::is_alphanumeric);
    if name_before && host_after {
        return out.mask("[e-mail]");
    }
    mask_handles(word, first, out);
}

/// Whether a text has so many digits that something in it may be masked: each number
/// that is has four in a row, or eight.
fn has_long_number(text: &str) -> bool {
    let (mut digits, mut run, mut longest) = (0, 0, 0);
    for character in text.chars() {
        let is_digit = match character.is_ascii() {
            true => character.is_ascii_digit(),
            false => character.is_numeric(),
        };
        run = if is_digit { run + 1 } else { 0 };
        digits += usize::from(is_digit);
        longest = longest.max(run);
    }
    longest >= RUN_MAX - 1 || digits >= GROUP_MAX
}

/// Whether the word is, or has in it, the address of a page.
fn is_link(word: &str, has_slash: bool) -> bool {
    let begins = word.get(..4);
    let has = |piece: &[u8]| {
        let mut pieces = word.as_bytes().windows(piece.len());
        pieces.any(|found| found.eq_ignore_ascii_case(piece))
    };
    begins.is_some_and(|begin| begin.eq_ignore_ascii_case("www."))
        || has_slash && (has(b"://") || has(b"t.co/") || has_host(word))
}

/// Whether what stands before the first slash is the name of a host: `example.nl/…`.
fn has_host(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or_default();
    let Some((name, domain)) = host.rsplit_once('.') else {
        return false;
    };
    let is_domain = domain.len() >= 2 && domain.chars().all(char::is_alphabetic);
    is_domain && name.chars().any(char::is_alphabetic)
}

/// Masks `@name` wherever it stands in the word; what surrounds it stays.
fn mask_handles(word: &str, first: usize, out: &mut Redacted) {
    let mut in_handle = false;
    for (character, origin) in placed(word, first) {
        let is_name = character.is_alphanumeric() || matches!(character, '_' | '-');
        if character == '@' {
            in_handle = true;
            out.mask("@[…]");
        } else if !(in_handle && (is_name || character == '.')) {
            in_handle = false;
            out.push(character, origin);
        }
    }
}

/// Masks account numbers, telephone numbers and long runs of digits.
fn mask_numbers(text: &Redacted) -> Redacted {
    let characters: Vec<char> = text.text.chars().collect();
    let mut out = Redacted {
        text: String::with_capacity(text.text.len()),
        length: 0,
        origins: (text.origins.as_ref()).map(|origins| Vec::with_capacity(origins.len())),
    };
    let mut at = 0;
    while at < characters.len() {
        let starts_word = at == 0 || !characters[at - 1].is_alphanumeric();
        let iban = if starts_word {
            iban_length(&characters[at..])
        } else {
            0
        };
        if iban > 0 {
            out.mask("[iban]");
            at += iban;
            continue;
        }
        let postcode = if starts_word {
            postcode_length(&characters[at..])
        } else {
            0
        };
        if postcode > 0 {
            out.mask("[postcode]");
            at += postcode;
            continue;
        }
        let number = number_length(&characters[at..]);
        if number > 0 {
            out.mask("[number]");
            at += number;
            continue;
        }
        let origin = text.origins.as_ref().map_or(MASK, |origins| origins[at]);
        out.push(characters[at], origin);
        at += 1;
    }
    out
}

/// Characters of the IBAN that the text begins with, in one piece or in groups; 0 for none.
fn iban_length(text: &[char]) -> usize {
    let [a, b, c, d, ..] = text else { return 0 };
    let is_country = a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
    if !(is_country && c.is_ascii_digit() && d.is_ascii_digit()) {
        return 0;
    }
    let (mut signs, mut digits, mut end) = (0, 0, 0);
    for (position, character) in text.iter().enumerate().take(48) {
        if character.is_ascii_alphanumeric() {
            signs += 1;
            digits += usize::from(character.is_ascii_digit());
            end = position + 1;
        } else if *character != ' ' || signs % 4 != 0 {
            break;
        }
    }
    if signs >= IBAN_MIN && digits >= 8 {
        end
    } else {
        0
    }
}

/// Characters of the Dutch postcode that the text begins with (`1234 AB`), and of the
/// number of the house after it; 0 for none.
fn postcode_length(text: &[char]) -> usize {
    let [a, b, c, d, rest @ ..] = text else {
        return 0;
    };
    if !([a, b, c, d].iter().all(|c| c.is_ascii_digit()) && *a != '0') {
        return 0;
    }
    let space = usize::from(rest.first() == Some(&' '));
    let letters = rest.get(space..space + 2);
    let is_code = letters.is_some_and(|letters| letters.iter().all(char::is_ascii_uppercase));
    let after = rest.get(space + 2..).unwrap_or_default();
    if !is_code || after.first().is_some_and(|next| next.is_alphanumeric()) {
        return 0;
    }
    let gap = after.iter().take_while(|c| matches!(c, ' ' | ',')).count();
    let house = after.iter().skip(gap).take_while(|c| c.is_ascii_digit());
    match house.count() {
        digits @ 1..=4 if gap <= 2 => 4 + space + 2 + gap + digits,
        _ => 4 + space + 2,
    }
}

/// Characters of the telephone or other long number that the text begins with; 0 for none.
fn number_length(text: &[char]) -> usize {
    let begins = text
        .first()
        .is_some_and(|c| c.is_numeric() || matches!(c, '+' | '('));
    if !begins {
        return 0;
    }
    let (mut digits, mut run, mut longest, mut gap, mut end) = (0, 0, 0, 0, 0);
    for (position, character) in text.iter().enumerate() {
        if character.is_numeric() {
            digits += 1;
            run += 1;
            gap = 0;
            longest = longest.max(run);
            end = position + 1;
        } else if matches!(character, ' ' | '-' | '.' | '/' | '(' | ')' | '+') && gap < 2 {
            run = 0;
            gap += 1;
        } else {
            break;
        }
    }
    if longest >= RUN_MAX || digits >= GROUP_MAX {
        end
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redact(text: &str) -> String {
        let words = Words::of(text);
        let redacted = Redacted::text_of(&words);
        assert_eq!(Redacted::of(&words).into_text(), redacted);
        redacted
    }

    #[test]
    fn a_piece_is_found_again_unless_something_of_it_is_masked() {
        let text = "  @jan  wéér  kapot, bel 0612345678 over 12 dagen";
        let redacted = Redacted::of(&Words::of(text));
        let place = |piece: &str| {
            let start = text[..text.find(piece)?].chars().count();
            let position = |at: usize| u32::try_from(at).ok();
            redacted.place_of(position(start)?, position(start + piece.chars().count())?)
        };
        let piece = |[start, end]: [u16; 2]| {
            let (start, end) = (usize::from(start), usize::from(end));
            redacted
                .text
                .chars()
                .skip(start)
                .take(end - start)
                .collect::<String>()
        };
        for kept in ["wéér", "kapot,", "over", "dagen"] {
            assert_eq!(place(kept).map(piece).as_deref(), Some(kept));
        }
        for gone in ["@jan", "0612345678", "wéér  kapot"] {
            assert_eq!(place(gone), None, "{gone}");
        }
        assert_eq!(redacted.place_of(9, 3), None);
        assert_eq!(redacted.place_of(9, 9), None);
        assert_eq!(redacted.place_of(0, u32::MAX), None);
    }

    #[test]
    fn what_names_a_person_is_masked() {
        for (text, masked) in [
            (
                "hoi @jan_de.vries, waar blijft het?",
                "hoi @[…], waar blijft het?",
            ),
            ("mail jan@voorbeeld.nl nu", "mail [e-mail] nu"),
            (
                "zie https://voorbeeld.nl/x?y=1 en www.voorbeeld.nl",
                "zie [link] en [link]",
            ),
            (
                "bel 06-12345678 of +31 6 12 34 56 78!",
                "bel [number] of [number]!",
            ),
            ("bestelling 1234567", "bestelling [number]"),
            ("op NL91 ABNA 0417 1643 00 graag", "op [iban]graag"),
            ("op NL91ABNA0417164300.", "op [iban]."),
            ("al 14 dagen,  2 keer\ngebeld", "al 14 dagen, 2 keer gebeld"),
            (".@acme wat een service", ".@[…] wat een service"),
            (
                "mail jan@voorbeeld of ｊan＠voorbeeld.nl",
                "mail [e-mail] of [e-mail]",
            ),
            ("zie voorbeeld.nl/volg?code=3SX", "zie [link]"),
            ("1/2 van 3.5/5 sterren en/of", "1/2 van 3.5/5 sterren en/of"),
            (
                "bel 0\u{200b}6\u{200b}1\u{200b}2\u{200b}3\u{200b}4\u{200b}5678",
                "bel [number]",
            ),
            (
                "order 3SABC0012345678 en AB-1234567",
                "order 3SABC[number] en AB-[number]",
            ),
            (
                "wacht op 1234 AB 56 al sinds 2024",
                "wacht op [postcode] al sinds 2024",
            ),
            ("om 1234AB, en 1234 Abc", "om [postcode], en 1234 Abc"),
            ("kapot! Mvg Jan de Vries", "kapot! Mvg [name]"),
            ("kapot, groetjes van petra", "kapot, groetjes van [name]"),
            (
                "Kind regards, John Smith. Never again",
                "Kind regards, [name] Never again",
            ),
            (
                "mijn naam is Jan Jansen en ik wacht",
                "mijn naam is [name] en ik wacht",
            ),
            (
                "groet aan het hele team daar boven",
                "groet aan het hele team daar boven",
            ),
        ] {
            assert_eq!(redact(text).replace("[iban] ", "[iban]"), masked);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_long_or_keeps_a_long_number(text in "\\PC{0,400}|[0-9 @.+a-z-]{0,400}") {
            let redacted = redact(&text);
            prop_assert!(redacted.chars().count() <= TEXT_MAX);
            let runs = redacted.split(|c: char| !c.is_ascii_digit());
            prop_assert!(runs.into_iter().all(|run| run.len() < RUN_MAX), "{redacted}");
        }
    }
}
