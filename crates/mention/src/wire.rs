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
    let json = std::str::from_utf8(bytes)
        .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
    // The parser would take an array for an object with its fields in order.
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Rejection::new(Reason::NotJson, "not one JSON object"));
    }
    let wire: Wire<'_> = serde_json::from_str(json).map_err(|error| explain(json, &error))?;
    check(wire)
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
fn explain(json: &str, error: &serde_json::Error) -> Rejection {
    if !error.is_data() || !json.trim_ascii_start().starts_with('{') {
        let detail = format!("line {} column {}", error.line(), error.column());
        return Rejection::new(Reason::NotJson, format!("not one JSON object: {detail}"));
    }
    if let Some(field) = duplicate(error) {
        return bad_field(format!("{field}: comes twice"));
    }
    let deserializer = &mut serde_json::Deserializer::from_str(json);
    let path = serde_path_to_error::deserialize::<_, Wire<'_>>(deserializer)
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Label, Probabilities, append_score, clamp_created_at, heartbeat};

    const PLAIN: &str = r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"Weer te laat","later":{"a":[1,"\u00e9"]}}"#;

    fn mention(json: &[u8]) -> Mention<'_> {
        match parse(json).unwrap() {
            Record::Mention(mention) => *mention,
            Record::Heartbeat(_) => panic!("a heartbeat"),
        }
    }

    fn reason(json: &[u8]) -> Reason {
        parse(json).unwrap_err().reason
    }

    fn with(field: &str, value: &str) -> String {
        let mut fields: serde_json::Map<_, _> = serde_json::from_str(PLAIN).unwrap();
        fields.insert(field.to_owned(), serde_json::from_str(value).unwrap());
        serde_json::to_string(&fields).unwrap()
    }

    fn score() -> Score<'static> {
        Score {
            label: Label::Negative,
            probabilities: Probabilities::from_weights(8.0, 1.0, 1.0),
            confidence: 0.8,
            lang: Text::from("nl"),
            abstained: None,
            kind: crate::Kind::Complaint,
            aspects: Vec::new(),
            model: Text::from("test@1"),
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        let long_text = format!("\"{}\"", "a".repeat(MAX_TEXT_BYTES + 1));
        let mebibyte = format!("\"{}\"", "a".repeat(1 << 20));
        let cases: [(&[u8], Reason); 19] = [
            (b"", Reason::NotJson),
            (b"not json", Reason::NotJson),
            (b"[1,2]", Reason::NotJson),
            (b"{\"id\":", Reason::NotJson),
            (b"\x1f\x8b\x08\x00gzip", Reason::NotUtf8),
            (b"{\"id\":\"\xff\"}", Reason::NotUtf8),
            (b"{}", Reason::MissingField),
            (
                br#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z"}"#,
                Reason::MissingField,
            ),
            (with("id", "7").leak().as_bytes(), Reason::BadField),
            (with("id", "\"\"").leak().as_bytes(), Reason::BadField),
            (
                with("brand", "\"Acme BV\"").leak().as_bytes(),
                Reason::BadField,
            ),
            (
                with("created_at", "\"yesterday\"").leak().as_bytes(),
                Reason::BadField,
            ),
            (
                with("created_at", "\"0000-01-01T00:00:00Z\"")
                    .leak()
                    .as_bytes(),
                Reason::TimeOutOfRange,
            ),
            (with("rating", "6").leak().as_bytes(), Reason::BadField),
            (
                with("engagement", "{\"likes\":-1}").leak().as_bytes(),
                Reason::BadField,
            ),
            (
                with("event", "\"explode\"").leak().as_bytes(),
                Reason::BadField,
            ),
            (with("text", "\" \"").leak().as_bytes(), Reason::EmptyText),
            (
                with("text", &long_text).leak().as_bytes(),
                Reason::TextTooLong,
            ),
            (
                with("text", &mebibyte).leak().as_bytes(),
                Reason::TextTooLong,
            ),
        ];
        for (json, expected) in cases {
            let shown = String::from_utf8_lossy(&json[..json.len().min(120)]);
            assert_eq!(reason(json), expected, "{shown}");
        }
    }

    #[test]
    fn rejections_name_the_path_and_no_value() {
        let json = with("author", r#"{"id":"u1","followers":"secret-value"}"#);
        let rejection = parse(json.as_bytes()).unwrap_err();
        assert!(
            rejection.detail.starts_with("author.followers: "),
            "{rejection}"
        );
        assert!(!rejection.detail.contains("secret"), "{rejection}");
    }

    #[test]
    fn a_duplicate_field_is_refused() {
        let json = PLAIN.replacen('{', r#"{"id":"2","#, 1);
        let rejection = parse(json.as_bytes()).unwrap_err();
        assert_eq!(rejection.to_string(), "bad_field: id: comes twice");
    }

    #[test]
    fn nulls_and_unknown_words_are_tolerated() {
        let json = with("lang", "null");
        assert_eq!(mention(json.as_bytes()).lang, None);
        let json = with("platform", "\"hyves\"");
        assert_eq!(mention(json.as_bytes()).platform, Platform::Other);
        let json = with("author", r#"{"role":"astronaut"}"#);
        assert_eq!(
            mention(json.as_bytes()).author.unwrap().role,
            Some(crate::Role::Other)
        );
    }

    #[test]
    fn empty_text_needs_media_or_an_edit() {
        let fields =
            r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z""#;
        let with_media =
            format!("{fields},\"media\":[{{\"type\":\"image\",\"alt\":\"Kapot\"}},\"link\"]}}");
        assert_eq!(mention(with_media.as_bytes()).media[0].alt(), Some("Kapot"));
        let edit =
            format!("{fields},\"event\":\"delete\",\"observed_at\":\"2026-03-02T10:00:00Z\"}}");
        assert_eq!(
            mention(edit.as_bytes()).created_at.to_string(),
            "2026-03-02T10:00:00Z"
        );
    }

    #[test]
    fn the_longest_mention_still_has_room_for_its_score() {
        let padding = MAX_RECORD_BYTES - with("later", "\"\"").len();
        let longest = with("later", &format!("\"{}\"", "x".repeat(padding)));
        assert_eq!(longest.len(), MAX_RECORD_BYTES);
        let mut out = Vec::new();
        append_score(longest.as_bytes(), &score(), &mut out).unwrap();
        assert_eq!(reason(&out), Reason::RecordTooLarge);
        assert!(parse_scored(&out).is_ok());
    }

    #[test]
    fn heartbeats_need_only_a_time() {
        let at = EventTime::from_millis(1_000_000_020_000);
        assert_eq!(parse(heartbeat(at).as_bytes()), Ok(Record::Heartbeat(at)));
    }

    #[test]
    fn scoring_keeps_every_byte_and_can_be_read_back() {
        let mut out = Vec::new();
        append_score(PLAIN.as_bytes(), &score(), &mut out).unwrap();
        let body = &PLAIN[..PLAIN.len() - 1];
        assert!(out.starts_with(body.as_bytes()));
        assert_eq!(mention(&out).score, Some(score()));
        insta::assert_snapshot!(String::from_utf8(out[body.len()..].to_vec()).unwrap());
    }

    #[test]
    fn clamping_keeps_the_claim_and_the_unknown() {
        let to = EventTime::from_millis(1_700_000_000_000);
        let clamped = clamp_created_at(PLAIN.as_bytes(), to).unwrap();
        let read = mention(&clamped);
        assert!(read.clamped);
        assert_eq!(read.created_at, to);
        let fields: serde_json::Value = serde_json::from_slice(&clamped).unwrap();
        assert_eq!(fields["created_at_claimed"], "2026-03-02T09:00:00Z");
        assert_eq!(fields["later"]["a"][0], 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_damage_makes_the_parser_panic(at in 0..PLAIN.len(), byte: u8) {
            let mut bytes = PLAIN.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = parse(&bytes);
        }

        #[test]
        fn any_text_survives_scoring(text in "\\PC{1,80}[a-z]", id in "\\PC{1,60}") {
            let json = serde_json::json!({"text": text, "id": id, "brand": "acme", "platform": "x",
                "created_at": "2026-03-02T09:00:00Z", "extra": text}).to_string();
            let mut out = Vec::new();
            append_score(json.as_bytes(), &score(), &mut out).unwrap();
            let read = mention(&out);
            prop_assert_eq!(read.text.as_str(), text);
            prop_assert_eq!(read.id.as_str(), id);
            prop_assert_eq!(read.score, Some(score()));
        }
    }
}
