//! `ophef classify`: JSON lines in, the same lines with their score out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use mention::{MAX_TEXT_BYTES, Media, Platform, Reason, Rejection, Role, Score, Text};
use score::{Asked, Cascade};
use sentiment::{Model, Post, Scorer};
use serde::Deserialize;
use serde_json::json;
use service::metrics::Registry;

use crate::recording::{Line, MAX_LINE_BYTES, read_line};
use crate::second::{self, Pace};

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
    let scorer = Scorer::new(model(settings.score.model_file.as_deref())?);
    // Nobody scrapes these metrics.
    let registry = Registry::default();
    let cascade = second::load(settings, Pace::File)?
        .map(|second| Cascade::new(second.model, second.rules, &registry))
        .transpose()?;
    let models = &mut Models { scorer, cascade };
    let output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let tally = if file == Path::new("-") {
        let mut input = io::stdin().lock();
        if is_gzip(&mut input)? {
            bail!(
                "standard input is gzip-compressed; unpack it first: gunzip -c FILE | ophef classify"
            );
        }
        classify(&mut input, output, models)?
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
        classify(&mut input, output, models)?
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

/// The model, and the one behind it.
struct Models {
    scorer: Scorer,
    cascade: Option<Cascade<Held>>,
}

/// A line that waits for the second model, or behind one that does.
struct Held {
    /// What comes out, if no second score does.
    line: Vec<u8>,
    /// The line that a second score is added to.
    unscored: Option<Vec<u8>>,
}

/// What the second model is asked, and the line that its score is added to.
struct Question {
    asked: Asked,
    unscored: Vec<u8>,
}

impl Models {
    /// Writes a line, or holds it back if it must wait.
    fn put(
        &mut self,
        line: &[u8],
        question: Option<Question>,
        output: &mut impl Write,
    ) -> io::Result<()> {
        let Some(cascade) = &mut self.cascade else {
            return write_line(output, line);
        };
        let line_bytes = line.len();
        match question {
            None if !cascade.is_holding() => return write_line(output, line),
            None => cascade.hold(Held::new(line, None), line_bytes),
            Some(Question { asked, unscored }) => {
                cascade.ask(Held::new(line, Some(unscored)), 2 * line_bytes, asked);
            }
        }
        if cascade.is_full() {
            self.release(output)?;
        }
        Ok(())
    }

    /// Asks the second model and writes what was held back.
    fn release(&mut self, output: &mut impl Write) -> io::Result<()> {
        let Some(cascade) = &mut self.cascade else {
            return Ok(());
        };
        let mut result = Ok(());
        cascade.release(|held, score| {
            if result.is_ok() {
                result = write_line(output, &held.scored(score.as_ref()));
            }
        });
        result
    }
}

impl Held {
    fn new(line: &[u8], unscored: Option<Vec<u8>>) -> Self {
        Self {
            line: line.to_vec(),
            unscored,
        }
    }

    /// The line with this score, or as it is.
    fn scored(self, score: Option<&Score<'_>>) -> Vec<u8> {
        let (Some(unscored), Some(score)) = (self.unscored, score) else {
            return self.line;
        };
        let mut scored = Vec::with_capacity(self.line.len());
        match mention::append_score(&unscored, score, &mut scored) {
            Ok(()) => scored,
            // It took the linear score, so this can't be.
            Err(_) => self.line,
        }
    }
}

fn write_line(output: &mut impl Write, line: &[u8]) -> io::Result<()> {
    output.write_all(line)?;
    output.write_all(b"\n")
}

fn classify(
    input: &mut impl BufRead,
    mut output: impl Write,
    models: &mut Models,
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
        let question = match classify_line(&line, models, &mut scored) {
            Ok(question) => {
                tally.scored += 1;
                question
            }
            Err(rejection) => {
                tally.failed += 1;
                scored.clear();
                let error = json!({"error": {"line": number, "reason": rejection.reason.as_str(),
                    "detail": rejection.detail}});
                scored.extend(error.to_string().into_bytes());
                None
            }
        };
        models.put(&scored, question, &mut output)?;
    }
    models.release(&mut output)?;
    output.flush()?;
    Ok(tally)
}

/// Writes the line with its linear score to `out`, and returns what is to be asked of
/// the second model, if anything.
fn classify_line(
    line: &Line,
    models: &mut Models,
    out: &mut Vec<u8>,
) -> Result<Option<Question>, Rejection> {
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
        return Ok(None);
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
    let post = Post {
        text,
        title: input.title.as_deref(),
        media: input.media.as_deref().unwrap_or_default(),
        lang: input.lang.as_deref(),
        platform: input.platform.unwrap_or(Platform::Other),
        kind_hint: input.kind_hint.as_deref(),
        rating: input.rating.filter(|rating| (1.0..=5.0).contains(rating)),
        role: input.author.and_then(|author| author.role),
    };
    let score = models.scorer.score(&post);
    mention::append_score(json.as_bytes(), &score, out)?;
    let wants = models
        .cascade
        .as_mut()
        .is_some_and(|cascade| cascade.wants(&post, &score));
    Ok(wants.then(|| Question {
        asked: Asked::new(&post, score),
        unscored: json.as_bytes().to_vec(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8]) -> (Vec<serde_json::Value>, Tally) {
        let mut output = Vec::new();
        let scorer = Scorer::new(model(None).unwrap());
        let models = &mut Models {
            scorer,
            cascade: None,
        };
        let tally = classify(&mut &*input, &mut output, models).unwrap();
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
