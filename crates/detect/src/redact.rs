//! Texts without personal data.
//!
//! What may name or reach a person is masked: handles, links, e-mail addresses,
//! account numbers (IBAN), telephone numbers and any run of five digits or more.

/// Longest redacted text, characters.
pub(crate) const TEXT_MAX: usize = 280;
/// How much of a text is looked at, characters: masks may be shorter than what they hide.
const READ_MAX: usize = 1000;
/// Digits in a row, or in a group like a telephone number, from which they are masked.
const RUN_MAX: usize = 5;
const GROUP_MAX: usize = 8;
/// Shortest IBAN (Norway's; ISO 13616), characters.
const IBAN_MIN: usize = 15;

/// The text with personal data masked, white space joined, at most
/// [`TEXT_MAX`] characters.
pub(crate) fn redact(text: &str) -> String {
    let words = text.split_whitespace();
    let mut plain = String::with_capacity(text.len().min(4 * READ_MAX));
    for word in words {
        if plain.len() > READ_MAX {
            break;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        mask_word(word, &mut plain);
    }
    shorten(&mask_numbers(&plain))
}

/// Masks a word that is a link, an address or a handle.
fn mask_word(word: &str, out: &mut String) {
    let lower = word.to_lowercase();
    if lower.contains("://") || lower.starts_with("www.") || lower.contains("t.co/") {
        return out.push_str("[link]");
    }
    let Some(at) = word.find('@') else {
        return out.extend(word.chars().take(READ_MAX));
    };
    let name_before = word[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    if name_before && word[at..].contains('.') {
        return out.push_str("[e-mail]");
    }
    mask_handles(word, out);
}

/// Masks `@name` wherever it stands in the word; what surrounds it stays.
fn mask_handles(word: &str, out: &mut String) {
    let mut in_handle = false;
    for character in word.chars().take(READ_MAX) {
        let is_name = character.is_alphanumeric() || matches!(character, '_' | '-');
        if character == '@' {
            in_handle = true;
            out.push_str("@[…]");
        } else if !(in_handle && (is_name || character == '.')) {
            in_handle = false;
            out.push(character);
        }
    }
}

/// Masks account numbers, telephone numbers and long runs of digits.
fn mask_numbers(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let starts_word = at == 0 || !characters[at - 1].is_alphanumeric();
        let iban = if starts_word {
            iban_length(&characters[at..])
        } else {
            0
        };
        if iban > 0 {
            out.push_str("[iban]");
            at += iban;
            continue;
        }
        let number = number_length(&characters[at..]);
        if number > 0 {
            out.push_str("[number]");
            at += number;
            continue;
        }
        out.push(characters[at]);
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

fn shorten(text: &str) -> String {
    if text.chars().count() <= TEXT_MAX {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(TEXT_MAX - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
