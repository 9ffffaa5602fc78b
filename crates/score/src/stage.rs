//! From one mention to its score.

use std::borrow::Cow;
use std::sync::Arc;

use mention::{
    Clock, Event, EventTime, Mention, Record, Rejection, Score, Topic, append_score, check_clock,
    clamp_created_at,
};
use sentiment::{Model, Post, Scorer};
use service::{Input, Item, Outbox, Plan, Stage};

use crate::NAME;
use crate::metrics::Metrics;

/// The stage that scores. It keeps no state between records.
#[derive(Debug)]
pub struct ScoreStage {
    scorer: Scorer,
    /// Spans that a score carries; 0 costs nothing.
    spans: usize,
    metrics: Metrics,
}

impl ScoreStage {
    /// A stage that scores with `model`.
    #[must_use]
    pub fn new(model: Arc<Model>, metrics: Metrics) -> Self {
        Self {
            scorer: Scorer::new(model),
            spans: 0,
            metrics,
        }
    }

    /// The same with the `spans` strongest pieces of the text in each score.
    #[must_use]
    pub fn with_spans(self, spans: usize) -> Self {
        Self { spans, ..self }
    }

    fn take_mention(
        &mut self,
        input: &Input<'_>,
        mention: &Mention<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        let record = self.clamp(input, mention.created_at)?;
        if mention.score.is_some() || !has_something_to_score(mention) {
            if mention.score.is_some() {
                self.metrics.kept.inc();
            }
            out.push(&item(input, Some(&record)));
            return Ok(());
        }
        let post = Post::of_mention(mention);
        let score = match self.spans {
            0 => self.scorer.score(&post),
            spans => self.scorer.explain(&post).into_score(spans),
        };
        self.metrics.scored(&score);
        push_scored(input, &record, &score, out)
    }

    /// The record, its time moved back if it is ahead of the Kafka timestamp.
    fn clamp<'a>(&self, input: &Input<'a>, at: EventTime) -> Result<Cow<'a, [u8]>, Rejection> {
        Ok(match check_clock(at, input.stamped_at)? {
            Clock::Fine => Cow::Borrowed(input.value),
            Clock::ClampTo(to) => {
                self.metrics.clamped.inc();
                Cow::Owned(clamp_created_at(input.value, to)?)
            }
        })
    }
}

impl Stage for ScoreStage {
    fn plan(&self) -> Plan {
        Plan {
            name: NAME,
            input: Topic::Mentions,
            outputs: &[Topic::Scored],
            changelog: None,
        }
    }

    fn revoked(&mut self, _partition: i32) {
        self.metrics.aborted();
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        match mention::parse(input.value)? {
            Record::Mention(mention) => self.take_mention(input, &mention, out)?,
            Record::Heartbeat(at) => {
                let record = self.clamp(input, at)?;
                out.push(&item(input, Some(&record)));
            }
        }
        self.metrics.stepped(input.stamped_at);
        Ok(())
    }

    fn committed(&mut self) {
        self.metrics.committed();
    }
}

/// Edits that don't change the text, and deletions, have nothing to score.
fn has_something_to_score(mention: &Mention<'_>) -> bool {
    match mention.event {
        Event::Create => true,
        Event::Update => !mention.text.trim().is_empty(),
        Event::Delete | Event::Heartbeat => false,
    }
}

/// The record's partition, key and timestamp, so that a brand's records stay in
/// order and latency is measured from the first writing.
fn item<'a>(input: &Input<'a>, value: Option<&'a [u8]>) -> Item<'a> {
    Item {
        topic: Topic::Scored,
        partition: Some(input.partition),
        stamped_at: Some(input.stamped_at),
        key: input.key,
        value,
    }
}

fn push_scored(
    input: &Input<'_>,
    record: &[u8],
    score: &Score<'_>,
    out: &mut Outbox,
) -> Result<(), Rejection> {
    let mut result = Ok(());
    out.push_with(&item(input, None), |bytes| {
        result = append_score(record, score, bytes);
    });
    result
}

#[cfg(test)]
mod tests;
