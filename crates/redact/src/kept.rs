//! Names that aren't a person's: of brands, and those of a text's own language.

use std::collections::HashSet;

/// Words of a kept name, at most.
const WORDS_MAX: usize = 4;
/// Longest word of one, bytes.
const WORD_BYTES_MAX: usize = 40;

/// Brands and sayings that look like a person's name. What is brand enough to be watched is
/// added from the configuration.
const BRANDS: [&str; 70] = [
    "chicago o'hare",
    "o'hare",
    "dr pepper",
    "dr. pepper",
    "willem-alexander",
    "willem alexander",
    "albert heijn",
    "dirk van den broek",
    "dirk",
    "hans anders",
    "tommy hilfiger",
    "calvin klein",
    "michael kors",
    "jack wolfskin",
    "jack daniel's",
    "jack jones",
    "jack & jones",
    "ben & jerry's",
    "ben jerry's",
    "ralph lauren",
    "hugo boss",
    "paul smith",
    "christian dior",
    "louis vuitton",
    "johnson & johnson",
    "johnson johnson",
    "jan linders",
    "karen millen",
    "max mara",
    "marks & spencer",
    "marks spencer",
    "tony's chocolonely",
    "tim hortons",
    "dr oetker",
    "dr. oetker",
    "dr martens",
    "dr. martens",
    "mr muscle",
    "uncle ben's",
    "aunt bessie's",
    "ben's original",
    "marc jacobs",
    "donna karan",
    "tom ford",
    "tom tailor",
    "stella mccartney",
    "victoria's secret",
    "charles keith",
    "peter pan",
    "jan klaassen",
    "jan modaal",
    "joe cocker",
    "harry potter",
    "sam smith",
    "john deere",
    "john lewis",
    "walt disney",
    "philip morris",
    "miss etam",
    "mr clean",
    "mr bean",
    "estée lauder",
    "elizabeth arden",
    "laura ashley",
    "thomas cook",
    "samsung galaxy",
    "sint maarten",
    "san francisco",
    "jan des bouvrie",
    "simon levelt",
];

/// Names that stay.
#[derive(Debug, Clone)]
pub(crate) struct Kept(HashSet<String>);

impl Kept {
    pub(crate) fn new() -> Self {
        Self(BRANDS.iter().map(|&name| name.to_owned()).collect())
    }

    pub(crate) fn insert(&mut self, name: &str) {
        self.0.insert(name.trim().to_lowercase());
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }

    /// Length of the kept name that `text` begins with.
    pub(crate) fn length(&self, text: &str) -> Option<usize> {
        let mut end = 0;
        let mut found = None;
        for _ in 0..WORDS_MAX {
            let rest = &text[end..];
            let gap = usize::from(end > 0);
            if end > 0 && !rest.starts_with(' ') {
                break;
            }
            let bytes = rest.as_bytes()[gap..].iter().take(WORD_BYTES_MAX + 1);
            let length = bytes.take_while(|byte| !byte.is_ascii_whitespace()).count();
            if length == 0 || length > WORD_BYTES_MAX {
                break;
            }
            let word = &rest[gap..gap + length];
            let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
            if self.has(&text[..end + gap + bare]) {
                found = Some(end + gap + bare);
            }
            end += gap + word.len();
        }
        found
    }
}
