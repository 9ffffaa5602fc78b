//! What the ingesting service counts.

use decode::{Format, Ignored};
use mention::Platform;
use service::metrics::{IntCounter, IntCounterVec, RegisterError, Registry};

/// What becomes of an event, beside being rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Post,
    Delete,
    AuthorGone,
    Heartbeat,
    Ignored,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Post, "post"),
    (Kind::Delete, "delete"),
    (Kind::AuthorGone, "author_gone"),
    (Kind::Heartbeat, "heartbeat"),
    (Kind::Ignored, "ignored"),
];

/// Metrics of the service. Every label is a closed set.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_ingest_events_total{format,event}`: what was read.
    events: IntCounterVec,
    /// `ophef_ingest_ignored_total{reason}`: understood, and of no interest.
    ignored: Vec<IntCounter>,
    /// `ophef_ingest_mentions_total{platform}`: posts of a brand.
    mentions: Vec<IntCounter>,
    /// `ophef_ingest_unmatched_total{platform}`: posts that no brand's rules match.
    unmatched: Vec<IntCounter>,
    /// `ophef_ingest_duplicates_total{platform}`: told before and left out.
    pub(crate) duplicates: Vec<IntCounter>,
    /// `ophef_ingest_copies_total{platform}`: put to a group of near-duplicates.
    pub(crate) copies: Vec<IntCounter>,
    /// `ophef_ingest_roots_total{outcome}`: replies whose thread's first post was found,
    /// or wasn't.
    pub(crate) roots: [IntCounter; 2],
    /// `ophef_ingest_deletions_total{outcome}`: deletions by the post's or the author's
    /// name alone that took a mention away, or found none.
    pub(crate) deletions: [IntCounter; 2],
    /// `ophef_ingest_edits_total{outcome}`: edits by which a post became about a brand, or
    /// no longer is.
    pub(crate) edits: [IntCounter; 2],
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another ingesting service of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let by_platform = |name, help| {
            let counters = registry.counters(name, help, &["platform"])?;
            let of = |platform: Platform| counters.with_label_values(&[platform.as_str()]);
            Ok::<_, RegisterError>(Platform::ALL.map(of).to_vec())
        };
        let by_outcome = |name, help, outcomes: [&str; 2]| {
            let counters = registry.counters(name, help, &["outcome"])?;
            Ok::<_, RegisterError>(outcomes.map(|outcome| counters.with_label_values(&[outcome])))
        };
        let ignored = registry.counters(
            "ophef_ingest_ignored_total",
            "Events that were understood and concern no brand, by reason.",
            &["reason"],
        )?;
        Ok(Self {
            events: registry.counters(
                "ophef_ingest_events_total",
                "Events that were read from what sources sent, by format and kind.",
                &["format", "event"],
            )?,
            ignored: Ignored::ALL
                .map(|reason| ignored.with_label_values(&[reason.as_str()]))
                .to_vec(),
            mentions: by_platform(
                "ophef_ingest_mentions_total",
                "Mentions found in posts; a post about two brands is two.",
            )?,
            unmatched: by_platform(
                "ophef_ingest_unmatched_total",
                "Posts that no brand's rules match.",
            )?,
            duplicates: by_platform(
                "ophef_ingest_duplicates_total",
                "Mentions that were told before and are left out.",
            )?,
            copies: by_platform(
                "ophef_ingest_copies_total",
                "Mentions whose text is nearly that of an earlier one, which count as one opinion.",
            )?,
            roots: by_outcome(
                "ophef_ingest_roots_total",
                "Replies whose thread's first post was found, or wasn't.",
                ["found", "unknown"],
            )?,
            deletions: by_outcome(
                "ophef_ingest_deletions_total",
                "Deletions that took a mention away, or concern none that is remembered.",
                ["found", "unknown"],
            )?,
            edits: by_outcome(
                "ophef_ingest_edits_total",
                "Edits by which a post became about a brand, or isn't any more.",
                ["added", "removed"],
            )?,
        })
    }

    pub(crate) fn event(&self, format: Format, kind: Kind) {
        let name = KINDS.iter().find(|(known, _)| *known == kind);
        let name = name.map_or("", |(_, name)| name);
        self.events
            .with_label_values(&[format.as_str(), name])
            .inc();
    }

    pub(crate) fn ignored(&self, reason: Ignored) {
        if let Some(at) = Ignored::ALL.iter().position(|&known| known == reason) {
            self.ignored[at].inc();
        }
    }

    pub(crate) fn mentions(&self, platform: Platform, count: usize) {
        self.mentions[platform.index()].inc_by(count as u64);
    }

    pub(crate) fn unmatched(&self, platform: Platform) {
        self.unmatched[platform.index()].inc();
    }
}
