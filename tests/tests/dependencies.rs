//! The house rules of ARCHITECTURE.md about who may know whom.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Crates of ours that may name these; all others may not, nor may anything the
/// pure crates are built on.
const KNOWN_BY_ONE: [(&str, &str); 4] = [
    ("rdkafka", "kafka"),
    ("prometheus", "service"),
    ("tract-onnx", "onnx"),
    ("tokenizers", "onnx"),
];
const PURE: [&str; 12] = [
    "mention",
    "redact",
    "decode",
    "brands",
    "sentiment",
    "detect",
    "trends",
    "sample",
    "onnx",
    "plot",
    "yardstick",
    "conversation",
];
const IMPURE: [&str; 7] = [
    "tokio",
    "rdkafka",
    "prometheus",
    "axum",
    "tracing-subscriber",
    "config",
    "clap",
];
/// What each crate of ours may know of our crates.
const MAY_KNOW: [(&str, &[&str]); 23] = [
    ("mention", &[]),
    ("redact", &[]),
    ("sources", &["mention", "decode", "service", "kafka"]),
    ("decode", &["mention"]),
    ("brands", &[]),
    (
        "ingest",
        &["mention", "decode", "brands", "redact", "service", "kafka"],
    ),
    ("sentiment", &["mention"]),
    ("detect", &["mention", "redact"]),
    ("sample", &["mention"]),
    ("onnx", &["mention"]),
    ("yardstick", &["mention", "redact", "detect", "plot"]),
    ("plot", &[]),
    ("settings", &["mention", "brands", "decode", "redact"]),
    ("kafka", &["mention"]),
    ("service", &["mention", "kafka"]),
    (
        "score",
        &["mention", "sentiment", "onnx", "service", "kafka"],
    ),
    (
        "watch",
        &["mention", "redact", "detect", "service", "kafka"],
    ),
    ("trends", &["mention", "redact", "detect"]),
    (
        "insight",
        &["mention", "detect", "trends", "service", "kafka"],
    ),
    ("canary", &["mention", "service", "kafka"]),
    ("conversation", &["mention", "detect"]),
    (
        "care",
        &["mention", "detect", "conversation", "service", "kafka"],
    ),
    (
        "console",
        &["mention", "redact", "detect", "plot", "service", "kafka"],
    ),
];

/// What a library of pure crates must be built without, and what it would read
/// otherwise. Time zones are compiled in instead, so that every machine has the same.
const WITHOUT: [(&str, &str); 3] = [
    ("jiff", "tz-system"),     // the machine's own time zone
    ("jiff", "tzdb-zoneinfo"), // the machine's database of time zones
    ("jiff", "tzdb-concatenated"),
];

struct Graph {
    /// Name of each package by its id.
    names: BTreeMap<String, String>,
    /// Ordinary dependencies of each package, by id; tests' ones left out.
    edges: BTreeMap<String, BTreeSet<String>>,
    ours: BTreeMap<String, String>,
    /// What each package is built with, by name.
    features: BTreeSet<(String, String)>,
}

impl Graph {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages = metadata["packages"].as_array().unwrap();
        let names: BTreeMap<_, _> = packages
            .iter()
            .map(|p| (text(&p["id"]), text(&p["name"])))
            .collect();
        let members: BTreeSet<_> = metadata["workspace_members"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        let is_ordinary = |dep: &&Value| {
            dep["dep_kinds"]
                .as_array()
                .unwrap()
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
        let edges = nodes
            .iter()
            .map(|node| {
                let deps = node["deps"].as_array().unwrap().iter().filter(is_ordinary);
                (
                    text(&node["id"]),
                    deps.map(|dep| text(&dep["pkg"])).collect(),
                )
            })
            .collect();
        let features = nodes.iter().flat_map(|node| {
            let name = names[&text(&node["id"])].clone();
            let features = node["features"].as_array().unwrap().iter();
            features.map(move |feature| (name.clone(), text(feature)))
        });
        let features = features.collect();
        let ours = members
            .iter()
            .map(|id| (names[id].clone(), id.clone()))
            .collect();
        Self {
            names,
            edges,
            ours,
            features,
        }
    }

    /// Names of everything that `id` is built on.
    fn closure(&self, id: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for dep in &self.edges[id] {
                if seen.insert(dep.as_str()) {
                    open.push(dep);
                }
            }
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }

    fn direct(&self, name: &str) -> BTreeSet<&str> {
        self.edges[&self.ours[name]]
            .iter()
            .map(|id| self.names[id].as_str())
            .collect()
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn one_crate_knows_kafka_and_one_prometheus() {
    let graph = Graph::read();
    for (library, owner) in KNOWN_BY_ONE {
        for name in graph.ours.keys().filter(|name| *name != owner) {
            assert!(
                !graph.direct(name).contains(library),
                "{name} names {library}"
            );
        }
        assert!(graph.direct(owner).contains(library));
    }
}

#[test]
fn pure_crates_are_built_on_pure_ones() {
    let graph = Graph::read();
    for name in PURE {
        let built_on = graph.closure(&graph.ours[name]);
        let impure: Vec<_> = IMPURE
            .into_iter()
            .filter(|i| built_on.contains(i))
            .collect();
        assert!(impure.is_empty(), "{name} is built on {impure:?}");
    }
}

#[test]
fn pure_crates_read_no_time_zone_of_the_machine() {
    let graph = Graph::read();
    let has = |library: &str, feature: &str| {
        let feature = (library.to_owned(), feature.to_owned());
        graph.features.contains(&feature)
    };
    for (library, feature) in WITHOUT {
        assert!(!has(library, feature), "{library} is built with {feature}");
    }
    assert!(has("jiff", "tzdb-bundle-always"));
}

#[test]
fn dependencies_point_inwards() {
    let graph = Graph::read();
    for (name, allowed) in MAY_KNOW {
        let direct = graph.direct(name);
        let ours = direct
            .into_iter()
            .filter(|dep| graph.ours.contains_key(*dep));
        let wrong: Vec<_> = ours.filter(|dep| !allowed.contains(dep)).collect();
        assert!(wrong.is_empty(), "{name} knows {wrong:?}");
    }
}

#[test]
fn pure_crates_read_no_clock_file_or_environment() {
    const FORBIDDEN: [&str; 7] = [
        "SystemTime",
        "Instant::now",
        "std::env",
        "std::fs",
        "std::net",
        "std::thread",
        "std::process",
    ];
    for name in PURE {
        for file in rust_files(&root().join("crates").join(name).join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in FORBIDDEN {
                assert!(!code.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test {
            found.push(path);
        }
    }
    found
}
