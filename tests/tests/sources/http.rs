//! The endpoint: each request the right answer, in bounded memory, and nothing lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use mention::Topic;
use serde_json::Value;
use tests::{Deployment, Found, Instance, InstanceSettings, RealKafka};

use super::{QUIET, WITHIN, start};

const TOKEN: &str = "a token that is long enough";

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// The status and the body of the answer to a request, if there is one.
fn ask(address: SocketAddr, head: &str, body: &[u8]) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )
    .ok()?;
    // Who is turned away early needn't take the body.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_lowercase(), body.to_owned()))
}

fn send(address: SocketAddr, kind: &str, body: &[u8]) -> Option<(u16, String, String)> {
    send_to("/v1/mentions", address, kind, body)
}

fn send_to(
    path: &str,
    address: SocketAddr,
    kind: &str,
    body: &[u8],
) -> Option<(u16, String, String)> {
    let head =
        format!("POST {path} HTTP/1.1\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: {kind}");
    ask(address, &head, body)
}

fn mention(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"Pakket weer kwijt"}}"#
    )
}

fn ready(deployment: &Deployment, address: SocketAddr) -> Instance {
    let instance = start(deployment, "http", &address.to_string());
    let deadline = Instant::now() + WITHIN;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "the door doesn't open");
        std::thread::sleep(Duration::from_millis(20));
    }
    instance
}

fn status(address: SocketAddr, kind: &str, body: &str) -> (u16, String) {
    let (status, _, text) = send(address, kind, body.as_bytes()).unwrap();
    (status, text)
}

#[test]
fn every_request_gets_the_right_answer_in_bounded_memory() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let address = free_address();
    let instance = ready(&deployment, address);
    let one = mention("1");
    let taken = good_requests(address, &one);
    bad_requests(address, &one);
    requests_of_strangers(address, &one);
    let count = taken + slow_clients(address, &one);
    let peak = instance.peak_mebibytes();
    assert!(peak < 160, "{peak} MiB");
    let raw = deployment.connection.topic(Topic::Raw);
    let found = deployment.read(&raw, count, WITHIN, QUIET);
    assert_eq!(found.len(), count);
    instance.stop();
}

/// One mention, an array, lines, and events in their three modes; how many were taken.
fn good_requests(address: SocketAddr, one: &str) -> usize {
    let two = mention("2");
    let answer = |count: usize| (202, format!("{{\"accepted\":{count}}}\n"));
    let json = "application/json";
    assert_eq!(status(address, json, one), answer(1));
    let array = format!("[{one},\n {two}]");
    assert_eq!(
        status(address, "application/json; charset=utf-8", &array),
        answer(2)
    );
    let lines = format!("{one}\n\n{two}\n");
    assert_eq!(status(address, "application/x-ndjson", &lines), answer(2));
    let event = format!(
        r#"{{"specversion":"1.0","id":"e","source":"/s","type":"org.example.mention","data":{one}}}"#
    );
    assert_eq!(
        status(address, "application/cloudevents+json", &event),
        answer(1)
    );
    let batch = format!("[{event},{event}]");
    assert_eq!(
        status(address, "application/cloudevents-batch+json", &batch),
        answer(2)
    );
    let binary = format!(
        "POST /v1/mentions HTTP/1.1\r\nauthorization: bearer {TOKEN}\r\ncontent-type: {json}\r\nce-specversion: 1.0\r\nce-id: e\r\nce-source: /s\r\nce-type: org.example.mention"
    );
    assert_eq!(ask(address, &binary, one.as_bytes()).unwrap().0, 202);
    9
}

/// What can't be taken, with what is wrong and where; nothing of it is.
fn bad_requests(address: SocketAddr, one: &str) {
    let json = "application/json";
    let bad = one.replace("acme", "Ac Me");
    let (code, text) = status(address, json, &format!("[{one},{bad}]"));
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (code, &problem["errors"][0]["index"]),
        (422, &Value::from(1)),
        "{text}"
    );
    assert_eq!(problem["errors"][0]["pointer"], "/1/brand", "{text}");
    let (code, text) = status(address, json, &one.replace("2026-03-02T", "yesterday "));
    assert!(
        code == 422 && text.contains("\"pointer\":\"/created_at\""),
        "{text}"
    );
    for (kind, body, code) in [
        (json, "[{\"id\":", 400),
        (json, "", 400),
        (json, "[]", 400),
        ("application/x-ndjson", "\n\n", 400),
        (json, "{\"id\":", 422),
        ("text/csv", "id,brand\n", 415),
    ] {
        assert_eq!(status(address, kind, body).0, code, "{body}");
    }
    let long = " ".repeat(1024 * 1024 + 1);
    assert!(send(address, json, long.as_bytes()).is_none_or(|(status, ..)| status == 413));
}

/// Who has no token, and who asks for something else.
fn requests_of_strangers(address: SocketAddr, one: &str) {
    let nobody = "POST /v1/mentions HTTP/1.1\r\ncontent-type: application/json";
    let (status, head, _) = ask(address, nobody, one.as_bytes()).unwrap();
    assert!(
        status == 401 && head.contains("www-authenticate: bearer"),
        "{status} {head}"
    );
    for token in [&TOKEN[1..], "", "another token that is long enough"] {
        let guess = format!("{nobody}\r\nauthorization: Bearer {token}");
        assert_eq!(
            ask(address, &guess, one.as_bytes()).unwrap().0,
            401,
            "{token}"
        );
    }
    for (head, code) in [
        ("GET /v1/mentions HTTP/1.1", 405),
        ("GET /v1/openapi.json HTTP/1.1", 200),
        ("GET /nothing HTTP/1.1", 404),
    ] {
        assert_eq!(ask(address, head, b"").unwrap().0, code, "{head}");
    }
}

/// More connections than there are places for, none of which ends its request. Returns how
/// many mentions were taken meanwhile.
fn slow_clients(address: SocketAddr, one: &str) -> usize {
    // As many bodies as there is room for: who is turned away for his body frees his place.
    const BODIES: usize = 8;
    let mut taken = 0;
    let slow: Vec<TcpStream> = (0..200)
        .filter_map(|number| {
            let mut stream = TcpStream::connect(address).ok()?;
            let head = "POST /v1/mentions HTTP/1.1\r\nhost: x\r\n";
            let body = format!("{head}authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{{");
            let begin = if number < BODIES { &body } else { head };
            stream.write_all(begin.as_bytes()).ok()?;
            Some(stream)
        })
        .collect();
    // All places are taken; who comes now is told so.
    let is_told = (0..20).any(
        |_| match send(address, "application/json", one.as_bytes()) {
            Some((202, ..)) => {
                taken += 1;
                false
            }
            Some((status, head, _)) => status == 503 && head.contains("retry-after"),
            None => true, // cut off before it was read
        },
    );
    assert!(is_told, "200 slow clients fit into 64 places");
    // Who is slow with the body is told so.
    let told: Vec<String> = slow.iter().take(BODIES).map(answer_to).collect();
    let too_slow = told
        .iter()
        .filter(|answer| answer.starts_with("HTTP/1.1 408"));
    assert!(
        too_slow.count() > 0 && told.iter().all(|answer| !answer.contains(" 202 ")),
        "{told:?}"
    );
    // After two seconds for the head and six for the body there is room again.
    let deadline = Instant::now() + Duration::from_secs(40);
    let is_refused = || {
        let answer = send(address, "application/json", one.as_bytes());
        answer.is_none_or(|(status, ..)| status != 202)
    };
    while is_refused() {
        assert!(Instant::now() < deadline, "slow clients hold their places");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(slow);
    taken + 1
}

/// What a client gets that sends no more; empty if it is only cut off.
fn answer_to(mut stream: &TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn totals_of_campaigns_come_to_their_brands_mentions() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let address = free_address();
    let door = ready(&deployment, address);
    let totals = |brand: &str, hour: u32, clicks: u32| {
        format!(
            r#"{{"brand":"{brand}","campaign":"Spring","platform":"instagram","created_at":"2026-03-03T{hour:02}:00:00Z","period":"hour","observed_at":"2026-03-04T09:00:00Z","clicks":{clicks}}}"#
        )
    };
    let brands = ["acme", "donsbeer", "pluimvos", "globex"];
    let all: Vec<String> = (0..24)
        .flat_map(|hour| brands.map(|brand| totals(brand, hour, 10 + hour)))
        .collect();
    let json = "application/json";
    let send = |kind: &str, body: &str| {
        let (status, head, body) =
            send_to("/v1/campaign-events", address, kind, body.as_bytes()).unwrap();
        (status, head, body)
    };
    let (first, rest) = (&all[0], &all[1..]);
    let taken = |count: usize| format!("{{\"accepted\":{count}}}\n");
    assert_eq!(send(json, first).2, taken(1));
    let (status, _, text) = send("application/x-ndjson", &rest.join("\n"));
    assert_eq!((status, text), (202, taken(rest.len())));
    // Told again, as after an answer that didn't come.
    let (status, _, text) = send(json, &format!("[{}]", all.join(",")));
    assert_eq!((status, text), (202, taken(all.len())));
    // Wrong ones are refused with all that came with them.
    let bad = totals("acme", 1, 7).replace(":7", ":-7");
    let (status, head, text) = send(json, &format!("[{first},{bad}]"));
    assert!(head.contains("application/problem+json"), "{head}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    let fault = &problem["errors"][0];
    assert_eq!(
        (status, &fault["pointer"], &fault["reason"]),
        (422, &"/1/clicks".into(), &"bad_field".into()),
        "{text}"
    );
    for (kind, body, code) in [
        (json, "[]", 400),
        (json, "no json", 422),
        ("application/cloudevents+json", &**first, 415),
        ("text/csv", first, 415),
    ] {
        assert_eq!(send(kind, body).0, code, "{kind} {body}");
    }
    let nobody = "POST /v1/campaign-events HTTP/1.1\r\ncontent-type: application/json";
    assert_eq!(ask(address, nobody, first.as_bytes()).unwrap().0, 401);
    door.stop();

    // What lies on the topic is what was sent, by the brand; insight takes all of it.
    let topic = deployment.connection.topic(Topic::CampaignEvents);
    let found = deployment.read(&topic, 2 * all.len(), WITHIN, QUIET);
    assert_eq!(found.len(), 2 * all.len());
    let text = |found: &Found| String::from_utf8(found.value.clone()).unwrap();
    let told: BTreeSet<String> = found.iter().map(text).collect();
    assert_eq!(told, all.iter().cloned().collect());
    let settings = InstanceSettings {
        service: "insight",
        name: "1",
        ..InstanceSettings::default()
    };
    let insight = Instance::start(env!("CARGO_BIN_EXE_instance"), &deployment, &settings);
    let scored = deployment.connection.topic(Topic::Scored);
    let carried = deployment.read(&scored, found.len(), WITHIN, QUIET);
    insight.stop();
    let dead = deployment.connection.dead_topic(Topic::CampaignEvents);
    let dead = deployment.read_up_to(&dead, 1, Duration::from_secs(1), QUIET);
    assert_eq!(dead.len(), 0);
    // A brand's totals are in one partition, in the order in which they were told.
    let mut clicks: BTreeMap<(String, i32), Vec<u64>> = BTreeMap::new();
    for one in &carried {
        let event = mention::carried_campaign_event(&one.value)
            .unwrap()
            .unwrap();
        assert_eq!(one.key, event.brand.as_str());
        let brand = clicks.entry((one.key.clone(), one.partition)).or_default();
        brand.push(event.totals.clicks);
    }
    let twice: Vec<u64> = (10..34).chain(10..34).collect();
    assert_eq!(clicks.len(), brands.len());
    assert!(clicks.values().all(|clicks| *clicks == twice), "{clicks:?}");
}

#[test]
fn more_than_is_taken_in_a_second_is_put_off_and_nothing_of_it_written() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let address = free_address();
    let settings = InstanceSettings {
        service: "http",
        name: "1",
        environment: vec![("PLACE", address.to_string()), ("RATE", "100".to_owned())],
        ..InstanceSettings::default()
    };
    let instance = Instance::start(env!("CARGO_BIN_EXE_instance"), &deployment, &settings);
    let deadline = Instant::now() + WITHIN;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "the door doesn't open");
        std::thread::sleep(Duration::from_millis(20));
    }
    let lines = |from: usize| {
        let lines = (from..from + 100).map(|number| mention(&number.to_string()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let send = |from| send(address, "application/x-ndjson", lines(from).as_bytes()).unwrap();
    let mut taken = 0;
    let mut refused = 0;
    let mut from = 0;
    while taken < 3 {
        assert!(Instant::now() < deadline, "{taken} taken");
        let (status, head, body) = send(from);
        match status {
            202 => {
                taken += 1;
                from += 100;
            }
            429 => {
                refused += 1;
                assert!(head.contains("retry-after: 1"), "{head}");
                assert!(body.contains("100 mentions a second are taken"), "{body}");
                std::thread::sleep(Duration::from_millis(300));
            }
            other => panic!("{other}: {body}"),
        }
    }
    assert!(refused > 0);
    let raw = deployment.connection.topic(Topic::Raw);
    assert_eq!(deployment.read(&raw, 300, WITHIN, QUIET).len(), 300);
    instance.stop();
}

#[test]
fn nothing_that_was_acknowledged_is_lost_when_the_door_is_killed() {
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let address = free_address();
    let mut sent = BTreeSet::new();
    let mut number = 0;
    for kill_after in [4, 3, 5] {
        let instance = ready(&deployment, address);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(kill_after));
            instance.kill();
        });
        loop {
            let ids: Vec<String> = (0..100).map(|at| format!("m{}", number + at)).collect();
            number += 100;
            let lines: Vec<String> = ids.iter().map(|id| mention(id)).collect();
            let answer = send(address, "application/x-ndjson", lines.join("\n").as_bytes());
            match answer {
                Some((202, ..)) => sent.extend(ids),
                Some((503, ..)) => {} // not known to be written, so not counted
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
        killer.join().unwrap();
    }
    assert!(sent.len() > 1_000, "{}", sent.len());
    let raw = deployment.connection.topic(Topic::Raw);
    let found = deployment.read(&raw, sent.len(), WITHIN, QUIET);
    let id = |value: &[u8]| {
        let value: Value = serde_json::from_slice(value).unwrap();
        value["id"].as_str().unwrap().to_owned()
    };
    let found: BTreeSet<String> = found.iter().map(|record| id(&record.value)).collect();
    assert_eq!(sent.difference(&found).count(), 0);
}

/// Processor time of a process, seconds: fields 14 and 15 of its `stat`, in hundredths.
fn processor_seconds(id: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields = text.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

/// Batches of 500 over four connections at a time, each acknowledged.
#[test]
#[ignore = "measures time"]
fn speed() {
    const BATCHES: u32 = 100;
    let deployment = Deployment::on(RealKafka::shared(), 3);
    let address = free_address();
    let instance = ready(&deployment, address);
    assert_eq!(
        status(address, "application/json", &mention("first")).0,
        202
    );
    let (timer, used) = (Instant::now(), processor_seconds(instance.id()));
    std::thread::scope(|scope| {
        for client in 0..4 {
            scope.spawn(move || {
                for batch in 0..BATCHES {
                    let lines = (0..500).map(|at| mention(&format!("{client}-{batch}-{at}")));
                    let body = lines.collect::<Vec<_>>().join("\n");
                    assert_eq!(status(address, "application/x-ndjson", &body).0, 202);
                }
            });
        }
    });
    let count = f64::from(4 * BATCHES * 500);
    let (wall, used) = (
        timer.elapsed().as_secs_f64(),
        processor_seconds(instance.id()) - used,
    );
    println!(
        "{:.0} mentions a second; {:.2} ms of processor time per 1,000",
        count / wall,
        used * 1e6 / count
    );
    instance.stop();
}
