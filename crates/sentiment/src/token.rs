//! From characters to tokens.
//!
//! Words are lowercased and runs of one letter are squashed to two ("zooooo" is
//! "zoo"); links and user names become one token each; a hashtag is kept whole
//! and split; emoji and emoticons are tokens of their own. All words lie in one
//! buffer, each between two spaces, so that the n-grams of a word with its
//! borders are windows of the buffer.

use std::ops::Range;

use crate::hash::{plain_hash_of, word_hash};
use crate::symbol::{self, Symbol};

/// Longest word, bytes; a longer one is cut into several. Keeps the work per
/// byte bounded whatever the text.
const WORD_BYTES_MAX: usize = 40;
/// Zero bytes kept after the last word, so that a window of eight bytes that
/// begins at any word lies inside the buffer.
pub(crate) const PADDING: usize = 8;
/// How many tokens after a negation count as negated.
const NEGATION_REACH: u8 = 4;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word or number.
    Word,
    /// A whole hashtag, without its `#`; its words follow as tokens of their own.
    Hashtag,
    /// `@name`.
    User,
    /// A link.
    Link,
    /// An emoji or emoticon.
    Symbol(Symbol),
    /// A mark of tone: `!`, `!!`, `?`, `??`, `?!`, `…`.
    Tone(Tone),
}

/// Marks of tone at the end of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Exclaim,
    ExclaimMany,
    Ask,
    AskMany,
    AskExclaim,
    Ellipsis,
}

/// One token: its letters lie at `start..end` of [`Tokens::bytes`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Hash of the letters, or of the kind of a token without letters.
    pub(crate) hash: u64,
    /// Whether it stands within the reach of a negation.
    pub(crate) negated: bool,
    /// Whether it was written in capitals, at least three letters of them.
    pub(crate) shouted: bool,
    /// Number of its clause: marks, and words that turn (*maar, but*), end one.
    pub(crate) clause: u32,
}

/// The tokens of one post; the buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    bytes: Vec<u8>,
    list: Vec<Token>,
    negation_left: u8,
    negations: u32,
    clause: u32,
}

impl Tokens {
    /// Forgets the last post.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.push(b' ');
        self.list.clear();
        self.negation_left = 0;
        self.negations = 0;
        self.clause = 0;
    }

    /// Adds a part of a post: its title, its text, a description of a picture.
    pub(crate) fn add(&mut self, part: &str) {
        self.add_traced(part, |_, _| {});
    }

    /// As [`Tokens::add`]; tells `trace` of each bite that gave tokens, how many
    /// there are since, and where in `part` the bite lies, bytes. All tokens of a
    /// hashtag are one bite.
    pub(crate) fn add_traced(&mut self, part: &str, mut trace: impl FnMut(usize, Range<usize>)) {
        self.end_clause();
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let start = part.len() - rest.len();
            let taken = self.take(rest, first);
            rest = rest.get(taken..).unwrap_or_default();
            trace(self.list.len(), start..part.len() - rest.len());
        }
    }

    /// Ends the post.
    pub(crate) fn finish(&mut self) {
        self.bytes.extend_from_slice(&[0; PADDING]);
    }

    /// The tokens, in order.
    pub(crate) fn list(&self) -> &[Token] {
        &self.list
    }

    /// Words between single spaces, then [`PADDING`] zero bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of negating words.
    pub(crate) const fn negations(&self) -> u32 {
        self.negations
    }

    /// Takes one token or separator from the front of `rest`; its length, bytes.
    fn take(&mut self, rest: &str, first: char) -> usize {
        if first.is_ascii_alphabetic() {
            if let Some(len) = link_len(rest) {
                return self.push_plain(TokenKind::Link, len);
            }
            if let Some((symbol, len)) = symbol::worded_emoticon(rest) {
                return self.push_plain(TokenKind::Symbol(symbol), len);
            }
            return self.take_word(rest);
        }
        match first {
            ' ' | '\n' | '\t' | '\r' => 1,
            '@' if name_len(&rest[1..]) > 0 => {
                self.push_plain(TokenKind::User, 1 + name_len(&rest[1..]))
            }
            '#' if name_len(&rest[1..]) > 0 => self.take_hashtag(rest),
            '!' | '?' => self.take_tone(rest),
            '.' if rest.starts_with("..") => self.take_dots(rest),
            '…' => self.push_tone(Tone::Ellipsis, first.len_utf8()),
            _ if is_word(first) => self.take_word(rest),
            _ => self.take_mark(rest, first),
        }
    }

    fn take_mark(&mut self, rest: &str, first: char) -> usize {
        if let Some((symbol, len)) = symbol::emoticon(rest) {
            return self.push_plain(TokenKind::Symbol(symbol), len);
        }
        if let Some(symbol) = symbol::emoji(first) {
            return self.push_plain(TokenKind::Symbol(symbol), first.len_utf8());
        }
        if matches!(first, '.' | ',' | ';' | ':') {
            self.end_clause();
        }
        first.len_utf8()
    }

    fn take_word(&mut self, rest: &str) -> usize {
        let start = self.bytes.len();
        let mut letters = Letters::default();
        let mut taken = 0;
        for letter in rest.chars() {
            let apostrophe = matches!(letter, '\'' | '’' | '`') && taken > 0;
            if !(is_word(letter) || apostrophe && inner(rest, taken, letter)) {
                break;
            }
            if self.bytes.len() - start >= WORD_BYTES_MAX {
                break;
            }
            taken += letter.len_utf8();
            let letter = if apostrophe { '\'' } else { letter };
            letters.push(letter, &mut self.bytes);
        }
        self.end_word(start, TokenKind::Word, letters.shouted());
        taken
    }

    /// A hashtag is one token whole, then its words: `#NooitMeer` also gives
    /// `nooit` and `meer`.
    fn take_hashtag(&mut self, rest: &str) -> usize {
        let len = name_len(&rest[1..]);
        let name = &rest[1..=len];
        let start = self.bytes.len();
        let mut letters = Letters::default();
        for letter in name.chars() {
            if self.bytes.len() - start >= WORD_BYTES_MAX {
                break;
            }
            letters.push(letter, &mut self.bytes);
        }
        self.end_word(start, TokenKind::Hashtag, false);
        let mut part = 0;
        let mut last_lower = false;
        for (at, letter) in name.char_indices() {
            let border = letter == '_' || last_lower && letter.is_uppercase();
            if border && at > part {
                self.take_word(&name[part..at]);
                part = at;
            }
            if letter == '_' {
                part = at + 1;
            }
            last_lower = letter.is_lowercase();
        }
        if part < name.len() {
            self.take_word(&name[part..]);
        }
        1 + len
    }

    fn take_tone(&mut self, rest: &str) -> usize {
        let marks = rest.bytes().take_while(|b| matches!(b, b'!' | b'?'));
        let (asks, exclaims) = marks.fold((0, 0), |(asks, exclaims), mark| match mark {
            b'?' => (asks + 1, exclaims),
            _ => (asks, exclaims + 1),
        });
        let tone = match (asks, exclaims) {
            (0, 1) => Tone::Exclaim,
            (0, _) => Tone::ExclaimMany,
            (1, 0) => Tone::Ask,
            (_, 0) => Tone::AskMany,
            _ => Tone::AskExclaim,
        };
        self.push_tone(tone, asks + exclaims)
    }

    fn take_dots(&mut self, rest: &str) -> usize {
        let len = rest.bytes().take_while(|&b| b == b'.').count();
        self.push_tone(Tone::Ellipsis, len)
    }

    fn push_tone(&mut self, tone: Tone, len: usize) -> usize {
        self.push_plain(TokenKind::Tone(tone), len);
        self.end_clause();
        len
    }

    fn push_plain(&mut self, kind: TokenKind, len: usize) -> usize {
        let at = position(self.bytes.len());
        self.list.push(Token {
            kind,
            start: at,
            end: at,
            hash: plain_hash(kind),
            negated: false,
            shouted: false,
            clause: self.clause,
        });
        len
    }

    fn end_word(&mut self, start: usize, kind: TokenKind, shouted: bool) {
        let end = self.bytes.len();
        self.bytes.push(b' ');
        let word = &self.bytes[start..end];
        let hash = match kind {
            TokenKind::Hashtag => word_hash(word).rotate_left(9),
            _ => word_hash(word),
        };
        let negated = self.negation_left > 0;
        self.negation_left = self.negation_left.saturating_sub(1);
        if is_negation(word) {
            self.negation_left = NEGATION_REACH;
            self.negations += 1;
        } else if matches!(word, b"maar" | b"but" | b"toch" | b"though" | b"however") {
            self.end_clause();
        }
        self.list.push(Token {
            kind,
            start: position(start),
            end: position(end),
            hash,
            negated,
            shouted,
            clause: self.clause,
        });
    }

    fn end_clause(&mut self) {
        self.negation_left = 0;
        self.clause += 1;
    }
}

fn plain_hash(kind: TokenKind) -> u64 {
    plain_hash_of(match kind {
        TokenKind::User => 1,
        TokenKind::Link => 2,
        TokenKind::Tone(tone) => 16 + tone as u64,
        TokenKind::Symbol(symbol) => 0x1_0000 + u64::from(symbol.id),
        TokenKind::Word | TokenKind::Hashtag => 0,
    })
}

/// Lowercases, squashes, and remembers whether all was in capitals.
#[derive(Default)]
struct Letters {
    last: Option<char>,
    run: u32,
    upper: u32,
    lower: u32,
}

impl Letters {
    fn push(&mut self, letter: char, out: &mut Vec<u8>) {
        if letter.is_ascii() {
            self.upper += u32::from(letter.is_ascii_uppercase());
            self.lower += u32::from(letter.is_ascii_lowercase());
            self.push_lower(letter.to_ascii_lowercase(), out);
            return;
        }
        self.upper += u32::from(letter.is_uppercase());
        self.lower += u32::from(letter.is_lowercase());
        for lower in letter.to_lowercase() {
            self.push_lower(lower, out);
        }
    }

    fn push_lower(&mut self, letter: char, out: &mut Vec<u8>) {
        self.run = if self.last == Some(letter) {
            self.run + 1
        } else {
            1
        };
        self.last = Some(letter);
        if self.run > 2 && !letter.is_ascii_digit() {
            return;
        }
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }

    const fn shouted(&self) -> bool {
        self.upper >= 3 && self.lower == 0
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || !letter.is_ascii() && letter.is_alphanumeric()
}

/// Whether the apostrophe at `at` has a letter after it: `foto's`, `don’t`.
fn inner(rest: &str, at: usize, apostrophe: char) -> bool {
    let after = rest.get(at + apostrophe.len_utf8()..);
    after
        .and_then(|after| after.chars().next())
        .is_some_and(is_word)
}

/// Length of the user name or tag that `rest` begins with, bytes.
fn name_len(rest: &str) -> usize {
    let end = rest.find(|letter: char| !(is_word(letter) || letter == '_'));
    end.unwrap_or(rest.len())
}

/// Length of the link that `rest` begins with, bytes.
fn link_len(rest: &str) -> Option<usize> {
    let starts = |prefix: &str| {
        rest.as_bytes()
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let is_link = ["http://", "https://", "www.", "pic.twitter.com/"]
        .iter()
        .any(|prefix| starts(prefix));
    is_link.then(|| rest.find(char::is_whitespace).unwrap_or(rest.len()))
}

/// Whether a lowercased word turns what follows it into its contrary.
pub(crate) fn is_negation(word: &[u8]) -> bool {
    if word.ends_with(b"n't") {
        return true;
    }
    // The list is looked up once a word, so the common case, a word of another
    // length, must be quick.
    match word.len() {
        2 => matches!(word, b"no" | b"ni"),
        3 => matches!(word, b"not" | b"nie" | b"nor"),
        4 => matches!(
            word,
            b"niet" | b"geen" | b"niks" | b"noch" | b"dont" | b"cant" | b"wont" | b"isnt" | b"aint"
        ),
        5 => matches!(
            word,
            b"nooit" | b"never" | b"niets" | b"amper" | b"didnt" | b"arent" | b"wasnt" | b"hasnt"
        ),
        6 => matches!(
            word,
            b"zonder" | b"cannot" | b"hardly" | b"doesnt" | b"havent" | b"nobody"
        ),
        7 => matches!(word, b"nothing" | b"without" | b"nergens" | b"niemand"),
        10 => word == b"nauwelijks",
        _ => false,
    }
}

/// A position in the buffer. A post is at most a few times 64 KiB, so it fits;
/// beyond that the end of the text would be lost, not memory.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words as they are, negated ones with `-`, hashtags with `#`, the rest as `·`.
    fn tokens(text: &str) -> String {
        let mut tokens = Tokens::default();
        tokens.clear();
        tokens.add(text);
        tokens.finish();
        let shown = tokens.list().iter().map(|token| {
            let range = token.start as usize..token.end as usize;
            let letters = std::str::from_utf8(&tokens.bytes()[range]).unwrap();
            let negated = if token.negated { "-" } else { "" };
            match token.kind {
                TokenKind::Word => format!("{negated}{letters}"),
                TokenKind::Hashtag => format!("#{letters}"),
                _ => "·".to_owned(),
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_lowercased_and_squashed() {
        assert_eq!(tokens("ZOOOOO Lekker, foto’s é"), "zoo lekker foto's é");
        assert_eq!(tokens("1000 euro"), "1000 euro");
    }

    #[test]
    fn names_links_and_signs_are_one_token_each() {
        assert_eq!(
            tokens("@jan zie https://a.example/b?c :-( 😡👍🏽 !!!"),
            "· zie · · · · ·"
        );
        assert_eq!(tokens("xD :D :Dan"), "· · dan");
    }

    #[test]
    fn hashtags_are_kept_whole_and_split() {
        assert_eq!(tokens("#NooitMeer"), "#nooitmeer nooit -meer");
        assert_eq!(tokens("#a_b #"), "#a_b a b");
    }

    #[test]
    fn negation_reaches_four_words_or_the_end_of_the_clause() {
        assert_eq!(tokens("niet a b c d e"), "niet -a -b -c -d e");
        assert_eq!(tokens("niet goed, maar mooi"), "niet -goed maar mooi");
        assert_eq!(tokens("don't like but love"), "don't -like -but love");
    }
}
