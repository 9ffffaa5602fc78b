//! Signing in with the token, and out.

use std::sync::Arc;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Site;
use super::access::{SESSION, cookie, is_name};
use super::pages::Visit;
use super::problem::Problem;
use super::sessions::LASTS;
use crate::view::SignInPage;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    name: String,
    token: String,
    #[serde(default)]
    next: String,
}

/// The form.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    next: Result<Parameters<Next>, QueryRejection>,
) -> Response {
    let next = next.map(|Parameters(next)| next.next).unwrap_or_default();
    let visit = Visit::new(site, headers, uri);
    page(&visit, StatusCode::OK, None, &next, "")
}

fn page(
    visit: &Visit,
    status: StatusCode,
    fault: Option<String>,
    next: &str,
    name: &str,
) -> Response {
    if !visit.site.has_sign_in() {
        let problem = Problem::not_found("nobody can sign in here: there is no token");
        return visit.fault(&problem);
    }
    let now = visit.site.store.read().now();
    let title = visit.lang().or("Sign in", "Aanmelden");
    let page = SignInPage {
        f: visit.frame(title, "", now),
        fault,
        next: own(next).to_owned(),
        name: name.to_owned(),
    };
    visit.answer(status, &page)
}

/// The form was sent.
pub(super) async fn enter(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let Ok(Form(sent)) = sent else {
        return visit.fault(&Problem::bad_request("the form lacks a name or a token"));
    };
    if !site.is_own_page(&visit.headers) {
        let detail = "the form doesn't come from a page of this console";
        return visit.fault(&Problem::forbidden(detail));
    }
    let again = |status, fault: &str| {
        page(
            &visit,
            status,
            Some(fault.to_owned()),
            &sent.next,
            &sent.name,
        )
    };
    let lang = visit.lang();
    if !site.is_token(sent.token.as_bytes()) {
        let problem = site.wrong_token();
        let text = match problem.status {
            429 => lang.or(
                "Too many wrong tokens: wait a few seconds.",
                "Te veel verkeerde tokens: wacht een paar tellen.",
            ),
            _ => lang.or("That isn't the token.", "Dat is het token niet."),
        };
        return again(problem.code(), text);
    }
    let name = sent.name.trim();
    if !is_name(name) {
        let text = lang.or("That isn't a name.", "Dat is geen naam.");
        return again(StatusCode::BAD_REQUEST, text);
    }
    let Some(session) = site.sessions.open(name) else {
        return visit.fault(&Problem::unavailable("the system gives no random numbers"));
    };
    with_cookie(&site, &session, LASTS.as_secs(), own(&sent.next))
}

/// Signing out.
pub(super) async fn leave(State(site): State<Arc<Site>>, headers: HeaderMap, uri: Uri) -> Response {
    if !site.is_own_page(&headers) {
        let detail = "the form doesn't come from a page of this console";
        return Visit::new(site, headers, uri).fault(&Problem::forbidden(detail));
    }
    if let Some(session) = cookie(&headers, SESSION) {
        site.sessions.close(session);
    }
    with_cookie(&site, "", 0, "/")
}

/// A redirection that sets the session's cookie: no script can read it, and no other site's
/// page sends it.
fn with_cookie(site: &Site, session: &str, seconds: u64, to: &str) -> Response {
    let secure = if site.is_encrypted() { "; Secure" } else { "" };
    let cookie = format!(
        "{SESSION}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    let mut response = Redirect::to(to).into_response();
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// The address if it is one of ours, else the first page: nobody is led elsewhere.
fn own(next: &str) -> &str {
    let legal = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_own = next.starts_with('/') && !next.starts_with("//") && next.bytes().all(legal);
    if is_own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(own("/spikes?q=a%20b"), "/spikes?q=a%20b");
        for next in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
        ] {
            assert_eq!(own(next), "/");
        }
    }
}
