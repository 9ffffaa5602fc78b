//! Text as rules see it: small letters, no diacritics, single spaces.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text folded for matching, used again and again so that folding allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) text: Vec<u8>,
}

/// What a typographic apostrophe is folded to, as keyboards write it.
const APOSTROPHE: char = '\'';

impl Folded {
    /// Takes over `text`, behind a space if there is something already.
    pub(crate) fn push(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.push_space();
        }
        self.push_more(text);
    }

    /// Takes over `text` right behind what is there.
    pub(crate) fn push_more(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_ascii(text.as_bytes());
        } else {
            text.chars().for_each(|character| self.push_char(character));
        }
    }

    fn push_ascii(&mut self, text: &[u8]) {
        self.text.reserve(text.len());
        for &byte in text {
            if byte.is_ascii_whitespace() {
                self.push_space();
            } else {
                self.text.push(byte.to_ascii_lowercase());
            }
        }
    }

    fn push_space(&mut self) {
        if self.text.last().is_some_and(|&last| last != b' ') {
            self.text.push(b' ');
        }
    }

    fn push_char(&mut self, character: char) {
        if character.is_whitespace() {
            self.push_space();
        } else if character.is_ascii() {
            self.push_plain(character.to_ascii_lowercase());
        } else {
            for part in std::iter::once(character).nfkd() {
                if is_combining_mark(part) || is_invisible(part) {
                    continue;
                }
                for small in part.to_lowercase() {
                    self.push_plain(plain(small));
                }
            }
        }
    }

    fn push_plain(&mut self, character: char) {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        self.text.extend_from_slice(bytes);
    }

    /// Whether `range` is whole words: no letter or digit goes on across its ends.
    pub(crate) fn is_whole(&self, range: &Range<usize>) -> bool {
        let inside = &self.text[range.clone()];
        let (first, last) = (first_char(inside), last_char(inside));
        // `@acme` in `info@acme.example` is no handle, nor `#acme` in `x#acme` a hashtag;
        // other signs at a name's end need no room beside it.
        let begins = first.is_some_and(|c| !is_in_word(c) && !matches!(c, '@' | '#'))
            || !last_char(&self.text[..range.start]).is_some_and(is_in_word);
        let ends = last.is_some_and(|c| !is_in_word(c))
            || !first_char(&self.text[range.end..]).is_some_and(is_in_word);
        begins && ends
    }

    /// Whether the name of an account that ends at `end` goes on: `@acme` isn't
    /// `@acme.fans.example`, nor `@acme@other.example`.
    pub(crate) fn goes_on(&self, end: usize) -> bool {
        let mut rest = self.text[end..].iter();
        match rest.next() {
            Some(b'.' | b'-') => rest.next().is_some_and(u8::is_ascii_alphanumeric),
            Some(b'@') => true,
            _ => false,
        }
    }
}

/// Longest character, bytes.
const CHAR_MAX: usize = 4;

fn first_char(text: &[u8]) -> Option<char> {
    let first = *text.first()?;
    if first.is_ascii() {
        return Some(char::from(first));
    }
    let start = &text[..text.len().min(CHAR_MAX)];
    start.utf8_chunks().next()?.valid().chars().next()
}

fn last_char(text: &[u8]) -> Option<char> {
    let last = *text.last()?;
    if last.is_ascii() {
        return Some(char::from(last));
    }
    let end = &text[text.len().saturating_sub(CHAR_MAX)..];
    // Bytes that go on a character have the form 10xxxxxx.
    let start = end.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    first_char(&end[start..])
}

/// Whether a character belongs to a word; emoji and other signs don't.
fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Letters that decompose to nothing simpler, as people type them without the mark.
const fn plain(character: char) -> char {
    match character {
        'ø' => 'o',
        'ł' => 'l',
        'đ' => 'd',
        'ı' => 'i',
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => APOSTROPHE,
        '\u{2010}' | '\u{2011}' | '\u{2013}' => '-',
        other => other,
    }
}

/// What is put between letters to hide a name, and shows as nothing.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut folded = Folded::default();
        folded.push(text);
        String::from_utf8(folded.text).unwrap()
    }

    #[test]
    fn capitals_marks_and_spaces_are_folded() {
        let cases = [
            ("Pluimvos", "pluimvos"),
            ("PLÜIMVOS  is\n\n weg", "pluimvos is weg"),
            ("Café Crème’s", "cafe creme's"),
            ("Ｐluim\u{200b}vos", "pluimvos"),
            ("Smørrebrød", "smorrebrod"),
            ("  a", "a"),
        ];
        for (text, expected) in cases {
            assert_eq!(folded(text), expected, "{text}");
        }
    }
}
