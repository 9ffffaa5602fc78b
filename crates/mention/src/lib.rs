//! The nouns of Ophef and their wire formats.
//!
//! A *mention* is one public post about one brand. It arrives as JSON on
//! [`Topic::Mentions`], gets a [`Score`] on its way to [`Topic::Scored`], and
//! many of them together may raise a [`Spike`] on [`Topic::Spikes`]. A record
//! that breaks the contract becomes a [`Rejection`] on the topic's dead-letter
//! companion.
//!
//! Parsing borrows from the record wherever the JSON allows it, and scoring
//! appends to the original bytes instead of writing the mention anew, so that
//! fields this version doesn't know pass through untouched.
//!
//! ```
//! use mention::{Record, parse};
//!
//! let json = br#"{"id":"1","brand":"acme","platform":"x",
//!     "created_at":"2026-03-02T09:00:00Z","text":"Weer te laat"}"#;
//! let Record::Mention(mention) = parse(json)? else { unreachable!() };
//! assert_eq!(mention.brand.as_str(), "acme");
//! assert_eq!(mention.created_at.to_string(), "2026-03-02T09:00:00Z");
//! # Ok::<(), mention::Rejection>(())
//! ```
//!
//! This crate is pure: no clock, no environment, no input or output.

mod campaign;
mod campaign_course;
mod care;
mod clock;
mod correction;
mod feedback;
mod insight;
mod platform;
mod record;
mod rejection;
#[cfg(feature = "schema")]
pub mod schema;
mod score;
mod spike;
mod splice;
mod text;
mod time;
mod topic;
mod wire;

pub use campaign::{
    CampaignEvent, CampaignTotals, MAX_CAMPAIGN_BYTES, MAX_CAMPAIGN_EVENT_BYTES, MAX_COUNT, MICROS,
    Period, campaign_name, carried_campaign_event, carry_campaign_event, parse_campaign_event,
};
pub use campaign_course::{
    Backfire, CampaignChannel, CampaignCourse, Influence, Measure, Mood, PartnerPost, Spend, Tier,
    TierCourse,
};
pub use care::{Asked, Conversation};
pub use clock::{CLAMP_AHEAD, Clock, LATENESS, REJECT_AHEAD, check_clock};
pub use correction::{Correction, parse_correction, read_corrections};
pub use feedback::{Assigned, Feedback, Judged, MAX_NAME_CHARS, Signed, Verdict, parse_feedback};
pub use insight::{
    AspectCourse, AspectRise, AspectRose, Community, Competitor, Coverage, Insight, InsightDay,
    Polarities, RisingTerm, Wish,
};
pub use platform::Platform;
pub use record::{
    Author, Cluster, Engagement, Event, MAX_BRAND_BYTES, MAX_ID_BYTES, MAX_RECORD_BYTES,
    MAX_SCORE_BYTES, MAX_TEXT_BYTES, Media, Mention, Record, Role, hashed_id, heartbeat,
    is_brand_slug,
};
pub use rejection::{Reason, Rejection};
pub use score::{
    Abstention, Aspect, AspectPolarity, Aspects, Kind, Label, Probabilities, Score, Span,
};
pub use spike::{
    CalendarEntry, ClosedBecause, Coordination, Corrected, Driver, Exemplar, Expected, Observed,
    PlatformShift, Reach, SeriesPoint, Spike, SpikeKind, Term, Thread, Volume,
};
pub use splice::{append_score, clamp_created_at};
pub use text::Text;
pub use time::{EventTime, TimeError};
pub use topic::{HEADER_COLUMNS, HEADER_FORMAT, HEADER_SOURCE, Topic};
pub use wire::{parse, parse_scored};
