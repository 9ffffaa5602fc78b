//! A small disk, to be filled.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory, mounted at a folder until this is dropped. Only root may
/// mount one.
#[derive(Debug)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one of `mebibytes` at `folder`, which is made.
    pub(crate) fn mount(folder: &Path, mebibytes: u32) -> Self {
        std::fs::create_dir(folder).expect("a folder");
        let mut command = Command::new("mount");
        let options = format!("size={mebibytes}m");
        command.args(["-t", "tmpfs", "-o", &options, "tmpfs"]);
        let status = command.arg(folder).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the test of a full disk mounts one, which only root may do"
        );
        Self(folder.to_owned())
    }

    /// Fills it to the last byte. Returns the file to remove.
    pub(crate) fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = File::create(&path).unwrap();
        let block = vec![0; 64 * 1024];
        while file.write_all(&block).is_ok() {}
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
