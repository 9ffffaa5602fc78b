//! The binary as a child process, in bounded time.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longest that a command may take here, on a machine with other work to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// `ophef`, with its output piped, whatever the shell's environment says.
pub(crate) fn ophef(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ophef"));
    let is_ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("OPHEF_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command
        .args(args)
        .env("COLUMNS", "100")
        .current_dir(std::env::temp_dir());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A process that ends with the test, however that ends.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address of this machine on which nothing listens.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// Waits for the end; kills what takes longer than [`PATIENCE`]. Reads the output
/// meanwhile, so that a full pipe holds nobody up.
pub(crate) fn finish(child: Child) -> Output {
    let start = Instant::now();
    let pid = child.id().to_string();
    let (done, waiting) = mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if waiting.recv_timeout(PATIENCE).is_err() {
            let _ = Command::new("kill").args(["-9", &pid]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    let _ = done.send(());
    guard.join().unwrap();
    assert!(
        start.elapsed() < PATIENCE,
        "the command took longer than {PATIENCE:?}"
    );
    output
}

/// Runs `ophef` to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    finish(ophef(args).spawn().unwrap())
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The data folder; where there is none, the tests that need it say that they
/// were skipped, unless `OPHEF_REQUIRE_DATA` forbids it.
pub(crate) fn data() -> Option<PathBuf> {
    let data = std::env::var_os("OPHEF_DATA").map(PathBuf::from);
    if data.is_none() {
        let is_required = std::env::var_os("OPHEF_REQUIRE_DATA").is_some();
        assert!(
            !is_required,
            "OPHEF_DATA isn't set, and this run requires it"
        );
        eprintln!("SKIPPED: this test needs the data folder; set OPHEF_DATA");
    }
    data
}
