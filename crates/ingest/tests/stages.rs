//! What comes out of both stages: brands, privacy, duplicates, threads, copies, deletions.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use decode::{Event, Format, Options, Raw, decode_as};
use mention::Reason;
use serde_json::{Value, json};
use support::Pipeline;

const DID: &str = "did:plc:klant";

fn pipeline() -> Pipeline {
    Pipeline::new(Options::default())
}

/// A post on Bluesky.
fn skeet(key: &str, operation: &str, text: &str, reply_to: Option<&str>) -> Vec<u8> {
    let uri =
        |key: &str| json!({"cid": "c", "uri": format!("at://{DID}/app.bsky.feed.post/{key}")});
    let record = json!({
        "$type": "app.bsky.feed.post",
        "createdAt": "2026-03-02T09:00:00Z",
        "langs": ["nl"],
        "text": text,
        "reply": reply_to.map(|key| json!({"root": uri("root"), "parent": uri(key)})),
    });
    let event = json!({
        "did": DID,
        "time_us": 1_772_442_001_000_000_i64,
        "kind": "commit",
        "commit": {"rev": "r", "operation": operation, "collection": "app.bsky.feed.post",
            "rkey": key, "record": (operation != "delete").then_some(record)},
    });
    event.to_string().into_bytes()
}

fn mention(id: &str, text: &str, more: &Value) -> Value {
    let mut mention = json!({"id": id, "brand": "pluimvos", "platform": "x",
        "created_at": "2026-03-02T09:00:00Z", "text": text});
    let (all, more) = (mention.as_object_mut().unwrap(), more.as_object().unwrap());
    all.extend(more.clone());
    mention
}

#[test]
fn a_post_becomes_a_mention_of_each_brand_and_says_nothing_of_its_author() {
    let mut pipeline = pipeline();
    let post = skeet(
        "k1",
        "create",
        "Pluimvos is beter dan DONSBEER. Mvg Kees Jansen, 06-12345678",
        None,
    );
    let out = pipeline.take(&[], &post).unwrap();
    let brands: Vec<_> = out.iter().map(|mention| mention["brand"].clone()).collect();
    assert_eq!(brands, ["pluimvos", "donsbeer"]);
    for mention in &out {
        assert_eq!(mention["platform"], "bluesky");
        assert_eq!(mention["created_at"], "2026-03-02T09:00:00Z");
        assert_eq!(mention["received_at"], "2026-03-02T09:00:05Z");
        assert_eq!(mention["id"], out[0]["id"]);
        let text = mention.to_string();
        assert!(
            !text.contains("did:plc") && !text.contains("at://") && !text.contains("Jansen"),
            "{text}"
        );
    }
    let of_none = skeet("k2", "create", "Mooi weer", None);
    assert!(pipeline.take(&[], &of_none).unwrap().is_empty());
    let count = |name| pipeline.counter(name);
    assert_eq!(
        count("ophef_ingest_mentions_total{platform=\"bluesky\"}"),
        2
    );
    assert_eq!(
        count("ophef_ingest_unmatched_total{platform=\"bluesky\"}"),
        1
    );
    assert_eq!(
        count("ophef_ingest_events_total{event=\"post\",format=\"jetstream\"}"),
        2
    );
}

#[test]
fn what_is_told_twice_is_left_out_even_after_a_restart() {
    let mut pipeline = pipeline();
    let post = skeet("k1", "create", "pluimvos doet niets", None);
    assert_eq!(pipeline.take(&[], &post).unwrap().len(), 1);
    assert!(pipeline.take(&[], &post).unwrap().is_empty());
    pipeline.restart();
    assert!(pipeline.take(&[], &post).unwrap().is_empty());
    let name = "ophef_ingest_duplicates_total{platform=\"bluesky\"}";
    assert_eq!(pipeline.counter(name), 2);
    // The same id elsewhere is another post.
    let x = mention("7", "een", &json!({}));
    let forum = mention("7", "een", &json!({"platform": "forum"}));
    let of_other = mention("7", "een", &json!({"brand": "donsbeer"}));
    for (told, fresh) in [(&x, 1), (&forum, 1), (&of_other, 1), (&x, 0)] {
        assert_eq!(pipeline.mention(told).len(), fresh);
    }
}

#[test]
fn deletions_take_away_the_mentions_of_every_brand_once() {
    let mut pipeline = pipeline();
    let post = skeet("k1", "create", "pluimvos of donsbeer", None);
    let created = pipeline.take(&[], &post).unwrap();
    pipeline.restart();
    let gone = pipeline
        .take(&[], &skeet("k1", "delete", "", None))
        .unwrap();
    assert_eq!(gone.len(), 2);
    for (gone, created) in gone.iter().zip(&created) {
        assert_eq!(gone["event"], "delete");
        assert_eq!(gone["observed_at"], "2026-03-02T09:00:01Z");
        for field in ["id", "brand", "platform"] {
            assert_eq!(gone[field], created[field]);
        }
    }
    let again = pipeline
        .take(&[], &skeet("k1", "delete", "", None))
        .unwrap();
    let never = pipeline
        .take(&[], &skeet("k9", "delete", "", None))
        .unwrap();
    assert!(again.is_empty() && never.is_empty());
    let count = |outcome| {
        pipeline.counter(&format!(
            "ophef_ingest_deletions_total{{outcome=\"{outcome}\"}}"
        ))
    };
    assert_eq!((count("found"), count("unknown")), (2, 2));
    // What is gone stays gone, though a source may tell of it again.
    assert!(pipeline.take(&[], &post).unwrap().is_empty());
    let named = mention(
        "7",
        "",
        &json!({"event": "delete", "observed_at": "2026-03-02T10:00:00Z"}),
    );
    assert_eq!(
        pipeline.mention(&named).len(),
        1,
        "it may be older than what is remembered"
    );
}

#[test]
fn an_account_that_goes_takes_its_posts_with_it() {
    let mut pipeline = pipeline();
    for key in ["k1", "k2", "k3"] {
        let post = skeet(key, "create", &format!("pluimvos {key}"), None);
        assert_eq!(pipeline.take(&[], &post).unwrap().len(), 1);
    }
    let of_other = mention("1", "pluimvos", &json!({"author": {"id": DID}}));
    pipeline.mention(&of_other);
    pipeline
        .take(&[], &skeet("k3", "delete", "", None))
        .unwrap();
    pipeline.restart();
    let account = json!({"did": DID, "time_us": 1_772_445_600_000_000_i64, "kind": "account",
        "account": {"active": false, "did": DID, "status": "deleted", "seq": 1,
            "time": "2026-03-02T10:00:00Z"}});
    let gone = pipeline.take(&[], account.to_string().as_bytes()).unwrap();
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(
        gone.iter()
            .all(|gone| gone["event"] == "delete" && gone["platform"] == "bluesky")
    );
}

#[test]
fn threads_are_followed_to_their_first_post() {
    let mut pipeline = pipeline();
    let reply = |id: &str, to: &str| mention(id, "en nu?", &json!({"in_reply_to": to}));
    let root = |out: Vec<Value>| out[0]["root"].clone();
    assert_eq!(
        root(pipeline.mention(&mention("1", "niets gehoord", &json!({})))),
        Value::Null
    );
    assert_eq!(root(pipeline.mention(&reply("2", "1"))), "1");
    pipeline.restart();
    assert_eq!(root(pipeline.mention(&reply("3", "2"))), "1");
    // A thread whose first post nobody here saw still is one.
    assert_eq!(root(pipeline.mention(&reply("5", "4"))), Value::Null);
    assert_eq!(root(pipeline.mention(&reply("6", "5"))), "4");
    // What the source says goes first.
    let told = mention("8", "ja", &json!({"in_reply_to": "3", "root": "0"}));
    assert_eq!(root(pipeline.mention(&told)), "0");
    assert_eq!(root(pipeline.mention(&reply("9", "8"))), "0");
    let count = |outcome| {
        pipeline.counter(&format!(
            "ophef_ingest_roots_total{{outcome=\"{outcome}\"}}"
        ))
    };
    assert_eq!((count("found"), count("unknown")), (5, 1));
}

#[test]
fn a_brands_own_account_is_told_by_its_handle() {
    let mut pipeline = pipeline();
    let own = json!({"author": {"id": "a", "handle": "@Pluimvos"}, "in_reply_to": "1"});
    let out = pipeline.mention(&mention("2", "We zoeken het uit", &own));
    assert_eq!(out[0]["author"]["role"], "brand");
    // Without a brand its posts are the brand's, whatever they say.
    let mut unnamed = mention("3", "We zoeken het uit", &own);
    unnamed.as_object_mut().unwrap().remove("brand");
    let out = pipeline.mention(&unnamed);
    assert_eq!(
        (&out[0]["brand"], &out[0]["author"]["role"]),
        (&json!("pluimvos"), &json!("brand"))
    );
    // To another brand it is somebody.
    let of_other = mention("4", "Beter dan Donsbeer", &own);
    let out = pipeline.mention(&Value::Object({
        let mut fields = of_other.as_object().unwrap().clone();
        fields.insert("brand".to_owned(), json!("donsbeer"));
        fields
    }));
    assert_eq!(out[0]["author"].get("role"), None);
}

#[test]
fn copies_are_put_together_and_own_words_are_not() {
    let mut pipeline = pipeline();
    let text = "Al drie weken wacht ik op mijn pakket en de klantenservice zegt steeds iets \
        anders, dit is de laatste keer geweest";
    let group = |out: &[Value]| {
        (
            out[0]["cluster"]["id"].clone(),
            out[0]["cluster"]["size"].clone(),
        )
    };
    let first = group(&pipeline.mention(&mention("1", text, &json!({}))));
    assert_eq!(first.1, 1);
    pipeline.restart();
    let marked = format!(
        "{} @pluimvos https://a.example/1",
        text.replace("drie", "vier")
    );
    let second = group(&pipeline.mention(&mention("2", &marked, &json!({}))));
    assert_eq!(second, (first.0.clone(), json!(2)));
    let own = "Drie weken geleden besteld en nog niets ontvangen, iedere keer een ander verhaal \
        van de klantenservice, ik ben er klaar mee";
    assert_ne!(
        group(&pipeline.mention(&mention("3", own, &json!({})))).0,
        first.0
    );
    // Another brand's, a day later, a short one, the brand's own, and a repost.
    let of_other = json!({"brand": "donsbeer"});
    let later = json!({"created_at": "2026-03-03T09:00:01Z"});
    for (id, more) in [("4", of_other), ("5", later)] {
        let other = group(&pipeline.mention(&mention(id, text, &more)));
        assert_ne!(other.0, first.0);
        assert_eq!(other.1, 1);
    }
    let of_brand = json!({"author": {"id": "a", "role": "brand"}});
    let repost = json!({"repost_of": "1"});
    for (id, text, more) in [
        ("6", "kort", &json!({})),
        ("7", text, &of_brand),
        ("8", text, &repost),
    ] {
        assert_eq!(
            pipeline.mention(&mention(id, text, more))[0].get("cluster"),
            None,
            "{id}"
        );
    }
    let given = json!({"cluster": {"id": "theirs", "size": 9}});
    assert_eq!(
        group(&pipeline.mention(&mention("9", text, &given))).0,
        "theirs"
    );
    assert_eq!(
        pipeline.counter("ophef_ingest_copies_total{platform=\"x\"}"),
        1
    );
}

#[test]
fn heartbeats_and_edits_pass_and_a_record_at_fault_gives_nothing() {
    let mut pipeline = pipeline();
    let beat = json!({"event": "heartbeat", "created_at": "2026-03-02T09:00:00Z"});
    assert_eq!(pipeline.mention(&beat), [beat]);
    let edit = json!({"event": "update", "observed_at": "2026-03-02T09:10:00Z"});
    let edit = mention("1", "anders", &edit);
    let out = pipeline.mention(&edit);
    assert_eq!(
        (&out[0]["event"], &out[0]["text"]),
        (&json!("update"), &json!("anders"))
    );

    let of_no_time = json!({"event": "heartbeat", "created_at": "1969-01-01T00:00:00Z"});
    let rejection = pipeline.take(&[], of_no_time.to_string().as_bytes());
    assert_eq!(rejection.unwrap_err().reason, Reason::TimeOutOfRange);
    // The second row is at fault: the first isn't a mention either, or it would be told
    // again once the record is mended.
    let rows = b"id,date,text\n1,2026-03-02,pluimvos goed\n2,1969-01-01,pluimvos slecht\n";
    let rejection = pipeline.take(&[], rows).unwrap_err();
    assert_eq!(rejection.reason, Reason::TimeOutOfRange);
    assert_eq!(
        pipeline.counter("ophef_ingest_mentions_total{platform=\"reviews\"}"),
        0
    );
    for (value, reason) in [
        (&b"{}"[..], Reason::UnknownFormat),
        (b"\xff\xfe", Reason::NotUtf8),
        (
            br#"{"id":"1","brand":"Not A Slug","created_at":"2026-03-02T09:00:00Z","text":"t"}"#,
            Reason::BadField,
        ),
    ] {
        let found = pipeline.take(&[], value).unwrap_err();
        assert_eq!(found.reason, reason, "{found}");
    }
}

#[test]
fn what_the_door_refuses_is_what_would_be_rejected_here() {
    let (early, long) = ("1969-01-01T00:00:00Z", "x".repeat(65_537));
    for (more, is_fine) in [
        (json!({}), true),
        (json!({"id": null}), false),
        (json!({"id": ""}), false),
        (json!({"created_at": null}), false),
        (json!({"created_at": early}), false),
        (json!({"text": null}), false),
        (json!({"text": " ", "title": ""}), false),
        (json!({"text": " ", "title": "t"}), true),
        (json!({"text": null, "media": [{"type": "image"}]}), true),
        (json!({"text": long}), false),
        (json!({"rating": 6}), false),
        (json!({"event": "update", "text": null}), true),
        (json!({"event": "update", "observed_at": early}), false),
    ] {
        let value = mention("1", "t", &more).to_string();
        let events = decode_as(
            Format::Mention,
            &Raw::new(value.as_bytes()),
            &Options::default(),
        );
        let Event::Post(post) = &events.unwrap()[0] else {
            panic!("{more}")
        };
        let told = post.check(support::at("2026-03-02T09:00:05Z"), true);
        let found = pipeline().take(&[("ophef-format", b"mention")], value.as_bytes());
        assert_eq!(told.is_ok(), is_fine, "{more}");
        let reasons = (
            told.err().map(|one| one.reason),
            found.err().map(|one| one.reason),
        );
        assert_eq!(reasons.0, reasons.1, "{more}");
    }
}

#[test]
fn a_title_alone_is_the_text() {
    let mut pipeline = pipeline();
    let thread = json!({"kind": "t3", "data": {"name": "t3_1", "title": "Pluimvos failliet?",
        "selftext": "", "created_utc": 1_772_442_000, "author": "iemand"}});
    let out = pipeline.take(&[], thread.to_string().as_bytes()).unwrap();
    assert_eq!(out[0]["text"], "Pluimvos failliet?");
    assert_eq!(out[0].get("title"), None);
}

#[test]
fn edits_make_and_take_away_mentions_as_brands_come_and_go() {
    let mut pipeline = pipeline();
    let told = |out: Vec<Value>| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or("create").to_owned();
        let pair = |mention: &Value| (text(&mention["brand"]), text(&mention["event"]));
        let mut pairs: Vec<_> = out.iter().map(pair).collect();
        pairs.sort();
        pairs
    };
    let pair = |brand: &str, event: &str| (brand.to_owned(), event.to_owned());
    let post = skeet("k1", "create", "pluimvos levert niet", None);
    pipeline.take(&[], &post).unwrap();
    // Another brand beside it, then instead of it, then none, even after a restart.
    let edit = |pipeline: &mut Pipeline, text: &str| {
        told(
            pipeline
                .take(&[], &skeet("k1", "update", text, None))
                .unwrap(),
        )
    };
    assert_eq!(
        edit(&mut pipeline, "pluimvos en donsbeer leveren niet"),
        [pair("donsbeer", "create"), pair("pluimvos", "update")]
    );
    pipeline.restart();
    assert_eq!(
        edit(&mut pipeline, "donsbeer levert niet"),
        [pair("donsbeer", "update"), pair("pluimvos", "delete")]
    );
    assert_eq!(
        edit(&mut pipeline, "ach, laat maar"),
        [pair("donsbeer", "delete")]
    );
    assert_eq!(edit(&mut pipeline, "ach, laat ook maar"), []);
    // One that comes before its post is the post; that is a duplicate then.
    let early = pipeline
        .take(&[], &skeet("k2", "update", "pluimvos, toch nog", None))
        .unwrap();
    assert_eq!(early[0].get("event"), None);
    assert_eq!(early[0].get("observed_at"), None);
    let late = skeet("k2", "create", "pluimvos", None);
    assert!(pipeline.take(&[], &late).unwrap().is_empty());
    // Who can name brands may have named one that the words don't tell.
    pipeline.mention(&mention("8", "kapot geleverd", &json!({})));
    let mut own = mention(
        "8",
        "nog steeds kapot",
        &json!({"event": "update",
        "observed_at": "2026-03-02T10:00:00Z"}),
    );
    own.as_object_mut().unwrap().remove("brand");
    assert!(pipeline.mention(&own).is_empty());
    // Reactions change nothing of what a post is about.
    let mut counts = mention(
        "9",
        "",
        &json!({"event": "update", "platform": "x",
        "observed_at": "2026-03-02T10:00:00Z", "engagement": {"likes": 3}}),
    );
    counts.as_object_mut().unwrap().remove("text");
    counts.as_object_mut().unwrap().remove("brand");
    assert!(pipeline.mention(&counts).is_empty());
    let count = |outcome| {
        pipeline.counter(&format!(
            "ophef_ingest_edits_total{{outcome=\"{outcome}\"}}"
        ))
    };
    assert_eq!((count("added"), count("removed")), (2, 2));
}

#[test]
fn an_author_is_forgotten_by_the_platforms_id_or_by_the_stored_name() {
    let mut pipeline = pipeline();
    let of = |id: &str, author: &str| mention(id, "pluimvos", &json!({"author": {"id": author}}));
    for (id, author) in [("1", "a"), ("2", "a"), ("3", "b"), ("4", "c")] {
        pipeline.mention(&of(id, author));
    }
    let stored = pipeline.mention(&of("5", "b"))[0]["author"]["id"].clone();
    let forget = |author: Value| {
        json!({"event": "delete", "platform": "x", "author": author,
            "observed_at": "2026-03-02T10:00:00Z"})
    };
    let ids = |out: Vec<Value>| -> Vec<String> {
        assert!(out.iter().all(|gone| gone["event"] == "delete"));
        let id = |gone: &Value| gone["id"].as_str().unwrap().to_owned();
        out.iter().map(id).collect()
    };
    assert_eq!(
        ids(pipeline.mention(&forget(json!({"id": "a"})))),
        ["1", "2"]
    );
    // A stored name isn't taken for an id, nor an id for a stored name.
    assert!(pipeline.mention(&forget(json!({"id": stored}))).is_empty());
    assert!(
        pipeline
            .mention(&forget(json!({"pseudonym": "b"})))
            .is_empty()
    );
    let by_name = pipeline.mention(&forget(json!({"pseudonym": stored})));
    assert_eq!(ids(by_name), ["3", "5"]);
}

#[test]
fn own_heartbeats_move_time_where_posts_come_as_they_are_written() {
    let mut pipeline = pipeline();
    let beat = |time: &str| {
        let value = json!({"event": "heartbeat", "created_at": time});
        value.to_string().into_bytes()
    };
    let own: [support::Header<'_>; 2] = [
        ("ophef-format", b"mention"),
        ("ophef-source", b"ophef-ingest"),
    ];
    let none = pipeline.take(&own, &beat("2026-03-02T09:01:00Z")).unwrap();
    assert!(none.is_empty(), "{none:?}");
    pipeline.mention(&mention("1", "pluimvos", &json!({})));
    let told = pipeline.take(&own, &beat("2026-03-02T09:02:00Z")).unwrap();
    assert_eq!(
        told,
        [json!({"event": "heartbeat", "created_at": "2026-03-02T09:02:00Z"})]
    );
    pipeline.restart();
    let told = pipeline.take(&own, &beat("2026-03-02T09:03:00Z")).unwrap();
    assert_eq!(told.len(), 1);
    // Played history: what came in was posted long ago.
    let mut history = self::pipeline();
    let old = json!({"created_at": "2026-02-02T09:00:00Z"});
    history.mention(&mention("1", "pluimvos", &old));
    history.restart();
    let told = history.take(&own, &beat("2026-03-02T09:02:00Z")).unwrap();
    assert!(told.is_empty(), "{told:?}");
}
