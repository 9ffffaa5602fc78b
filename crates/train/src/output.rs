//! Writing a file whole or not at all.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes `bytes` to `path`: first to a new file beside it, which then takes its
/// place, so that a reader never sees half a file. A device, such as
/// `/dev/stdout`, is written to directly.
///
/// # Errors
/// One sentence that names the path and what to do.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let advice = || {
        format!(
            "can't write {} bytes to {}; free some space or choose another path with --out",
            bytes.len(),
            path.display()
        )
    };
    if path.exists() && !path.is_file() {
        let mut device = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(advice)?;
        return device
            .write_all(bytes)
            .and_then(|()| device.flush())
            .with_context(advice);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .permissions(readable_by_all())
        .tempfile_in(folder)
        .with_context(advice)?;
    file.write_all(bytes).with_context(advice)?;
    file.as_file().sync_all().with_context(advice)?;
    file.persist(path)
        .map_err(|error| error.error)
        .with_context(advice)?;
    Ok(())
}

/// Temporary files are private by default; a model is for everybody.
fn readable_by_all() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o644)
}
