//! Exports of other tools, as a user converts them.

use std::path::Path;

use crate::support::{err, out, run};
use crate::{file, run_with_input};

#[test]
fn an_export_becomes_a_recording_that_backtest_reads() {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../decode/tests/examples");
    for export in [
        "brandwatch/post.csv",
        "meltwater/post.csv",
        "talkwalker/post.csv",
    ] {
        let export = examples.join(export);
        let export = export.to_str().unwrap();
        let output = run(&["convert", "--from", export, "--brand", "Pluimvos"]);
        assert!(output.status.success(), "{}", err(&output));
        assert!(
            err(&output).contains("1 records, 1 mentions written"),
            "{}",
            err(&output)
        );
        let recording = file(folder.path(), "recording.jsonl", &output.stdout);
        let recording = recording.to_str().unwrap();
        let told = run(&["backtest", "--json", "--from", recording]);
        assert!(told.status.success(), "{}", err(&told));
        let told: serde_json::Value = serde_json::from_str(&out(&told)).unwrap();
        assert_eq!(told["brands"]["pluimvos"]["mentions"], 1, "{told}");
    }
    let nothing = run_with_input(
        &["convert", "--from", "-", "--brand", "Zeegroen"],
        b"\xff\n{}\n",
    );
    assert_eq!(nothing.status.code(), Some(1));
    let told = err(&nothing);
    assert!(
        told.contains("2 not readable") && told.contains("--match"),
        "{told}"
    );
}
