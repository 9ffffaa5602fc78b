//! `ophef report`: a brand's week on one page.

mod page;
mod words;

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use insight::InsightStage;
use kafka::{admin, changelog};
use mention::{EventTime, Insight, Topic, heartbeat};
use service::metrics::Registry;
use service::{Outbox, Stage};
use settings::Settings;

use crate::backtest::refuse_overwriting;
use crate::cli::report::Report;
use crate::demo;
use crate::recording::{Played, Recording};
use crate::run;
use crate::scoring::Scoring;

/// How long Kafka may take to answer at first.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes the report that is asked for.
///
/// # Errors
/// There is nothing about the brand, the recording or Kafka can't be read, or the output
/// can't be written.
pub(crate) fn run(args: &Report, settings: &Settings) -> anyhow::Result<()> {
    refuse_overwriting([&args.file], args.html.as_deref())?;
    let summary = if args.topic {
        on_topic(&args.brand, settings)?
    } else {
        let now = service::clock::now();
        let recording = demo::open(args.file.as_deref(), args.story, now)?;
        let end = args.week.map(|week| week.end);
        of_recording(&recording, &args.brand, end, settings, now)?
    };
    if let Some(file) = &args.html {
        let page = page::page(&summary, args.lang)?;
        fs::write(file, page).with_context(|| format!("can't write {}", file.display()))?;
    }
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&summary)?)?;
    }
    Ok(())
}

/// The summary as it stands on the topic.
fn on_topic(brand: &str, settings: &Settings) -> anyhow::Result<Insight> {
    let connection = run::connection(settings);
    let name = connection.topic(Topic::Insight);
    let counts = admin::partitions(&connection, std::slice::from_ref(&name), PATIENCE)?;
    let partitions: Vec<i32> = (0..counts.first().copied().unwrap_or(0)).collect();
    let mut found = None;
    changelog::read(&connection, Topic::Insight, &partitions, |_, key, value| {
        if key == brand.as_bytes() {
            found = value.map(<[u8]>::to_vec);
        }
    })?;
    let Some(value) = found else {
        bail!("{name} has nothing about {brand}: does `ophef run insight` run?");
    };
    serde_json::from_slice(&value).with_context(|| format!("{name}: the summary of {brand}"))
}

/// The summary after the recording, or up to `end`.
fn of_recording(
    recording: &Recording,
    brand: &str,
    end: Option<EventTime>,
    settings: &Settings,
    now: EventTime,
) -> anyhow::Result<Insight> {
    let mut lane = Lane::new(settings, now)?;
    let unreadable = || format!("can't read {}", recording.path().display());
    let mut player = recording.play(now).with_context(unreadable)?;
    while let Some(played) = player.next().with_context(unreadable)? {
        let (Played::Line(_, at) | Played::Heartbeat(at)) = played;
        if end.is_some_and(|end| at >= end) {
            break;
        }
        match &played {
            // A line that was cut can't be read; `ophef backtest` tells of such lines.
            Played::Line(line, _) if line.is_cut() => {}
            Played::Line(line, _) => lane.take(&line.bytes),
            Played::Heartbeat(at) => lane.take(heartbeat(*at).as_bytes()),
        }
    }
    if let Some(end) = end {
        // The week is told whole, also if nobody wrote on Sunday.
        lane.take(heartbeat(end.plus_millis(-1)).as_bytes());
    }
    let found = lane.insight.brands().find(|(slug, _)| *slug == brand);
    let Some((_, trends)) = found else {
        let known: Vec<&str> = lane.insight.brands().map(|(slug, _)| slug).collect();
        let of_others = match known.as_slice() {
            [] => "nor of any other brand".to_owned(),
            known => format!(
                "there are some of: {}",
                known[..known.len().min(20)].join(", ")
            ),
        };
        bail!(
            "no mentions of {brand} up to then in {}; {of_others}",
            recording.path().display(),
        );
    };
    Ok(trends.summary())
}

/// Scoring and the insight stage, in memory.
struct Lane {
    scoring: Scoring,
    insight: InsightStage,
    summaries: Outbox,
}

impl Lane {
    fn new(settings: &Settings, now: EventTime) -> anyhow::Result<Self> {
        let of_insight = run::insight_settings(settings, run::service_settings(settings));
        // Nobody scrapes these metrics.
        let metrics = insight::Metrics::register(&Registry::default())?;
        let mut insight = InsightStage::new(of_insight, metrics);
        insight.assigned(0, 1).map_err(anyhow::Error::msg)?;
        Ok(Self {
            scoring: Scoring::new(settings, now)?,
            insight,
            summaries: Outbox::default(),
        })
    }

    fn take(&mut self, value: &[u8]) {
        let (insight, summaries) = (&mut self.insight, &mut self.summaries);
        // What breaks the contract is left out, as in the pipeline, where it is diverted;
        // and the insight stage never rejects.
        let _ = self.scoring.step(value, |input| {
            summaries.clear();
            let _ = insight.step(input, summaries);
        });
    }
}
