//! From tokens to numbers.
//!
//! A post becomes two lists of hashed features, words (1–2-grams of tokens) and
//! grams (2–5 bytes of a word with its borders), and a few dense numbers: what
//! the opinion lexicons say, emoji, and style. Hashing is fixed for ever by the
//! model format: a change here needs a new model.

use crate::cues;
use crate::hash::{GOLDEN, NEGATED, pair, upper};
use crate::lexicon::Lexicon;
use crate::token::{PADDING, Token, TokenKind, Tokens, Tone};

/// Number of dense features.
pub const DENSE: usize = 32;
/// Dense features of each of the [`crate::LEXICONS`] lexicons.
pub(crate) const PER_LEXICON: usize = 5;
/// First dense feature that is no lexicon's.
pub(crate) const STYLE: usize = crate::LEXICONS * PER_LEXICON;

/// The dense features from [`STYLE`] on, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    SymbolsPositive,
    SymbolsNegative,
    LastSymbol,
    Exclaim,
    ExclaimMany,
    Ask,
    /// Several question marks, or mixed with exclamation marks.
    AskMany,
    Ellipsis,
    Shouted,
    Users,
    Links,
    Hashtags,
    /// The number of words; no token's.
    #[allow(dead_code, reason = "it holds its place in the order")]
    Length,
    Negations,
    Numbers,
}

/// The features of one post; the buffers are reused.
#[derive(Debug, Default, Clone)]
pub struct Features {
    /// Hashes of tokens and of pairs of neighbours; the upper bits are the bucket.
    pub words: Vec<u32>,
    /// Hashes of byte n-grams within words.
    pub grams: Vec<u32>,
    /// Hashes of the four-byte n-grams among them.
    pub stems: Vec<u32>,
    /// Hash of each token in order; the lowest bit says whether it is negated.
    pub sequence: Vec<u32>,
    /// Lexicon, emoji and style features, about −3 to 3 each.
    pub dense: [f32; DENSE],
    /// Aspects that a word names, one bit each in the order of [`mention::Aspect::ALL`].
    pub aspects: u16,
}

/// What the scorer wants to know of a post beside its features.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Evidence {
    /// Words, hashtags included.
    pub(crate) words: u32,
    /// Sum of what all lexicons and emoji call positive, and the most any says.
    pub(crate) positive: f32,
    /// The same of the negative side, as a positive number.
    pub(crate) negative: f32,
}

impl Evidence {
    /// The evidence of two readings of the same post.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            words: if self.words > other.words {
                self.words
            } else {
                other.words
            },
            positive: self.positive.max(other.positive),
            negative: self.negative.max(other.negative),
        }
    }
}

/// Fills `features` from `tokens`; says what evidence there is.
pub(crate) fn extract(tokens: &Tokens, lexicon: &Lexicon, features: &mut Features) -> Evidence {
    extract_some(tokens, tokens.list(), lexicon, features)
}

/// The same of some neighbours among the tokens.
pub(crate) fn extract_some(
    tokens: &Tokens,
    list: &[Token],
    lexicon: &Lexicon,
    features: &mut Features,
) -> Evidence {
    extract_traced(tokens, list, lexicon, features, |_| {})
}

/// As [`extract_some`]; shows `trace` the features after each token. What came with
/// a token: first its word, then its pair with the token before, and its grams. What
/// comes after the last token is that one's pair with the end.
pub(crate) fn extract_traced(
    tokens: &Tokens,
    list: &[Token],
    lexicon: &Lexicon,
    features: &mut Features,
    mut trace: impl FnMut(&Features),
) -> Evidence {
    features.words.clear();
    features.grams.clear();
    features.stems.clear();
    features.sequence.clear();
    let mut tally = Tally::default();
    let mut before = GOLDEN;
    for token in list {
        let hash = token.hash;
        let marked = if token.negated { hash ^ NEGATED } else { hash };
        features.words.push(upper(marked.wrapping_mul(GOLDEN)));
        features.words.push(pair(before, hash));
        features
            .sequence
            .push(upper(hash) & !1 | u32::from(token.negated));
        before = hash;
        tally.add(token, tokens.bytes(), lexicon);
        if token.end > token.start {
            push_grams(tokens.bytes(), token, features);
        }
        trace(features);
    }
    features.words.push(pair(before, GOLDEN));
    tally.write(tokens, &mut features.dense);
    features.aspects = tally.aspects;
    tally.evidence()
}

/// The eight bytes from `at` on; zero beyond the padding.
fn window(bytes: &[u8], at: usize) -> u64 {
    let mut block = [0; PADDING];
    if let Some(window) = bytes.get(at..at + PADDING) {
        block.copy_from_slice(window);
    }
    u64::from_le_bytes(block)
}

/// Hash of the first `n` bytes of a block.
const fn gram(block: u64, n: usize) -> u32 {
    let gram = block & (u64::MAX >> (64 - 8 * n));
    upper(gram.wrapping_mul(GOLDEN))
}

/// The 2- to 5-grams of a word with the space on either side. Eight bytes are
/// read at once; a mask cuts the n-gram out, one multiplication hashes it.
fn push_grams(bytes: &[u8], token: &Token, features: &mut Features) {
    let (first, last) = (token.start as usize - 1, token.end as usize);
    for at in first..last {
        let block = window(bytes, at);
        let longest = (last + 1 - at).min(5);
        if longest >= 4 {
            features.stems.push(gram(block, 4));
        }
        if longest == 5 {
            let grams = [2, 3, 4, 5].map(|n| gram(block, n));
            features.grams.extend_from_slice(&grams);
            continue;
        }
        for n in 2..=longest {
            features.grams.push(gram(block, n));
        }
    }
}

/// The aspects that a word names, one bit each.
pub(crate) fn aspects_of(tokens: &Tokens, token: &Token) -> u16 {
    let length = (token.end - token.start) as usize;
    match token.kind {
        TokenKind::Word => cues::of_word(window(tokens.bytes(), token.start as usize), length),
        _ => 0,
    }
}

/// The valence of a word where it stands: "niet goed" is worse than nothing, but
/// not as bad as "slecht".
pub(crate) const fn felt(token: &Token, valence: i8) -> i8 {
    if token.negated { -valence / 2 } else { valence }
}

/// Sums over the tokens of a post.
#[derive(Default)]
struct Tally {
    words: u32,
    lexicon: [Polarity; crate::LEXICONS],
    symbols: Polarity,
    last_symbol: f32,
    tones: [bool; 6],
    shouted: u32,
    users: u32,
    links: u32,
    hashtags: u32,
    numbers: u32,
    aspects: u16,
}

/// What one lexicon says of a post.
#[derive(Default, Clone, Copy)]
struct Polarity {
    hits: u32,
    positive: f32,
    negative: f32,
    positive_max: f32,
    negative_max: f32,
}

impl Polarity {
    fn add(&mut self, valence: i8) {
        let valence = f32::from(valence) / 100.0;
        self.hits += 1;
        if valence > 0.0 {
            self.positive += valence;
            self.positive_max = self.positive_max.max(valence);
        } else {
            self.negative -= valence;
            self.negative_max = self.negative_max.max(-valence);
        }
    }
}

impl Tally {
    fn add(&mut self, token: &Token, bytes: &[u8], lexicon: &Lexicon) {
        match token.kind {
            TokenKind::Word => {
                self.numbers += u32::from(bytes[token.start as usize].is_ascii_digit());
                let length = (token.end - token.start) as usize;
                self.aspects |= cues::of_word(window(bytes, token.start as usize), length);
                self.add_word(token, lexicon);
            }
            TokenKind::Hashtag => self.hashtags += 1,
            TokenKind::User => self.users += 1,
            TokenKind::Link => self.links += 1,
            TokenKind::Symbol(symbol) => {
                self.symbols.add(symbol.valence);
                self.last_symbol = f32::from(symbol.valence) / 100.0;
            }
            TokenKind::Tone(tone) => self.tones[tone as usize] = true,
        }
    }

    fn add_word(&mut self, token: &Token, lexicon: &Lexicon) {
        self.words += 1;
        self.shouted += u32::from(token.shouted);
        let Some(valences) = lexicon.find(token.hash) else {
            return;
        };
        for (polarity, valence) in self.lexicon.iter_mut().zip(valences) {
            if valence != 0 {
                polarity.add(felt(token, valence));
            }
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of words are small")]
    fn write(&self, tokens: &Tokens, dense: &mut [f32; DENSE]) {
        let norm = 1.0 / (self.words.max(1) as f32).sqrt();
        let (lexicon, style) = dense.split_at_mut(STYLE);
        for (polarity, out) in self.lexicon.iter().zip(lexicon.chunks_mut(PER_LEXICON)) {
            let hits = polarity.hits.max(1) as f32;
            out[0] = polarity.positive * norm * 2.0;
            out[1] = polarity.negative * norm * 2.0;
            out[2] = polarity.positive_max;
            out[3] = polarity.negative_max;
            out[4] = (polarity.positive - polarity.negative) / hits;
        }
        let tone = |tone: Tone| f32::from(u8::from(self.tones[tone as usize]));
        let log = |count: u32| libm::log1pf(count as f32);
        let values = [
            self.symbols.positive.min(2.0),
            self.symbols.negative.min(2.0),
            self.last_symbol,
            tone(Tone::Exclaim),
            tone(Tone::ExclaimMany),
            tone(Tone::Ask),
            tone(Tone::AskMany).max(tone(Tone::AskExclaim)),
            tone(Tone::Ellipsis),
            self.shouted as f32 / self.words.max(1) as f32,
            log(self.users),
            log(self.links),
            log(self.hashtags),
            log(self.words) / 4.0,
            log(tokens.negations()),
            log(self.numbers),
        ];
        style.fill(0.0);
        for (out, value) in style.iter_mut().zip(values) {
            *out = value;
        }
    }

    fn evidence(&self) -> Evidence {
        let sum = |side: fn(&Polarity) -> f32| {
            let strongest = self.lexicon.iter().map(side).fold(0.0, f32::max);
            strongest + side(&self.symbols)
        };
        Evidence {
            words: self.words,
            positive: sum(|polarity| polarity.positive),
            negative: sum(|polarity| polarity.negative),
        }
    }
}
