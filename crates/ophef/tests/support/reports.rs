//! The weekly report, as a user asks for it.

use crate::file;
use crate::support::{err, out, run};

#[test]
fn a_weekly_report_is_a_page_in_either_language_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("week.html");
    let page = html.to_str().unwrap();
    let output = run(&["report", "--brand", "pluimvos", "--json", "--html", page]);
    assert!(output.status.success(), "{}", err(&output));
    let summary: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(summary["brand"], "pluimvos");
    assert!(summary["days"].as_array().unwrap().len() >= 7);
    assert!(summary["community"]["authors_four_weeks"].as_u64().unwrap() > 500);
    let text = std::fs::read_to_string(&html).unwrap();
    assert!(text.contains("<html lang=\"en\">") && text.contains("Rising terms"));
    assert_eq!(text.matches("<svg ").count(), 2);
    assert!(!text.contains("<script") && !text.contains("src="));
    let output = run(&[
        "report", "--brand", "pluimvos", "--html", page, "--lang", "nl",
    ]);
    assert!(output.status.success(), "{}", err(&output));
    let text = std::fs::read_to_string(&html).unwrap();
    assert!(text.contains("<html lang=\"nl\">") && text.contains("bezorging"));
}

#[test]
fn a_report_ends_with_its_week_and_says_which_brands_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let line = |day: u32, text: &str| {
        format!(
            "{{\"id\":\"{day}\",\"brand\":\"acme\",\"platform\":\"x\",\
             \"created_at\":\"2025-11-{day}T09:00:00Z\",\"text\":\"{text}\"}}\n"
        )
    };
    let lines = [
        line(11, "prima"),
        line(17, "Jammer dat er geen <b>afhaalpunt</b> is"),
        line(20, "niet goedkoper dan Veerhuis"),
        line(24, "later"),
    ];
    let mentions = file(folder.path(), "m.jsonl", lines.concat().as_bytes());
    let config = b"[[brand]]\nslug = \"acme\"\ncompetitors = [\"Veerhuis\"]\n";
    let config = file(folder.path(), "ophef.toml", config);
    let html = folder.path().join("week.html");
    let paths = [&mentions, &config, &html].map(|path| path.to_str().unwrap());
    let [mentions, config, page] = paths;
    let report = ["--config", config, "report", "--week", "2025-W47", "--json"];
    let output = run(&[&report[..], &["--brand", "acme", "--html", page, mentions]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let summary: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(summary["at"], "2025-11-23T23:59:59.999Z");
    let counts = summary["days"].as_array().unwrap().iter();
    let counts: Vec<_> = counts
        .map(|day| day["mentions"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]);
    assert_eq!(summary["competitors"][0]["theirs"], 1);
    let text = std::fs::read_to_string(&html).unwrap();
    assert!(
        text.contains("&lt;b&gt;") && !text.contains("<b>"),
        "{text}"
    );
    let output = run(&[&report[..], &["--brand", "nobody", mentions]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("there are some of: acme"),
        "{}",
        err(&output)
    );
    let output = run(&["report", "--brand", "acme", mentions]);
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn a_report_neither_replaces_the_recording_nor_lists_brands_that_there_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let line = br#"{"id":"1","brand":"acme","platform":"x","created_at":"2025-11-17T09:00:00Z","text":"prima"}"#;
    let mentions = file(folder.path(), "m.jsonl", line);
    let path = mentions.to_str().unwrap();
    let output = run(&["report", "--brand", "acme", "--html", path, path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("would overwrite"), "{}", err(&output));
    assert_eq!(std::fs::read(&mentions).unwrap(), line);
    let week = ["--week", "2024-W01", "--json"];
    let output = run(&[&["report", "--brand", "acme", path][..], &week].concat());
    assert!(
        err(&output).contains("; nor of any other brand"),
        "{}",
        err(&output)
    );
}

#[test]
fn campaigns_are_in_the_report_and_the_one_that_backfires_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("week.html");
    let page = html.to_str().unwrap();
    let report = ["report", "--brand", "pluimvos", "--json", "--html", page];
    let output = run(&[&report[..], &["--story", "campaigns", "--lang", "nl"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let summary: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    let of = |name: &str| {
        let mut campaigns = summary["campaigns"].as_array().unwrap().iter();
        campaigns.find(|one| one["campaign"] == name).unwrap()
    };
    let good = of(sample::GOOD_CAMPAIGN);
    assert!(
        good["backfire"].is_null() && good["after"].is_object(),
        "{good}"
    );
    let other = of(sample::BACKFIRING_CAMPAIGN);
    assert_eq!(other["backfire"]["measure"], "clicks", "{other}");
    let partners = summary["influence"]["partners"].as_array().unwrap();
    assert_eq!(partners.len(), 2);
    let text = std::fs::read_to_string(&html).unwrap();
    for told in [
        "tuinweek werkte averechts van di 10 mrt 1",
        "<h3>2. lentekriebels</h3>",
        "<dt>Doorklikratio</dt><dd>2,",
        "<td class=\"number\">21.000</td>",
        "aria-label=\"Aandeel negatief per dag\"",
    ] {
        assert!(text.contains(told), "no {told}: {text}");
    }
    assert!(!text.contains("<script") && !text.contains("src="));
    // The bundled week tells no totals.
    let output = run(&report);
    let week: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(week["campaigns"], serde_json::json!([]));
    let text = std::fs::read_to_string(&html).unwrap();
    assert!(text.contains("No totals of campaigns came for this brand."));
}
