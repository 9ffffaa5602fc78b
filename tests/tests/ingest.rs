//! The ingesting service on a real Kafka: real streams, counted to the last record, and
//! exactly once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use brands::{Matcher, Rules};
use decode::Options;
use ingest::Stored;
use mention::{EventTime, Mention, Record, Role, Topic};
use redact::{Key, Pseudonyms};
use serde_json::{Value, json};
use service::{Context, Settings, tasks};
use tests::{Deployment, Found, Instance, InstanceSettings, RealKafka, counter, data_file};

const INSTANCE: &str = env!("CARGO_BIN_EXE_instance");
const WITHIN: Duration = Duration::from_secs(90);
const QUIET: Duration = Duration::from_millis(700);

/// Runs the service in this process until `test` is through.
fn while_ingesting<T>(
    deployment: &Deployment,
    rules: Vec<Rules>,
    test: impl FnOnce(&Context) -> T,
) -> T {
    let context = Context::default();
    let of_service = context.clone();
    let settings = ingest::Settings {
        service: Settings::new(deployment.connection.clone()),
        options: Options::default(),
        matcher: Matcher::new(rules).unwrap(),
        privacy: Arc::new(stored()),
        keep_urls: false,
        heartbeats: false,
    };
    let work = move || ingest::run(settings, &of_service);
    let thread = tasks::thread("ingest", work).unwrap();
    let result = test(&context);
    context.shutdown.request();
    thread.join().unwrap().unwrap();
    result
}

fn parsed(found: &Found) -> Mention<'_> {
    match mention::parse(&found.value).unwrap() {
        Record::Mention(mention) => *mention,
        Record::Heartbeat(_) => panic!("no heartbeat was written"),
    }
}

/// The lines of a stream of the data folder; `None` where there is none.
fn stream(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(data_file(&format!("spikes/{name}"))?).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

/// Everything that must come of a stream in our own format, which names its brands: each
/// record once, by brand, platform and id.
fn names(lines: &[String]) -> BTreeSet<(String, String)> {
    let name = |line: &String| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| value[field].as_str().unwrap().to_owned();
        (text("brand"), text("id"))
    };
    lines.iter().map(name).collect()
}

#[test]
fn a_stream_of_airlines_goes_through_to_the_last_record() {
    let Some(lines) = stream("airline_stream.jsonl") else {
        return;
    };
    let deployment = Deployment::on(RealKafka::shared(), 3);
    // Some twice, and some that nobody can read, at known places.
    let mut raw: Vec<Vec<u8>> = lines.iter().map(|line| line.clone().into_bytes()).collect();
    for (number, line) in lines.iter().enumerate().step_by(100) {
        raw.push(line.clone().into_bytes());
        if number % 500 == 0 {
            raw.push(line.as_bytes()[..line.len() / 2].to_vec());
            raw.push(line.replace("2015-", "never-").into_bytes());
        }
    }
    let again = lines.len().div_ceil(100);
    let bad = lines.len().div_ceil(500);
    deployment.write(Topic::Raw, raw.iter().map(|value| (1, value.as_slice())));
    while_ingesting(&deployment, Vec::new(), |context| {
        let topic = deployment.connection.topic(Topic::Mentions);
        let expected = names(&lines);
        let out = deployment.read(&topic, expected.len(), WITHIN, QUIET);
        let found: BTreeSet<_> = out
            .iter()
            .map(|found| {
                let mention = parsed(found);
                assert_eq!(found.key, mention.brand.as_str());
                (mention.brand.to_string(), mention.id.to_string())
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(out.len(), expected.len(), "each once");
        let dead = deployment.connection.dead_topic(Topic::Raw);
        let dead = deployment.read(&dead, 2 * bad, WITHIN, QUIET);
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for letter in &dead {
            *reasons
                .entry(letter.dead.as_ref().unwrap()[0].as_str())
                .or_default() += 1;
            assert!(raw.contains(&letter.value), "original bytes");
        }
        assert_eq!(
            reasons,
            BTreeMap::from([("not_json", bad), ("bad_field", bad)])
        );
        // Where each record went, to the last one.
        let accepted = counter(context, "ophef_ingest_mentions_total{platform=\"x\"}");
        let duplicates = counter(context, "ophef_ingest_duplicates_total{platform=\"x\"}");
        assert_eq!(accepted + dead.len(), raw.len());
        assert_eq!(accepted, out.len() + duplicates);
        assert_eq!(duplicates, lines.len() - expected.len() + again);
        let copies = counter(context, "ophef_ingest_copies_total{platform=\"x\"}");
        eprintln!(
            "airline stream: {} raw, {accepted} accepted ({} written, {duplicates} duplicates), \
             {} rejected {reasons:?}; {copies} of the written are copies",
            raw.len(),
            out.len(),
            dead.len()
        );
        // No author's id is the source's. The test of privacy looks at texts.
        let ids: BTreeSet<String> = lines
            .iter()
            .filter_map(|line| {
                let value: Value = serde_json::from_str(line).unwrap();
                value["author"]["id"].as_str().map(str::to_owned)
            })
            .collect();
        for found in &out {
            let author = parsed(found).author.and_then(|author| author.id);
            assert!(author.is_none_or(|id| !ids.contains(id.as_str())));
        }
    });
}

#[test]
fn response_times_can_be_read_off_a_stream_of_support() {
    let Some(lines) = stream("support_stream.jsonl") else {
        return;
    };
    let deployment = Deployment::on(RealKafka::shared(), 3);
    deployment.write(Topic::Raw, lines.iter().map(|line| (0, line.as_bytes())));
    while_ingesting(&deployment, Vec::new(), |context| {
        let topic = deployment.connection.topic(Topic::Mentions);
        let expected = names(&lines);
        let out = deployment.read(&topic, expected.len(), WITHIN, QUIET);
        assert_eq!(out.len(), expected.len());
        let mentions: Vec<Mention<'_>> = out.iter().map(parsed).collect();
        let written: BTreeMap<(&str, &str), &Mention<'_>> = mentions
            .iter()
            .map(|mention| ((mention.brand.as_str(), mention.id.as_str()), mention))
            .collect();
        let of_brand = |mention: &Mention<'_>| {
            mention.author.as_ref().and_then(|author| author.role) == Some(Role::Brand)
        };
        // Replies of brands whose post they answer is in the stream, and the first answer
        // that each of their customers' posts got.
        let (mut replies, mut in_thread) = (0, 0);
        let mut first: BTreeMap<(&str, &str), EventTime> = BTreeMap::new();
        for mention in &mentions {
            let Some(parent) = mention.in_reply_to.as_deref() else {
                continue;
            };
            let brand = mention.brand.as_str();
            let Some(asked) = written.get(&(brand, parent)) else {
                continue;
            };
            in_thread += usize::from(mention.root.is_some());
            if of_brand(mention) {
                replies += 1;
                if !of_brand(asked) {
                    let at = first.entry((brand, parent)).or_insert(mention.created_at);
                    *at = (*at).min(mention.created_at);
                }
            }
        }
        let mut waits: Vec<i64> = first
            .iter()
            .map(|(post, answered)| answered.millis_since(written[post].created_at) / 1_000)
            .collect();
        waits.sort_unstable();
        eprintln!(
            "support stream: {} written of {}, {replies} replies of brands to posts in it, \
             {in_thread} replies with their thread's first post; {} posts answered, median {} s",
            out.len(),
            lines.len(),
            waits.len(),
            waits[waits.len() / 2]
        );
        // The data's own description counts 2,198; two of them answer a post that the
        // stream has under another brand.
        assert_eq!(replies, 2_196);
        assert!(waits.first().is_some_and(|&wait| wait >= 0));
        assert_eq!(
            counter(context, "ophef_ingest_roots_total{outcome=\"found\"}"),
            in_thread
        );
    });
}

/// Posts of two brands on Bluesky by a few authors: some copied, some told twice, some
/// deleted, some in threads, and much that concerns nobody. Numbered raw records.
fn session(count: usize) -> Vec<(i32, Vec<u8>)> {
    const COPIED: &str = "iedereen let op want pluimvos betaalt al maanden niemand meer terug en \
        verwijdert de klachten daarover van haar pagina";
    let uri = |did: &str, number: usize| format!("at://{did}/app.bsky.feed.post/k{number}");
    let event = |number: usize| {
        let author = number * 7 % 40;
        let did = format!("did:plc:author{author}");
        let text = match number % 10 {
            0 => format!("pluimvos laat me nu al {number} dagen wachten"),
            1 => format!("beter dan donsbeer is pluimvos nummer {number}"),
            2 => format!("{COPIED} {number}"),
            _ => format!("mooi weer vandaag {number}"),
        };
        let reply = (number % 20 == 10).then(|| {
            let parent = number - 10;
            let to = json!({"cid": "c", "uri": uri(&format!("did:plc:author{}", parent * 7 % 40), parent)});
            json!({"root": to, "parent": to})
        });
        let record = json!({"$type": "app.bsky.feed.post", "createdAt": "2026-03-02T09:00:00Z",
            "text": text, "langs": ["nl"], "reply": reply});
        let told = |operation: &str, key: usize, record: Option<&Value>| {
            let commit = json!({"rev": "r", "operation": operation,
                "collection": "app.bsky.feed.post", "rkey": format!("k{key}"), "record": record});
            let time = 1_772_442_000_000_000 + number as u64 * 1_000;
            let event = json!({"did": did, "time_us": time, "kind": "commit", "commit": commit});
            (
                i32::try_from(author % 2).unwrap(),
                event.to_string().into_bytes(),
            )
        };
        let mut events = vec![told("create", number, Some(&record))];
        if number.is_multiple_of(30) {
            events.push(told("create", number, Some(&record)));
        }
        // The same author's post of forty numbers ago.
        if number.is_multiple_of(50) && number >= 40 {
            events.push(told("delete", number - 40, None));
        }
        events
    };
    (0..count).flat_map(event).collect()
}

/// What came out, apart from what may come in any order: the brands' records by partition.
fn outcome(deployment: &Deployment, count: usize) -> BTreeSet<(String, String, bool)> {
    let topic = deployment.connection.topic(Topic::Mentions);
    let out = deployment.read(&topic, count, WITHIN, Duration::from_secs(3));
    let mut all = BTreeSet::new();
    for found in &out {
        let mention = parsed(found);
        let is_gone = mention.event == mention::Event::Delete;
        let name = (mention.brand.to_string(), mention.id.to_string(), is_gone);
        assert!(
            all.insert(name),
            "told twice: {}",
            String::from_utf8_lossy(&found.value)
        );
    }
    all
}

#[test]
fn what_is_killed_in_between_changes_nothing() {
    const POSTS: usize = 12_000;
    let session = session(POSTS);
    let is_created = |record: &&(i32, Vec<u8>)| {
        let text = String::from_utf8_lossy(&record.1);
        text.contains("\"create\"") && text.contains("pluimvos")
    };
    // Told twice: every thirtieth, of which each is about a brand.
    let created = session.iter().filter(is_created).count() - POSTS.div_ceil(30);
    let two_brands = POSTS / 10;
    let deleted = (0..POSTS).filter(|number| number % 50 == 0 && *number >= 40);
    // Forty before a number that fifty divides: every tenth of them is about one brand.
    let deletions = deleted.count();
    let expected = created + two_brands + deletions;

    let deployment = Deployment::on(RealKafka::shared(), 2);
    let settings = |name| InstanceSettings {
        service: "ingest",
        name,
        ..InstanceSettings::default()
    };
    let start = |name| Instance::start(INSTANCE, &deployment, &settings(name));
    let (mut a, b) = (start("a"), start("b"));
    let mut chunks = session.chunks(session.len().div_ceil(6));
    let mut write = || {
        let chunk = chunks.next().unwrap_or_default();
        let records = chunk
            .iter()
            .map(|(partition, value)| (*partition, value.as_slice()));
        deployment.write(Topic::Raw, records);
    };
    write();
    std::thread::sleep(Duration::from_secs(3));
    // Twice in the middle of it, and once the other's turn.
    for _ in 0..2 {
        write();
        std::thread::sleep(Duration::from_millis(400));
        a.kill();
        a = start("a");
        write();
        std::thread::sleep(Duration::from_secs(1));
    }
    b.kill();
    write();
    let found = outcome(&deployment, expected);
    assert_eq!(found.len(), expected);
    let gone = found.iter().filter(|(_, _, is_gone)| *is_gone).count();
    assert_eq!(gone, deletions);
    a.stop();
}

/// What comes out of one partition, in its order; when it came in differs by run.
fn in_order(deployment: &Deployment, count: usize) -> Vec<Value> {
    let topic = deployment.connection.topic(Topic::Mentions);
    let out = deployment.read(&topic, count, WITHIN, Duration::from_secs(3));
    let value = |found: &Found| {
        let mut value: Value = serde_json::from_slice(&found.value).unwrap();
        value.as_object_mut().unwrap().remove("received_at");
        value
    };
    out.iter().map(value).collect()
}

#[test]
fn threads_and_copies_are_those_of_a_run_that_nothing_disturbed() {
    let session: Vec<_> = session(3_000).into_iter().map(|(_, value)| value).collect();
    let start = |deployment: &Deployment, name| {
        let settings = InstanceSettings {
            service: "ingest",
            name,
            ..InstanceSettings::default()
        };
        Instance::start(INSTANCE, deployment, &settings)
    };
    let write = |deployment: &Deployment, chunk: &[Vec<u8>]| {
        deployment.write(Topic::Raw, chunk.iter().map(|value| (0, value.as_slice())));
    };
    let calm = Deployment::on(RealKafka::shared(), 1);
    write(&calm, &session);
    let instance = start(&calm, "calm");
    let expected = in_order(&calm, 1_000);
    instance.stop();
    let with = |field: &str| {
        expected
            .iter()
            .filter(|value| value.get(field).is_some())
            .count()
    };
    assert!(
        with("cluster") > 300 && with("root") > 100,
        "{}",
        with("root")
    );

    let troubled = Deployment::on(RealKafka::shared(), 1);
    let mut instance = start(&troubled, "a");
    for chunk in session.chunks(session.len().div_ceil(3)) {
        write(&troubled, chunk);
        std::thread::sleep(Duration::from_millis(700));
        instance.kill();
        instance = start(&troubled, "a");
        std::thread::sleep(Duration::from_millis(2_500));
    }
    assert_eq!(in_order(&troubled, expected.len()), expected);
    instance.stop();
}

/// Everybody's data taken out, by a key that everybody knows.
fn stored() -> Stored {
    let key = Key::new("t", &[7; 32]).unwrap();
    Stored::new(Pseudonyms::new(key, Vec::new()), ["pluimvos", "donsbeer"])
}
