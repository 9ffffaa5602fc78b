//! `ophef explain`: one text, its score, and what each piece of it contributes.

use std::io::{self, Read, Write};

use anyhow::{Context, bail};
use clap::builder::styling::{AnsiColor, Style};
use mention::{Abstention, MAX_TEXT_BYTES, Score};
use sentiment::{Explanation, Place, Post, Scorer, Span, Weights};
use serde_json::{Value, json};

use crate::classify::model;
use crate::cli::Explain;

/// From this change of ln(P(negative) / P(positive)) on, millionths, a word is
/// coloured: it changes the odds by a tenth.
const COLOURED_MIN: i64 = 100_000;
/// From this change on it is bold: it changes the odds by two thirds.
const BOLD_MIN: i64 = 500_000;
/// Widest piece of text in a line of the table, characters.
const PIECE_CHARS: usize = 40;

/// Scores the text and tells why on standard output.
///
/// # Errors
/// The text is too long or not UTF-8, the model can't be used, or the output not
/// be written.
pub(crate) fn run(args: &Explain, settings: &settings::Settings) -> anyhow::Result<()> {
    let from_input = match args.text.as_str() {
        "-" => Some(read_text(&mut io::stdin().lock())?),
        _ => None,
    };
    let text = from_input.as_deref().unwrap_or(&args.text);
    for (name, part) in [
        ("text", text),
        ("title", args.title.as_deref().unwrap_or_default()),
    ] {
        if part.len() > MAX_TEXT_BYTES {
            bail!(
                "the {name} has {} bytes, at most {MAX_TEXT_BYTES} are taken: shorten it",
                part.len()
            );
        }
    }
    let post = Post {
        title: args.title.as_deref(),
        lang: args.lang.as_deref(),
        platform: args.platform,
        kind_hint: args.kind_hint.as_deref(),
        rating: args.rating,
        ..Post::new(text)
    };
    let explanation = Scorer::new(model(settings.score.model_file.as_deref())?).explain(&post);
    if args.json {
        let explained = format!("{:#}\n", to_json(&post, &explanation));
        return Ok(io::stdout().write_all(explained.as_bytes())?);
    }
    // Colours go where they are wanted: not into files, nor where NO_COLOR is set.
    let mut out = anstream::stdout().lock();
    Ok(out.write_all(to_text(&post, &explanation).as_bytes())?)
}

fn read_text(input: &mut impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    // One byte more than is taken, so that a longer text is noticed and not cut.
    let limit = u64::try_from(MAX_TEXT_BYTES + 2)?;
    input.take(limit).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).context("standard input is not UTF-8")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A part of the post by its place.
fn part_of<'a>(post: &Post<'a>, place: Place) -> &'a str {
    match place {
        Place::Title => post.title.unwrap_or_default(),
        Place::Text => post.text,
        Place::Description(at) => post
            .media
            .get(at)
            .and_then(mention::Media::alt)
            .unwrap_or_default(),
    }
}

fn piece_of<'a>(post: &Post<'a>, span: &Span) -> &'a str {
    let part = part_of(post, span.place);
    part.get(span.byte_start..span.byte_end).unwrap_or_default()
}

const fn name_of(place: Place) -> &'static str {
    match place {
        Place::Title => "title",
        Place::Text => "text",
        Place::Description(_) => "description",
    }
}

fn to_json(post: &Post<'_>, explanation: &Explanation) -> Value {
    let spans = explanation.spans.iter().map(|span| {
        json!({
            "part": name_of(span.place), "start": span.start, "end": span.end,
            "byte_start": span.byte_start, "byte_end": span.byte_end,
            "text": piece_of(post, span), "weights": weights(span.weights),
        })
    });
    let circumstances = explanation.circumstances.iter();
    let circumstances = circumstances
        .map(|(name, parts)| json!({"name": name.as_str(), "weights": weights(*parts)}));
    json!({
        "text": post.text,
        "score": explanation.score,
        "base": weights(explanation.base),
        "circumstances": circumstances.collect::<Vec<_>>(),
        "spans": spans.collect::<Vec<_>>(),
        "total": weights(explanation.logits),
    })
}

/// Logits with six decimals, none of which is lost.
fn weights(weights: Weights) -> Value {
    #[allow(
        clippy::cast_precision_loss,
        reason = "within 2^53, where every whole number has a float"
    )]
    let logit = |millionths: i64| millionths as f64 / 1e6;
    json!({
        "negative": logit(weights.negative),
        "neutral": logit(weights.neutral),
        "positive": logit(weights.positive),
        "towards_negative": logit(weights.towards_negative()),
    })
}

/// For people, with colours.
fn to_text(post: &Post<'_>, explanation: &Explanation) -> String {
    let mut out = coloured(post, explanation);
    out.push_str("\n  negative  neutral positive\n");
    for span in &explanation.spans {
        let style = style_of(span.weights);
        let piece: String = piece_of(post, span).chars().take(PIECE_CHARS).collect();
        let place = match span.place {
            Place::Text => String::new(),
            place => format!("  ({})", name_of(place)),
        };
        let piece = format!("{style}{}{style:#}{place}", printable(&piece));
        out.push_str(&line(span.weights, &piece));
    }
    for (name, weights) in &explanation.circumstances {
        let name = name.as_str().replace('_', " ");
        out.push_str(&line(*weights, &format!("({name})")));
    }
    out.push_str(&line(explanation.base, "(base: a post without words)"));
    out.push_str("  ────────────────────────────\n");
    out.push_str(&line(explanation.logits, "total, logits"));
    out.push_str(&verdict(&explanation.score));
    out
}

fn line(weights: Weights, what: &str) -> String {
    let [negative, neutral, positive] = weights.logits();
    format!("  {negative:+8.3} {neutral:+8.3} {positive:+8.3}  {what}\n")
}

/// The parts of the post, each piece in the colour of what it says.
fn coloured(post: &Post<'_>, explanation: &Explanation) -> String {
    let mut out = String::new();
    let mut last: Option<(Place, usize)> = None;
    let rest = |(place, at): (Place, usize)| {
        let rest = part_of(post, place).get(at..).unwrap_or_default();
        format!("{}\n", printable(rest))
    };
    for span in &explanation.spans {
        let at = match last {
            Some((place, at)) if place == span.place => at,
            _ => {
                out.extend(last.map(rest));
                0
            }
        };
        let between = part_of(post, span.place).get(at..span.byte_start);
        out.push_str(&printable(between.unwrap_or_default()));
        let style = style_of(span.weights);
        let piece = printable(piece_of(post, span));
        out.push_str(&format!("{style}{piece}{style:#}"));
        last = Some((span.place, span.byte_end));
    }
    out.push_str(&rest(last.unwrap_or((Place::Text, 0))));
    out
}

/// Red speaks for negative, green for positive.
const fn style_of(weights: Weights) -> Style {
    let towards_negative = weights.towards_negative();
    let style = if towards_negative >= COLOURED_MIN {
        AnsiColor::Red.on_default()
    } else if towards_negative <= -COLOURED_MIN {
        AnsiColor::Green.on_default()
    } else {
        Style::new()
    };
    if towards_negative.abs() >= BOLD_MIN {
        style.bold()
    } else {
        style
    }
}

/// A text must not steer the terminal: control characters and marks of direction
/// become spaces.
fn printable(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|letter| if steers(letter) { ' ' } else { letter })
        .collect()
}

fn verdict(score: &Score<'_>) -> String {
    let p = score.probabilities;
    let mut out = format!(
        "\nprobabilities  negative {:.4}, neutral {:.4}, positive {:.4}\nlabel          {} ({:.4})\n",
        p.negative,
        p.neutral,
        p.positive,
        score.label.as_str(),
        score.confidence,
    );
    if let Some(reason) = score.abstained {
        out.push_str(&format!("abstained      {}\n", meaning(reason)));
    }
    out.push_str(&format!("language       {}\n", printable(&score.lang)));
    out.push_str(&format!("kind           {}\n", score.kind.as_str()));
    let aspects = score.aspects.iter().map(|told| {
        let (aspect, polarity) = (told.aspect.as_str(), told.polarity.as_str());
        format!("{aspect} ({polarity}, {:.2})", told.confidence)
    });
    let aspects = aspects.collect::<Vec<_>>().join(", ");
    let aspects = if aspects.is_empty() { "none" } else { &aspects };
    out.push_str(&format!("aspects        {aspects}\n"));
    out.push_str(&format!("model          {}\n", printable(&score.model)));
    out
}

/// What an abstention means to the reader of a report.
const fn meaning(reason: Abstention) -> &'static str {
    match reason {
        Abstention::UnsupportedLanguage => {
            "the text is neither Dutch nor English, so it never counts as negative"
        }
        Abstention::TooShort => "there is too little text to tell, so it doesn't count as negative",
        Abstention::NoEvidence => {
            "nothing in the text says enough for one label, so it doesn't count as negative"
        }
        Abstention::Contradictory => {
            "the text speaks strongly both ways, so it doesn't count as negative"
        }
        Abstention::Other => "the model gave a reason of its own; it doesn't count as negative",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(post: &Post<'_>) -> Explanation {
        Scorer::new(model(None).unwrap()).explain(post)
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn the_columns_of_json_add_up_to_the_millionth() {
        let post = Post {
            title: Some("Drama"),
            rating: Some(1.5),
            ..Post::new("Pakket wéér niet bezorgd!! 😡 and nobody answers the phone")
        };
        let json = to_json(&post, &explained(&post));
        for label in ["negative", "neutral", "positive", "towards_negative"] {
            let of = |value: &Value| {
                let logit = value["weights"][label].as_f64().unwrap();
                (logit * 1e6).round()
            };
            let parts = ["spans", "circumstances"].map(|list| json[list].as_array().unwrap());
            let sum: f64 = parts.into_iter().flatten().map(of).sum();
            let of = |name: &str| (json[name][label].as_f64().unwrap() * 1e6).round();
            assert!((sum + of("base") - of("total")).abs() < 0.5, "{label}");
        }
    }

    #[test]
    fn the_text_stays_readable_and_cannot_steer_the_terminal() {
        let post = Post::new("slecht\u{1b}[2J\u{202e}spul\nwat een waardeloze service");
        let shown = to_text(&post, &explained(&post));
        assert!(shown.contains("\u{1b}["), "nothing is coloured: {shown}");
        let shown = plain(&shown);
        assert!(
            shown.starts_with("slecht [2J spul wat een waardeloze service\n"),
            "{shown}"
        );
    }

    #[test]
    fn an_abstention_is_told_in_words() {
        for (text, words) in [
            (
                "Das Paket ist schon wieder nicht angekommen, Katastrophe",
                "neither Dutch nor English",
            ),
            ("", "too little text"),
        ] {
            let post = Post::new(text);
            let shown = plain(&to_text(&post, &explained(&post)));
            assert!(shown.contains(words), "{shown}");
        }
    }
}
