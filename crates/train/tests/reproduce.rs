//! The committed model is what the command makes of the data folder.

use std::process::Command;

#[test]
fn the_committed_model_is_made_anew_byte_for_byte() {
    #[allow(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "a test says aloud that it was skipped"
    )]
    let Ok(data) = std::env::var("OPHEF_DATA") else {
        eprintln!("SKIPPED: set OPHEF_DATA to the data folder to train the model anew");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("model.bin");
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    let output = command
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(&out)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let committed = include_bytes!("../../sentiment/model/ophef-linear.bin");
    let made = std::fs::read(out).unwrap();
    assert!(
        made == committed,
        "the model differs from the committed one"
    );
}
