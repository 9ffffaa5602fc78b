//! The tables of the model card.

use std::fmt::Write;

use mention::{Aspect, Kind};

use crate::data::SOURCES;
use crate::evaluate::{Findings, Told, Topics};
use crate::learn::Shuffler;
use crate::measure::{Outcome, interval};

/// Names of the labels in tables.
const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

/// All tables, as Markdown.
///
/// # Errors
/// None: a string takes everything.
pub(crate) fn tables(findings: &Findings) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let held_out = by_source(&findings.held_out);
    let unseen = by_source(&findings.unseen);
    let kept = by_source(&findings.kept);
    for dutch in [true, false] {
        writeln!(out, "### {}\n", if dutch { "Dutch" } else { "English" })?;
        sources(&mut out, dutch, &held_out, &unseen)?;
        if !dutch {
            writeln!(out, "\nFiles that are never learned from:\n")?;
            sources(&mut out, dutch, &kept, &unseen)?;
        }
        writeln!(out, "\nBy label, all sources of the first table:\n")?;
        classes(&mut out, &pooled(dutch, &held_out))?;
        writeln!(out)?;
    }
    writeln!(out, "### Calibration, risk and coverage\n")?;
    coverage(&mut out, &held_out, &kept)?;
    writeln!(out, "\n### Share of negative posts\n")?;
    shares(&mut out, &findings.held_out)?;
    writeln!(out, "\n### Language and abstention\n")?;
    languages(&mut out, findings)?;
    writeln!(out, "\n### Kinds and aspects\n")?;
    topics(&mut out, findings)?;
    Ok(out)
}

fn by_source(told: &[Told]) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::default(); SOURCES.len()];
    for told in told {
        outcomes[told.source].add(told.label, told.probabilities);
    }
    outcomes
}

/// All sources of one language together, each text counting alike.
pub(crate) fn pooled(dutch: bool, outcomes: &[Outcome]) -> Outcome {
    let mut sum = Outcome::default();
    for (source, outcome) in SOURCES.iter().zip(outcomes) {
        if source.dutch == dutch {
            sum.extend(outcome);
        }
    }
    sum
}

/// The outcomes behind the pictures: Dutch and English, by held-out folds.
pub(crate) fn languages_of(findings: &Findings) -> [Outcome; 2] {
    let held_out = by_source(&findings.held_out);
    [pooled(true, &held_out), pooled(false, &held_out)]
}

fn percent((low, high): (f64, f64)) -> String {
    format!("{:.1}–{:.1}", 100.0 * low, 100.0 * high)
}

fn sources(
    out: &mut String,
    dutch: bool,
    outcomes: &[Outcome],
    unseen: &[Outcome],
) -> std::fmt::Result {
    writeln!(
        out,
        "| source | texts | macro-recall (95 %) | macro-F1 | F1 of negative | recall of negative | AUC of negative | ECE | macro-recall, source unseen (95 %) | AUC, unseen |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(10))?;
    let mut means = [Vec::new(), Vec::new()];
    for ((source, outcome), unseen) in SOURCES.iter().zip(outcomes).zip(unseen) {
        if outcome.len() == 0 || source.dutch != dutch {
            continue;
        }
        means[0].push(outcome.macro_recall());
        write!(
            out,
            "| {} | {} | {:.1} ({}) | {:.1} | {:.1} | {:.2} | {:.3} | {:.3} |",
            source.name,
            outcome.len(),
            100.0 * outcome.macro_recall(),
            percent(outcome.interval(Outcome::macro_recall)),
            100.0 * outcome.macro_f1(),
            100.0 * outcome.f1(0),
            outcome.recall(0).unwrap_or(0.0),
            outcome.auc_negative(),
            outcome.calibration_error(),
        )?;
        if unseen.len() == 0 {
            writeln!(out, " – | – |")?;
            continue;
        }
        means[1].push(unseen.macro_recall());
        writeln!(
            out,
            " {:.1} ({}) | {:.3} |",
            100.0 * unseen.macro_recall(),
            percent(unseen.interval(Outcome::macro_recall)),
            unseen.auc_negative()
        )?;
    }
    let mean = |values: &[f64]| {
        #[allow(clippy::cast_precision_loss, reason = "a count of sources")]
        let mean = 100.0 * values.iter().sum::<f64>() / values.len().max(1) as f64;
        match values {
            [] => "–".to_owned(),
            _ => format!("{mean:.2}"),
        }
    };
    writeln!(
        out,
        "| **mean of sources** | | **{}** | | | | | | {} | |",
        mean(&means[0]),
        mean(&means[1])
    )
}

fn classes(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    writeln!(
        out,
        "| label | texts | precision | recall (95 %) | F1 (95 %) |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(5))?;
    for (label, name) in LABELS.iter().enumerate() {
        let recall = outcome.interval(|outcome| outcome.recall(label).unwrap_or(0.0));
        writeln!(
            out,
            "| {name} | {} | {:.1} | {:.1} ({}) | {:.1} ({}) |",
            outcome.labelled(label),
            100.0 * outcome.precision(label),
            100.0 * outcome.recall(label).unwrap_or(0.0),
            percent(recall),
            100.0 * outcome.f1(label),
            percent(outcome.interval(|outcome| outcome.f1(label)))
        )?;
    }
    Ok(())
}

/// Share of right labels among the surest part of the texts.
pub(crate) fn accuracy_at(outcome: &Outcome, coverage: f64) -> f64 {
    let mut sure = outcome.sureness().to_vec();
    sure.sort_by(|a, b| b.0.total_cmp(&a.0));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a part of a count"
    )]
    let count = ((sure.len() as f64 * coverage) as usize).max(1);
    let right = sure.iter().take(count).filter(|(_, right)| *right).count();
    #[allow(clippy::cast_precision_loss, reason = "counts of texts")]
    let share = right as f64 / count.min(sure.len()).max(1) as f64;
    share
}

fn coverage(out: &mut String, held_out: &[Outcome], kept: &[Outcome]) -> std::fmt::Result {
    writeln!(
        out,
        "| texts | ECE | right of all, % | of the surest 90 % | 80 % | 70 % | 50 % | 30 % |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(8))?;
    let groups = [
        ("Dutch, held-out folds", pooled(true, held_out)),
        ("English, held-out folds", pooled(false, held_out)),
        ("English, files never learned from", pooled(false, kept)),
    ];
    for (name, outcome) in &groups {
        write!(out, "| {name} | {:.3} |", outcome.calibration_error())?;
        for part in [1.0, 0.9, 0.8, 0.7, 0.5, 0.3] {
            write!(out, " {:.1} |", 100.0 * accuracy_at(outcome, part))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Mentions in a sample, and samples a source and share.
const MENTIONS: usize = 200;
const SAMPLES: usize = 200;
/// True shares of negative mentions.
const SHARES: [f64; 5] = [0.1, 0.2, 0.3, 0.4, 0.6];

/// Draws samples of a known share of negative posts from held-out texts, and
/// compares the share of negative labels with it, as it is and corrected.
fn shares(out: &mut String, told: &[Told]) -> std::fmt::Result {
    writeln!(
        out,
        "Mean absolute error of the share in samples of {MENTIONS} held-out posts, true shares 0.1 to 0.6:\n"
    )?;
    writeln!(
        out,
        "| source | tpr | fpr | labels counted | corrected by the source's rates | by its language's rates |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(6))?;
    let rates = |keep: &dyn Fn(usize) -> bool| {
        let mut counts = [[0.0_f64; 2]; 2];
        for told in told.iter().filter(|told| keep(told.source)) {
            let row = &mut counts[usize::from(told.label != 0)];
            row[0] += f64::from(u8::from(told.negative));
            row[1] += 1.0;
        }
        counts.map(|[called, all]| called / all.max(1.0))
    };
    for (number, source) in SOURCES.iter().enumerate() {
        let social = |at: usize| SOURCES[at].family == Some(sentiment::Family::Social);
        let called = |negative: bool| -> Vec<bool> {
            let texts = told.iter().filter(|told| told.source == number);
            let texts = texts.filter(|told| (told.label == 0) == negative);
            texts.map(|told| told.negative).collect()
        };
        let (negative, other) = (called(true), called(false));
        if !social(number) || negative.len() < 50 || other.len() < 50 {
            continue;
        }
        let own = rates(&|at| at == number);
        let all = rates(&|at| social(at) && SOURCES[at].dutch == source.dutch);
        let errors = share_errors(&negative, &other, own, all);
        writeln!(
            out,
            "| {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
            source.name, own[0], own[1], errors[0], errors[1], errors[2]
        )?;
    }
    Ok(())
}

/// Mean absolute errors of the counted share, and of the two corrected ones.
fn share_errors(negative: &[bool], other: &[bool], own: [f64; 2], all: [f64; 2]) -> [f64; 3] {
    let mut shuffler = Shuffler(6);
    let mut errors = [0.0; 3];
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let (mentions, samples) = (MENTIONS as f64, (SAMPLES * SHARES.len()) as f64);
    for share in SHARES {
        for _ in 0..SAMPLES {
            let mut called = 0.0;
            for at in 0..MENTIONS {
                #[allow(clippy::cast_precision_loss, reason = "small counts")]
                let pool = if (at as f64) < share * mentions {
                    negative
                } else {
                    other
                };
                called += f64::from(u8::from(pool[shuffler.below(pool.len())]));
            }
            let rate = called / mentions;
            let correct = |[tpr, fpr]: [f64; 2]| ((rate - fpr) / (tpr - fpr)).clamp(0.0, 1.0);
            for (error, told) in errors.iter_mut().zip([rate, correct(own), correct(all)]) {
                *error += (told - share).abs() / samples;
            }
        }
    }
    errors
}

fn languages(out: &mut String, findings: &Findings) -> std::fmt::Result {
    writeln!(
        out,
        "| source | texts | language right, % | of texts of at most five words, % | abstained, % |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(5))?;
    for (number, source) in SOURCES.iter().enumerate() {
        let all = findings.held_out.iter().chain(&findings.kept);
        let told: Vec<&Told> = all.filter(|told| told.source == number).collect();
        let share = |part: &dyn Fn(&Told) -> bool, of: &dyn Fn(&Told) -> bool| {
            let of: Vec<&&Told> = told.iter().filter(|told| of(told)).collect();
            #[allow(clippy::cast_precision_loss, reason = "counts of texts")]
            let share = of.iter().filter(|told| part(told)).count() as f64 / of.len().max(1) as f64;
            100.0 * share
        };
        writeln!(
            out,
            "| {} | {} | {:.1} | {:.1} | {:.1} |",
            source.name,
            told.len(),
            share(&|told| told.language.0, &|_| true),
            share(&|told| told.language.0, &|told| told.language.1),
            share(&|told| told.abstained, &|_| true)
        )?;
    }
    Ok(())
}

/// F1 of a thing that is so and told or not.
fn f1(pairs: &[(bool, bool)]) -> f64 {
    let count = |of: &dyn Fn(&(bool, bool)) -> bool| {
        #[allow(clippy::cast_precision_loss, reason = "counts of texts")]
        let count = pairs.iter().filter(|pair| of(pair)).count() as f64;
        count
    };
    let both = count(&|pair| pair.0 && pair.1);
    2.0 * both / (count(&|pair| pair.0) + count(&|pair| pair.1)).max(1.0)
}

fn topics(out: &mut String, findings: &Findings) -> std::fmt::Result {
    let held_out = |keep: &dyn Fn(&str) -> bool| select(&findings.held_out, keep);
    let groups = [
        (
            "Dutch, annotated posts and reviews",
            held_out(&|name| name.starts_with("annotated")),
        ),
        (
            "Dutch, written",
            held_out(&|name| name == "written" || name == "plain"),
        ),
        (
            "English, posts",
            held_out(&|name| name == "semeval" || name == "sxsw"),
        ),
        (
            "English, airline mentions (never learned from)",
            select(&findings.kept, &|_| true),
        ),
    ];
    topic_table(out, &groups)
}

fn topic_table(out: &mut String, groups: &[(&str, Vec<Topics>); 4]) -> std::fmt::Result {
    writeln!(
        out,
        "F1 in percent with 95 % intervals, and the number of texts.\n"
    )?;
    write!(out, "| |")?;
    for (name, texts) in groups {
        write!(out, " {name} ({}) |", texts.len())?;
    }
    writeln!(out, "\n|{}", " --- |".repeat(5))?;
    let mut line = |name: &str, pairs: &dyn Fn(&Topics) -> Vec<(bool, bool)>| {
        write!(out, "| {name} |")?;
        for (_, texts) in groups {
            let pairs: Vec<(bool, bool)> = texts.iter().flat_map(pairs).collect();
            let so = pairs.iter().filter(|pair| pair.0).count();
            if so == 0 {
                write!(out, " – |")?;
                continue;
            }
            let range = percent(interval(&pairs, f1));
            write!(out, " {:.0} ({range}), {so} |", 100.0 * f1(&pairs))?;
        }
        writeln!(out)
    };
    for kind in Kind::ALL {
        line(kind.as_str(), &|topics| {
            vec![(topics.kinds.0 == kind, topics.kinds.1 == kind)]
        })?;
    }
    line("**all kinds** (accuracy)", &|topics| {
        let same = |kind: &Kind| (topics.kinds.0 == *kind, topics.kinds.1 == *kind);
        Kind::ALL.iter().map(same).collect()
    })?;
    for (at, aspect) in Aspect::ALL.iter().enumerate() {
        line(aspect.as_str(), &|topics| {
            vec![(
                topics.aspects.0 >> at & 1 == 1,
                topics.aspects.1 >> at & 1 == 1,
            )]
        })?;
    }
    line("**all aspects** (micro)", &|topics| {
        let same = |at: usize| {
            (
                topics.aspects.0 >> at & 1 == 1,
                topics.aspects.1 >> at & 1 == 1,
            )
        };
        (0..Aspect::ALL.len()).map(same).collect()
    })
}

fn select(told: &[Told], keep: &dyn Fn(&str) -> bool) -> Vec<Topics> {
    let told = told.iter().filter(|told| keep(SOURCES[told.source].name));
    told.filter_map(|told| told.topics).collect()
}
