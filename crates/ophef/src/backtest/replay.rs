//! A recording through scoring and watching, under one configuration or two.

use anyhow::Context;
use mention::{EventTime, Reason, Record, Rejection, Spike, Topic, heartbeat};
use score::{Cascade, ScoreStage};
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use settings::Settings;
use watch::WatchStage;

use super::found::Found;
use super::labels::Labels;
use super::timeline::Timeline;
use crate::classify::model;
use crate::recording::{Line, MAX_LINE_BYTES, Played, Recording};
use crate::run::{service_settings, watch_settings};
use crate::second::{self, Pace};

/// Records between two commits, at which the stages bring their metrics up to
/// date and forget what they kept for them.
const COMMIT_EVERY: i64 = 1_000;

/// Plays `recording` once through all `configurations` and gives what each finds, in
/// their order; the hours of the first too, if they are asked for. Configurations with
/// the same settings of scoring share it.
///
/// # Errors
/// The recording or a model can't be read.
pub(super) fn replay(
    recording: &Recording,
    configurations: &[&Settings],
    labels: Option<&Labels>,
    with_hours: bool,
    now: EventTime,
) -> anyhow::Result<(Vec<Found>, Option<Timeline>)> {
    let span = recording.summary().span;
    let mut lanes: Vec<Lane> = Vec::new();
    for (index, settings) in configurations.iter().enumerate() {
        let side = Side::new(index, settings, Found::new(settings, span, labels))?;
        match lanes.iter_mut().find(|lane| lane.scoring == settings.score) {
            Some(lane) => lane.sides.push(side),
            None => lanes.push(Lane::new(settings, side, now)?),
        }
    }
    let mut hours = with_hours.then(|| Timeline::new(span));
    let unreadable = || format!("can't read {}", recording.path().display());
    let mut player = recording.play(now).with_context(unreadable)?;
    while let Some(played) = player.next().with_context(unreadable)? {
        let (Played::Line(_, at) | Played::Heartbeat(at)) = played;
        if let (Some(hours), Some(stage)) = (&mut hours, first_stage(&lanes)) {
            hours.advance(at, stage);
        }
        for lane in &mut lanes {
            match &played {
                Played::Line(line, _) => lane.take_line(line),
                Played::Heartbeat(at) => lane.take(heartbeat(*at).as_bytes()),
            }
        }
    }
    if let (Some(hours), Some(stage)) = (&mut hours, first_stage(&lanes)) {
        hours.finish(stage);
    }
    let mut sides: Vec<Side> = lanes.into_iter().flat_map(|lane| lane.sides).collect();
    sides.sort_by_key(|side| side.index);
    Ok((sides.into_iter().map(|side| side.found).collect(), hours))
}

/// The watching stage of the first configuration.
fn first_stage(lanes: &[Lane]) -> Option<&WatchStage> {
    Some(&lanes.first()?.sides.first()?.watch)
}

/// Scoring, and those who watch its scores.
struct Lane {
    /// The settings that it scores by.
    scoring: settings::Score,
    score: ScoreStage,
    scored: Outbox,
    sides: Vec<Side>,
    now: EventTime,
    offset: i64,
}

/// Watching under one configuration.
struct Side {
    /// Position of the configuration.
    index: usize,
    watch: WatchStage,
    spikes: Outbox,
    found: Found,
}

impl Lane {
    fn new(settings: &Settings, side: Side, now: EventTime) -> anyhow::Result<Self> {
        // Nobody scrapes these metrics.
        let registry = Registry::default();
        let model = model(settings.score.model_file.as_deref())?;
        let mut score = ScoreStage::new(model, score::Metrics::register(&registry)?)
            .with_spans(settings.score.spans);
        if let Some(second) = second::load(settings, Pace::File)? {
            score = score.with_cascade(Cascade::new(second.model, second.rules, &registry)?);
        }
        Ok(Self {
            scoring: settings.score.clone(),
            score,
            scored: Outbox::default(),
            sides: vec![side],
            now,
            offset: 0,
        })
    }

    fn take_line(&mut self, line: &Line) {
        for side in &mut self.sides {
            side.found.lines += 1;
        }
        if line.is_cut() {
            let detail = format!(
                "{} bytes, at most {MAX_LINE_BYTES} are read",
                line.full_bytes
            );
            self.bury(&Rejection::new(Reason::RecordTooLarge, detail));
        } else {
            self.take(&line.bytes);
        }
    }

    fn bury(&mut self, rejection: &Rejection) {
        for side in &mut self.sides {
            side.found.bury(rejection);
        }
    }

    fn take(&mut self, value: &[u8]) {
        self.scored.clear();
        self.offset += 1;
        if self.offset % COMMIT_EVERY == 0 {
            self.score.committed();
            for side in &mut self.sides {
                side.watch.committed();
            }
        }
        let (offset, now) = (self.offset, self.now);
        match self
            .score
            .step(&input(value, offset, now), &mut self.scored)
        {
            Ok(()) => {
                // Nothing may wait: each record is watched before the next comes.
                self.score.flush(&mut self.scored);
                for item in self.scored.iter() {
                    let value = item.value.unwrap_or_default();
                    for side in &mut self.sides {
                        side.take(&input(value, offset, now));
                    }
                }
            }
            Err(rejection) => self.bury(&rejection),
        }
    }
}

impl Side {
    fn new(index: usize, settings: &Settings, found: Found) -> anyhow::Result<Self> {
        let metrics = watch::Metrics::register(&Registry::default())?;
        let settings = watch_settings(settings, service_settings(settings))?;
        let mut watch = WatchStage::new(settings, metrics);
        watch.assigned(0, 1).map_err(anyhow::Error::msg)?;
        Ok(Self {
            index,
            watch,
            spikes: Outbox::default(),
            found,
        })
    }

    fn take(&mut self, input: &Input<'_>) {
        if let Ok(Record::Mention(mention)) = mention::parse_scored(input.value) {
            self.found.count(&mention);
        }
        self.spikes.clear();
        if let Err(rejection) = self.watch.step(input, &mut self.spikes) {
            self.found.bury(&rejection);
        }
        let items = self.spikes.iter();
        let revisions = items.filter(|item| item.topic == Topic::Spikes);
        for spike in revisions.filter_map(|item| serde_json::from_slice::<Spike>(item.value?).ok())
        {
            self.found.revise(spike);
        }
    }
}

fn input(value: &[u8], offset: i64, stamped_at: EventTime) -> Input<'_> {
    Input {
        partition: 0,
        offset,
        stamped_at,
        key: None,
        value,
        headers: service::Headers::NONE,
        is_replay: false,
    }
}
