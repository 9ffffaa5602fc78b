//! Connections: as many as are allowed, and none that takes for ever.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use service::Context;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Settings;
use crate::{Error, Metrics};

/// How long connections may take to end once stopping is asked for.
const DRAIN: Duration = Duration::from_secs(4);
/// How long a client that is turned away may take to be told.
const TURNED_AWAY: Duration = Duration::from_millis(200);
/// Pause after the system refuses a connection: it is short of something.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 32 * 1024;

const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Serves until stopping is asked for, and then what is under way.
pub(crate) async fn serve(
    settings: &Settings,
    routes: Router,
    metrics: &Metrics,
    context: &Context,
) -> Result<(), Error> {
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await;
    let listener = listener.map_err(|error| Error::Listen {
        listen,
        detail: error.to_string(),
    })?;
    let part = context.health.enter(crate::NAME);
    part.set(true, "serving /v1/mentions");
    tracing::info!(%listen, "serving /v1/mentions");
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = context.shutdown.requested() => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                part.tick();
                continue;
            }
        };
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            turn_away(stream).await;
            metrics.requests.with_label_values(&["503"]).inc();
            continue;
        };
        let (routes, head) = (routes.clone(), settings.head_timeout);
        let (gauge, shutdown) = (metrics.connections.clone(), context.shutdown.clone());
        open.spawn(async move {
            gauge.inc();
            connection(stream, routes, head, &shutdown).await;
            gauge.dec();
            drop(place);
        });
    }
    drop(listener);
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::warn!("connections didn't end in time and are left");
    }
    Ok(())
}

async fn turn_away(mut stream: TcpStream) {
    // Nobody needs to know whether it was told.
    let _ = tokio::time::timeout(TURNED_AWAY, stream.write_all(FULL)).await;
}

async fn connection(
    stream: TcpStream,
    routes: Router,
    head: Duration,
    shutdown: &service::Shutdown,
) {
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES);
    let service = TowerToHyperService::new(routes);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = shutdown.requested() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection ended early");
    }
}
