//! What holds for any text.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use redact::Redactor;

/// Pieces that rules begin with, to be put together at random.
const PIECES: [&str; 40] = [
    "jan",
    "Jan",
    "de",
    "Vries",
    "@",
    "[name]",
    "[",
    "]",
    "(at)",
    "at",
    "dot",
    "06-12345678",
    "+31",
    "0",
    "1234",
    "AB",
    "12345",
    "NL91ABNA0417164300",
    "NL91 ",
    "bestelling",
    "nummer",
    "#",
    ":",
    "kenteken",
    "12-AB-34",
    "Kerkstraat",
    "12",
    ", ",
    " ",
    " ",
    " ",
    ".",
    "-",
    "https://a.nl/",
    "€",
    "é",
    "\u{200b}",
    "٣",
    "mvg",
    "Gr.",
];

fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60);
    prop_oneof![
        pieces.prop_map(|pieces| pieces.concat()),
        "\\PC{0,200}",
        "[0-9 @.+a-zA-Z()-]{0,200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn findings_are_pieces_in_order_and_none_is_left(text in texts()) {
        for redactor in [Redactor::for_storage(), Redactor::for_display()] {
            let mut end = 0;
            for finding in redactor.find(&text) {
                prop_assert!(finding.start >= end && finding.end > finding.start, "{finding:?}");
                prop_assert!(text.get(finding.start..finding.end).is_some());
                end = finding.end;
            }
            prop_assert!(end <= text.len());
        }
    }

    #[test]
    fn what_is_shown_has_no_long_number_and_no_handle(text in texts()) {
        let redacted = Redactor::for_display().redact(&text).into_owned();
        let digits = redacted.split(|c: char| !c.is_ascii_digit());
        prop_assert!(digits.into_iter().all(|run| run.len() < 5), "{redacted}");
        let mut after = redacted.split('@').skip(1);
        prop_assert!(after.all(|name| name.starts_with("user")
            || !name.starts_with(|c: char| c.is_ascii_alphanumeric())), "{redacted}");
    }

    #[test]
    fn a_redacted_text_has_the_same_placeholders_when_redacted_again(text in texts()) {
        // What stood behind a placeholder may be told for a name or a number only then.
        let redactor = Redactor::for_storage();
        let once = redactor.redact(&text).into_owned();
        let twice = redactor.redact(&once).into_owned();
        let count = |text: &str| text.matches('[').count();
        prop_assert!(count(&twice) >= count(&once), "{once} -> {twice}");
    }
}

/// Four times the longest text that a mention may have takes less than a millionth of a
/// second a byte, whatever it repeats; a usual text takes a hundredth of that. In quadratic
/// time it would take minutes.
#[test]
fn time_is_linear_in_the_text_whatever_it_repeats() {
    const BYTES: usize = 256 * 1024;
    let whole = PIECES.map(str::to_owned);
    let spaced = PIECES.map(|piece| format!("{piece} "));
    let mixed = [
        "1 2 ",
        "a@",
        "0-",
        "(0",
        "A. ",
        "J. van ",
        "Jan en ",
        "NL91 ABNA ",
        "van de ",
        "1234 ab ",
    ];
    let all = whole.into_iter().chain(spaced);
    for piece in all.chain(mixed.map(str::to_owned)) {
        let text = piece.repeat(BYTES / piece.len());
        for redactor in [Redactor::for_storage(), Redactor::for_display()] {
            let took = |_| {
                let began = Instant::now();
                std::hint::black_box(redactor.find(&text));
                began.elapsed()
            };
            // A busy machine gets some tries more.
            let is_fast = (0..10)
                .map(took)
                .any(|took| took < Duration::from_millis(262));
            assert!(is_fast, "{piece:?}");
        }
    }
}
