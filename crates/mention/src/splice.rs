//! Adding a score to a record without writing the rest anew.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::{EventTime, Reason, Rejection, Score};

/// Writes `record` with `"score": …` as its last member to `out`.
///
/// The record must be one that [`crate::parse`] took, and have no score yet;
/// all its bytes, unknown fields included, stay as they are. `"score": null` is no
/// score: there the `null` gives way, so that the member doesn't come twice.
///
/// # Errors
/// [`Reason::NotJson`] if the record doesn't end as an object does.
pub fn append_score(record: &[u8], score: &Score<'_>, out: &mut Vec<u8>) -> Result<(), Rejection> {
    if let Some(null) = null_score(record) {
        out.extend_from_slice(&record[..null.start]);
        serde_json::to_writer(&mut *out, score).map_err(not_json)?;
        out.extend_from_slice(&record[null.end..]);
        return Ok(());
    }
    let body = record.trim_ascii_end();
    let Some(body) = body.strip_suffix(b"}") else {
        return Err(Rejection::new(
            Reason::NotJson,
            "the record doesn't end with `}`",
        ));
    };
    out.extend_from_slice(body);
    out.extend_from_slice(b",\"score\":");
    serde_json::to_writer(&mut *out, score).map_err(not_json)?;
    out.push(b'}');
    Ok(())
}

/// Where the `null` of a member `"score": null` stands, if the record has one;
/// members of inner objects don't count.
fn null_score(record: &[u8]) -> Option<Range<usize>> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = record.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                at = string_end(record, at);
                let null = (depth == 1 && &record[start..at] == b"\"score\"")
                    .then(|| null_member(record, at))
                    .flatten();
                if null.is_some() {
                    return null;
                }
            }
            _ => {}
        }
    }
    None
}

/// The place behind the string whose first character stands at `at`.
fn string_end(record: &[u8], mut at: usize) -> usize {
    while let Some(byte) = record.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    record.len()
}

/// The `null` of the member whose name ends before `at`.
fn null_member(record: &[u8], at: usize) -> Option<Range<usize>> {
    let value = record[at..].trim_ascii_start().strip_prefix(b":")?;
    let value = value.trim_ascii_start();
    let start = record.len() - value.len();
    value.starts_with(b"null").then(|| start..start + 4)
}

/// The record with `created_at` set to `to`, the author's own time kept in
/// `created_at_claimed`, and `"clamped": true`. Rare, so it may be slow.
///
/// # Errors
/// [`Reason::NotJson`] if the record isn't a JSON object.
pub fn clamp_created_at(record: &[u8], to: EventTime) -> Result<Vec<u8>, Rejection> {
    let mut fields: Map<String, Value> = serde_json::from_slice(record).map_err(not_json)?;
    let claimed = fields.insert("created_at".to_owned(), Value::String(to.to_string()));
    fields.insert(
        "created_at_claimed".to_owned(),
        claimed.unwrap_or(Value::Null),
    );
    fields.insert("clamped".to_owned(), Value::Bool(true));
    serde_json::to_vec(&fields).map_err(not_json)
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn not_json(error: serde_json::Error) -> Rejection {
    Rejection::new(Reason::NotJson, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Label, Probabilities, Text};

    fn scored(record: &str) -> String {
        let score = Score {
            label: Label::Neutral,
            probabilities: Probabilities::from_weights(0.0, 1.0, 0.0),
            confidence: 1.0,
            lang: Text::from("nl"),
            abstained: None,
            kind: Kind::Other,
            aspects: crate::Aspects::new(),
            model: Text::from("test@1"),
            spans: Vec::new(),
        };
        let (mut out, mut alone) = (Vec::new(), Vec::new());
        append_score(record.as_bytes(), &score, &mut out).unwrap();
        serde_json::to_writer(&mut alone, &score).unwrap();
        let alone = String::from_utf8(alone).unwrap();
        String::from_utf8(out).unwrap().replacen(&alone, "S", 1)
    }

    #[test]
    fn a_score_of_null_gives_way_and_every_other_byte_stays() {
        let cases = [
            (r#"{"id":"1"}"#, r#"{"id":"1","score":S}"#),
            (
                r#"{"score" : null , "big":123456789012345678901234567890}"#,
                r#"{"score" : S , "big":123456789012345678901234567890}"#,
            ),
            (
                r#"{"inner":{"score":null},"a":"\ud800"}"#,
                r#"{"inner":{"score":null},"a":"\ud800","score":S}"#,
            ),
            (
                r#"{"inner":[{"score":1}],"text":"\"score\":null","score":null}"#,
                r#"{"inner":[{"score":1}],"text":"\"score\":null","score":S}"#,
            ),
            (r#"{"text":"score"}"#, r#"{"text":"score","score":S}"#),
        ];
        for (record, expected) in cases {
            assert_eq!(scored(record), expected);
        }
    }
}
