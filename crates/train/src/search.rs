//! Trying settings: on Dutch texts of one fold that is left out, and on the English
//! files that are never learned from.

use std::io::Write;

use anyhow::Result;

use crate::build::{Learned, learn};
use crate::choices::RANGES;
use crate::corpus::{Corpus, Targets};
use crate::data::SOURCES;
use crate::learn::{Shuffler, softmax};
use crate::material::Material;
use crate::measure::Outcome;

/// Tries the material's settings, then `trials` random ones around them, the same
/// at every run, and prints a line of figures for each.
///
/// # Errors
/// If `out` can't be written.
pub(crate) fn search(
    material: &mut Material,
    targets: &Targets,
    trials: u32,
    out: &mut impl Write,
) -> Result<()> {
    let mut shuffler = Shuffler(7);
    let built_in = material.choices;
    for trial in 0..=trials {
        material.choices = built_in;
        let mut changed = String::new();
        for &(name, low, high) in RANGES {
            // Half of the settings stay as they are, so that effects can be told apart.
            if trial > 0 && shuffler.chance(0.5) {
                let share = f32::midpoint(shuffler.between(1.0), 1.0);
                let value = low * libm::powf(high / low, share);
                material.choices.change(name, value)?;
                changed += &format!(" {name}={value:.4}");
            }
        }
        writeln!(out, "trial {trial}:{changed}")?;
        for corpus in &material.corpora {
            figures(material, corpus, targets, out)?;
        }
    }
    material.choices = built_in;
    Ok(())
}

fn figures(
    material: &Material,
    corpus: &Corpus,
    targets: &Targets,
    out: &mut impl Write,
) -> Result<()> {
    let is_held_out = |at: usize| {
        if corpus.dutch {
            corpus.fold(at) == 0
        } else {
            SOURCES[corpus.rows[at].source].weight <= 0.0
        }
    };
    let (held_out, chosen): (Vec<usize>, Vec<usize>) =
        (0..corpus.rows.len()).partition(|&at| is_held_out(at));
    let learned = learn(corpus, &chosen, targets, &material.choices);
    for (name, outcomes) in ["linear", "both"]
        .into_iter()
        .zip(tell(corpus, &held_out, &learned))
    {
        write!(out, "  {name:6}")?;
        let mut recalls = Vec::new();
        for (source, outcome) in SOURCES.iter().zip(&outcomes) {
            if outcome.len() > 0 {
                recalls.push(outcome.macro_recall());
                let (recall, auc) = (100.0 * outcome.macro_recall(), outcome.auc_negative());
                write!(out, " {} {recall:.1}/{auc:.3}", source.name)?;
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "a count of sources")]
        let mean = recalls.iter().sum::<f64>() / recalls.len().max(1) as f64;
        writeln!(out, " mean {:.2}", 100.0 * mean)?;
    }
    Ok(())
}

/// What the hashed features say alone, and with the convolution.
fn tell(corpus: &Corpus, held_out: &[usize], learned: &Learned) -> [Vec<Outcome>; 2] {
    let mut outcomes = [(); 2].map(|()| vec![Outcome::default(); SOURCES.len()]);
    for &at in held_out {
        let (row, features) = (&corpus.rows[at], &corpus.features[at]);
        let told = [learned.linear_logits(features), learned.logits(features)];
        for (outcomes, logits) in outcomes.iter_mut().zip(told) {
            outcomes[row.source].add(row.label, softmax(logits));
        }
    }
    outcomes
}
