//! What operations teams see, from the topic of mentions to the webhook: real Kafka, the
//! services as they are shipped, real Prometheus and Alertmanager.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says so"
)]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/monitoring.rs"]
mod monitoring;
mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kafka::{Delivery, Outgoing, Sink, Tail};
use mention::{EventTime, Mention, Record, Spike, Topic};
use monitoring::{Delivered, Monitoring, Receiver, get, read, wait_for};
use sample::{PlantedKind, Week};
use serde_json::Value;
use support::{Running, finish, free_address, ophef};
use tempfile::TempDir;
use tests::{Deployment, RealKafka};

const PARTITIONS: u16 = 2;
/// How long anything may take that isn't measured.
const WITHIN: Duration = Duration::from_secs(120);
/// How long the webhook may take after the spike's record.
const PROMISED: Duration = Duration::from_secs(60);
/// What lets a program respond on the console.
const TOKEN: &str = "a-token-for-the-tests";
/// The brand whose wave of complaints it is; the one whose viral thread, and the one whose
/// campaign it is.
const WAVE: &str = "pluimvos";
const THREAD: &str = "candlemaker";
const CAMPAIGN: &str = "campaigner";

/// The topics, and the services that work on them.
struct Pipeline {
    deployment: Deployment,
    services: Vec<(&'static str, SocketAddr)>,
    /// Where the console's pages are.
    console: SocketAddr,
    _running: Vec<Running>,
}

impl Pipeline {
    fn start(folder: &TempDir) -> Self {
        let deployment = Deployment::without_topics(RealKafka::shared(), PARTITIONS);
        let connection = &deployment.connection;
        let config = folder.path().join("ophef.toml");
        let text = format!(
            "[kafka]\nbrokers = \"{}\"\ntopic_prefix = \"{}\"\npartitions = {PARTITIONS}\n\
             [canary]\ninterval_seconds = 1\n[console]\ntoken = \"{TOKEN}\"\n",
            connection.brokers, connection.topic_prefix
        );
        std::fs::write(&config, text).unwrap();
        let config = config.to_str().unwrap();
        let created = finish(
            ophef(&["--config", config, "topics", "create"])
                .spawn()
                .unwrap(),
        );
        assert!(created.status.success());
        let console = free_address();
        let mut services = Vec::new();
        let mut running = Vec::new();
        for service in ["score", "watch", "care", "insight", "canary", "console"] {
            let listen = free_address();
            let log = std::fs::File::create(folder.path().join(format!("{service}.log"))).unwrap();
            let child = ophef(&["--config", config, "run", service])
                .env("OPHEF_HTTP__LISTEN", listen.to_string())
                .env("OPHEF_CONSOLE__LISTEN", console.to_string())
                .stderr(log)
                .spawn();
            running.push(Running(child.unwrap()));
            services.push((service, listen));
        }
        for (service, listen) in &services {
            wait_for(service, WITHIN, || {
                get(*listen, "/readyz").filter(|(status, _)| *status == 200)
            });
        }
        Self {
            deployment,
            services,
            console,
            _running: running,
        }
    }
}

const fn outgoing<'a>(brand: &'a str, value: &'a str) -> Outgoing<'a> {
    Outgoing {
        topic: Topic::Mentions,
        partition: None,
        key: Some(brand.as_bytes()),
        value: Some(value.as_bytes()),
        stamped_at: None,
    }
}

fn mention_of(line: &str) -> Box<Mention<'_>> {
    match mention::parse(line.as_bytes()) {
        Ok(Record::Mention(mention)) => mention,
        other => panic!("{other:?}"),
    }
}

/// The bundled week up to now, which is `into_ms` after the beginning of what was planted.
fn week_until_now(kind: PlantedKind, into_ms: i64) -> Vec<(EventTime, String)> {
    let planted = sample::planted()
        .iter()
        .find(|planted| planted.kind == kind);
    let now = service::clock::now();
    let begin = planted.unwrap().from(EventTime::from_millis(0)).millis();
    let week = Week::new(7, now.plus_millis(-begin - into_ms));
    let timed = week.map(|line| (mention_of(&line).created_at, line));
    timed.take_while(|(at, _)| *at <= now).collect()
}

/// The wave of complaints of one brand, the viral thread of another and the campaign of a
/// third, and the everyday cases, all at this moment.
fn stream(now: EventTime) -> Vec<(String, String)> {
    let own = format!("\"brand\":\"{WAVE}\"");
    let minutes = |minutes: i64| minutes * EventTime::MINUTE_MS;
    let mut all = week_until_now(PlantedKind::DeliveryWave, minutes(40));
    for (kind, into_ms, brand) in [
        (PlantedKind::ViralThread, minutes(60), THREAD),
        (PlantedKind::Campaign, minutes(180), CAMPAIGN),
    ] {
        let other = format!("\"brand\":\"{brand}\"");
        let week = week_until_now(kind, into_ms).into_iter();
        let week = week.filter(|(_, line)| line.contains(&own));
        all.extend(week.map(|(at, line)| (at, line.replace(&own, &other))));
    }
    all.extend(cases::mentions(now));
    all.sort_by_key(|(at, _)| *at);
    let named = all.into_iter().map(|(_, line)| {
        let brand = mention_of(&line).brand.as_str().to_owned();
        (brand, line)
    });
    named.collect()
}

/// What an advertising platform tells of a campaign of yesterday.
fn campaign_totals(now: EventTime) -> String {
    let from = now.plus_millis(-EventTime::DAY_MS);
    format!(
        r#"{{"brand":"{WAVE}","campaign":"herfst","platform":"instagram","created_at":"{from}","impressions":9000,"engagements":300,"clicks":200,"conversions":10,"spend":80.5,"currency":"EUR"}}"#
    )
}

/// The first record of the wave's spike, and when it could be read.
fn spike_record(pipeline: &Pipeline) -> (Spike, Instant) {
    let connection = &pipeline.deployment.connection;
    let topics = [connection.topic(Topic::Spikes)];
    let tail = Tail::open(connection, &topics, i32::from(PARTITIONS)).unwrap();
    wait_for("spike", WITHIN, || {
        while let Ok(Some(record)) = tail.next(Duration::from_millis(50)) {
            let spike: Spike = serde_json::from_slice(record.value()).unwrap();
            if spike.brand == WAVE && spike.pages {
                return Some((spike, Instant::now()));
            }
        }
        None
    })
}

/// Panels' expressions that have returned data, and all of them.
struct Panels {
    expected: BTreeSet<String>,
    answered: BTreeSet<String>,
}

impl Panels {
    fn of_all_dashboards() -> Self {
        let mut expected = BTreeSet::new();
        for name in [
            "brand-health",
            "spike-triage",
            "trends",
            "pipeline-health",
            "care",
        ] {
            let text = read(&format!("deploy/grafana/dashboards/{name}.json"));
            expected.extend(tests::expressions(&serde_json::from_str(&text).unwrap()));
        }
        Self {
            expected,
            answered: BTreeSet::new(),
        }
    }

    /// Asks those that haven't answered yet; those that still don't.
    fn ask(&mut self, monitoring: &Monitoring) -> Vec<String> {
        let open: Vec<String> = self.expected.difference(&self.answered).cloned().collect();
        for expression in open {
            let asked = expression
                .replace("$__rate_interval", "20s")
                .replace("$brand", &format!("{WAVE}|{THREAD}"))
                .replace("$platform", ".+");
            if !monitoring.query(&asked).is_empty() {
                self.answered.insert(expression);
            }
        }
        self.expected.difference(&self.answered).cloned().collect()
    }

    /// Asks until all have answered but those that may stay silent.
    fn wait(&mut self, monitoring: &Monitoring, may_wait: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + WITHIN;
        loop {
            let mut open = self.ask(monitoring);
            open.retain(|expression| !may_wait(expression));
            if open.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "without data: {open:#?}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// What the alert says is what a revision of the spike says.
fn check_alert(alert: &Delivered, spike: &Spike, pipeline: &Pipeline) {
    let deployment = &pipeline.deployment;
    let topic = deployment.connection.topic(Topic::Spikes);
    let records = deployment.read(&topic, 1, WITHIN, Duration::from_secs(1));
    let revisions = records
        .iter()
        .map(|record| serde_json::from_slice::<Spike>(&record.value).unwrap());
    let revisions: Vec<Spike> = revisions.filter(|other| other.id == spike.id).collect();
    let description = alert.annotation("description");
    let mut drivers = revisions.iter().flat_map(|spike| &spike.drivers);
    let is_named = drivers
        .any(|driver| description.contains(&format!(" {} {} ", driver.dimension, driver.value)));
    assert!(
        is_named && description.contains("Drivers:"),
        "{description}"
    );
    let mut terms = revisions.iter().flat_map(|spike| &spike.terms);
    let has_word = terms.any(|term| description.contains(&format!(" {}", term.term)));
    assert!(has_word && description.contains("Words:"), "{description}");
    assert!(alert.annotation("summary_nl").contains(WAVE));
    check_triage(alert, spike, pipeline);
    for link in ["dashboard_url", "runbook_url"] {
        let url = alert.annotation(link).strip_prefix("http://").unwrap();
        let (address, path) = url.split_once('/').unwrap();
        let (status, _) = get(address.parse().unwrap(), &format!("/{path}")).unwrap();
        assert_eq!(status, 200, "{link}: {url}");
    }
}

/// The link for triage leads to the console's page of the spike, which tells of it.
fn check_triage(alert: &Delivered, spike: &Spike, pipeline: &Pipeline) {
    let begin = format!("http://{}/go?", pipeline.console);
    let url = alert.annotation("triage_url");
    assert!(url.starts_with(&begin), "{url}");
    let path = url.trim_start_matches(&format!("http://{}", pipeline.console));
    let (status, _) = get(pipeline.console, path).unwrap();
    assert_eq!(status, 303, "{url}");
    let page = format!("/spikes/{}", spike.id);
    let (status, page) = get(pipeline.console, &page).unwrap();
    assert_eq!(status, 200);
    assert!(page.contains(WAVE) && page.contains("<svg"), "{page}");
}

/// A verdict is kept by Kafka: a console that starts after it shows it, and counts it.
fn check_feedback(pipeline: &Pipeline, folder: &TempDir, spike: &Spike) {
    let mut stream = TcpStream::connect(pipeline.console).unwrap();
    let body = r#"{"verdict":"useful"}"#;
    write!(
        stream,
        "POST /api/v1/spikes/{}/feedback HTTP/1.0\r\nhost: localhost\r\n\
         authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        spike.id,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    let config = folder.path().join("ophef.toml");
    let (console, listen) = (free_address(), free_address());
    let child = ophef(&["--config", config.to_str().unwrap(), "run", "console"])
        .env("OPHEF_HTTP__LISTEN", listen.to_string())
        .env("OPHEF_CONSOLE__LISTEN", console.to_string())
        .stderr(std::fs::File::create(folder.path().join("second.log")).unwrap())
        .spawn();
    let _second = Running(child.unwrap());
    wait_for("second console", WITHIN, || {
        get(listen, "/readyz").filter(|(status, _)| *status == 200)
    });
    let (_, page) = get(console, &format!("/spikes/{}", spike.id)).unwrap();
    assert!(page.contains("Useful, API"), "{page}");
    let (_, metrics) = get(listen, "/metrics").unwrap();
    let verdict = format!("ophef_alert_verdicts{{brand=\"{WAVE}\",outcome=\"useful\"}} 1");
    assert!(metrics.contains(&verdict), "{metrics}");
}

/// Somebody who says something all the time, until this is dropped: then the input is
/// silent.
struct Chatter {
    stop: Arc<AtomicBool>,
    speaker: Option<JoinHandle<()>>,
}

impl Chatter {
    fn start(mut sink: Sink) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let speaker = std::thread::spawn(move || {
            for id in 1_000_000.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (now, text) = (
                    service::clock::now(),
                    "Ik heb een vraag over mijn bestelling",
                );
                let line = tests::mentions::mention("zeegroen", id, now, text, "");
                let _ = sink.send(&outgoing("zeegroen", &line));
                let _ = sink.flush();
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        Self {
            stop,
            speaker: Some(speaker),
        }
    }
}

impl Drop for Chatter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(speaker) = self.speaker.take() {
            let _ = speaker.join();
        }
    }
}

/// The first alert delivered that is as asked for.
fn delivered(what: &str, receiver: &Receiver, is: impl Fn(&Delivered) -> bool) -> Delivered {
    wait_for(what, WITHIN, || receiver.delivered().into_iter().find(&is))
}

/// The everyday cases: who is to be called is, in time, by Prometheus' alert; the others
/// call nobody.
fn check_cases(pipeline: &Pipeline, monitoring: &Monitoring, now: EventTime) {
    let deployment = &pipeline.deployment;
    let topic = deployment.connection.topic(Topic::Spikes);
    let alerts = |brand| format!("ALERTS{{brand=\"{brand}\",severity!=\"info\"");
    for case in cases::CASES.iter().filter(|case| case.pages) {
        let firing = format!("{},alertstate=\"firing\"}}", alerts(case.brand));
        wait_for(case.brand, WITHIN, || monitoring.query(&firing).pop());
    }
    let records = deployment.read(&topic, 1, WITHIN, Duration::from_secs(1));
    let spike = |record: &tests::Found| serde_json::from_slice::<Spike>(&record.value).unwrap();
    let revisions: Vec<Spike> = records.iter().map(spike).collect();
    for case in &cases::CASES {
        let (brand, change) = (case.brand, case.change(now));
        let own = revisions
            .iter()
            .filter(|spike| spike.brand == brand && spike.pages);
        let since: Vec<&Spike> = own.filter(|spike| spike.detected_at >= change).collect();
        if case.pages {
            let first = since.first().map(|spike| spike.detected_at.millis());
            let late = first.map(|at| (at - change.millis()) / EventTime::MINUTE_MS);
            eprintln!("{brand}: paged after {late:?} minutes of event time");
            assert!(
                late.is_some_and(|late| late < cases::IN_TIME),
                "{brand}: {late:?}"
            );
            // The first one is held until it ends, which it hasn't.
            let last = since.iter().rfind(|spike| spike.id == since[0].id);
            assert!(
                last.is_some_and(|spike| spike.closed_at.is_none()),
                "{brand}: {last:?}"
            );
        } else {
            assert_eq!(since, Vec::<&Spike>::new(), "{brand}");
            // What is pending calls nobody.
            let firing = format!(
                "max_over_time({},alertstate=\"firing\"}}[1h])",
                alerts(brand)
            );
            let paged = monitoring.query(&firing);
            assert_eq!(paged, Vec::<Value>::new(), "{brand}");
        }
    }
}

/// A campaign that was noticed, and of which nobody heard.
fn check_campaign(monitoring: &Monitoring, receiver: &Receiver) {
    let of = format!("brand=\"{CAMPAIGN}\"");
    let seen = format!("max_over_time(ophef_volume_severity{{{of},platform=\"all\"}}[1h]) >= 1");
    let seen = monitoring.query(&seen);
    assert!(!seen.is_empty(), "the campaign wasn't even noticed");
    let paged =
        format!("max_over_time(ALERTS{{{of},severity!=\"info\",alertstate=\"firing\"}}[1h])");
    assert_eq!(monitoring.query(&paged), Vec::<Value>::new());
    let mut delivered = receiver.delivered().into_iter();
    assert!(delivered.all(|alert| alert.label("brand") != CAMPAIGN));
}

#[test]
fn a_wave_reaches_the_webhook_and_a_campaign_nobody() {
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let pipeline = Pipeline::start(&folder);
    let monitoring = Monitoring::start(
        folder.path(),
        &pipeline.services,
        pipeline.console,
        &receiver,
    );
    eprintln!("everything runs after {:?}", begun.elapsed());

    let connection = &pipeline.deployment.connection;
    let mut sink = Sink::connect(connection, Delivery::AtLeastOnce, "tests", "1").unwrap();
    let now = service::clock::now();
    let lines = stream(now);
    for batch in lines.chunks(5_000) {
        for (brand, line) in batch {
            sink.send(&outgoing(brand, line)).unwrap();
        }
        sink.flush().unwrap();
    }
    sink.send(&Outgoing {
        topic: Topic::CampaignEvents,
        ..outgoing(WAVE, &campaign_totals(now))
    })
    .unwrap();
    let chatter = Chatter::start(sink);
    let (spike, read_at) = spike_record(&pipeline);
    let alert = delivered("webhook", &receiver, |alert| {
        alert.label("brand") == WAVE && alert.is_firing()
    });
    let took = alert.at.saturating_duration_since(read_at);
    eprintln!(
        "{} mentions; the webhook was called {took:?} after the spike's record",
        lines.len()
    );
    assert!(took < PROMISED, "{took:?}");
    check_alert(&alert, &spike, &pipeline);

    let thread = delivered("alert of the thread", &receiver, |alert| {
        alert.label("brand") == THREAD && alert.is_firing()
    });
    let alerts = [
        "OphefViralThread",
        "OphefInfluencerNegative",
        "OphefSevereSpike",
    ];
    assert!(alerts.contains(&thread.label("alertname")), "{thread:?}");
    check_cases(&pipeline, &monitoring, now);
    let mut panels = Panels::of_all_dashboards();
    // The panel of the pipeline's alerts has to wait for one.
    panels.wait(&monitoring, |open| open.contains("ALERTS"));
    drop(chatter);
    delivered("alert of the silent input", &receiver, |alert| {
        alert.label("alertname") == "OphefInputSilent" && alert.receiver == "operations"
    });
    panels.wait(&monitoring, |_| false);
    let count = panels.expected.len();
    eprintln!("{count} expressions of panels returned data");
    let held_back = wait_for("inhibited alert", WITHIN, || {
        let mut inhibited = monitoring.inhibited().into_iter();
        inhibited.find(|alert| alert["labels"]["brand"] == WAVE)
    });
    assert_eq!(held_back["labels"]["scope"], "brand");
    check_campaign(&monitoring, &receiver);
    check_feedback(&pipeline, &folder, &spike);
    let exemplars = monitoring.exemplars("ophef_event_to_scored_seconds_bucket");
    assert!(!exemplars.is_empty(), "no exemplar reached Prometheus");
    eprintln!("done after {:?}", begun.elapsed());
}
