//! What is said of brands over weeks, for people and for programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use mention::{Aspect, EventTime, Insight};
use schemars::JsonSchema;
use serde::Serialize;

use super::Site;
use super::pages::Visit;
use super::problem::Problem;
use crate::view::{BrandTrendsPage, Lang, TrendsPage};

/// A brand at a glance.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BrandInTrends {
    /// Its slug.
    brand: String,
    /// Event time up to which this holds.
    as_of: EventTime,
    /// Customers' mentions of the seven days (UTC) that end with the newest of any brand.
    counted: u64,
    /// Their share of those of all brands that are tracked, 0–1; null without mentions.
    share_of_voice: Option<f64>,
    /// Aspects whose complaints are more than their past explains.
    rising_aspects: Vec<Aspect>,
    /// Words and hashtags that have more than their usual part of the last day's mentions.
    rising_terms: Vec<String>,
    /// Whether there are too few mentions to judge the mood by.
    is_too_little: bool,
}

/// A term that rises at two brands or more.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RisingTogether {
    /// A word, or a hashtag with its `#`.
    term: String,
    /// Brands at which it rises.
    brands: usize,
    /// Mentions of these brands with it in the last 18 to 24 hours.
    count: u64,
    /// Mentions that were to be expected of them.
    expected: f64,
    /// How many are negative, 0–1.
    negative: f64,
}

/// An aspect over all brands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AspectTogether {
    /// The aspect.
    aspect: Aspect,
    /// Its complaints in the last seven days.
    negative: u64,
    /// In the seven before.
    negative_before: u64,
    /// Brands whose complaints about it are more than their past explains, now.
    rising: usize,
}

/// All brands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TrendsView {
    /// The newest event time of any brand.
    as_of: Option<EventTime>,
    /// Words and hashtags that rise at several brands, those first that rise the most.
    rising: Vec<RisingTogether>,
    /// Aspects over all brands, those first that are complained about most.
    aspects: Vec<AspectTogether>,
    /// Brands by name.
    brands: Vec<BrandInTrends>,
}

/// A brand in full.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BrandTrendsView {
    /// Its share of what customers said of all tracked brands in the seven days (UTC) that
    /// end with the newest of any brand, 0–1; null without mentions.
    share_of_voice: Option<f64>,
    /// The summary, as on the topic.
    insight: Insight,
}

/// All brands, as a page.
pub(super) async fn list_page(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let state = site.store.read();
    let frame = visit.frame("Trends", "trends", state.now());
    let page = TrendsPage::new(frame, &state, &site.clock(&state));
    drop(state);
    visit.answer(StatusCode::OK, &page)
}

/// A brand in full, as a page.
pub(super) async fn brand_page(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    uri: Uri,
    Path(brand): Path<String>,
) -> Response {
    let visit = Visit::new(Arc::clone(&site), headers, uri);
    let state = site.store.read();
    let told = state.insights().of(&brand).map(Arc::clone);
    let voice = state.insights().voices().get(brand.as_str()).copied();
    let (clock, now) = (site.clock(&state), state.now());
    drop(state);
    let Some(told) = told else {
        return visit.fault(&no_brand(visit.lang()));
    };
    let title = format!(
        "{} {}",
        visit.lang().or("Trends of", "Trends van"),
        told.brand
    );
    let frame = visit.frame(&title, "trends", now);
    let page = BrandTrendsPage::new(frame, &told, voice.unwrap_or_default(), &clock);
    visit.answer(StatusCode::OK, &page)
}

fn no_brand(lang: Lang) -> Problem {
    Problem::not_found(lang.or(
        "Nothing is known of a brand of that name: is it tracked, and does `ophef run insight` run?",
        "Van een merk met die naam is niets bekend: wordt het gevolgd, en draait `ophef run insight`?",
    ))
}

/// All brands, for programs.
pub(super) async fn list(State(site): State<Arc<Site>>) -> Json<TrendsView> {
    let state = site.store.read();
    let insights = state.insights();
    let voices = insights.voices();
    let brands = insights.all().map(|told| {
        let voice = voices.get(told.brand.as_str()).copied().unwrap_or_default();
        let rising = told.aspects.iter().filter(|course| course.rise.is_some());
        BrandInTrends {
            brand: told.brand.clone(),
            as_of: told.at,
            counted: voice.own,
            share_of_voice: voice.share(),
            rising_aspects: rising.map(|course| course.aspect).collect(),
            rising_terms: told.rising.iter().map(|term| term.term.clone()).collect(),
            is_too_little: told.coverage.is_too_little,
        }
    });
    let rising = insights.rising_together().into_iter();
    let rising = rising.map(|joined| RisingTogether {
        term: joined.term,
        brands: joined.brands,
        count: joined.count,
        expected: joined.expected,
        negative: joined.negative,
    });
    let aspects = insights.aspects_together().into_iter();
    let aspects = aspects.map(|joined| AspectTogether {
        aspect: joined.aspect,
        negative: joined.negative[0],
        negative_before: joined.negative[1],
        rising: joined.rising,
    });
    Json(TrendsView {
        rising: rising.collect(),
        aspects: aspects.collect(),
        as_of: insights.now(),
        brands: brands.collect(),
    })
}

/// A brand in full, for programs.
pub(super) async fn of_brand(
    State(site): State<Arc<Site>>,
    Path(brand): Path<String>,
) -> Result<Json<BrandTrendsView>, Problem> {
    let state = site.store.read();
    let told = state.insights().of(&brand);
    let told = told.ok_or_else(|| no_brand(Lang::En))?;
    let voice = state.insights().voices().get(brand.as_str()).copied();
    Ok(Json(BrandTrendsView {
        share_of_voice: voice.unwrap_or_default().share(),
        insight: (**told).clone(),
    }))
}
