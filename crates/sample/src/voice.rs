//! Making one person's post of a text of the pool.
//!
//! A pool of some hundred texts has to last for thousands of posts without two of them
//! being the same, since the pipeline folds copies into one. So a text gets words before
//! and behind it, and habits: no capitals, no full stop, now and then a slip of the
//! finger.

use std::collections::{BTreeMap, HashSet};

use mention::{Label, Platform};

use crate::brand::Brand;
use crate::draft::Body;
use crate::rng::Rng;
use crate::slots;
use crate::texts::{Category, Entry};

/// How often a post that came out as a copy is written anew.
const ATTEMPTS: u32 = 8;

/// Words that only a shop for house and garden would call forth.
const GARDEN_WORDS: &[&str] = &[
    "tuin", "plant", "potgrond", "kas", "schut", "gieter", "lamp", "tafel", "merkveen", "vaas",
    "depot", "garden", "soil", "balcony", "flat", "stoel", "paasei", "maat", "winkel",
];

/// Whoever writes the posts: knows which texts were used.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    /// What is left of each shuffled deck of texts, by brand.
    decks: BTreeMap<(&'static str, Category), Vec<Entry>>,
    /// Openers and tails, read once.
    fragments: BTreeMap<Category, Vec<Entry>>,
    /// Texts that were used before, by brand.
    used: HashSet<(&'static str, &'static str)>,
    /// The words of every post so far.
    written: HashSet<String>,
}

impl Voice {
    /// A post of `category` about `brand` on `platform`.
    pub(crate) fn write(
        &mut self,
        category: Category,
        brand: &Brand,
        platform: Platform,
        rng: &mut Rng,
    ) -> Body {
        let Some(entry) = self.draw(category, brand, platform, rng) else {
            // Only a pool without a text for this place could bring us here; the test of
            // the week shows that there is none.
            return Body {
                text: brand.name.to_owned(),
                category,
                sentiment: Label::Neutral,
            };
        };
        let text = self.compose(entry, category, brand, platform, rng);
        Body {
            text,
            category,
            sentiment: entry.sentiment,
        }
    }

    /// The next text from the shuffled deck of the category, so that a text comes back
    /// only when all others were used.
    fn draw(
        &mut self,
        category: Category,
        brand: &Brand,
        platform: Platform,
        rng: &mut Rng,
    ) -> Option<Entry> {
        let deck = self.decks.entry((brand.slug, category)).or_default();
        let next = |deck: &[Entry]| deck.iter().position(|entry| entry.suits(platform));
        if next(deck).is_none() {
            let entries = category.entries();
            *deck = entries
                .filter(|entry| suits_brand(entry.text, brand))
                .collect();
            rng.shuffle(deck);
        }
        next(deck).map(|position| deck.remove(position))
    }

    fn compose(
        &mut self,
        entry: Entry,
        category: Category,
        brand: &Brand,
        platform: Platform,
        rng: &mut Rng,
    ) -> String {
        let mut text = String::new();
        let is_first_use = self.used.insert((brand.slug, entry.text));
        for attempt in 0..ATTEMPTS {
            text = slots::fill(entry.text, brand, platform, rng);
            if !is_personal(category) {
                break;
            }
            let parts = Parts::of(category, &entry);
            let tail_permille = parts.tail_permille + if is_first_use { 0 } else { 250 };
            let has_opener = rng.chance(parts.opener_permille);
            let has_tail = attempt > 0 || rng.chance(tail_permille);
            if let Some(opener) = parts
                .opener
                .filter(|_| has_opener && !calls_first(&text, brand))
            {
                let opener = self.pick(opener, entry.sentiment, brand, platform, rng);
                text = with_opener(&opener, &text, brand);
            }
            if let Some(tail) = parts.tail.filter(|_| has_tail) {
                push_tail(
                    &mut text,
                    &self.pick(tail, entry.sentiment, brand, platform, rng),
                );
            }
            if platform != Platform::Reviews {
                roughen(&mut text, rng);
            }
            if self.written.insert(words_of(&text)) {
                break;
            }
        }
        text
    }

    /// One of the texts of `part` that mean `sentiment`, filled; empty if there is none.
    fn pick(
        &mut self,
        part: Category,
        sentiment: Label,
        brand: &Brand,
        platform: Platform,
        rng: &mut Rng,
    ) -> String {
        let has_hashtags = !matches!(platform, Platform::Reviews | Platform::Forum);
        let takes_hashtags = has_hashtags && brand.takes_every_text;
        let suits = |entry: &&Entry| {
            entry.sentiment == sentiment && (takes_hashtags || !entry.text.contains('#'))
        };
        let entries = self
            .fragments
            .entry(part)
            .or_insert_with(|| part.entries().collect());
        let suiting: Vec<&Entry> = entries.iter().filter(suits).collect();
        let chosen = suiting.get(rng.index(suiting.len()));
        chosen.map_or_else(String::new, |entry| {
            slots::fill(entry.text, brand, platform, rng)
        })
    }
}

/// Whether people of flesh and blood write it, each in their own way.
const fn is_personal(category: Category) -> bool {
    matches!(
        category,
        Category::Complaint
            | Category::Praise
            | Category::Question
            | Category::Remark
            | Category::Review
            | Category::Delivery
            | Category::Viral
            | Category::Campaign
            | Category::English
            | Category::EnglishDelivery
            | Category::EnglishViral
            | Category::AppBroken
            | Category::PriceRise
    )
}

/// A text that doesn't name Pluimvos nor anything of a garden suits any brand.
fn suits_brand(text: &str, brand: &Brand) -> bool {
    if brand.takes_every_text {
        return true;
    }
    let text = text.to_lowercase();
    text.contains("{merk}")
        && !text.contains("pluimvos")
        && !GARDEN_WORDS.iter().any(|word| text.contains(word))
}

/// What may stand before and behind a text, and how often.
struct Parts {
    opener: Option<Category>,
    opener_permille: u64,
    tail: Option<Category>,
    tail_permille: u64,
}

impl Parts {
    fn of(category: Category, entry: &Entry) -> Self {
        let sentiment = entry.sentiment;
        let asks = entry.text.ends_with('?');
        let opener = match (category, sentiment) {
            (_, _) if category.is_english() || category == Category::Review => None,
            (Category::Viral, _) | (_, Label::Neutral) if category != Category::Question => None,
            (_, Label::Negative) => Some(Category::OpenerNegative),
            (_, Label::Neutral) => Some(Category::OpenerNeutral),
            (_, Label::Positive) => Some(Category::OpenerPositive),
        };
        let tail = match (category, sentiment) {
            (Category::Delivery, Label::Negative) => Some(Category::TailDelivery),
            (Category::Viral, Label::Negative) => Some(Category::TailViral),
            (Category::Delivery | Category::Viral, _) => Some(Category::TailCalm),
            (Category::EnglishViral, _) => Some(Category::TailEnglishViral),
            (_, _) if category.is_english() => Some(Category::TailEnglish),
            (Category::Review, Label::Neutral) => Some(Category::TailReview),
            (Category::Question, _) => Some(Category::TailQuestion),
            (Category::Campaign, Label::Neutral) if asks => Some(Category::TailQuestion),
            (_, Label::Negative) => Some(Category::TailNegative),
            (_, Label::Positive) => Some(Category::TailPositive),
            (_, Label::Neutral) => Some(Category::TailRemark),
        };
        let tail_permille = match category {
            Category::Delivery | Category::EnglishDelivery => 700,
            Category::Remark => 200,
            _ => 400,
        };
        Self {
            opener,
            opener_permille: 120,
            tail,
            tail_permille,
        }
    }
}

/// Whether a text begins by calling somebody or naming its subject, so that nothing can
/// stand before it.
fn calls_first(text: &str, brand: &Brand) -> bool {
    let start: String = text.chars().take(24).collect::<String>().to_lowercase();
    start.contains([':', '@']) || start.contains(brand.slug)
}

/// `text` with `opener` before it.
fn with_opener(opener: &str, text: &str, brand: &Brand) -> String {
    if opener.ends_with([',', ':']) {
        format!("{opener} {}", uncapitalised(text, brand))
    } else {
        format!("{opener} {text}")
    }
}

/// Without the capital of its first word, unless that is a name or an abbreviation.
fn uncapitalised(text: &str, brand: &Brand) -> String {
    let mut letters = text.chars();
    let (Some(first), Some(second)) = (letters.next(), letters.clone().next()) else {
        return text.to_owned();
    };
    if text.starts_with(brand.name) || second.is_uppercase() {
        return text.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

/// Puts `tail` behind `text`, with a full stop between two sentences.
fn push_tail(text: &mut String, tail: &str) {
    let opens_with_letter = tail.chars().next().is_some_and(char::is_alphanumeric);
    let ends_open = text
        .chars()
        .last()
        .is_some_and(|last| last.is_alphanumeric() || matches!(last, ')' | '\'' | '%'));
    if ends_open && opens_with_letter {
        text.push('.');
    }
    text.push(' ');
    text.push_str(tail);
}

/// The habits of people who type with their thumbs.
fn roughen(text: &mut String, rng: &mut Rng) {
    if rng.chance(450) && text.ends_with('.') && !text.ends_with("..") {
        text.pop();
    }
    if rng.chance(110) {
        *text = text.to_lowercase();
    }
    if rng.chance(60) && text.ends_with('!') && !text.ends_with("!!") {
        text.push('!');
    }
    if rng.chance(45) {
        slip(text, rng);
    }
}

/// Swaps two letters inside one long word.
fn slip(text: &mut String, rng: &mut Rng) {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let is_long =
        |word: &String| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let long: Vec<usize> = (0..words.len()).filter(|&at| is_long(&words[at])).collect();
    let Some(&chosen) = long.get(rng.index(long.len())) else {
        return;
    };
    let mut letters: Vec<char> = words[chosen].chars().collect();
    let at = 1 + rng.index(letters.len() - 3);
    letters.swap(at, at + 1);
    words[chosen] = letters.into_iter().collect();
    *text = words.join(" ");
}

/// The letters and digits alone: what makes two posts the same to a reader.
fn words_of(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.chars().filter(|one| one.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::{PLUIMVOS, ZEEGROEN};

    #[test]
    fn a_text_comes_back_only_when_all_others_were_used() {
        let (mut voice, mut rng) = (Voice::default(), Rng::new(1));
        let mut drawn = HashSet::new();
        let suiting = Category::Delivery
            .entries()
            .filter(|entry| entry.suits(Platform::X))
            .count();
        for _ in 0..suiting {
            let entry = voice.draw(Category::Delivery, &PLUIMVOS, Platform::X, &mut rng);
            assert!(drawn.insert(entry.unwrap().text));
        }
    }

    #[test]
    fn the_small_brand_never_speaks_of_the_large_one() {
        let (mut voice, mut rng) = (Voice::default(), Rng::new(1));
        for _ in 0..500 {
            for category in [Category::Praise, Category::Complaint, Category::English] {
                let body = voice.write(category, &ZEEGROEN, Platform::X, &mut rng);
                let text = body.text.to_lowercase();
                assert!(!text.contains("pluimvos") && !text.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn an_opener_takes_the_capital_but_not_of_a_name() {
        assert_eq!(
            uncapitalised("Waar blijft het", &PLUIMVOS),
            "waar blijft het"
        );
        assert_eq!(uncapitalised("Pluimvos!", &PLUIMVOS), "Pluimvos!");
        assert_eq!(uncapitalised("DM gestuurd", &PLUIMVOS), "DM gestuurd");
        assert_eq!(uncapitalised("", &PLUIMVOS), "");
    }
}
