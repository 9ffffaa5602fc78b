//! What is asked about what lies on Kafka.

use clap::{Args, Subcommand, ValueEnum};

use super::brokers;

/// Options of `ophef topics`.
#[derive(Debug, Args)]
pub(crate) struct Topics {
    /// What to do
    #[command(subcommand)]
    pub(crate) action: TopicsAction,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", global = true, value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// Options of `ophef corrections`.
#[derive(Debug, Args)]
pub(crate) struct Corrections {
    /// What to do
    #[command(subcommand)]
    pub(crate) action: CorrectionsAction,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", global = true, value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// What to do with corrections.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum CorrectionsAction {
    /// Write those that stand on the topic as JSON lines
    ///
    /// They hold posts: keep the file where you keep mentions, and out of version
    /// control.
    #[command(after_help = "Example:\n  ophef corrections export > corrections.jsonl")]
    Export,
}

/// Options of `ophef feedback`.
#[derive(Debug, Args)]
pub(crate) struct Feedback {
    /// What to do
    #[command(subcommand)]
    pub(crate) action: FeedbackAction,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", global = true, value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// What to do with feedback.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum FeedbackAction {
    /// Write those that stand on the topic as JSON lines, for `ophef backtest --feedback`
    ///
    /// They name who responded.
    #[command(after_help = "Example:
  ophef feedback export > feedback.jsonl")]
    Export,
}

/// What to do with topics.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum TopicsAction {
    /// Create what isn't there
    Create,
    /// Say what is missing or set wrong; exit 1 if anything is
    Check,
}

/// Options of `ophef dead-letters`.
#[derive(Debug, Args)]
pub(crate) struct DeadLetters {
    /// What to do
    #[command(subcommand)]
    pub(crate) action: DeadLettersAction,
    /// The topic that they were rejected from
    #[arg(long, value_enum, default_value_t = DeadTopic::Mentions, global = true)]
    pub(crate) topic: DeadTopic,
    /// Only those rejected for this reason; may be given several times
    #[arg(long, value_name = "REASON", value_parser = reason, global = true)]
    pub(crate) reason: Vec<mention::Reason>,
    /// All that are kept, not only those after the last replay
    #[arg(long, global = true)]
    pub(crate) all: bool,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", global = true, value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// What to do with dead letters.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum DeadLettersAction {
    /// Print them, oldest first, and how many there are by reason
    List {
        /// At most this many
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        limit: usize,
        /// Print the original bytes too; they may hold personal data
        #[arg(long)]
        values: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send them to their topic again
    ///
    /// With --reason the others are passed over for good, unless --all is given
    /// next time.
    Replay {
        /// Only say how many would be sent
        #[arg(long)]
        dry_run: bool,
    },
}

/// Topics whose records can be rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeadTopic {
    /// Rejected by `score`
    Mentions,
    /// Rejected by `watch`
    Scored,
    /// Rejected by `ingest`
    Raw,
    /// Rejected by the second stage of `ingest`
    Matched,
}

/// A reason by its name.
fn reason(text: &str) -> Result<mention::Reason, String> {
    let mut all = mention::Reason::ALL.into_iter();
    all.find(|reason| reason.as_str() == text).ok_or_else(|| {
        let names = mention::Reason::ALL.map(mention::Reason::as_str);
        format!("no reason; there are {}", names.join(", "))
    })
}
