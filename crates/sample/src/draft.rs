//! A record before it is written down.

use mention::{Event, EventTime, Label, Platform};
use serde::Serialize;

use crate::author::Author;
use crate::texts::Category;

/// A record of the week. Times are seconds since the week's start, ids are numbers.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// When it was posted; of an update, when it was observed.
    pub(crate) at: u64,
    pub(crate) id: u64,
    pub(crate) brand: &'static str,
    pub(crate) platform: Platform,
    /// The text, what it is for and what it means; `None` for an update of engagement.
    pub(crate) body: Option<Body>,
    pub(crate) author: Option<Author>,
    pub(crate) rating: Option<u8>,
    pub(crate) in_reply_to: Option<u64>,
    pub(crate) root: Option<u64>,
    pub(crate) repost_of: Option<u64>,
    pub(crate) cluster: Option<Cluster>,
    pub(crate) engagement: Option<Engagement>,
    pub(crate) media: &'static [&'static str],
    pub(crate) campaign: Option<&'static str>,
    /// Whether our side names the moment it first saw the post.
    pub(crate) received: bool,
}

/// What a post says.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) category: Category,
    pub(crate) sentiment: Label,
}

/// Membership of a group of near-duplicates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cluster {
    pub(crate) id: u64,
    /// Members so far.
    pub(crate) size: u64,
}

/// Reach and reactions; what a platform doesn't count is `None`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Engagement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) likes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shares: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replies: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) views: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clicks: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversions: Option<u64>,
}

impl Draft {
    /// An update of a post's engagement, observed at `at`.
    pub(crate) fn update_of(post: &Self, at: u64, engagement: Engagement) -> Self {
        Self {
            at,
            body: None,
            author: None,
            engagement: Some(engagement),
            ..post.clone()
        }
    }

    /// The record as one line of JSON; `salt` makes the ids of this week its own.
    pub(crate) fn to_json(&self, start: EventTime, salt: u64) -> String {
        // A struct of strings, numbers and lists always serialises, so the fallback is
        // never taken; it only spares every caller an error that can't happen.
        serde_json::to_string(&self.line(start, salt)).unwrap_or_default()
    }

    fn line(&self, start: EventTime, salt: u64) -> Line<'_> {
        let at = moment(start, self.at);
        let name = |id: u64| format!("{:016x}", crate::rng::mix(salt, id));
        let body = self.body.as_ref();
        let is_post = body.is_some();
        Line {
            id: name(self.id),
            brand: self.brand,
            platform: self.platform,
            event: (!is_post).then_some(Event::Update),
            created_at: is_post.then_some(at),
            observed_at: (!is_post).then_some(at),
            received_at: self.received.then(|| at.plus_millis(1_000)),
            text: body.map(|body| body.text.as_str()),
            author: self.author.as_ref(),
            lang: body.and_then(|body| language(body.category, self.platform)),
            kind_hint: body.and_then(|body| kind_hint(body.category, self.rating)),
            rating: self.rating.filter(|_| is_post),
            in_reply_to: self.in_reply_to.filter(|_| is_post).map(name),
            root: self.root.filter(|_| is_post).map(name),
            repost_of: self.repost_of.filter(|_| is_post).map(name),
            cluster: self.cluster.filter(|_| is_post).map(|cluster| ClusterLine {
                id: name(cluster.id),
                size: cluster.size,
            }),
            engagement: self.engagement.map(|counts| EngagementLine {
                counts,
                observed_at: (!is_post).then_some(at),
            }),
            media: if is_post { self.media } else { &[] },
            campaign: self.campaign,
        }
    }
}

/// The moment `seconds` after the week's start.
pub(crate) fn moment(start: EventTime, seconds: u64) -> EventTime {
    start.plus_millis(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

/// The language where the platform says it; reviews and forums don't.
fn language(category: Category, platform: Platform) -> Option<&'static str> {
    let says = !matches!(platform, Platform::Reviews | Platform::Forum);
    says.then_some(if category.is_english() { "en" } else { "nl" })
}

/// The kind where the source knows it: its reviews, its news, the brand's own posts.
const fn kind_hint(category: Category, rating: Option<u8>) -> Option<&'static str> {
    match category {
        _ if rating.is_some() => Some("review"),
        Category::News => Some("news"),
        Category::Promo | Category::PromoCampaign | Category::PromoPartner => Some("promo"),
        Category::Webcare
        | Category::WebcareQuestion
        | Category::WebcareDelivery
        | Category::WebcareViral => Some("webcare"),
        _ => None,
    }
}

/// The fields of the mention contract that the week uses, in its order.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    brand: &'static str,
    platform: Platform,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<EventTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<EventTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<EventTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind_hint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repost_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engagement: Option<EngagementLine>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    media: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'static str>,
}

#[derive(Serialize)]
struct ClusterLine {
    id: String,
    size: u64,
}

#[derive(Serialize)]
struct EngagementLine {
    #[serde(flatten)]
    counts: Engagement,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<EventTime>,
}
