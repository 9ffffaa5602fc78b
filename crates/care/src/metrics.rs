//! What the answering service counts, brand by brand.

use std::collections::BTreeSet;

use conversation::{Book, Note, ReplyTo, Taken};
use mention::{Asked, EventTime, Platform};
use service::metrics::{
    HistogramVec, IntCounter, IntCounterVec, IntGauge, RegisterError, Registry,
};

use crate::shown::Shown;

/// Brands with labels of their own where none is configured: a brand on five platforms
/// makes some 400 series, most of them of its two histograms.
const LABELLED_MAX: usize = 200;
/// The label of all others.
const OTHER: &str = "other";
/// Response times, seconds: from five minutes, about the fastest team, to three days,
/// after which nobody calls it an answer.
const BUCKETS: [f64; 9] = [
    300.0, 900.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 86_400.0, 172_800.0, 259_200.0,
];
/// `reply_to` of what the brand posts without replying.
const NOTHING: &str = "nothing";

/// Why a mention is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It breaks the contract.
    Unreadable,
    /// Its brand isn't configured.
    Untracked,
    /// There are too many brands.
    Overflow,
    /// It is older than conversations are remembered.
    Old,
}

/// Metrics of the service. Brands are bounded by the settings, all other labels are closed
/// sets.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_conversations_total{brand,platform,kind}`: begun.
    asked: IntCounterVec,
    /// `ophef_conversations_judged_total{brand,in_time}`: answered in time (`yes`), or
    /// waiting for longer than the brand promises (`no`); not of history that is played.
    judged: IntCounterVec,
    /// `ophef_conversations_forgotten_total{brand,because}`: without an answer, because of
    /// their age (`expired`) or because there are too many (`full`).
    forgotten: IntCounterVec,
    /// `ophef_brand_replies_total{brand,reply_to}`: what the brand replied to.
    replies: IntCounterVec,
    /// `ophef_first_response_seconds{brand,platform,kind}`, by the clock on the wall, and
    /// `ophef_first_response_office_seconds{…}`, in the brand's office hours.
    first_response: [HistogramVec; 2],
    /// `ophef_clocks_disagree_total`: answers that are older than their question.
    clocks: IntCounter,
    /// `ophef_care_left_out_total{because}`: mentions of which nothing is kept.
    left_out: IntCounterVec,
    /// `ophef_care_awaited_posts`: posts that something was told of, and that aren't
    /// there (yet).
    awaited: IntGauge,
    /// `ophef_care_states_discarded_total`: brands begun anew, their pages unusable.
    pub(crate) discarded: IntCounter,
    shown: Shown,
    labelled: BTreeSet<String>,
    /// Brands that may have labels; `None` where they are configured, which bounds them.
    limit: Option<usize>,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another answering service of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let none: [&str; 0] = [];
        let count = |name, help| {
            let counters = registry.counters(name, help, &none)?;
            Ok::<_, RegisterError>(counters.with_label_values(&none))
        };
        let of_conversation = &["brand", "platform", "kind"];
        let left_out = registry.counters(
            "ophef_care_left_out_total",
            "Mentions that no conversation is followed of: those that break the contract \
             (unreadable; the watcher diverts them), of brands that aren't configured \
             (untracked) or beyond the most that are tracked (overflow), and older than \
             conversations are remembered (old).",
            &["because"],
        )?;
        Ok(Self {
            asked: registry.counters(
                "ophef_conversations_total",
                "Customers' posts that ask for an answer.",
                of_conversation,
            )?,
            judged: registry.counters(
                "ophef_conversations_judged_total",
                "Conversations that were answered in time (yes), or that have waited for \
                 longer (no); each once, and none of history that is played.",
                &["brand", "in_time"],
            )?,
            forgotten: registry.counters(
                "ophef_conversations_forgotten_total",
                "Conversations forgotten without an answer: too old (expired) or too many (full).",
                &["brand", "because"],
            )?,
            replies: registry.counters(
                "ophef_brand_replies_total",
                "What the brand posted, by what it replies to.",
                &["brand", "reply_to"],
            )?,
            first_response: [
                registry.histograms(
                    "ophef_first_response_seconds",
                    "From question to first answer, event time.",
                    of_conversation,
                    &BUCKETS,
                )?,
                registry.histograms(
                    "ophef_first_response_office_seconds",
                    "From question to first answer, in the brand's office hours only.",
                    of_conversation,
                    &BUCKETS,
                )?,
            ],
            clocks: count(
                "ophef_clocks_disagree_total",
                "Answers that are older than their question; their time counts as 0.",
            )?,
            left_out,
            awaited: registry
                .int_gauges(
                    "ophef_care_awaited_posts",
                    "Posts that something was told of, and that aren't there (yet).",
                    &none,
                )?
                .with_label_values(&none),
            discarded: count(
                "ophef_care_states_discarded_total",
                "Brands begun anew because their state couldn't be used.",
            )?,
            shown: Shown::register(registry)?,
            labelled: BTreeSet::new(),
            limit: Some(LABELLED_MAX),
        })
    }

    /// The brands are configured, and all have labels.
    pub(crate) const fn label_all(&mut self) {
        self.limit = None;
    }

    /// Whether the brand has labels of its own; it gets them if there is room.
    fn has_labels(&mut self, brand: &str) -> bool {
        if self.labelled.contains(brand) {
            return true;
        }
        if self.limit.is_some_and(|limit| self.labelled.len() >= limit) {
            return false;
        }
        self.labelled.insert(brand.to_owned());
        // There from the start, so that the first one is an increase.
        for in_time in ["yes", "no"] {
            let _ = self.judged.with_label_values(&[brand, in_time]);
        }
        for reply_to in replies() {
            let _ = self.replies.with_label_values(&[brand, reply_to]);
        }
        true
    }

    fn label<'a>(&mut self, brand: &'a str) -> &'a str {
        if self.has_labels(brand) { brand } else { OTHER }
    }

    pub(crate) fn left_out(&self, because: LeftOut) {
        let because = match because {
            LeftOut::Unreadable => "unreadable",
            LeftOut::Untracked => "untracked",
            LeftOut::Overflow => "overflow",
            LeftOut::Old => "old",
        };
        self.left_out.with_label_values(&[because]).inc();
    }

    /// Counts a mention.
    pub(crate) fn took(&self, taken: Taken) {
        if taken == Taken::TooOld {
            self.left_out(LeftOut::Old);
        }
    }

    /// Counts what follows from a mention or from time. Who waits too long is counted only
    /// if that `is_recent`.
    pub(crate) fn note(&mut self, brand: &str, notes: &[Note], is_recent: bool) {
        if notes.is_empty() {
            return;
        }
        let brand = self.label(brand);
        let counts = |note: &&Note| is_recent || !matches!(note, Note::Judged { .. });
        for note in notes.iter().filter(counts) {
            self.note_one(brand, note);
        }
    }

    fn note_one(&self, brand: &str, note: &Note) {
        let replied = |to| self.replies.with_label_values(&[brand, to]).inc();
        let forgotten = |because| self.forgotten.with_label_values(&[brand, because]).inc();
        match *note {
            Note::Asked { platform, kind } => {
                let labels = [brand, platform.as_str(), kind.as_str()];
                self.asked.with_label_values(&labels).inc();
            }
            Note::Answered {
                platform,
                kind,
                millis,
                office_millis,
                clocks_disagree,
            } => {
                let labels = [brand, platform.as_str(), kind.as_str()];
                let times = [millis, office_millis].map(seconds);
                for (histogram, seconds) in self.first_response.iter().zip(times) {
                    histogram.with_label_values(&labels).observe(seconds);
                }
                if clocks_disagree {
                    self.clocks.inc();
                }
            }
            Note::Judged { in_time } => {
                let in_time = if in_time { "yes" } else { "no" };
                self.judged.with_label_values(&[brand, in_time]).inc();
            }
            Note::Posted => replied(NOTHING),
            Note::Replied(to) => replied(to.as_str()),
            Note::Expired => forgotten("expired"),
            Note::Dropped => forgotten("full"),
        }
    }

    pub(crate) fn awaited(&self, count: usize) {
        self.awaited.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Shows who waits for the brand at `now`. The oldest is shown only if that `is_recent`.
    pub(crate) fn show(&mut self, brand: &str, book: &Book, now: EventTime, is_recent: bool) {
        if self.has_labels(brand) {
            self.shown.show(brand, book, now, is_recent);
        }
    }

    /// The brand isn't followed here any more: its new owner exports it.
    pub(crate) fn forget(&mut self, brand: &str) {
        if !self.labelled.remove(brand) {
            return;
        }
        self.shown.forget(brand);
        // Many of them were never made.
        for in_time in ["yes", "no"] {
            let _ = self.judged.remove_label_values(&[brand, in_time]);
        }
        for because in ["expired", "full"] {
            let _ = self.forgotten.remove_label_values(&[brand, because]);
        }
        for reply_to in replies() {
            let _ = self.replies.remove_label_values(&[brand, reply_to]);
        }
        for platform in Platform::ALL {
            for kind in Asked::ALL {
                let labels = [brand, platform.as_str(), kind.as_str()];
                let _ = self.asked.remove_label_values(&labels);
                for histogram in &self.first_response {
                    let _ = histogram.remove_label_values(&labels);
                }
            }
        }
    }
}

fn replies() -> impl Iterator<Item = &'static str> {
    ReplyTo::ALL
        .map(ReplyTo::as_str)
        .into_iter()
        .chain([NOTHING])
}

#[allow(
    clippy::cast_precision_loss,
    reason = "years of milliseconds are below 2^53"
)]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}
