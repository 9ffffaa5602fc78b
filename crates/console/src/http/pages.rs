//! The pages.

use std::io::Read;
use std::path::Path as FilePath;
use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use mention::EventTime;
use serde::Deserialize;

use super::Site;
use super::access::{LANG, User, language};
use super::assets::VERSION;
use super::problem::Problem;
use super::query::Asked;
use crate::store::Query;
use crate::view::{
    Backtest, BacktestPage, BacktestReport, Frame, Lang, MessagePage, NowPage, SpikePage,
    SpikesPage, UnansweredPage,
};

/// Largest report of a backtest that is read, bytes.
const MAX_REPORT_BYTES: u64 = 32 * 1024 * 1024;

/// What a page is made with, besides its content.
pub(super) struct Visit {
    pub(super) site: Arc<Site>,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
}

impl Visit {
    pub(super) fn new(site: Arc<Site>, headers: HeaderMap, uri: Uri) -> Self {
        Self { site, headers, uri }
    }

    /// The language: of the address if it names one, else the one that was chosen.
    pub(super) fn lang(&self) -> Lang {
        self.chosen().unwrap_or_else(|| language(&self.headers))
    }

    fn chosen(&self) -> Option<Lang> {
        let query = self.uri.query().unwrap_or_default();
        let mut pairs = query.split('&');
        pairs.find_map(|pair| Lang::from_code(pair.strip_prefix("lang=")?))
    }

    /// The address of this page with `lang`, or without any.
    fn here(&self, lang: Option<Lang>) -> String {
        let query = self.uri.query().unwrap_or_default().split('&');
        let kept = query.filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let lang = lang.map(|lang| format!("lang={}", lang.code()));
        let parts: Vec<&str> = kept.chain(lang.as_deref()).collect();
        match parts.join("&").as_str() {
            "" => self.uri.path().to_owned(),
            query => format!("{}?{query}", self.uri.path()),
        }
    }

    pub(super) fn frame(&self, title: &str, tab: &'static str, now: Option<EventTime>) -> Frame {
        let lang = self.lang();
        let user = self.site.user(&self.headers);
        let other = match lang {
            Lang::En => Lang::Nl,
            Lang::Nl => Lang::En,
        };
        let clock = crate::view::Clock::new(self.site.zone.clone(), now.unwrap_or_default());
        Frame {
            lang,
            title: title.to_owned(),
            tab,
            other_lang: self.here(Some(other)),
            can_sign_in: self.site.has_sign_in() && user.is_none(),
            can_sign_out: matches!(user, Some(User::Session(_))),
            user: user.map(|user| user.name().to_owned()),
            here: crate::view::encoded(&self.here(None)),
            as_of: now.map(|now| clock.show(lang, now).people),
            zone: self.site.zone.iana_name().unwrap_or("UTC").to_owned(),
            version: VERSION,
        }
    }

    /// The page as an answer; remembers the language if the address names one.
    pub(super) fn answer(&self, status: StatusCode, page: &impl Template) -> Response {
        let body = match page.render() {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(error = %error, "a page can't be made");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let mut response = (status, Html(body)).into_response();
        if let Some(lang) = self.chosen() {
            let code = lang.code();
            let cookie = format!("{LANG}={code}; Path=/; Max-Age=31536000; SameSite=Lax");
            if let Ok(value) = HeaderValue::try_from(cookie) {
                response.headers_mut().insert(header::SET_COOKIE, value);
            }
        }
        response
    }

    /// A fault as a page.
    pub(super) fn fault(&self, problem: &Problem) -> Response {
        let lang = self.lang();
        let heading = match problem.status {
            404 => lang.or("That isn't there", "Dat is er niet"),
            401 => lang.or("Sign in first", "Meld je eerst aan"),
            429 => lang.or("Too much at once", "Te veel tegelijk"),
            503 => lang.or("Not now", "Nu even niet"),
            _ => lang.or("That didn't work", "Dat lukte niet"),
        };
        let now = self.site.store.read().now();
        let page = MessagePage {
            f: self.frame(heading, "", now),
            heading: heading.to_owned(),
            text: problem.detail.clone(),
        };
        self.answer(problem.code(), &page)
    }
}

/// Brands at a glance.
pub(super) async fn now(State(site): State<Arc<Site>>, headers: HeaderMap, uri: Uri) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let title = visit.lang().or("Now", "Nu");
    let state = site.store.read();
    let page = NowPage::new(
        visit.frame(title, "now", state.now()),
        &state,
        &site.clock(&state),
    );
    drop(state);
    visit.answer(StatusCode::OK, &page)
}

/// The search.
pub(super) async fn spikes(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    asked: Result<Parameters<Asked>, QueryRejection>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let asked = asked.map_err(|rejection| Problem::bad_request(rejection.body_text()));
    let query = asked.and_then(|Parameters(asked)| {
        let query = asked.query(&site.zone)?;
        Ok((asked, query))
    });
    let (asked, query) = match query {
        Ok(query) => query,
        Err(problem) => return visit.fault(&problem),
    };
    let title = visit.lang().or("Spikes", "Pieken");
    let state = site.store.read();
    let found = state.search(&query);
    let clock = site.clock(&state);
    let frame = visit.frame(title, "spikes", state.now());
    let page = SpikesPage::new(frame, asked.form(), &query, &found, &state, &clock);
    drop(state);
    visit.answer(StatusCode::OK, &page)
}

/// A spike.
pub(super) async fn spike(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    Path(id): Path<String>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let state = site.store.read();
    let (entry, clock, now) = (state.spike(&id), site.clock(&state), state.now());
    let answers = entry
        .as_ref()
        .and_then(|entry| crate::view::answers(entry, &state, &clock, visit.lang()));
    drop(state);
    let Some(entry) = entry else {
        return visit.fault(&no_spike(visit.lang()));
    };
    let title = format!(
        "{}: {}",
        entry.spike.brand,
        crate::view::kind(visit.lang(), entry.spike.spike_kind)
    );
    let write = site.user(&visit.headers).is_some();
    let frame = visit.frame(&title, "spikes", now);
    let page = SpikePage::new(frame, &entry, &clock, &site.links, write).with_answers(answers);
    visit.answer(StatusCode::OK, &page)
}

pub(super) fn no_spike(lang: Lang) -> Problem {
    Problem::not_found(lang.or(
        "There is no spike of that id: it may be too old, or the console hasn't read it yet.",
        "Er is geen piek met dat nummer: te oud, of de console heeft hem nog niet gelezen.",
    ))
}

/// What an alert names.
#[derive(Debug, Deserialize)]
pub(super) struct Alert {
    #[serde(default)]
    brand: String,
    #[serde(default)]
    platform: String,
}

/// From an alert's link to the spike that it is about: the worst one that is open and calls
/// somebody, else the newest of the brand, else the search.
pub(super) async fn go(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    alert: Result<Parameters<Alert>, QueryRejection>,
) -> Response {
    let Ok(Parameters(alert)) = alert else {
        let visit = Visit::new(site, headers, uri);
        return visit.fault(&Problem::bad_request(
            "the link names neither brand nor platform",
        ));
    };
    let state = site.store.read();
    let is_meant = |brand: &str, platform: &str| {
        brand == alert.brand && (alert.platform.is_empty() || platform == alert.platform)
    };
    let open = state.open().into_iter();
    let mut open = open.filter(|entry| entry.spike.pages);
    let open = open.find(|entry| is_meant(&entry.spike.brand, &entry.spike.platform));
    let newest = || {
        let query = Query {
            brand: Some(alert.brand.clone()),
            platform: Some(alert.platform.clone()).filter(|platform| !platform.is_empty()),
            pages: Some(true),
            ..Query::default()
        };
        state.search(&query).entries.into_iter().next()
    };
    let to = open.or_else(newest).map_or_else(
        || format!("/spikes?brand={}", crate::view::encoded(&alert.brand)),
        |entry| format!("/spikes/{}", entry.spike.id),
    );
    drop(state);
    Redirect::to(&to).into_response()
}

/// Which unanswered posts are asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Unanswered {
    #[serde(default)]
    brand: String,
    #[serde(default)]
    order: String,
}

/// Negative posts that nobody has answered.
pub(super) async fn unanswered(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    asked: Result<Parameters<Unanswered>, QueryRejection>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let Ok(Parameters(asked)) = asked else {
        return visit.fault(&Problem::bad_request(
            "the address asks for something twice",
        ));
    };
    let brand = Some(asked.brand.as_str()).filter(|brand| !brand.is_empty());
    let title = visit.lang().or("Unanswered", "Onbeantwoord");
    let state = site.store.read();
    let frame = visit.frame(title, "unanswered", state.now());
    let by_age = asked.order == "age";
    let page = UnansweredPage::new(frame, brand, by_age, &state, &site.clock(&state));
    drop(state);
    visit.answer(StatusCode::OK, &page)
}

/// What would have alarmed.
pub(super) async fn backtest(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let read = match site.backtest.clone() {
        None => Ok(None),
        Some(path) => {
            // Reading and parsing up to 32 MiB isn't for a thread that serves others.
            let read = tokio::task::spawn_blocking(move || read_report(&path)).await;
            read.unwrap_or_else(|error| Err(error.to_string()))
        }
    };
    let lang = visit.lang();
    let (report, fault) = match read {
        Ok(report) => (report, None),
        Err(fault) => (None, Some(fault)),
    };
    let state = site.store.read();
    let clock = site.clock(&state);
    let title = lang.or("What would have alarmed", "Wat alarm zou hebben gegeven");
    let page = BacktestPage {
        f: visit.frame(title, "backtest", state.now()),
        report: report.map(|report| BacktestReport::new(report, &state, &clock, lang)),
        fault,
    };
    drop(state);
    visit.answer(StatusCode::OK, &page)
}

fn read_report(path: &FilePath) -> Result<Option<Backtest>, String> {
    let fault = |error: &dyn std::fmt::Display| {
        format!(
            "{}: {error}. Make it by `ophef backtest --from FILE --json`",
            path.display()
        )
    };
    let file = std::fs::File::open(path).map_err(|error| fault(&error))?;
    let mut bytes = Vec::new();
    let mut bounded = file.take(MAX_REPORT_BYTES + 1);
    bounded
        .read_to_end(&mut bytes)
        .map_err(|error| fault(&error))?;
    if bytes.len() as u64 > MAX_REPORT_BYTES {
        return Err(fault(&format!(
            "it is larger than {MAX_REPORT_BYTES} bytes"
        )));
    }
    let report = serde_json::from_slice(&bytes).map_err(|error| fault(&error))?;
    Ok(Some(report))
}

/// What isn't there: as a problem below `/api`, as a page elsewhere.
pub(super) async fn missing(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let is_api = uri.path().starts_with("/api/");
    let visit = Visit::new(site, headers, uri);
    let detail = visit
        .lang()
        .or("There is no such page.", "Die bladzijde is er niet.");
    let problem = Problem::not_found(detail);
    if is_api {
        return problem.into_response();
    }
    visit.fault(&problem)
}
