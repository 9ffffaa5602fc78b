//! Any JSON, by a mapping: for each field a JSON Pointer (RFC 6901) to where it stands.

use std::collections::BTreeMap;

use mention::{Author, Engagement, Platform, Reason, Rejection, Text};
use serde_json::Value;

use crate::Options;
use crate::event::{Change, Deletion, Event, Post, PostId};
use crate::read::{bad, json, lacking};
use crate::table::time;
use crate::words::platform_of;

/// Fields that a mapping may name.
pub const FIELDS: [&str; 24] = [
    "author",
    "brand",
    "country",
    "created_at",
    "event",
    "followers",
    "handle",
    "id",
    "in_reply_to",
    "items",
    "kind_hint",
    "lang",
    "likes",
    "observed_at",
    "platform",
    "rating",
    "replies",
    "repost_of",
    "root",
    "shares",
    "text",
    "title",
    "url",
    "views",
];

/// Where each field stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    /// JSON Pointer of each field, by its name in [`FIELDS`]; that of `items` leads to a
    /// list of posts, in which the others are looked for.
    pub pointers: BTreeMap<String, String>,
    /// The platform of all posts, if none is mapped.
    pub platform: Option<Platform>,
}

pub(crate) fn decode(bytes: &[u8], options: &Options) -> Result<Vec<Event<'static>>, Rejection> {
    let Some(mapping) = &options.mapping else {
        let detail = "json: no mapping is configured, see [ingest.json]";
        return Err(Rejection::new(Reason::UnknownFormat, detail));
    };
    let whole: Value = json(bytes)?;
    let item = |value: &Value, before: String| {
        let item = Item {
            value,
            mapping,
            options,
            before,
        };
        item.event()
    };
    let Some(pointer) = mapping.pointers.get("items") else {
        return item(&whole, String::new()).map(|event| vec![event]);
    };
    let items = whole.pointer(pointer).and_then(Value::as_array);
    let items = items.ok_or_else(|| bad(pointer, "not a list"))?;
    let each = items.iter().enumerate();
    each.map(|(index, value)| item(value, format!("{pointer}/{index}")))
        .collect()
}

struct Item<'a> {
    value: &'a Value,
    mapping: &'a Mapping,
    options: &'a Options,
    /// Pointer to the item itself, for the path of a fault.
    before: String,
}

impl Item<'_> {
    /// The value of a field and its pointer, if it is mapped and there.
    fn find(&self, field: &str) -> Option<(&Value, String)> {
        let pointer = self.mapping.pointers.get(field)?;
        let value = self
            .value
            .pointer(pointer)
            .filter(|value| !value.is_null())?;
        Some((value, format!("{}{pointer}", self.before)))
    }

    /// A field that has to be there and isn't, by its pointer if it is mapped.
    fn lacking(&self, field: &str) -> Rejection {
        let pointer = self.mapping.pointers.get(field);
        let path = pointer.map(|pointer| format!("{}{pointer}", self.before));
        lacking(path.as_deref().unwrap_or(field))
    }

    /// A text, or a number as one.
    fn text(&self, field: &str) -> Result<Option<Text<'static>>, Rejection> {
        match self.find(field) {
            None => Ok(None),
            Some((Value::String(text), _)) => Ok(Some(Text::from(text.clone()))),
            Some((Value::Number(number), _)) => Ok(Some(Text::from(number.to_string()))),
            Some((_, path)) => Err(bad(&path, "not a text")),
        }
    }

    fn count(&self, field: &str) -> Result<Option<u64>, Rejection> {
        let Some((value, path)) = self.find(field) else {
            return Ok(None);
        };
        let text = value.as_str().and_then(|text| text.parse().ok());
        let count = value.as_u64().or(text);
        count.map(Some).ok_or_else(|| bad(&path, "not a count"))
    }

    fn time(&self, field: &str) -> Result<Option<mention::EventTime>, Rejection> {
        let Some((value, path)) = self.find(field) else {
            return Ok(None);
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => whole.to_string(),
                // Seconds with a fraction.
                None => number
                    .to_string()
                    .split('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            },
            _ => String::new(),
        };
        let time = time(text.trim(), &self.options.time_zone);
        time.map(Some).ok_or_else(|| bad(&path, "not a time"))
    }

    fn rating(&self) -> Result<Option<f64>, Rejection> {
        let Some((value, path)) = self.find("rating") else {
            return Ok(None);
        };
        let text = value.as_str().and_then(|text| text.parse().ok());
        let rating = value.as_f64().or(text);
        let rating = rating.ok_or_else(|| bad(&path, "not a number"))?;
        let of = self.options.rating_max;
        if !(0.0..=of).contains(&rating) {
            return Err(bad(&path, "outside its scale"));
        }
        Ok(Some((rating * 5.0 / of).max(1.0)))
    }

    fn refer(&self, field: &str) -> Result<Option<PostId<'static>>, Rejection> {
        let id = self.text(field)?;
        Ok(id.map(PostId::of_any))
    }

    fn event(&self) -> Result<Event<'static>, Rejection> {
        let platform = self.text("platform")?.map(|name| platform_of(&name));
        let platform = platform.or(self.mapping.platform);
        let change = match self.text("event")?.as_deref() {
            None | Some("create" | "created" | "new") => Change::Create,
            Some("update" | "updated" | "edit" | "edited") => Change::Update,
            Some("delete" | "deleted" | "remove" | "removed") => {
                return Ok(Event::Delete(Deletion {
                    id: self.refer("id")?.ok_or_else(|| self.lacking("id"))?,
                    brand: self.text("brand")?,
                    platform,
                    observed_at: self.time("observed_at")?,
                }));
            }
            Some(_) => {
                let path = self.find("event").map(|(_, path)| path);
                return Err(bad(
                    &path.unwrap_or_default(),
                    "not create, update or delete",
                ));
            }
        };
        let (id, followers) = (self.text("author")?, self.count("followers")?);
        let engagement = Engagement {
            likes: self.count("likes")?,
            shares: self.count("shares")?,
            replies: self.count("replies")?,
            views: self.count("views")?,
            ..Engagement::default()
        };
        Ok(Post {
            change,
            id: self.refer("id")?,
            brand: self.text("brand")?,
            platform,
            created_at: self.time("created_at")?,
            observed_at: self.time("observed_at")?,
            text: self.text("text")?,
            title: self.text("title")?,
            handle: self.text("handle")?,
            author: (id.is_some() || followers.is_some()).then(|| Author {
                id,
                followers,
                ..Author::default()
            }),
            lang: self.text("lang")?,
            kind_hint: self.text("kind_hint")?,
            rating: self.rating()?,
            in_reply_to: self.refer("in_reply_to")?,
            root: self.refer("root")?,
            repost_of: self.refer("repost_of")?,
            engagement: (engagement != Engagement::default()).then_some(engagement),
            url: self.text("url")?,
            country: self.text("country")?,
            ..Post::default()
        }
        .into())
    }
}
