//! What a brand's mentions say over weeks.

use serde::{Deserialize, Serialize};

use crate::{Aspect, CampaignCourse, EventTime, Influence, Platform};

/// The present summary of a brand, the value on [`crate::Topic::Insight`].
///
/// The key of the record is the brand's slug; the last one counts. Days and weeks (from
/// Monday) are those of UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        title = "Insight",
        description = "What a brand's mentions say over weeks, at most once a minute of event \
            time. The key of the record is the brand's slug; the last one counts. Days and \
            weeks (from Monday) are those of UTC."
    )
)]
pub struct Insight {
    /// Slug of the brand.
    pub brand: String,
    /// Event time up to which this holds.
    pub at: EventTime,
    /// The first mention that anything here rests on.
    pub since: EventTime,
    /// The last days with mentions, oldest first, at most 28.
    pub days: Vec<InsightDay>,
    /// People.
    pub community: Community,
    /// Terms and hashtags that have more than their usual part of the last day's mentions,
    /// those first that rise the most; at most 20.
    pub rising: Vec<RisingTerm>,
    /// Terms that rise less than is told of one brand, at most 20: joined over brands they
    /// show what rises everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stirring: Vec<RisingTerm>,
    /// What customers talk about, most mentioned first.
    pub aspects: Vec<AspectCourse>,
    /// What customers wish for, most wished first; at most 24.
    pub wishes: Vec<Wish>,
    /// The configured competitors, in the order of the configuration.
    pub competitors: Vec<Competitor>,
    /// What these figures can't see.
    pub coverage: Coverage,
    /// Campaigns with totals, the newest first; at most eight.
    #[serde(default)]
    pub campaigns: Vec<CampaignCourse>,
    /// Authors who reach many, and partners.
    #[serde(default)]
    pub influence: Influence,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InsightDay {
    /// When it began.
    pub day: EventTime,
    /// Mentions, of whatever kind.
    pub mentions: u64,
    /// Those of customers that count in the share.
    pub counted: u64,
    /// Of these, negative.
    pub negative: u64,
    /// Of these, positive.
    pub positive: u64,
}

/// How many people, and whether they come back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Community {
    /// Different authors of the newest day, estimated with a standard error of 1.7 %.
    pub authors_today: u64,
    /// Different authors of this week and the three before, estimated with a standard
    /// error of 0.9 %.
    pub authors_four_weeks: u64,
    /// Authors that the three shares below rest on, drawn evenly from all of the last 28
    /// days.
    pub sampled: u64,
    /// Share of authors that posted on more than one of the last 28 days, 0–1.
    pub returning: f64,
    /// Share of loyal advocates, 0–1: on three days or more, and at least twice as much
    /// praise as blame.
    pub advocates: f64,
    /// Days of the last 28 on which an author posted, in the mean.
    pub days_active: f64,
    /// Mentions that name no author, ever.
    pub anonymous: u64,
}

/// A term that rises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RisingTerm {
    /// A word, or a hashtag with its `#`.
    pub term: String,
    /// Mentions with it in the last 18 to 24 hours.
    pub count: u64,
    /// Mentions that were to be expected, by its part of the past's.
    pub expected: f64,
    /// The first divided by the second.
    pub lift: f64,
    /// How many of them are negative, 0–1.
    pub negative: f64,
}

/// What is said of one aspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AspectCourse {
    /// The aspect.
    pub aspect: Aspect,
    /// In the last seven days.
    pub week: Polarities,
    /// In the seven days before.
    pub week_before: Polarities,
    /// Its complaints on each of `days`.
    pub negative_by_day: Vec<u64>,
    /// Whether its complaints are more than its past explains, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise: Option<AspectRise>,
    /// The rise before, if it ended in the last seven days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rose: Option<AspectRose>,
}

/// Mentions by polarity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the labels")]
pub struct Polarities {
    pub negative: u64,
    pub neutral: u64,
    pub positive: u64,
}

/// Complaints about one aspect that its past doesn't explain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AspectRise {
    /// When it began, event time.
    pub since: EventTime,
    /// −log10 of the probability that the usual mood gives so many.
    pub surprise: f64,
    /// Complaints about the aspect in the window in which it was seen.
    pub negative: u64,
    /// Mentions in that window that count in the share.
    pub total: u64,
    /// The share of complaints about it that was expected, 0–1.
    pub expected: f64,
}

/// A rise of an aspect's complaints that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AspectRose {
    /// When it began, event time.
    pub since: EventTime,
    /// When it was over: back to the usual, become the usual, or unheard of.
    pub until: EventTime,
}

/// Something that several customers wish for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wish {
    /// The words that the wishes share, at most four.
    pub terms: Vec<String>,
    /// How often it was wished.
    pub count: u64,
    /// When first, and when last.
    pub first: EventTime,
    /// When last, event time.
    pub last: EventTime,
    /// One of them, redacted; none if that post was deleted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// A competitor in the brand's mentions of this week and the three before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Competitor {
    /// Its name in the configuration.
    pub name: String,
    /// The brand's mentions that name it.
    pub mentions: u64,
    /// Those that prefer the brand.
    pub ours: u64,
    /// Those that prefer the competitor.
    pub theirs: u64,
}

/// What these figures can't see, in the last 28 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// Share of mentions with a picture or film that nobody described and hardly a word
    /// beside it, 0–1: what they say wasn't scored.
    pub unscored_media: f64,
    /// Platforms that used to bring mentions and have been silent far longer than usual.
    pub silent: Vec<Platform>,
    /// Platforms that bring a sample only, by the configuration.
    pub sampled: Vec<Platform>,
    /// Whether the last seven days have too few mentions to judge the mood by.
    pub is_too_little: bool,
    /// Mentions that came too late to be put into their place, ever.
    pub too_late: u64,
}
