//! `ophef demo`: the whole pipeline in one process.
//!
//! An embedded broker, the services of production, a replay that feeds them, and
//! an onlooker who reads what comes out. Seven threads beside the HTTP server: score, watch,
//! care, insight, the console, the replay, and the onlooker; the view runs on the work
//! thread. Of a public stream ([`live`]) the source and ingest run in the replay's place.

mod live;
mod observed;
pub(crate) mod report;
mod throttle;
mod view;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use kafka::{Connection, Delivery, EmbeddedBroker, Sink, Tail};
use mention::{EventTime, Topic};
use service::tasks::{self, Thread};

use self::live::Live;
use self::observed::Shared;
use self::throttle::Throttle;
use crate::cli::{self, Story, Times};
use crate::feed::Feed;
use crate::recording::Recording;
use crate::run::{self, guard};

/// Partitions of the embedded broker's topics: enough to show that brands are
/// spread, few enough to stay small.
const PARTITIONS: u16 = 3;
/// Commits follow each other quickly here: nobody pays for them.
const COMMIT_INTERVAL: Duration = Duration::from_millis(20);

/// Runs the demo to its end.
///
/// # Errors
/// The recording can't be read, a port is taken, or a service failed.
pub(crate) fn run(args: &cli::Demo, settings: &settings::Settings) -> anyhow::Result<()> {
    let mut settings = settings.clone();
    let input = match args.source {
        Some(source) => Input::Live(Live::prepare(source, args, &mut settings)?),
        None => Input::Recording(Box::new(Played::open(args)?)),
    };
    let listen = args
        .listen
        .map_or_else(|| free_address(settings.http.listen), Ok)?;
    let console = args
        .console
        .map_or_else(|| free_address(settings.console.listen), Ok)?;
    let demo = Demo {
        input,
        settings,
        listen,
        console,
        has_view: args.has_view(),
        until_done: args.exit_when_done,
    };
    let is_json = args.json;
    service::launch(Some(listen), &service::Context::default(), move |context| {
        demo.play(context, is_json)
    })
}

/// The recording of that path, or the bundled story.
///
/// # Errors
/// The file can't be read.
pub(crate) fn open(from: Option<&Path>, story: Story, now: EventTime) -> anyhow::Result<Recording> {
    let bundled = |name, lines: &mut dyn Iterator<Item = String>| {
        let lines: String = lines.flat_map(|line| [line, "\n".to_owned()]).collect();
        Recording::from_lines(name, lines.into_bytes(), now)
    };
    let start = sample::DEFAULT_START;
    let recording = match (from, story) {
        (Some(path), _) => Recording::open(path, now)?,
        (None, Story::Week) => {
            bundled("the bundled week", &mut sample::Week::new(WEEK_SEED, start))?
        }
        (None, Story::Product) => {
            let mut weeks = sample::ProductWeeks::new(PRODUCT_SEED, start);
            bundled("the product's weeks", &mut weeks)?
        }
        (None, Story::Campaigns) => {
            let days = sample::adverts(start).into_iter();
            bundled("the campaigns' days", &mut days.map(|told| told.line()))?
        }
    };
    let summary = recording.summary();
    if recording.is_sorted() {
        tracing::warn!(
            late = summary.late,
            "the recording isn't in order of time and is sorted"
        );
    }
    tracing::info!(
        recording = %recording.path().display(),
        lines = summary.lines,
        bytes = summary.bytes,
        "recording opened"
    );
    Ok(recording)
}

/// The week that everybody sees: one without a false alarm. With the default
/// budget of one a week they come with about every second seed (`sample/README.md`).
const WEEK_SEED: u64 = 4;
/// The same for the product's weeks: two false alarms of the lowest severity in three weeks
/// of two brands, a third of the budget.
const PRODUCT_SEED: u64 = 8;

/// `preferred`, or any free port of its host if it is taken.
fn free_address(preferred: SocketAddr) -> anyhow::Result<SocketAddr> {
    let taken = TcpListener::bind(preferred);
    let listener = taken.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    listener
        .and_then(|listener| listener.local_addr())
        .context("no free port")
}

/// Everything the demo needs before it begins.
struct Demo {
    input: Input,
    settings: settings::Settings,
    listen: SocketAddr,
    console: SocketAddr,
    has_view: bool,
    until_done: bool,
}

/// What goes in.
enum Input {
    Recording(Box<Played>),
    Live(Live),
}

/// A recording and how it is played.
struct Played {
    recording: Recording,
    feed: Feed,
}

type Running = Thread<anyhow::Result<()>>;

impl Played {
    fn open(args: &cli::Demo) -> anyhow::Result<Self> {
        let now = service::clock::now();
        let recording = open(args.from.as_deref(), args.story, now)?;
        let mut feed = Feed {
            speed: args.speed,
            shift_ms: 0,
            partitions: i32::from(PARTITIONS),
            now,
        };
        if let (Times::Now, Some((first, last))) = (args.times, recording.summary().span) {
            feed.shift_ms = feed.speed.shift_to(first, last, now);
        }
        Ok(Self { recording, feed })
    }
}

impl Input {
    fn title(&self) -> String {
        match self {
            Self::Recording(played) => {
                let name = played.recording.path().file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            }
            Self::Live(live) => live.title(),
        }
    }

    /// Lines that there are to play, if that is known.
    fn lines(&self) -> Option<u64> {
        match self {
            Self::Recording(played) => Some(played.recording.summary().lines as u64),
            Self::Live(_) => None,
        }
    }
}

impl Demo {
    fn play(self, context: &service::Context, is_json: bool) -> anyhow::Result<()> {
        let start = Instant::now();
        let broker = EmbeddedBroker::start(PARTITIONS)?;
        let connection = broker.connection()?;
        let services = self.services(&connection, context)?;
        let shared = Shared::default();
        let is_live = self.input.lines().is_none();
        let onlooker = onlook(
            &connection,
            is_live,
            shared.clone(),
            context.shutdown.clone(),
        )?;
        let fixed = view::Fixed {
            title: self.input.title(),
            lines: self.input.lines(),
            metrics: format!("http://{}/metrics", self.listen),
            console: format!("http://{}", self.console),
            start,
        };
        let (has_view, until_done) = (self.has_view, self.until_done);
        let feeding = self.feed(&connection, shared.clone(), context)?;
        let shown = if has_view {
            view::run(&shared, &context.shutdown, &fixed, until_done).context("no terminal view")
        } else {
            log_until_done(&shared, &context.shutdown, until_done);
            Ok(())
        };
        let wall = start.elapsed();
        context.shutdown.request();
        for service in feeding.into_iter().chain(services) {
            service.join()??;
        }
        onlooker.join()??;
        shown?;
        let observed = shared.lock();
        if is_json {
            use std::io::Write;
            writeln!(std::io::stdout(), "{}", report::json(&observed, wall))?;
        } else {
            report::print(&observed, is_live, wall)?;
        }
        Ok(())
    }

    /// How the services of this demo work with its broker.
    fn service(&self, connection: &Connection) -> service::Settings {
        service::Settings {
            connection: connection.clone(),
            delivery: Delivery::AtLeastOnce,
            commit_interval: COMMIT_INTERVAL,
            // Whatever is played, each line is accounted for.
            dead_letter_limit: 1.0,
            ..run::service_settings(&self.settings)
        }
    }

    fn services(
        &self,
        connection: &Connection,
        context: &service::Context,
    ) -> anyhow::Result<Vec<Running>> {
        let service = self.service(connection);
        let [of_score, of_watch, of_care, of_insight, of_console] =
            [(); 5].map(|()| service.clone());
        let [score, watch, care, insight, console] = [(); 5].map(|()| self.settings.clone());
        let listen = self.console;
        Ok(vec![
            guard("score", context, move |context| {
                run::score(&score, &of_score, context)
            })?,
            guard("watch", context, move |context| {
                run::watch(&watch, &of_watch, context)
            })?,
            guard("care", context, move |context| {
                crate::care::run(&care, of_care, context)
            })?,
            guard("insight", context, move |context| {
                run::insight(&insight, of_insight, context)
            })?,
            guard("console", context, move |context| {
                run::console(&console, of_console, listen, context)
            })?,
        ])
    }

    /// Starts what brings mentions in.
    fn feed(
        self,
        connection: &Connection,
        observed: Shared,
        context: &service::Context,
    ) -> anyhow::Result<Vec<Running>> {
        let service = self.service(connection);
        match self.input {
            Input::Recording(played) => Ok(vec![replay(*played, connection, observed, context)?]),
            Input::Live(live) => live.start(&self.settings, &service, context),
        }
    }
}

fn replay(
    played: Played,
    connection: &Connection,
    observed: Shared,
    context: &service::Context,
) -> anyhow::Result<Running> {
    let mut throttle = Throttle {
        observed,
        watched: ["watch", "care", "insight"].map(|service| context.progress(service)),
        shutdown: context.shutdown.clone(),
        partitions: u64::from(PARTITIONS),
        under_way: 0,
    };
    let connection = connection.clone();
    let shutdown = context.shutdown.clone();
    let thread = tasks::thread("replay", move || {
        let mut play = || -> anyhow::Result<()> {
            let mut sink = Sink::connect(&connection, Delivery::AtLeastOnce, "replay", "demo")?;
            played
                .feed
                .run(&played.recording, &mut sink, &mut throttle)?;
            throttle.settle()
        };
        let result = play();
        // An interrupted replay isn't through.
        let is_done = result.is_ok() && !shutdown.is_requested();
        throttle
            .observed
            .change(|observed| observed.is_done = is_done);
        if result.is_err() {
            shutdown.request();
        }
        result
    })?;
    Ok(thread)
}

/// Reads scored mentions, spikes and dead letters until stopping is asked for and
/// nothing more comes.
fn onlook(
    connection: &Connection,
    is_live: bool,
    shared: Shared,
    shutdown: service::Shutdown,
) -> anyhow::Result<Running> {
    let [scored, spikes, raw] =
        [Topic::Scored, Topic::Spikes, Topic::Raw].map(|topic| connection.topic(topic));
    let mut topics = vec![scored.clone(), spikes.clone()];
    topics.extend([Topic::Mentions, Topic::Scored].map(|topic| connection.dead_topic(topic)));
    if is_live {
        topics.push(raw.clone());
        topics.extend([Topic::Raw, Topic::Matched].map(|topic| connection.dead_topic(topic)));
    }
    let tail = Tail::open(connection, &topics, i32::from(PARTITIONS))?;
    let thread = tasks::thread("onlooker", move || {
        loop {
            let is_last = shutdown.is_requested();
            let mut found = false;
            while let Some(record) = tail.next(Duration::from_millis(20))? {
                found = true;
                shared.change(|observed| {
                    if record.topic() == scored {
                        observed.take_scored(record.value());
                    } else if record.topic() == spikes {
                        observed.take_spike(record.value());
                    } else if record.topic() == raw {
                        observed.played += 1;
                    } else {
                        observed.take_dead(record.header("dead-reason"));
                    }
                });
            }
            if is_last && !found && tail.is_at_end() {
                return Ok(());
            }
        }
    })?;
    Ok(thread)
}

/// Logs progress and each spike, until the recording is through (`until_done`)
/// or stopping is asked for.
fn log_until_done(shared: &Shared, shutdown: &service::Shutdown, until_done: bool) {
    let mut last_log = Instant::now();
    let mut logged = 0;
    let mut is_done = false;
    while !(shutdown.is_requested() || (is_done && until_done)) {
        shared.wait(Duration::from_millis(100));
        let observed = shared.lock();
        for id in observed.opened.iter().skip(logged) {
            if let Some(spike) = observed.spikes.get(id) {
                tracing::warn!(
                    brand = spike.brand,
                    platform = spike.platform,
                    spike_kind = spike.spike_kind.as_str(),
                    severity = spike.severity,
                    pages = spike.pages,
                    detected_at = %spike.detected_at,
                    "spike opened"
                );
            }
        }
        logged = observed.opened.len();
        if last_log.elapsed() > Duration::from_secs(5) || (observed.is_done && !is_done) {
            last_log = Instant::now();
            tracing::info!(
                played = observed.played,
                scored = observed.scored,
                "progress"
            );
        }
        is_done = observed.is_done;
    }
}
