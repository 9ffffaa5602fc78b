//! The X API, version 2: posts with their includes, and compliance events.
//!
//! Source of the shapes: docs.x.com, "Data dictionary", "Filtered stream" and "Compliance
//! streams".
//!
//! An edit has an id of its own; all versions of a post are known by the first one's.

use std::collections::BTreeMap;

use mention::{Author, Engagement, EventTime, Media, Platform, Rejection, Text};
use serde::Deserialize;
use serde_json::Value;

use crate::event::{AuthorGone, Change, Deletion, Event, Ignored, Post, PostId};
use crate::read::{Several, json, lacking};

/// Compliance events that take a post away.
const POST_GONE: [&str; 3] = ["delete", "tweet_delete", "drop"];
/// Compliance events that take an account's posts away.
const USER_GONE: [&str; 3] = ["user_delete", "user_protect", "user_suspend"];
/// Compliance events that take nothing away for good, or not from everybody.
const OTHER: [&str; 10] = [
    "undrop",
    "withheld",
    "tweet_edit",
    "user_undelete",
    "user_unprotect",
    "user_unsuspend",
    "user_withheld",
    "user_profile_modification",
    "scrub_geo",
    "unlike",
];

#[derive(Deserialize)]
struct Response {
    data: Several<Tweet>,
    #[serde(default)]
    includes: Includes,
}

#[derive(Deserialize)]
struct Tweet {
    id: String,
    text: String,
    author_id: Option<String>,
    created_at: Option<EventTime>,
    lang: Option<String>,
    conversation_id: Option<String>,
    in_reply_to_user_id: Option<String>,
    #[serde(default)]
    referenced_tweets: Vec<Referenced>,
    #[serde(default)]
    edit_history_tweet_ids: Vec<String>,
    public_metrics: Option<PostMetrics>,
    #[serde(default)]
    entities: Entities,
    note_tweet: Option<Note>,
    #[serde(default)]
    attachments: Attachments,
}

#[derive(Deserialize)]
struct Referenced {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct PostMetrics {
    like_count: Option<u64>,
    retweet_count: Option<u64>,
    quote_count: Option<u64>,
    reply_count: Option<u64>,
    impression_count: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entities {
    hashtags: Vec<Hashtag>,
    mentions: Vec<Mentioned>,
}

#[derive(Deserialize)]
struct Hashtag {
    tag: String,
}

#[derive(Deserialize)]
struct Mentioned {
    username: String,
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attachments {
    media_keys: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Includes {
    users: Vec<User>,
    media: Vec<Item>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    username: Option<String>,
    created_at: Option<EventTime>,
    verified: Option<bool>,
    public_metrics: Option<UserMetrics>,
}

#[derive(Deserialize)]
struct UserMetrics {
    followers_count: Option<u64>,
}

#[derive(Deserialize)]
struct Item {
    media_key: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    alt_text: Option<String>,
}

#[derive(Deserialize)]
struct Compliance {
    data: BTreeMap<String, Notice>,
}

#[derive(Deserialize)]
struct Notice {
    tweet: Option<Subject>,
    user: Option<Subject>,
    event_at: Option<EventTime>,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
}

/// Whether the member `data` of a response is a compliance event.
pub(crate) fn is_compliance(data: &Value) -> bool {
    let all = || POST_GONE.iter().chain(&USER_GONE).chain(&OTHER);
    data.as_object().is_some_and(|members| {
        members.len() == 1 && members.keys().all(|key| all().any(|known| known == key))
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Event<'static>>, Rejection> {
    #[derive(Deserialize)]
    struct Outline {
        data: Option<Value>,
    }
    let outline: Outline = json(bytes)?;
    let Some(data) = outline.data else {
        // An answer without results, or the stream's own errors.
        return Ok(vec![Event::Ignored(Ignored::NotAPost)]);
    };
    if is_compliance(&data) {
        return compliance(json(bytes)?);
    }
    let Response { data, includes } = json(bytes)?;
    let posts = data.0.into_iter();
    Ok(posts.map(|tweet| post(tweet, &includes).into()).collect())
}

fn compliance(event: Compliance) -> Result<Vec<Event<'static>>, Rejection> {
    let platform = Some(Platform::X);
    let each = event.data.into_iter().map(|(kind, notice)| {
        let observed_at = notice.event_at;
        if POST_GONE.contains(&kind.as_str()) {
            let tweet = notice.tweet;
            let tweet = tweet.ok_or_else(|| lacking(&format!("data.{kind}.tweet")))?;
            return Ok(Event::Delete(Deletion {
                id: PostId::plain(tweet.id),
                brand: None,
                platform,
                observed_at,
            }));
        }
        if USER_GONE.contains(&kind.as_str()) {
            let user = notice.user;
            let user = user.ok_or_else(|| lacking(&format!("data.{kind}.user")))?;
            return Ok(Event::AuthorGone(AuthorGone {
                author: Text::from(user.id),
                is_pseudonym: false,
                platform,
                observed_at,
            }));
        }
        Ok(Event::Ignored(Ignored::NotAPost))
    });
    each.collect()
}

fn post(tweet: Tweet, includes: &Includes) -> Post<'static> {
    let referenced = |kind: &str| {
        let mut all = tweet.referenced_tweets.iter();
        let found = all.find(|referenced| referenced.kind == kind);
        found.map(|referenced| PostId::plain(referenced.id.clone()))
    };
    let (in_reply_to, repost_of) = (referenced("replied_to"), referenced("retweeted"));
    let user = includes
        .users
        .iter()
        .find(|user| Some(&user.id) == tweet.author_id.as_ref());
    let first = tweet.edit_history_tweet_ids.first();
    let is_edit = first.is_some_and(|first| *first != tweet.id);
    let id = first.cloned().unwrap_or(tweet.id);
    let root = tweet.conversation_id.filter(|root| *root != id);
    let engagement = tweet.public_metrics.as_ref().map(engagement);
    let names = tweet.entities.mentions.into_iter();
    let mentioned = names
        .map(|name| name.username)
        .chain(tweet.in_reply_to_user_id);
    Post {
        change: if is_edit {
            Change::Update
        } else {
            Change::Create
        },
        id: Some(PostId::plain(id)),
        platform: Some(Platform::X),
        created_at: tweet.created_at,
        text: Some(Text::from(
            tweet.note_tweet.map_or(tweet.text, |note| note.text),
        )),
        author: tweet.author_id.map(|id| Author {
            id: Some(Text::from(id)),
            followers: user
                .and_then(|user| user.public_metrics.as_ref())
                .and_then(|metrics| metrics.followers_count),
            created_at: user.and_then(|user| user.created_at),
            verified: user.and_then(|user| user.verified),
            role: None,
        }),
        handle: user.and_then(|user| user.username.clone()).map(Text::from),
        mentioned: mentioned.map(Text::from).collect(),
        tags: tweet
            .entities
            .hashtags
            .into_iter()
            .map(|h| h.tag.into())
            .collect(),
        lang: tweet
            .lang
            .filter(|lang| !is_placeholder(lang))
            .map(Text::from),
        in_reply_to,
        root: root.map(PostId::plain),
        repost_of,
        engagement,
        media: media(&tweet.attachments.media_keys, &includes.media),
        ..Post::default()
    }
}

fn engagement(metrics: &PostMetrics) -> Engagement {
    let shares = match (metrics.retweet_count, metrics.quote_count) {
        (None, None) => None,
        (reposts, quotes) => Some(reposts.unwrap_or(0).saturating_add(quotes.unwrap_or(0))),
    };
    Engagement {
        likes: metrics.like_count,
        shares,
        replies: metrics.reply_count,
        views: metrics.impression_count,
        ..Engagement::default()
    }
}

/// X marks what has no language by names of its own.
fn is_placeholder(lang: &str) -> bool {
    matches!(
        lang,
        "und" | "zxx" | "art" | "qam" | "qct" | "qht" | "qme" | "qst"
    )
}

fn media(keys: &[String], items: &[Item]) -> Vec<Media<'static>> {
    let found = keys
        .iter()
        .filter_map(|key| items.iter().find(|item| item.media_key == *key));
    found
        .map(|item| Media::Described {
            kind: Some(Text::from(match item.kind.as_deref() {
                Some("video" | "animated_gif") => "video",
                _ => "image",
            })),
            alt: item.alt_text.clone().map(Text::from),
        })
        .collect()
}
