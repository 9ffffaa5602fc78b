//! People's responses, from forms and from programs.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use mention::Verdict;
use serde::Deserialize;

use super::Site;
use super::access::is_name;
use super::pages::{Visit, no_spike};
use super::problem::Problem;
use crate::store::is_id;
use crate::view::Lang;
use crate::writer::{Change, WriteError};

/// The forms of a spike's page: each button sends one of these.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    acknowledged: Option<bool>,
    #[serde(default)]
    assigned_to: Option<String>,
    #[serde(default)]
    verdict: Option<Verdict>,
}

/// A form was sent; leads back to the page.
pub(super) async fn form(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let change = match sent {
        Ok(Form(sent)) => change(sent),
        Err(rejection) => Err(Problem::of(rejection.status(), rejection.body_text())),
    };
    let done = async {
        let change = change?;
        apply(&site, &visit.headers, &id, change, visit.lang()).await
    };
    match done.await {
        Ok(()) => Redirect::to(&format!("/spikes/{id}")).into_response(),
        Err(problem) => visit.fault(&problem),
    }
}

fn change(sent: Sent) -> Result<Change, Problem> {
    match sent {
        Sent {
            acknowledged: Some(is_seen),
            ..
        } => Ok(Change::Acknowledge(is_seen)),
        Sent {
            verdict: Some(verdict),
            ..
        } => Ok(Change::Judge(Some(verdict))),
        Sent {
            assigned_to: Some(to),
            ..
        } => assign(Some(to)),
        Sent { .. } => Err(Problem::bad_request("the form says nothing")),
    }
}

/// Somebody deals with it; nobody, if the name is empty.
pub(super) fn assign(to: Option<String>) -> Result<Change, Problem> {
    let to = to
        .map(|to| to.trim().to_owned())
        .filter(|to| !to.is_empty());
    if to.as_deref().is_some_and(|to| !is_name(to)) {
        let detail = "the name is longer than 80 characters, or has signs that can't be printed";
        return Err(Problem::bad_request(detail));
    }
    Ok(Change::Assign(to))
}

/// Changes the response to a spike, if the one who asks may.
///
/// # Errors
/// They may not, there is no such spike, or Kafka doesn't take it.
pub(super) async fn apply(
    site: &Site,
    headers: &HeaderMap,
    id: &str,
    change: Change,
    lang: Lang,
) -> Result<(), Problem> {
    let user = site.writer(headers)?;
    let is_known = is_id(id) && site.store.read().spike(id).is_some();
    if !is_known {
        return Err(no_spike(lang));
    }
    let verdict = match &change {
        Change::Judge(verdict) => *verdict,
        _ => None,
    };
    let written = site.writer.write(id, change, user.name()).await;
    written.map_err(|error| match error {
        WriteError::Busy => Problem::too_many(error.to_string()),
        WriteError::Unknown => Problem::not_found(error.to_string()),
        WriteError::TimedOut | WriteError::Refused(_) => Problem::unavailable(error.to_string()),
    })?;
    if let Some(verdict) = verdict {
        site.metrics.judged(verdict);
    }
    Ok(())
}
