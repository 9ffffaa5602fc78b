//! Texts without personal data, as a spike shows them.
//!
//! What may name or reach a person is found by the crate `redact`, which reads mentions
//! on their way in as well; here no link, no handle and no long number stays either.

use std::sync::LazyLock;

use redact::{Kind, Redactor};

/// Longest redacted text, characters.
pub(crate) const TEXT_MAX: usize = 280;
/// How much of a text is looked at, characters: masks may be shorter than what they hide.
const READ_MAX: usize = 1000;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::for_display);

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

/// The origin of what stands for something else.
const MASK: u32 = u32::MAX;

impl Redacted {
    /// The text with personal data masked, white space joined, at most
    /// [`TEXT_MAX`] characters.
    pub(crate) fn of(text: &str) -> Self {
        let origins = Vec::with_capacity(text.len().min(READ_MAX));
        Self::with(text, Some(origins))
    }

    /// The same, if nobody asks where its pieces come from.
    pub(crate) fn text_of(text: &str) -> String {
        Self::with(text, None).text
    }

    fn with(text: &str, origins: Option<Vec<u32>>) -> Self {
        let text = text
            .char_indices()
            .nth(READ_MAX)
            .map_or(text, |(at, _)| &text[..at]);
        let mut plain = Self {
            text: String::with_capacity(text.len()),
            length: 0,
            origins,
        };
        let mut findings = REDACTOR.find(text).into_iter().peekable();
        let mut masked_to = 0;
        let mut is_apart = false;
        for (origin, (at, character)) in (0..).zip(text.char_indices()) {
            if at < masked_to || is_unseen(character) {
                continue;
            }
            if character.is_whitespace() {
                is_apart = plain.length > 0;
                continue;
            }
            if std::mem::take(&mut is_apart) {
                plain.push(' ', MASK);
            }
            if let Some(finding) = findings.next_if(|finding| finding.start <= at) {
                masked_to = finding.end;
                plain.mask(mask_of(finding.kind));
            } else {
                plain.push(character, origin);
            }
        }
        plain.shorten();
        plain
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

/// What is shown in the place of a finding.
const fn mask_of(kind: Kind) -> &'static str {
    match kind {
        // Not a handle, since there is one behind it that nobody is to look for.
        Kind::Handle => "@[…]",
        kind => kind.placeholder(),
    }
}

/// Whether a character has no width: soft hyphens, joiners, marks of direction.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redact(text: &str) -> String {
        let redacted = Redacted::text_of(text);
        assert_eq!(Redacted::of(text).into_text(), redacted);
        redacted
    }

    #[test]
    fn a_piece_is_found_again_unless_something_of_it_is_masked() {
        let text = "  @jan  wéér  kapot, bel 0612345678 over 12 dagen";
        let redacted = Redacted::of(text);
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
            ("mail jan@voorbeeld.nl nu", "mail [email] nu"),
            (
                "zie https://voorbeeld.nl/x?y=1 en www.voorbeeld.nl",
                "zie [link] en [link]",
            ),
            (
                "bel 06-12345678 of +31 6 12 34 56 78!",
                "bel [phone] of [phone]!",
            ),
            ("bestelling 1234567", "bestelling [order]"),
            ("op NL91 ABNA 0417 1643 00 graag", "op [iban] graag"),
            ("op NL91ABNA0417164300.", "op [iban]."),
            ("al 14 dagen,  2 keer\ngebeld", "al 14 dagen, 2 keer gebeld"),
            (".@acme wat een service", ".@[…] wat een service"),
            (
                "mail jan@voorbeeld of ｊan＠voorbeeld.nl",
                "mail [email] of [email]",
            ),
            ("zie voorbeeld.nl/volg?code=3SX", "zie [link]"),
            ("1/2 van 3.5/5 sterren en/of", "1/2 van 3.5/5 sterren en/of"),
            (
                "bel 0\u{200b}6\u{200b}1\u{200b}2\u{200b}3\u{200b}4\u{200b}5678",
                "bel [phone]",
            ),
            (
                "order 3SABC0012345678 en AB-1234567",
                "order [order] en AB-[number]",
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
                "Kind regards, [name]. Never again",
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
            assert_eq!(redact(text), masked);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_long_or_keeps_a_long_number(text in "\\PC{0,400}|[0-9 @.+a-z-]{0,400}") {
            let redacted = redact(&text);
            prop_assert!(redacted.chars().count() <= TEXT_MAX);
            let runs = redacted.split(|c: char| !c.is_ascii_digit());
            prop_assert!(runs.into_iter().all(|run| run.len() < 5), "{redacted}");
        }
    }
}
