//! JSON Schema of the topics, made from the types that read and write them.
//!
//! The files in `schemas/` are written by `ophef schema DIR` and kept in step by
//! a test of this crate.

use serde_json::{Value, json};

use crate::{Spike, wire::Wire};

/// Fields that a `create` must have, `text` aside, which media can stand in for.
const REQUIRED: [&str; 4] = ["id", "brand", "platform", "created_at"];

/// File name and schema of each topic with a JSON value.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("ophef.mentions.v1.json", mentions()),
        ("ophef.scored.v1.json", scored()),
        (
            "ophef.spikes.v1.json",
            schemars::schema_for!(Spike).to_value(),
        ),
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
