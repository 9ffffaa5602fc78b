//! scratch
use crate::build::{Material, SETTINGS};
use crate::conv::{self, ConvSettings};
use crate::corpus::{Corpus, FOLDS, Targets};
use crate::data::SOURCES;
use crate::learn::{self, Sample};
use crate::measure::Outcome;
use crate::teach;
use crate::teacher::Embeddings;
use sentiment::CLASSES;

pub(crate) use crate::build::CONV_SETTINGS as BASE;

const MIX: [f32; 6] = [0.0, 0.25, 0.5, 1.0, 2.0, 1e6];

fn run(
    corpus: &Corpus,
    chosen: &[usize],
    held: &[usize],
    targets: &Targets,
    settings: &ConvSettings,
    outs: &mut [Vec<Outcome>],
) {
    let samples = corpus.samples(chosen, targets);
    let samples: Vec<&Sample> = samples.iter().collect();
    let lin = learn::learn(&samples, SETTINGS);
    let conv = conv::learn(&samples, settings);
    for &at in held {
        let f = &corpus.features[at];
        let a = lin.logits(f);
        let b = conv.logits(f);
        for (mix, outs) in MIX.iter().zip(outs.iter_mut()) {
            let l: [f32; CLASSES] = std::array::from_fn(|c| (a[c] + mix * b[c]) / (1.0 + mix));
            outs[corpus.rows[at].source].add(corpus.rows[at].label, learn::softmax(l));
        }
    }
}

fn show(outs: &[Vec<Outcome>], title: &str) {
    eprintln!("{title}");
    for (n, s) in SOURCES.iter().enumerate() {
        if outs[0][n].len() == 0 {
            continue;
        }
        eprint!("  {:14}", s.name);
        for o in outs {
            eprint!(
                "  {:5.1}/{:.3}",
                100.0 * o[n].macro_recall(),
                o[n].auc_negative()
            );
        }
        eprintln!();
    }
    eprint!("  mean          ");
    for o in outs {
        let v: Vec<f64> = o
            .iter()
            .filter(|o| o.len() > 0)
            .map(|o| o.macro_recall())
            .collect();
        eprint!("  {:9.2}  ", 100.0 * v.iter().sum::<f64>() / v.len() as f64);
    }
    eprintln!();
}

pub(crate) fn all(
    material: &Material,
    embeddings: Option<&Embeddings>,
    committed: &Targets,
    what: &str,
    settings: &ConvSettings,
) {
    let empty = || vec![vec![Outcome::default(); SOURCES.len()]; MIX.len()];
    if what.contains('e') {
        let c = &material.english;
        let chosen = c.in_training();
        let held: Vec<usize> = (0..c.rows.len())
            .filter(|&at| SOURCES[c.rows[at].source].weight <= 0.0)
            .collect();
        let mut outs = empty();
        let begin = std::time::Instant::now();
        run(c, &chosen, &held, committed, settings, &mut outs);
        show(&outs, &format!("english {:?}", begin.elapsed()));
    }
    let c = &material.dutch;
    let targets = |chosen: &[usize]| {
        embeddings.map_or_else(
            || committed.clone(),
            |e| teach::targets(c, chosen, Some(&material.english), e),
        )
    };
    if what.contains('c') {
        let mut outs = empty();
        for fold in 0..FOLDS {
            let (held, chosen): (Vec<usize>, Vec<usize>) =
                (0..c.rows.len()).partition(|&at| c.fold(at) == fold);
            run(c, &chosen, &held, &targets(&chosen), settings, &mut outs);
        }
        show(&outs, "dutch cv");
    }
    if what.contains('l') {
        let mut outs = empty();
        for name in [
            "posts",
            "political",
            "written",
            "restaurants",
            "clothing",
            "delivery",
        ] {
            let (held, chosen): (Vec<usize>, Vec<usize>) =
                (0..c.rows.len()).partition(|&at| SOURCES[c.rows[at].source].name == name);
            run(c, &chosen, &held, &targets(&chosen), settings, &mut outs);
        }
        show(&outs, "dutch left out");
    }
}
