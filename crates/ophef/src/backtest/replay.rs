//! A recording through scoring and watching, under one configuration or two.

use anyhow::Context;
use mention::{EventTime, Reason, Record, Rejection, Spike, Topic, heartbeat};
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use settings::Settings;
use watch::WatchStage;

use super::found::Found;
use super::labels::Labels;
use super::timeline::Timeline;
use crate::recording::{Line, MAX_LINE_BYTES, Played, Recording};
use crate::run::{service_settings, watch_settings};
use crate::scoring::Scoring;

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
        match lanes
            .iter_mut()
            .find(|lane| lane.settings == settings.score)
        {
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
    settings: settings::Score,
    scoring: Scoring,
    sides: Vec<Side>,
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
        Ok(Self {
            settings: settings.score.clone(),
            scoring: Scoring::new(settings, now)?,
            sides: vec![side],
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
        let sides = &mut self.sides;
        let stepped = self.scoring.step(value, |input| {
            sides.iter_mut().for_each(|side| side.take(input));
        });
        if let Err(rejection) = stepped {
            self.bury(&rejection);
        }
        if self.scoring.is_commit_due() {
            self.sides
                .iter_mut()
                .for_each(|side| side.watch.committed());
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
