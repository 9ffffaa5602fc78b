//! `ophef replay`: a recording into a real Kafka.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use kafka::{Connection, Delivery, Sink, admin};
use mention::{EventTime, Topic};
use service::{Context, Shutdown};

use crate::cli::{self, Times};
use crate::demo;
use crate::feed::{Feed, Follower, Written};
use crate::run;

/// How long to wait for the broker.
const PATIENCE: Duration = Duration::from_secs(30);

/// Replays to the end, or until it is asked to stop.
///
/// # Errors
/// The recording can't be read, Kafka can't be reached, or the topic is missing.
pub(crate) fn run(args: &cli::Replay, settings: &settings::Settings) -> anyhow::Result<()> {
    let now = service::clock::now();
    let recording = demo::open(args.from.as_deref(), args.story, now)?;
    let connection = run::connection(settings);
    let partitions = mentions_partitions(&connection)?;
    let shift_ms = match (args.times, recording.summary().span) {
        (Times::Now, Some((first, last))) => args.speed.shift_to(first, last, now),
        _ => 0,
    };
    let feed = Feed {
        speed: args.speed,
        shift_ms,
        partitions,
        now,
    };
    let bar = progress_bar(recording.summary().lines as u64);
    let start = Instant::now();
    let played = service::launch(None, &Context::default(), move |context| {
        let mut follower = Follow {
            bar,
            played: 0,
            shutdown: context.shutdown.clone(),
        };
        let mut sink = Sink::connect(&connection, Delivery::AtLeastOnce, "replay", "1")?;
        let result = feed.run(&recording, &mut sink, &mut follower);
        follower.bar.finish();
        result.map(|()| follower.played)
    })?;
    tracing::info!(played, seconds = start.elapsed().as_secs_f64(), "replayed");
    Ok(())
}

fn mentions_partitions(connection: &Connection) -> anyhow::Result<i32> {
    let topic = connection.topic(Topic::Mentions);
    Ok(admin::partitions(connection, &[topic], PATIENCE)?[0])
}

fn progress_bar(lines: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {human_pos} of {human_len} lines  {per_sec}  {msg}  {eta} left",
    );
    // The template is a constant; a bar of the stock style is no reason to fail.
    ProgressBar::new(lines).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

struct Follow {
    bar: ProgressBar,
    played: u64,
    shutdown: Shutdown,
}

impl Follower for Follow {
    fn before(&mut self, _bytes: usize, _sink: &mut Sink) -> anyhow::Result<bool> {
        Ok(!self.shutdown.is_requested())
    }

    fn after(&mut self, written: Written, at: EventTime) {
        if written == Written::Heartbeat {
            self.bar
                .set_message(demo::report::short_time(&at.to_string()));
        } else {
            self.played += 1;
            self.bar.inc(1);
        }
    }
}
