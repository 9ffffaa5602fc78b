use proptest::prelude::*;

use super::super::testing::spike;
use super::*;

fn read(text: &str) -> Result<Labels, String> {
    Labels::parse(text.as_bytes()).map_err(|error| format!("{error:#}"))
}

fn at(text: &str) -> EventTime {
    text.parse().unwrap()
}

#[test]
fn a_table_of_labels_is_read() {
    let text = "\u{feff}Brand;From;Until;Name\r\n\
        acme; 2026-03-02T09:00:00+01:00;2026-03-02T10:00:00Z;\"depot; again\"\r\n\
        \r\nzeegroen;;;\r\n";
    let labels = read(text).unwrap();
    assert_eq!(labels.all.len(), 1);
    assert_eq!(labels.all[0].from, at("2026-03-02T08:00:00Z"));
    assert_eq!(labels.all[0].name, "depot; again");
    let brands: Vec<_> = labels.brands.keys().collect();
    assert_eq!(brands, ["acme", "zeegroen"]);
    // The name may be left out, and the columns stand in any order.
    let text = "until,from,brand\n2026-03-02T10:00:00Z,2026-03-02T09:00:00Z,acme\n";
    assert_eq!(read(text).unwrap().all[0].from, at("2026-03-02T09:00:00Z"));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let row = |row: &str| {
        format!("brand,from,until\nacme,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z\n{row}\n")
    };
    for (text, part) in [
        ("brand,begin,end\n".to_owned(), "it is \"brand,begin,end\""),
        ("brand,from,until\n".to_owned(), "no label"),
        (
            row("acme,2026-03-02T10:00:00Z,2026-03-02T09:00:00Z"),
            "line 3: until 2026-03-02T09:00:00Z is before",
        ),
        (
            row("acme,2026-03-02 10:00,2026-03-02T11:00:00Z"),
            "line 3: \"2026-03-02 10:00\" isn't a time",
        ),
        (
            row("acme,2026-03-02T10:00:00Z"),
            "line 3: \"\" isn't a time",
        ),
        (
            row(",2026-03-02T10:00:00Z,2026-03-02T11:00:00Z"),
            "line 3: the brand is missing",
        ),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.contains(part), "{part} in {error}");
    }
}

/// Two labels of one brand, a third outside the recording, a brand without any.
fn watched() -> (Watched, Option<(EventTime, EventTime)>) {
    let text = "brand,from,until\n\
        acme,2026-03-02T09:00:00Z,2026-03-02T11:00:00Z\n\
        acme,2026-03-03T09:00:00Z,2026-03-03T11:00:00Z\n\
        acme,2026-06-03T09:00:00Z,2026-06-03T11:00:00Z\n\
        zeegroen,,\n";
    let span = (at("2026-03-01T00:00:00Z"), at("2026-03-08T00:00:00Z"));
    (Watched::new(read(text).unwrap()), Some(span))
}

#[test]
fn alarms_are_good_extra_false_or_not_judged() {
    let (mut watched, span) = watched();
    for minute in 0..20 {
        let at = at("2026-03-02T08:55:00Z").plus_millis(minute * 60_000);
        watched.count("acme", at);
        watched.count("other", at);
    }
    let alarms = [
        spike("acme", "2026-03-02T09:14:00Z"),
        spike("acme", "2026-03-02T10:30:00Z"),
        spike("acme", "2026-03-05T00:00:00Z"),
        spike("zeegroen", "2026-03-02T09:30:00Z"),
        spike("other", "2026-03-02T09:30:00Z"),
    ];
    for alarm in &alarms {
        watched.alarm(alarm);
        // What comes after the alarm doesn't count for the delay.
        watched.count("acme", at("2026-03-02T09:30:00Z"));
    }
    let verdict = watched.judge(&alarms.iter().collect::<Vec<_>>(), span);
    let [hit] = verdict.found.as_slice() else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (hit.mentions, hit.alarm.as_str()),
        (15, alarms[0].id.as_str())
    );
    assert!((hit.minutes - 14.0).abs() < 1e-9);
    assert_eq!((verdict.missed.len(), verdict.unrecorded.len()), (1, 1));
    assert_eq!((verdict.good, verdict.extra, verdict.unjudged), (1, 1, 1));
    assert_eq!(
        verdict.outside,
        [alarms[2].id.clone(), alarms[3].id.clone()]
    );
    let (recall, precision) = (verdict.recall().unwrap(), verdict.precision().unwrap());
    assert!((recall.value - 0.5).abs() < 1e-9 && (precision.value - 1.0 / 3.0).abs() < 1e-9);
}

#[test]
fn the_ends_of_a_label_belong_to_it() {
    for (time, is_found) in [
        ("2026-03-02T08:59:59.999Z", false),
        ("2026-03-02T09:00:00Z", true),
        ("2026-03-02T11:00:00Z", true),
        ("2026-03-02T11:00:00.001Z", false),
    ] {
        let (mut watched, span) = watched();
        let alarm = spike("acme", time);
        watched.alarm(&alarm);
        let verdict = watched.judge(&[&alarm], span);
        assert_eq!(verdict.found.len() == 1, is_found, "{time}");
    }
}

#[test]
fn nothing_found_has_no_delay_and_no_alarm_no_precision() {
    let (watched, span) = watched();
    let verdict = watched.judge(&[], span);
    assert_eq!((verdict.precision(), verdict.minutes()), (None, None));
    assert!(verdict.recall().unwrap().value.abs() < 1e-9);
}

#[test]
fn delays_are_the_middle_and_the_ninth_of_ten() {
    let of = |values: &[f64]| delays(values.iter().copied());
    assert_eq!(of(&[]), None);
    let (median, p90) = (7.0, 7.0);
    assert_eq!(of(&[7.0]), Some(Delays { median, p90 }));
    let ten: Vec<f64> = (1..=10).rev().map(f64::from).collect();
    let (median, p90) = (5.5, 9.0);
    assert_eq!(of(&ten), Some(Delays { median, p90 }));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(rows in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Labels::parse(&[b"brand,from,until\n", rows.as_slice()].concat());
        let _ = Labels::parse(&rows);
    }
}
