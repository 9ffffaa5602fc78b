//! The mention, as the contract has it.

use serde::{Deserialize, Serialize};

use crate::{Clock, EventTime, Platform, Rejection, Score, Text, check_clock};

/// Longest `id`, bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Longest brand slug, bytes: it is a metric label and a message key.
pub const MAX_BRAND_BYTES: usize = 64;
/// Longest `text`, bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Longest record of a mention, bytes: four times the longest text leaves room
/// for escapes and for fields this version doesn't know.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// Room for a score on top of the longest record, bytes: twelve aspects make about
/// 1,100, sixteen spans 800, a clamped time 100 more.
pub const MAX_SCORE_BYTES: usize = 8 * 1024;

/// What a record on the mention topics is.
#[derive(Debug, Clone, PartialEq)]
pub enum Record<'a> {
    /// A post, an edit or a deletion.
    Mention(Box<Mention<'a>>),
    /// Time moves on to this point in the record's partition, though no mention came.
    Heartbeat(EventTime),
}

impl Record<'_> {
    /// The record with its time moved back to `stamped_at`, when it was written to Kafka,
    /// if it is ahead of that; see [`check_clock`].
    ///
    /// # Errors
    /// [`Reason::TimeAhead`](crate::Reason::TimeAhead) if it is more than a day ahead.
    pub fn on_time(self, stamped_at: EventTime) -> Result<Self, Rejection> {
        Ok(match self {
            Self::Mention(mut mention) => {
                if let Clock::ClampTo(to) = check_clock(mention.created_at, stamped_at)? {
                    mention.created_at = to;
                    mention.clamped = true;
                }
                Self::Mention(mention)
            }
            Self::Heartbeat(at) => Self::Heartbeat(match check_clock(at, stamped_at)? {
                Clock::Fine => at,
                Clock::ClampTo(to) => to,
            }),
        })
    }
}

/// One public post about one brand (or its edit or deletion).
#[derive(Debug, Clone, PartialEq)]
pub struct Mention<'a> {
    /// Unique within brand and platform.
    pub id: Text<'a>,
    /// Slug of the tracked brand.
    pub brand: Text<'a>,
    /// Where it was posted.
    pub platform: Platform,
    /// Event time: when the author posted; of an edit or deletion, when it was observed.
    pub created_at: EventTime,
    /// The post; empty only with `media`, or in an edit or deletion that doesn't change it.
    pub text: Text<'a>,
    /// New, changed or gone.
    pub event: Event,
    /// Who posted it.
    pub author: Option<Author<'a>>,
    /// Language by the platform's word, BCP 47.
    pub lang: Option<Text<'a>>,
    /// Kind by the source's word.
    pub kind_hint: Option<Text<'a>>,
    /// Stars of a review, 1–5.
    pub rating: Option<f64>,
    /// Title of a review.
    pub title: Option<Text<'a>>,
    /// Id of the post it answers.
    pub in_reply_to: Option<Text<'a>>,
    /// Id of the thread's first post.
    pub root: Option<Text<'a>>,
    /// Id of the post it repeats.
    pub repost_of: Option<Text<'a>>,
    /// Group of near-duplicates it belongs to.
    pub cluster: Option<Cluster<'a>>,
    /// Reach and reactions.
    pub engagement: Option<Engagement>,
    /// Pictures, films, links.
    pub media: Vec<Media<'a>>,
    /// Campaign it belongs to.
    pub campaign: Option<Text<'a>>,
    /// Whether it is the pipeline's own test record, not a person's post.
    pub canary: bool,
    /// Whether `created_at` was moved back to the Kafka timestamp.
    pub clamped: bool,
    /// The score, on the scored topic or where the source already has one.
    pub score: Option<Score<'a>>,
}

impl Mention<'_> {
    /// Its platform and id as a hash, the same on every machine: what a spike's examples
    /// and the exemplars of metrics name it by; see [`hashed_id`].
    #[must_use]
    pub fn hashed_id(&self) -> u64 {
        hashed_id(self.platform, &self.id)
    }
}

/// The hash that stands for a post of that platform: FNV-1a over both, each closed by a
/// zero byte, finished with the mixer of `SplitMix64`.
#[must_use]
pub fn hashed_id(platform: Platform, id: &str) -> u64 {
    let parts = [platform.as_str().as_bytes(), id.as_bytes()];
    let hash = parts.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, part| {
        let closed = part.iter().chain(&[0]);
        closed.fold(hash, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// What happened to the post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is new.
    #[default]
    Create,
    /// It was edited, or its engagement moved.
    Update,
    /// It is gone.
    Delete,
    /// Not a post: time moves on.
    Heartbeat,
}

/// Who posted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Author<'a> {
    /// Pseudonymous id.
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    /// Followers at the time of posting.
    #[serde(default)]
    pub followers: Option<u64>,
    /// When the account was opened.
    #[serde(default)]
    pub created_at: Option<EventTime>,
    /// On whose behalf.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whether the platform vouches for the name.
    #[serde(default)]
    pub verified: Option<bool>,
}

/// On whose behalf an author posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Role {
    Customer,
    Brand,
    Partner,
    Staff,
    Press,
    /// A role this version doesn't know; counts as a customer.
    #[serde(other)]
    Other,
}

/// A group of near-duplicates, as ingest marks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cluster<'a> {
    /// Name of the group.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// Members so far, this one included.
    pub size: u64,
}

/// Reach and reactions at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the platforms' own words")]
pub struct Engagement {
    pub likes: Option<u64>,
    pub shares: Option<u64>,
    pub replies: Option<u64>,
    pub views: Option<u64>,
    pub clicks: Option<u64>,
    pub conversions: Option<u64>,
    /// When it was measured.
    pub observed_at: Option<EventTime>,
}

/// One item of a post beside its text: either a bare kind or a kind with a
/// description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Media<'a> {
    /// `"image"`, `"video"`, `"link"`, `"text"`.
    Kind(#[serde(borrow)] Text<'a>),
    /// `{"type": "image", "alt": "…"}`; the description is scored too.
    Described {
        /// `image`, `video`, `link` or `text`.
        #[serde(borrow, rename = "type", default)]
        kind: Option<Text<'a>>,
        /// Description for those who can't see it.
        #[serde(borrow, default)]
        alt: Option<Text<'a>>,
    },
}

impl Media<'_> {
    /// The description, if there is one.
    #[must_use]
    pub fn alt(&self) -> Option<&str> {
        match self {
            Self::Kind(_) => None,
            Self::Described { alt, .. } => alt.as_deref(),
        }
    }
}

/// Whether `name` can be a brand slug: 1–64 of `a–z 0–9 - _ .`, beginning with
/// a letter or digit. It is a metric label and a message key, so nothing else.
#[must_use]
pub fn is_brand_slug(name: &str) -> bool {
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=MAX_BRAND_BYTES).contains(&name.len())
        && name.bytes().all(legal)
        && name.as_bytes()[0].is_ascii_alphanumeric()
}

/// The record that moves time to `at` in its partition.
#[must_use]
pub fn heartbeat(at: EventTime) -> String {
    format!("{{\"event\":\"heartbeat\",\"created_at\":\"{at}\"}}")
}
