//! Mentions from a table: each row becomes one JSON line of the contract.
//!
//! Columns are named as the contract's fields (`id`, `brand`, `platform`,
//! `created_at`, `text`, …), inner fields with a dot (`author.followers`,
//! `engagement.likes`); columns are separated by comma, semicolon or tab, as the
//! first line has it. A column `label` or `sentiment` (negative, neutral, positive,
//! or as many of their first letters as tell them apart) is a score already made.
//! Columns that would need more than a cell (`score`, `engagement`, `media`,
//! `cluster`) are left out. Only `created_at`
//! and `text` are needed: the row's number stands in for the id, the file's name
//! for the brand, `other` for the platform; a time without an offset is UTC.

use std::path::Path;

use mention::{Label, Probabilities};
use serde_json::{Map, Value, json};

use super::RecordingError;

/// Other names that exports use for the contract's fields.
const ALIASES: [(&str, &str); 14] = [
    ("author", "author.id"),
    ("verified", "author.verified"),
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

/// Fields that are true or false in JSON.
const FLAGS: [&str; 3] = ["author.verified", "canary", "clamped"];

/// Fields that no single cell can hold.
const NESTED: [&str; 4] = ["score", "engagement", "media", "cluster"];

/// Reads the whole table as JSON lines.
///
/// # Errors
/// The file can't be read, or a needed column isn't there. A row that isn't
/// well formed becomes a line that isn't JSON, so that it is counted as one.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, RecordingError> {
    let failed = |error: csv::Error| RecordingError::Csv(path.to_owned(), error.to_string());
    let text = std::fs::read(path).map_err(|error| RecordingError::Io(path.to_owned(), error))?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_slice());
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

/// What separates the columns: the one of the usual signs that the first line has
/// most of. Spreadsheets write semicolons where the comma is the decimal sign.
pub(crate) fn delimiter(text: &[u8]) -> u8 {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| first.iter().filter(|byte| **byte == sign).count();
    // Of equal counts the last is taken: without any sign, the comma.
    let signs = [b'\t', b';', b','];
    signs
        .into_iter()
        .max_by_key(|sign| count(*sign))
        .unwrap_or(b',')
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
        _ if NESTED.contains(&column) => return,
        _ if NUMBERS.contains(&column) => number(cell.trim()),
        _ if FLAGS.contains(&column) => flag(cell.trim()),
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

/// A whole number as one, since the contract's counts are, also where a tool that
/// knows only fractions wrote `120.0`; what is no number stays text and is rejected
/// with its path.
fn number(cell: &str) -> Value {
    let whole = cell.trim_end_matches('0').strip_suffix('.');
    match (whole.unwrap_or(cell).parse::<u64>(), cell.parse::<f64>()) {
        (Ok(count), _) => json!(count),
        (_, Ok(number)) if number.is_finite() => json!(number),
        _ => json!(cell),
    }
}

/// What is neither true nor false stays text and is rejected with its path.
fn flag(cell: &str) -> Value {
    let is = |word: &&str| cell.eq_ignore_ascii_case(word);
    match (
        ["true", "yes", "1"].iter().any(is),
        ["false", "no", "0"].iter().any(is),
    ) {
        (true, _) => json!(true),
        (_, true) => json!(false),
        _ => json!(cell),
    }
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
    let word = cell.trim().to_lowercase();
    let first = word.get(..3).unwrap_or(&word);
    let mut fitting = Label::ALL
        .into_iter()
        .filter(|label| label.as_str().starts_with(first));
    // `n` could be two of them, and then says nothing.
    if let (Some(label), None) = (fitting.next(), fitting.next()) {
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
    fn a_table_of_a_spreadsheet_is_read() {
        let text = b"created_at;text;author;followers;verified;score;label\r\n\
            2026-03-02 09:00;Te laat, weer;piet;120.0;TRUE;3,5;n\r\n";
        let lines = read_text("acme.csv", text).unwrap();
        assert!(
            mention::parse(lines.trim_end().as_bytes()).is_ok(),
            "{lines}"
        );
        assert_eq!(
            lines,
            concat!(
                r#"{"author":{"followers":120,"id":"piet","verified":true},"brand":"acme","#,
                r#""created_at":"2026-03-02T09:00Z","id":"row-1","platform":"other","text":"Te laat, weer"}"#,
                "\n"
            )
        );
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
