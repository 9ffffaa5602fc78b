//! Somebody's own brand: from a file and standard input to the watcher, and forgotten again.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use mention::{EventTime, Topic};
use serde_json::{Value, json};

use super::support::{err, finish, out};
use super::{QUIET, Service, Setup, WITHIN};

/// Complaints in words of their own: copies would count once.
const COMPLAINTS: [&str; 3] = [
    "Schandalig slechte service van pluimvos, niemand reageert, nooit meer",
    "Waardeloos, mijn pakket van pluimvos is kwijt en ik krijg mijn geld niet terug",
    "Wat een vreselijke winkel die pluimvos, kapot geleverd en dan geen antwoord",
];
const PRAISE: [&str; 3] = [
    "Blij met pluimvos, gisteren besteld en vandaag al in huis, top",
    "Heerlijk kussen van pluimvos, ik slaap weer als een roos",
    "Pluimvos helpt je echt geweldig, wat een vriendelijke mensen",
];

fn setup() -> Setup {
    let setup = Setup::new();
    let mut file = std::fs::read_to_string(setup.config()).unwrap();
    file += "[ingest]\npseudonym_keys = \"t:a key of the tests that is long enough\"\n\
             [[brand]]\nslug = \"pluimvos\"\nnames = [\"Pluimvos\"]\n";
    std::fs::write(setup.config(), file).unwrap();
    assert!(setup.run(&["topics", "create"]).status.success());
    setup
}

/// A post of this moment in our own form, without its brand.
fn post(id: &str, author: &str, text: &str) -> String {
    let now = EventTime::from_millis(
        i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
        .unwrap(),
    );
    json!({"id": id, "platform": "forum", "created_at": now, "text": text,
        "author": {"id": author}})
    .to_string()
}

/// Three complaints of one author, three of another, and praise of many.
fn posts() -> Vec<String> {
    let of = |author: &'static str, extra: &'static str| {
        let all = COMPLAINTS.iter().enumerate();
        all.map(move |(number, text)| {
            post(
                &format!("{author}{number}"),
                author,
                &format!("{text} {extra}"),
            )
        })
    };
    let praise = PRAISE.iter().enumerate();
    let praise = praise.map(|(number, text)| {
        let name = format!("blij{number}");
        post(&name, &name, text)
    });
    of("boos", "helaas pindakaas")
        .chain(of("kwaad", "echt ongelooflijk dit"))
        .chain(praise)
        .collect()
}

/// Waits until the watcher's share of negatives is this.
fn await_share(watch: &Service, share: &str) {
    let line = format!("ophef_negative_share_ratio{{brand=\"pluimvos\",platform=\"all\"}} {share}");
    let deadline = Instant::now() + WITHIN;
    loop {
        let metrics = watch.get("/metrics");
        if metrics.lines().any(|found| found == line) {
            return;
        }
        let found = metrics
            .lines()
            .find(|found| found.starts_with("ophef_negative_share_ratio"));
        assert!(Instant::now() < deadline, "{found:?} and not {share}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Mentions on their topic, heartbeats left out: id, pseudonym of the author, event.
fn mentions(setup: &Setup, count: usize) -> Vec<(String, String, String)> {
    let topic = setup.deployment.connection.topic(Topic::Mentions);
    let deadline = Instant::now() + WITHIN;
    loop {
        let found = setup
            .deployment
            .read_up_to(&topic, usize::MAX, QUIET, QUIET);
        let parts = found.iter().map(|record| {
            let value: Value = serde_json::from_slice(&record.value).unwrap();
            let text = |pointer: &str| {
                let text = value.pointer(pointer).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            (text("/id"), text("/author/id"), text("/event"))
        });
        let told: Vec<_> = parts.filter(|(.., event)| event != "heartbeat").collect();
        if told.len() >= count {
            return told;
        }
        assert!(Instant::now() < deadline, "{told:?} and not {count}");
    }
}

/// Waits until time has moved without a mention, in the partition of the brand alone: no
/// other has any.
fn await_heartbeats(setup: &Setup) {
    let topic = setup.deployment.connection.topic(Topic::Mentions);
    let deadline = Instant::now() + WITHIN;
    loop {
        let found = setup
            .deployment
            .read_up_to(&topic, usize::MAX, QUIET, QUIET);
        let is_beat = |value: &[u8]| {
            mention::parse(value)
                .is_ok_and(|record| matches!(record, mention::Record::Heartbeat(_)))
        };
        let beats = found.iter().filter(|record| is_beat(&record.value));
        let of_beats: Vec<i32> = beats.map(|record| record.partition).collect();
        let others = found.iter().filter(|record| !is_beat(&record.value));
        let brand = others.map(|record| record.partition).next().unwrap();
        assert!(of_beats.iter().all(|partition| *partition == brand));
        if of_beats.len() >= 2 {
            return;
        }
        assert!(Instant::now() < deadline, "no heartbeat");
    }
}

/// Lines from a file, then from standard input, through all services; then one author
/// asks to be forgotten by the platform's id, one by the name on the records, and a post
/// goes by its id.
#[test]
fn posts_of_a_file_and_of_standard_input_count_until_their_authors_are_forgotten() {
    let setup = setup();
    let services = ["ingest", "score", "watch"].map(|service| setup.start(service));
    services.iter().for_each(Service::wait_until_ready);
    let watch = &services[2];
    let posts = posts();
    let (first, second) = posts.split_at(5);
    let file = setup.folder.path().join("posts.jsonl");
    // A blank line, and one that nobody can read, which becomes a dead letter.
    std::fs::write(&file, format!("{}\n\nno JSON\n", first.join("\n"))).unwrap();
    let file = file.to_str().unwrap();
    let from_file = setup.run(&["run", "source", "--source", "file", "--from", file]);
    assert!(from_file.status.success(), "{}", err(&from_file));
    let mut from_stdin = setup
        .command(&["run", "source", "--source", "stdin", "--format", "mention"])
        .env("OPHEF_HTTP__LISTEN", super::free_address().to_string())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // The last line has no end.
    let mut stdin = from_stdin.stdin.take().unwrap();
    stdin.write_all(second.join("\n").as_bytes()).unwrap();
    drop(stdin);
    let from_stdin = finish(from_stdin);
    assert!(from_stdin.status.success(), "{}", err(&from_stdin));
    let told = mentions(&setup, posts.len());
    assert_eq!(told.len(), posts.len());
    let dead = setup.deployment.connection.dead_topic(Topic::Raw);
    let dead = setup.deployment.read(&dead, 1, WITHIN, Duration::ZERO);
    assert_eq!(dead[0].value, b"no JSON");
    await_share(watch, "0.6666666666666666");

    let forgotten = setup.run(&["forget", "--author", "forum/boos"]);
    assert!(forgotten.status.success(), "{}", err(&forgotten));
    let text = out(&forgotten);
    assert!(
        text.contains("1 author to be forgotten") && text.contains("goes by 2"),
        "{text}"
    );
    assert!(!text.contains("boos"), "{text}");
    await_share(watch, "0.5");
    let (_, name, _) = told.iter().find(|(id, ..)| id == "kwaad0").unwrap();
    assert!(name.starts_with("t."), "{name}");
    let forgotten = setup.run(&["forget", "--author", &format!("forum/{name}")]);
    assert!(forgotten.status.success(), "{}", err(&forgotten));
    await_share(watch, "0");
    let forgotten = setup.run(&["forget", "--post", "forum/blij0", "--post", "forum/blij1"]);
    assert!(out(&forgotten).contains("2 posts"), "{}", out(&forgotten));

    let all = mentions(&setup, posts.len() + 8);
    let gone = all.iter().filter(|(_, _, event)| event == "delete");
    let mut gone: Vec<&str> = gone.map(|(id, ..)| id.as_str()).collect();
    gone.sort_unstable();
    assert_eq!(
        gone,
        [
            "blij0", "blij1", "boos0", "boos1", "boos2", "kwaad0", "kwaad1", "kwaad2"
        ]
    );
    await_heartbeats(&setup);
    services.into_iter().for_each(Service::stop);
}

/// The export of a tool, as it comes: lines above the columns, UTF-16, tabs.
#[test]
fn a_tools_export_goes_through_row_by_row() {
    let setup = setup();
    let service = setup.start("ingest");
    service.wait_until_ready();
    let table = "Search:\tPluimvos\n\nDate\tTime\tDocument ID\tSource Name\tHit Sentence\n\
        02-Mar-2026\t10:00 AM\td1\tForum\t\"Pluimvos: al een uur\nin de wacht\"\n\
        soon\t10:00 AM\td2\tForum\tPluimvos reageert niet\n\
        02-Mar-2026\t11:30 PM\td3\tForum\tMooi weer\n\
        02-Mar-2026\t11:31 PM\td4\tForum\tPluimvos levert weer\n";
    let bytes: Vec<u8> = format!("\u{feff}{table}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let file = setup.folder.path().join("export.csv");
    std::fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    let read = setup.run(&["run", "source", "--source", "file", "--from", file]);
    assert!(read.status.success(), "{}", err(&read));
    let told: Vec<String> = mentions(&setup, 2).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(told, ["d1", "d4"]);
    let dead = setup.deployment.connection.dead_topic(Topic::Raw);
    let dead = setup.deployment.read(&dead, 1, WITHIN, Duration::ZERO);
    assert_eq!(dead[0].dead.as_ref().unwrap()[0], "bad_field");
    let table = setup.folder.path().join("other.csv");
    std::fs::write(&table, "a,b\n1,2\n").unwrap();
    let table = table.to_str().unwrap();
    let refused = setup.run(&["run", "source", "--source", "file", "--from", table]);
    assert!(
        err(&refused).contains("[ingest.columns]"),
        "{}",
        err(&refused)
    );
    service.stop();
}

#[test]
fn a_topic_of_ones_own_needs_as_many_partitions_as_the_others() {
    let setup = setup();
    let own = format!("{}own", setup.deployment.connection.topic_prefix);
    let plan = kafka::admin::Plan {
        name: own.clone(),
        partitions: i32::from(super::PARTITIONS) + 2,
        replicas: 1,
        settings: std::collections::BTreeMap::new(),
        is_private: true,
    };
    kafka::admin::create(&setup.deployment.connection, &[plan]).unwrap();
    let dead = kafka::admin::Plan {
        name: format!("{own}.dead"),
        partitions: 1,
        replicas: 1,
        settings: std::collections::BTreeMap::new(),
        is_private: true,
    };
    kafka::admin::create(&setup.deployment.connection, &[dead]).unwrap();
    let mut command = setup.command(&["run", "ingest"]);
    let refused = finish(command.env("OPHEF_INGEST__TOPIC", &own).spawn().unwrap());
    assert_eq!(refused.status.code(), Some(1));
    let text = err(&refused);
    let said = text.lines().find(|line| line.starts_with("ophef: "));
    let said = said.unwrap_or_default();
    assert!(
        said.contains(&own) && said.contains("6 and 4 partitions"),
        "{text}"
    );
}

#[test]
fn who_asks_wrongly_to_forget_is_told_how() {
    let setup = Setup::new();
    for (args, said) in [
        (&["forget"][..], "--author <PLATFORM/ID>"),
        (&["forget", "--author", "42"], "isn't PLATFORM/ID"),
        (&["forget", "--post", "usenet/42"], "isn't one of x, "),
        (&["forget", "--post", "x/"], "isn't PLATFORM/ID"),
        (&["forget", "--post", "x/42"], "ophef topics create"),
    ] {
        let output = setup.run(args);
        assert!(!output.status.success());
        assert!(err(&output).contains(said), "{args:?}: {}", err(&output));
    }
}
