//! The binary on a real Kafka: the services, the replay, the topics, and what it
//! says when Kafka isn't as it should be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

mod own_brand;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use kafka::{Delivery, Outgoing, Sink};
use mention::{Record, Spike, Topic};
use serde_json::Value;
use support::{Running, data, err, finish, free_address, ophef, out};
use tempfile::TempDir;
use tests::{Deployment, RealKafka};

const WITHIN: Duration = Duration::from_secs(120);
const QUIET: Duration = Duration::from_secs(2);
const PARTITIONS: u16 = 4;

/// A configuration for one test's topics, and the processes that use it.
struct Setup {
    deployment: Deployment,
    folder: TempDir,
}

impl Setup {
    fn new() -> Self {
        let deployment = Deployment::without_topics(RealKafka::shared(), PARTITIONS);
        let setup = Self {
            deployment,
            folder: tempfile::tempdir().unwrap(),
        };
        let connection = &setup.deployment.connection;
        let file = format!(
            "[kafka]\nbrokers = \"{}\"\ntopic_prefix = \"{}\"\npartitions = {PARTITIONS}\n[log]\nformat = \"text\"\n",
            connection.brokers, connection.topic_prefix
        );
        std::fs::write(setup.config(), file).unwrap();
        setup
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("ophef.toml")
    }

    fn command(&self, args: &[&str]) -> Command {
        let config = self.config();
        let with_config = [&["--config", config.to_str().unwrap()], args].concat();
        let mut command = ophef(&with_config);
        command.current_dir(self.folder.path());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        finish(self.command(args).spawn().unwrap())
    }

    fn start(&self, service: &str) -> Service {
        let listen = free_address();
        let log = std::fs::File::create(self.folder.path().join(format!("{service}.log"))).unwrap();
        let child = self
            .command(&["run", service])
            .env("OPHEF_HTTP__LISTEN", listen.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        Service {
            child: Running(child.unwrap()),
            listen,
        }
    }
}

struct Service {
    child: Running,
    listen: SocketAddr,
}

impl Service {
    fn get(&self, path: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(self.listen) else {
            return String::new();
        };
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        let _ = stream.read_to_string(&mut response);
        response
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + WITHIN;
        while !self.get("/readyz").starts_with("HTTP/1.1 200") {
            assert!(
                Instant::now() < deadline,
                "not ready: {}",
                self.get("/readyz")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks it to stop as an orchestrator does; it must end by itself, without error.
    fn stop(mut self) {
        let pid = self.child.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let deadline = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "didn't stop");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{status}");
    }
}

/// Last revisions of the spikes on the topic, by onset and id, as JSON.
fn spikes(deployment: &Deployment, at_least: usize) -> String {
    let topic = deployment.connection.topic(Topic::Spikes);
    let found = deployment.read(&topic, at_least, WITHIN, QUIET);
    let last: BTreeMap<String, Spike> = found
        .iter()
        .map(|record| {
            (
                record.key.clone(),
                serde_json::from_slice(&record.value).unwrap(),
            )
        })
        .collect();
    let mut spikes: Vec<Spike> = last.into_values().collect();
    spikes.sort_by(|a, b| (a.onset, &a.id).cmp(&(b.onset, &b.id)));
    serde_json::to_value(spikes).unwrap().to_string()
}

/// Plays `from` through the services on a real Kafka, and through the backtest;
/// the counts and the spikes are the same.
fn same_as_offline(from: &Path, mentions: usize) {
    let setup = Setup::new();
    let created = setup.run(&["topics", "create"]);
    assert!(created.status.success(), "{}", err(&created));
    let services = ["score", "watch"].map(|service| setup.start(service));
    services.iter().for_each(Service::wait_until_ready);
    let from = from.to_str().unwrap();
    let replayed = setup.run(&["replay", "--from", from]);
    assert!(replayed.status.success(), "{}", err(&replayed));
    let topic = setup.deployment.connection.topic(Topic::Scored);
    let scored = setup.deployment.read(&topic, mentions, WITHIN, QUIET);
    let mut ids = BTreeMap::new();
    for record in &scored {
        if let Record::Mention(mention) = mention::parse(&record.value).unwrap() {
            assert_eq!(mention.brand.as_str(), record.key);
            assert!(mention.score.is_some());
            let identity = (record.key.clone(), mention.platform, mention.id.to_string());
            *ids.entry(identity).or_insert(0) += 1;
        }
    }
    assert_eq!(ids.len(), mentions, "each mention once");
    assert!(ids.values().all(|count| *count == 1));
    let backtest = setup.run(&["backtest", "--json", "--from", from]);
    let backtest: Value = serde_json::from_slice(&backtest.stdout).unwrap();
    assert_eq!(backtest["scored"], mentions);
    let expected = backtest["spikes"].as_array().unwrap().len();
    assert!(expected > 0);
    assert_eq!(
        spikes(&setup.deployment, expected),
        backtest["spikes"].to_string()
    );
    let metrics = services[1].get("/metrics");
    assert!(metrics.contains("ophef_mentions_total{"), "{metrics}");
    services.into_iter().for_each(Service::stop);
}

#[test]
fn real_mentions_give_the_same_counts_and_spikes_as_the_demo() {
    let Some(data) = data() else { return };
    same_as_offline(&data.join("spikes/airline_stream.jsonl"), 14_485);
}

#[test]
fn the_bundled_week_gives_the_same_on_a_real_kafka() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.jsonl");
    let lines: Vec<String> = sample::Week::new(1, sample::DEFAULT_START).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let posts = lines
        .iter()
        .filter(|line| !line.contains("\"event\":\"update\""))
        .count();
    let setup = Setup::new();
    assert!(setup.run(&["topics", "create"]).status.success());
    let services = ["score", "watch"].map(|service| setup.start(service));
    services.iter().for_each(Service::wait_until_ready);
    let path = path.to_str().unwrap();
    assert!(setup.run(&["replay", "--from", path]).status.success());
    let topic = setup.deployment.connection.topic(Topic::Scored);
    let scored = setup.deployment.read(&topic, lines.len(), WITHIN, QUIET);
    let with_score = scored.iter().filter(|record| {
        matches!(mention::parse(&record.value), Ok(Record::Mention(m)) if m.score.is_some())
    });
    assert_eq!(with_score.count(), posts);
    let backtest = setup.run(&["backtest", "--json", "--from", path]);
    let backtest: Value = serde_json::from_slice(&backtest.stdout).unwrap();
    let expected = backtest["spikes"].as_array().unwrap().len();
    assert_eq!(
        spikes(&setup.deployment, expected),
        backtest["spikes"].to_string()
    );
    services.into_iter().for_each(Service::stop);
}

#[test]
fn corrections_come_back_from_their_topic() {
    let setup = Setup::new();
    assert!(setup.run(&["topics", "create"]).status.success());
    let connection = &setup.deployment.connection;
    let mut sink = Sink::connect(connection, Delivery::AtLeastOnce, "correct", "1").unwrap();
    let records = [
        ("acme/x/1", Some(r#"{"id":"1","text":"Top","label":"neg"}"#)),
        ("acme/x/2", Some(r#"{"id":"2","label":"neu"}"#)),
        ("acme/x/3", Some("nonsense")),
        ("acme/x/1", Some(r#"{"id":"1","text":"Top","label":"pos"}"#)),
        ("acme/x/2", None),
    ];
    for (key, value) in records {
        let outgoing = Outgoing {
            topic: Topic::Corrections,
            partition: None,
            key: Some(key.as_bytes()),
            value: value.map(str::as_bytes),
            stamped_at: None,
        };
        sink.send(&outgoing).unwrap();
    }
    sink.flush().unwrap();
    let exported = setup.run(&["corrections", "export"]);
    assert!(exported.status.success(), "{}", err(&exported));
    let expected = "{\"id\":\"1\",\"text\":\"Top\",\"label\":\"positive\"}\n";
    assert_eq!(out(&exported), expected);
    let said = "1 corrections; 1 records aren't corrections";
    assert!(err(&exported).contains(said), "{}", err(&exported));
}

#[test]
fn a_missing_topic_is_one_clear_sentence() {
    let setup = Setup::new();
    for args in [
        &["run", "score"][..],
        &["replay"],
        &["corrections", "export"],
    ] {
        let output = setup.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let errors = err(&output);
        // The client's own threads may still log after it.
        let said = errors.lines().find(|line| line.starts_with("ophef: "));
        let is_clear = said.is_some_and(|line| line.contains("ophef topics create"));
        assert!(is_clear, "{args:?}: {errors}");
    }
    let checked = setup.run(&["topics", "check"]);
    assert_eq!(checked.status.code(), Some(1));
}

#[test]
fn topics_are_created_once_and_then_as_they_should_be() {
    let setup = Setup::new();
    let first = setup.run(&["topics", "create"]);
    assert!(
        out(&first).lines().all(|line| line.starts_with("created")),
        "{first:?}"
    );
    let second = setup.run(&["topics", "create"]);
    assert!(
        out(&second).lines().all(|line| line.starts_with("existed")),
        "{second:?}"
    );
    let checked = setup.run(&["topics", "check"]);
    assert!(checked.status.success(), "{}", out(&checked));
}

/// The last line of standard output: the total.
fn total(output: &Output) -> String {
    assert!(output.status.success(), "{}", err(output));
    let out = out(output);
    out.lines().last().unwrap_or_default().trim().to_owned()
}

#[test]
fn dead_letters_are_listed_and_sent_again_once() {
    let setup = Setup::new();
    assert!(setup.run(&["topics", "create"]).status.success());
    let service = setup.start("score");
    service.wait_until_ready();
    let far = r#"{"id":"9","brand":"acme","platform":"x","created_at":"2999-01-01T00:00:00Z","text":"ooit"}"#;
    let bad = [(0, "geen json"), (1, "ook niet"), (3, "{"), (2, far)];
    let deployment = &setup.deployment;
    deployment.write(Topic::Mentions, bad.map(|(p, value)| (p, value.as_bytes())));
    let dead = deployment.connection.dead_topic(Topic::Mentions);
    assert_eq!(deployment.read(&dead, 4, WITHIN, QUIET).len(), 4);
    let listed = out(&setup.run(&["dead-letters", "list"]));
    assert!(
        listed.contains("3  not_json\n") && listed.contains("1  time_ahead\n"),
        "{listed}"
    );
    assert!(!listed.contains("geen json"), "only on request: {listed}");
    let listed = out(&setup.run(&["dead-letters", "list", "--values", "--json", "--limit", "9"]));
    let letters: Vec<Value> = listed
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let mut values: Vec<_> = letters
        .iter()
        .map(|l| l["value"].as_str().unwrap())
        .collect();
    values.sort_unstable();
    let mut expected = bad.map(|(_, value)| value);
    expected.sort_unstable();
    assert_eq!(values, expected);
    assert!(
        letters
            .iter()
            .all(|l| l["offset"] == 0 && l["stage"] == "score")
    );
    // A dry run changes nothing; a replay sends each letter once.
    let replay = ["dead-letters", "replay", "--reason", "not_json"];
    let dry = setup.run(&[&replay[..], &["--dry-run"]].concat());
    assert_eq!(total(&dry), "1  passed over: another reason");
    let sent = setup.run(&replay);
    assert!(
        out(&sent).contains("3  dead letters sent again\n"),
        "{}",
        out(&sent)
    );
    // Not mended, they are rejected again, and only these are left.
    assert_eq!(deployment.read(&dead, 7, WITHIN, QUIET).len(), 7);
    assert_eq!(
        total(&setup.run(&["dead-letters", "list"])),
        "3  dead letters"
    );
    assert_eq!(
        total(&setup.run(&["dead-letters", "list", "--all"])),
        "7  dead letters"
    );
    service.stop();
    assert_eq!(
        total(&setup.run(&["dead-letters", "replay"])),
        "3  dead letters sent again"
    );
    assert_eq!(
        total(&setup.run(&["dead-letters", "replay"])),
        "0  dead letters sent again"
    );
    let mentions = deployment.connection.topic(Topic::Mentions);
    assert_eq!(deployment.read(&mentions, 10, WITHIN, QUIET).len(), 10);
    let wrong = setup.run(&["dead-letters", "list", "--reason", "boredom"]);
    assert!(
        err(&wrong).contains("there are not_utf8, not_json"),
        "{}",
        err(&wrong)
    );
}

#[test]
fn a_topic_of_something_else_stops_the_service() {
    let setup = Setup::new();
    assert!(setup.run(&["topics", "create"]).status.success());
    let deployment = &setup.deployment;
    let lines: Vec<String> = (0..400).map(|i| format!("<log line=\"{i}\"/>")).collect();
    let partition = |i: usize| i32::try_from(i % usize::from(PARTITIONS)).unwrap();
    let records = lines.iter().enumerate();
    deployment.write(
        Topic::Mentions,
        records.map(|(i, line)| (partition(i), line.as_bytes())),
    );
    let run = setup.run(&["run", "score"]);
    assert!(!run.status.success());
    let text = err(&run);
    assert!(
        text.contains("were rejected, the last as not_json"),
        "{text}"
    );
    assert!(text.contains("`dead_letter_limit` under [kafka]"), "{text}");
    let dead = deployment.connection.dead_topic(Topic::Mentions);
    assert!(
        deployment.read(&dead, 0, WITHIN, QUIET).len() < 200,
        "most are kept back"
    );
}

#[test]
fn the_pipeline_is_measured_stage_by_stage() {
    let setup = Setup::new();
    let few = [
        "--mentions",
        "3000",
        "--rounds",
        "1",
        "--rate",
        "500",
        "--seconds",
        "2",
    ];
    let output = setup.run(&[&["bench", "pipeline", "--json"], &few[..]].concat());
    // Topics that couldn't be deleted would be named.
    assert_eq!(
        (output.status.code(), err(&output)),
        (Some(0), String::new())
    );
    let results: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(results["plan"]["mentions"], 3_000);
    let stages = [
        "consume", "parse", "raw", "score", "watch", "chain", "latency",
    ];
    assert_eq!(results["stages"].as_object().unwrap().len(), stages.len());
    for stage in stages {
        for figure in ["records_per_second", "peak_mebibytes"] {
            let value = results["stages"][stage][figure]["median"].as_f64();
            assert!(value.unwrap() > 0.0, "{stage} {figure}");
        }
    }
    let round = &results["latency"]["rounds"][0];
    // Twice 500, and 30 complaints about each of 20 brands.
    assert_eq!(round["scored"]["count"], 1_600);
    assert!(round["scored"]["p99_ms"].as_u64().unwrap() > 0);
    assert!(round["spikes"]["count"].as_u64().unwrap() > 0);
}
