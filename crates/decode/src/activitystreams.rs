//! ActivityStreams 2.0: activities as the fediverse's servers send them to one another.
//!
//! Source of the shapes: the W3C recommendations "Activity Streams 2.0" and "Activity
//! Vocabulary", and Mastodon's documentation of what it sends.
//!
//! Objects are named by their addresses, which hold their author's name as a rule.

use std::fmt;

use mention::{Author, EventTime, Media, Platform, Rejection, Text};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::event::{AuthorGone, Change, Deletion, Event, Ignored, Post, PostId};
use crate::html;
use crate::read::{Several, bad, json, lacking, within};

/// Who is addressed when everybody is.
const PUBLIC: [&str; 3] = [
    "https://www.w3.org/ns/activitystreams#Public",
    "as:Public",
    "Public",
];

#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "type")]
    kind: String,
    actor: Option<Reference>,
    published: Option<EventTime>,
    object: Option<Reference>,
    #[serde(default)]
    to: Several<Reference>,
    #[serde(default)]
    cc: Several<Reference>,
}

/// An object, or only its address.
#[derive(Debug, Clone)]
enum Reference {
    Address(String),
    Object(Box<Object>),
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Reference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or its address")
            }

            fn visit_str<E: Error>(self, address: &str) -> Result<Reference, E> {
                Ok(Reference::Address(address.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reference, A::Error> {
                let object = Object::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Reference::Object(Box::new(object)))
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl Reference {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Address(address) => Some(address),
            Self::Object(object) => object.id.as_deref(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    content_map: Option<serde_json::Map<String, serde_json::Value>>,
    published: Option<EventTime>,
    updated: Option<EventTime>,
    in_reply_to: Option<Several<Reference>>,
    attributed_to: Option<Several<Reference>>,
    #[serde(default)]
    to: Several<Reference>,
    #[serde(default)]
    cc: Several<Reference>,
    #[serde(default)]
    tag: Several<Tag>,
    #[serde(default)]
    attachment: Several<Attachment>,
    url: Option<Several<Link>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Tag {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Attachment {
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Link {
    Address(String),
    Object { href: Option<String> },
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Event<'static>>, Rejection> {
    let activity: Activity = json(bytes)?;
    let event = match activity.kind.as_str() {
        "Create" => written(activity, Change::Create)?,
        "Update" => written(activity, Change::Update)?,
        "Announce" => announced(activity)?,
        "Delete" => deleted(&activity)?,
        "Note" | "Article" | "Question" | "Page" => of_object(json(bytes)?, Change::Create, None)?,
        _ => Event::Ignored(Ignored::NotAPost),
    };
    Ok(vec![event])
}

/// The object of an activity, with what stands around it.
fn written(activity: Activity, change: Change) -> Result<Event<'static>, Rejection> {
    let Some(Reference::Object(mut object)) = activity.object else {
        return Err(bad("object", "not an object, but its address"));
    };
    object.published = object.published.or(activity.published);
    if object.attributed_to.is_none() {
        object.attributed_to = activity.actor.map(|actor| Several(vec![actor]));
    }
    object.to.0.extend(activity.to.0);
    object.cc.0.extend(activity.cc.0);
    of_object(*object, change, None).map_err(|fault| within("object", fault))
}

fn announced(activity: Activity) -> Result<Event<'static>, Rejection> {
    let Some(Reference::Object(original)) = activity.object else {
        return Ok(Event::Ignored(Ignored::BareShare));
    };
    let Some(of) = original.id.clone() else {
        return Err(lacking("object.id"));
    };
    let actor = activity.actor.ok_or_else(|| lacking("actor"))?;
    let actor = actor.id().ok_or_else(|| lacking("actor.id"))?.to_owned();
    let share = Object {
        // One account shares a post once.
        id: Some(format!("{actor}#{of}")),
        published: activity.published.or(original.published),
        attributed_to: Some(Several(vec![Reference::Address(actor)])),
        in_reply_to: None,
        ..*original
    };
    let shared = of_object(share, Change::Create, Some(PostId::of_author(of)));
    shared.map_err(|fault| within("object", fault))
}

fn deleted(activity: &Activity) -> Result<Event<'static>, Rejection> {
    let object = activity.object.as_ref().ok_or_else(|| lacking("object"))?;
    let id = object.id().ok_or_else(|| lacking("object.id"))?.to_owned();
    let platform = Some(Platform::Mastodon);
    // An account that deletes itself.
    if activity.actor.as_ref().and_then(Reference::id) == Some(id.as_str()) {
        return Ok(Event::AuthorGone(AuthorGone {
            author: Text::from(id),
            is_pseudonym: false,
            platform,
            observed_at: activity.published,
        }));
    }
    Ok(Event::Delete(Deletion {
        id: PostId::of_author(id),
        brand: None,
        platform,
        observed_at: activity.published,
    }))
}

fn of_object(
    object: Object,
    change: Change,
    repost_of: Option<PostId<'static>>,
) -> Result<Event<'static>, Rejection> {
    let is_post = object
        .kind
        .as_deref()
        .is_none_or(|kind| matches!(kind, "Note" | "Article" | "Question" | "Page"));
    if !is_post {
        return Ok(Event::Ignored(Ignored::NotAPost));
    }
    let mut addressed = object.to.0.iter().chain(&object.cc.0).peekable();
    let is_addressed = addressed.peek().is_some();
    if is_addressed && !addressed.any(|to| to.id().is_some_and(|id| PUBLIC.contains(&id))) {
        return Ok(Event::Ignored(Ignored::NotPublic));
    }
    let id = object.id.ok_or_else(|| lacking("id"))?;
    let (lang, content) = content(object.content, object.content_map);
    let content = content.ok_or_else(|| lacking("content"))?;
    let first = |several: Option<Several<Reference>>| {
        let first = several?.0.into_iter().next()?;
        first.id().map(str::to_owned)
    };
    let author = first(object.attributed_to);
    let (mut mentioned, mut tags) = (Vec::new(), Vec::new());
    for tag in object.tag.0 {
        let Some(name) = tag.name else { continue };
        match tag.kind.as_deref() {
            Some("Mention") => mentioned.push(Text::from(name.trim_start_matches('@').to_owned())),
            Some("Hashtag") => tags.push(Text::from(name.trim_start_matches('#').to_owned())),
            _ => {}
        }
    }
    Ok(Post {
        change,
        id: Some(PostId::of_author(id)),
        platform: Some(Platform::Mastodon),
        created_at: object.published,
        observed_at: object.updated.filter(|_| change == Change::Update),
        text: Some(Text::from(html::to_text(&content))),
        title: object.name.or(object.summary).map(Text::from),
        handle: author.as_deref().and_then(handle_of),
        author: author.map(|id| Author {
            id: Some(Text::from(id)),
            ..Author::default()
        }),
        mentioned,
        tags,
        lang,
        in_reply_to: first(object.in_reply_to).map(PostId::of_author),
        repost_of,
        media: object.attachment.0.into_iter().map(media).collect(),
        url: object.url.and_then(address),
        ..Post::default()
    }
    .into())
}

/// The content with its language, if the map has exactly one.
fn content(
    content: Option<String>,
    map: Option<serde_json::Map<String, serde_json::Value>>,
) -> (Option<Text<'static>>, Option<String>) {
    let mut entries = map.unwrap_or_default().into_iter();
    match (entries.next(), entries.next()) {
        (Some((lang, in_map)), None) => {
            let in_map = in_map.as_str().map(str::to_owned);
            (Some(Text::from(lang)), content.or(in_map))
        }
        (Some((_, in_map)), Some(_)) => {
            let in_map = in_map.as_str().map(str::to_owned);
            (None, content.or(in_map))
        }
        _ => (None, content),
    }
}

/// `name@host` of an actor's address, in the forms that most servers use.
fn handle_of(actor: &str) -> Option<Text<'static>> {
    let rest = actor.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    let name = path
        .strip_prefix("users/")
        .or_else(|| path.strip_prefix('@'))
        .or_else(|| path.strip_prefix("u/"))?;
    let is_name = !name.is_empty() && !name.contains('/');
    is_name.then(|| Text::from(format!("{name}@{host}")))
}

fn media(attachment: Attachment) -> Media<'static> {
    let kind = match attachment.media_type.as_deref() {
        Some(media_type) if media_type.starts_with("video/") => "video",
        Some(media_type) if media_type.starts_with("image/") => "image",
        _ => "link",
    };
    Media::Described {
        kind: Some(Text::from(kind)),
        alt: attachment.name.map(Text::from),
    }
}

fn address(links: Several<Link>) -> Option<Text<'static>> {
    links.0.into_iter().find_map(|link| match link {
        Link::Address(address) => Some(Text::from(address)),
        Link::Object { href } => href.map(Text::from),
    })
}
