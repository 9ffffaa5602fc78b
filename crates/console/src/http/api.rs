//! The same for programs, as JSON.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use mention::{EventTime, Feedback, Observed, Spike, SpikeKind, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::Site;
use super::feedback::{apply, assign};
use super::pages::no_spike;
use super::problem::Problem;
use super::query::Asked;
use super::{access, conversations, openapi, trends};
use crate::store::{Entry, PAGE};
use crate::view::Lang;
use crate::writer::Change;

/// A route of the API.
pub(super) struct Route {
    pub(super) path: &'static str,
    /// Method, in small letters as `OpenAPI` has it.
    pub(super) method: &'static str,
    /// What it answers or does.
    pub(super) summary: &'static str,
    pub(super) handler: fn() -> MethodRouter<Arc<Site>>,
}

/// All routes; the document of the API is made from these, too.
pub(super) const ROUTES: [Route; 8] = [
    Route {
        path: "/api/v1/brands",
        method: "get",
        summary: "Brands at a glance: the last hour, what is open, and how useful alarms were",
        handler: || get(brands),
    },
    Route {
        path: "/api/v1/spikes",
        method: "get",
        summary: "Spikes, the newest onset first, 50 at a time",
        handler: || get(spikes),
    },
    Route {
        path: "/api/v1/spikes/{id}",
        method: "get",
        summary: "A spike in full, with the response to it",
        handler: || get(spike),
    },
    Route {
        path: "/api/v1/spikes/{id}/feedback",
        method: "post",
        summary: "Acknowledge, assign or judge a spike; answers the response as it is then",
        handler: || post(respond),
    },
    Route {
        path: "/api/v1/conversations",
        method: "get",
        summary: "What customers asked and nobody has answered, most reach first, 50 at a time",
        handler: || get(conversations::list),
    },
    Route {
        path: "/api/v1/trends",
        method: "get",
        summary: "What is said of each brand over weeks, at a glance",
        handler: || get(trends::list),
    },
    Route {
        path: "/api/v1/trends/{brand}",
        method: "get",
        summary: "What is said of a brand over weeks, in full",
        handler: || get(trends::of_brand),
    },
    Route {
        path: "/api/v1/openapi.json",
        method: "get",
        summary: "This document",
        handler: || get(document),
    },
];

/// A brand at a glance.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BrandView {
    /// Its slug.
    brand: String,
    /// Negative mentions of the last hour of event time.
    negative: u64,
    /// Mentions of that hour that count in the share.
    total: u64,
    /// The share of negative ones, 0–1; null without mentions.
    share: Option<f64>,
    /// Severity of the worst open spike that calls somebody; 0 if there is none.
    severity: u8,
    /// Ids of its open spikes.
    open: Vec<String>,
    /// Part of the judged alarms that were useful, 0–1; null if none was judged.
    precision: Option<f64>,
}

/// All brands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BrandsView {
    /// The newest event time that is known.
    as_of: Option<EventTime>,
    /// Brands by name.
    brands: Vec<BrandView>,
}

/// A spike in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpikeView {
    id: String,
    brand: String,
    platform: String,
    spike_kind: SpikeKind,
    pages: bool,
    severity: u8,
    onset: EventTime,
    detected_at: EventTime,
    closed_at: Option<EventTime>,
    observed: Observed,
    /// The response, if there is one.
    feedback: Option<Feedback>,
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpikesView {
    /// Spikes that are as asked for, on all pages.
    total: usize,
    /// What to give as `skip` for the next page; null on the last.
    next: Option<usize>,
    /// The spikes of this page.
    spikes: Vec<SpikeView>,
}

/// A spike in full.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpikeInFull {
    /// Its last revision.
    spike: Spike,
    /// The response, if there is one.
    feedback: Option<Feedback>,
}

/// What somebody makes of a spike: exactly one of the three.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Respond {
    /// It was seen, or that is taken back.
    #[serde(default)]
    acknowledged: Option<bool>,
    /// Who deals with it, at most 80 characters; null or empty for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    assigned_to: Option<Option<String>>,
    /// Whether it was worth the call; null takes that back.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Verdict>")]
    verdict: Option<Option<Verdict>>,
}

/// Tells null from what is left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

async fn brands(State(site): State<Arc<Site>>) -> Json<BrandsView> {
    let state = site.store.read();
    let open = state.open();
    let outcomes = state.outcomes();
    let brands = state.counts().brands().map(|(brand, counts)| {
        let own = open.iter().filter(|entry| entry.spike.brand == brand);
        let own: Vec<&Entry> = own.collect();
        let paging = own.iter().filter(|entry| entry.spike.pages);
        BrandView {
            brand: brand.to_owned(),
            negative: counts.negative,
            total: counts.total,
            share: counts.share(),
            severity: paging.map(|entry| entry.spike.severity).max().unwrap_or(0),
            open: own.iter().map(|entry| entry.spike.id.clone()).collect(),
            precision: outcomes
                .get(brand)
                .and_then(|outcomes| outcomes.precision()),
        }
    });
    Json(BrandsView {
        as_of: state.now(),
        brands: brands.collect(),
    })
}

async fn spikes(
    State(site): State<Arc<Site>>,
    asked: Result<Parameters<Asked>, QueryRejection>,
) -> Result<Json<SpikesView>, Problem> {
    let Parameters(asked) =
        asked.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let query = asked.query(&site.zone)?;
    let found = site.store.read().search(&query);
    let after = query.skip.saturating_add(PAGE);
    Ok(Json(SpikesView {
        total: found.total,
        next: (after < found.total).then_some(after),
        spikes: found.entries.iter().map(view).collect(),
    }))
}

fn view(entry: &Entry) -> SpikeView {
    let spike = &*entry.spike;
    SpikeView {
        id: spike.id.clone(),
        brand: spike.brand.clone(),
        platform: spike.platform.clone(),
        spike_kind: spike.spike_kind,
        pages: spike.pages,
        severity: spike.severity,
        onset: spike.onset,
        detected_at: spike.detected_at,
        closed_at: spike.closed_at,
        observed: spike.observed,
        feedback: entry.feedback.as_deref().cloned(),
    }
}

async fn spike(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
) -> Result<Json<SpikeInFull>, Problem> {
    let entry = site.store.read().spike(&id);
    let entry = entry.ok_or_else(|| no_spike(Lang::En))?;
    Ok(Json(SpikeInFull {
        spike: (*entry.spike).clone(),
        feedback: entry.feedback.as_deref().cloned(),
    }))
}

async fn respond(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Feedback>, Problem> {
    let body = body.map_err(|rejection| Problem::of(rejection.status(), rejection.body_text()))?;
    // Forms of other sites can't send this type without asking first.
    let kind = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        let detail = "the body must be application/json";
        return Err(Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let asked: Respond = serde_json::from_slice(&body).map_err(|error| {
        Problem::bad_request(format!("the body isn't as it should be: {error}"))
    })?;
    let change = change(asked)?;
    apply(&site, &headers, &id, change, access::language(&headers)).await?;
    let known = site.store.read().feedback(&id);
    // Written and not read back yet: the reader lags.
    let late = || Problem::unavailable("written, but not read back yet: ask for the spike later");
    Ok(Json((*known.ok_or_else(late)?).clone()))
}

fn change(asked: Respond) -> Result<Change, Problem> {
    match asked {
        Respond {
            acknowledged: Some(is_seen),
            assigned_to: None,
            verdict: None,
        } => Ok(Change::Acknowledge(is_seen)),
        Respond {
            acknowledged: None,
            assigned_to: Some(to),
            verdict: None,
        } => assign(to),
        Respond {
            acknowledged: None,
            assigned_to: None,
            verdict: Some(verdict),
        } => Ok(Change::Judge(verdict)),
        _ => Err(Problem::bad_request(
            "give exactly one of acknowledged, assigned_to and verdict",
        )),
    }
}

async fn document() -> Response {
    Json(openapi::document()).into_response()
}
