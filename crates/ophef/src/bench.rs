//! `ophef bench`: how good the detector is, measured.

mod detect;
mod nab;
mod report;
mod volumes;

use std::path::{Path, PathBuf};

use settings::Environment;

use crate::cli::BenchAction;

/// Answers `ophef bench`.
///
/// # Errors
/// A file can't be read or written, or no brand has such a name.
pub(crate) fn run(action: &BenchAction, environment: &Environment) -> anyhow::Result<()> {
    match action {
        BenchAction::Detect(args) => {
            detect::run(args, data(args.data.as_deref(), environment).as_deref())
        }
        BenchAction::Nab(args) => nab::run(data(args.data.as_deref(), environment).as_deref()),
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
