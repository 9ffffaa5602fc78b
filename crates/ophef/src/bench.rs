//! `ophef bench`: how good the detector is and how fast the pipeline, measured.

mod detect;
mod nab;
mod pipeline;
mod report;
mod volumes;

use std::path::{Path, PathBuf};

use settings::{Environment, Settings};

use crate::cli::BenchAction;

/// Answers `ophef bench`.
///
/// # Errors
/// A file can't be read or written, no brand has such a name, or Kafka can't be worked on.
pub(crate) fn run(
    action: &BenchAction,
    config: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<()> {
    let load = || {
        // Results are for standard output; only what people should know is logged.
        service::logging::init(service::logging::Format::Text, "warn")?;
        anyhow::Ok(Settings::load(config, environment)?)
    };
    match action {
        BenchAction::Detect(args) => {
            detect::run(args, data(args.data.as_deref(), environment).as_deref())
        }
        BenchAction::Nab(args) => nab::run(data(args.data.as_deref(), environment).as_deref()),
        BenchAction::Pipeline(args) => pipeline::run(args, config, load()?),
        BenchAction::Stage(args) => pipeline::stage(args, &load()?),
    }
}

/// The folder of recorded volumes: as named, else of the environment.
fn data(named: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    let folder = named.or_else(|| environment.get("OPHEF_DATA").map(Path::new))?;
    let inside = folder.join("spikes/nab");
    Some(if inside.is_dir() {
        inside
    } else {
        folder.to_owned()
    })
}
