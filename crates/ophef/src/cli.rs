//! The command line: what can be asked, and the texts that teach it.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mention::{Kind, Platform};

pub(crate) use self::bench::{
    Bench, BenchAction, BenchDetect, BenchPipeline, BenchStage, StageName,
};
pub(crate) use self::forget::{Forget, Place};
pub(crate) use self::story::Story;
pub(crate) use self::topics::{
    Corrections, CorrectionsAction, DeadLetters, DeadLettersAction, DeadTopic, Feedback,
    FeedbackAction, Topics, TopicsAction,
};
use crate::pace::Speed;

mod bench;
pub(crate) mod convert;
mod forget;
pub(crate) mod report;
mod story;
mod topics;

/// Tells operations and social-care teams, within a second, that negative
/// publicity about their brand is really rising: where, why, and how far it
/// reaches.
#[derive(Debug, Parser)]
#[command(
    name = "ophef",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Start here:\n  \
    ophef demo                    the whole pipeline on a bundled week, nothing to install\n  \
    ophef classify mentions.jsonl score texts, no Kafka needed\n  \
    ophef explain \"…\"           why does a text get its score?\n  \
    ophef backtest --from FILE    what would have alarmed?\n\n\
    Settings come from ophef.toml and OPHEF_SECTION__KEY variables; see `ophef check --example`.\n\
    Exit codes: 0 done, 1 failed, 64 wrong configuration or usage.")]
pub(crate) struct Cli {
    /// Configuration file [default: ophef.toml if it is there]
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a week of mentions through the whole pipeline, on this machine alone
    ///
    /// Starts an embedded broker, creates the topics and runs replay, score and
    /// watch with the code of production. Without --from it plays a bundled week
    /// of an invented Dutch webshop: quiet days, a campaign, a wave of delivery
    /// complaints, a viral post and a platform outage.
    ///
    /// With --source it listens to a public stream instead, finds the brand in it and
    /// takes personal data out, all in this process: nothing is kept when it ends.
    #[command(after_help = "Examples:\n  ophef demo\n  \
        ophef demo --from mentions.jsonl --speed max --headless --exit-when-done --json\n  \
        ophef demo --source bluesky --brand Pluimvos --match pluimvos --match 'pluim vos'")]
    Demo(Demo),
    /// Make a recording of what a source sent or a tool exported, for backtest and report
    ///
    /// Reads every format that `ophef run ingest` reads, and does with it what that does:
    /// looks for your brands, takes personal data out, leaves out what comes twice, finds
    /// threads and copies. Mentions go to standard output, a line each; what became of the
    /// records is told on standard error. Nothing is kept elsewhere, and no Kafka is needed.
    /// Without a key under [ingest], authors get names that this run alone knows.
    #[command(after_help = "Example:\n  \
        ophef convert --from export.csv --brand Pluimvos --match pluimvos > march.jsonl\n  \
        ophef backtest --from march.jsonl --html report.html")]
    Convert(convert::Convert),
    /// Play a recording into a real Kafka
    #[command(after_help = "Example:\n  \
        ophef replay --from mentions.jsonl --brokers localhost:9092 --speed 60 --times now")]
    Replay(Replay),
    /// Run one service against Kafka until it is told to stop
    ///
    /// Stops cleanly on SIGTERM or Ctrl-C: what was read is finished and
    /// committed first. Each service serves /metrics, /livez and /readyz.
    Run(Run),
    /// Score texts: JSON lines in, the same lines with `score` out
    ///
    /// Each line is an object with `text`, and if you like `lang`, `platform`,
    /// `kind_hint`, `rating`, `title`, `media` and `author.role`. The order is
    /// kept, and so are all other fields. A line that can't be scored gives a
    /// line `{"error": …}` in its place and a note at the end; the exit code is 1
    /// only if no line could be scored.
    #[command(after_help = "Example:\n  \
        echo '{\"text\":\"Pakket wéér niet bezorgd\"}' | ophef classify\n  \
        ophef classify --corrections corrections.tsv")]
    Classify {
        /// JSON lines; `-` is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Instead: which of these corrections does the model read right?
        ///
        /// Lines `{"text": …, "label": "negative"}`, or a table with tabs whose first
        /// line names the columns: label, text or id, and if you like brand,
        /// platform, lang, note. Where only an id is given, the text is looked up in
        /// the mentions given as the other file. Prints those it doesn't read right;
        /// the exit code is 1 if there are any. Abstaining is right where the label
        /// is neutral.
        #[arg(long, value_name = "FILE")]
        corrections: Option<PathBuf>,
    },
    /// Why does a text get its score? What each piece of it contributes
    ///
    /// Shows the text, red where it speaks for negative and green for positive,
    /// then the contribution of each piece to the logit of each label. They add up
    /// exactly: base and pieces are the total, whose softmax are the probabilities.
    #[command(after_help = "Examples:\n  \
        ophef explain 'Wat een waardeloze service'\n  \
        ophef explain --json --rating 2 - < review.txt | jq '.spans[]'")]
    Explain(Explain),
    /// Which brands is a text about? Which rule says so, and which doesn't quite
    ///
    /// The rules are those under [[brand]] in the configuration.
    #[command(after_help = "Examples:\n  \
        ophef match 'Al drie weken niets van Pluimvos gehoord'\n  \
        ophef match --handle pluimvos --json 'We zoeken het uit'")]
    Match(Match),
    /// People's corrections of scores
    Corrections(Corrections),
    /// Ask the service on this machine whether it is ready, for health checks
    Ready,
    /// People's responses to spikes
    Feedback(Feedback),
    /// Would it have alarmed? Recorded mentions through the detector, offline
    ///
    /// The recording holds mentions as JSON lines or CSV, with a score or without.
    /// With --labels the alarms are held against what people say happened; with
    /// --compare the same mentions go through another configuration too.
    #[command(
        after_help = "Examples:\n  ophef backtest --from mentions.jsonl --html report.html\n  \
        ophef backtest --from export.csv --json | jq '.spikes[].severity'\n  \
        ophef backtest --from export.csv --labels labels.csv --compare strict.toml\n  \
        ophef backtest --volume counts.csv --scores anomaly.csv"
    )]
    Backtest(Backtest),
    /// A brand's weekly report: moods, aspects, terms, wishes, people, campaigns, rivals
    ///
    /// From a recording, or as it stands on the topic of the insight service. Days and
    /// weeks are those of UTC.
    #[command(after_help = "Examples:\n  \
        ophef report --brand pluimvos --html week.html --lang nl mentions.jsonl\n  \
        ophef report --brand pluimvos --week 2026-W47 --json mentions.jsonl\n  \
        ophef report --brand pluimvos --html week.html --topic")]
    Report(report::Report),
    /// Measure: how good the detector is, and how fast the pipeline
    Bench(Bench),
    /// Check a configuration: every mistake with its key and line
    Check {
        /// The file to check [default: as every command finds it]
        file: Option<PathBuf>,
        /// Print a commented example with every setting at its default
        #[arg(long, conflicts_with = "file")]
        example: bool,
    },
    /// Create the topics with the right settings, or check those that exist
    Topics(Topics),
    /// List the records that were rejected, or send them again once mended
    ///
    /// Rejected records lie in the companion of their topic, `….dead`, with their
    /// original bytes; they may hold personal data. `replay` sends each one once,
    /// in its old partition, whoever runs it and however often it is interrupted.
    #[command(
        after_help = "Examples:\n  ophef dead-letters list --reason bad_field\n  \
        ophef dead-letters replay --dry-run\n  \
        ophef dead-letters replay --reason time_ahead"
    )]
    DeadLetters(DeadLetters),
    /// Somebody asks to be forgotten: take their posts out of everything that counts
    ///
    /// Writes the request to the topic of raw input, from where `ingest` deletes what it
    /// remembers of the account or the post, in every brand; and says how long what lies
    /// on the topics stays there. Needs no key.
    #[command(
        after_help = "Examples:\n  ophef forget --author bluesky/did:plc:…\n  \
        ophef forget --post x/1234567890 --post forum/42\n  \
        ophef forget --author x/k1.bc9333621aa95d4fc7b63ba09a03bcd9"
    )]
    Forget(Forget),
    /// List the metrics of the services, as a page in Markdown
    Metrics,
    /// Write the JSON Schema of each topic into a folder
    Schema {
        /// Where to
        folder: PathBuf,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:\n  \
        ophef completions bash > ~/.local/share/bash-completion/completions/ophef")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// A list of brokers as the configuration takes it.
fn brokers(text: &str) -> Result<String, String> {
    let is_list = settings::is_address_list(text);
    is_list
        .then(|| text.to_owned())
        .ok_or_else(|| "isn't a list of host:port, comma-separated".to_owned())
}

/// Options of `ophef match`.
#[derive(Debug, Args)]
pub(crate) struct Match {
    /// The text; `-` is standard input
    pub(crate) text: String,
    /// Language by the platform's word, such as nl or en
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<String>,
    /// Account that posted it
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) handle: Option<String>,
    /// Print one JSON object a brand instead
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `ophef explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The text; `-` is standard input
    pub(crate) text: String,
    /// Language by the platform's word, such as nl or en
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<String>,
    /// Where it was posted: x, reviews, news, …
    #[arg(long, value_name = "PLATFORM", value_parser = platform, default_value = "other")]
    pub(crate) platform: Platform,
    /// Kind by the source's word: complaint, question, …
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind_hint: Option<String>,
    /// Stars of a review, 1 to 5
    #[arg(long, value_name = "STARS", value_parser = rating)]
    pub(crate) rating: Option<f64>,
    /// Title of a review
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Print one JSON object instead
    #[arg(long)]
    pub(crate) json: bool,
}

fn platform(text: &str) -> Result<Platform, String> {
    let names = Platform::ALL.map(Platform::as_str);
    let known = Platform::ALL
        .into_iter()
        .find(|known| known.as_str() == text);
    known.ok_or_else(|| format!("isn't one of {}", names.join(", ")))
}

fn kind(text: &str) -> Result<String, String> {
    let names = Kind::ALL.map(Kind::as_str);
    let known = Kind::from_name(text).map(|known| known.as_str().to_owned());
    known.ok_or_else(|| format!("isn't one of {}", names.join(", ")))
}

fn rating(text: &str) -> Result<f64, String> {
    let stars = text
        .parse()
        .ok()
        .filter(|stars| (1.0..=5.0).contains(stars));
    stars.ok_or_else(|| "isn't a number from 1 to 5".to_owned())
}

/// Options of `ophef run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Which one
    #[command(subcommand)]
    pub(crate) service: Service,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", global = true, value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// The services.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Service {
    /// What sources send in, mentions out
    Ingest,
    /// Mentions in, scored mentions out
    Score,
    /// Scored mentions in, spikes out
    Watch,
    /// Scored mentions in, conversations and when they were answered out
    Care,
    /// Scored mentions in, what they say over weeks out: trends, people, aspects, wishes
    Insight,
    /// A test record into every partition each half minute, to prove the whole way
    Canary,
    /// The pages that explain: spikes, their reasons, and people's responses
    Console,
    /// Score, watch, care, insight, console and, where its key is set, ingest in one process
    All,
    /// Posts and mentions from outside onto the topic of raw input
    Source {
        /// Where from; its settings are under [source] of the configuration
        #[arg(long, value_enum)]
        source: SourceKind,
        /// What `file` reads: an event a line, or a table (.csv, .tsv) of any tool
        #[arg(long, value_name = "FILE", required_if_eq("source", "file"))]
        from: Option<PathBuf>,
        /// Format of the lines or rows of `file` and `stdin` [default: told from each]
        #[arg(long, value_name = "FORMAT", value_parser = format)]
        format: Option<decode::Format>,
    },
}

/// Where mentions and posts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceKind {
    /// Mentions, and totals of campaigns, that are sent over HTTP
    Http,
    /// Public posts on Bluesky
    Bluesky,
    /// Public posts that a Mastodon instance sees
    Mastodon,
    /// A file: an event a line, or a table
    File,
    /// Standard input: the same; of a table, name the format
    Stdin,
}

/// A format by its name.
fn format(text: &str) -> Result<decode::Format, String> {
    decode::Format::from_name(text).ok_or_else(|| {
        let names = decode::Format::ALL.map(decode::Format::as_str);
        format!("isn't one of {}", names.join(", "))
    })
}

/// Public streams that need no agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LiveSource {
    /// Public posts on Bluesky: no account, no key
    Bluesky,
    /// Public posts that a Mastodon instance sees; most ask for a token
    Mastodon,
}

/// Options of `ophef demo`.
#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Demo {
    /// Mentions to play, JSON lines or CSV [default: the bundled week]
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Instead: one of the bundled stories
    #[arg(long, value_enum, default_value_t = Story::Week, conflicts_with = "from")]
    pub(crate) story: Story,
    /// Instead: what is posted right now, on a public stream
    #[arg(long, value_enum, conflicts_with_all = ["from", "story", "speed", "exit_when_done", "times"])]
    pub(crate) source: Option<LiveSource>,
    /// Of a stream: the brand to watch [default: those of the configuration]
    #[arg(long, value_name = "NAME", requires = "source")]
    pub(crate) brand: Option<String>,
    /// Of a stream: a word that means the brand; may be given several times [default: its name]
    #[arg(long = "match", value_name = "WORD", requires = "brand")]
    pub(crate) words: Vec<String>,
    /// Of a stream: its address [default: from the configuration]
    #[arg(long, value_name = "URL", requires = "source")]
    pub(crate) url: Option<String>,
    /// How many times faster than life, or `max`
    #[arg(long, default_value = "7200", value_name = "N|max")]
    pub(crate) speed: Speed,
    /// Log lines instead of the terminal view
    #[arg(long)]
    pub(crate) headless: bool,
    /// End when the recording is through, instead of staying to be looked at
    #[arg(long)]
    pub(crate) exit_when_done: bool,
    /// End with one JSON object: counts, dead letters by reason, spikes
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the recording's times, or move them so that it ends now
    #[arg(long, value_enum, default_value_t = Times::Keep)]
    pub(crate) times: Times,
    /// Where to serve /metrics, /livez and /readyz [default: a free loopback port]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where to serve the console [default: a free loopback port]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) console: Option<SocketAddr>,
}

impl Demo {
    /// Whether the terminal view is shown: on a terminal, unless log lines or
    /// JSON are asked for.
    #[must_use]
    pub(crate) fn has_view(&self) -> bool {
        !self.headless && !self.json && std::io::stdout().is_terminal()
    }
}

/// Options of `ophef replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Mentions to play, JSON lines or CSV [default: the bundled week]
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Instead: one of the bundled stories
    #[arg(long, value_enum, default_value_t = Story::Week, conflicts_with = "from")]
    pub(crate) story: Story,
    /// Kafka to play them into, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", value_parser = brokers)]
    pub(crate) brokers: Option<String>,
    /// How many times faster than life, or `max`
    #[arg(long, default_value = "max", value_name = "N|max")]
    pub(crate) speed: Speed,
    /// Keep the recording's times, or move them so that it ends now
    #[arg(long, value_enum, default_value_t = Times::Keep)]
    pub(crate) times: Times,
}

/// What becomes of a recording's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Times {
    /// They stay: history is replayed as history and pages nobody
    Keep,
    /// They move so that the last mention is played at its time
    Now,
}

/// Options of `ophef backtest`.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// Mentions, JSON lines or CSV [default: the bundled week]
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long, conflicts_with = "volume")]
    pub(crate) json: bool,
    /// What really happened: a table `brand,from,until`, and `name` if you like
    ///
    /// Times are RFC 3339. An alarm within a label finds it; further ones there are
    /// neither good nor false; those outside are false. A brand without times is one
    /// in which nothing happened; brands that aren't named are not judged.
    #[arg(long, value_name = "FILE", conflicts_with = "volume")]
    pub(crate) labels: Option<PathBuf>,
    /// What people made of past alarms: what `ophef feedback export` prints
    ///
    /// An alarm that was judged useful is a label, one that wasn't a time in which nothing
    /// happened. About all other times nobody has said anything, and alarms there are not
    /// judged.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["volume", "labels"])]
    pub(crate) feedback: Option<PathBuf>,
    /// Another configuration: what would change?
    #[arg(long, value_name = "FILE", conflicts_with = "volume")]
    pub(crate) compare: Option<PathBuf>,
    /// Write a report with plots, one file that needs no network
    ///
    /// It shows posts, redacted: keep it where you keep mentions.
    #[arg(long, value_name = "FILE", conflicts_with = "volume")]
    pub(crate) html: Option<PathBuf>,
    /// False alarms a brand may cause a week, instead of the configured number; with
    /// --compare that file's number stays
    #[arg(long, value_name = "NUMBER", value_parser = budget, conflicts_with = "volume")]
    pub(crate) alarms_per_week: Option<f64>,
    /// A count series `timestamp,value` to score for unusual volume
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "from",
        requires = "scores"
    )]
    pub(crate) volume: Option<PathBuf>,
    /// Where to write `timestamp,score`, one row for each, from 0 to 1
    #[arg(long, value_name = "FILE", requires = "volume")]
    pub(crate) scores: Option<PathBuf>,
}

/// A budget in the range that a configuration takes.
pub(crate) fn budget(text: &str) -> Result<f64, String> {
    let (low, high) = (settings::BUDGET.start(), settings::BUDGET.end());
    match text.parse() {
        Ok(budget) if settings::BUDGET.contains(&budget) => Ok(budget),
        _ => Err(format!("not a number from {low} to {high}")),
    }
}
