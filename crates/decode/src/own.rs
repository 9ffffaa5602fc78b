//! The project's own mention, whose brand may be left out, and heartbeats.
//!
//! A deletion without an `id` that names its `author` takes away all that this account
//! posted: `{"event":"delete","platform":"x","author":{"id":"42"},"observed_at":…}`. The
//! account may be given as `pseudonym` instead, the name that it is stored by.
//!
//! Fields that the contract doesn't know aren't taken over: nobody has looked whether
//! they hold personal data.

use mention::{Author, Cluster, Engagement, EventTime, Media, Platform, Rejection, Text};
use serde::Deserialize;

use crate::event::{AuthorGone, Change, Deletion, Event, Post, PostId};
use crate::read::{json, lacking};

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    brand: Option<Text<'a>>,
    platform: Option<Platform>,
    created_at: Option<EventTime>,
    observed_at: Option<EventTime>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    event: Option<mention::Event>,
    #[serde(borrow)]
    author: Option<Own<'a>>,
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    #[serde(borrow)]
    kind_hint: Option<Text<'a>>,
    rating: Option<f64>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    in_reply_to: Option<Text<'a>>,
    #[serde(borrow)]
    root: Option<Text<'a>>,
    #[serde(borrow)]
    repost_of: Option<Text<'a>>,
    #[serde(borrow)]
    cluster: Option<Cluster<'a>>,
    engagement: Option<Engagement>,
    #[serde(borrow, default)]
    media: Option<Vec<Media<'a>>>,
    #[serde(borrow)]
    campaign: Option<Text<'a>>,
    #[serde(borrow)]
    surface: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    country: Option<Text<'a>>,
    canary: Option<bool>,
}

/// An author, with the name of the account beside the contract's fields.
#[derive(Deserialize)]
struct Own<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    pseudonym: Option<Text<'a>>,
    #[serde(borrow)]
    handle: Option<Text<'a>>,
    followers: Option<u64>,
    created_at: Option<EventTime>,
    role: Option<mention::Role>,
    verified: Option<bool>,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Event<'_>>, Rejection> {
    let wire: Wire<'_> = json(bytes)?;
    let event = match wire.event.unwrap_or_default() {
        mention::Event::Heartbeat => {
            Event::Heartbeat(wire.created_at.ok_or_else(|| lacking("created_at"))?)
        }
        mention::Event::Delete => deletion(wire)?,
        mention::Event::Create => post(wire, Change::Create),
        mention::Event::Update => post(wire, Change::Update),
    };
    Ok(vec![event])
}

fn deletion(wire: Wire<'_>) -> Result<Event<'_>, Rejection> {
    let observed_at = wire.observed_at.or(wire.created_at);
    if let Some(id) = wire.id {
        return Ok(Event::Delete(Deletion {
            id: PostId::of_any(id),
            brand: wire.brand,
            platform: wire.platform,
            observed_at,
        }));
    }
    let author = wire.author.ok_or_else(|| lacking("id"))?;
    let is_pseudonym = author.pseudonym.is_some();
    let name = author.pseudonym.or(author.id);
    Ok(Event::AuthorGone(AuthorGone {
        author: name.ok_or_else(|| lacking("author.id"))?,
        is_pseudonym,
        // On another platform the same id is another person's.
        platform: Some(wire.platform.ok_or_else(|| lacking("platform"))?),
        observed_at,
    }))
}

fn post(wire: Wire<'_>, change: Change) -> Event<'_> {
    let mut handle = None;
    let author = wire.author.map(|own| {
        // Where ids are names, they are what brands are known by.
        handle = own.handle.or_else(|| own.id.clone());
        Author {
            id: own.id,
            followers: own.followers,
            created_at: own.created_at,
            role: own.role,
            verified: own.verified,
        }
    });
    Post {
        change,
        id: wire.id.map(PostId::of_any),
        brand: wire.brand,
        platform: wire.platform,
        created_at: wire.created_at,
        observed_at: wire.observed_at,
        text: wire.text,
        title: wire.title,
        handle,
        author,
        lang: wire.lang,
        kind_hint: wire.kind_hint,
        rating: wire.rating,
        in_reply_to: wire.in_reply_to.map(PostId::of_any),
        root: wire.root.map(PostId::of_any),
        repost_of: wire.repost_of.map(PostId::of_any),
        cluster: wire.cluster,
        engagement: wire.engagement,
        media: wire.media.unwrap_or_default(),
        campaign: wire.campaign,
        surface: wire.surface,
        url: wire.url,
        country: wire.country,
        canary: wire.canary.unwrap_or(false),
        ..Post::default()
    }
    .into()
}
