//! `ophef backtest`: recorded mentions through the very stages of production,
//! one after the other in memory, without Kafka.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anyhow::{Context, bail};
use mention::{EventTime, Reason, Record, Rejection, Spike, Topic, heartbeat};
use score::{Cascade, ScoreStage};
use serde_json::{Value, json};
use service::metrics::Registry;
use service::{Input, Outbox, Stage};
use settings::Settings;
use watch::WatchStage;

use crate::classify::model;
use crate::cli;
use crate::demo::{self, report};
use crate::recording::{Line, MAX_LINE_BYTES, Played, Recording};
use crate::run::{service_settings, watch_settings};
use crate::second::{self, Pace};
use crate::volume;

/// Records between two commits, at which the stages bring their metrics up to
/// date and forget what they kept for them.
const COMMIT_EVERY: i64 = 1_000;

/// Answers `ophef backtest`.
///
/// # Errors
/// A file can't be read or written, or the recording holds lines but not one that
/// can be used.
pub(crate) fn run(args: &cli::Backtest, settings: &Settings) -> anyhow::Result<()> {
    if let (Some(input), Some(output)) = (&args.volume, &args.scores) {
        return volume::run(input, output);
    }
    let mut settings = settings.clone();
    if let Some(budget) = args.alarms_per_week {
        settings.watch.alarms_per_week = budget;
    }
    let now = service::clock::now();
    let recording = demo::open(args.from.as_deref(), now)?;
    let found = backtest(&recording, &settings, now)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", found.json())?;
    } else {
        found.print(&mut out)?;
    }
    out.flush()?;
    if found.lines > 0 && found.lines == found.dead.values().sum::<u64>() {
        bail!(
            "none of the {} lines of {} is a mention that can be used",
            found.lines,
            recording.path().display()
        );
    }
    Ok(())
}

/// What a backtest finds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    lines: u64,
    scored: u64,
    dead: BTreeMap<&'static str, u64>,
    /// What exactly was wrong with the first line of each reason.
    first_dead: BTreeMap<&'static str, String>,
    brands: BTreeMap<String, u64>,
    /// The brands that are configured; with none, every brand found is watched.
    configured: BTreeSet<String>,
    span: Option<(EventTime, EventTime)>,
    /// Last revision of each spike.
    spikes: BTreeMap<String, Spike>,
}

/// Runs the recording through scoring and watching.
///
/// # Errors
/// The recording or the model can't be read.
pub(crate) fn backtest(
    recording: &Recording,
    settings: &Settings,
    now: EventTime,
) -> anyhow::Result<Found> {
    let unreadable = || format!("can't read {}", recording.path().display());
    let mut chain = Chain::new(settings, now)?;
    chain.found.span = recording.summary().span;
    let slugs = settings.brand.iter().map(|brand| brand.slug.clone());
    chain.found.configured = slugs.collect();
    let mut player = recording.play(now).with_context(unreadable)?;
    while let Some(played) = player.next().with_context(unreadable)? {
        match played {
            Played::Line(line, _) => chain.take_line(line),
            Played::Heartbeat(at) => chain.take(heartbeat(at).as_bytes()),
        }
    }
    Ok(chain.found)
}

/// Score and watch, one after the other.
struct Chain {
    score: ScoreStage,
    watch: WatchStage,
    scored: Outbox,
    spikes: Outbox,
    now: EventTime,
    offset: i64,
    found: Found,
}

impl Chain {
    fn new(settings: &Settings, now: EventTime) -> anyhow::Result<Self> {
        // Nobody scrapes these metrics.
        let registry = Registry::default();
        let model = model(settings.score.model_file.as_deref())?;
        let mut score = ScoreStage::new(model, score::Metrics::register(&registry)?)
            .with_spans(settings.score.spans);
        if let Some(second) = second::load(settings, Pace::File)? {
            score = score.with_cascade(Cascade::new(second.model, second.rules, &registry)?);
        }
        let metrics = watch::Metrics::register(&registry)?;
        let mut watch = WatchStage::new(
            watch_settings(settings, service_settings(settings))?,
            metrics,
        );
        watch.assigned(0, 1).map_err(anyhow::Error::msg)?;
        Ok(Self {
            score,
            watch,
            scored: Outbox::default(),
            spikes: Outbox::default(),
            now,
            offset: 0,
            found: Found::default(),
        })
    }

    fn take_line(&mut self, line: &Line) {
        self.found.lines += 1;
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
        let reason = rejection.reason.as_str();
        *self.found.dead.entry(reason).or_default() += 1;
        let first = self.found.first_dead.entry(reason);
        first.or_insert_with(|| rejection.detail.clone());
    }

    fn take(&mut self, value: &[u8]) {
        self.scored.clear();
        self.offset += 1;
        if self.offset % COMMIT_EVERY == 0 {
            self.score.committed();
            self.watch.committed();
        }
        let input = self.input(value);
        match self.score.step(&input, &mut self.scored) {
            Ok(()) => {
                // Nothing may wait: each record is watched before the next comes.
                self.score.flush(&mut self.scored);
                self.watch();
            }
            Err(rejection) => self.bury(&rejection),
        }
    }

    fn watch(&mut self) {
        let scored = std::mem::take(&mut self.scored);
        for item in scored.iter() {
            let value = item.value.unwrap_or_default();
            self.count(value);
            self.spikes.clear();
            let input = self.input(value);
            if let Err(rejection) = self.watch.step(&input, &mut self.spikes) {
                self.bury(&rejection);
            }
            let revisions = self
                .spikes
                .iter()
                .filter(|item| item.topic == Topic::Spikes);
            for spike in revisions.filter_map(|item| serde_json::from_slice(item.value?).ok()) {
                let spike: Spike = spike;
                self.found.spikes.insert(spike.id.clone(), spike);
            }
        }
        self.scored = scored;
    }

    fn count(&mut self, value: &[u8]) {
        if let Ok(Record::Mention(mention)) = mention::parse_scored(value) {
            self.found.scored += 1;
            *self
                .found
                .brands
                .entry(mention.brand.to_string())
                .or_default() += 1;
        }
    }

    fn input<'a>(&self, value: &'a [u8]) -> Input<'a> {
        let (partition, offset, stamped_at) = (0, self.offset, self.now);
        Input {
            partition,
            offset,
            stamped_at,
            key: None,
            value,
            is_replay: false,
        }
    }
}

impl Found {
    fn is_watched(&self, brand: &str) -> bool {
        self.configured.is_empty() || self.configured.contains(brand)
    }

    /// Weeks that the recording spans; at least one day, so that a rate means something.
    fn weeks(&self) -> f64 {
        const WEEK_MS: f64 = 7.0 * 86_400_000.0;
        let span = self
            .span
            .map_or(0, |(first, last)| last.millis_since(first));
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let weeks = span as f64 / WEEK_MS;
        weeks.max(1.0 / 7.0)
    }

    fn json(&self) -> Value {
        let brands: BTreeMap<_, _> = self
            .brands
            .iter()
            .map(|(brand, mentions)| {
                let paging = self
                    .spikes
                    .values()
                    .filter(|s| s.brand == *brand && s.pages)
                    .count();
                let brand_found = json!({"mentions": mentions, "alarms": paging,
                    "watched": self.is_watched(brand)});
                (brand, brand_found)
            })
            .collect();
        json!({
            "in": self.lines,
            "scored": self.scored,
            "dead": self.dead,
            "spikes": report::in_order(&self.spikes),
            "brands": brands,
            "weeks": (self.weeks() * 1_000.0).round() / 1_000.0,
        })
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let paging = self.spikes.values().filter(|spike| spike.pages).count();
        let (watched, others): (Vec<_>, Vec<_>) =
            self.brands.keys().partition(|brand| self.is_watched(brand));
        let watched = watched.len();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = paging as f64 / self.weeks() / watched.max(1) as f64;
        writeln!(
            out,
            "{} mentions of {} brands over {:.1} weeks, {} dead letters: \
             {paging} alarms, {rate:.2} a brand and week",
            self.lines,
            self.brands.len(),
            self.weeks(),
            self.dead.values().sum::<u64>(),
        )?;
        for (reason, count) in &self.dead {
            let first = self.first_dead.get(reason).map_or("", String::as_str);
            writeln!(
                out,
                "  dead letters, {reason}: {count} (the first: {first})"
            )?;
        }
        if let Some(one) = others.first() {
            writeln!(
                out,
                "  not watched: {} brands that the configuration doesn't name, such as {one}",
                others.len()
            )?;
        }
        for spike in report::in_order(&self.spikes) {
            writeln!(out, "  {}", report::line(spike))?;
        }
        Ok(())
    }
}
