//! What is taken, what is refused, and that scoring keeps every byte.

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
        aspects: crate::Aspects::new(),
        model: Text::from("test@1"),
        spans: Vec::new(),
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
    let fields = r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z""#;
    let with_media =
        format!("{fields},\"media\":[{{\"type\":\"image\",\"alt\":\"Kapot\"}},\"link\"]}}");
    assert_eq!(mention(with_media.as_bytes()).media[0].alt(), Some("Kapot"));
    let edit = format!("{fields},\"event\":\"delete\",\"observed_at\":\"2026-03-02T10:00:00Z\"}}");
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
