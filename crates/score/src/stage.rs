//! From one mention to its score.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use mention::{
    Clock, Event, EventTime, Mention, Record, Rejection, Score, Topic, append_score, check_clock,
    clamp_created_at,
};
use sentiment::{Model, Post, Scorer};
use service::{Input, Item, Outbox, Plan, Stage, Steps};

use crate::NAME;
use crate::cascade::{Asked, Cascade};
use crate::metrics::Metrics;

/// About how much longer a record gets by its score.
const SCORE_BYTES: usize = 320;
/// Records that a thread takes at a time: a fifth of a millisecond's work or more, so that
/// taking them costs little, and little enough that no thread is waited for long.
const SHARE: usize = 64;

/// The stage that scores. It keeps no state between commits.
#[derive(Debug)]
pub struct ScoreStage {
    model: Arc<Model>,
    /// One a thread; the first is that of the stage's own.
    scorers: Vec<Scorer>,
    /// Spans that a score carries; 0 costs nothing.
    spans: usize,
    metrics: Metrics,
    cascade: Option<Cascade<Held>>,
}

/// A record that waits for the second model, or behind one that does.
#[derive(Debug)]
pub struct Held {
    partition: i32,
    stamped_at: EventTime,
    key: Option<Vec<u8>>,
    /// What is written, if no second score comes.
    value: Vec<u8>,
    /// The record that a second score is added to.
    record: Option<Vec<u8>>,
}

impl ScoreStage {
    /// A stage that scores with `model`.
    #[must_use]
    pub fn new(model: Arc<Model>, metrics: Metrics) -> Self {
        Self {
            scorers: vec![Scorer::new(Arc::clone(&model))],
            model,
            spans: 0,
            metrics,
            cascade: None,
        }
    }

    /// The same on up to `threads` threads. With a second model it stays one: what is sent
    /// to that depends on what came before.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        while self.scorers.len() < threads {
            self.scorers.push(Scorer::new(Arc::clone(&self.model)));
        }
        self
    }

    /// The same with the `spans` strongest pieces of the text in each score.
    #[must_use]
    pub fn with_spans(self, spans: usize) -> Self {
        Self { spans, ..self }
    }

    /// The same with a second model behind the first.
    #[must_use]
    pub fn with_cascade(mut self, cascade: Cascade<Held>) -> Self {
        self.cascade = Some(cascade);
        self
    }

    /// Steps over a mention.
    fn take_mention(
        &mut self,
        input: &Input<'_>,
        mention: &Mention<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        let scorer = &mut self.scorers[0];
        let Some(cascade) = &mut self.cascade else {
            return take_alone(scorer, self.spans, &self.metrics, input, mention, out);
        };
        let record = clamp(&self.metrics, input, mention.created_at)?;
        if is_scored_or_empty(&self.metrics, mention) {
            self.pass(input, &record, out);
            return Ok(());
        }
        let post = Post::of_mention(mention);
        let score = cascade.first(|| score(scorer, &post, self.spans));
        let wants = cascade.wants(&post, &score);
        if !wants && !cascade.is_holding() {
            self.metrics.scored(&score);
            return push_scored(input, &record, &score, out);
        }
        // Whatever can be rejected is rejected here: later it is too late.
        let mut value = Vec::with_capacity(record.len() + SCORE_BYTES);
        append_score(&record, &score, &mut value)?;
        if wants {
            let held = Held::new(input, value, Some(record.into_owned()));
            let bytes = held.bytes();
            cascade.ask(held, bytes, Asked::new(&post, score));
        } else {
            self.metrics.scored(&score);
            let held = Held::new(input, value, None);
            let bytes = held.bytes();
            cascade.hold(held, bytes);
        }
        self.release_if_full(out);
        Ok(())
    }

    /// Writes a record as it is, behind what is held back.
    fn pass(&mut self, input: &Input<'_>, record: &[u8], out: &mut Outbox) {
        match &mut self.cascade {
            Some(cascade) if cascade.is_holding() => {
                let held = Held::new(input, record.to_vec(), None);
                let bytes = held.bytes();
                cascade.hold(held, bytes);
                self.release_if_full(out);
            }
            _ => out.push(&item(input, Some(record))),
        }
    }

    fn release_if_full(&mut self, out: &mut Outbox) {
        if self.cascade.as_ref().is_some_and(Cascade::is_full) {
            self.release(out);
        }
    }

    /// Asks the second model and writes what was held back, in its order.
    fn release(&mut self, out: &mut Outbox) {
        let Some(cascade) = &mut self.cascade else {
            return;
        };
        let metrics = &self.metrics;
        cascade.release(|held, score| {
            if let Some(score) = &score {
                metrics.scored(score);
            }
            held.write(score.as_ref(), out);
        });
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

    fn revoked(&mut self, partition: i32) {
        self.metrics.aborted();
        if let Some(cascade) = &mut self.cascade {
            cascade.forget(|held| held.partition == partition);
        }
    }

    fn flush(&mut self, out: &mut Outbox) {
        self.release(out);
        if let Some(cascade) = &mut self.cascade {
            cascade.begin_interval();
        }
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        match mention::parse(input.value)? {
            Record::Mention(mention) => self.take_mention(input, &mention, out)?,
            Record::Heartbeat(at) => {
                let record = clamp(&self.metrics, input, at)?;
                self.pass(input, &record, out);
            }
        }
        self.metrics.stepped(input.stamped_at, || hashed_id(input));
        Ok(())
    }

    /// The threads take shares of the records until there are none left; each share has a
    /// lane of its own, so that the order stays.
    fn step_all(&mut self, inputs: &[Input<'_>], steps: &mut Steps) {
        if self.cascade.is_some() || self.scorers.len() == 1 || inputs.len() < 2 * SHARE {
            return steps.one_by_one(inputs, |input, out| self.step(input, out));
        }
        let lanes = steps.lanes(inputs.len().div_ceil(SHARE));
        let shares = Mutex::new(inputs.chunks(SHARE).zip(&mut *lanes));
        let (metrics, spans) = (&self.metrics, self.spans);
        let work = |scorer: &mut Scorer| loop {
            let share = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((inputs, lane)) = share else { break };
            for input in inputs {
                lane.step(|out| step(scorer, spans, metrics, input, out));
            }
        };
        let threads = inputs.len() / SHARE;
        let scorers = self.scorers.iter_mut().take(threads);
        service::side_by_side("score share", scorers.map(|scorer| || work(scorer)));
        let accepted = lanes.iter().flat_map(service::Lane::accepted);
        for (input, is_accepted) in inputs.iter().zip(accepted) {
            if is_accepted {
                self.metrics.stepped(input.stamped_at, || hashed_id(input));
            }
        }
    }

    fn committed(&mut self) {
        self.metrics.committed();
    }
}

impl Held {
    fn new(input: &Input<'_>, value: Vec<u8>, record: Option<Vec<u8>>) -> Self {
        Self {
            partition: input.partition,
            stamped_at: input.stamped_at,
            key: input.key.map(<[u8]>::to_vec),
            value,
            record,
        }
    }

    fn bytes(&self) -> usize {
        let others = [&self.key, &self.record].map(|part| part.as_ref().map_or(0, Vec::len));
        size_of::<Self>() + self.value.len() + others.iter().sum::<usize>()
    }

    /// Writes the record with `score`, or as it is.
    fn write(self, score: Option<&Score<'_>>, out: &mut Outbox) {
        let mut value = self.value;
        if let (Some(record), Some(score)) = (&self.record, score) {
            let mut scored = Vec::with_capacity(value.len());
            // It took the linear score, so it takes this one.
            if append_score(record, score, &mut scored).is_ok() {
                value = scored;
            }
        }
        out.push(&Item {
            topic: Topic::Scored,
            partition: Some(self.partition),
            stamped_at: Some(self.stamped_at),
            key: self.key.as_deref(),
            value: Some(&value),
        });
    }
}

/// Hashed id of the mention in a record, for the exemplar of a latency; none of a heartbeat.
fn hashed_id(input: &Input<'_>) -> Option<u64> {
    match mention::parse(input.value) {
        Ok(Record::Mention(mention)) => Some(mention.hashed_id()),
        _ => None,
    }
}

/// Steps over one record, with the built-in model alone.
fn step(
    scorer: &mut Scorer,
    spans: usize,
    metrics: &Metrics,
    input: &Input<'_>,
    out: &mut Outbox,
) -> Result<(), Rejection> {
    match mention::parse(input.value)? {
        Record::Mention(mention) => take_alone(scorer, spans, metrics, input, &mention, out),
        Record::Heartbeat(at) => {
            let record = clamp(metrics, input, at)?;
            out.push(&item(input, Some(&record)));
            Ok(())
        }
    }
}

/// Steps over a mention, with the built-in model alone.
fn take_alone(
    scorer: &mut Scorer,
    spans: usize,
    metrics: &Metrics,
    input: &Input<'_>,
    mention: &Mention<'_>,
    out: &mut Outbox,
) -> Result<(), Rejection> {
    let record = clamp(metrics, input, mention.created_at)?;
    if is_scored_or_empty(metrics, mention) {
        out.push(&item(input, Some(&record)));
        return Ok(());
    }
    let score = score(scorer, &Post::of_mention(mention), spans);
    metrics.scored(&score);
    push_scored(input, &record, &score, out)
}

/// The record, its time moved back if it is ahead of the Kafka timestamp.
fn clamp<'a>(
    metrics: &Metrics,
    input: &Input<'a>,
    at: EventTime,
) -> Result<Cow<'a, [u8]>, Rejection> {
    Ok(match check_clock(at, input.stamped_at)? {
        Clock::Fine => Cow::Borrowed(input.value),
        Clock::ClampTo(to) => {
            metrics.clamped.inc();
            Cow::Owned(clamp_created_at(input.value, to)?)
        }
    })
}

/// Whether the record passes through: it carries a score, which is counted, or there is
/// nothing to score.
fn is_scored_or_empty(metrics: &Metrics, mention: &Mention<'_>) -> bool {
    if mention.score.is_some() {
        metrics.kept.inc();
    }
    mention.score.is_some() || !has_something_to_score(mention)
}

/// The score of a post, with its `spans` strongest pieces.
fn score(scorer: &mut Scorer, post: &Post<'_>, spans: usize) -> Score<'static> {
    match spans {
        0 => scorer.score(post),
        spans => scorer.explain(post).into_score(spans),
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
mod cascade_tests;
#[cfg(test)]
mod tests;
