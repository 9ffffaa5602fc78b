//! A second, slower model behind the linear one.
//!
//! The linear model scores every text. Those it isn't sure of – or all, if asked
//! for – are held back with everything behind them, classified together and let go
//! in their order. What the second model may cost is bounded twice: by a share of
//! the texts and by a time between two commits. A text that finds no room, or that
//! the model fails at, keeps its linear score: nothing is lost and nothing waits
//! for longer than a commit.
//!
//! The time bound makes the choice of texts depend on the machine's load. That
//! does no harm under exactly-once: what is done again after an abort was never
//! visible, and what is visible is never done again.

mod metrics;
mod rules;

use std::fmt;
use std::time::{Duration, Instant};

use mention::{Abstention, Probabilities, Score, Text};
use sentiment::Post;
use service::metrics::{RegisterError, Registry};

use self::metrics::{SkipReason, Tiers};
pub use self::rules::{Bounds, Rules};

/// Most bytes that are held back: a burst of long posts must not fill the memory.
const MAX_HELD_BYTES: usize = 4 << 20;
/// Weight of the newest batch in the time that a text is expected to take.
const NEWEST: f64 = 0.25;
/// The second model abstains below this, as the linear one does: of three labels
/// the best is then hardly better than chance.
const ABSTAIN_BELOW: f64 = 0.42;

/// A model that classifies texts, several at a time.
pub trait Classify: fmt::Debug + Send {
    /// What stands in a score's `model`, `name@version`.
    fn name(&self) -> &str;

    /// Probabilities of each text, in the order of the texts.
    ///
    /// # Errors
    /// A sentence on why not. The texts then keep the score they have.
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Probabilities>, String>;
}

#[cfg(feature = "onnx")]
impl Classify for onnx::Classifier {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Probabilities>, String> {
        Self::classify(self, texts).map_err(|error| error.to_string())
    }
}

/// The second model with its rules, and what is held back for it. `T` is what a
/// caller holds back with a text.
#[derive(Debug)]
pub struct Cascade<T> {
    model: Box<dyn Classify>,
    rules: Rules,
    tiers: Tiers,
    held: Vec<(T, Option<Asked>)>,
    held_bytes: usize,
    asked: usize,
    /// Texts that may be asked for before the share is used up.
    allowance: f64,
    /// Time used since the last commit.
    spent: Duration,
    /// Seconds that a text is expected to take; `None` before the first.
    seconds_per_text: Option<f64>,
}

/// A text that the second model is asked about.
#[derive(Debug)]
pub struct Asked {
    text: String,
    score: Score<'static>,
}

impl Asked {
    /// A question about `post`, whose linear score is `score`.
    #[must_use]
    pub fn new(post: &Post<'_>, score: Score<'static>) -> Self {
        let text = text_of(post);
        Self { text, score }
    }
}

/// Registers the metrics of a cascade, as its making does.
pub(crate) fn declare(registry: &Registry) -> Result<(), RegisterError> {
    Tiers::register(registry).map(drop)
}

impl<T> Cascade<T> {
    /// A cascade onto `model`; its metrics go to `registry`.
    ///
    /// # Errors
    /// [`RegisterError`] if another cascade of this process has registered them.
    pub fn new(
        model: Box<dyn Classify>,
        rules: Rules,
        registry: &Registry,
    ) -> Result<Self, RegisterError> {
        Ok(Self {
            model,
            rules,
            tiers: Tiers::register(registry)?,
            held: Vec::new(),
            held_bytes: 0,
            asked: 0,
            allowance: 0.0,
            spent: Duration::ZERO,
            seconds_per_text: None,
        })
    }

    /// Scores with the linear model, and counts it.
    pub fn first(&self, score: impl FnOnce() -> Score<'static>) -> Score<'static> {
        let timer = Instant::now();
        let score = score();
        self.tiers.linear_scored(timer.elapsed());
        score
    }

    /// Whether the second model is to be asked about this post. Must be called
    /// once for every scored post: the share is a share of the calls.
    pub fn wants(&mut self, post: &Post<'_>, score: &Score<'_>) -> bool {
        let is_right = self.rules.takes(post, score);
        let Some(bounds) = &self.rules.uncertain else {
            return is_right;
        };
        // No more than one batch is saved up, so that a quiet hour doesn't pay for a burst.
        let most = self.rules.batch.max(1);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a batch has at most hundreds of texts"
        )]
        let most = most as f64;
        self.allowance = (self.allowance + bounds.max_share).min(most.max(1.0));
        if !is_right {
            return false;
        }
        let is_late = bounds.max_latency.is_some_and(|most| self.spent >= most);
        if is_late {
            self.tiers.skipped(SkipReason::Latency, 1);
        } else if self.allowance < 1.0 {
            self.tiers.skipped(SkipReason::Share, 1);
        } else {
            self.allowance -= 1.0;
            return true;
        }
        false
    }

    /// Whether something is held back, so that what follows must be, too.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Holds `what` of `bytes` bytes back, behind what is held already.
    pub fn hold(&mut self, what: T, bytes: usize) {
        self.held_bytes += bytes;
        self.held.push((what, None));
    }

    /// Holds `what` of `bytes` bytes back until the second model has answered.
    pub fn ask(&mut self, what: T, bytes: usize, asked: Asked) {
        self.held_bytes += bytes + asked.text.len();
        self.asked += 1;
        self.held.push((what, Some(asked)));
    }

    /// Whether as much is held back as may be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.asked >= self.rules.batch.max(1) || self.held_bytes >= MAX_HELD_BYTES
    }

    /// Forgets what is held back and not wanted any more.
    pub fn forget(&mut self, is_unwanted: impl Fn(&T) -> bool) {
        self.held.retain(|(what, _)| !is_unwanted(what));
        self.asked = self
            .held
            .iter()
            .filter(|(_, asked)| asked.is_some())
            .count();
        if self.held.is_empty() {
            self.held_bytes = 0;
        }
    }

    /// Asks the model and lets everything go in its order, with the score of each
    /// text that was asked about: the second model's, or the linear one where the
    /// model failed or took too long.
    pub fn release(&mut self, mut give: impl FnMut(T, Option<Score<'static>>)) {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        self.asked = 0;
        let asked = held.iter().filter_map(|(_, asked)| asked.as_ref());
        let texts: Vec<&str> = asked.map(|asked| asked.text.as_str()).collect();
        let mut answers = self.answers(&texts).into_iter();
        for (what, asked) in held {
            let score = asked.map(|Asked { score, .. }| match answers.next().flatten() {
                Some(probabilities) => self.second_score(score, probabilities),
                None => score,
            });
            give(what, score);
        }
    }

    /// A commit follows: the time bound begins anew.
    pub fn begin_interval(&mut self) {
        self.spent = Duration::ZERO;
    }

    /// What the model says to each text, as far as time allows.
    fn answers(&mut self, texts: &[&str]) -> Vec<Option<Probabilities>> {
        let mut answers = Vec::with_capacity(texts.len());
        while answers.len() < texts.len() {
            let rest = &texts[answers.len()..];
            let count = self.affordable().min(rest.len());
            if count == 0 {
                self.tiers.skipped(SkipReason::Latency, rest.len());
                break;
            }
            answers.extend(self.ask_model(&rest[..count]));
        }
        answers.resize(texts.len(), None);
        answers
    }

    /// Texts that the time left is expected to suffice for. The first of an interval
    /// is always asked about: how else would a slow spell be seen to be over?
    fn affordable(&self) -> usize {
        let batch = self.rules.batch.max(1);
        let bound = self.rules.uncertain.as_ref();
        let Some(most) = bound.and_then(|bounds| bounds.max_latency) else {
            return batch;
        };
        let Some(seconds) = self.seconds_per_text else {
            return 1;
        };
        let left = most.saturating_sub(self.spent).as_secs_f64();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a float too large becomes the largest whole number"
        )]
        let count = (left / seconds.max(1e-9)) as usize;
        count.clamp(usize::from(self.spent.is_zero()), batch)
    }

    fn ask_model(&mut self, texts: &[&str]) -> Vec<Option<Probabilities>> {
        let timer = Instant::now();
        let answers = self.model.classify(texts);
        let took = timer.elapsed();
        // A clock that stands still must not make room for ever.
        self.spent += took.max(Duration::from_nanos(1));
        #[expect(
            clippy::cast_precision_loss,
            reason = "a batch has at most hundreds of texts"
        )]
        let newest = took.as_secs_f64() / texts.len() as f64;
        let expected = self.seconds_per_text.unwrap_or(newest);
        self.seconds_per_text = Some(expected + NEWEST * (newest - expected));
        match answers {
            Ok(answers) if answers.len() == texts.len() => {
                self.tiers.second_scored(texts.len(), took);
                answers.into_iter().map(Some).collect()
            }
            failed => {
                let error = failed
                    .err()
                    .unwrap_or_else(|| "answers are missing".to_owned());
                self.tiers.failed(texts.len());
                tracing::warn!(
                    model = self.model.name(),
                    texts = texts.len(),
                    error,
                    "the second model failed; the linear scores stand"
                );
                vec![None; texts.len()]
            }
        }
    }

    /// The linear score with the second model's sentiment. Language and kind stay;
    /// the polarity of an aspect is that of the whole post.
    fn second_score(&self, linear: Score<'static>, probabilities: Probabilities) -> Score<'static> {
        let label = probabilities.label();
        let confidence = probabilities.of(label);
        let mut aspects = linear.aspects;
        for aspect in &mut aspects {
            aspect.polarity = label;
        }
        Score {
            label,
            probabilities,
            confidence,
            abstained: (confidence < ABSTAIN_BELOW).then_some(Abstention::NoEvidence),
            aspects,
            model: Text::from(self.model.name().to_owned()),
            // They explain the first model's verdict.
            spans: Vec::new(),
            ..linear
        }
    }
}

/// What the second model reads: title, text and descriptions of pictures, one a line.
fn text_of(post: &Post<'_>) -> String {
    let descriptions = post.media.iter().filter_map(|media| media.alt());
    let parts = post
        .title
        .into_iter()
        .chain([post.text])
        .chain(descriptions);
    let parts: Vec<&str> = parts.filter(|part| !part.trim().is_empty()).collect();
    parts.join("\n")
}

#[cfg(test)]
mod tests;
