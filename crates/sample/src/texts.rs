//! The hand-written texts, one file a category in `texts/`.
//!
//! A line is `sentiment<TAB>platforms<TAB>text`: the sentiment towards the brand as the
//! writer meant it (`neg`, `neu`, `pos`), where the text may stand (`-` for anywhere, or
//! names of platforms with commas), and the text with its slots (see [`crate::slots`]).

use mention::{Label, Platform};

use crate::brand::PLUIMVOS;
use crate::rng::Rng;
use crate::slots;

macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a text of the pool is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Category {
            $($(#[$doc])* $variant,)*
        }

        impl Category {
            /// Every category, in the order of the pool.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, as in the name of the category's file.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            const fn lines(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../texts/", $name, ".tsv")),)*
                }
            }
        }
    };
}

categories! {
    /// An everyday complaint.
    Complaint = "complaint",
    /// A compliment.
    Praise = "praise",
    /// A question to the brand or to other customers.
    Question = "question",
    /// A remark without a judgement.
    Remark = "remark",
    /// A review with stars.
    Review = "review",
    /// Wednesday's parcels that don't come.
    Delivery = "delivery",
    /// The post that starts Thursday's thread.
    ViralRoot = "viral_root",
    /// A reply in Thursday's thread.
    Viral = "viral",
    /// A customer about Tuesday's spring sale.
    Campaign = "campaign",
    /// The brand about the spring sale.
    PromoCampaign = "promo_campaign",
    /// A paid partner about the spring sale.
    PromoPartner = "promo_partner",
    /// The brand about itself on an ordinary day.
    Promo = "promo",
    /// A headline.
    News = "news",
    /// The brand answers a complaint.
    Webcare = "webcare",
    /// The brand answers a question.
    WebcareQuestion = "webcare_question",
    /// The brand answers about the depot.
    WebcareDelivery = "webcare_delivery",
    /// The brand answers in Thursday's thread.
    WebcareViral = "webcare_viral",
    /// An everyday post in English.
    English = "english",
    /// Wednesday's parcels, in English.
    EnglishDelivery = "english_delivery",
    /// A reply in Thursday's thread, in English.
    EnglishViral = "english_viral",
    /// A complaint about an app that broke: of the product's weeks.
    AppBroken = "app_broken",
    /// A complaint about prices that rose: of the product's weeks.
    PriceRise = "price_rise",
    /// The text that Saturday's accounts copy.
    Spam = "spam",
    /// First words of a negative post.
    OpenerNegative = "opener_negative",
    /// First words of a neutral post.
    OpenerNeutral = "opener_neutral",
    /// First words of a positive post.
    OpenerPositive = "opener_positive",
    /// Last words of a complaint.
    TailNegative = "tail_negative",
    /// Last words of a post about the parcels.
    TailDelivery = "tail_delivery",
    /// Last words of a reply in the thread.
    TailViral = "tail_viral",
    /// Last words of a compliment.
    TailPositive = "tail_positive",
    /// Last words of somebody who keeps calm about the parcels or in the thread.
    TailCalm = "tail_calm",
    /// Last words of a lukewarm review.
    TailReview = "tail_review",
    /// Last words of a question.
    TailQuestion = "tail_question",
    /// Last words of a remark.
    TailRemark = "tail_remark",
    /// Last words of a post in English.
    TailEnglish = "tail_english",
    /// Last words of a reply in the thread, in English.
    TailEnglishViral = "tail_english_viral",
}

impl Category {
    /// Whether its texts are only ever a part of a post.
    #[must_use]
    pub const fn is_fragment(self) -> bool {
        matches!(
            self,
            Self::OpenerNegative
                | Self::OpenerNeutral
                | Self::OpenerPositive
                | Self::TailNegative
                | Self::TailDelivery
                | Self::TailViral
                | Self::TailPositive
                | Self::TailCalm
                | Self::TailReview
                | Self::TailQuestion
                | Self::TailRemark
                | Self::TailEnglish
                | Self::TailEnglishViral
        )
    }

    /// Whether its texts are in English.
    #[must_use]
    pub const fn is_english(self) -> bool {
        matches!(
            self,
            Self::English
                | Self::EnglishDelivery
                | Self::EnglishViral
                | Self::TailEnglish
                | Self::TailEnglishViral
        )
    }

    /// Its texts, in the order of the file.
    pub(crate) fn entries(self) -> impl Iterator<Item = Entry> {
        self.lines().lines().filter_map(Entry::read)
    }
}

/// One line of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) sentiment: Label,
    platforms: &'static str,
    /// The text, slots unfilled.
    pub(crate) text: &'static str,
}

impl Entry {
    fn read(line: &'static str) -> Option<Self> {
        let mut columns = line.splitn(3, '\t');
        let sentiment = match columns.next()? {
            "neg" => Label::Negative,
            "neu" => Label::Neutral,
            "pos" => Label::Positive,
            _ => return None,
        };
        Some(Self {
            sentiment,
            platforms: columns.next()?,
            text: columns.next()?,
        })
    }

    /// Whether the text may stand on `platform`.
    pub(crate) fn suits(&self, platform: Platform) -> bool {
        self.platforms == "-"
            || self
                .platforms
                .split(',')
                .any(|name| name == platform.as_str())
    }
}

/// Every whole text of the pool: category, the sentiment its writer meant, and the text
/// with each slot filled by one of its words.
///
/// The parts that are put before and behind a text are left out; see
/// [`Category::is_fragment`]. A scorer can be checked against this list, within reason:
/// the sentiment is one writer's intention, not an annotation by several readers.
///
/// ```
/// use mention::Label;
///
/// let negative = sample::texts().filter(|text| text.1 == Label::Negative).count();
/// assert!(negative > 200);
/// ```
pub fn texts() -> impl Iterator<Item = (Category, Label, String)> {
    let mut rng = Rng::new(0);
    let whole = Category::ALL.iter().filter(|one| !one.is_fragment());
    let entries =
        whole.flat_map(|&category| category.entries().map(move |entry| (category, entry)));
    entries.map(move |(category, entry)| {
        let text = slots::fill(entry.text, &PLUIMVOS, Platform::Facebook, &mut rng);
        (category, entry.sentiment, text)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_line_of_every_file_is_read() {
        for category in Category::ALL {
            let lines = category.lines().lines().count();
            assert_eq!(category.entries().count(), lines, "{}", category.as_str());
            assert!(lines > 0);
        }
    }

    #[test]
    fn platforms_are_names_of_the_contract() {
        for entry in Category::ALL.iter().flat_map(|one| one.entries()) {
            let known = |name: &str| Platform::ALL.iter().any(|p| p.as_str() == name);
            let legal = entry.platforms == "-" || entry.platforms.split(',').all(known);
            assert!(legal, "{entry:?}");
        }
    }

    #[test]
    fn no_text_stands_twice() {
        let mut seen = HashSet::new();
        for entry in Category::ALL.iter().flat_map(|one| one.entries()) {
            let words: String = entry.text.to_lowercase().split_whitespace().collect();
            assert!(seen.insert(words), "twice: {}", entry.text);
        }
    }

    #[test]
    fn the_pool_is_as_large_as_promised() {
        let count = |category: Category| category.entries().count();
        assert!(texts().count() >= 560);
        assert!(count(Category::Complaint) >= 90);
        assert!(count(Category::Praise) >= 80);
        assert!(count(Category::Delivery) >= 110);
        assert!(count(Category::Viral) + count(Category::EnglishViral) >= 60);
    }
}
