//! A text as a reader sees it: without characters that nobody sees, and with the plain
//! form of digits, dashes, quotes and spaces that look alike.

use std::borrow::Cow;

/// Zeros of the scripts whose digits run from 0 to 9 in order (Unicode, category Nd), of
/// those that a post in Dutch or English may be dressed up with.
const ZEROS: [u32; 12] = [
    0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1fbf0,
];

/// The text, and where its bytes come from.
pub(crate) struct Plain<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Of each byte the place in the original of the character that it is part of, and of
    /// the end; `None` if nothing differs.
    origins: Option<Vec<usize>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        // Most texts have nothing to change; in those that aren't ASCII it must be looked for.
        if text.is_ascii() || text.chars().all(|c| plain_form(c) == Form::Same) {
            return Self {
                text: Cow::Borrowed(text),
                origins: None,
            };
        }
        let mut plain = String::with_capacity(text.len());
        let mut origins = Vec::with_capacity(text.len() + 1);
        for (at, character) in text.char_indices() {
            match plain_form(character) {
                Form::Unseen => continue,
                Form::Same => plain.push(character),
                Form::Like(other) => plain.push(other),
            }
            origins.resize(plain.len(), at);
        }
        origins.push(text.len());
        Self {
            text: Cow::Owned(plain),
            origins: Some(origins),
        }
    }

    /// The place in the original of a byte, or of the end.
    pub(crate) fn origin(&self, at: usize) -> usize {
        match &self.origins {
            None => at,
            Some(origins) => origins.get(at).or(origins.last()).copied().unwrap_or(at),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Same,
    Unseen,
    Like(char),
}

fn plain_form(character: char) -> Form {
    if character.is_ascii() {
        return Form::Same;
    }
    match character {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20e3}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => return Form::Unseen,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => return Form::Like('-'),
        '‘' | '’' | '‛' | '´' | '′' => return Form::Like('\''),
        '“' | '”' | '„' | '«' | '»' => return Form::Like('"'),
        '…' | '․' | '。' => return Form::Like('.'),
        _ => {}
    }
    if character.is_whitespace() {
        return Form::Like(' ');
    }
    let code = u32::from(character);
    let digit = ZEROS
        .iter()
        .find(|&&zero| (zero..zero + 10).contains(&code));
    if let Some(digit) = digit.and_then(|zero| char::from_digit(code - zero, 10)) {
        return Form::Like(digit);
    }
    // Full-width forms are the printable ASCII characters, in order.
    let narrow = (0xff01..=0xff5e)
        .contains(&code)
        .then(|| char::from_u32(code - 0xfee0));
    narrow.flatten().map_or(Form::Same, Form::Like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_becomes_the_same_and_is_found_again() {
        let text = "a\u{200b}b ０６–１２ ٣x";
        let plain = Plain::of(text);
        assert_eq!(plain.text, "ab 06-12 3x");
        let at = plain.text.find("06").unwrap();
        assert_eq!(&text[plain.origin(at)..plain.origin(at + 5)], "０６–１２");
        assert_eq!(plain.origin(plain.text.len()), text.len());
        assert_eq!(Plain::of("één €5").text, "één €5");
    }
}
