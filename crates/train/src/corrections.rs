//! People's corrections: texts with their right label, learned from on top of the data.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use mention::Label;
use sentiment::{CLASSES, Model, ModelParts, Post, Scorer};

use crate::learn::Sample;

/// How much a correction counts beside an average text. A person of the very brand
/// wrote it because the model was wrong there, so it says more than a text of another
/// domain; a few dozen of them still can't outvote tens of thousands of texts.
pub(crate) const WEIGHT: f32 = 5.0;

/// A text and its right label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correction {
    /// The post.
    pub(crate) text: String,
    /// 0 negative, 1 neutral, 2 positive.
    pub(crate) label: usize,
    /// Whether it is learned as Dutch; the others as English.
    pub(crate) dutch: bool,
}

impl Correction {
    /// What to learn from it.
    pub(crate) fn sample(&self, features: sentiment::training::Features) -> Sample {
        let mut target = [0.0; CLASSES];
        target[self.label] = 1.0;
        Sample {
            features,
            target,
            weight: WEIGHT,
        }
    }
}

/// Reads a file of corrections, as `ophef classify --corrections` does. Of a text
/// that comes twice the last label stands.
///
/// # Errors
/// Names the line that isn't a correction, has no text, or whose language can't be told.
pub(crate) fn read(path: &Path) -> Result<Vec<Correction>> {
    let content = std::fs::read_to_string(path)
        .with_context(|| format!("can't read the corrections {}", path.display()))?;
    parse(&content).with_context(|| path.display().to_string())
}

fn parse(content: &str) -> Result<Vec<Correction>> {
    let mut scorer = Scorer::new(Arc::new(Model::embedded()?));
    let mut corrections: Vec<Correction> = Vec::new();
    for (line, correction) in mention::read_corrections(content) {
        let correction = correction.with_context(|| format!("line {line}"))?;
        let Some(text) = &correction.text else {
            bail!("line {line}: only an id; training needs the text");
        };
        let lang = correction.lang.as_deref();
        let score = scorer.score(&Post {
            lang,
            ..Post::new(text)
        });
        let dutch = match lang.unwrap_or(&score.lang).get(..2) {
            Some("nl") => true,
            Some("en") => false,
            _ => bail!("line {line}: the language can't be told; give `lang`, nl or en"),
        };
        corrections.retain(|earlier| earlier.text != text.as_str());
        corrections.push(Correction {
            text: text.as_str().to_owned(),
            label: position(correction.label),
            dutch,
        });
    }
    if corrections.is_empty() {
        bail!("no corrections");
    }
    Ok(corrections)
}

/// Position of a label in the order of the classes.
fn position(label: Label) -> usize {
    Label::ALL
        .iter()
        .position(|known| *known == label)
        .unwrap_or_default()
}

/// How many of the corrections a model reads right, an abstention as neutral.
fn right(model: Model, corrections: &[Correction]) -> usize {
    let mut scorer = Scorer::new(Arc::new(model));
    let is_right = |correction: &&Correction| {
        let lang = Some(if correction.dutch { "nl" } else { "en" });
        let score = scorer.score(&Post {
            lang,
            ..Post::new(&correction.text)
        });
        match score.abstained {
            None => position(score.label) == correction.label,
            Some(_) => correction.label == position(Label::Neutral),
        }
    };
    corrections.iter().filter(is_right).count()
}

/// The line of the model card: the built-in model, which may not have seen the
/// corrections, beside the one that has just learned from them.
///
/// # Errors
/// None in a program whose tests passed.
pub(crate) fn report(learned: &ModelParts, corrections: &[Correction]) -> Result<String> {
    let before = right(Model::embedded()?, corrections);
    let after = right(Model::from_parts(learned), corrections);
    Ok(format!(
        "Corrections: {} texts; the model before reads {before} of them right, this one {after}.",
        corrections.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_label_of_a_text_stands_and_languages_are_told() {
        let read = parse(
            "label\ttext\tlang\n\
             neg\tTop, weer een week wachten op mijn pakket\t\n\
             neu\tThe store is open on Sunday and they have my order\t\n\
             pos\tTop, weer een week wachten op mijn pakket\t\n\
             neg\tTja\tnl-BE\n",
        );
        let read = read.unwrap();
        let told: Vec<_> = read
            .iter()
            .map(|correction| (correction.label, correction.dutch))
            .collect();
        assert_eq!(told, [(1, false), (2, true), (0, true)]);
    }

    #[test]
    fn what_training_cannot_use_is_named() {
        let fault = |content| format!("{:#}", parse(content).unwrap_err());
        assert!(fault("{\"id\":\"1\",\"label\":\"neg\"}").contains("line 1: only an id"));
        assert!(fault("label\ttext\nneg\t👀").contains("line 2: the language"));
        assert!(fault("label\ttext\n").contains("no corrections"));
    }
}
