//! JSON Schema of the topics, made from the types that read and write them.
//!
//! The files in `schemas/` are written by `ophef schema DIR` and kept in step by
//! a test of this crate.

use serde_json::{Value, json};

use crate::campaign::CampaignWire;
use crate::{Conversation, Correction, Feedback, Insight, Reason, Spike, wire::Wire};

/// Fields that a `create` must have, `text` aside, which media can stand in for.
const REQUIRED: [&str; 4] = ["id", "brand", "platform", "created_at"];

/// File name and schema of each topic: of its values, of the headers for dead
/// letters, whose values are whatever came.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("ophef.mentions.v1.json", mentions()),
        ("ophef.scored.v1.json", scored()),
        (
            "ophef.spikes.v1.json",
            schemars::schema_for!(Spike).to_value(),
        ),
        ("ophef.watch-state.v1.json", watch_state()),
        ("ophef.corrections.v1.json", corrections()),
        (
            "ophef.feedback.v1.json",
            schemars::schema_for!(Feedback).to_value(),
        ),
        (
            "ophef.care.v1.json",
            schemars::schema_for!(Conversation).to_value(),
        ),
        (
            "ophef.insight.v1.json",
            schemars::schema_for!(Insight).to_value(),
        ),
        ("ophef.campaign-events.v1.json", campaign_events()),
        ("dead-letter-headers.json", dead_letter_headers()),
    ]
}

/// A record of the mentions topic: a post, an edit, a deletion or a heartbeat.
fn mentions() -> Value {
    let mut schema = schemars::schema_for!(Wire<'static>).to_value();
    schema["anyOf"] = json!([
        {"title": "A post", "required": REQUIRED, "anyOf": [
            {"required": ["text"]}, {"required": ["media"]}]},
        {"title": "An edit or a deletion", "required": ["id", "brand", "platform", "event"],
         "properties": {"event": {"enum": ["update", "delete"]}},
         "anyOf": [{"required": ["observed_at"]}, {"required": ["created_at"]},
                   {"required": ["engagement"]}]},
        {"title": "A heartbeat", "required": ["event", "created_at"],
         "properties": {"event": {"const": "heartbeat"}}}
    ]);
    schema
}

/// The same with the score; edits without text and heartbeats have none.
fn scored() -> Value {
    let mut schema = mentions();
    schema["title"] = json!("Scored mention");
    if let Some(required) = schema
        .pointer_mut("/anyOf/0/required")
        .and_then(Value::as_array_mut)
    {
        required.push(json!("score"));
    }
    schema
}

/// A correction names a mention or brings its text.
fn corrections() -> Value {
    let mut schema = schemars::schema_for!(Correction<'static>).to_value();
    schema["anyOf"] = json!([{"required": ["id"]}, {"required": ["text"]}]);
    schema
}

/// An event names brand, campaign, platform and period, and has one count at least.
fn campaign_events() -> Value {
    let mut schema = schemars::schema_for!(CampaignWire<'static>).to_value();
    schema["required"] = json!(["brand", "campaign", "platform", "created_at"]);
    let counts = ["impressions", "engagements", "clicks", "conversions"];
    let mut one_of_them: Vec<Value> = counts
        .into_iter()
        .map(|count| json!({"required": [count]}))
        .collect();
    one_of_them.push(json!({"required": ["spend", "currency"]}));
    schema["anyOf"] = json!(one_of_them);
    schema["dependentRequired"] = json!({"spend": ["currency"]});
    schema
}

/// Snapshots are the watcher's own and binary; only their frame is told.
fn watch_state() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Watcher's state",
        "description": "Binary and private to the watcher: a format byte, the offset of the first \
            record that isn't in it (8 bytes, little-endian), then the state. The key is \
            `brand/<slug>`, or `partition` for how far the snapshots of a partition reach.",
        "type": "string",
        "contentEncoding": "binary",
        "contentMediaType": "application/octet-stream"
    })
}

/// Headers of a record on `<topic>.dead`; its key and value are the original bytes.
fn dead_letter_headers() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dead letter's headers",
        "type": "object",
        "required": ["dead-stage", "dead-reason", "dead-detail", "dead-topic", "dead-partition",
            "dead-offset", "dead-at"],
        "properties": {
            "dead-stage": text("Service that rejected the record."),
            "dead-reason": {"enum": Reason::ALL.map(Reason::as_str)},
            "dead-detail": text("What exactly, with the path of the field; no values."),
            "dead-topic": text("Topic it came from."),
            "dead-partition": text("Partition it came from, a number; -1 if it never had one."),
            "dead-offset": text("Where it stood there, a number; -1 if it never did."),
            "dead-at": text("When it was rejected, RFC 3339."),
            "dead-cut": text("Length of the original value, bytes, if the end of it is cut off.")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_schema_files_are_in_step_with_the_types() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        for (name, schema) in super::all() {
            let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            let current = format!("{schema:#}\n");
            assert!(
                written == current,
                "{name} is out of step: run `ophef schema schemas`"
            );
        }
    }
}
