//! Scoring in memory, as `ophef run score` does it.

use mention::{EventTime, Rejection};
use score::{Cascade, ScoreStage};
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use settings::Settings;

use crate::classify::model;
use crate::second::{self, Pace};

/// Records between two commits, at which the stages bring their metrics up to
/// date and forget what they kept for them.
const COMMIT_EVERY: i64 = 1_000;

/// The scoring stage, and the scores of the record at hand.
pub(crate) struct Scoring {
    stage: ScoreStage,
    scored: Outbox,
    now: EventTime,
    offset: i64,
}

impl Scoring {
    /// Scoring by the settings, with the second model if they name one, at `now`.
    ///
    /// # Errors
    /// A model can't be read.
    pub(crate) fn new(settings: &Settings, now: EventTime) -> anyhow::Result<Self> {
        // Nobody scrapes these metrics.
        let registry = Registry::default();
        let model = model(settings.score.model_file.as_deref())?;
        let metrics = score::Metrics::register(&registry)?;
        let mut stage = ScoreStage::new(model, metrics).with_spans(settings.score.spans);
        if let Some(second) = second::load(settings, Pace::File)? {
            stage = stage.with_cascade(Cascade::new(second.model, second.rules, &registry)?);
        }
        Ok(Self {
            stage,
            scored: Outbox::default(),
            now,
            offset: 0,
        })
    }

    /// Scores a record and hands what follows from it to `take`.
    ///
    /// # Errors
    /// Why the record would be diverted.
    pub(crate) fn step(
        &mut self,
        value: &[u8],
        mut take: impl FnMut(&Input<'_>),
    ) -> Result<(), Rejection> {
        self.scored.clear();
        self.offset += 1;
        let input = |value| Input::offline(value, self.offset, self.now);
        let stepped = self.stage.step(&input(value), &mut self.scored);
        if stepped.is_ok() {
            // Nothing may wait: each record is taken before the next comes.
            self.stage.flush(&mut self.scored);
            for item in self.scored.iter() {
                take(&input(item.value.unwrap_or_default()));
            }
        }
        if self.is_commit_due() {
            self.stage.committed();
        }
        stepped
    }

    /// Whether those who take the scores had better commit, too.
    pub(crate) const fn is_commit_due(&self) -> bool {
        self.offset % COMMIT_EVERY == 0
    }
}
