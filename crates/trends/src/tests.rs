//! The laws of a brand's trends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and tells what it measured"
)]

use std::sync::Arc;

use detect::BrandSettings;
use mention::{EventTime, Mention, Platform, Record, parse};
use proptest::prelude::*;
use serde_json::json;

use super::*;

mod campaigns;
mod figures;

const START: i64 = 1_790_000_000_000; // 2026-09-21
const MINUTE: i64 = EventTime::MINUTE_MS;
const DAY: i64 = EventTime::DAY_MS;

/// A plain post.
pub(crate) fn post(text: &str) -> Mention<'static> {
    mention(
        json!({"text": text, "id": format!("{:016x}", hash::of(text.as_bytes()))}),
        START,
    )
}

/// A mention of the brand `acme` with these fields, at a time in milliseconds.
fn mention(fields: serde_json::Value, at: i64) -> Mention<'static> {
    let mut whole = json!({"id": "1", "brand": "acme", "platform": "x", "text": "",
        "created_at": EventTime::from_millis(at)});
    for (key, value) in fields.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let bytes: &'static [u8] = Box::leak(whole.to_string().into_boxed_str()).as_bytes();
    match parse(bytes).unwrap() {
        Record::Mention(mention) => *mention,
        Record::Heartbeat(_) => unreachable!("it is a post"),
    }
}

/// A scored customer's post about an aspect.
fn said(at: i64, author: u64, text: &str, label: &str, aspect: &str) -> Mention<'static> {
    let p = |of: &str| if of == label { 0.9 } else { 0.05 };
    mention(
        json!({"id": format!("{at}-{author}"), "text": text, "author": {"id": format!("k1.{author}")},
            "score": {"label": label, "probabilities": {"negative": p("negative"),
                "neutral": p("neutral"), "positive": p("positive")}, "kind": "complaint",
                "aspects": [{"aspect": aspect, "polarity": label, "confidence": 0.9}]}}),
        at,
    )
}

fn about() -> Arc<About> {
    let rivals = [Rival {
        name: "veerhuis".to_owned(),
        names: vec!["Veerhuis".to_owned()],
    }];
    let settings = BrandSettings {
        names: vec!["Acme Shop".to_owned()],
        ..BrandSettings::new("acme")
    };
    Arc::new(About::new(settings, &rivals, &[Platform::Tiktok]))
}

/// Quiet weeks: a mention every two minutes, one in ten negative, of aspects in turn.
fn quiet(from: i64, days: i64) -> impl Iterator<Item = Mention<'static>> {
    (0..days * 720).map(move |number| {
        let at = from + number * 2 * MINUTE;
        let chance = hash::mix(at.cast_unsigned());
        let label = match chance % 10 {
            0 => "negative",
            1..=3 => "positive",
            _ => "neutral",
        };
        let aspect = ["delivery", "price", "quality", "service"][(chance >> 8) as usize % 4];
        let words = [
            "pakket", "bezorger", "winkel", "korting", "jas", "schoenen", "prijs",
        ];
        let word = |shift: u32| words[(chance >> shift) as usize % words.len()];
        let text = format!("{} {} {}", word(16), word(24), word(32));
        said(at, chance % 5_000, &text, label, aspect)
    })
}

fn after(days: i64) -> BrandTrends {
    let mut trends = BrandTrends::new(about());
    for mention in quiet(START, days) {
        trends.observe(&mention);
    }
    trends
}

#[test]
fn a_planted_regression_outrage_and_trend_are_found_and_the_quiet_weeks_show_nothing() {
    let mut trends = BrandTrends::new(about());
    let mut told = 0;
    for mention in quiet(START, 21) {
        trends.observe(&mention);
        if let Some(summary) = trends.summary_if_due() {
            told += 1;
            assert!(summary.rising.is_empty(), "{:?}", summary.rising);
            let rises = summary.aspects.iter().filter_map(|course| course.rise);
            assert_eq!(rises.count(), 0, "{:?}", summary.aspects);
        }
    }
    assert_eq!(told, 21 * 720);
    let summary = trends.summary();
    assert_eq!(summary.days.len(), 22); // the stream begins in the afternoon
    assert!((summary.community.authors_four_weeks as f64 / 4_750.0 - 1.0).abs() < 0.05);
    assert!(summary.community.returning > 0.7, "{:?}", summary.community);
    assert!(!summary.coverage.is_too_little && summary.coverage.silent.is_empty());
    // An outrage over prices for two hours, by people who all call it #duur; meanwhile
    // delivery has less of the complaints than ever, so the total is hardly more.
    let from = START + 21 * DAY;
    for (number, mention) in (0..).zip(quiet(from, 1).take(60)) {
        let at = mention.created_at.millis();
        trends.observe(&mention);
        if number % 2 == 0 {
            trends.observe(&said(
                at,
                9_000 + number,
                "alweer duurder #duur",
                "negative",
                "price",
            ));
        }
    }
    let summary = trends.summary();
    assert_eq!(summary.rising[0].term, "#duur", "{:?}", summary.rising);
    let price = summary
        .aspects
        .iter()
        .find(|course| course.aspect == mention::Aspect::Price);
    let rise = price.unwrap().rise.unwrap();
    assert!(
        rise.since.millis() >= from - 2 * 60 * MINUTE && rise.negative >= 5,
        "{rise:?}"
    );
    let silence = EventTime::from_millis(from + 5 * 60 * MINUTE);
    let mut silent = trends.clone();
    silent.advance(silence);
    let still = silent.summary().aspects;
    assert!(still.iter().all(|course| course.rise.is_none()));
    let others = summary
        .aspects
        .iter()
        .filter(|course| course.rise.is_some());
    assert_eq!(others.count(), 1);
}

#[test]
fn a_snapshot_goes_on_as_the_one_that_wrote_it() {
    let mut trends = after(3);
    let bytes = trends.snapshot();
    let mut again = BrandTrends::restore(about(), &bytes).unwrap();
    assert_eq!(again.snapshot(), bytes);
    for mention in quiet(START + 3 * DAY, 2) {
        assert_eq!(again.observe(&mention), trends.observe(&mention));
    }
    assert_eq!(again.summary_if_due(), trends.summary_if_due());
    assert_eq!(again, trends);
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        BrandTrends::restore(about(), &bytes)
    };
    assert!(matches!(flipped(0), Err(RestoreError::Format(_))));
    assert!(matches!(
        flipped(bytes.len() / 2),
        Err(RestoreError::Damaged(_))
    ));
    assert!(BrandTrends::restore(about(), &bytes[..3]).is_err());
    assert!(BrandTrends::restore(about(), &[]).is_err());
}

#[test]
fn what_isnt_a_customers_word_makes_no_trend() {
    let mut trends = after(2);
    let before = trends.clone();
    let at = START + 2 * DAY;
    let with = |fields| trends_outcome(&mut trends.clone(), &mention(fields, at));
    assert_eq!(with(json!({"text": "a", "canary": true})), Outcome::Ignored);
    assert_eq!(
        with(json!({"text": "a", "brand": "other"})),
        Outcome::Ignored
    );
    assert_eq!(
        with(json!({"text": "a", "author": {"role": "brand"}})),
        Outcome::Volume
    );
    let copy = json!({"text": "please add nieuwe knop", "repost_of": "7"});
    let not_a_wish = Outcome::Counted {
        wish: false,
        rivals: 0,
    };
    assert_eq!(with(copy), not_a_wish);
    let late = mention(json!({"text": "a"}), at - 40 * DAY);
    assert_eq!(trends.observe(&late), Outcome::TooLate);
    assert_eq!(trends.summary().coverage.too_late, 1);
    assert_eq!(trends.summary().days, before.summary().days);
    // No text, no author, a film: a blind spot.
    let film = mention(json!({"text": "", "media": ["video"]}), at);
    trends.observe(&film);
    assert!(trends.summary().coverage.unscored_media > 0.0);
    assert_eq!(trends.summary().community.anonymous, 1);
}

fn trends_outcome(trends: &mut BrandTrends, mention: &Mention<'_>) -> Outcome {
    trends.observe(mention)
}

#[test]
fn comparisons_wishes_and_deletions_are_told() {
    let mut trends = BrandTrends::new(about());
    let text = "Veel goedkoper dan Veerhuis. Jammer dat er geen afhaalpunt is";
    let found = trends.observe(&said(START, 1, text, "positive", "price"));
    assert_eq!(
        found,
        Outcome::Counted {
            wish: true,
            rivals: 1
        }
    );
    let summary = trends.summary();
    assert_eq!(summary.competitors[0].ours, 1);
    assert_eq!(summary.wishes[0].terms, ["afhaalpunt"]);
    assert!(summary.coverage.is_too_little);
    assert_eq!(summary.coverage.sampled, [Platform::Tiktok]);
    let gone = json!({"id": format!("{START}-1"), "event": "delete"});
    trends.observe(&mention(gone, START + MINUTE));
    assert_eq!(trends.summary().wishes[0].example, None);
}

/// The largest state that hostile mentions can make: other words, authors, wishes and
/// aspects each time.
fn largest(weeks: i64) -> BrandTrends {
    let mut trends = BrandTrends::new(about());
    let aspects = mention::Aspect::ALL;
    for number in 0..weeks * 10_000 {
        let at = START + number * 7 * DAY / 10_000;
        let hash = hash::mix(number.cast_unsigned());
        let word = |shift: u32| format!("{}é", letters(hash.rotate_left(shift)));
        let text = format!(
            "please add {} {} {} {} Veerhuis {} {}",
            word(0),
            word(8),
            word(16),
            word(24),
            word(32),
            "x".repeat(300)
        );
        let aspect = aspects[(hash >> 8) as usize % aspects.len()].as_str();
        trends.observe(&said(at, hash, &text, "negative", aspect));
    }
    trends
}

fn letters(mut number: u64) -> String {
    let mut word = String::new();
    while word.len() < 20 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number = number / 26 + 7;
    }
    word
}

impl BrandTrends {
    fn without_scans(&self) -> Self {
        let mut rest = self.clone();
        rest.state.scans.clear();
        rest
    }
}

#[test]
fn a_brands_state_is_at_most_64_kilobytes() {
    let trends = largest(5);
    let snapshot = trends.snapshot().len();
    // The rest is trends and community; the scans of aspects come beside that.
    let rest = trends.without_scans().snapshot().len();
    assert!(
        rest <= 64 * 1_024 && snapshot <= 76 * 1_024,
        "{rest} of {snapshot} bytes"
    );
    let taken = allocation_counter::measure(|| {
        let again = BrandTrends::restore(about(), &trends.snapshot()).unwrap();
        std::mem::forget(again);
    });
    // What is known of the brand beforehand is shared, and counted here all the same.
    let memory = taken.bytes_current + size_of::<BrandTrends>() as i64;
    println!("snapshot {rest} of {snapshot} bytes, memory {memory} bytes");
    assert!(memory <= 96 * 1_024, "{memory} bytes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn within_the_lateness_the_order_leaves_no_trace_in_the_figures(turns in proptest::collection::vec(0_usize..8, 40)) {
        let mentions: Vec<Mention<'static>> = quiet(START, 1).take(turns.len()).collect();
        let mut shuffled = mentions.clone();
        for (place, turn) in turns.iter().enumerate() {
            // Seven mentions are 14 minutes.
            shuffled.swap(place, (place + turn).min(mentions.len() - 1).min(place + 7));
        }
        let of = |mentions: &[Mention<'static>]| {
            let mut trends = BrandTrends::new(about());
            mentions.iter().for_each(|mention| { trends.observe(mention); });
            trends.advance(EventTime::from_millis(START + DAY));
            let mut summary = trends.summary();
            summary.aspects.iter_mut().for_each(|course| {
                course.rise = None;
                course.rose = None;
            });
            summary
        };
        prop_assert_eq!(of(&shuffled), of(&mentions));
    }

    #[test]
    fn no_text_does_any_harm(texts in proptest::collection::vec("\\PC{0,60}|[a-z#@ .!é]{0,200}", 1..10), at in 0_i64..4_000_000_000_000) {
        let mut trends = BrandTrends::new(about());
        for (number, text) in texts.iter().enumerate() {
            let fields = json!({"text": text, "media": ["image"], "id": number.to_string()});
            trends.observe(&mention(fields, at + number as i64 * DAY));
        }
        let bytes = trends.snapshot();
        prop_assert_eq!(BrandTrends::restore(about(), &bytes).unwrap(), trends);
    }
}
