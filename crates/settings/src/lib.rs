//! Settings of every service: one `ophef.toml` and `OPHEF_…` overrides.
//!
//! An override names the key with two underscores between its parts:
//! `OPHEF_KAFKA__BROKERS` is `brokers` under `[kafka]`. A key that doesn't exist
//! is an error in the file and in the environment. Every error of a file is
//! reported at once, with its key and line, so that nobody mends a file one
//! start at a time.
//!
//! This is the only crate that reads the environment; [`Environment`] is a plain
//! map, so tests never touch the real one.
//!
//! ```
//! use settings::{Environment, Settings};
//!
//! let file = "[[brand]]\nslug = \"acme\"\nalarms_per_week = 0.5\n";
//! let settings = Settings::from_text(file, &Environment::default())?;
//! assert_eq!(settings.brand[0].slug, "acme");
//! # Ok::<(), settings::Problems>(())
//! ```

mod care;
mod check;
mod console;
mod event;
mod ingest;
mod insight;
mod load;
mod locate;
mod office_hours;
mod onnx;
mod problem;
mod secret;
mod source;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

pub use care::Care;
pub use check::{BUDGET, is_address_list};
pub use console::Console;
pub use event::{Event, EventKind, Moment};
pub use ingest::{Ingest, Mapping};
pub use insight::Insight;
pub use load::{DEFAULT_FILE, EXAMPLE, Environment};
pub use office_hours::{OfficeHours, OpenSpan};
pub use onnx::{Onnx, Use};
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use source::{Source, SourceBluesky, SourceHttp, SourceMastodon};

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How to reach Kafka and how to write to it.
    pub kafka: Kafka,
    /// Where `/metrics`, `/livez` and `/readyz` are served.
    pub http: Http,
    /// What is logged, and how.
    pub log: Log,
    /// Reading what sources send.
    pub ingest: Ingest,
    /// Scoring.
    pub score: Score,
    /// Watching.
    pub watch: Watch,
    /// Following conversations.
    pub care: Care,
    /// Where mentions come in.
    pub source: Source,
    /// Test records that prove the whole way.
    pub canary: Canary,
    /// The page that explains.
    pub console: Console,
    /// What mentions say over weeks.
    pub insight: Insight,
    /// The tracked brands; with none, every brand found in the data is tracked.
    pub brand: Vec<Brand>,
    /// Campaigns and events that are known ahead.
    pub event: Vec<Event>,
}

/// `[kafka]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kafka {
    /// Addresses to begin with, `host:port`, comma-separated.
    pub brokers: String,
    /// Put before every topic name and consumer group, so that several
    /// deployments can share a cluster.
    pub topic_prefix: String,
    /// What an instance calls itself to the broker; unique per running instance
    /// of a service under `exactly-once`.
    pub instance: String,
    /// Whether outputs and offsets are committed together.
    pub delivery: Delivery,
    /// How the instances of a service share the partitions.
    pub group_protocol: GroupProtocol,
    /// Longest time between commits, milliseconds, 10–10,000; half of it where no record
    /// waits.
    pub commit_interval_ms: u64,
    /// Share of rejected records above which a service stops instead of diverting
    /// a whole topic, 0.01–1; 1 never stops.
    pub dead_letter_limit: f64,
    /// Partitions of topics that `ophef topics create` makes, 1–10,000.
    pub partitions: u32,
    /// Replicas of topics that `ophef topics create` makes, 1–32,767.
    pub replication_factor: u16,
    /// Encryption and identity.
    pub security: Security,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "localhost:9092".to_owned(),
            topic_prefix: String::new(),
            instance: "1".to_owned(),
            delivery: Delivery::ExactlyOnce,
            group_protocol: GroupProtocol::Classic,
            commit_interval_ms: 100,
            dead_letter_limit: 0.5,
            partitions: 6,
            replication_factor: 1,
            security: Security::default(),
        }
    }
}

/// Whether outputs and consumed offsets are committed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// One Kafka transaction holds both: nothing is lost, nothing doubled.
    ExactlyOnce,
    /// Nothing is lost; a crash may double. For brokers without transactions,
    /// the embedded one among them.
    AtLeastOnce,
}

/// How the instances of a service share the partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupProtocol {
    /// One of them deals them out; every broker knows it.
    Classic,
    /// The broker does (KIP-848), which needs Kafka 4.0 or newer.
    Consumer,
}

/// `[kafka.security]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// How the connection is made.
    pub protocol: Protocol,
    /// How a user proves who they are; needed by the `sasl_` protocols.
    pub mechanism: Option<Mechanism>,
    /// User name for SASL.
    pub username: Option<String>,
    /// Password for SASL; best given as `OPHEF_KAFKA__SECURITY__PASSWORD`.
    pub password: Option<Secret>,
    /// Certificates of the authorities to trust, PEM; the system's if not set.
    pub ca_file: Option<PathBuf>,
    /// Own certificate, PEM, for brokers that ask for one.
    pub certificate_file: Option<PathBuf>,
    /// Key of the own certificate, PEM.
    pub key_file: Option<PathBuf>,
    /// Password of that key.
    pub key_password: Option<Secret>,
}

/// How the connection to Kafka is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Neither encryption nor identity.
    #[default]
    Plaintext,
    /// TLS.
    Ssl,
    /// A password over an open connection.
    SaslPlaintext,
    /// A password over TLS.
    SaslSsl,
}

/// How a user proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Mechanism {
    /// The password itself; only wise over TLS.
    #[serde(rename = "PLAIN")]
    Plain,
    /// Salted challenge and response.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with the longer hash.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

/// `[http]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on. Loopback by default: metrics name brands.
    pub listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        // 9464 is the usual port of an OpenMetrics exporter.
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)),
        }
    }
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Text on a terminal and JSON otherwise, unless said.
    pub format: LogFormat,
    /// Level, or levels per target: `info`, `info,rdkafka=warn`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            filter: "info".to_owned(),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For collectors of logs.
    Json,
}

/// `[score]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Score {
    /// A model file to use instead of the built-in one.
    pub model_file: Option<PathBuf>,
    /// Spans that a score carries: the pieces of the text that moved it most, 0–16.
    pub spans: usize,
    /// A model of one's own behind it.
    pub onnx: Option<Onnx>,
}

/// `[watch]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// False alarms a brand may cause a week, 0.01–100: the one knob of detection.
    pub alarms_per_week: f64,
    /// How far behind the newest record a mention may be and still page, minutes, 1–60.
    pub lateness_minutes: u32,
    /// Brands one instance follows at most when none is configured, 1–1,000,000.
    pub max_brands: usize,
    /// Time between snapshots of changed state, seconds, 1–3,600.
    pub snapshot_interval_seconds: u64,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            alarms_per_week: 1.0,
            lateness_minutes: 15,
            max_brands: 10_000,
            snapshot_interval_seconds: 5,
        }
    }
}

/// `[canary]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Canary {
    /// Time between two test records of a partition, seconds, 1–120.
    pub interval_seconds: u64,
    /// Whether a heartbeat goes with them, so that event time follows the wall clock.
    pub heartbeats: bool,
}

impl Default for Canary {
    fn default() -> Self {
        Self {
            interval_seconds: 30,
            heartbeats: false,
        }
    }
}

/// `[[brand]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// Short name: key of the records, label of the metrics.
    pub slug: String,
    /// Names people use for it, which mean nothing else.
    pub names: Vec<String>,
    /// Names that mean other things too; they count beside a word of `context`.
    pub ambiguous: Vec<String>,
    /// Its accounts: `acme`, `acme.example`, `acme@social.example`, or a platform's id.
    pub handles: Vec<String>,
    /// Its hashtags.
    pub hashtags: Vec<String>,
    /// Names of its products, which mean nothing else.
    pub products: Vec<String>,
    /// Words one of which stands beside an ambiguous name that means the brand.
    pub context: Vec<String>,
    /// Words that say that a post is about something else.
    pub exclude: Vec<String>,
    /// Names of its competitors, at most sixteen: how often customers name them, and whom
    /// they prefer. They are labels of metrics.
    pub competitors: Vec<String>,
    /// Languages of its market; posts that their platform says are in another are left out.
    pub languages: Vec<String>,
    /// IANA name, `Europe/Amsterdam`.
    pub time_zone: String,
    /// Whose public holidays it keeps; by the time zone if not set.
    pub holidays: Option<HolidayRule>,
    /// When somebody answers, in the brand's time zone: `mon-fri 09:00-17:30`; closed on
    /// its holidays.
    pub office_hours: Vec<OfficeHours>,
    /// Overrides `[watch] alarms_per_week` for this brand.
    pub alarms_per_week: Option<f64>,
    /// Overrides `[care] answer_within_hours` for this brand.
    pub answer_within_hours: Option<f64>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            slug: String::new(),
            names: Vec::new(),
            ambiguous: Vec::new(),
            handles: Vec::new(),
            hashtags: Vec::new(),
            products: Vec::new(),
            context: Vec::new(),
            exclude: Vec::new(),
            competitors: Vec::new(),
            languages: Vec::new(),
            time_zone: "Europe/Amsterdam".to_owned(),
            holidays: None,
            office_hours: Vec::new(),
            alarms_per_week: None,
            answer_within_hours: None,
        }
    }
}

/// Whose public holidays a brand keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayRule {
    /// The Netherlands.
    Nl,
    /// Belgium.
    Be,
    /// Nobody's.
    None,
}
