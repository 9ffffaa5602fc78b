//! Reading a record of the mention topics.

use serde::Deserialize;

use crate::record::{Author, Cluster, Engagement, Event, Media};
use crate::{
    EventTime, MAX_ID_BYTES, MAX_RECORD_BYTES, MAX_SCORE_BYTES, MAX_TEXT_BYTES, Mention, Platform,
    Reason, Record, Rejection, Score, Text, is_brand_slug,
};

/// The fields as they stand in the JSON, before the contract is checked.
///
/// Every field is optional here, so that what is missing is named by us and not
/// by the parser, and edits and heartbeats read through the same door.
#[derive(Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "Mention", description = "One public post about one brand.")
)]
pub(crate) struct Wire<'a> {
    /// Unique within brand and platform; 1 to 256 bytes.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 256)))]
    id: Option<Text<'a>>,
    /// Slug of the tracked brand; the key of the record.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"))
    )]
    brand: Option<Text<'a>>,
    /// x, instagram, tiktok, facebook, youtube, pinterest, linkedin, reddit, threads,
    /// bluesky, mastodon, reviews, forum, news or other; anything else is read as other.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    platform: Option<Platform>,
    /// When the author posted, RFC 3339 with an offset.
    created_at: Option<EventTime>,
    /// When an update or a deletion was seen, RFC 3339 with an offset.
    observed_at: Option<EventTime>,
    /// The post, at most 64 KiB; may be empty with media.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(length(max = 65_536)))]
    text: Option<Text<'a>>,
    /// `create` if absent.
    event: Option<Event>,
    /// Who posted it.
    #[serde(borrow)]
    author: Option<Author<'a>>,
    /// Language by the platform's word, BCP 47.
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    /// Kind by the source's word, as in `score.kind`.
    #[serde(borrow)]
    kind_hint: Option<Text<'a>>,
    /// Stars of a review.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 5)))]
    rating: Option<f64>,
    /// Title of a review.
    #[serde(borrow)]
    title: Option<Text<'a>>,
    /// Id of the post it answers.
    #[serde(borrow)]
    in_reply_to: Option<Text<'a>>,
    /// Id of the thread's first post.
    #[serde(borrow)]
    root: Option<Text<'a>>,
    /// Id of the post it repeats.
    #[serde(borrow)]
    repost_of: Option<Text<'a>>,
    /// Group of near-duplicates it belongs to.
    #[serde(borrow)]
    cluster: Option<Cluster<'a>>,
    /// Reach and reactions.
    engagement: Option<Engagement>,
    /// Pictures, films and links, with their descriptions.
    #[serde(borrow)]
    media: Option<Vec<Media<'a>>>,
    /// Campaign it belongs to.
    #[serde(borrow)]
    campaign: Option<Text<'a>>,
    /// Whether it is the pipeline's own test record.
    canary: Option<bool>,
    /// Whether `created_at` was moved back to the record's Kafka timestamp.
    clamped: Option<bool>,
    /// The score; a record that comes with one is used as it is.
    #[serde(borrow)]
    score: Option<Score<'a>>,
}

/// Reads one record of [`crate::Topic::Mentions`].
///
/// # Errors
/// A [`Rejection`] that names the first field at fault; see [`Reason`].
pub fn parse(bytes: &[u8]) -> Result<Record<'_>, Rejection> {
    parse_within(bytes, MAX_RECORD_BYTES)
}

/// Reads one record of [`crate::Topic::Scored`]: a mention of any legal length may
/// have got a score on top.
///
/// # Errors
/// As [`parse`].
pub fn parse_scored(bytes: &[u8]) -> Result<Record<'_>, Rejection> {
    parse_within(bytes, MAX_RECORD_BYTES + MAX_SCORE_BYTES)
}

fn parse_within(bytes: &[u8], max_bytes: usize) -> Result<Record<'_>, Rejection> {
    if bytes.len() > max_bytes {
        return Err(too_large(bytes));
    }
    check(read(bytes)?)
}

/// Reads one JSON object.
///
/// # Errors
/// A [`Rejection`] with the path of the field at fault.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Rejection> {
    let json = std::str::from_utf8(bytes)
        .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
    // The parser would take an array for an object with its fields in order.
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Rejection::new(Reason::NotJson, "not one JSON object"));
    }
    serde_json::from_str(json).map_err(|error| explain::<T>(json, &error))
}

/// An oversized record whose text is the culprit is named after the text.
fn too_large(bytes: &[u8]) -> Rejection {
    #[derive(Deserialize)]
    struct OnlyText<'a> {
        #[serde(borrow)]
        text: Text<'a>,
    }
    if let Ok(OnlyText { text }) = serde_json::from_slice(bytes)
        && text.len() > MAX_TEXT_BYTES
    {
        return text_too_long(text.len());
    }
    let detail = format!(
        "{} bytes, at most {MAX_RECORD_BYTES} are taken",
        bytes.len()
    );
    Rejection::new(Reason::RecordTooLarge, detail)
}

fn text_too_long(bytes: usize) -> Rejection {
    let detail = format!("text: {bytes} bytes, at most {MAX_TEXT_BYTES} are taken");
    Rejection::new(Reason::TextTooLong, detail)
}

/// Reads once more, now with the path of the field at fault.
fn explain<'a, T: Deserialize<'a>>(json: &'a str, error: &serde_json::Error) -> Rejection {
    if !error.is_data() || !json.trim_ascii_start().starts_with('{') {
        let detail = format!("line {} column {}", error.line(), error.column());
        return Rejection::new(Reason::NotJson, format!("not one JSON object: {detail}"));
    }
    if let Some(field) = duplicate(error) {
        return bad_field(format!("{field}: comes twice"));
    }
    let deserializer = &mut serde_json::Deserializer::from_str(json);
    let path = serde_path_to_error::deserialize::<_, T>(deserializer)
        .err()
        .map_or_else(String::new, |error| error.path().to_string());
    let detail = match error.column() {
        0 => format!("{path}: wrong type or value"),
        column => format!(
            "{path}: wrong type or value, line {} column {column}",
            error.line()
        ),
    };
    Rejection::new(Reason::BadField, detail)
}

/// The field that stands in its object more than once, if that is the error; always
/// one that the contract names.
fn duplicate(error: &serde_json::Error) -> Option<String> {
    let message = error.to_string();
    let (field, _) = message.strip_prefix("duplicate field `")?.split_once('`')?;
    Some(field.to_owned())
}

fn check(wire: Wire<'_>) -> Result<Record<'_>, Rejection> {
    let event = wire.event.unwrap_or_default();
    let at = event_time(&wire, event)?;
    if at < EventTime::from_millis(0) {
        return Err(Rejection::new(
            Reason::TimeOutOfRange,
            format!("created_at: {at}"),
        ));
    }
    if event == Event::Heartbeat {
        return Ok(Record::Heartbeat(at));
    }
    let id = required(wire.id, "id")?;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(bad_field(format!(
            "id: {} bytes, 1 to {MAX_ID_BYTES} are taken",
            id.len()
        )));
    }
    let brand = required(wire.brand, "brand")?;
    if !is_brand_slug(&brand) {
        return Err(bad_field("brand: not a slug of 1 to 64 of a-z 0-9 - _ ."));
    }
    let platform = required(wire.platform, "platform")?;
    let media = wire.media.unwrap_or_default();
    let text = check_text(wire.text, event, !media.is_empty())?;
    if wire
        .rating
        .is_some_and(|rating| !(1.0..=5.0).contains(&rating))
    {
        return Err(bad_field("rating: outside 1 to 5"));
    }
    if wire
        .score
        .as_ref()
        .is_some_and(|score| !is_plausible(score))
    {
        return Err(bad_field("score: a probability is outside 0 to 1"));
    }
    Ok(Record::Mention(Box::new(Mention {
        id,
        brand,
        platform,
        created_at: at,
        text,
        event,
        author: wire.author,
        lang: wire.lang,
        kind_hint: wire.kind_hint,
        rating: wire.rating,
        title: wire.title,
        in_reply_to: wire.in_reply_to,
        root: wire.root,
        repost_of: wire.repost_of,
        cluster: wire.cluster,
        engagement: wire.engagement,
        media,
        campaign: wire.campaign,
        canary: wire.canary.unwrap_or(false),
        clamped: wire.clamped.unwrap_or(false),
        score: wire.score,
    })))
}

/// A post's time is when it was made; an edit's or deletion's, when it was observed.
fn event_time(wire: &Wire<'_>, event: Event) -> Result<EventTime, Rejection> {
    let engagement = wire
        .engagement
        .and_then(|engagement| engagement.observed_at);
    match event {
        Event::Create | Event::Heartbeat => required(wire.created_at, "created_at"),
        Event::Update | Event::Delete => required(
            wire.observed_at.or(engagement).or(wire.created_at),
            "observed_at",
        ),
    }
}

fn check_text<'a>(
    text: Option<Text<'a>>,
    event: Event,
    has_media: bool,
) -> Result<Text<'a>, Rejection> {
    let changes_only = event != Event::Create;
    let text = match text {
        Some(text) => text,
        None if changes_only || has_media => Text::default(),
        None => return Err(missing("text")),
    };
    if text.len() > MAX_TEXT_BYTES {
        return Err(text_too_long(text.len()));
    }
    if text.trim().is_empty() && !has_media && !changes_only {
        return Err(Rejection::new(
            Reason::EmptyText,
            "text is empty and there is no media",
        ));
    }
    Ok(text)
}

fn is_plausible(score: &Score<'_>) -> bool {
    let p = &score.probabilities;
    [p.negative, p.neutral, p.positive, score.confidence]
        .iter()
        .all(|p| (0.0..=1.0).contains(p))
}

fn required<T>(value: Option<T>, field: &str) -> Result<T, Rejection> {
    value.ok_or_else(|| missing(field))
}

fn missing(field: &str) -> Rejection {
    Rejection::new(Reason::MissingField, field)
}

fn bad_field(detail: impl Into<String>) -> Rejection {
    Rejection::new(Reason::BadField, detail)
}

#[cfg(test)]
mod tests;
