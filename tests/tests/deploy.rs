//! The files under `deploy/`: valid by the real tools, and in step with the code.

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
use settings::{Environment, Settings};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs one of Debian's tools; `make test` installs or names them.
fn run(tool: &str, args: &[&str]) -> String {
    let output = Command::new(tool).args(args).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{tool}: {error}; see deploy/need.sh"));
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {args:?}: {text}");
    text.into_owned()
}

#[test]
fn the_rules_are_sound_and_fire_when_they_should() {
    let rules = "deploy/prometheus/rules.yml";
    run(
        "promtool",
        &["check", "rules", "--lint=all", "--lint-fatal", rules],
    );
    let tests = ["brand", "pipeline", "care", "campaigns"]
        .map(|name| format!("deploy/prometheus/{name}.test.yml"));
    let mut arguments = vec!["test", "rules"];
    arguments.extend(tests.iter().map(String::as_str));
    run("promtool", &arguments);
    let config = "deploy/prometheus/prometheus.yml";
    run("promtool", &["check", "config", "--syntax-only", config]);
    let tested = tests.map(|file| read(&file)).concat();
    for alert in alerts() {
        let fires = format!("alertname: {alert}\n        exp_alerts:\n");
        assert!(tested.contains(&fires), "no test in which {alert} fires");
        let rests = format!("alertname: {alert}\n        exp_alerts: []");
        assert!(
            tested.contains(&rests),
            "no test in which {alert} doesn't fire"
        );
    }
}

/// Names of all alerts, in their order.
fn alerts() -> Vec<String> {
    let rules = read("deploy/prometheus/rules.yml");
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.dedup();
    assert!(names.len() > 10);
    names
}

#[test]
fn alertmanager_routes_by_scope_brand_and_severity() {
    let file = "deploy/alertmanager/alertmanager.yml";
    run("amtool", &["check-config", file]);
    let config = format!("--config.file={file}");
    let routes = ["config", "routes", "test", &config];
    for (receiver, labels) in [
        (
            "social-care",
            &["scope=brand", "brand=pluimvos", "severity=warning"][..],
        ),
        (
            "social-care-now",
            &["scope=brand", "brand=pluimvos", "severity=critical"],
        ),
        (
            "social-care-mail",
            &["scope=brand", "brand=pluimvos", "severity=info"],
        ),
        (
            "example-brand",
            &["scope=brand", "brand=example-brand", "severity=critical"],
        ),
        ("operations", &["scope=pipeline", "severity=critical"]),
        ("log", &["alertname=other"]),
    ] {
        let expected = format!("--verify.receivers={receiver}");
        run("amtool", &[&routes[..], &[&expected], labels].concat());
    }
}

#[test]
fn messages_carry_the_reasons_and_the_links() {
    let data = r#"{"receiver":"x","status":"firing","groupLabels":{},"commonLabels":{},
        "commonAnnotations":{},"externalURL":"http://alertmanager","alerts":[
        {"status":"firing","labels":{"severity":"critical"},"startsAt":"2026-03-02T00:00:00Z",
         "annotations":{"summary":"SUMMARY","summary_nl":"SAMENVATTING","description":"DRIVERS",
         "triage_url":"http://triage","dashboard_url":"http://board","runbook_url":"http://book"}},
        {"status":"resolved","labels":{},"startsAt":"2026-03-02T00:00:00Z",
         "endsAt":"2026-03-02T01:00:00Z","annotations":{"summary":"ENDED"}}]}"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.json");
    std::fs::write(&file, data).unwrap();
    let file = format!("--template.data={}", file.display());
    let glob = "--template.glob=deploy/alertmanager/templates/*.tmpl";
    for name in ["text", "slack", "teams"] {
        let template = format!("--template.text={{{{ template \"ophef.{name}\" . }}}}");
        let text = run("amtool", &["template", "render", glob, &template, &file]);
        for part in [
            "SUMMARY",
            "SAMENVATTING",
            "DRIVERS",
            "http://triage",
            "http://board",
            "http://book",
            "voorbij: ENDED",
        ] {
            assert!(text.contains(part), "{name} lacks {part}: {text}");
        }
    }
    let subject = "--template.text={{ template \"ophef.subject\" . }}";
    let subject = run("amtool", &["template", "render", glob, subject, &file]);
    assert_eq!(subject.trim(), "[CRITICAL] SUMMARY (and more)");
}

#[test]
fn every_alert_has_a_runbook_in_both_languages() {
    let rules = read("deploy/prometheus/rules.yml");
    let mut named = BTreeSet::new();
    let mut books = BTreeMap::new();
    let mut last = String::new();
    for line in rules.lines().map(str::trim) {
        if let Some(alert) = line.strip_prefix("- alert: ") {
            alert.clone_into(&mut last);
            named.insert(last.clone());
        }
        if let Some(url) = line.strip_prefix("runbook_url: ") {
            let book = url.trim_matches('"').rsplit('/').next().unwrap();
            books.insert(book.to_owned(), last.clone());
        }
    }
    let mut explained = BTreeSet::new();
    for book in books.keys() {
        let text = read(&format!("docs/runbooks/{book}"));
        let [english, dutch] = [
            &[
                "## English",
                "**What it means.**",
                "**Look first**",
                "**Do.**",
                "**When it is false.**",
            ],
            &[
                "## Nederlands",
                "**Wat het betekent.**",
                "**Kijk eerst**",
                "**Doe.**",
                "**Als het vals is.**",
            ],
        ];
        for part in english.iter().chain(dutch) {
            assert!(text.contains(part), "{book} lacks {part}");
        }
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        explained.extend(title.split(", ").map(str::to_owned));
    }
    assert_eq!(explained, named);
    let files = std::fs::read_dir(root().join("docs/runbooks")).unwrap();
    for file in files {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(books.contains_key(&name), "no alert leads to {name}");
    }
}

/// Names of metrics in a text: those with a colon are recorded by a rule.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c: char| !is_part(c));
    let named = words.filter(|word| {
        word.contains(":ophef") || word.starts_with("ophef:") || word.starts_with("ophef_")
    });
    named.map(str::to_owned).collect()
}

/// Every metric that the services declare, with the series of its kind.
fn exported() -> BTreeSet<String> {
    let context = service::Context::default();
    context.announce("test").unwrap();
    context.registry.add_process().unwrap();
    watch::Metrics::register(&context.registry).unwrap();
    care::Metrics::register(&context.registry).unwrap();
    canary::Metrics::register(&context.registry).unwrap();
    console::Metrics::register(&context.registry).unwrap();
    sources::Metrics::register(&context.registry).unwrap();
    let all = [
        context.registry.inventory(),
        score::inventory().unwrap(),
        insight::inventory().unwrap(),
    ]
    .concat();
    let mut names = BTreeSet::new();
    for metric in all {
        if metric.kind == "histogram" {
            let parts = ["bucket", "count", "sum"];
            names.extend(parts.map(|part| format!("{}_{part}", metric.name)));
        }
        names.insert(metric.name);
    }
    names
}

#[test]
fn rules_and_dashboards_name_metrics_that_exist() {
    let rules = read("deploy/prometheus/rules.yml");
    let mut known = exported();
    let recorded = rules.lines().filter_map(|line| line.split_once("record: "));
    known.extend(recorded.map(|(_, name)| name.to_owned()));
    let expressions: Vec<String> = dashboards()
        .iter()
        .flat_map(|(_, dashboard)| tests::expressions(dashboard))
        .collect();
    let expressions = expressions.join("\n");
    for text in [rules, expressions] {
        let named = metrics_in(&text);
        assert!(named.len() > 10);
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

fn dashboards() -> Vec<(String, Value)> {
    [
        "brand-health",
        "spike-triage",
        "trends",
        "pipeline-health",
        "care",
    ]
    .map(|name| {
        let text = read(&format!("deploy/grafana/dashboards/{name}.json"));
        (name.to_owned(), serde_json::from_str(&text).unwrap())
    })
    .to_vec()
}

#[test]
fn dashboards_open_in_an_older_grafana_and_explain_themselves() {
    // Panels that Grafana 9.3 brings along.
    let core = ["timeseries", "stat", "table", "bargauge"];
    let all = dashboards();
    let uids: Vec<&str> = all
        .iter()
        .map(|(_, d)| d["uid"].as_str().unwrap())
        .collect();
    for (name, dashboard) in &all {
        assert_eq!(dashboard["uid"], format!("ophef-{name}"));
        let version = dashboard["schemaVersion"].as_u64().unwrap();
        assert!(version <= 37, "newer than Grafana 9.3");
        for link in dashboard["links"].as_array().unwrap() {
            let url = link["url"].as_str().unwrap();
            let dashboard = url.strip_prefix("/d/").map(|uid| uids.contains(&uid));
            let book = url.strip_prefix("/public/runbooks/");
            let book = book.map(|book| root().join("docs/runbooks").join(book).is_file());
            assert!(dashboard.or(book).unwrap(), "{url}");
        }
        let mut places = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap();
            assert!(!title.is_empty() && core.contains(&panel["type"].as_str().unwrap()));
            let description = panel["description"].as_str().unwrap();
            assert!(description.len() > 30, "{title}");
            let unit = &panel["fieldConfig"]["defaults"]["unit"];
            assert!(unit.is_string(), "{title}");
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|k| panel["gridPos"][k].as_u64().unwrap());
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(
                    cell.0 < 24 && places.insert(cell),
                    "{title} lies on another"
                );
            }
        }
        for expression in tests::expressions(dashboard) {
            let is_steady =
                !expression.contains("rate(") || expression.contains("$__rate_interval");
            assert!(is_steady, "{expression}");
        }
    }
}

#[test]
fn the_kubernetes_manifests_go_together() {
    let folders = [
        "base",
        "ingest",
        "source",
        "autoscaling-keda",
        "autoscaling-cpu",
    ];
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
    for (folder, service) in [
        ("ingest", "ingest"),
        ("source", "source"),
        ("base", "score"),
        ("base", "watch"),
        ("base", "care"),
        ("base", "insight"),
        ("base", "canary"),
        ("base", "console"),
    ] {
        let manifest = read(&format!("deploy/kubernetes/{folder}/{service}.yaml"));
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

#[test]
fn the_unit_for_systemd_is_sound_and_closed() {
    let unit = "deploy/systemd/ophef@.service";
    let text = read(unit);
    for rule in [
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "RestartPreventExitStatus=64",
    ] {
        assert!(text.lines().any(|line| line == rule), "no {rule}");
    }
    let has_it = Command::new("systemd-analyze").arg("--version").output();
    if has_it.is_err() {
        eprintln!("*** SKIPPED: no systemd-analyze here to verify {unit}. ***");
        return;
    }
    // Its program isn't installed here, so another stands in for it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ophef@score.service");
    std::fs::write(&file, text.replace("/usr/local/bin/ophef", "/bin/true")).unwrap();
    let said = run(
        "systemd-analyze",
        &["verify", "--man=no", file.to_str().unwrap()],
    );
    assert_eq!(said.trim(), "");
}

/// What the image is built by is what `make demo` runs, with the packages that
/// `deploy/need.sh` names; the build itself is tested all the time.
#[test]
fn the_image_is_built_by_the_steps_that_are_tested() {
    let image = read("Dockerfile");
    let need = read("deploy/need.sh");
    for package in ["build-essential", "pkg-config", "libssl-dev", "zlib1g-dev"] {
        assert!(
            image.contains(package) && need.contains(package),
            "{package}"
        );
    }
    assert!(image.contains("cargo build --release --locked -p ophef"));
    assert!(read("Makefile").contains("build --release --locked -p ophef"));
    assert!(image.contains("USER 10001") && image.matches("\nFROM ").count() == 2);
    let compose = read("docker-compose.yml");
    for service in ["score", "watch", "care", "insight", "canary", "console"] {
        assert!(
            compose.contains(&format!("command: [run, {service}]")),
            "{service}"
        );
        let target = format!("\"{service}:9464\"");
        assert!(
            read("deploy/prometheus/prometheus.yml").contains(&target),
            "{service}"
        );
    }
}
