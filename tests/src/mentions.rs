//! Mentions of invented brands.

use mention::EventTime;

/// A plain mention; `more` is put at its end, such as `,"rating":1`.
#[must_use]
pub fn mention(brand: &str, id: usize, at: EventTime, text: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","brand":"{brand}","platform":"x","created_at":"{at}","text":"{text}"{more}}}"#
    )
}

/// A mention that carries a score, sure of itself.
#[must_use]
pub fn scored(brand: &str, id: usize, at: EventTime, is_negative: bool) -> String {
    let (label, negative, positive) = if is_negative {
        ("negative", 0.9, 0.05)
    } else {
        ("positive", 0.05, 0.9)
    };
    let score = format!(
        r#","score":{{"label":"{label}","probabilities":{{"negative":{negative},"neutral":0.05,"positive":{positive}}},"confidence":0.9,"lang":"nl","abstained":null,"kind":"remark","aspects":[],"model":"tests@1"}}"#
    );
    mention(brand, id, at, "een bericht", &score)
}

/// Three days of two brands: a mention of each every ten minutes, an hour in
/// which `acme` is complained about every minute, and calm after it.
#[must_use]
pub fn crisis() -> Vec<String> {
    let start = EventTime::from_millis(1_772_409_600_000);
    let at = |minute: i64| start.plus_millis(minute * EventTime::MINUTE_MS);
    let mut records = Vec::new();
    for minute in 0..3 * 1_440 {
        if minute % 10 == 0 {
            records.push(scored("acme", records.len(), at(minute), minute % 60 == 0));
            records.push(scored(
                "globex",
                records.len(),
                at(minute),
                minute % 70 == 0,
            ));
        }
        if (2_880..2_940).contains(&minute) {
            records.push(scored("acme", records.len(), at(minute), true));
        }
    }
    records
}
