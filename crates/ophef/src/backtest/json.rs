//! A backtest as one JSON object.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Outcome;
use super::compare::Comparison;
use super::found::Found;
use super::interval::Estimate;
use super::labels::Verdict;
use crate::demo::report;

/// The object of `ophef backtest --json`.
pub(super) fn object(outcome: &Outcome<'_>) -> Value {
    let found = &outcome.found;
    let mut object = json!({
        "in": found.lines,
        "scored": found.scored,
        "dead": found.dead,
        "spikes": report::in_order(&found.spikes),
        "brands": brands(found),
        "weeks": (found.weeks() * 1_000.0).round() / 1_000.0,
    });
    if let Some(verdict) = found.verdict() {
        object["labels"] = labels(&verdict);
    }
    if let Some(other) = &outcome.other {
        let (first, second) = (found.alarms(), other.found.alarms());
        let comparison = Comparison::of(&first, &second);
        let ids = |spikes: &[&mention::Spike]| -> Vec<String> {
            spikes.iter().map(|spike| spike.id.clone()).collect()
        };
        object["compare"] = json!({
            "with": other.name,
            "spikes": report::in_order(&other.found.spikes),
            "brands": brands(&other.found),
            "both": comparison.pairs(),
            "only_here": ids(&comparison.only_first),
            "only_there": ids(&comparison.only_second),
            "labels": other.found.verdict().as_ref().map(labels),
        });
    }
    object
}

fn brands(found: &Found) -> BTreeMap<&str, Value> {
    let rows = found.rows().into_iter().map(|row| {
        let brand = json!({
            "mentions": row.mentions,
            "watched": row.is_watched,
            "weeks": (row.weeks * 1_000.0).round() / 1_000.0,
            "alarms": row.alarms,
            "alarms_per_week": row.rate.rounded(),
            "notes": row.notes,
        });
        (row.brand, brand)
    });
    rows.collect()
}

fn labels(verdict: &Verdict) -> Value {
    json!({
        "recall": verdict.recall().map(Estimate::rounded),
        "precision": verdict.precision().map(Estimate::rounded),
        "delay_minutes": verdict.minutes(),
        "delay_mentions": verdict.mentions(),
        "found": verdict.found,
        "missed": verdict.missed,
        "not_recorded": verdict.unrecorded,
        "good_alarms": verdict.good,
        "extra_alarms": verdict.extra,
        "false_alarms": verdict.outside,
        "unjudged_alarms": verdict.unjudged,
    })
}
