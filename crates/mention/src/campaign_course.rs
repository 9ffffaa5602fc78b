//! What became of campaigns, and of the posts of those who reach many: part of a brand's
//! summary.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Platform};

/// One campaign of a brand: what it brought beside what people say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampaignCourse {
    /// Its name, small letters.
    pub campaign: String,
    /// Begin of the first period with totals.
    pub from: EventTime,
    /// Up to when totals tell of it.
    pub to: EventTime,
    /// What it brought, by platform.
    pub channels: Vec<CampaignChannel>,
    /// Mentions of the campaign, and answers to posts of it, at any time.
    pub about: Mood,
    /// All of the brand's mentions on the days before, at most seven; none where nothing
    /// is known of those days.
    pub before: Option<Mood>,
    /// On the days with totals, of the last 28.
    pub during: Option<Mood>,
    /// On the days after, at most seven.
    pub after: Option<Mood>,
    /// The last time that it backfired.
    pub backfire: Option<Backfire>,
}

/// What a campaign brought on one platform, all periods together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampaignChannel {
    /// The platform.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub platform: Platform,
    /// How often it was shown.
    pub impressions: u64,
    /// Reactions of any kind.
    pub engagements: u64,
    /// Clicks.
    pub clicks: u64,
    /// Conversions.
    pub conversions: u64,
    /// What it cost, by currency; never added up.
    pub spend: Vec<Spend>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spend {
    /// ISO 4217.
    pub currency: String,
    /// Units of it.
    pub amount: f64,
}

/// Mentions that count in the share, and the share of negatives among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mood {
    /// Mentions.
    pub counted: u64,
    /// Of these, negative.
    pub negative: u64,
    /// Of these, positive.
    pub positive: u64,
    /// Share of negatives, 0–1, and its 95 % interval (E. B. Wilson), as if mentions were
    /// independent.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Clicks (or impressions, where no clicks are told) and the share of negatives among what
/// is said of the campaign rose together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backfire {
    /// Since when, event time.
    pub since: EventTime,
    /// Until when; none while it lasts.
    pub until: Option<EventTime>,
    /// −log10 of the probability that the usual mood gives so many negatives.
    pub surprise: f64,
    /// Negative mentions of the campaign when it was noticed, and all of it.
    pub negative: u64,
    /// All mentions of the campaign in that stretch.
    pub counted: u64,
    /// Share of negatives that was expected, 0–1.
    pub expected: f64,
    /// What rose.
    pub measure: Measure,
    /// How many there were since then.
    pub count: u64,
    /// How many there are in the same hours, in the mean of up to seven days before; 0 if
    /// the campaign began within a day.
    pub usual: f64,
}

/// What rises together with the negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Clicks.
    Clicks,
    /// How often it was shown.
    Impressions,
}

/// Authors who reach many, and partners: their posts of the last 28 days.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Influence {
    /// By size of the account and whether it is a partner's; those with posts.
    pub tiers: Vec<TierCourse>,
    /// Posts of partners, those first that reach most; at most ten.
    pub partners: Vec<PartnerPost>,
}

/// The posts of one size of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierCourse {
    /// By followers.
    pub tier: Tier,
    /// Whether these are partners.
    pub is_partner: bool,
    /// Posts.
    pub posts: u64,
    /// People reached: views, else a tenth of the followers; who saw two counts twice.
    pub reach: u64,
    /// Likes, shares and replies, as the platforms count them.
    pub reactions: u64,
    /// What customers answered.
    pub replies: Mood,
}

/// Size of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Under 10,000 followers, or not told; only partners are followed.
    Nano,
    /// From 10,000.
    Micro,
    /// From 100,000.
    Macro,
    /// From a million.
    Mega,
}

impl Tier {
    /// All, the smallest first.
    pub const ALL: [Self; 4] = [Self::Nano, Self::Micro, Self::Macro, Self::Mega];

    /// The tier of an account with so many followers.
    #[must_use]
    pub const fn of(followers: u64) -> Self {
        match followers {
            0..10_000 => Self::Nano,
            10_000..100_000 => Self::Micro,
            100_000..1_000_000 => Self::Macro,
            _ => Self::Mega,
        }
    }

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nano => "nano",
            Self::Micro => "micro",
            Self::Macro => "macro",
            Self::Mega => "mega",
        }
    }
}

/// One post of a partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartnerPost {
    /// Hash of platform and id, sixteen hexadecimal digits, as a spike's examples have it.
    pub id: String,
    /// Where it was posted.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub platform: Platform,
    /// When.
    pub at: EventTime,
    /// The campaign it belongs to.
    pub campaign: Option<String>,
    /// Size of the account.
    pub tier: Tier,
    /// People reached.
    pub reach: u64,
    /// Likes, shares and replies, as the platform counts them.
    pub reactions: u64,
    /// What customers answered.
    pub replies: Mood,
}
