//! What holds for every request and every answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Site;
use super::problem::Problem;

/// Longest address of a request with its query, bytes.
const MAX_ADDRESS: usize = 2_048;
/// How long an answer may take; writing has a shorter limit of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// Scripts, styles and pictures come from here, as files; nothing else is loaded, sent or
/// framed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Refuses what is too long or meant for another, bounds the time, counts, and sets the
/// headers.
pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let address = request.uri().path_and_query();
    let is_long = address.is_some_and(|address| address.as_str().len() > MAX_ADDRESS);
    let is_stream = request.uri().path() == "/events";
    let mut response = if is_long {
        Problem::too_long(format!("the address is longer than {MAX_ADDRESS} bytes")).into_response()
    } else if site.is_own_host(request.headers()) {
        let answer = tokio::time::timeout(PATIENCE, next.run(request)).await;
        answer.unwrap_or_else(|_| Problem::unavailable("it took too long").into_response())
    } else {
        Problem::misdirected(
            "this console listens on this machine only and isn't known by that name: open it \
             as localhost, or set `url` under [console]",
        )
        .into_response()
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    // Pages show posts: no cache between keeps them.
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    site.metrics.answered(response.status().as_u16());
    if !is_stream {
        site.metrics.seconds.observe(start.elapsed().as_secs_f64());
    }
    response
}
