//! Threads as Reddit has them: links (`t3`), comments (`t1`) and listings of both.
//!
//! Source of the shapes: the wiki of `reddit-archive/reddit`, "JSON", and
//! reddit.com/dev/api. Other forums offer the same shapes.

use mention::{Author, Engagement, EventTime, Platform, Rejection, Text};
use serde::Deserialize;
use serde_json::Value;

use crate::event::{Change, Deletion, Event, Ignored, Post, PostId};
use crate::read::{Several, bad, from_seconds, joined, json, lacking};

/// What stands where a text or an author was taken away.
const GONE: [&str; 2] = ["[deleted]", "[removed]"];

#[derive(Deserialize)]
struct Thing {
    kind: Option<String>,
    data: Option<Value>,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    children: Vec<Thing>,
}

#[derive(Deserialize)]
struct Data {
    id: Option<String>,
    name: Option<String>,
    author: Option<String>,
    author_fullname: Option<String>,
    title: Option<String>,
    selftext: Option<String>,
    body: Option<String>,
    created_utc: Option<f64>,
    /// `false`, or when.
    edited: Option<Value>,
    parent_id: Option<String>,
    link_id: Option<String>,
    removed_by_category: Option<String>,
    subreddit: Option<String>,
    permalink: Option<String>,
    score: Option<i64>,
    num_comments: Option<u64>,
    /// An empty text, or a listing.
    replies: Option<Value>,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Event<'static>>, Rejection> {
    // A thread comes as two listings: its first post, and what was answered.
    let things: Several<Value> = json(bytes)?;
    let mut events = Vec::new();
    let is_list = bytes.trim_ascii_start().starts_with(b"[");
    for (index, value) in things.0.into_iter().enumerate() {
        let path = if is_list {
            format!("[{index}].")
        } else {
            String::new()
        };
        if value.get("kind").is_some() {
            thing(read(value, &path)?, &path, &mut events)?;
        } else {
            data(value, None, &path, &mut events)?;
        }
    }
    Ok(events)
}

fn read<T: for<'de> Deserialize<'de>>(value: Value, path: &str) -> Result<T, Rejection> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let at = error.path().to_string();
        bad(
            &joined(path.trim_end_matches('.'), &at),
            "wrong type or value",
        )
    })
}

/// Adds what a thing holds. The parser's bound on depth bounds this one's.
fn thing(thing: Thing, path: &str, events: &mut Vec<Event<'static>>) -> Result<(), Rejection> {
    let Some(inner) = thing.data else {
        return Err(lacking(&format!("{path}data")));
    };
    match thing.kind.as_deref() {
        Some("Listing") => {
            let listing: Listing = read(inner, &format!("{path}data."))?;
            for (index, child) in listing.children.into_iter().enumerate() {
                let path = format!("{path}data.children[{index}].");
                self::thing(child, &path, events)?;
            }
            Ok(())
        }
        Some(kind @ ("t1" | "t3")) => data(inner, Some(kind), &format!("{path}data."), events),
        _ => {
            events.push(Event::Ignored(Ignored::NotAPost));
            Ok(())
        }
    }
}

fn data(
    value: Value,
    kind: Option<&str>,
    path: &str,
    events: &mut Vec<Event<'static>>,
) -> Result<(), Rejection> {
    let mut data: Data = read(value, path)?;
    let replies = data.replies.take().filter(Value::is_object);
    events.push(event(data, kind, path)?);
    match replies {
        Some(replies) => {
            let path = format!("{path}replies.");
            thing(read(replies, &path)?, &path, events)
        }
        None => Ok(()),
    }
}

fn event(data: Data, kind: Option<&str>, path: &str) -> Result<Event<'static>, Rejection> {
    let kind = kind.unwrap_or(if data.body.is_some() { "t1" } else { "t3" });
    let short = data.id.map(|id| format!("{kind}_{id}"));
    let name = data.name.or(short);
    let id = PostId::plain(name.ok_or_else(|| lacking(&format!("{path}name")))?);
    let platform = Some(Platform::Reddit);
    let text = data.body.or(data.selftext);
    let is_taken = data.removed_by_category.is_some()
        || text.as_deref().is_some_and(|text| GONE.contains(&text));
    if is_taken {
        return Ok(Event::Delete(Deletion {
            id,
            brand: None,
            platform,
            observed_at: None,
        }));
    }
    let time = |seconds: f64, field: &str| {
        from_seconds(seconds).ok_or_else(|| bad(&format!("{path}{field}"), "not a time"))
    };
    let created_at: Option<EventTime> = data
        .created_utc
        .map(|seconds| time(seconds, "created_utc"))
        .transpose()?;
    let edited = data.edited.as_ref().and_then(Value::as_f64);
    let observed_at = edited.map(|at| time(at, "edited")).transpose()?;
    let author = data
        .author
        .filter(|author| !GONE.contains(&author.as_str()));
    let (in_reply_to, root) = match kind {
        "t1" => (data.parent_id, data.link_id),
        _ => (None, None),
    };
    Ok(Post {
        change: if observed_at.is_some() {
            Change::Update
        } else {
            Change::Create
        },
        id: Some(id),
        platform,
        created_at,
        observed_at,
        text: Some(Text::from(text.unwrap_or_default())),
        title: data.title.map(Text::from),
        author: data
            .author_fullname
            .or_else(|| author.clone())
            .map(|id| Author {
                id: Some(Text::from(id)),
                ..Author::default()
            }),
        handle: author.map(Text::from),
        in_reply_to: in_reply_to.map(PostId::plain),
        root: root.map(PostId::plain),
        engagement: Some(Engagement {
            likes: data.score.and_then(|score| u64::try_from(score).ok()),
            replies: data.num_comments,
            ..Engagement::default()
        }),
        surface: data.subreddit.map(|name| Text::from(format!("r/{name}"))),
        url: data
            .permalink
            .map(|path| Text::from(format!("https://www.reddit.com{path}"))),
        ..Post::default()
    }
    .into())
}
