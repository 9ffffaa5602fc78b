//! Mentions from a table: each row becomes one JSON line of the contract.
//!
//! Columns are named as the contract's fields (`id`, `brand`, `platform`,
//! `created_at`, `text`, …), inner fields with a dot (`author.followers`,
//! `engagement.likes`). A column `label` or `sentiment` (negative, neutral,
//! positive or their first letters) is a score already made. Only `created_at`
//! and `text` are needed: the row's number stands in for the id, the file's name
//! for the brand, `other` for the platform; a time without an offset is UTC.

use std::path::Path;

use mention::{Label, Probabilities};
use serde_json::{Map, Value, json};

use super::RecordingError;

/// Other names that exports use for the contract's fields.
const ALIASES: [(&str, &str); 12] = [
    ("timestamp", "created_at"),
    ("date", "created_at"),
    ("time", "created_at"),
    ("content", "text"),
    ("message", "text"),
    ("source", "platform"),
    ("language", "lang"),
    ("sentiment", "label"),
    ("followers", "author.followers"),
    ("likes", "engagement.likes"),
    ("shares", "engagement.shares"),
    ("views", "engagement.views"),
];

/// Fields that hold a number in JSON.
const NUMBERS: [&str; 8] = [
    "rating",
    "author.followers",
    "engagement.likes",
    "engagement.shares",
    "engagement.replies",
    "engagement.views",
    "engagement.clicks",
    "engagement.conversions",
];

/// Reads the whole table as JSON lines.
///
/// # Errors
/// The file can't be read, or a needed column isn't there. A row that isn't
/// well formed becomes a line that isn't JSON, so that it is counted as one.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, RecordingError> {
    let failed = |error: csv::Error| RecordingError::Csv(path.to_owned(), error.to_string());
    let builder = csv::ReaderBuilder::new().flexible(true).from_path(path);
    let mut reader = builder.map_err(failed)?;
    let columns: Vec<String> = reader
        .byte_headers()
        .map_err(failed)?
        .iter()
        .map(column)
        .collect();
    for needed in ["created_at", "text"] {
        if !columns.iter().any(|column| column == needed) {
            let message = format!("there is no column `{needed}`; the first line must name them");
            return Err(RecordingError::Csv(path.to_owned(), message));
        }
    }
    let brand = brand_of(path);
    let mut lines = Vec::new();
    for (index, row) in reader.byte_records().enumerate() {
        match row {
            Ok(row) => lines.extend(line(&columns, &row, index + 1, &brand)),
            Err(error) => lines.extend(format!("row {}: {error}", index + 1).into_bytes()),
        }
        lines.push(b'\n');
    }
    Ok(lines)
}

fn column(header: &[u8]) -> String {
    let text = String::from_utf8_lossy(header);
    let name = text
        .trim_start_matches('\u{feff}')
        .trim()
        .to_lowercase()
        .replace(' ', "_");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, field)| (*field).to_owned())
}

/// The file's name as a slug: what isn't legal in one becomes `-`.
fn brand_of(path: &Path) -> String {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: String = stem
        .chars()
        .map(legal)
        .take(mention::MAX_BRAND_BYTES)
        .collect();
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() {
        "brand".to_owned()
    } else {
        slug
    }
}

fn line(columns: &[String], row: &csv::ByteRecord, number: usize, brand: &str) -> Vec<u8> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(format!("row-{number}")));
    fields.insert("brand".to_owned(), json!(brand));
    fields.insert("platform".to_owned(), json!("other"));
    for (column, cell) in columns.iter().zip(row) {
        let Ok(cell) = std::str::from_utf8(cell) else {
            // Left as bytes that no JSON reader takes, so that it is rejected with its reason.
            return [b"{\"row\":\"", cell, b"\"}"].concat();
        };
        if !cell.trim().is_empty() || column == "text" {
            put(&mut fields, column, cell);
        }
    }
    Value::Object(fields).to_string().into_bytes()
}

fn put(fields: &mut Map<String, Value>, column: &str, cell: &str) {
    let value = match column {
        "label" => return put_label(fields, cell),
        "created_at" => json!(with_offset(cell.trim())),
        "platform" => json!(cell.trim()),
        _ if NUMBERS.contains(&column) => number(cell.trim()),
        _ => json!(cell),
    };
    match column.split_once('.') {
        None => drop(fields.insert(column.to_owned(), value)),
        Some((outer, inner)) => {
            let object = fields.entry(outer).or_insert_with(|| json!({}));
            if let Some(object) = object.as_object_mut() {
                object.insert(inner.to_owned(), value);
            }
        }
    }
}

/// A whole number as one, since the contract's counts are; what is no number stays text
/// and is rejected with its path.
fn number(cell: &str) -> Value {
    let whole = cell.parse::<u64>().map(Value::from);
    whole.unwrap_or_else(|_| {
        cell.parse::<f64>()
            .map_or_else(|_| json!(cell), |n| json!(n))
    })
}

fn with_offset(time: &str) -> String {
    let parsed = time.parse::<mention::EventTime>();
    if parsed.is_ok() {
        time.to_owned()
    } else {
        format!("{}Z", time.replacen(' ', "T", 1))
    }
}

fn put_label(fields: &mut Map<String, Value>, cell: &str) {
    let first = cell.trim().to_lowercase();
    let found = Label::ALL.into_iter().find(|label| {
        !first.is_empty() && label.as_str().starts_with(first.get(..3).unwrap_or(&first))
    });
    if let Some(label) = found {
        let weight = |of| f64::from(u8::from(of == label));
        let [negative, neutral, positive] = Label::ALL.map(weight);
        let probabilities = Probabilities::from_weights(negative, neutral, positive);
        let score = json!({"label": label, "probabilities": probabilities, "confidence": 1.0,
            "model": "given"});
        fields.insert("score".to_owned(), score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &[u8]) -> Result<String, RecordingError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn rows_become_mentions() {
        let text = b"\xef\xbb\xbfDate,Text,Rating,Followers,Sentiment,Source\n\
            2026-03-02 09:00:00,\"Weer te laat, zucht\",1,120,neg,Twitter\n\
            2026-03-02T10:00:00+01:00,Prima,,,,\n";
        let lines = read_text("Acme BV.csv", text).unwrap();
        for line in lines.lines() {
            assert!(matches!(
                mention::parse(line.as_bytes()),
                Ok(mention::Record::Mention(_))
            ));
        }
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn bad_rows_stay_countable() {
        let lines = read_text("a.csv", b"created_at,text\nnever,x\n2026-03-02,\xff\n").unwrap();
        let reasons: Vec<_> = lines
            .lines()
            .map(|line| mention::parse(line.as_bytes()).unwrap_err().reason)
            .collect();
        assert_eq!(reasons.len(), 2);
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = read_text("a.csv", b"created_at,body\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`text`"), "{error}");
    }
}
