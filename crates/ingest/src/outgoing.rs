//! Mentions as they are written.

use mention::{Author, Cluster, Engagement, Event, EventTime, Media, Platform, Text};
use serde::Serialize;

use decode::{Change, Post, PostId};

use crate::privacy::Privacy;

/// One mention, in the contract's own words. Whatever else a source sends stays behind:
/// nobody has looked whether it holds personal data.
#[derive(Debug, Serialize)]
pub(crate) struct Outgoing<'a> {
    pub(crate) id: String,
    pub(crate) brand: &'a str,
    pub(crate) platform: Platform,
    #[serde(skip_serializing_if = "is_create")]
    event: Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<EventTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<EventTime>,
    received_at: EventTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<Writer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind_hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repost_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a Cluster<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engagement: Option<Counts>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media: Vec<Media<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    surface: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    canary: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde wants"
)]
const fn is_create(event: &Event) -> bool {
    matches!(event, Event::Create)
}

/// Who posted, by a pseudonym.
#[derive(Debug, Serialize)]
pub(crate) struct Writer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    followers: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<EventTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<mention::Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
}

/// Reactions; what wasn't counted is left out.
#[derive(Debug, Serialize)]
struct Counts {
    #[serde(skip_serializing_if = "Option::is_none")]
    likes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replies: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    views: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clicks: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<EventTime>,
}

/// How posts become mentions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing<'a> {
    pub(crate) privacy: &'a dyn Privacy,
    pub(crate) keep_urls: bool,
    /// When the record was written to Kafka.
    pub(crate) received_at: EventTime,
}

impl<'a> Writing<'a> {
    /// The mention of `brand` in `post`, whose id is `id`.
    pub(crate) fn mention(
        &self,
        post: &'a Post<'_>,
        id: &PostId<'_>,
        brand: &'a str,
    ) -> Outgoing<'a> {
        let platform = post.platform.unwrap_or(Platform::Other);
        let refer = |id: &Option<PostId<'_>>| id.as_ref().map(|id| self.id(platform, id));
        let redact = |text: &str| self.privacy.redact(text).into_owned();
        let title = post.title.as_deref().map(redact);
        let text = post.text.as_deref().map(redact);
        // A post of nothing but a title says what it says in it.
        let is_bare = text.as_deref().is_some_and(|text| text.trim().is_empty());
        let (text, title) = if is_bare && title.is_some() {
            (title, None)
        } else {
            (text, title)
        };
        let is_update = post.change == Change::Update;
        Outgoing {
            id: self.id(platform, id),
            brand,
            platform,
            event: if is_update {
                Event::Update
            } else {
                Event::Create
            },
            created_at: post.created_at,
            observed_at: is_update.then(|| post.observed_at.unwrap_or(self.received_at)),
            received_at: self.received_at,
            text,
            title,
            author: post
                .author
                .as_ref()
                .map(|author| self.author(platform, author)),
            lang: post.lang.as_deref(),
            kind_hint: post.kind_hint.as_deref(),
            rating: post.rating,
            in_reply_to: refer(&post.in_reply_to),
            root: refer(&post.root),
            repost_of: refer(&post.repost_of),
            cluster: post.cluster.as_ref(),
            engagement: post.engagement.map(counts),
            media: post.media.iter().map(|media| self.media(media)).collect(),
            campaign: post.campaign.as_deref(),
            surface: post.surface.as_deref(),
            url: post.url.as_deref().filter(|_| self.keep_urls),
            country: post.country.as_deref(),
            canary: post.canary,
        }
    }

    /// A post's id as it is stored: names of people, and names too long for the
    /// contract, as a keyed hash.
    pub(crate) fn id(&self, platform: Platform, id: &PostId<'_>) -> String {
        if id.is_hashed() {
            self.privacy.pseudonym(platform, &id.name)
        } else {
            id.name.as_str().to_owned()
        }
    }

    fn author(&self, platform: Platform, author: &Author<'_>) -> Writer {
        let id = author.id.as_deref();
        Writer {
            id: id.map(|id| self.privacy.pseudonym(platform, id)),
            followers: author.followers,
            created_at: author.created_at,
            role: author.role,
            verified: author.verified,
        }
    }

    fn media(&self, media: &Media<'_>) -> Media<'static> {
        let owned = |text: &Text<'_>| Text::from(text.as_str().to_owned());
        match media {
            Media::Kind(kind) => Media::Kind(owned(kind)),
            Media::Described { kind, alt } => Media::Described {
                kind: kind.as_ref().map(owned),
                alt: alt
                    .as_deref()
                    .map(|alt| Text::from(self.privacy.redact(alt).into_owned())),
            },
        }
    }
}

const fn counts(engagement: Engagement) -> Counts {
    Counts {
        likes: engagement.likes,
        shares: engagement.shares,
        replies: engagement.replies,
        views: engagement.views,
        clicks: engagement.clicks,
        conversions: engagement.conversions,
        observed_at: engagement.observed_at,
    }
}
