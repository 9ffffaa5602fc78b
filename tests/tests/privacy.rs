//! Personal data that is planted at the door comes out nowhere: neither on a topic, the raw
//! one aside, nor in a log, a metric or a page.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use brands::{Matcher, Rules};
use decode::Options;
use ingest::Stored;
use kafka::Tail;
use mention::{EventTime, Topic};
use redact::{Key, Pseudonyms};
use sentiment::Model;
use service::tasks::{self, Thread};
use service::{Context, Settings};
use tests::{Deployment, RealKafka};

/// Parts of what is planted, by which it would be recognised.
const PLANTED: [&str; 12] = [
    "geheim.jan",
    "12345678",
    "0417164300",
    "123456782",
    "1234 AB",
    "99887766",
    "V-123-BX",
    "Geheimhouder",
    "jan_geheim",
    "plc:geheim",
    "geheimpad",
    "3SABCD7654321",
];

/// Complaints with all of it, each in words of its own.
const COMPLAINTS: [&str; 8] = [
    "Waardeloos, mijn pakket van pluimvos is kwijt! Bel me op 06-12345678. Mvg Jan de Geheimhouder",
    "Schandalig slechte service van pluimvos, niemand reageert. Mail naar geheim.jan@voorbeeld.nl",
    "Pluimvos heeft bestelling 99887766 verknald, belachelijk en waardeloos, nooit meer",
    "Wat een vreselijke winkel die pluimvos, stort het terug op NL91 ABNA 0417 1643 00!",
    "Pluimvos lekt mijn gegevens: bsn 123456782, postcode 1234 AB 56. Ronduit slecht",
    "Bus van pluimvos met kenteken V-123-BX reed me bijna aan, gevaarlijk en schandalig",
    "@pluimvos @jan_geheim kapot geleverd en geen geld terug, zie https://a.example/geheimpad/7",
    "Slecht! Track en trace 3SABCD7654321 van pluimvos staat al weken stil, wat een ramp",
];

/// A week of three mentions an hour, then an hour of complaints.
fn events() -> Vec<String> {
    let from = 1_772_442_000_000_i64;
    let hours = (0..168).flat_map(|hour| (0..3).map(move |third| hour * 60 + third * 20));
    let calm = hours.map(|minute| (minute, "Vandaag iets besteld bij pluimvos"));
    let wave = (0..60).map(|minute| (168 * 60 + minute, ""));
    let all = calm.chain(wave).enumerate();
    all.map(|(number, (minute, text))| {
        let at = EventTime::from_millis(from + minute * 60_000);
        let (micros, text) = (at.millis() * 1_000, match text {
            "" => COMPLAINTS[number % COMPLAINTS.len()],
            calm => calm,
        });
        // Words that differ, so that they aren't copies of one text.
        let own = ["morgen", "gisteren", "straks", "alweer", "zomaar", "net", "laatst"][number % 7];
        let other = ["Utrecht", "Gent", "Zwolle", "Breda", "Assen"][number / 7 % 5];
        format!(
            r#"{{"did":"did:plc:geheim{number}","time_us":{micros},"kind":"commit","commit":{{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"k{number}","record":{{"$type":"app.bsky.feed.post","createdAt":"{at}","text":"{text} {own} {other} {number}"}}}}}}"#
        )
    })
    .collect()
}

fn ingest_settings(service: Settings) -> ingest::Settings {
    let rules = Rules {
        names: vec!["pluimvos".to_owned()],
        handles: vec!["pluimvos".to_owned()],
        ..Rules::new("pluimvos")
    };
    let key = Key::new("t", &[7; 32]).unwrap();
    ingest::Settings {
        service,
        options: Options::default(),
        matcher: Matcher::new(vec![rules]).unwrap(),
        privacy: Arc::new(Stored::new(
            Pseudonyms::new(key, Vec::new()),
            ["pluimvos", "@pluimvos"],
        )),
        keep_urls: false,
        heartbeats: false,
    }
}

type Running = Thread<Result<(), service::Error>>;

/// The whole pipeline in this process, each service with metrics of its own.
fn start(deployment: &Deployment, pages: SocketAddr) -> Vec<(Context, Running)> {
    fn run(
        name: &str,
        settings: Settings,
        work: impl FnOnce(Settings, &Context) -> Result<(), service::Error> + Send + 'static,
    ) -> (Context, Running) {
        let context = Context::default();
        let of_service = context.clone();
        let thread = tasks::thread(name, move || work(settings, &of_service)).unwrap();
        (context, thread)
    }
    let settings = || Settings::new(deployment.connection.clone());
    vec![
        run("ingest", settings(), |settings, context| {
            ingest::run(ingest_settings(settings), context)
        }),
        run("score", settings(), |settings, context| {
            score::run(&settings, Arc::new(Model::embedded().unwrap()), context)
        }),
        run("watch", settings(), |settings, context| {
            watch::run(&watch::Settings::new(settings), context)
        }),
        run("care", settings(), |settings, context| {
            care::run(&care::Settings::new(settings), context)
        }),
        run("insight", settings(), |settings, context| {
            insight::run(&insight::Settings::new(settings), context)
        }),
        run("console", settings(), move |settings, context| {
            console::run(&console::Settings::new(settings, pages), context)
        }),
    ]
}

/// All that is read from these topics until a spike came and nothing more does.
fn read_all(deployment: &Deployment, topics: &[String]) -> Vec<(String, Vec<u8>)> {
    let tail = Tail::open(
        &deployment.connection,
        topics,
        i32::from(deployment.partitions),
    )
    .unwrap();
    let spikes = deployment.connection.topic(Topic::Spikes);
    let deadline = Instant::now() + Duration::from_secs(120);
    let (mut found, mut heard, mut has_spike) = (Vec::new(), Instant::now(), false);
    while !has_spike || heard.elapsed() < Duration::from_secs(7) {
        assert!(
            Instant::now() < deadline,
            "no spike among {} records",
            found.len()
        );
        if let Some(record) = tail.next(Duration::from_millis(50)).unwrap() {
            heard = Instant::now();
            has_spike |= record.topic() == spikes;
            let key = record.key().unwrap_or_default();
            let bytes = [key, b"\n", record.value()].concat();
            found.push((record.topic().to_owned(), bytes));
        }
    }
    found
}

/// Every page and answer of the console that shows mentions, once it knows the spike.
fn pages_of(
    console: SocketAddr,
    deployment: &Deployment,
    found: &[(String, Vec<u8>)],
) -> Vec<(String, String)> {
    let topic = deployment.connection.topic(Topic::Spikes);
    let spike = found.iter().find(|(name, _)| *name == topic).unwrap();
    let key = spike.1.split(|byte| *byte == b'\n').next().unwrap();
    let id = String::from_utf8(key.to_vec()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !page(console, &format!("/spikes/{id}")).starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline, "the console doesn't know {id}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let paths = [
        "/".to_owned(),
        "/spikes".to_owned(),
        format!("/spikes/{id}"),
        format!("/spikes/{id}?lang=nl"),
        "/api/v1/spikes".to_owned(),
        format!("/api/v1/spikes/{id}"),
        "/api/v1/brands".to_owned(),
        "/unanswered".to_owned(),
        "/api/v1/conversations".to_owned(),
        "/trends".to_owned(),
        "/trends/pluimvos".to_owned(),
        "/api/v1/trends".to_owned(),
        "/api/v1/trends/pluimvos".to_owned(),
        "/backtest".to_owned(),
    ];
    let ask = |path: String| {
        loop {
            let page = page(console, &path);
            if page.starts_with("HTTP/1.1 200") {
                return (path, page);
            }
            assert!(Instant::now() < deadline, "{path}: {page}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    paths.map(ask).into()
}

fn page(console: SocketAddr, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(console) else {
        return String::new();
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {console}\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn planted_in(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    PLANTED
        .into_iter()
        .find(|planted| text.contains(&planted.to_lowercase()))
}

#[test]
fn what_is_personal_at_the_door_comes_out_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let file = Mutex::new(File::create(&log).unwrap());
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(file)
        .init();
    let deployment = Deployment::on(RealKafka::shared(), 1);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let pages = listener.local_addr().unwrap();
    drop(listener);
    let running = start(&deployment, pages);
    let events = events();
    let keyed = events
        .iter()
        .map(|event| (b"key".as_slice(), event.as_bytes()));
    deployment.write_keyed(Topic::Raw, keyed);
    let clean = Topic::ALL.into_iter().filter(|topic| *topic != Topic::Raw);
    let full_name = |topic| deployment.connection.topic(topic);
    let clean: Vec<String> = clean.map(full_name).collect();
    let found = read_all(&deployment, &clean);
    let shown = pages_of(pages, &deployment, &found);
    let metrics: String = running
        .iter()
        .map(|(context, _)| context.registry.openmetrics())
        .collect();
    for (context, _) in &running {
        context.shutdown.request();
    }
    for (_, thread) in running {
        thread.join().unwrap().unwrap();
    }
    for (topic, bytes) in &found {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(planted_in(bytes), None, "{topic}: {text}");
    }
    assert_eq!(planted_in(metrics.as_bytes()), None, "a metric");
    for (path, page) in &shown {
        assert_eq!(planted_in(page.as_bytes()), None, "{path}: {page}");
    }
    // They show posts of the wave, with something in place of what was personal.
    let is_of_wave = |(_, page): &(String, String)| page.contains("[phone]");
    assert!(shown.iter().any(is_of_wave), "{shown:?}");
    assert_eq!(
        planted_in(&std::fs::read(&log).unwrap()),
        None,
        "a log line"
    );
    // It was there to be found: every post came through, and a spike shows some of them.
    let of = |topic: Topic| {
        let name = deployment.connection.topic(topic);
        let texts = found.iter().filter(move |(found, _)| *found == name);
        texts
            .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
            .collect::<Vec<_>>()
    };
    assert!(!of(Topic::Care).is_empty() && !of(Topic::Insight).is_empty());
    let scored = of(Topic::Scored);
    assert_eq!(scored.len(), events.len());
    for placeholder in [
        "[phone]", "[email]", "[order]", "[iban]", "[bsn]", "[plate]", "[name]",
    ] {
        assert!(
            scored.iter().any(|text| text.contains(placeholder)),
            "{placeholder}"
        );
    }
    assert!(
        of(Topic::Spikes)
            .iter()
            .any(|text| text.contains("[phone]") || text.contains("[order]"))
    );
}
