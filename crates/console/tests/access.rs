//! Who may respond to a spike, what it becomes, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::time::Instant;

use serde_json::json;
use support::{Console, TOKEN, at, spike};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A console with one spike, and the path of its feedback.
fn with_spike(console: Console) -> (Console, String) {
    let spike = spike("acme");
    console.take(&spike);
    let path = format!("/spikes/{}/feedback", spike.id);
    (console, path)
}

#[test]
fn it_only_shows_unless_somebody_is_let_in() {
    let (console, path) = with_spike(Console::reading());
    let answer = console.post_json(&format!("/api/v1{path}"), r#"{"acknowledged":true}"#);
    assert_eq!(answer.status, 403);
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("[console]")
    );
    assert_eq!(console.form(&path, "", "acknowledged=true").status, 403);
    let page = console.get(path.trim_end_matches("/feedback")).body;
    assert!(!page.contains("method=\"post\"") && page.contains("only shows"));
    assert_eq!(console.get("/signin").status, 404);
}

#[test]
fn a_program_responds_with_the_token() {
    let (console, path) = with_spike(Console::writing());
    let path = format!("/api/v1{path}");
    let answer = console.post_json(&path, r#"{"assigned_to":"webcare"}"#);
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = console
        .post_json(&path, r#"{"verdict":"not_useful"}"#)
        .json();
    assert_eq!(answer["assigned"]["to"], "webcare");
    assert_eq!(answer["judged"]["verdict"], "not_useful");
    assert_eq!(answer["onset"], json!(at(60)));
    let answer = console.post_json(&path, r#"{"assigned_to":null}"#).json();
    assert!(answer.get("assigned").is_none() && answer.get("judged").is_some());
    let answer = console.post_json(&path, r#"{"verdict":null}"#).json();
    assert!(answer.get("judged").is_none());
    assert!(
        console
            .registry
            .text()
            .contains("ophef_alerts_total{outcome=\"not_useful\"} 1")
    );
}

#[test]
fn what_a_program_gets_wrong_is_told() {
    let (console, path) = with_spike(Console::writing());
    let api = format!("/api/v1{path}");
    let long = format!(r#"{{"assigned_to":"{}"}}"#, "x".repeat(81));
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        (r#"{"verdict":"maybe"}"#, 400),
        (r#"{"acknowledged":true,"verdict":"useful"}"#, 400),
        (r#"{"acknowledge":true}"#, 400),
        (&long, 400),
        (r#"{"assigned_to":"a\u0000b"}"#, 400),
    ] {
        let answer = console.post_json(&api, body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["status"], status);
    }
    let huge = format!(r#"{{"assigned_to":"{}"}}"#, "x".repeat(20_000));
    assert_eq!(console.post_json(&api, &huge).status, 413);
    let unknown = "/api/v1/spikes/0123456789abcdef/feedback";
    let answer = console.post_json(unknown, r#"{"acknowledged":true}"#);
    assert_eq!(answer.status, 404);
    let bearer = format!("Bearer {TOKEN}");
    let text = [
        ("authorization", bearer.as_str()),
        ("content-type", "text/plain"),
    ];
    let answer = console.send("POST", &api, &text, r#"{"acknowledged":true}"#);
    assert_eq!(answer.status, 415);
    assert_eq!(console.send("PUT", &api, &[JSON], "{}").status, 405);
}

#[test]
fn wrong_tokens_are_counted_and_slowed_down() {
    let (console, path) = with_spike(Console::writing());
    let api = format!("/api/v1{path}");
    let nearly = &TOKEN[..TOKEN.len() - 1];
    let mut refused = Vec::new();
    for token in [nearly, "", "x", &format!("{TOKEN}x")].repeat(4) {
        let bearer = format!("Bearer {token}");
        let headers = [JSON, ("authorization", bearer.as_str())];
        let answer = console.send("POST", &api, &headers, r#"{"acknowledged":true}"#);
        refused.push(answer.status);
    }
    assert!(
        refused[..10].iter().all(|status| *status == 401),
        "{refused:?}"
    );
    assert!(
        refused.contains(&429) && !refused.contains(&200),
        "{refused:?}"
    );
    // Who knows it isn't held up by who doesn't.
    let answer = console.post_json(&api, r#"{"acknowledged":true}"#);
    assert_eq!(answer.status, 200);
    let metrics = console.registry.text();
    assert!(
        metrics.contains("ophef_console_signins_refused_total 16"),
        "{metrics}"
    );
}

#[test]
fn a_person_signs_in_responds_and_signs_out() {
    let (console, path) = with_spike(Console::writing());
    let page = path.trim_end_matches("/feedback").to_owned();
    let cookie = console.sign_in("Noor");
    let answer = console.form(
        "/signin",
        "",
        &format!("name=Noor&token={TOKEN}&next=//evil.example"),
    );
    assert_eq!(answer.header("location"), "/");
    let set = answer.header("set-cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict"),
        "{set}"
    );
    let answer = console.form(&path, &cookie, "acknowledged=true");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, page.as_str())
    );
    assert_eq!(
        console.form(&path, &cookie, "assigned_to=De+balie").status,
        303
    );
    assert_eq!(console.form(&path, &cookie, "verdict=useful").status, 303);
    let shown = console.get(&page).body;
    for text in ["Noor, ", "De balie", "Useful, Noor"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(console.get("/spikes").body.contains("useful"));
    assert_eq!(console.form("/signout", &cookie, "").status, 303);
    assert_eq!(
        console.form(&path, &cookie, "acknowledged=false").status,
        401
    );
}

#[test]
fn forms_of_other_sites_are_refused() {
    let (console, path) = with_spike(Console::writing());
    let cookie = console.sign_in("Noor");
    let from = |headers: &[(&str, &str)]| {
        let all: Vec<_> = [FORM, ("cookie", cookie.as_str())]
            .into_iter()
            .chain(headers.iter().copied())
            .collect();
        console
            .send("POST", &path, &all, "acknowledged=true")
            .status
    };
    assert_eq!(from(&[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(from(&[("sec-fetch-site", "same-site")]), 403);
    assert_eq!(from(&[("origin", "http://evil.example")]), 403);
    assert_eq!(from(&[("origin", "null")]), 403);
    assert_eq!(from(&[]), 403);
    assert_eq!(from(&[("origin", "http://localhost:8484")]), 303);
    assert_eq!(from(&[("sec-fetch-site", "same-origin")]), 303);
    let sign_in = [FORM, ("sec-fetch-site", "cross-site")];
    let body = format!("name=Mallory&token={TOKEN}");
    assert_eq!(console.send("POST", "/signin", &sign_in, &body).status, 403);
    assert_eq!(console.send("POST", "/signout", &sign_in, "").status, 403);
}

#[test]
fn a_proxy_names_the_person() {
    let console = Console::with(|settings| {
        settings.access.user_header = Some("X-Forwarded-User".to_owned());
        settings.access.url = Some("https://ophef.example".to_owned());
    });
    let (console, path) = with_spike(console);
    let origin = ("origin", "https://ophef.example");
    let user = ("x-forwarded-user", "Noor");
    let send = |headers: &[(&str, &str)]| {
        let all: Vec<_> = [FORM].into_iter().chain(headers.iter().copied()).collect();
        console
            .send("POST", &path, &all, "acknowledged=true")
            .status
    };
    assert_eq!(send(&[origin, user]), 303);
    assert_eq!(send(&[user]), 403);
    assert_eq!(
        send(&[("origin", "https://ophef.example.evil.example"), user]),
        403
    );
    assert_eq!(send(&[origin]), 401);
    // Twice means that the proxy let through what it was sent.
    assert_eq!(send(&[origin, user, ("x-forwarded-user", "Mallory")]), 401);
    assert!(
        console
            .get(path.trim_end_matches("/feedback"))
            .body
            .contains("Noor, ")
    );
}

#[test]
fn names_of_others_for_this_machine_are_refused() {
    let console = Console::reading();
    for (host, status) in [
        ("localhost:8484", 200),
        ("127.0.0.1:8484", 200),
        ("[::1]:8484", 200),
        ("evil.example", 421),
        ("localhost.evil.example:8484", 421),
    ] {
        let answer = console.send("GET", "/", &[("host", host)], "");
        assert_eq!(answer.status, status, "{host}");
    }
}

#[test]
fn responses_are_bounded_in_number() {
    let (console, path) = with_spike(Console::writing());
    let api = format!("/api/v1{path}");
    let start = Instant::now();
    let answers = (0..60).map(|_| console.post_json(&api, r#"{"acknowledged":true}"#));
    let answers: Vec<_> = answers.collect();
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    let allowed = 21.0 + 2.0 * start.elapsed().as_secs_f64();
    assert!(
        taken >= 20 && taken as f64 <= allowed,
        "{taken} of {allowed}"
    );
    let last = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(!last.header("retry-after").is_empty());
}

#[test]
fn long_addresses_and_texts_are_refused() {
    let console = Console::reading();
    let long = format!("/spikes?q={}", "a".repeat(3_000));
    assert_eq!(console.get(&long).status, 414);
    let long = format!("/spikes?q={}", "a".repeat(201));
    assert_eq!(console.get(&long).status, 400);
    assert_eq!(console.get("/api/v1/spikes?skip=-1").status, 400);
    assert_eq!(
        console
            .get("/api/v1/spikes?skip=99999999999999999999")
            .status,
        400
    );
    assert_eq!(
        console
            .get("/api/v1/spikes?skip=18446744073709551615")
            .status,
        200
    );
    assert_eq!(console.get("/api/v1/spikes?open=perhaps").status, 400);
}
