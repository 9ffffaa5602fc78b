//! Options of `ophef bench`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Options of `ophef bench`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure
    #[command(subcommand)]
    pub(crate) action: BenchAction,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchAction {
    /// Bursts of negatives in streams of mentions: what is found, how soon, at what price
    ///
    /// Streams in which nothing happens but life – day and night, weekends, news in the
    /// usual mood, a mood that drifts – with bursts and distractions put into copies of
    /// the detector's state. The same streams go to an oracle that knows the truth and
    /// to the usual recipes. The same seed gives the same table, whatever the machine.
    ///
    /// With a data folder, brands with recorded volumes are added to the invented ones.
    #[command(after_help = "Examples:\n  ophef bench detect --quick\n  \
        ophef bench detect --seed 7 --json results.json\n  \
        ophef bench detect --brands 0.5/min,5/min --weeks 20 --budget 1")]
    Detect(BenchDetect),
    /// The volume scorer by the rule of the Numenta Anomaly Benchmark (realTweets)
    #[command(after_help = "Example:\n  ophef bench nab --data ../data")]
    Nab(BenchNab),
    /// How fast the pipeline is on a real Kafka: rates, CPU, memory, latency
    ///
    /// Makes topics under a prefix of its own, fills them with mentions, and runs each
    /// stage over them in a process of its own: reading alone, reading and parsing, the
    /// least that a service must do, score, watch, and both together. Then it
    /// writes mentions at a fixed rate and measures how long they and the spikes that
    /// follow from them take. At the end it deletes the topics.
    ///
    /// Everything of the configuration applies: commit interval, model, security.
    #[command(after_help = "Examples:\n  \
        ophef bench pipeline --brokers localhost:9092\n  \
        ophef bench pipeline --mentions 200000 --rounds 1 --only consume,score\n  \
        ophef bench pipeline --json > results.json")]
    Pipeline(BenchPipeline),
    /// One stage of `pipeline`, which starts it
    #[command(hide = true)]
    Stage(BenchStage),
}

/// Options of `ophef bench detect`.
#[derive(Debug, Args)]
pub(crate) struct BenchDetect {
    /// Everything random comes from it: another seed gives fresh streams
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Judged weeks of each brand; one more before them only teaches [default: 104]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) weeks: Option<u16>,
    /// Bursts of each shape and size a brand [default: 12]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) trials: Option<u16>,
    /// False alarms a brand-week that the detectors may cause
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = super::budget,
          default_value = "1,0.25")]
    pub(crate) budget: Vec<f64>,
    /// Only brands whose name begins so, or `invented`, or `recorded`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) brands: Vec<String>,
    /// The data folder with recorded volumes, `spikes/nab` [default: OPHEF_DATA, if set]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Brands measured at the same time [default: as many as there are processors]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Few brands and weeks: less than a minute, for a rough picture
    #[arg(long)]
    pub(crate) quick: bool,
    /// Leave the distractions out
    #[arg(long)]
    pub(crate) no_distractions: bool,
    /// Also measure what a detector could reach that knows how the streams are made; takes
    /// some minutes a brand
    #[arg(long)]
    pub(crate) ceiling: bool,
    /// Write every figure to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report with tables and plots to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the plots into this folder, as SVG
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
}

/// Options of `ophef bench nab`.
#[derive(Debug, Args)]
pub(crate) struct BenchNab {
    /// The data folder, with `spikes/nab` in it, or that folder itself [default: OPHEF_DATA]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
}

/// Options of `ophef bench pipeline`.
#[derive(Debug, Args)]
pub(crate) struct BenchPipeline {
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", value_parser = super::brokers)]
    pub(crate) brokers: Option<String>,
    /// Mentions that each stage is run over
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    pub(crate) mentions: u64,
    /// How often everything is measured; the table has medians
    #[arg(long, value_name = "NUMBER", default_value_t = 3,
          value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) rounds: u16,
    /// Take the posts from this file of mentions instead of the bundled week: JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Only these stages, and those whose output they need
    #[arg(long, value_name = "STAGES", value_delimiter = ',')]
    pub(crate) only: Vec<StageName>,
    /// Also measure this command, NAME=COMMAND; may be given several times
    ///
    /// The shell runs it. It consumes the topic PEER_INPUT at PEER_BROKERS in the group
    /// PEER_GROUP, scores PEER_COUNT mentions, writes them to the topic PEER_OUTPUT, and
    /// prints one line of JSON as the files under `benches/peers` do.
    #[arg(long, value_name = "NAME=COMMAND", value_parser = peer)]
    pub(crate) peer: Vec<(String, String)>,
    /// Mentions that each peer is run over [default: as many as the stages]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) peer_mentions: Option<u64>,
    /// Mentions a second while latency is measured
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) rate: u64,
    /// Seconds for which latency is measured
    #[arg(long, value_name = "NUMBER", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) seconds: u64,
    /// Print one JSON object instead
    #[arg(long)]
    pub(crate) json: bool,
}

fn peer(text: &str) -> Result<(String, String), String> {
    let (name, command) = text.split_once('=').ok_or("isn't NAME=COMMAND")?;
    Ok((name.to_owned(), command.to_owned()))
}

/// What `ophef bench pipeline` measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum StageName {
    /// Reading alone
    Consume,
    /// Reading and parsing
    Parse,
    /// Reading, parsing, a fixed score, writing, exactly once: the least there is to do
    Raw,
    /// The scoring service
    Score,
    /// The watching service
    Watch,
    /// Both services at the same time
    Chain,
    /// From a mention's writing to its score and its spike, at a fixed rate
    Latency,
}

/// Options of `ophef bench stage`.
#[derive(Debug, Args)]
pub(crate) struct BenchStage {
    /// Which one
    pub(crate) stage: StageName,
    /// Where the output of `raw` goes: a topic prefix
    #[arg(long, value_name = "PREFIX", default_value = "raw.")]
    pub(crate) out: String,
    /// Records to step over; without it, until standard input ends
    #[arg(long, value_name = "NUMBER")]
    pub(crate) count: Option<u64>,
}
