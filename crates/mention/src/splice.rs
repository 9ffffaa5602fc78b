//! Adding a score to a record without writing the rest anew.

use serde_json::{Map, Value};

use crate::{EventTime, Reason, Rejection, Score};

/// Writes `record` with `"score": …` as its last member to `out`.
///
/// The record must be one that [`crate::parse`] took, and have no score yet;
/// all its bytes, unknown fields included, stay as they are.
///
/// # Errors
/// [`Reason::NotJson`] if the record doesn't end as an object does.
pub fn append_score(record: &[u8], score: &Score<'_>, out: &mut Vec<u8>) -> Result<(), Rejection> {
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
