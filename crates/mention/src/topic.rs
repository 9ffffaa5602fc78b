//! The topics of the pipeline.

/// A topic of the pipeline. The version in the name changes only when an old
/// reader would misread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Mentions, key = brand slug.
    Mentions,
    /// Mentions with their score, key = brand slug, same partition as the mention.
    Scored,
    /// Revisions of spikes, key = spike id, compacted.
    Spikes,
    /// Snapshots of the watcher's state, compacted.
    WatchState,
    /// People's corrections of scores, key = brand/platform/id, compacted.
    Corrections,
    /// What sources send, as they sent it; the header [`HEADER_FORMAT`] names its format.
    Raw,
    /// Mentions before duplicates are left out and threads are found, key = brand slug;
    /// between the two stages of ingest.
    Matched,
    /// Snapshots of what ingest remembers of the mentions it wrote, compacted.
    LinkState,
    /// People's responses to spikes, key = spike id, compacted.
    Feedback,
    /// How far each source has come, key = its name, compacted.
    Sources,
    /// Conversations that wait or were answered, key = brand/platform/id, compacted.
    Care,
    /// Snapshots of what answering remembers, compacted.
    CareState,
    /// What a brand's mentions say over weeks, key = brand slug, compacted.
    Insight,
    /// Snapshots of the state behind it, compacted.
    InsightState,
    /// What campaigns brought, as advertising platforms tell it, key = brand slug.
    CampaignEvents,
}

/// Header of a record on [`Topic::Raw`]: the format of its value.
pub const HEADER_FORMAT: &str = "ophef-format";
/// Header of a record on [`Topic::Raw`]: a short free name of where it came from.
pub const HEADER_SOURCE: &str = "ophef-source";
/// Header of a record on [`Topic::Raw`] whose value is one row of a table: the table's
/// first line, which names the columns.
pub const HEADER_COLUMNS: &str = "ophef-columns";

impl Topic {
    /// Every topic that `ophef` creates, dead-letter companions aside.
    pub const ALL: [Self; 15] = [
        Self::Mentions,
        Self::Scored,
        Self::Spikes,
        Self::WatchState,
        Self::Corrections,
        Self::Raw,
        Self::Matched,
        Self::LinkState,
        Self::Feedback,
        Self::Sources,
        Self::Care,
        Self::CareState,
        Self::Insight,
        Self::InsightState,
        Self::CampaignEvents,
    ];

    /// The name of the topic, without a deployment's prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mentions => "ophef.mentions.v1",
            Self::Scored => "ophef.scored.v1",
            Self::Spikes => "ophef.spikes.v1",
            Self::WatchState => "ophef.watch-state.v1",
            Self::Corrections => "ophef.corrections.v1",
            Self::Raw => "ophef.raw.v1",
            Self::Matched => "ophef.matched.v1",
            Self::LinkState => "ophef.link-state.v1",
            Self::Feedback => "ophef.feedback.v1",
            Self::Sources => "ophef.sources.v1",
            Self::Care => "ophef.care.v1",
            Self::CareState => "ophef.care-state.v1",
            Self::Insight => "ophef.insight.v1",
            Self::InsightState => "ophef.insight-state.v1",
            Self::CampaignEvents => "ophef.campaign-events.v1",
        }
    }

    /// Whether only the last record of a key is kept.
    #[must_use]
    pub const fn is_compacted(self) -> bool {
        matches!(
            self,
            Self::Spikes
                | Self::WatchState
                | Self::Corrections
                | Self::LinkState
                | Self::Feedback
                | Self::Sources
                | Self::Care
                | Self::CareState
                | Self::Insight
                | Self::InsightState
        )
    }

    /// Whether bad records of this topic are diverted to `<name>.dead`.
    #[must_use]
    pub const fn has_dead_letters(self) -> bool {
        matches!(
            self,
            Self::Mentions | Self::Scored | Self::Raw | Self::Matched | Self::CampaignEvents
        )
    }
}
