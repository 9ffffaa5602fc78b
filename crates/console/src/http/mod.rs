//! The web server: routes, and what guards them.

mod access;
mod api;
mod assets;
mod connections;
mod conversations;
mod events;
mod feedback;
mod guard;
mod openapi;
mod pages;
mod problem;
mod query;
mod sessions;
mod signin;
mod trends;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use service::Shutdown;
use service::web::Bucket;
use tokio::sync::Semaphore;

use crate::settings::{Access, Links};
use crate::store::{State, Store};
use crate::view::Clock;
use crate::{Metrics, Settings, Writer};

pub(crate) use connections::Bounded;
use sessions::Sessions;

/// Longest body of a request, bytes: a form with three names.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// Pages that are told of changes at the same time; more have to be reloaded by hand.
const MAX_STREAMS: usize = 250;

/// What the handlers share.
#[derive(Debug)]
pub struct Site {
    store: Arc<Store>,
    writer: Writer,
    metrics: Arc<Metrics>,
    access: Access,
    links: Links,
    zone: TimeZone,
    backtest: Option<PathBuf>,
    /// Whether only this machine can reach it.
    is_local: bool,
    sessions: Sessions,
    /// Responses, a second.
    writes: Bucket,
    /// Wrong tokens.
    guesses: Bucket,
    streams: Arc<Semaphore>,
    shutdown: Shutdown,
}

impl Site {
    /// A site that shows `store`, and writes by `writer`.
    #[must_use]
    pub fn new(
        settings: &Settings,
        store: Arc<Store>,
        writer: Writer,
        metrics: Arc<Metrics>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            store,
            writer,
            metrics,
            access: settings.access.clone(),
            links: settings.links.clone(),
            zone: settings.time_zone.clone(),
            backtest: settings.backtest.clone(),
            is_local: settings.listen.ip().is_loopback(),
            sessions: Sessions::default(),
            writes: Bucket::new(20, 2.0),
            guesses: Bucket::new(10, 0.2),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            shutdown,
        }
    }

    /// Times as seen from the newest that is known.
    fn clock(&self, state: &State) -> Clock {
        Clock::new(self.zone.clone(), state.now().unwrap_or_default())
    }
}

/// Every route, with what guards them.
pub fn router(site: Arc<Site>) -> Router {
    let pages = Router::new()
        .route("/", get(pages::now))
        .route("/go", get(pages::go))
        .route("/spikes", get(pages::spikes))
        .route("/spikes/{id}", get(pages::spike))
        .route("/spikes/{id}/feedback", post(feedback::form))
        .route("/unanswered", get(pages::unanswered))
        .route("/trends", get(trends::list_page))
        .route("/trends/{brand}", get(trends::brand_page))
        .route("/backtest", get(pages::backtest))
        .route("/signin", get(signin::show).post(signin::enter))
        .route("/signout", post(signin::leave))
        .route("/events", get(events::stream))
        .route("/static/{name}", get(assets::file));
    let api = api::ROUTES.iter().fold(Router::new(), |router, route| {
        router.route(route.path, (route.handler)())
    });
    pages
        .merge(api)
        .fallback(pages::missing)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&site),
            guard::guard,
        ))
        .with_state(site)
}
