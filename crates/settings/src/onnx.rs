//! `[score.onnx]`: a model of one's own.

use std::path::PathBuf;

use mention::Label;
use serde::Deserialize;

use crate::check::{Fault, fault, within};

/// The section, as faults name it.
const SECTION: &str = "score.onnx";

/// `[score.onnx]`. Only a build with the feature `onnx` can use it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onnx {
    /// The classifier, an ONNX file.
    pub model: PathBuf,
    /// Its `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// What its outputs say, in their order.
    pub labels: Vec<Label>,
    /// Which texts it scores.
    #[serde(rename = "use", default)]
    pub which: Use,
    /// The share of the scored texts that it may score, 0.0001–1; 0.1 if not set.
    /// Only for [`Use::Uncertain`].
    pub max_share: Option<f64>,
    /// How long it may take between two commits, milliseconds, 1–5,000; 50 if not
    /// set. Only for [`Use::Uncertain`].
    pub max_latency_ms: Option<u64>,
    /// Texts whose built-in score has a lower confidence are uncertain, 0–1; 0.6 if
    /// not set. Only for [`Use::Uncertain`].
    pub below_confidence: Option<f64>,
    /// Tokens of a text that it looks at, 8–512.
    #[serde(default = "max_tokens")]
    pub max_tokens: usize,
    /// Texts that it scores together at most, 1–256.
    #[serde(default = "batch")]
    pub batch: usize,
    /// Languages that it knows, BCP 47; texts in others keep their score.
    #[serde(default = "languages")]
    pub languages: Vec<String>,
}

/// Which texts a model of one's own scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Those that the built-in model isn't sure of.
    #[default]
    Uncertain,
    /// All.
    All,
}

impl Onnx {
    /// `max_share`, or its default: one text in ten, so that a slow model can't become
    /// the bottleneck unasked.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.max_share.unwrap_or(0.1)
    }

    /// `max_latency_ms`, or its default: half of the usual time between two commits.
    #[must_use]
    pub fn latency_ms(&self) -> u64 {
        self.max_latency_ms.unwrap_or(50)
    }

    /// `below_confidence`, or its default: the best label is then little likelier than
    /// the two others together.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.below_confidence.unwrap_or(0.6)
    }
}

/// Posts are short; what is longer says what it thinks at its beginning.
const fn max_tokens() -> usize {
    128
}

const fn batch() -> usize {
    16
}

/// What the built-in model knows.
fn languages() -> Vec<String> {
    vec!["nl".to_owned(), "en".to_owned()]
}

pub(crate) fn check(onnx: &Onnx) -> Vec<Fault> {
    if !cfg!(feature = "onnx") {
        let message = "this build can't use it: build one that can with \
                       `cargo install --path crates/ophef --features onnx`, or remove the section";
        return vec![fault("score", "onnx", message)];
    }
    let limits = [
        onnx.max_share
            .and_then(|share| within(SECTION, "max_share", &share, &(0.0001..=1.0))),
        onnx.max_latency_ms
            .and_then(|ms| within(SECTION, "max_latency_ms", &ms, &(1..=5_000))),
        onnx.below_confidence
            .and_then(|below| within(SECTION, "below_confidence", &below, &(0.0..=1.0))),
        within(SECTION, "max_tokens", &onnx.max_tokens, &(8..=512)),
        within(SECTION, "batch", &onnx.batch, &(1..=256)),
    ];
    let mut faults: Vec<Fault> = limits.into_iter().flatten().collect();
    let files = [("model", &onnx.model), ("tokenizer", &onnx.tokenizer)];
    for (key, file) in files.into_iter().filter(|(_, file)| !file.is_file()) {
        let message = format!("there is no file {}", file.display());
        faults.push(fault(SECTION, key, message));
    }
    let is_negative_told = onnx.labels.contains(&Label::Negative);
    if !is_negative_told || onnx.labels.iter().all(|&label| label == Label::Negative) {
        let message = "must name what each output says, \"negative\" and at least one other: \
                       labels = [\"negative\", \"neutral\", \"positive\"]";
        faults.push(fault(SECTION, "labels", message));
    }
    if onnx.languages.is_empty() {
        let message = "is empty, so nothing would be scored: languages = [\"nl\", \"en\"]";
        faults.push(fault(SECTION, "languages", message));
    }
    if onnx.which == Use::All {
        let idle = [
            ("max_share", onnx.max_share.is_some()),
            ("max_latency_ms", onnx.max_latency_ms.is_some()),
            ("below_confidence", onnx.below_confidence.is_some()),
        ];
        for (key, _) in idle.into_iter().filter(|(_, is_given)| *is_given) {
            faults.push(fault(SECTION, key, "has no effect with use = \"all\""));
        }
    }
    faults
}
