//! Mastodon: events of the streaming API, and statuses of the REST API.
//!
//! Source of the shapes: docs.joinmastodon.org, "Streaming API" and "Status". An event's
//! payload is a text that holds JSON; some proxies send the object itself.
//!
//! Ids count at one instance only, so the name of the source stands before them.

use std::borrow::Cow;

use mention::{Author, Engagement, EventTime, Media, Platform, Rejection, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::{Change, Deletion, Event, Ignored, Post, PostId};
use crate::html;
use crate::read::{Id, bad, json, within};

#[derive(Deserialize)]
struct Envelope<'a> {
    event: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Status {
    id: Id,
    created_at: EventTime,
    edited_at: Option<EventTime>,
    content: String,
    #[serde(default)]
    spoiler_text: Option<String>,
    visibility: Option<String>,
    language: Option<String>,
    url: Option<String>,
    in_reply_to_id: Option<Id>,
    account: Account,
    reblog: Option<Box<Status>>,
    #[serde(default)]
    media_attachments: Vec<Attachment>,
    #[serde(default)]
    mentions: Vec<Mentioned>,
    #[serde(default)]
    tags: Vec<Tag>,
    replies_count: Option<u64>,
    reblogs_count: Option<u64>,
    favourites_count: Option<u64>,
}

#[derive(Deserialize)]
struct Account {
    id: Id,
    acct: String,
    // A few servers tell -1 where the number is hidden.
    followers_count: Option<i64>,
    created_at: Option<EventTime>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type")]
    kind: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Mentioned {
    acct: String,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    source: Option<&str>,
) -> Result<Vec<Event<'a>>, Rejection> {
    let envelope: Envelope<'_> = json(bytes)?;
    let (Some(event), Some(payload)) = (&envelope.event, envelope.payload) else {
        return status(json(bytes)?, Change::Create, source).map(|event| vec![event]);
    };
    let payload = inner(payload)?;
    let event = match event.as_str() {
        "update" => of_payload(&payload, Change::Create, source)?,
        "status.update" => of_payload(&payload, Change::Update, source)?,
        "delete" => Event::Delete(Deletion {
            id: post_id("payload", payload.trim().trim_matches('"'), source)?,
            brand: None,
            platform: Some(Platform::Mastodon),
            observed_at: None,
        }),
        _ => Event::Ignored(Ignored::NotAPost),
    };
    Ok(vec![event])
}

/// The payload, out of the text that holds it.
fn inner(payload: &RawValue) -> Result<Cow<'_, str>, Rejection> {
    let raw = payload.get();
    if !raw.starts_with('"') {
        return Ok(Cow::Borrowed(raw));
    }
    let text: String = serde_json::from_str(raw).map_err(|_| bad("payload", "not a text"))?;
    Ok(Cow::Owned(text))
}

fn of_payload(
    payload: &str,
    change: Change,
    source: Option<&str>,
) -> Result<Event<'static>, Rejection> {
    let found = json(payload.as_bytes()).map_err(|fault| within("payload", fault))?;
    status(found, change, source).map_err(|fault| within("payload", fault))
}

/// The id that stands at `path`.
fn post_id(path: &str, id: &str, source: Option<&str>) -> Result<PostId<'static>, Rejection> {
    if id.is_empty() {
        return Err(bad(path, "is empty"));
    }
    Ok(PostId::plain(of_source(id, source)))
}

/// An id with the instance that counts it.
fn of_source(id: &str, source: Option<&str>) -> String {
    match source {
        Some(source) => format!("{source}/{id}"),
        None => id.to_owned(),
    }
}

fn status(
    status: Status,
    change: Change,
    source: Option<&str>,
) -> Result<Event<'static>, Rejection> {
    let is_public = |status: &Status| {
        matches!(
            status.visibility.as_deref(),
            None | Some("public" | "unlisted")
        )
    };
    if !is_public(&status) {
        return Ok(Event::Ignored(Ignored::NotPublic));
    }
    let id = Some(post_id("id", &status.id.0, source)?);
    let author = Some(author(&status.account, source));
    let (created_at, handle) = (status.created_at, status.account.acct.clone());
    // A boost is a post of its own whose text is another's.
    let (shown, repost_of) = match status.reblog {
        None => (status, None),
        Some(original) if is_public(&original) => {
            let of = post_id("reblog.id", &original.id.0, source)?;
            (*original, Some(of))
        }
        Some(_) => return Ok(Event::Ignored(Ignored::NotPublic)),
    };
    let is_boost = repost_of.is_some();
    let own_counts = (!is_boost).then(|| Engagement {
        likes: shown.favourites_count,
        shares: shown.reblogs_count,
        replies: shown.replies_count,
        ..Engagement::default()
    });
    let reply = shown.in_reply_to_id.filter(|_| !is_boost);
    let spoiler = shown.spoiler_text.filter(|spoiler| !spoiler.is_empty());
    let mentioned = shown.mentions.into_iter();
    Ok(Post {
        change,
        id,
        platform: Some(Platform::Mastodon),
        created_at: Some(created_at),
        observed_at: shown.edited_at.filter(|_| change == Change::Update),
        text: Some(Text::from(html::to_text(&shown.content))),
        title: spoiler.map(Text::from),
        author,
        handle: Some(Text::from(handle)),
        mentioned: mentioned.map(|account| Text::from(account.acct)).collect(),
        tags: shown.tags.into_iter().map(|tag| tag.name.into()).collect(),
        lang: shown.language.map(Text::from),
        in_reply_to: reply
            .map(|id| post_id("in_reply_to_id", &id.0, source))
            .transpose()?,
        repost_of,
        engagement: own_counts,
        media: shown.media_attachments.into_iter().map(media).collect(),
        url: shown.url.map(Text::from),
        ..Post::default()
    }
    .into())
}

fn author(account: &Account, source: Option<&str>) -> Author<'static> {
    Author {
        id: Some(Text::from(of_source(&account.id.0, source))),
        followers: account
            .followers_count
            .and_then(|count| u64::try_from(count).ok()),
        created_at: account.created_at,
        ..Author::default()
    }
}

fn media(attachment: Attachment) -> Media<'static> {
    let kind = match attachment.kind.as_deref() {
        Some("video" | "gifv") => "video",
        _ => "image",
    };
    Media::Described {
        kind: Some(Text::from(kind)),
        alt: attachment.description.map(Text::from),
    }
}
