//! Scored mentions to spikes, on event time.
//!
//! [`BrandWatch`] watches one brand. Each mention is taken as it arrives; when the
//! negatives of the last minutes are more surprising than the brand's own past
//! allows, a [`mention::Spike`] opens, is revised while it lasts, and closes.
//! What pages is the *share* of negatives, so that more mentions in the usual mood
//! never do.
//!
//! # How a mention is judged
//!
//! 1. It is counted, or not: brands' own posts, press and adverts are volume,
//!    repeats count once, late mentions never page (`counting`, `known`).
//! 2. If it is negative, five windows of minutes that end with it are scored, over
//!    all platforms and on its own: how improbable are so many negatives beside so many
//!    others, if the mood is as usual (`scan`)? The usual mood is a beta-binomial
//!    share, followed by a filter from hour to hour, with a learned correlation; over
//!    all platforms it follows the mixture of platforms in the window.
//! 3. Where the number of mentions is well known and the others are as many as usual,
//!    the *count* of negatives tells as well (`traffic`, `maths`); in news or a campaign
//!    only the share does, and the bar is higher (`opening`).
//! 4. The score's return period, read from the series' own past, is held against the
//!    alarm budget (`calibration`). The budget is the only knob.
//! 5. An open spike freezes what is learned, is explained from the details of its
//!    mentions (`facts`, `tally`, `drivers`), and closes when the minutes speak a
//!    thousand to one for the usual rate (`episode`).
//!
//! What is shown of the share beside the counts is free of the scorer's bias, where its
//! error rates are known (`share`, `mixture`); detection rests on the counts alone.
//!
//! Campaigns (`notes`), copies in step (`copies`) and faults of the input (`inputs`) are
//! noted and wake nobody, nor does what many brands show on one platform (`shift`). One
//! author's flood is one opinion (`opinions`). A rare large author's negative post pages
//! alone (`notes`), and so does a post or thread that spreads as few of its age do
//! (`virality`).
//!
//! # What surrounds it
//!
//! The usual number of mentions is learned by the brand's own clock, on working days
//! and on days off ([`calendar`], `rhythm`). How unusual the last hour is (`surge`), which
//! campaigns, events and holidays were on, and how far posts carry on each platform
//! (`visibility`) is told with a spike and in the [`Status`]. None of it pages, and an
//! announced campaign changes nothing of what does.
//!
//! # Time
//!
//! Time is in the records. Learning follows the newest mention, with minutes closed
//! once the lateness has passed; closings follow the newest record of any sort. So
//! neither the order within the lateness nor the number of heartbeats changes what
//! is learned or which spikes there are (`clock`). A clock of the brand serves all
//! its platforms: heartbeats come to every partition alike, and a platform that lags
//! behind the others by more than the lateness is late.
//!
//! # Sizes
//!
//! A series' core is under 1 KB, as a snapshot and in memory. Bounded stores
//! beside it, a brand: 8,192 known ids and as many groups of repeats (44 and 36 bytes
//! each, as many as the brand has had mentions), 1,024
//! negative mentions in detail (under 1 KB each, redacted), 512 terms and 256 other
//! values of the background, 256 groups of copies, 256 threads (512 while their
//! minutes are open; 3 KB and one negative mention each, where 128 authors have joined),
//! two days' counts of at most
//! 256 sorts of mentions (by model, language and platform); an open spike keeps up
//! to 1,024 terms, 256 threads and 240 points. A platform's visibility takes 200 bytes,
//! and 40 for each of at most 8,192 posts whose engagement was updated. A calendar is
//! shared by the brands of a place: about 12 KB with its prepared years.
//!
//! This crate is pure: no clock, no environment, no input or output. The same
//! records in the same order give the same spikes, bit for bit, on every machine.

mod aspect_scan;
mod background;
mod by_platform;
pub mod calendar;
mod calibration;
mod clock;
mod copies;
mod counting;
mod drivers;
mod episode;
mod facts;
mod fifo;
mod hash;
mod hour;
mod inputs;
mod known;
mod maths;
mod mixture;
mod notes;
mod opening;
mod opinions;
mod pager;
mod redact;
mod report;
mod rhythm;
mod ring;
mod scan;
mod series;
mod settings;
pub mod share;
mod shift;
mod snapshot;
mod spread;
mod spreading;
mod status;
mod surge;
mod tally;
mod terms;
mod thread;
mod traffic;
mod virality;
mod visibility;
mod watch;
mod words;

pub use aspect_scan::{AspectScan, Rise};
pub use counting::{Class, Outcome, class_of};
pub use hour::Hour;
pub use mixture::RateTable;
pub use settings::BrandSettings;
pub use shift::{PlatformCount, Pulse, ShiftQuestion};
pub use snapshot::RestoreError;
pub use status::{SeriesStatus, Status};
pub use visibility::{Visibility, VisibilityChange};
pub use watch::BrandWatch;

pub mod volume;

/// The distinct terms of a text, as drivers of a spike have them: words and hashtags in
/// small letters, in the order of their first appearance; without stop words, handles,
/// links and the brand's own name. At most twelve, of the first thousand bytes.
#[must_use]
pub fn terms_of(text: &str, brand: &str) -> Vec<compact_str::CompactString> {
    terms::terms_of(&words::Words::of(text), brand)
}

/// The brand's own names in the form that [`is_own_name`] compares.
#[must_use]
pub fn own_names(brand: &str, names: &[String]) -> Vec<String> {
    terms::own_names(brand, names)
}

/// Whether a term is one of the brand's names, be it a tag or a possessive.
#[must_use]
pub fn is_own_name(term: &str, own: &[String]) -> bool {
    terms::is_own(term, own)
}

/// A text as a spike's examples show it: personal data, links, handles and long numbers
/// masked, at most 280 characters.
#[must_use]
pub fn redacted(text: &str) -> String {
    redact::Redacted::text_of(text)
}
