//! Bluesky's Jetstream: commits to repositories, and what becomes of accounts.
//!
//! Source of the shapes: the README of `bluesky-social/jetstream` and the lexicons
//! `app.bsky.feed.post` and `com.atproto.sync.subscribeRepos#account`.
//!
//! A post is named by its URI, which holds the account's DID.

use mention::{Author, EventTime, Media, Platform, Rejection, Text};
use serde::Deserialize;

use crate::event::{AuthorGone, Change, Deletion, Event, Ignored, Post, PostId};
use crate::read::{from_micros, json, lacking};

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    did: Text<'a>,
    time_us: i64,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
    #[serde(borrow)]
    account: Option<Account<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    operation: Text<'a>,
    #[serde(borrow)]
    collection: Text<'a>,
    #[serde(borrow)]
    rkey: Text<'a>,
    /// Of other collections it has other shapes, so it is only read for posts.
    #[serde(borrow)]
    record: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Account<'a> {
    active: bool,
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

/// Only to give the path of a fault its beginning.
#[derive(Deserialize)]
struct WithRecord<'a> {
    #[serde(borrow)]
    commit: OnlyRecord<'a>,
}

#[derive(Deserialize)]
struct OnlyRecord<'a> {
    #[serde(borrow)]
    record: Record<'a>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(rename = "createdAt")]
    created_at: EventTime,
    #[serde(borrow, default)]
    langs: Vec<Text<'a>>,
    #[serde(borrow, default)]
    tags: Vec<Text<'a>>,
    #[serde(borrow)]
    reply: Option<Reply<'a>>,
    #[serde(borrow, default)]
    facets: Vec<Facet<'a>>,
    #[serde(borrow)]
    embed: Option<Embed<'a>>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    root: Reference<'a>,
    #[serde(borrow)]
    parent: Reference<'a>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    uri: Text<'a>,
}

#[derive(Deserialize)]
struct Facet<'a> {
    #[serde(borrow, default)]
    features: Vec<Feature<'a>>,
}

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(borrow)]
    did: Option<Text<'a>>,
    #[serde(borrow)]
    tag: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Embed<'a> {
    #[serde(borrow, default)]
    images: Vec<Image<'a>>,
    video: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    alt: Option<Text<'a>>,
    external: Option<serde::de::IgnoredAny>,
    /// Of a quotation with pictures.
    #[serde(borrow)]
    media: Option<Box<Embed<'a>>>,
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow)]
    alt: Option<Text<'a>>,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Event<'_>>, Rejection> {
    let envelope: Envelope<'_> = json(bytes)?;
    let at = from_micros(envelope.time_us);
    let event = match (envelope.kind.as_str(), envelope.commit, envelope.account) {
        ("commit", Some(commit), _) => of_commit(bytes, &envelope.did, at, &commit)?,
        ("commit", None, _) => return Err(lacking("commit")),
        ("account", _, Some(account)) => of_account(envelope.did, at, &account),
        ("account", _, None) => return Err(lacking("account")),
        _ => Event::Ignored(Ignored::NotAPost),
    };
    Ok(vec![event])
}

fn of_commit<'a>(
    bytes: &'a [u8],
    did: &Text<'a>,
    at: EventTime,
    commit: &Commit<'a>,
) -> Result<Event<'a>, Rejection> {
    if commit.collection.as_str() == REPOSTS {
        return Ok(Event::Ignored(Ignored::BareShare));
    }
    if commit.collection.as_str() != POSTS {
        return Ok(Event::Ignored(Ignored::NotAPost));
    }
    let id = PostId::of_author(format!("at://{did}/{POSTS}/{}", commit.rkey));
    let change = match commit.operation.as_str() {
        "create" => Change::Create,
        "update" => Change::Update,
        "delete" => {
            return Ok(Event::Delete(Deletion {
                id,
                brand: None,
                platform: Some(Platform::Bluesky),
                observed_at: Some(at),
            }));
        }
        _ => return Ok(Event::Ignored(Ignored::NotAPost)),
    };
    if commit.record.is_none() {
        return Err(lacking("commit.record"));
    }
    let record = json::<WithRecord<'_>>(bytes)?.commit.record;
    Ok(post(did, at, change, id, record).into())
}

fn post<'a>(
    did: &Text<'a>,
    at: EventTime,
    change: Change,
    id: PostId<'a>,
    record: Record<'a>,
) -> Post<'a> {
    let (mut mentioned, mut tags) = (Vec::new(), record.tags);
    for feature in record.facets.into_iter().flat_map(|facet| facet.features) {
        mentioned.extend(feature.did);
        tags.extend(feature.tag);
    }
    let (root, parent) = record
        .reply
        .map(|reply| (reply.root.uri, reply.parent.uri))
        .unzip();
    mentioned.extend(parent.as_ref().and_then(did_of));
    Post {
        change,
        id: Some(id),
        platform: Some(Platform::Bluesky),
        // What the author's client claims; the service's own clock bounds it.
        created_at: Some(record.created_at.min(at)),
        observed_at: Some(at),
        text: Some(record.text),
        author: Some(Author {
            id: Some(did.clone()),
            ..Author::default()
        }),
        handle: Some(did.clone()),
        mentioned,
        tags,
        lang: record.langs.into_iter().next(),
        in_reply_to: parent.map(PostId::of_author),
        root: root.map(PostId::of_author),
        media: record.embed.map(media).unwrap_or_default(),
        ..Post::default()
    }
}

/// The account in a post's URI.
fn did_of<'a>(uri: &Text<'a>) -> Option<Text<'a>> {
    let (did, _) = uri.strip_prefix("at://")?.split_once('/')?;
    Some(Text::from(did.to_owned()))
}

fn media(embed: Embed<'_>) -> Vec<Media<'_>> {
    let described = |kind: &'static str, alt: Option<Text<'_>>| Media::Described {
        kind: Some(Text::from(kind)),
        alt: alt.map(Text::into_owned),
    };
    let mut media: Vec<Media<'_>> = embed
        .images
        .into_iter()
        .map(|image| described("image", image.alt))
        .collect();
    if embed.video.is_some() {
        media.push(described("video", embed.alt));
    }
    if embed.external.is_some() {
        media.push(Media::Kind(Text::from("link")));
    }
    // At most one level: a quotation's media hold no quotation.
    if let Some(inner) = embed.media {
        let inner = Embed {
            media: None,
            ..*inner
        };
        media.extend(self::media(inner));
    }
    media
}

/// An account that was only suspended may come back, but nobody can read its posts now.
fn of_account<'a>(did: Text<'a>, at: EventTime, account: &Account<'a>) -> Event<'a> {
    let is_gone = !account.active
        && account.status.as_ref().is_none_or(|status| {
            matches!(
                status.as_str(),
                "deleted" | "takendown" | "suspended" | "deactivated"
            )
        });
    if !is_gone {
        return Event::Ignored(Ignored::NotAPost);
    }
    Event::AuthorGone(AuthorGone {
        author: did,
        is_pseudonym: false,
        platform: Some(Platform::Bluesky),
        observed_at: Some(at),
    })
}
