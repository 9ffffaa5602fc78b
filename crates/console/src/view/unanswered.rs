//! Who waits for an answer: in a spike, and of all brands.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use mention::{Asked, Conversation};

use super::Frame;
use super::lists::{cut, encoded};
use super::time::{Clock, Shown, span};
use super::words::{self, Lang};
use crate::store::{Answers, Entry, State};

/// Posts on the page.
const ROWS: usize = 100;
/// Spikes whose examples are looked through for a post's text, the newest.
const SPIKES: usize = 200;
/// Longest text that is shown of a post, characters.
const CHARS: usize = 280;

/// Whether people get an answer in a spike, as sentences.
#[derive(Debug)]
pub(crate) struct AnswersShown {
    pub(crate) figures: Vec<(String, String)>,
    /// The page of those who wait.
    pub(crate) address: String,
}

/// What is known of the spike's time; none if nobody asked anything.
pub(crate) fn answers(
    entry: &Entry,
    state: &State,
    clock: &Clock,
    lang: Lang,
) -> Option<AnswersShown> {
    let spike = &*entry.spike;
    let until = spike.closed_at.unwrap_or(clock.now());
    let all = state.conversations();
    let answers = all.answers(&spike.brand, &spike.platform, spike.onset, until);
    (answers.asked > 0).then(|| AnswersShown {
        figures: figures(&answers, clock, lang),
        address: format!("/unanswered?brand={}", encoded(&spike.brand)),
    })
}

fn figures(answers: &Answers, clock: &Clock, lang: Lang) -> Vec<(String, String)> {
    let mut figures = vec![
        (
            lang.or("Asked since the onset", "Gevraagd sinds het begin")
                .to_owned(),
            lang.number(answers.asked),
        ),
        (
            lang.or("Answered", "Beantwoord").to_owned(),
            lang.number(answers.answered),
        ),
        (
            lang.or("Unanswered", "Onbeantwoord").to_owned(),
            lang.number(answers.open()),
        ),
    ];
    if let Some(oldest) = answers.oldest {
        let what = lang.or("The oldest waits for", "De oudste wacht al");
        figures.push((what.to_owned(), span(lang, clock.ago(oldest))));
    }
    if let Some(seconds) = answers.median_seconds {
        let what = lang.or(
            "Half were answered within",
            "De helft kreeg antwoord binnen",
        );
        let millis = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000);
        figures.push((what.to_owned(), span(lang, millis)));
    }
    figures
}

/// A post that waits for an answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) brand: String,
    pub(crate) brand_query: String,
    pub(crate) platform: String,
    pub(crate) kind: &'static str,
    pub(crate) asked: Shown,
    pub(crate) waits: String,
    pub(crate) reach: String,
    pub(crate) id: String,
    /// Its text, redacted, and its spike, where it is one of a spike's examples.
    pub(crate) example: Option<(String, String)>,
}

/// The negative posts that nobody has answered.
#[derive(Debug, Template)]
#[template(path = "unanswered.html")]
pub(crate) struct UnansweredPage {
    pub(crate) f: Frame,
    /// The brand that was asked for, if one was.
    pub(crate) brand: String,
    pub(crate) total: String,
    pub(crate) oldest: Option<String>,
    /// Whether the oldest come first, not those with the most reach.
    pub(crate) by_age: bool,
    /// The same page in the other order.
    pub(crate) other_order: String,
    pub(crate) rows: Vec<Waiting>,
    pub(crate) more: bool,
}

impl UnansweredPage {
    pub(crate) fn new(
        f: Frame,
        brand: Option<&str>,
        by_age: bool,
        state: &State,
        clock: &Clock,
    ) -> Self {
        let lang = f.lang;
        let all = state.conversations().unanswered(brand);
        let mut all: Vec<&Arc<Conversation>> = all.collect();
        let oldest = all.iter().map(|told| told.asked_at).min();
        let total = all.len();
        if by_age {
            all.sort_by_key(|told| (told.asked_at, Reverse(told.reach)));
        } else {
            all.sort_by_key(|told| (Reverse(told.reach), told.asked_at));
        }
        all.truncate(ROWS);
        let texts = texts(&all, state);
        let rows = all.iter().map(|told| row(told, &texts, clock, lang));
        let own = brand.map_or_else(String::new, |brand| format!("brand={}", encoded(brand)));
        let order = if by_age { "" } else { "order=age" };
        let parts = [own.as_str(), order]
            .into_iter()
            .filter(|part| !part.is_empty());
        let parts = parts.collect::<Vec<_>>().join("&");
        Self {
            brand: brand.map_or_else(String::new, |brand| cut(brand, 64)),
            total: lang.number(total as u64),
            oldest: oldest.map(|oldest| span(lang, clock.ago(oldest))),
            by_age,
            other_order: if parts.is_empty() {
                "/unanswered".to_owned()
            } else {
                format!("/unanswered?{parts}")
            },
            rows: rows.collect(),
            more: total > ROWS,
            f,
        }
    }
}

/// Redacted texts and spikes of the posts that are examples of one, the newest.
fn texts(wanted: &[&Arc<Conversation>], state: &State) -> BTreeMap<String, (String, String)> {
    let entries: Vec<Entry> = state.newest().take(SPIKES).collect();
    let found = wanted.iter().filter_map(|told| {
        let mut of_brand = entries
            .iter()
            .filter(|entry| entry.spike.brand == told.brand);
        let example = of_brand.find_map(|entry| {
            let mut exemplars = entry.spike.exemplars.iter();
            let exemplar = exemplars.find(|exemplar| exemplar.id == told.id)?;
            Some((cut(&exemplar.text, CHARS), entry.spike.id.clone()))
        })?;
        Some((told.id.clone(), example))
    });
    found.collect()
}

fn row(
    told: &Conversation,
    texts: &BTreeMap<String, (String, String)>,
    clock: &Clock,
    lang: Lang,
) -> Waiting {
    Waiting {
        brand: cut(&told.brand, 64),
        brand_query: encoded(&told.brand),
        platform: words::platform(lang, told.platform.as_str()).to_owned(),
        kind: match told.kind {
            Asked::Complaint => lang.or("complaint", "klacht"),
            Asked::Question => lang.or("question", "vraag"),
            Asked::Negative => lang.or("negative remark", "negatieve opmerking"),
        },
        asked: clock.show(lang, told.asked_at),
        waits: span(lang, clock.ago(told.asked_at)),
        reach: if told.reach > 0 {
            lang.about(told.reach)
        } else {
            "–".to_owned()
        },
        id: told.id.clone(),
        example: texts.get(&told.id).cloned(),
    }
}
