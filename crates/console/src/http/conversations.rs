//! Who waits for an answer, for programs.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Parameters, State};
use mention::{Asked, Conversation, EventTime, Label, Platform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Site;
use super::problem::Problem;
use super::query::{given, skip, switch};
use crate::store::PAGE;

/// Which conversations are asked for. Empty is as good as left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct AskedConversations {
    /// Slug of the brand.
    #[serde(default)]
    brand: String,
    /// Name of the platform.
    #[serde(default)]
    platform: String,
    /// What is asked: `complaint`, `question` or `negative`.
    #[serde(default)]
    kind: String,
    /// `1` for negative posts only, `0` for the others.
    #[serde(default)]
    negative: String,
    /// `1` for those that were answered; those that wait otherwise.
    #[serde(default)]
    answered: String,
    /// `age` for the oldest first; those with the most reach come first otherwise.
    #[serde(default)]
    order: String,
    /// Results to pass over; a page has 50.
    #[serde(default)]
    skip: String,
}

/// A page of conversations.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ConversationsView {
    /// The newest event time that is known: how long somebody waits counts up to it.
    as_of: Option<EventTime>,
    /// Conversations that are as asked for, on all pages.
    total: usize,
    /// What to give as `skip` for the next page; null on the last.
    next: Option<usize>,
    /// The conversations of this page. They hold no text, and ids as hashes.
    conversations: Vec<Conversation>,
}

/// What is wanted, understood.
struct Wanted {
    brand: Option<String>,
    platform: Option<Platform>,
    kind: Option<Asked>,
    is_negative: Option<bool>,
    is_answered: bool,
    by_age: bool,
    skip: usize,
}

impl AskedConversations {
    fn wanted(&self) -> Result<Wanted, Problem> {
        Ok(Wanted {
            brand: given(&self.brand),
            platform: named("platform", &self.platform, &Platform::ALL, Platform::as_str)?,
            kind: named("kind", &self.kind, &Asked::ALL, Asked::as_str)?,
            is_negative: switch("negative", &self.negative)?,
            is_answered: switch("answered", &self.answered)?.unwrap_or(false),
            by_age: match self.order.as_str() {
                "" | "reach" => false,
                "age" => true,
                _ => return Err(Problem::bad_request("order is neither reach nor age")),
            },
            skip: skip(&self.skip)?,
        })
    }
}

/// The one of a closed set that has this name.
fn named<T: Copy>(
    key: &str,
    name: &str,
    all: &[T],
    name_of: fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut known = all.iter().copied();
    let found = known.find(|one| name_of(*one) == name);
    let names: Vec<_> = all.iter().map(|one| name_of(*one)).collect();
    let fault = || Problem::bad_request(format!("{key} isn't one of {}", names.join(", ")));
    found.map(Some).ok_or_else(fault)
}

impl Wanted {
    fn is(&self, told: &Conversation) -> bool {
        let is_negative = told.label == Label::Negative;
        told.is_open() != self.is_answered
            && self
                .platform
                .is_none_or(|platform| platform == told.platform)
            && self.kind.is_none_or(|kind| kind == told.kind)
            && self.is_negative.is_none_or(|wanted| wanted == is_negative)
    }
}

/// Conversations that are as asked for.
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    asked: Result<Parameters<AskedConversations>, QueryRejection>,
) -> Result<Json<ConversationsView>, Problem> {
    let Parameters(asked) =
        asked.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let wanted = asked.wanted()?;
    let state = site.store.read();
    let all = state.conversations().of(wanted.brand.as_deref());
    let mut found: Vec<&Arc<Conversation>> = all.filter(|told| wanted.is(told)).collect();
    // The id last, so that pages neither repeat nor leave out what is equal in the rest.
    if wanted.by_age {
        found.sort_by_key(|told| (told.asked_at, Reverse(told.reach), &told.id));
    } else {
        found.sort_by_key(|told| (Reverse(told.reach), told.asked_at, &told.id));
    }
    let total = found.len();
    let page = found.into_iter().skip(wanted.skip).take(PAGE);
    let after = wanted.skip.saturating_add(PAGE);
    Ok(Json(ConversationsView {
        as_of: state.now(),
        total,
        next: (after < total).then_some(after),
        conversations: page.map(|told| (**told).clone()).collect(),
    }))
}
