//! Options of `ophef bench`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

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
