//! The tables of the model card.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use mention::{Aspect, Kind};
use sentiment::{Model, Post, Scorer};
use whichlang::Lang;

use crate::build::{Learned, Material, learn_from};
use crate::calibrate::Folds;
use crate::corpus::{Corpus, FOLDS, Targets};
use crate::data::SOURCES;
use crate::learn::softmax;
use crate::measure::Outcome;
use crate::teach;
use crate::teacher::Embeddings;
use crate::topics::{self, KINDS, TopicWeights};

/// Sources that are left out in turn; the others are too odd or too easy to stand
/// for an unseen domain.
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

/// Prints all tables. With `embeddings`, targets are made anew for each fold from
/// its training texts alone; without, the student learns from labels only.
///
/// # Errors
/// If `out` can't be written.
pub(crate) fn print(
    material: &Material,
    embeddings: Option<&Embeddings>,
    out: &mut impl Write,
) -> Result<()> {
    writeln!(
        out,
        "Kinds and aspects, written mentions, five-fold cross-validation"
    )?;
    kinds_and_aspects(material, out)?;
    writeln!(
        out,
        "\nLanguage and abstention, texts of all files, the built-in model"
    )?;
    languages(material, out)?;
    let taught = embeddings.map_or("labels only", |_| "labels and a teacher of the same texts");
    writeln!(
        out,
        "\nSentiment, learned from {taught}\n\nDutch, five-fold cross-validation"
    )?;
    cross_validate(material, embeddings, out)?;
    writeln!(out, "\nDutch, source left out of training (unseen domain)")?;
    leave_out(material, embeddings, out)?;
    writeln!(out, "\nEnglish, files that are never learned from")?;
    english(material, embeddings, out)
}

fn targets(material: &Material, chosen: &[usize], embeddings: Option<&Embeddings>) -> Targets {
    embeddings.map_or_else(Targets::new, |embeddings| {
        let english = Some(&material.english);
        teach::targets(&material.dutch, chosen, english, embeddings)
    })
}

/// The one number of calibration is the shipped model's, not the fold's.
fn dutch_sureness(material: &Material, embeddings: Option<&Embeddings>) -> f32 {
    let chosen = material.dutch.in_training();
    let targets = targets(material, &chosen, embeddings);
    Folds::learn(&material.dutch, &targets).sureness(&material.dutch)
}

fn cross_validate(
    material: &Material,
    embeddings: Option<&Embeddings>,
    out: &mut impl Write,
) -> Result<()> {
    let corpus = &material.dutch;
    let sureness = dutch_sureness(material, embeddings);
    let mut outcomes = vec![Outcome::default(); SOURCES.len()];
    for fold in 0..FOLDS {
        let chosen: Vec<usize> = (0..corpus.rows.len())
            .filter(|&at| corpus.fold(at) != fold)
            .collect();
        let weights = learn_from(corpus, &chosen, &targets(material, &chosen, embeddings));
        let held_out = (0..corpus.rows.len()).filter(|&at| corpus.fold(at) == fold);
        tell(corpus, held_out, &weights, sureness, &mut outcomes);
    }
    table(&outcomes, out)
}

fn leave_out(
    material: &Material,
    embeddings: Option<&Embeddings>,
    out: &mut impl Write,
) -> Result<()> {
    let corpus = &material.dutch;
    let sureness = dutch_sureness(material, embeddings);
    let mut outcomes = vec![Outcome::default(); SOURCES.len()];
    for name in LEFT_OUT {
        let is_left_out = |at: &usize| SOURCES[corpus.rows[*at].source].name == name;
        let (held_out, chosen): (Vec<usize>, Vec<usize>) =
            (0..corpus.rows.len()).partition(is_left_out);
        let weights = learn_from(corpus, &chosen, &targets(material, &chosen, embeddings));
        tell(
            corpus,
            held_out.into_iter(),
            &weights,
            sureness,
            &mut outcomes,
        );
    }
    table(&outcomes, out)
}

fn english(
    material: &Material,
    embeddings: Option<&Embeddings>,
    out: &mut impl Write,
) -> Result<()> {
    let corpus = &material.english;
    let chosen = corpus.in_training();
    let targets = embeddings.map_or_else(Targets::new, |embeddings| {
        teach::targets(corpus, &chosen, None, embeddings)
    });
    let weights = learn_from(corpus, &chosen, &targets);
    let sureness = Folds::learn(corpus, &targets).sureness(corpus);
    let mut outcomes = vec![Outcome::default(); SOURCES.len()];
    let held_out =
        (0..corpus.rows.len()).filter(|&at| SOURCES[corpus.rows[at].source].weight <= 0.0);
    tell(corpus, held_out, &weights, sureness, &mut outcomes);
    table(&outcomes, out)
}

fn tell(
    corpus: &Corpus,
    held_out: impl Iterator<Item = usize>,
    weights: &Learned,
    sureness: f32,
    outcomes: &mut [Outcome],
) {
    for at in held_out {
        let row = &corpus.rows[at];
        let logits = weights.logits(&corpus.features[at]);
        let told = softmax(logits.map(|logit| logit * sureness));
        outcomes[row.source].add(row.label, told);
    }
}

fn table(outcomes: &[Outcome], out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "source          texts  macro-recall  macro-F1  F1-neg  recall-neg  AUC-neg  ECE"
    )?;
    let mut recalls = Vec::new();
    for (source, outcome) in SOURCES.iter().zip(outcomes) {
        if outcome.len() == 0 {
            continue;
        }
        recalls.push(outcome.macro_recall());
        writeln!(
            out,
            "{:14} {:6}  {:12.1}  {:8.1}  {:6.1}  {:10.2}  {:7.3}  {:.3}",
            source.name,
            outcome.len(),
            100.0 * outcome.macro_recall(),
            100.0 * outcome.macro_f1(),
            100.0 * outcome.f1(0),
            outcome.recall(0).unwrap_or(0.0),
            outcome.auc_negative(),
            outcome.calibration_error()
        )?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of sources")]
    let mean = recalls.iter().sum::<f64>() / recalls.len().max(1) as f64;
    writeln!(out, "mean macro-recall {:.2}", 100.0 * mean)?;
    Ok(())
}

/// How often something was told, was so, and both.
#[derive(Debug, Default, Clone, Copy)]
struct Hits {
    told: u32,
    so: u32,
    both: u32,
}

impl Hits {
    fn f1(self) -> f64 {
        2.0 * f64::from(self.both) / f64::from(self.told + self.so).max(1.0)
    }
}

fn kinds_and_aspects(material: &Material, out: &mut impl Write) -> Result<()> {
    let corpus = &material.dutch;
    let mut kinds = [Hits::default(); KINDS];
    let mut aspects = [Hits::default(); Aspect::ALL.len()];
    for fold in 0..FOLDS {
        let chosen: Vec<usize> = (0..corpus.rows.len())
            .filter(|&at| corpus.fold(at) != fold)
            .collect();
        let mut seen = topics::collect(corpus, &chosen);
        topics::add_replies(&mut seen, &material.replies);
        let weights = topics::learn(&seen);
        for at in (0..corpus.rows.len()).filter(|&at| corpus.fold(at) == fold) {
            count(corpus, at, &weights, &mut kinds, &mut aspects);
        }
    }
    for (kind, hits) in Kind::ALL.iter().zip(kinds) {
        writeln!(
            out,
            "{:12} {:5} texts  F1 {:.2}",
            kind.as_str(),
            hits.so,
            hits.f1()
        )?;
    }
    for (aspect, hits) in Aspect::ALL.iter().zip(aspects) {
        writeln!(
            out,
            "{:12} {:5} texts  F1 {:.2}",
            aspect.as_str(),
            hits.so,
            hits.f1()
        )?;
    }
    let all = |hits: &[Hits]| {
        hits.iter().fold(Hits::default(), |sum, hits| Hits {
            told: sum.told + hits.told,
            so: sum.so + hits.so,
            both: sum.both + hits.both,
        })
    };
    writeln!(
        out,
        "kinds: accuracy {:.3}; aspects: micro-F1 {:.3}",
        all(&kinds).f1(),
        all(&aspects).f1()
    )?;
    Ok(())
}

fn count(
    corpus: &Corpus,
    at: usize,
    weights: &TopicWeights,
    kinds: &mut [Hits; KINDS],
    aspects: &mut [Hits; Aspect::ALL.len()],
) {
    let Some((kind, named)) = &corpus.rows[at].topics else {
        return;
    };
    let logits = weights.logits(&corpus.features[at]);
    let best = (0..KINDS).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
    for (number, hits) in kinds.iter_mut().enumerate() {
        add(hits, best == Some(number), Kind::ALL[number] == *kind);
    }
    for (number, hits) in aspects.iter_mut().enumerate() {
        let told = logits[KINDS + number] > 0.0;
        add(hits, told, named.contains(&Aspect::ALL[number]));
    }
}

fn add(hits: &mut Hits, told: bool, so: bool) {
    hits.told += u32::from(told);
    hits.so += u32::from(so);
    hits.both += u32::from(told && so);
}

/// What the scorer makes of the texts of one source.
#[derive(Debug, Default, Clone, Copy)]
struct Read {
    texts: u32,
    right: u32,
    short: u32,
    short_right: u32,
    letters_right: u32,
    abstained: u32,
}

/// Texts of at most this many words are short.
const SHORT: usize = 5;

/// Whether the language was told, also of short texts and by the letters alone
/// (whichlang), and how often the scorer abstains. The texts are those of
/// training, but neither was learned from them.
fn languages(material: &Material, out: &mut impl Write) -> Result<()> {
    let mut scorer = Scorer::new(Arc::new(Model::embedded()?));
    let mut reads = vec![Read::default(); SOURCES.len()];
    for corpus in [&material.dutch, &material.english] {
        for row in &corpus.rows {
            reads[row.source].add(&row.text, SOURCES[row.source].dutch, &mut scorer);
        }
    }
    writeln!(
        out,
        "source          texts  language right  of short texts  letters alone  abstained"
    )?;
    for (source, read) in SOURCES.iter().zip(reads) {
        let share = |part: u32, of: u32| 100.0 * f64::from(part) / f64::from(of.max(1));
        writeln!(
            out,
            "{:14} {:6}  {:14.1}  {:14.1}  {:13.1}  {:9.1}",
            source.name,
            read.texts,
            share(read.right, read.texts),
            share(read.short_right, read.short),
            share(read.letters_right, read.texts),
            share(read.abstained, read.texts)
        )?;
    }
    Ok(())
}

impl Read {
    fn add(&mut self, text: &str, dutch: bool, scorer: &mut Scorer) {
        let score = scorer.score(&Post::new(text));
        let right = score.lang.as_str() == if dutch { "nl" } else { "en" };
        let letters = if dutch { Lang::Nld } else { Lang::Eng };
        let is_short = text.split_whitespace().count() <= SHORT;
        self.texts += 1;
        self.right += u32::from(right);
        self.short += u32::from(is_short);
        self.short_right += u32::from(is_short && right);
        self.letters_right += u32::from(whichlang::detect_language(text) == letters);
        self.abstained += u32::from(score.abstained.is_some());
    }
}
