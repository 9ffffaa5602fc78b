//! Whatever a record, a form or an address says, it is shown and never obeyed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test"
)]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use support::{Console, at, spike, structure};

/// What people have tried elsewhere: in texts, attributes, addresses, styles, scripts and
/// pictures, by half signs, comments, entities and signs that turn the text around.
const PAYLOADS: [&str; 24] = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1) `",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea></select></option><svg/onload=alert(1)>",
    "</svg><script>alert(1)</script>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mi xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)//",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<!--<script>alert(1)",
    "]]><script>alert(1)</script>",
    "<scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\u{202e}<b onclick=alert(1)>tpircs",
    "{{7*7}}{% include \"/etc/passwd\" %}${7*7}",
    "\r\nset-cookie: a=b\r\n\r\n<script>alert(1)</script>",
];

/// Files that were written so far.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The same page with a harmless text.
const HARMLESS: &str = "depot";

/// A console that holds `text` everywhere, and who it is shown to.
fn console(text: &str) -> (Console, String, String) {
    let folder = std::env::temp_dir().join(format!("ophef-hostile-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // Tests run side by side.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = folder.join(format!("{number}.json"));
    let spike = spike(text);
    let report = json!({"in": 9, "weeks": 1.0, "spikes": [spike], "brands": {text: {
        "mentions": 9, "watched": true, "alarms": 1, "notes": 0,
        "alarms_per_week": {"value": 1.0, "low": 0.1, "high": 5.0}}}});
    std::fs::write(&file, report.to_string()).unwrap();
    let console = Console::with(|settings| {
        settings.access.token = Some(support::TOKEN.to_owned());
        settings.access.user_header = Some("x-user".to_owned());
        settings.backtest = Some(file);
    });
    console.take(&spike);
    // A brand's name and an id can't be hostile; its text is that of a spike's example.
    console.ask("acme", 7, 70, None);
    let mut of_acme = support::spike("acme");
    // Older, so that both stand in one order whatever the text is.
    of_acme.onset = at(10);
    of_acme.exemplars[0].id = format!("{:016x}", 7);
    text.clone_into(&mut of_acme.exemplars[0].text);
    console.take(&of_acme);
    console.tell(&support::insight("acme", text));
    console.tell(&support::insight("other", text));
    let feedback = json!({"spike": spike.id, "brand": text, "platform": text, "pages": true,
        "onset": at(60), "detected_at": at(65), "acknowledged": {"by": text, "at": at(70)},
        "assigned": {"to": text, "by": text, "at": at(70)},
        "judged": {"verdict": "useful", "by": text, "at": at(70)}});
    let feedback = mention::parse_feedback(feedback.to_string().as_bytes()).unwrap();
    console.store.take_feedback(&spike.id, Some(feedback));
    let session = console.sign_in("Noor");
    (console, spike.id, session)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Every page that shows a text of somebody's.
fn pages(text: &str) -> Vec<(String, String)> {
    let (console, id, session) = console(text);
    let asked = encoded(text);
    let paths = [
        "/".to_owned(),
        format!("/spikes/{id}"),
        format!("/spikes/{id}?lang=nl&x={asked}"),
        "/spikes".to_owned(),
        format!("/spikes?q={asked}"),
        format!("/spikes?brand={asked}&q={asked}&platform={asked}"),
        format!("/spikes?from={asked}"),
        format!("/spikes?kind={asked}"),
        "/unanswered".to_owned(),
        format!("/unanswered?brand={asked}&order={asked}"),
        "/trends".to_owned(),
        format!("/trends/acme?lang=nl&x={asked}"),
        format!("/trends/{asked}"),
        "/backtest".to_owned(),
        format!("/signin?next={asked}"),
        format!("/spikes/{asked}"),
        format!("/{asked}"),
    ];
    let cookie = [("cookie", session.as_str())];
    let show = |path: String| {
        let answer = console.send("GET", &path, &cookie, "");
        assert!(answer.header("set-cookie").is_empty() || path.contains("lang="));
        (path, answer.body)
    };
    let mut shown: Vec<_> = paths.into_iter().map(show).collect();
    let wrong = format!("name={asked}&token={asked}&next={asked}");
    let answer = console.form("/signin", "", &wrong);
    shown.push(("/signin, sent".to_owned(), answer.body));
    shown
}

#[test]
fn no_text_of_a_record_a_form_or_an_address_becomes_markup() {
    let harmless = pages(HARMLESS);
    assert!(
        harmless
            .iter()
            .filter(|(_, page)| page.contains(HARMLESS))
            .count()
            >= 11
    );
    for payload in PAYLOADS {
        for ((path, page), (_, expected)) in pages(payload).iter().zip(&harmless) {
            let (found, expected) = (structure(page), structure(expected));
            let differs = found.iter().zip(&expected).find(|(a, b)| a != b);
            assert!(
                differs.is_none() && found.len() == expected.len(),
                "{payload:?} changes {path}: {differs:?}"
            );
            assert!(
                !page.contains("49${"),
                "{payload:?} is worked out in {path}"
            );
        }
    }
}

#[test]
fn pictures_have_no_script_style_or_address() {
    for payload in PAYLOADS {
        let (console, id, _) = console(payload);
        let spike = console.get(&format!("/spikes/{id}")).body;
        let trends = console.get("/trends/acme").body;
        assert!(trends.contains("<svg"));
        for part in [&spike, &trends]
            .iter()
            .flat_map(|page| page.split("<svg").skip(1))
        {
            let picture = part.split("</svg>").next().unwrap();
            let names = structure(picture).concat().to_lowercase();
            for word in ["script", "style=", "href", " on", "foreignobject", "<image"] {
                assert!(!names.contains(word), "{payload:?}: {word} in {picture}");
            }
        }
    }
}

#[test]
fn programs_get_texts_as_they_are_and_never_as_a_page() {
    for payload in PAYLOADS {
        let (console, id, _) = console(payload);
        for path in [
            format!("/api/v1/spikes/{id}"),
            format!("/api/v1/spikes?q={}", encoded(payload)),
            format!("/api/v1/spikes?kind={}", encoded(payload)),
            format!("/api/v1/conversations?kind={}", encoded(payload)),
            format!("/api/v1/conversations?brand={}", encoded(payload)),
            format!("/api/v1/trends/{}", encoded(payload)),
            "/api/v1/trends".to_owned(),
            "/api/v1/trends/acme".to_owned(),
            "/api/v1/brands".to_owned(),
        ] {
            let answer = console.get(&path);
            let kind = answer.header("content-type");
            assert!(kind.starts_with("application/"), "{path}: {kind}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let _ = answer.json();
        }
        let answer = console.get(&format!("/api/v1/spikes/{id}")).json();
        assert_eq!(answer["spike"]["brand"], payload);
        let answer = console.get("/api/v1/trends/acme").json();
        assert_eq!(answer["insight"]["rising"][0]["term"], payload);
    }
}

#[test]
fn every_answer_forbids_scripts_frames_and_guessing() {
    let console = Console::writing();
    for path in [
        "/",
        "/spikes",
        "/missing",
        "/api/v1/brands",
        "/static/console.js",
    ] {
        let answer = console.get(path);
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
    }
    // What the policy forbids isn't there to begin with.
    let page = console.get("/").body;
    assert!(
        !page.contains(" style=") && !page.contains("<style"),
        "{page}"
    );
    assert!(!page.contains(" onclick") && page.matches("<script").count() == 1);
}
