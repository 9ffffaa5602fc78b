//! Style, script and icon.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Part of the files' addresses: they may be kept for ever, since another version has other
/// addresses.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/console.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// One of the files.
///
/// # Errors
/// There is none of that name.
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let (kind, body) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", format!("{}{STYLE}", plot::STYLE)),
        "console.js" => ("text/javascript; charset=utf-8", SCRIPT.to_owned()),
        "icon.svg" => ("image/svg+xml", ICON.to_owned()),
        _ => return Err(Problem::not_found("there is no such file")),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let cache = HeaderValue::from_static("public, max-age=3600");
    headers.insert(header::CACHE_CONTROL, cache);
    Ok(response)
}
