//! `ophef bench pipeline`: how fast the pipeline is on a real Kafka.

mod child;
mod latency;
mod posts;
mod report;
mod stage;
mod topics;
mod usage;

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use kafka::Connection;
use mention::Topic;
use service::{Context, Shutdown};
use settings::Settings;

use self::child::{Peer, Stage, Start};
use self::latency::{Latency, Load};
use self::posts::Posts;
use self::report::Results;
use self::stage::Took;
use self::topics::Topics;
use crate::cli::{BenchPipeline, StageName};
use crate::run;

pub(super) use self::stage::run as stage;

/// How long a stage may take that goes at this many records a second, and to begin.
const SLOWEST: u64 = 1_000;
const BEGIN: Duration = Duration::from_secs(90);

/// Answers `ophef bench pipeline`.
///
/// # Errors
/// Kafka can't be worked on, a stage fails or takes too long, or the file of mentions
/// can't be used.
pub(super) fn run(
    args: &BenchPipeline,
    config: Option<&Path>,
    mut settings: Settings,
) -> anyhow::Result<()> {
    if let Some(brokers) = &args.brokers {
        settings.kafka.brokers.clone_from(brokers);
    }
    let from = args.from.as_deref();
    let bench = Bench {
        connection: run::connection(&settings),
        partitions: u16::try_from(settings.kafka.partitions)?,
        replicas: settings.kafka.replication_factor,
        config: config.map(Path::to_owned),
        posts: from.map_or_else(Posts::bundled, Posts::read)?,
        complaints: Posts::complaints()?,
        mentions: args.mentions,
        rate: args.rate,
        seconds: args.seconds,
        only: args.only.clone(),
        peers: args.peer.clone(),
        peer_mentions: args
            .peer_mentions
            .unwrap_or(args.mentions)
            .min(args.mentions),
    };
    let (rounds, is_json) = (args.rounds, args.json);
    service::launch(None, &Context::default(), move |context| {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(200));
        let mut results = Results::new(&bench.plan(rounds));
        for round in 1..=rounds {
            let tell = |doing: &str| bar.set_message(format!("round {round} of {rounds}: {doing}"));
            bench.round(&mut results, &tell, &context.shutdown)?;
        }
        bar.finish_and_clear();
        results.print(is_json)
    })
}

/// Everything a round needs.
struct Bench {
    connection: Connection,
    partitions: u16,
    replicas: u16,
    config: Option<PathBuf>,
    posts: Posts,
    complaints: Posts,
    mentions: u64,
    rate: u64,
    seconds: u64,
    /// Nothing is all.
    only: Vec<StageName>,
    /// Names and commands.
    peers: Vec<(String, String)>,
    peer_mentions: u64,
}

impl Bench {
    fn plan(&self, rounds: u16) -> report::Plan {
        report::Plan {
            version: env!("CARGO_PKG_VERSION"),
            mentions: self.mentions,
            partitions: self.partitions,
            rounds,
            mention_bytes: 0.0,
        }
    }

    fn wants(&self, stage: StageName) -> bool {
        self.only.is_empty() || self.only.contains(&stage)
    }

    /// Measures everything once.
    fn round(
        &self,
        results: &mut Results,
        tell: &dyn Fn(&str),
        shutdown: &Shutdown,
    ) -> anyhow::Result<()> {
        let alone = [
            StageName::Consume,
            StageName::Parse,
            StageName::Raw,
            StageName::Score,
            StageName::Watch,
        ];
        if alone.into_iter().any(|stage| self.wants(stage)) || !self.peers.is_empty() {
            let out = self.topics()?;
            let topics = self.filled(results, tell, shutdown)?;
            for stage in alone {
                // The watcher reads what the scorer writes.
                let is_needed = stage == StageName::Score && self.wants(StageName::Watch);
                if !self.wants(stage) && !is_needed {
                    continue;
                }
                tell(name(stage));
                let child = self.start(stage, &topics, Some(out.prefix()))?;
                let took = child.wait(self.patience(), shutdown)?;
                results.add(name(stage), &[took]);
            }
            for (name, command) in &self.peers {
                tell(name);
                results.add(name, &[self.peer(name, command, &topics, shutdown)?]);
            }
        }
        if self.wants(StageName::Chain) {
            let topics = self.filled(results, tell, shutdown)?;
            tell(name(StageName::Chain));
            results.add(name(StageName::Chain), &self.chain(&topics, shutdown)?);
        }
        if self.wants(StageName::Latency) {
            let topics = self.topics()?;
            tell(name(StageName::Latency));
            let (latency, took) = self.latency(&topics, shutdown)?;
            results.add(name(StageName::Latency), &took);
            results.add_latency(latency);
        }
        Ok(())
    }

    /// Topics of a random name.
    fn topics(&self) -> anyhow::Result<Topics> {
        // The hasher's random keys are all the randomness this needs.
        let random = RandomState::new().hash_one(0);
        let prefix = format!("bench-{random:016x}.");
        Topics::create(&self.connection, &prefix, self.partitions, self.replicas)
    }

    fn filled(
        &self,
        results: &mut Results,
        tell: &dyn Fn(&str),
        shutdown: &Shutdown,
    ) -> anyhow::Result<Topics> {
        tell("writing mentions");
        let topics = self.topics()?;
        let bytes = topics.fill(&self.posts, self.mentions, shutdown)?;
        results.filled(bytes, self.mentions);
        Ok(topics)
    }

    /// Something else over the same mentions, with topics of its own for what it writes.
    fn peer(
        &self,
        name: &str,
        command: &str,
        topics: &Topics,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Took> {
        let out = self.topics()?;
        let child = Stage::peer(&Peer {
            name,
            command,
            brokers: &self.connection.brokers,
            input: &topics.connection.topic(Topic::Mentions),
            output: &out.connection.topic(Topic::Scored),
            group: &out.connection.group("peer"),
            count: self.peer_mentions,
        })?;
        child.wait(self.patience(), shutdown)
    }

    /// Both services at the same time, each until it has stepped over everything.
    fn chain(&self, topics: &Topics, shutdown: &Shutdown) -> anyhow::Result<[Took; 2]> {
        let score = self.start(StageName::Score, topics, None)?;
        let watch = self.start(StageName::Watch, topics, None)?;
        let score = score.wait(self.patience(), shutdown)?;
        Ok([score, watch.wait(self.patience(), shutdown)?])
    }

    fn latency(
        &self,
        topics: &Topics,
        shutdown: &Shutdown,
    ) -> anyhow::Result<(Latency, [Took; 2])> {
        let start = |stage| self.child(stage, topics, None, None);
        let score = start(StageName::Score)?;
        let watch = start(StageName::Watch)?;
        let load = Load {
            posts: &self.posts,
            complaints: &self.complaints,
            rate: self.rate,
            seconds: self.seconds,
            partitions: self.partitions,
        };
        let latency = latency::measure(topics, &load, shutdown)?;
        Ok((latency, [score.stop()?, watch.stop()?]))
    }

    fn start(&self, stage: StageName, topics: &Topics, out: Option<&str>) -> anyhow::Result<Stage> {
        self.child(stage, topics, out, Some(self.mentions))
    }

    fn child(
        &self,
        stage: StageName,
        topics: &Topics,
        out: Option<&str>,
        count: Option<u64>,
    ) -> anyhow::Result<Stage> {
        Stage::start(&Start {
            stage: name(stage),
            config: self.config.as_deref(),
            brokers: &self.connection.brokers,
            prefix: topics.prefix(),
            out: out.unwrap_or_default(),
            count,
        })
    }

    const fn patience(&self) -> Duration {
        BEGIN.saturating_add(Duration::from_secs(self.mentions / SLOWEST))
    }
}

/// The stage's name on the command line.
fn name(stage: StageName) -> &'static str {
    match stage {
        StageName::Consume => "consume",
        StageName::Parse => "parse",
        StageName::Raw => "raw",
        StageName::Score => "score",
        StageName::Watch => "watch",
        StageName::Chain => "chain",
        StageName::Latency => "latency",
    }
}
