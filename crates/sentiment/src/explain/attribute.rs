//! From the terms of a logit to the tokens they belong to.

use crate::CLASSES;
use crate::features::{DENSE, Features, PER_LEXICON, STYLE, Style, felt};
use crate::lexicon::Lexicon;
use crate::model::{Sentiment, block_norm};
use crate::token::{Token, TokenKind, Tokens, Tone, is_negation};

/// The tokens of a post with what their contributions depend on.
pub(super) struct Sources<'a> {
    tokens: &'a Tokens,
    /// For each negated token the negation that governs it.
    negations: Vec<Option<usize>>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(tokens: &'a Tokens) -> Self {
        // The last negation before a negated token is the one that reaches it: each
        // new one begins its reach anew.
        let mut last = None;
        let mut negations = Vec::with_capacity(tokens.list().len());
        for (at, token) in tokens.list().iter().enumerate() {
            negations.push(last.filter(|_| token.negated));
            if is_negation(letters(tokens, token)) {
                last = Some(at);
            }
        }
        Self { tokens, negations }
    }

    /// The token, and the negation that governs it, if one does.
    fn with_negation(&self, at: usize) -> impl Iterator<Item = usize> + Clone {
        [Some(at), self.negations[at]].into_iter().flatten()
    }
}

fn letters<'a>(tokens: &'a Tokens, token: &Token) -> &'a [u8] {
    &tokens.bytes()[token.start as usize..token.end as usize]
}

/// Logits by where they come from.
pub(super) struct Contributions {
    /// Of each token.
    pub(super) tokens: Vec<[f64; CLASSES]>,
    /// Of what is in no token.
    pub(super) length: [f64; CLASSES],
    /// Weight of the language at hand, 0–1.
    pub(super) share: f64,
}

impl Contributions {
    pub(super) fn new(tokens: usize) -> Self {
        Self {
            tokens: vec![[0.0; CLASSES]; tokens],
            length: [0.0; CLASSES],
            share: 1.0,
        }
    }

    /// Adds every term of `sentiment.logits(features)` but the bias. `marks` are the
    /// numbers of words and grams after each token.
    pub(super) fn add_sentiment(
        &mut self,
        sources: &Sources<'_>,
        sentiment: &Sentiment,
        features: &Features,
        marks: &[[usize; 2]],
    ) {
        let steps =
            [&features.words, &features.grams].map(|block| f64::from(block_norm(block.len())));
        let mut before = [0, 0];
        for (at, &mark) in marks.iter().enumerate() {
            self.add_words(
                sources,
                sentiment,
                at,
                &features.words[before[0]..mark[0]],
                steps[0],
            );
            for &hash in &features.grams[before[1]..mark[1]] {
                self.give(at..at + 1, scaled(sentiment.hashed(hash), steps[1]));
            }
            before = mark;
        }
        let last = marks.len().saturating_sub(1)..marks.len();
        for &hash in &features.words[before[0]..] {
            self.give(last.clone(), scaled(sentiment.hashed(hash), steps[0]));
        }
        for window in sentiment.conv.parts(&features.sequence) {
            let end = (window.middle + 2).min(marks.len());
            let tokens = window.middle.saturating_sub(1)..end;
            self.give(tokens, window.logits.map(f64::from));
        }
        let owners = Owners::of(sources, &sentiment.lexicon);
        for (feature, &value) in features.dense.iter().enumerate() {
            let weights = sentiment.dense(feature).map(f64::from);
            self.give_in_proportion(&owners.of[feature], scaled(weights, f64::from(value)));
        }
    }

    /// The first feature of a token is its word, the others are pairs with the token before.
    fn add_words(
        &mut self,
        sources: &Sources<'_>,
        sentiment: &Sentiment,
        at: usize,
        hashes: &[u32],
        step: f64,
    ) {
        for (number, &hash) in hashes.iter().enumerate() {
            let logits = scaled(sentiment.hashed(hash), step);
            if number == 0 {
                self.give(sources.with_negation(at), logits);
            } else {
                self.give(at.saturating_sub(1)..at + 1, logits);
            }
        }
    }

    /// Equal parts for each of the tokens; without any it is the post's own.
    fn give(&mut self, tokens: impl Iterator<Item = usize> + Clone, logits: [f64; CLASSES]) {
        let count = tokens.clone().fold(0.0, |count, _| count + 1.0);
        if count < 1.0 {
            add(&mut self.length, scaled(logits, self.share));
        }
        for at in tokens {
            add(&mut self.tokens[at], scaled(logits, self.share / count));
        }
    }

    fn give_in_proportion(&mut self, owners: &[(usize, i32)], logits: [f64; CLASSES]) {
        let total: i32 = owners.iter().map(|(_, amount)| amount).sum();
        if total == 0 {
            add(&mut self.length, scaled(logits, self.share));
            return;
        }
        for &(at, amount) in owners {
            let part = self.share * f64::from(amount) / f64::from(total);
            add(&mut self.tokens[at], scaled(logits, part));
        }
    }
}

fn scaled(logits: [f64; CLASSES], by: f64) -> [f64; CLASSES] {
    logits.map(|logit| logit * by)
}

fn add(sum: &mut [f64; CLASSES], more: [f64; CLASSES]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Whose each dense feature is: tokens, with amounts in proportion to which they share.
struct Owners {
    of: [Vec<(usize, i32)>; DENSE],
    /// The highest valence so far, of the features that are one.
    highest: [i32; DENSE],
}

impl Owners {
    fn of(sources: &Sources<'_>, lexicon: &Lexicon) -> Self {
        let mut owners = Self {
            of: std::array::from_fn(|_| Vec::new()),
            highest: [0; DENSE],
        };
        for (at, token) in sources.tokens.list().iter().enumerate() {
            match token.kind {
                TokenKind::Word => owners.add_word(sources, lexicon, at, token),
                TokenKind::Hashtag => owners.add(Style::Hashtags, at, 1),
                TokenKind::User => owners.add(Style::Users, at, 1),
                TokenKind::Link => owners.add(Style::Links, at, 1),
                TokenKind::Symbol(symbol) => {
                    let side = if symbol.valence > 0 {
                        Style::SymbolsPositive
                    } else {
                        Style::SymbolsNegative
                    };
                    owners.add(side, at, i32::from(symbol.valence).abs());
                    owners.of[STYLE + Style::LastSymbol as usize].clear();
                    owners.add(Style::LastSymbol, at, 1);
                }
                TokenKind::Tone(tone) => owners.add(style_of(tone), at, 1),
            }
        }
        owners
    }

    fn add(&mut self, style: Style, at: usize, amount: i32) {
        self.of[STYLE + style as usize].push((at, amount));
    }

    fn add_word(&mut self, sources: &Sources<'_>, lexicon: &Lexicon, at: usize, token: &Token) {
        let letters = letters(sources.tokens, token);
        if letters.first().is_some_and(u8::is_ascii_digit) {
            self.add(Style::Numbers, at, 1);
        }
        if token.shouted {
            self.add(Style::Shouted, at, 1);
        }
        if is_negation(letters) {
            self.add(Style::Negations, at, 1);
        }
        let Some(valences) = lexicon.find(token.hash) else {
            return;
        };
        for (number, valence) in valences.into_iter().enumerate() {
            let felt = i32::from(felt(token, valence));
            let side = usize::from(felt <= 0);
            let [sum, highest, mean] = [side, 2 + side, 4].map(|of| number * PER_LEXICON + of);
            let is_highest = felt.abs() > self.highest[highest];
            if is_highest {
                self.highest[highest] = felt.abs();
                self.of[highest].clear();
            }
            // Twice the valence, so that half of it is whole too.
            let owners = sources.with_negation(at);
            let part = 2 * felt / i32::try_from(owners.clone().count()).unwrap_or(1);
            for owner in owners {
                self.of[sum].push((owner, part.abs()));
                self.of[mean].push((owner, part));
                if is_highest {
                    self.of[highest].push((owner, 1));
                }
            }
        }
    }
}

/// The feature that a mark of tone sets.
const fn style_of(tone: Tone) -> Style {
    match tone {
        Tone::Exclaim => Style::Exclaim,
        Tone::ExclaimMany => Style::ExclaimMany,
        Tone::Ask => Style::Ask,
        Tone::AskMany | Tone::AskExclaim => Style::AskMany,
        Tone::Ellipsis => Style::Ellipsis,
    }
}
