//! The configuration as an operator meets it: faults with key and line,
//! overrides, secrets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use settings::{Delivery, EXAMPLE, Environment, Settings};

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn problems(text: &str) -> String {
    Settings::from_text(text, &Environment::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn the_example_says_what_the_defaults_are() {
    let settings = Settings::from_text(EXAMPLE, &Environment::default()).unwrap();
    assert_eq!(settings, Settings::default());
}

#[test]
fn the_examples_comments_are_valid_too() {
    let is_setting = |line: &str| {
        let words = line.trim_start_matches("# ");
        words.starts_with('[')
            || words
                .split_once(" = ")
                .is_some_and(|(key, _)| !key.contains(' '))
    };
    let text: String = EXAMPLE
        .lines()
        .map(|line| {
            if is_setting(line) {
                line.trim_start_matches("# ")
            } else {
                line
            }
        })
        .filter(|line| !line.starts_with("protocol"))
        .map(|line| format!("{line}\n"))
        .collect();
    let text = text.replace(
        "[kafka.security]",
        "[kafka.security]\nprotocol = \"sasl_ssl\"",
    );
    // Only the files that an operator would have are missing, and what isn't built in.
    for problem in Settings::from_text(&text, &Environment::default())
        .unwrap_err()
        .0
    {
        let is_not_built = !cfg!(feature = "onnx") && problem.key == "score.onnx";
        let is_file = problem.message.starts_with("there is no file");
        assert!(is_file || is_not_built, "{problem}");
    }
}

#[test]
fn every_fault_is_named_with_its_key_and_line() {
    let text = r#"
[kafka]
brokers = "localhost"
partitons = 3
partitions = "many"
delivery = "maybe"

[kafka.security]
protocol = "sasl_ssl"
username = "ophef"
password = 12345

[http]
listen = "localhost"

[watch]
alarms_per_week = 0.0

[[brand]]
slug = "acme"
time_zone = "Amsterdam"

[[brand]]
slug = "Acme BV"
office_hours = ["mon-fri 9 to 5"]
colour = "red"

[[brand]]
slug = "acme"

[extra]
a = 1
"#;
    insta::assert_snapshot!(problems(text));
    assert!(!problems(text).contains("12345"));
}

#[test]
fn every_fault_of_the_calendar_is_named_with_its_line() {
    let text = r#"
[[brand]]
slug = "acme"
holidays = "fr"

[[event]]
kind = "campaign"
from = "2026-04-01"
until = "2026-03-31"

[[event]]
name = "Sale"
kind = "sale"
brands = ["acme", "acne", "A C"]
from = "tomorrow"
expected_volume = 0.5

[[event]]
name = "For ever"
from = 2026-04-01
until = 2027-04-01T00:00:00Z
colour = "red"

[[event]]
name = "A time of day"
from = 09:00:00
until = 17
"#;
    insta::assert_snapshot!(problems(text));
}

#[test]
fn dates_may_stand_without_quotation_marks() {
    let quoted =
        "[[event]]\nname = \"Sale\"\nfrom = \"2026-04-01\"\nuntil = \"2026-04-07T12:00:00\"\n";
    let bare = quoted
        .replace("\"2", "2")
        .replace("1\"\n", "1\n")
        .replace("00\"\n", "00\n");
    assert_ne!(quoted, bare);
    let settings = |text: &str, environment: &Environment| {
        Settings::from_text(text, environment).unwrap().event
    };
    let none = Environment::default();
    assert_eq!(settings(quoted, &none), settings(&bare, &none));
    let [from, until] = settings(&bare, &none)[0]
        .span_in("Europe/Amsterdam")
        .unwrap();
    assert_eq!(from.to_string(), "2026-03-31T22:00:00Z");
    assert_eq!(until.to_string(), "2026-04-07T10:00:00Z");
    // With an override the file is read another way.
    let other = environment(&[("OPHEF_WATCH__ALARMS_PER_WEEK", "0.25")]);
    assert_eq!(settings(&bare, &other), settings(quoted, &none));
}

const OWN_MODEL: &str = r#"
[score.onnx]
model = "no-such.onnx"
tokenizer = "Cargo.toml"
labels = ["neutral", "positive"]
use = "all"
max_share = 0.2
max_tokens = 4
batch = 0
languages = []
"#;

#[cfg(feature = "onnx")]
#[test]
fn faults_of_a_model_of_ones_own_are_named() {
    insta::assert_snapshot!(problems(OWN_MODEL));
    let unknown = OWN_MODEL.replace("\"neutral\"", "\"angry\"");
    assert!(
        problems(&unknown).contains("score.onnx.labels"),
        "{unknown}"
    );
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_the_feature_says_how_to_get_it() {
    let problems = problems(OWN_MODEL);
    assert!(problems.starts_with("line 2: score.onnx: "), "{problems}");
    assert!(problems.contains("--features onnx"), "{problems}");
}

#[test]
fn broken_toml_is_named_with_its_line() {
    insta::assert_snapshot!(problems("[kafka]\nbrokers = \"localhost:9092\n"), @r#"line 2: not TOML: invalid basic string, expected `"`"#);
}

#[test]
fn the_environment_overrides_the_file() {
    let variables = [
        ("OPHEF_KAFKA__BROKERS", "kafka:9092"),
        ("OPHEF_KAFKA__DELIVERY", "at-least-once"),
        ("OPHEF_KAFKA__SECURITY__PROTOCOL", "sasl_plaintext"),
        ("OPHEF_KAFKA__SECURITY__MECHANISM", "SCRAM-SHA-256"),
        ("OPHEF_KAFKA__SECURITY__USERNAME", "ophef"),
        ("OPHEF_KAFKA__SECURITY__PASSWORD", "0123"),
        ("OPHEF_WATCH__ALARMS_PER_WEEK", "0.25"),
        ("OPHEF_DATA", "/data"),
        ("PATH", "/bin"),
    ];
    let settings =
        Settings::from_text("[watch]\nmax_brands = 7\n", &environment(&variables)).unwrap();
    assert_eq!(settings.kafka.brokers, "kafka:9092");
    assert_eq!(settings.kafka.delivery, Delivery::AtLeastOnce);
    assert!((settings.watch.alarms_per_week - 0.25).abs() < 1e-12);
    assert_eq!(settings.watch.max_brands, 7);
    let password = settings.kafka.security.password.clone().unwrap();
    assert_eq!(password.expose(), "0123");
    assert!(!format!("{settings:?}").contains("0123"));
}

#[test]
fn overrides_that_do_nothing_are_faults() {
    for (name, value) in [
        ("OPHEF_KAFKA_BROKERS", "kafka:9092"),
        ("OPHEF_KAFKA__BROKER", "kafka:9092"),
        ("OPHEF_WATCH__ALARMS_PER_WEEK", "few"),
    ] {
        let result = Settings::from_text("", &environment(&[(name, value)]));
        let problems = result.expect_err(name).to_string();
        let key = name.rsplit('_').next().unwrap().to_lowercase();
        assert!(problems.to_lowercase().contains(&key), "{problems}");
    }
}

#[test]
fn a_missing_file_is_a_fault_that_names_it() {
    let missing = std::path::Path::new("no-such-folder/ophef.toml");
    let error = Settings::load(Some(missing), &Environment::default()).unwrap_err();
    assert!(
        error.to_string().contains("no-such-folder/ophef.toml"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_loader_panic_or_hang(text in "\\PC{0,200}") {
        let _ = Settings::from_text(&text, &Environment::default());
    }

    #[test]
    fn no_damage_makes_the_loader_panic_or_hang(at in 0..EXAMPLE.len(), insert in "[\\[\\]=\"a1\n]{1,4}") {
        if EXAMPLE.is_char_boundary(at) {
            let text = format!("{}{insert}{}", &EXAMPLE[..at], &EXAMPLE[at..]);
            let _ = Settings::from_text(&text, &Environment::default());
        }
    }
}
