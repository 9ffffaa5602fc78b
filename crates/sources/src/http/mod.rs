//! `POST /v1/mentions`: mentions over HTTP, and `POST /v1/campaign-events`: totals of
//! campaigns.
//!
//! One JSON object, an array or lines (NDJSON); mentions as CloudEvents too, in binary,
//! structured and batch mode. A request is taken whole or not at all, and answered with 202 only when
//! Kafka has acknowledged all of it. After 503, or no answer, the client sends it again:
//! what was written already is dropped by `ingest`, which knows the ids, and totals told
//! twice change nothing.
//!
//! Bounded is: the body, the bytes of all bodies that aren't answered yet, the number of
//! connections, the time for a request's head and for its body, and the mentions and
//! totals a second.

mod body;
mod limits;
mod problem;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mention::Topic;
use serde::Deserialize;
use service::Context;
use service::web::{Bucket, bearer, is_same};

use crate::{Error, Metrics, Token, Unwritten, Writer};
use body::Content;
use limits::Room;
use problem::Problem;

/// The interface as OpenAPI 3.1 describes it.
pub const OPENAPI: &str = include_str!("openapi.json");

/// Time for all of a body.
const BODY: Duration = Duration::from_secs(30);

/// Settings of the endpoint.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// What `ingest` is told of formats, so that the door reads what it will read.
    pub options: decode::Options,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Who knows one of these may send: the present one, and the one before it while it
    /// is being changed.
    pub tokens: Vec<Token>,
    /// Longest body, bytes.
    pub max_body_bytes: usize,
    /// Bytes of all bodies that aren't answered yet.
    pub max_pending_bytes: usize,
    /// Mentions a second, totals of campaigns among them.
    pub max_mentions_per_second: u32,
    /// Connections at once.
    pub max_connections: usize,
    /// Time for the head of a request.
    pub head_timeout: Duration,
}

impl Settings {
    /// The defaults: 4 MiB a body, 64 MiB in all, 50,000 mentions a second, 512
    /// connections, 10 s for a head.
    #[must_use]
    pub fn new(service: service::Settings, listen: SocketAddr, tokens: Vec<Token>) -> Self {
        Self {
            service,
            options: decode::Options::default(),
            listen,
            tokens,
            max_body_bytes: 4 * 1024 * 1024,
            max_pending_bytes: 64 * 1024 * 1024,
            max_mentions_per_second: 50_000,
            max_connections: 512,
            head_timeout: Duration::from_secs(10),
        }
    }
}

/// What requests share.
struct Door {
    settings: Settings,
    mentions: Writer,
    totals: Writer,
    metrics: Metrics,
    rate: Bucket,
    room: Room,
}

/// Serves until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Metrics::register(&context.registry)?;
    context.announce(crate::NAME)?;
    let connection = &settings.service.connection;
    let topics = [Topic::Raw, Topic::CampaignEvents];
    crate::partitions(
        &settings.service,
        &topics.map(|topic| connection.topic(topic)),
    )?;
    let instance = &settings.service.instance;
    let start = |topic| Writer::start(topic, connection, instance, &metrics, context);
    let (mentions, thread) = start(Topic::Raw)?;
    let (totals, of_totals) = start(Topic::CampaignEvents)?;
    let door = Arc::new(Door {
        rate: bucket(settings.max_mentions_per_second),
        room: Room::new(settings.max_pending_bytes),
        settings: settings.clone(),
        mentions,
        totals,
        metrics: metrics.clone(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("door")
        .enable_all()
        .build()?;
    let routes = routes(door);
    let served = runtime.block_on(server::serve(settings, routes, &metrics, context));
    runtime.shutdown_timeout(Duration::from_secs(1));
    served?;
    thread.join()?;
    Ok(of_totals.join()?)
}

/// So many mentions a second, with a burst of as many.
fn bucket(per_second: u32) -> Bucket {
    Bucket::new(per_second, f64::from(per_second))
}

fn routes(door: Arc<Door>) -> Router {
    let count = middleware::from_fn_with_state(Arc::clone(&door), counted);
    Router::new()
        .route("/v1/mentions", post(mentions))
        .route("/v1/campaign-events", post(campaign_events))
        .route("/v1/openapi.json", get(openapi))
        .fallback(|| async {
            Problem::new(
                StatusCode::NOT_FOUND,
                "there is nothing here",
                "POST /v1/mentions or /v1/campaign-events; GET /v1/openapi.json",
            )
        })
        .layer(count)
        .with_state(door)
}

/// Counts the answers.
async fn counted(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    door.metrics
        .requests
        .with_label_values(&[status.as_str()])
        .inc();
    response
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

#[derive(Deserialize)]
struct Asked {
    format: Option<String>,
}

async fn mentions(
    State(door): State<Arc<Door>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let content = |headers: &HeaderMap| {
        let Query(asked) = asked.map_err(|fault| Problem::bad(fault.body_text()))?;
        Content::of(headers, asked.format.as_deref())
    };
    door.take(&headers, body, content, &door.mentions).await
}

async fn campaign_events(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    door.take(&headers, body, Content::of_totals, &door.totals)
        .await
}

impl Door {
    /// Takes a body, by what its headers say of it.
    async fn take(
        &self,
        headers: &HeaderMap,
        body: Body,
        content: impl FnOnce(&HeaderMap) -> Result<Content, Problem>,
        writer: &Writer,
    ) -> Result<Response, Problem> {
        // Who isn't known is told before a byte of the body is read.
        self.authorise(headers)?;
        let content = content(headers)?;
        let (body, room) = self.read(headers, body).await?;
        let records =
            body::records(&body, &content, &self.settings.options).inspect_err(|problem| {
                self.metrics.refused.inc_by(problem.faults.len() as u64);
            })?;
        let count = records.len();
        self.rate.take(count).map_err(|wait| {
            // Whole seconds, and one at least.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let limit = self.settings.max_mentions_per_second;
            let detail = format!("{limit} mentions a second are taken, totals among them");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many at once", detail)
                .after(seconds.max(1))
        })?;
        let written = writer.write(records).await;
        drop(room);
        written.map_err(|fault| {
            let detail = match fault {
                Unwritten::Kafka(_) => {
                    "what was sent may not have been written; send all of it again".to_owned()
                }
                fault => fault.to_string(),
            };
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not taken", detail).after(1)
        })?;
        let answer = format!("{{\"accepted\":{count}}}\n");
        let kind = [(header::CONTENT_TYPE, "application/json")];
        Ok((StatusCode::ACCEPTED, kind, answer).into_response())
    }

    fn authorise(&self, headers: &HeaderMap) -> Result<(), Problem> {
        // Each is compared in full, so that the time tells nothing but the length.
        let is_known = |given: &[u8]| {
            let tokens = self.settings.tokens.iter();
            tokens.fold(false, |known, token| {
                known | is_same(token.expose().as_bytes(), given)
            })
        };
        if bearer(headers).is_some_and(is_known) {
            return Ok(());
        }
        let detail = "send the header `Authorization: Bearer TOKEN` with a token that is set under [source.http]";
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "no token that is known",
            detail,
        ))
    }

    /// The body, and the room that it takes until it is answered.
    async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(bytes::Bytes, tokio::sync::OwnedSemaphorePermit), Problem> {
        let limit = self.settings.max_body_bytes;
        let too_large = || {
            let detail = format!("{limit} bytes are read: send less at once");
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large",
                detail,
            )
        };
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        let length = length.and_then(|length| length.parse::<usize>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        // Without a length it may be the longest.
        let room = self.room.take(length.unwrap_or(limit)).ok_or_else(|| {
            let detail = "other requests aren't answered yet";
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no room for the body",
                detail,
            )
            .after(1)
        })?;
        let read = axum::body::to_bytes(body, limit);
        match tokio::time::timeout(BODY.min(3 * self.settings.head_timeout), read).await {
            Ok(Ok(body)) => Ok((body, room)),
            Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
            Ok(Err(error)) => Err(Problem::bad(format!("the body ended early: {error}"))),
            Err(_) => {
                let detail = "the body took too long";
                Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "too slow",
                    detail,
                ))
            }
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    error.to_string().contains("length limit")
}

#[cfg(test)]
mod tests;
