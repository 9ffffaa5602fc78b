//! Any text is redacted: findings are pieces of it in order, and what is shown has no
//! long number.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redact::Redactor;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for redactor in [Redactor::for_storage(), Redactor::for_display()] {
        let mut end = 0;
        for finding in redactor.find(&text) {
            assert!(end <= finding.start && finding.start < finding.end);
            assert!(text.get(finding.start..finding.end).is_some());
            end = finding.end;
        }
    }
    let shown = Redactor::for_display().redact(&text).into_owned();
    let mut runs = shown.split(|c: char| !c.is_ascii_digit());
    assert!(runs.all(|run| run.len() < 5), "{shown}");
});
