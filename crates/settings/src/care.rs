//! `[care]`: conversations, and when they should be answered.

use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::check::{Fault, within};

/// Hours within which an answer can be asked for: from a quarter of an hour to four weeks.
pub(crate) const HOURS: RangeInclusive<f64> = 0.25..=672.0;

/// `[care]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Care {
    /// Office hours within which an answer is in time, 0.25–672.
    pub answer_within_hours: f64,
    /// Days after which a conversation is forgotten and a reply doesn't count, 2–400.
    pub expiry_days: u32,
    /// Conversations of a brand that are remembered at most, 100–1,000,000.
    pub max_conversations: usize,
    /// Brands one deployment follows at most when none is configured, 1–1,000,000.
    pub max_brands: usize,
}

impl Default for Care {
    fn default() -> Self {
        Self {
            // Half a working day: who asks in the morning knows in the afternoon.
            answer_within_hours: 4.0,
            // After two weeks nobody waits any more, and the annual leave of one who was
            // to answer is over.
            expiry_days: 14,
            // Some 40 MB where all of them are there.
            max_conversations: 100_000,
            max_brands: 10_000,
        }
    }
}

pub(crate) fn check(care: &Care) -> Vec<Fault> {
    let section = "care";
    let hours = &care.answer_within_hours;
    let faults = [
        within(section, "answer_within_hours", hours, &HOURS),
        within(section, "expiry_days", &care.expiry_days, &(2..=400)),
        within(
            section,
            "max_conversations",
            &care.max_conversations,
            &(100..=1_000_000),
        ),
        within(section, "max_brands", &care.max_brands, &(1..=1_000_000)),
    ];
    faults.into_iter().flatten().collect()
}
