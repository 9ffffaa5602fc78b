//! Moving a recording in time.

use mention::EventTime;
use serde_json::{Map, Value};

/// Where a mention holds times that move with it. The author's account was
/// opened when it was, so that one stays.
const TIMES: [&str; 6] = [
    "/created_at",
    "/observed_at",
    "/received_at",
    "/engagement/observed_at",
    "/campaign_totals/created_at",
    "/campaign_totals/observed_at",
];

/// The line with all its times moved by `by_ms` milliseconds; `None` if it isn't
/// a JSON object, and is then played as it is.
pub(crate) fn shift_times(line: &[u8], by_ms: i64) -> Option<Vec<u8>> {
    let mut mention = Value::Object(serde_json::from_slice::<Map<String, Value>>(line).ok()?);
    for pointer in TIMES {
        let Some(value) = mention.pointer_mut(pointer) else {
            continue;
        };
        let time = value
            .as_str()
            .and_then(|text| text.parse::<EventTime>().ok());
        if let Some(time) = time {
            *value = Value::String(time.plus_millis(by_ms).to_string());
        }
    }
    serde_json::to_vec(&mention).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_moves_and_nothing_else() {
        let line = br#"{"created_at":"2026-03-02T09:00:00Z","author":{"created_at":"2015-01-01T00:00:00Z"},
            "engagement":{"observed_at":"2026-03-02T10:00:00Z","likes":3},"x":"2026-03-02T09:00:00Z"}"#;
        let shifted = String::from_utf8(shift_times(line, EventTime::DAY_MS).unwrap()).unwrap();
        insta::assert_snapshot!(shifted, @r#"{"author":{"created_at":"2015-01-01T00:00:00Z"},"created_at":"2026-03-03T09:00:00Z","engagement":{"likes":3,"observed_at":"2026-03-03T10:00:00Z"},"x":"2026-03-02T09:00:00Z"}"#);
        assert!(shift_times(b"not json", 1).is_none());
    }
}
