//! `/metrics`, `/livez` and `/readyz`.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::{Context, Error};

/// Takes the port, so that a service that can't be scraped doesn't start.
pub(crate) async fn listen(listen: SocketAddr) -> Result<TcpListener, Error> {
    let result = TcpListener::bind(listen).await;
    result.map_err(|error| Error::Listen {
        listen,
        detail: error.to_string(),
    })
}

/// Serves until stopping is asked for.
pub(crate) async fn serve(listener: TcpListener, context: Context) {
    let stop = context.shutdown.clone();
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(context);
    // Served on while the work drains: the last counts are worth a scrape.
    let served = axum::serve(listener, routes).await;
    if let Err(error) = served
        && !stop.is_requested()
    {
        tracing::error!(error = %error, "the HTTP server ended");
    }
}

async fn metrics(State(context): State<Context>, headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let (kind, text) = context.registry.text_for(accept.unwrap_or_default());
    ([(header::CONTENT_TYPE, kind)], text)
}

async fn livez(State(context): State<Context>) -> (StatusCode, String) {
    match context.health.alive() {
        (true, _) => (StatusCode::OK, "alive\n".to_owned()),
        (false, why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

/// Not ready from the request to stop on, so that no traffic is sent to a
/// process that is going away.
async fn readyz(State(context): State<Context>) -> (StatusCode, String) {
    if context.shutdown.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    match context.health.ready() {
        (true, lines) => (StatusCode::OK, lines),
        (false, lines) => (StatusCode::SERVICE_UNAVAILABLE, lines),
    }
}
