//! The files under `deploy/`: valid by the real tools, and in step with the code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use settings::{Environment, Settings};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs one of Debian's tools; `make test` installs or names them.
fn run(tool: &str, args: &[&str]) {
    let output = Command::new(tool).args(args).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{tool}: {error}; see deploy/need.sh"));
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {args:?}: {text}");
}

#[test]
fn the_rules_are_sound_and_fire_when_they_should() {
    run(
        "promtool",
        &[
            "check",
            "rules",
            "--lint=all",
            "--lint-fatal",
            "deploy/prometheus/rules.yml",
        ],
    );
    run(
        "promtool",
        &["test", "rules", "deploy/prometheus/rules.test.yml"],
    );
    run(
        "promtool",
        &[
            "check",
            "config",
            "--syntax-only",
            "deploy/prometheus/prometheus.yml",
        ],
    );
}

#[test]
fn alertmanager_takes_its_configuration_and_routes_by_scope() {
    let file = "deploy/alertmanager/alertmanager.yml";
    run("amtool", &["check-config", file]);
    let config = format!("--config.file={file}");
    let routes = ["config", "routes", "test", &config];
    for (receiver, labels) in [
        ("social-care", &["scope=brand", "brand=pluimvos"][..]),
        ("operations", &["scope=pipeline"]),
        ("log", &["alertname=other"]),
    ] {
        let expected = format!("--verify.receivers={receiver}");
        run("amtool", &[&routes[..], &[&expected], labels].concat());
    }
}

#[test]
fn every_alert_has_a_runbook_in_both_languages() {
    let rules = read("deploy/prometheus/rules.yml");
    let alerts = rules.matches("- alert:").count();
    let books: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook_url: "))
        .collect();
    assert_eq!(books.len(), alerts);
    assert_eq!(rules.matches("summary_nl:").count(), alerts);
    for book in books {
        let text = read(book.trim_matches('"'));
        assert!(
            text.contains("## English") && text.contains("## Nederlands"),
            "{book}"
        );
    }
    for alert in rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        let books = std::fs::read_dir(root().join("docs/runbooks")).unwrap();
        let mut texts = books.map(|book| std::fs::read_to_string(book.unwrap().path()).unwrap());
        assert!(
            texts.any(|text| text.contains(alert)),
            "no runbook names {alert}"
        );
    }
}

/// Names of our metrics in a text, without the suffixes that Prometheus adds.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in text.split("ophef_").skip(1) {
        let end = part
            .find(|c: char| !(c.is_ascii_lowercase() || c == '_'))
            .unwrap_or(part.len());
        let name = part[..end]
            .trim_end_matches("_bucket")
            .trim_end_matches("_count");
        found.insert(format!("ophef_{name}"));
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn rules_and_dashboards_name_metrics_that_exist() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let code: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    for file in [
        "deploy/prometheus/rules.yml",
        "deploy/grafana/dashboards/brand-health.json",
    ] {
        let named = metrics_in(&read(file));
        assert!(!named.is_empty());
        for metric in named {
            assert!(
                code.contains(&format!("\"{metric}\"")),
                "{file} names {metric}"
            );
        }
    }
}

#[test]
fn dashboards_open_in_an_older_grafana_and_explain_themselves() {
    let text = read("deploy/grafana/dashboards/brand-health.json");
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    assert!(
        dashboard["schemaVersion"].as_u64().unwrap() <= 37,
        "newer than Grafana 9.3"
    );
    for panel in dashboard["panels"].as_array().unwrap() {
        assert_eq!(panel["type"], "timeseries", "a core panel");
        assert!(
            panel["description"].as_str().unwrap().len() > 20,
            "{}",
            panel["title"]
        );
        assert!(
            panel["fieldConfig"]["defaults"]["unit"].is_string(),
            "{}",
            panel["title"]
        );
    }
}

#[test]
fn the_kubernetes_manifests_go_together() {
    let folders = ["base", "autoscaling-keda", "autoscaling-cpu"];
    for folder in folders.map(|folder| format!("deploy/kubernetes/{folder}")) {
        let kustomization = read(&format!("{folder}/kustomization.yaml"));
        let files = kustomization
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- "))
            .filter(|entry| entry.ends_with(".yaml") || entry.ends_with(".toml"));
        let files: Vec<&str> = files.collect();
        assert!(!files.is_empty(), "{kustomization}");
        files
            .iter()
            .for_each(|file| assert!(!read(&format!("{folder}/{file}")).is_empty()));
    }
    let file = read("deploy/kubernetes/base/ophef.toml");
    let settings = Settings::from_text(&file, &Environment::default()).unwrap();
    for service in ["score", "watch"] {
        let manifest = read(&format!("deploy/kubernetes/base/{service}.yaml"));
        assert!(
            manifest.contains(&format!("\"run\", \"{service}\"")),
            "{manifest}"
        );
        let port = settings.http.listen.port();
        assert!(
            manifest.contains(&format!("containerPort: {port}")),
            "{manifest}"
        );
    }
}
