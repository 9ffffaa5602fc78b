//! What a person makes of a score.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use crate::{Label, Platform, Reason, Rejection, Text};

/// A person's correction of a score: the right label of a mention, or of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        title = "Correction",
        description = "The right label of a mention, as a person reads it. \
            The key of the record is <brand>/<platform>/<id>; the last one counts, an empty value \
            takes it back."
    )
)]
pub struct Correction<'a> {
    /// Id of the mention; with brand and platform it is the only one of that name.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'a>>,
    /// Slug of the tracked brand.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Text<'a>>,
    /// Where it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub platform: Option<Platform>,
    /// The post; without it the mention must be at hand to learn from.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<'a>>,
    /// The right label; `neg`, `neu` and `pos` will do.
    #[serde(deserialize_with = "label")]
    pub label: Label,
    /// Language of the text, `nl` or `en`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Text<'a>>,
    /// Why, in the person's words.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<'a>>,
}

fn label<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Label, D::Error> {
    let name = Text::deserialize(deserializer)?;
    label_of(&name).ok_or_else(|| D::Error::custom("not negative, neutral or positive"))
}

fn label_of(name: &str) -> Option<Label> {
    let matches = |label: &Label| label.as_str() == name || label.as_str()[..3] == *name;
    Label::ALL.into_iter().find(matches)
}

/// Reads one record of [`crate::Topic::Corrections`].
///
/// # Errors
/// A [`Rejection`] if it isn't one JSON object, or has neither `id` nor `text`.
pub fn parse_correction(bytes: &[u8]) -> Result<Correction<'_>, Rejection> {
    let json = std::str::from_utf8(bytes)
        .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Rejection::new(Reason::NotJson, "not one JSON object"));
    }
    let correction = serde_json::from_str(json).map_err(|error| Rejection::of_json(&error))?;
    named(correction)
}

/// Reads a file of corrections: JSON lines, or a table with tabs whose first line
/// names the columns, of which `label` and one of `id` and `text` must be there.
/// Each comes with the number of its line; blank lines count and are left out.
pub fn read_corrections(
    content: &str,
) -> impl Iterator<Item = (usize, Result<Correction<'_>, Rejection>)> {
    // Editors and spreadsheets put a byte-order mark before the first line.
    let content = content.trim_start_matches('\u{feff}');
    let lines = content.lines().enumerate();
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let columns: Option<Vec<&str>> = (!content.trim_ascii_start().starts_with('{')).then(|| {
        let header = lines.next().map_or("", |(_, header)| header);
        header.split('\t').map(str::trim).collect()
    });
    lines.map(move |(at, line)| {
        let correction = match &columns {
            None => parse_correction(line.as_bytes()),
            Some(columns) => parse_row(columns, line),
        };
        (at + 1, correction)
    })
}

fn parse_row<'a>(columns: &[&str], line: &'a str) -> Result<Correction<'a>, Rejection> {
    let field = |name: &str| {
        let at = columns.iter().position(|column| *column == name)?;
        let value = line.split('\t').nth(at)?.trim();
        (!value.is_empty()).then_some(value)
    };
    let label = field("label").ok_or_else(|| {
        let hint = "label: the first line must name the columns, as in `label<TAB>text`";
        Rejection::new(Reason::MissingField, hint)
    })?;
    let label = label_of(label).ok_or_else(|| {
        Rejection::new(Reason::BadField, "label: not negative, neutral or positive")
    })?;
    named(Correction {
        id: field("id").map(Text::from),
        brand: field("brand").map(Text::from),
        platform: field("platform").map(Platform::from_name),
        text: field("text").map(Text::from),
        label,
        lang: field("lang").map(Text::from),
        note: field("note").map(Text::from),
    })
}

/// A correction says what it is about.
fn named(correction: Correction<'_>) -> Result<Correction<'_>, Rejection> {
    if correction.id.is_none() && correction.text.is_none() {
        return Err(Rejection::new(
            Reason::MissingField,
            "id or text: one of them must be there",
        ));
    }
    Ok(correction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_and_tables_say_the_same() {
        let lines = "{\"id\":\"7\",\"label\":\"neg\",\"lang\":\"nl\"}\n\n\
            {\"text\":\"Top\",\"label\":\"positive\",\"note\":\"plain\",\"at\":\"unknown field\"}\n";
        let table = "\u{feff}lang\tlabel\ttext\tnote\tid\n\
            nl\tnegative\t\t\t7\n\n\tpos\tTop\tplain\n";
        let of = |content| -> Vec<_> {
            read_corrections(content)
                .map(|(_, correction)| correction.unwrap())
                .collect()
        };
        assert_eq!(of(lines), of(table));
        assert_eq!(of(lines)[0].label, Label::Negative);
        let numbers: Vec<_> = read_corrections(table).map(|(number, _)| number).collect();
        assert_eq!(numbers, [2, 4]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = |content| {
            let (line, result) = read_corrections(content).next().unwrap();
            let rejection = result.unwrap_err();
            format!("{line} {} {}", rejection.reason, rejection.detail)
        };
        for (content, expected) in [
            ("{\"label\":\"neg\"}", "id or text"),
            ("{\"id\":\"1\",\"label\":\"bad\"}", "not negative"),
            ("{\"id\":\"1\"", "1 not_json"),
            ("text\tmood\nTop\tpos", "the first line must name"),
            ("text\tlabel\nTop\tgood", "2 bad_field label"),
        ] {
            assert!(fault(content).contains(expected), "{}", fault(content));
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let json =
            r#"{"id":"7","brand":"acme","platform":"x","text":"Weer te laat","label":"negative"}"#;
        let correction = parse_correction(json.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&correction).unwrap(), json);
    }
}
