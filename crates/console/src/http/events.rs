//! Telling open pages that something has changed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use service::Shutdown;
use service::metrics::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::Site;
use super::problem::Problem;

/// Least time between two notes of changes: pages reload their content at each.
const PAUSE: Duration = Duration::from_secs(1);

/// One open page.
struct Page {
    changes: watch::Receiver<u64>,
    shutdown: Shutdown,
    streams: IntGauge,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.streams.dec();
    }
}

/// The stream of notes, `event: changed`, until the page is closed or the console stops.
///
/// # Errors
/// Too many pages are open.
pub(super) async fn stream(
    State(site): State<Arc<Site>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let permit = Arc::clone(&site.streams).try_acquire_owned();
    let permit = permit
        .map_err(|_| Problem::unavailable("too many pages are open: reload yours by hand"))?;
    site.metrics.streams.inc();
    let page = Page {
        changes: site.store.changes(),
        shutdown: site.shutdown.clone(),
        streams: site.metrics.streams.clone(),
        _permit: permit,
    };
    let notes = stream::unfold(page, |mut page| async move {
        tokio::select! {
            changed = page.changes.changed() => changed.ok()?,
            () = page.shutdown.requested() => return None,
        }
        // What comes meanwhile is told together.
        tokio::time::sleep(PAUSE).await;
        let number = *page.changes.borrow_and_update();
        let event = Event::default().event("changed").data(number.to_string());
        Some((Ok(event), page))
    });
    Ok(Sse::new(notes).keep_alive(KeepAlive::default()))
}
