//! What people make of a spike: who is at it, and whether the alarm was of use.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Reason, Rejection, Spike};

/// Longest name of a person or team, characters.
pub const MAX_NAME_CHARS: usize = 80;

/// The whole response to a spike, the value on [`crate::Topic::Feedback`].
///
/// The key of the record is the id of the spike. The last record counts, whoever wrote
/// it; an empty value takes everything back. The spike's times are repeated, so that
/// verdicts can be held against a recording without the spikes themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        title = "Feedback",
        description = "The whole response of people to a spike. The key of the record is the \
            spike's id; the last one counts, an empty value takes it back."
    )
)]
pub struct Feedback {
    /// Id of the spike.
    pub spike: String,
    /// Slug of its brand.
    pub brand: String,
    /// The spike's platform, or `all`.
    pub platform: String,
    /// Whether the spike called somebody.
    pub pages: bool,
    /// When the rise began, event time.
    pub onset: EventTime,
    /// When the spike was noticed, event time.
    pub detected_at: EventTime,
    /// When it was over, event time, if it was when this was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<EventTime>,
    /// Who has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Signed>,
    /// Who deals with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Assigned>,
    /// Whether it was worth the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
}

/// Somebody, at some time by the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Signed {
    /// Name of the person, as they signed in.
    pub by: String,
    /// When.
    pub at: EventTime,
}

/// Who deals with a spike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assigned {
    /// Name of the person or the team.
    pub to: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: EventTime,
}

/// What somebody thinks of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Who judged.
    pub by: String,
    /// When.
    pub at: EventTime,
}

/// Whether an alarm was worth the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Publicity was really negative; it was good to know.
    Useful,
    /// A false alarm, or nothing that anybody had to know.
    NotUseful,
}

impl Verdict {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Useful, Self::NotUseful];

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::NotUseful => "not_useful",
        }
    }
}

impl Feedback {
    /// No response to `spike` yet.
    #[must_use]
    pub fn none(spike: &Spike) -> Self {
        Self {
            spike: spike.id.clone(),
            brand: spike.brand.clone(),
            platform: spike.platform.clone(),
            pages: spike.pages,
            onset: spike.onset,
            detected_at: spike.detected_at,
            closed_at: spike.closed_at,
            acknowledged: None,
            assigned: None,
            judged: None,
        }
    }
}

/// Reads one record of [`crate::Topic::Feedback`].
///
/// # Errors
/// A [`Rejection`] if it isn't feedback, or a name in it is longer than
/// [`MAX_NAME_CHARS`].
pub fn parse_feedback(bytes: &[u8]) -> Result<Feedback, Rejection> {
    let feedback: Feedback =
        serde_json::from_slice(bytes).map_err(|error| Rejection::of_json(&error))?;
    let names = [
        feedback.acknowledged.as_ref().map(|signed| &signed.by),
        feedback.assigned.as_ref().map(|assigned| &assigned.to),
        feedback.assigned.as_ref().map(|assigned| &assigned.by),
        feedback.judged.as_ref().map(|judged| &judged.by),
    ];
    let is_long = |name: &String| name.chars().count() > MAX_NAME_CHARS;
    if names.into_iter().flatten().any(is_long) {
        let detail = format!("a name of more than {MAX_NAME_CHARS} characters");
        return Err(Rejection::new(Reason::BadField, detail));
    }
    Ok(feedback)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"spike":"00c0ffee00c0ffee","brand":"acme","platform":"all","pages":true,"onset":"2026-03-02T09:00:00Z","detected_at":"2026-03-02T09:05:00Z","acknowledged":{"by":"Noor","at":"2026-03-02T09:06:00Z"},"assigned":{"to":"webcare","by":"Noor","at":"2026-03-02T09:06:10Z"},"judged":{"verdict":"not_useful","by":"Noor","at":"2026-03-02T10:00:00Z"}}"#;

    #[test]
    fn what_is_written_is_read_back() {
        let feedback = parse_feedback(WHOLE.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&feedback).unwrap(), WHOLE);
        let judged = feedback.judged.unwrap();
        assert_eq!(judged.verdict.as_str(), "not_useful");
    }

    #[test]
    fn what_is_no_feedback_is_refused() {
        let long = WHOLE.replace("webcare", &"w".repeat(MAX_NAME_CHARS + 1));
        for (text, reason) in [
            ("", Reason::NotJson),
            ("{}", Reason::BadField),
            (&WHOLE.replace("not_useful", "maybe"), Reason::BadField),
            (&long, Reason::BadField),
        ] {
            assert_eq!(parse_feedback(text.as_bytes()).unwrap_err().reason, reason);
        }
    }
}
