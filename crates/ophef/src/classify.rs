//! `ophef classify`: JSON lines in, the same lines with their score out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use mention::{MAX_TEXT_BYTES, Media, Platform, Reason, Rejection, Role, Score, Text};
use sentiment::{Model, Post, Scorer};
use serde::Deserialize;
use serde_json::json;

use crate::recording::{Line, MAX_LINE_BYTES, read_line};

/// What of a line bears on its score; everything else passes through.
#[derive(Deserialize)]
struct Classifiable<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    media: Option<Vec<Media<'a>>>,
    #[serde(borrow)]
    lang: Option<Text<'a>>,
    platform: Option<Platform>,
    #[serde(borrow)]
    kind_hint: Option<Text<'a>>,
    rating: Option<f64>,
    author: Option<Author>,
    #[serde(borrow)]
    score: Option<Score<'a>>,
}

#[derive(Deserialize)]
struct Author {
    role: Option<Role>,
}

/// How many lines were scored, and how many could not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Lines that came out with a score.
    pub(crate) scored: u64,
    /// Lines that came out as an error.
    pub(crate) failed: u64,
}

/// Scores `file` (`-` is standard input) to standard output.
///
/// # Errors
/// The input can't be read or the output not written, or no line could be scored.
pub(crate) fn run(file: &Path, settings: &settings::Settings) -> anyhow::Result<()> {
    let scorer = &mut Scorer::new(model(settings.score.model_file.as_deref())?);
    let output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let tally = if file == Path::new("-") {
        let mut input = io::stdin().lock();
        if is_gzip(&mut input)? {
            bail!(
                "standard input is gzip-compressed; unpack it first: gunzip -c FILE | ophef classify"
            );
        }
        classify(&mut input, output, scorer)?
    } else {
        let unreadable = || format!("can't read {}", file.display());
        let opened = File::open(file).with_context(unreadable)?;
        let mut input = BufReader::with_capacity(1 << 16, opened);
        if is_gzip(&mut input).with_context(unreadable)? {
            bail!(
                "{0} is gzip-compressed; unpack it first: gunzip -k {0}",
                file.display()
            );
        }
        classify(&mut input, output, scorer)?
    };
    if tally.failed > 0 {
        let total = tally.scored + tally.failed;
        let note = format!(
            "{} of {total} lines could not be scored; each says why",
            tally.failed
        );
        if tally.scored == 0 {
            bail!(note);
        }
        writeln!(io::stderr(), "ophef: {note}")?;
    }
    Ok(())
}

fn is_gzip(input: &mut impl BufRead) -> io::Result<bool> {
    Ok(input.fill_buf()?.starts_with(&[0x1f, 0x8b]))
}

/// Loads the model in `model_file`, or the built-in one.
///
/// # Errors
/// The file can't be read or isn't a model.
pub(crate) fn model(model_file: Option<&Path>) -> anyhow::Result<Arc<Model>> {
    let Some(path) = model_file else {
        return Ok(Arc::new(Model::embedded()?));
    };
    let bytes =
        std::fs::read(path).with_context(|| format!("can't read the model {}", path.display()))?;
    let model = Model::from_bytes(&bytes)
        .with_context(|| format!("{} can't be used as the model", path.display()))?;
    Ok(Arc::new(model))
}

fn classify(
    input: &mut impl BufRead,
    mut output: impl Write,
    scorer: &mut Scorer,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Line::default();
    let mut scored = Vec::new();
    let mut number = 0_u64;
    while read_line(input, &mut line)? > 0 {
        number += 1;
        if line.is_blank() {
            continue;
        }
        scored.clear();
        match classify_line(&line, scorer, &mut scored) {
            Ok(()) => tally.scored += 1,
            Err(rejection) => {
                tally.failed += 1;
                scored.clear();
                let error = json!({"error": {"line": number, "reason": rejection.reason.as_str(),
                    "detail": rejection.detail}});
                scored.extend(error.to_string().into_bytes());
            }
        }
        scored.push(b'\n');
        output.write_all(&scored)?;
    }
    output.flush()?;
    Ok(tally)
}

fn classify_line(line: &Line, scorer: &mut Scorer, out: &mut Vec<u8>) -> Result<(), Rejection> {
    if line.is_cut() {
        let detail = format!(
            "{} bytes, at most {MAX_LINE_BYTES} are taken",
            line.full_bytes
        );
        return Err(Rejection::new(Reason::RecordTooLarge, detail));
    }
    let json = std::str::from_utf8(&line.bytes)
        .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
    // Editors and spreadsheets put a byte-order mark before the first line.
    let json = json.trim_start_matches('\u{feff}');
    let input: Classifiable<'_> = serde_json::from_str(json).map_err(|error| {
        let is_data = error.is_data() && json.trim_ascii_start().starts_with('{');
        let reason = if is_data {
            Reason::BadField
        } else {
            Reason::NotJson
        };
        Rejection::new(
            reason,
            format!("line {} column {}", error.line(), error.column()),
        )
    })?;
    if input.score.is_some() {
        out.extend_from_slice(json.as_bytes());
        return Ok(());
    }
    let Some(text) = &input.text else {
        return Err(Rejection::new(Reason::MissingField, "text"));
    };
    if text.len() > MAX_TEXT_BYTES {
        let detail = format!(
            "text: {} bytes, at most {MAX_TEXT_BYTES} are taken",
            text.len()
        );
        return Err(Rejection::new(Reason::TextTooLong, detail));
    }
    let score = scorer.score(&Post {
        text,
        title: input.title.as_deref(),
        media: input.media.as_deref().unwrap_or_default(),
        lang: input.lang.as_deref(),
        platform: input.platform.unwrap_or(Platform::Other),
        kind_hint: input.kind_hint.as_deref(),
        rating: input.rating.filter(|rating| (1.0..=5.0).contains(rating)),
        role: input.author.and_then(|author| author.role),
    });
    mention::append_score(json.as_bytes(), &score, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8]) -> (Vec<serde_json::Value>, Tally) {
        let mut output = Vec::new();
        let mut scorer = Scorer::new(model(None).unwrap());
        let tally = classify(&mut &*input, &mut output, &mut scorer).unwrap();
        let lines = output
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        (
            lines
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect(),
            tally,
        )
    }

    #[test]
    fn order_and_unknown_fields_are_kept() {
        let input: String = (0..50)
            .map(|n| format!("{{\"n\":{n},\"text\":\"Wat een gedoe {n}\"}}\n"))
            .collect();
        let (lines, tally) = run(input.as_bytes());
        assert_eq!(
            tally,
            Tally {
                scored: 50,
                failed: 0
            }
        );
        for (n, line) in lines.iter().enumerate() {
            assert_eq!(line["n"], n);
            assert!(line["score"]["label"].is_string());
        }
    }

    #[test]
    fn a_line_that_cannot_be_scored_says_why_in_its_place() {
        let long = format!("{{\"text\":\"{}\"}}\n", "a".repeat(1 << 20));
        let input = [
            &b"\xef\xbb\xbf{\"text\":\"Prima\"}\n{\"text\":7}\nnot json\n\n{}\n{\"text\":\"\xff\"}\n"[..],
            long.as_bytes(),
            b"{\"text\":\"\"}",
        ];
        let (lines, tally) = run(&input.concat());
        assert_eq!(
            tally,
            Tally {
                scored: 2,
                failed: 5
            }
        );
        let reasons: Vec<_> = lines
            .iter()
            .map(|line| line["error"]["reason"].as_str().unwrap_or("-"))
            .collect();
        let expected = [
            "-",
            "bad_field",
            "not_json",
            "missing_field",
            "not_utf8",
            "text_too_long",
            "-",
        ];
        assert_eq!(reasons, expected);
        assert_eq!(lines[1]["error"]["line"], 2);
        assert!(
            lines[6]["score"]["abstained"].is_string(),
            "an empty text has no mood"
        );
    }

    #[test]
    fn a_score_that_is_there_is_used_as_it_is() {
        let line = r#"{"text":"Top","score":{"label":"negative","probabilities":{"negative":1.0,"neutral":0.0,"positive":0.0}}}"#;
        let (lines, _) = run(line.as_bytes());
        assert_eq!(
            lines[0],
            serde_json::from_str::<serde_json::Value>(line).unwrap()
        );
    }
}
