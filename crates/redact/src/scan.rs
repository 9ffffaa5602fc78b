//! One pass over a text, word by word.

use crate::address::{belgian_postcode, dutch_postcode, is_street_prefix, street};
use crate::context::{Context, Lower};
use crate::email::{At, at_sign, is_link, path_of, spelled, spelled_in_one};
use crate::kept::Kept;
use crate::name::Names;
use crate::{Finding, Kind, account, number, order, plate};

/// What is looked for beside what all texts are looked through for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The text is kept: numbers in hashtags, hosts and kept handles stay.
    Storage,
    /// A few texts are shown: no handle, no link and no long number stays.
    Display,
}

/// Longest piece that is looked at as one word, bytes: what is found in a word makes its
/// rest be looked at again.
const PIECE_MAX: usize = 256;

/// Where a pass over a text is.
pub(crate) struct Scan<'a> {
    text: &'a str,
    kept: &'a Kept,
    purpose: Purpose,
    context: Context,
    names: Names,
    /// Where the word before begins, if it may belong to the name of a street.
    street_prefix: Option<usize>,
    /// Where the last street ended.
    street_end: Option<usize>,
    found: Vec<Finding>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str, kept: &'a Kept, purpose: Purpose) -> Self {
        Self {
            text,
            kept,
            purpose,
            context: Context::default(),
            names: Names::new(),
            street_prefix: None,
            street_end: None,
            found: Vec::new(),
        }
    }

    /// All findings, in order and apart from each other.
    pub(crate) fn run(mut self) -> Vec<Finding> {
        let mut at = 0;
        while let Some((start, end)) = self.word_from(at) {
            at = self.step(start, end);
        }
        self.found
    }

    /// The next piece between white space; a placeholder is one of its own.
    fn word_from(&self, at: usize) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let gap = bytes[at..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        let start = at + gap;
        let near = &bytes[start..bytes.len().min(start + PIECE_MAX)];
        let space = near.iter().position(u8::is_ascii_whitespace);
        let mut end = start + space.unwrap_or(near.len());
        if space.is_none() && end < bytes.len() {
            // Where nothing can be cut in two, if there is such a place.
            let cut = near.iter().rposition(|byte| b",;!?\"()<>|".contains(byte));
            end = cut.map_or(end, |cut| start + cut + 1);
            while !self.text.is_char_boundary(end) {
                end -= 1;
            }
        }
        let word = &self.text[start..end];
        let mut brackets = word.match_indices('[');
        let placeholder = brackets.find_map(|(at, _)| Some((at, placeholder(&word[at..])?)));
        match placeholder {
            Some((0, length)) => Some((start, start + length)),
            Some((at, _)) => Some((start, start + at)),
            None => Some((start, end)),
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        self.found.push(Finding { kind, start, end });
        self.street_prefix = None;
        end
    }

    /// Goes past the word, or past what was found in it, and says how far that is.
    fn step(&mut self, start: usize, mut end: usize) -> usize {
        let mut word = &self.text[start..end];
        if placeholder(word).is_some() {
            self.names.found();
            return end;
        }
        if is_link(word) {
            return self.link(start, end);
        }
        if word.contains('@') {
            match at_sign(word) {
                Some(At::Email(0, length)) => return self.push(Kind::Email, start, start + length),
                Some(At::Handle(0, length)) => return self.handle(start, start + length),
                Some(At::Email(before, _) | At::Handle(before, _)) => end = start + before,
                None => {}
            }
            word = &self.text[start..end];
        }
        match spelled_in_one(word) {
            Some((0, length)) => return self.push(Kind::Email, start, start + length),
            Some((before, _)) => end = start + before,
            None => {}
        }
        word = &self.text[start..end];
        if let Some(end) = self.spelled_email(start, word) {
            return end;
        }
        if let Some(end) = self.numbers(start, end) {
            return end;
        }
        self.letters(start, word).unwrap_or(end)
    }

    fn link(&mut self, start: usize, end: usize) -> usize {
        self.names.found();
        let more = self.text[end..].bytes();
        let more = more.take_while(|byte| !byte.is_ascii_whitespace() && *byte != b'[');
        let end = if end - start > PIECE_MAX / 2 {
            end + more.count()
        } else {
            end
        };
        if self.purpose == Purpose::Display {
            // Of a stored link the path is a placeholder already.
            let stored = placeholder(&self.text[end..]).unwrap_or(0);
            return self.push(Kind::Link, start, end + stored);
        }
        let link = &self.text[start..end];
        let visitor = link
            .contains('@')
            .then(|| link.find("://").map_or(0, |at| at + 3));
        let link = link.trim_end_matches(['.', ',', '!', '?', ')', '"', '\'', ';', ':']);
        match visitor.or_else(|| path_of(link)) {
            Some(path) if path < link.len() => {
                self.push(Kind::Link, start + path, start + link.len())
            }
            _ => end,
        }
    }

    fn handle(&mut self, start: usize, end: usize) -> usize {
        self.names.found();
        let is_kept = self.purpose == Purpose::Storage && self.kept.has(&self.text[start..end]);
        if is_kept {
            end
        } else {
            self.push(Kind::Handle, start, end)
        }
    }

    fn spelled_email(&mut self, start: usize, word: &str) -> Option<usize> {
        let after = self.text.as_bytes().get(start + word.len() + 1)?;
        if !matches!(after, b'(' | b'[' | b'<' | b'a' | b'A') || !word.is_ascii() {
            return None;
        }
        let from = word.len()
            - word
                .trim_start_matches(|c: char| !c.is_alphanumeric())
                .len();
        let length = spelled(&self.text[start + from..])?;
        Some(self.push(Kind::Email, start + from, start + from + length))
    }

    /// Looks at each place of the word where a number or a code may begin.
    fn numbers(&mut self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let has_digit = bytes[start..end].iter().any(u8::is_ascii_digit);
        if !has_digit && self.context.order().is_none() {
            return None;
        }
        let is_display = self.purpose == Purpose::Display;
        let is_tag = bytes[start] == b'#' && self.context.order().is_none();
        let mut chunk = start;
        for at in start..end {
            let (before, byte) = (at.checked_sub(1).map(|at| bytes[at]), bytes[at]);
            if matches!(byte, b':' | b'=') && at > start {
                // `ordernr:12345`: what stands before the mark is a word.
                let lower = Lower::of(bare(&self.text[chunk..at]));
                self.context.pass(lower.as_str());
                chunk = at + 1;
            }
            let opens = matches!(byte, b'+' | b'(') && has_digit;
            let begins = byte.is_ascii_alphanumeric() && self.begins_word(at);
            let looks = (opens || begins) && (is_display || !is_tag);
            let found = looks.then(|| self.code(at)).flatten();
            let runs = byte.is_ascii_digit() && !before.is_some_and(|b| b.is_ascii_digit());
            let found = found.or_else(|| {
                let length = (is_display && runs).then(|| number::long_run(&self.text[at..]));
                length.flatten().map(|length| (Kind::Number, length))
            });
            if let Some((kind, length)) = found {
                return Some(self.push(kind, at, at + length));
            }
        }
        None
    }

    /// Whether no letter or digit stands before `at`.
    fn begins_word(&self, at: usize) -> bool {
        let before = self.text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '£' | '_'))
    }

    /// The number or code that begins at `at`, and its length.
    fn code(&self, at: usize) -> Option<(Kind, usize)> {
        let (before, text) = self.text.split_at(at);
        let context = &self.context;
        let first = text.as_bytes()[0];
        let is_sign = !first.is_ascii_alphanumeric();
        if !is_sign {
            if let Some(length) = account::iban(text) {
                return Some((Kind::Iban, length));
            }
            let announced = context.order();
            let length = announced.and_then(|a| order::announced(before, text, a));
            if let Some(length) = length.or_else(|| order::by_form(text)) {
                return Some((Kind::Order, length));
            }
            if let Some(length) = plate::plate(text, context.has_plate()) {
                return Some((Kind::Plate, length));
            }
            if let Some(length) = self.postcode(at) {
                return Some((Kind::Postcode, length));
            }
            if !first.is_ascii_digit() {
                return None;
            }
        }
        let found = number::number(before, text, context);
        // A bracket belongs to the number only if it ends within: `(020) 123 45 67`.
        found.filter(|&(kind, length)| {
            first != b'(' || (kind == Kind::Phone && text[..length].contains(')'))
        })
    }

    fn postcode(&self, at: usize) -> Option<usize> {
        let text = &self.text[at..];
        let gap = self.street_end.map(|end| &self.text[end..at]);
        let follows_street = matches!(gap, Some(" " | ", " | ","));
        let announced = self.context.has_address() || follows_street;
        dutch_postcode(text, announced).or_else(|| belgian_postcode(text, follows_street))
    }

    /// Looks for a street or a name that begins with the word, and passes it over.
    fn letters(&mut self, start: usize, word: &str) -> Option<usize> {
        let bare = bare(word);
        if bare.is_empty() {
            self.context.pass("");
            self.names.mark(word);
            return None;
        }
        let from = start + (bare.as_ptr().addr() - word.as_ptr().addr());
        let lower = Lower::of(bare);
        let announced = self.context.has_address();
        let is_upper = bare.starts_with(char::is_uppercase);
        if (is_upper || announced) && bare.len() < 40 {
            let prefix = self.street_prefix;
            let text = &self.text[from..];
            if let Some(length) = street(text, bare.len(), prefix.is_some(), announced) {
                let end = self.push(Kind::Address, prefix.unwrap_or(from), from + length);
                self.street_end = Some(end);
                return Some(end);
            }
        }
        // A name doesn't begin within a hashtag.
        if !word.starts_with(['#', '$'])
            && let Some(length) = self.names.length(&self.text[from..], self.kept)
        {
            self.names.found();
            return Some(self.push(Kind::Name, from, from + length));
        }
        if let Some(length) = self.kept.length(&self.text[from..]).filter(|_| is_upper) {
            self.names.found();
            self.street_prefix = None;
            return Some(from + length);
        }
        let ends = word.ends_with(|c: char| c.is_alphanumeric() || c == '.');
        self.street_prefix = (is_upper && ends && is_street_prefix(lower.as_str())).then_some(from);
        self.context.pass(lower.as_str());
        self.names.pass(word, lower.as_str());
        None
    }
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Length of the placeholder that `text` begins with.
fn placeholder(text: &str) -> Option<usize> {
    if !text.starts_with('[') {
        return None;
    }
    let mut all = Kind::ALL.iter().map(|kind| kind.placeholder());
    all.find(|placeholder| text.starts_with(placeholder))
        .map(str::len)
}
