//! The words of a text, found once, and what their bytes are like.

use smallvec::SmallVec;

/// What a byte may be.
mod class {
    pub(super) const SPACE: u8 = 1;
    /// Anything but an ASCII letter.
    pub(super) const MARK: u8 = 2;
    pub(super) const AT: u8 = 4;
    pub(super) const COLON: u8 = 8;
    /// Part of a character that isn't ASCII.
    pub(super) const WIDE: u8 = 16;
}

const CLASSES: [u8; 256] = {
    let mut classes = [class::MARK; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation, reason = "below 256")]
        let is = byte as u8;
        classes[byte] |= match is {
            b' ' | b'\t'..=b'\r' => class::SPACE,
            b'@' => class::AT,
            b':' => class::COLON,
            128.. => class::WIDE,
            _ => 0,
        };
        if is.is_ascii_alphabetic() {
            classes[byte] = 0;
        }
        byte += 1;
    }
    classes
};

/// A piece between white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    /// The classes of its bytes.
    classes: u8,
}

impl Word<'_> {
    const fn has(self, class: u8) -> bool {
        self.classes & class != 0
    }

    /// Whether it has nothing but ASCII letters, as most words do.
    pub(crate) const fn is_plain(self) -> bool {
        self.classes == 0
    }

    pub(crate) const fn is_ascii(self) -> bool {
        !self.has(class::WIDE)
    }

    pub(crate) const fn has_at(self) -> bool {
        self.has(class::AT)
    }

    /// Whether it says that it is the address of a page.
    pub(crate) fn is_address(self) -> bool {
        (self.has(class::COLON) && self.text.contains("://")) || self.text.starts_with("www.")
    }
}

/// The pieces of a text between white space, as `str::split_whitespace` finds them.
///
/// A negative mention is gone through twice: for the group of its copies and for its
/// terms. What each asks of every byte is answered here, by a table.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    text: &'a str,
    words: SmallVec<[Word<'a>; 40]>,
}

impl<'a> Words<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut words = SmallVec::new();
        let (mut at, mut start, mut classes) = (0, 0, 0);
        while let Some(&byte) = bytes.get(at) {
            let of_byte = CLASSES[usize::from(byte)];
            let mut width = 1;
            let mut is_space = of_byte & class::SPACE != 0;
            if of_byte & class::WIDE != 0 {
                let character = text[at..].chars().next().unwrap_or_default();
                (is_space, width) = (character.is_whitespace(), character.len_utf8());
            }
            if is_space {
                if start < at {
                    let text = &text[start..at];
                    words.push(Word { text, classes });
                }
                (start, classes) = (at + width, 0);
            } else {
                classes |= of_byte;
            }
            at += width;
        }
        if start < at {
            let text = &text[start..];
            words.push(Word { text, classes });
        }
        Self { text, words }
    }

    /// All of the text.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Word<'a>> {
        self.words.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_of_the_standard_library(
            text in "[a-c \t\u{b}\u{1c}\u{85}\u{a0}\u{2003}é😡]{0,40}|\\PC{0,60}|[a1@:/ é]{0,60}",
        ) {
            let words = Words::of(&text);
            prop_assert!(words.iter().map(|word| word.text).eq(text.split_whitespace()), "{text:?}");
            for word in words.iter() {
                let bytes = word.text.as_bytes();
                let has = |byte| bytes.contains(&byte);
                let is_address = word.text.contains("://") || word.text.starts_with("www.");
                let is_plain = bytes.iter().all(u8::is_ascii_alphabetic);
                prop_assert_eq!(word.is_plain(), is_plain);
                prop_assert_eq!(word.is_ascii(), word.text.is_ascii());
                prop_assert_eq!(word.has_at(), has(b'@'));
                prop_assert_eq!(word.is_address(), is_address);
            }
        }
    }
}
