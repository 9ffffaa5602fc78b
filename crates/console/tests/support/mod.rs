//! A console without Kafka: what it writes is read back at once.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use console::http::{Site, router};
use console::{Access, Links, Metrics, Settings, Store, Writer};
use mention::{EventTime, Spike};
use serde_json::{Value, json};
use service::metrics::Registry;
use tower::ServiceExt;

pub(crate) const TOKEN: &str = "a-token-for-the-tests";

/// A console with its store.
pub(crate) struct Console {
    pub(crate) store: Arc<Store>,
    pub(crate) registry: Registry,
    pub(crate) shutdown: service::Shutdown,
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The cookie of the session that was opened.
    pub(crate) fn session(&self) -> String {
        let cookie = self.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Console {
    /// One that only shows.
    pub(crate) fn reading() -> Self {
        Self::with(|_| ())
    }

    /// One in which people can sign in with [`TOKEN`].
    pub(crate) fn writing() -> Self {
        Self::with(|settings| {
            settings.access = Access {
                token: Some(TOKEN.to_owned()),
                ..Access::default()
            };
        })
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let connection = kafka::Connection::plaintext("localhost:1".to_owned());
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8484));
        let mut settings = Settings::new(service::Settings::new(connection), listen);
        settings.links = Links {
            grafana: Some("http://grafana.example".to_owned()),
            runbooks: Some("http://runbooks.example".to_owned()),
        };
        change(&mut settings);
        let store = Arc::new(Store::default());
        let (writer, jobs) = Writer::new();
        let held = Arc::clone(&store);
        // It ends when the router, and with it the writer, is gone.
        std::thread::spawn(move || {
            jobs.run(&held, |feedback| {
                held.take_feedback(&feedback.spike, Some(feedback.clone()));
                Ok(())
            });
        });
        let (registry, shutdown) = (Registry::default(), service::Shutdown::default());
        let metrics = Arc::new(Metrics::register(&registry).unwrap());
        let site = Site::new(
            &settings,
            Arc::clone(&store),
            writer,
            metrics,
            shutdown.clone(),
        );
        Self {
            store,
            registry,
            shutdown,
            router: router(Arc::new(site)),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn take(&self, spike: &Spike) {
        let value = serde_json::to_vec(spike).unwrap();
        self.store.take_spike(spike.id.as_bytes(), &value).unwrap();
    }

    /// A negative post of that minute, which was answered so many minutes later or wasn't.
    pub(crate) fn ask(&self, brand: &str, id: u64, minute: i64, answered: Option<i64>) {
        let answer = answered.map_or(Value::Null, |later| {
            json!({"answered_at": at(minute + later), "answered_by": "brand",
                "response_seconds": later * 60, "office_seconds": later * 60})
        });
        let mut told = json!({"brand": brand, "platform": "x", "id": format!("{id:016x}"),
            "thread": format!("{id:016x}"), "kind": "complaint", "label": "negative",
            "asked_at": at(minute), "reach": id * 1_000});
        for (name, value) in answer.as_object().into_iter().flatten() {
            told[name] = value.clone();
        }
        let key = format!("{brand}/x/{id:016x}");
        let value = told.to_string();
        self.store
            .take_conversation(key.as_bytes(), value.as_bytes())
            .unwrap();
    }

    /// What is said of a brand over weeks.
    pub(crate) fn tell(&self, insight: &Value) {
        let brand = insight["brand"].as_str().unwrap();
        let value = insight.to_string();
        self.store
            .take_insight(brand.as_bytes(), value.as_bytes())
            .unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "localhost:8484");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let router = self.router.clone();
        self.runtime.block_on(async {
            let response = router.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, 10_000_000).await.unwrap();
            Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: String::from_utf8(body.to_vec()).unwrap(),
            }
        })
    }

    /// A form of one of our own pages, as a browser sends it.
    pub(crate) fn form(&self, path: &str, cookie: &str, body: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", cookie),
        ];
        self.send("POST", path, &headers, body)
    }

    /// A program with the token.
    pub(crate) fn post_json(&self, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [
            ("content-type", "application/json"),
            ("authorization", bearer.as_str()),
        ];
        self.send("POST", path, &headers, body)
    }

    pub(crate) fn sign_in(&self, name: &str) -> String {
        let body = format!("name={name}&token={TOKEN}&next=/spikes");
        let answer = self.form("/signin", "", &body);
        assert_eq!(answer.status, StatusCode::SEE_OTHER.as_u16(), "{answer:?}");
        answer.session()
    }
}

pub(crate) fn at(minute: i64) -> EventTime {
    EventTime::from_minute(29_540_160 + minute)
}

/// A spike that says `text` wherever a text can stand.
pub(crate) fn spike(text: &str) -> Spike {
    let series: Vec<Value> = (0..240)
        .map(|minute| {
            let negative = if minute < 60 {
                minute % 3
            } else {
                20 - minute % 7
            };
            json!({"at": at(minute), "negative": negative, "total": 30, "low": 0.5, "high": 3.5})
        })
        .collect();
    let spike = json!({
        "id": Spike::id_of(text, None, at(60)), "brand": text, "platform": text,
        "spike_kind": "complaint_wave", "pages": true, "severity": 4, "onset": at(60),
        "detected_at": at(65), "closed_at": null,
        "observed": {"negative": 900, "total": 1200},
        "expected": {"share": 0.2, "low": 0.1, "high": 0.3},
        "volume": {"observed": 400, "expected": 80.0, "severity": 3},
        "reach": {"people": 41_300, "measured": 0.1, "estimated": 0.8, "missing": 0.1,
            "engagement": 90, "top_thread": 0.5},
        "platform_shift": {"platform": text, "changed": 3, "active": 4},
        "calendar": [{"name": text, "kind": text, "from": at(0), "until": at(900)}],
        "drivers": [{"dimension": "aspect", "value": text, "share": 0.6},
            {"dimension": "platform", "value": text, "share": 0.6},
            {"dimension": text, "value": text, "share": 1.0}],
        "terms": [{"term": text, "lift": 12.0, "count": 80}],
        "threads": [{"root": text, "posts": 40, "reach": 9_000, "velocity": 12.5}],
        "exemplars": [{"id": text, "platform": "x", "created_at": at(70), "text": text,
            "reach": 1_200, "spans": [[0, 3]]}],
        "series": series, "model": text,
    });
    serde_json::from_value(spike).unwrap()
}

/// So many mentions, of which so many are negative, as a summary has them.
#[allow(clippy::cast_precision_loss, reason = "small counts")]
fn mood(counted: u64, negative: u64) -> Value {
    let share = negative as f64 / counted.max(1) as f64;
    let [low, high] = match counted {
        0 => [0.0, 0.0],
        _ => detect::share::wilson(negative, counted),
    };
    json!({"counted": counted, "negative": negative, "positive": 0, "share": share,
        "low": low, "high": high})
}

/// A summary of `brand` in which everything is told, and that says `text` wherever a text
/// can stand: fourteen days with a hundred mentions each, of which ten are negative, in the
/// last seven twenty.
pub(crate) fn insight(brand: &str, text: &str) -> Value {
    let midnight = at(0).millis().div_euclid(EventTime::DAY_MS) * EventTime::DAY_MS;
    let day = |back: i64| EventTime::from_millis(midnight - back * EventTime::DAY_MS);
    let days = (0..14).rev().map(|back| {
        let negative = if back < 7 { 20 } else { 10 };
        json!({"day": day(back), "mentions": 100, "counted": 100, "negative": negative,
            "positive": 40})
    });
    let days: Vec<Value> = days.collect();
    json!({"brand": brand, "at": at(0), "since": day(13), "days": days,
        "community": {"authors_today": 80, "authors_four_weeks": 1_234, "sampled": 320,
            "returning": 0.25, "advocates": 0.031, "days_active": 1.7, "anonymous": 3},
        "rising": [{"term": text, "count": 40, "expected": 2.5, "lift": 16.0, "negative": 0.75}],
        "stirring": [{"term": format!("{text} overal"), "count": 6, "expected": 0.75, "lift": 8.0,
            "negative": 0.5}],
        "aspects": [
            {"aspect": "price", "week": {"negative": 61, "neutral": 4, "positive": 3},
                "week_before": {"negative": 7, "neutral": 5, "positive": 2},
                "negative_by_day": [1, 1], "rise": {"since": at(-90), "surprise": 7.5,
                "negative": 31, "total": 200, "expected": 0.0125}},
            {"aspect": "app", "week": {"negative": 2, "neutral": 1, "positive": 9},
                "week_before": {"negative": 1, "neutral": 0, "positive": 8},
                "negative_by_day": [0, 1], "rose": {"since": at(-900), "until": at(-600)}}],
        "wishes": [{"terms": [text, text], "count": 5, "first": at(-900), "last": at(-10),
            "example": text}],
        "competitors": [{"name": text, "mentions": 12, "ours": 3, "theirs": 7}],
        "campaigns": [{"campaign": text, "from": day(6), "to": at(0), "channels": [
                {"platform": "instagram", "impressions": 12_000, "engagements": 480,
                    "clicks": 310, "conversions": 9,
                    "spend": [{"currency": "EUR", "amount": 1_048.5}]},
                {"platform": "facebook", "impressions": 0, "engagements": 0, "clicks": 0,
                    "conversions": 1, "spend": [{"currency": text, "amount": 2.0}]}],
            "about": mood(50, 35), "before": mood(700, 70), "during": mood(12, 3),
            "backfire": {"since": at(-90), "surprise": 6.5, "negative": 31, "counted": 40,
                "expected": 0.12, "measure": "clicks", "count": 240, "usual": 61.5}},
            {"campaign": format!("{text} oud"), "from": day(12), "to": day(9), "channels": [],
            "about": mood(0, 0),
            "backfire": {"since": at(-9_000), "until": at(-8_900), "surprise": 6.5,
                "negative": 30, "counted": 41, "expected": 0.12, "measure": "impressions",
                "count": 9_000, "usual": 0.0}}],
        "influence": {
            "tiers": [{"tier": "micro", "is_partner": true, "posts": 2, "reach": 21_000,
                "reactions": 742, "replies": mood(50, 35)}],
            "partners": [{"id": text, "platform": "instagram", "at": at(-80), "campaign": text,
                "tier": "micro", "reach": 21_000, "reactions": 742, "replies": mood(5, 3)}]},
        "coverage": {"unscored_media": 0.125, "silent": ["tiktok"], "sampled": ["instagram"],
            "is_too_little": false, "too_late": 2}})
}

/// Names of the elements of a page with those of their attributes, in their order. Read as
/// a browser does: a quoted value ends at its quote, whatever is in it.
pub(crate) fn structure(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut element = String::new();
        let mut quote = None;
        let mut end = rest.len();
        for (at, letter) in rest.char_indices() {
            match quote {
                Some(open) if letter == open => quote = None,
                Some(_) => continue,
                None if letter == '"' || letter == '\'' => quote = Some(letter),
                None if letter == '>' => {
                    end = at + 1;
                    break;
                }
                None => element.push(letter),
            }
        }
        found.push(element);
        rest = &rest[end..];
    }
    found
}
