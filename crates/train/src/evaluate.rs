//! What the scorer makes of texts that its model hasn't learned from.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;
use mention::{Aspect, Kind};
use sentiment::{CLASSES, Model, ModelParts, Post, Scorer};

use crate::build::{Folds, Whole};
use crate::calibrate;
use crate::corpus::{Corpus, FOLDS, Targets};
use crate::data::{Row, SOURCES};
use crate::labels;
use crate::material::Material;
use crate::teach::Lectures;

/// Sources that are left out in turn; the others are too odd or too easy to stand
/// for an unseen domain, or the encoders of the teacher have seen them.
const LEFT_OUT: [&str; 8] = [
    "posts",
    "political",
    "written",
    "restaurants",
    "clothing",
    "music",
    "delivery",
    "headlines",
];

/// One text and what the scorer made of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) source: usize,
    pub(crate) label: usize,
    pub(crate) probabilities: [f32; CLASSES],
    pub(crate) abstained: bool,
    pub(crate) negative: bool,
    /// Whether the language was right, and whether the text has five words at most.
    pub(crate) language: (bool, bool),
    /// Kind and aspects as labelled, and as told.
    pub(crate) topics: Option<Topics>,
}

/// Kinds and bits of aspects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Topics {
    pub(crate) kinds: (Kind, Kind),
    pub(crate) aspects: (u16, u16),
}

/// All findings.
#[derive(Debug)]
pub(crate) struct Findings {
    /// Each text by a model without its fold.
    pub(crate) held_out: Vec<Told>,
    /// Each Dutch text of some sources by a model without its source.
    pub(crate) unseen: Vec<Told>,
    /// English texts that are never learned from.
    pub(crate) kept: Vec<Told>,
}

/// Trains and scores. With `lectures`, Dutch targets are made anew from the texts
/// that are learned from; else the committed `targets` are used, whose regression
/// has seen all texts.
///
/// # Errors
/// If the labels of this crate can't be read.
pub(crate) fn find(
    material: &Material,
    lectures: Option<&Lectures>,
    targets: &Targets,
) -> Result<Findings> {
    let dutch = &material.corpora[0];
    let without = |left_out: &dyn Fn(usize) -> bool| match lectures {
        None => targets.clone(),
        Some(lectures) => {
            let mut chosen = dutch.in_training();
            chosen.retain(|&at| !left_out(at));
            lectures.targets(dutch, &chosen)
        }
    };
    let folds = Folds::learn(material, |fold| without(&|at| dutch.fold(at) == fold));
    let mut held_out = Vec::new();
    for corpus in &material.corpora {
        for (fold, parts) in (0..FOLDS).zip(&folds.models) {
            let rows = corpus.in_training().into_iter();
            let rows = rows.filter(|&at| corpus.fold(at) == fold);
            held_out.extend(tell(
                parts,
                rows.map(|at| &corpus.rows[at]),
                &HashMap::new(),
            ));
        }
    }
    let mut unseen = Vec::new();
    for name in LEFT_OUT {
        let is_left_out = |at: usize| SOURCES[dutch.rows[at].source].name == name;
        let targets = without(&is_left_out);
        let keep = |corpus: &Corpus, at: usize| corpus.dutch && !is_left_out(at);
        let parts = Whole::learn(material, &targets, keep).parts(material, folds.sureness);
        let rows = (0..dutch.rows.len()).filter(|&at| is_left_out(at));
        unseen.extend(tell(
            &parts,
            rows.map(|at| &dutch.rows[at]),
            &HashMap::new(),
        ));
    }
    let english = &material.corpora[1];
    let keep = |corpus: &Corpus, _| !corpus.dutch;
    let parts = Whole::learn(material, targets, keep).parts(material, folds.sureness);
    let kept = english
        .rows
        .iter()
        .filter(|row| SOURCES[row.source].weight <= 0.0);
    Ok(Findings {
        held_out,
        unseen,
        kept: tell(&parts, kept, &labels::read(labels::KEPT)?),
    })
}

/// Scores texts; `labels` are kinds and aspects that the rows don't have.
fn tell<'a>(
    parts: &ModelParts,
    rows: impl Iterator<Item = &'a Row>,
    labels: &labels::Labels,
) -> Vec<Told> {
    let mut scorer = Scorer::new(Arc::new(Model::from_parts(parts)));
    let told = rows.map(|row| {
        let lang = calibrate::lang(row.source);
        let post = Post {
            lang: Some(lang),
            ..Post::new(&row.text)
        };
        let score = scorer.score(&post);
        // A platform's word would make the language too easy.
        let told_alone = scorer.score(&Post::new(&row.text)).lang;
        let p = score.probabilities;
        let gold = row.topics.clone();
        let gold = gold.or_else(|| labels.get(&row.hash).map(labels::Annotation::topics));
        let bits = |aspects: &[Aspect]| {
            let at = |aspect| Aspect::ALL.iter().position(|known| known == aspect);
            aspects
                .iter()
                .filter_map(at)
                .fold(0, |bits, at| bits | 1 << at)
        };
        let told: Vec<Aspect> = score.aspects.iter().map(|told| told.aspect).collect();
        #[allow(clippy::cast_possible_truncation, reason = "probabilities")]
        let probabilities = [p.negative, p.neutral, p.positive].map(|p| p as f32);
        Told {
            source: row.source,
            label: row.label,
            probabilities,
            abstained: score.abstained.is_some(),
            negative: score.is_negative(),
            language: (
                told_alone.as_str() == lang,
                row.text.split_whitespace().count() <= 5,
            ),
            topics: gold.map(|(kind, aspects)| Topics {
                kinds: (kind, score.kind),
                aspects: (bits(&aspects), bits(&told)),
            }),
        }
    });
    told.collect()
}
