//! The folder of recorded and labelled data, which lies beside the project.

use std::path::PathBuf;

/// Path of `file` in the data folder `OPHEF_DATA`. Without that setting the test
/// is skipped, and says so; with it the file must be there.
///
/// # Panics
/// If `OPHEF_DATA` is set and the file isn't there.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the tests aren't a service with settings and a log"
)]
pub fn data_file(file: &str) -> Option<PathBuf> {
    let Ok(folder) = std::env::var("OPHEF_DATA") else {
        eprintln!("SKIPPED: OPHEF_DATA isn't set, so {file} can't be read");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    assert!(path.is_file(), "there is no file {}", path.display());
    Some(path)
}
