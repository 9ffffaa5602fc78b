//! What was planted in the week, and when: the truth for tests and demonstrations.

use mention::{EventTime, Platform, SpikeKind};

use crate::draft::moment;
use crate::rhythm::clock;

/// What was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlantedKind {
    /// Tuesday's spring sale: five times the volume, mood as usual.
    Campaign,
    /// Wednesday's parcels that don't come: many authors complain.
    DeliveryWave,
    /// Thursday's post of a large author and the thread below it.
    ViralThread,
    /// Friday's hours in which one platform delivers nothing.
    Outage,
    /// The burst of mentions when that platform is back, mood as usual.
    CatchUp,
    /// Saturday's sixty copies of one text.
    SpamBurst,
}

impl PlantedKind {
    /// The kind of spike a detector should name it, if it reports it at all.
    #[must_use]
    pub const fn spike_kind(self) -> SpikeKind {
        match self {
            Self::Campaign => SpikeKind::Campaign,
            Self::DeliveryWave => SpikeKind::ComplaintWave,
            Self::ViralThread => SpikeKind::ViralThread,
            Self::Outage | Self::CatchUp => SpikeKind::InputFault,
            Self::SpamBurst => SpikeKind::Coordinated,
        }
    }

    /// Whether somebody should be called for it.
    #[must_use]
    pub const fn pages(self) -> bool {
        matches!(self, Self::DeliveryWave | Self::ViralThread)
    }
}

/// One planted happening, all of brand `pluimvos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Planted {
    /// What it is.
    pub kind: PlantedKind,
    /// The platform it is confined to; `None` for several.
    pub platform: Option<Platform>,
    /// When it begins, seconds after the week's start.
    pub from_seconds: u64,
    /// When it is over, seconds after the week's start.
    pub to_seconds: u64,
}

impl Planted {
    /// When it begins in a week that starts at `start`.
    #[must_use]
    pub fn from(&self, start: EventTime) -> EventTime {
        moment(start, self.from_seconds)
    }

    /// When it is over in a week that starts at `start`.
    #[must_use]
    pub fn to(&self, start: EventTime) -> EventTime {
        moment(start, self.to_seconds)
    }

    const fn new(
        kind: PlantedKind,
        platform: Option<Platform>,
        from_seconds: u64,
        to_seconds: u64,
    ) -> Self {
        Self {
            kind,
            platform,
            from_seconds,
            to_seconds,
        }
    }
}

pub(crate) const CAMPAIGN: Planted = Planted::new(
    PlantedKind::Campaign,
    None,
    clock(1, 10, 0),
    clock(1, 16, 0),
);
pub(crate) const DELIVERY_WAVE: Planted = Planted::new(
    PlantedKind::DeliveryWave,
    None,
    clock(2, 14, 0),
    clock(2, 17, 0),
);
pub(crate) const VIRAL_THREAD: Planted = Planted::new(
    PlantedKind::ViralThread,
    Some(Platform::X),
    clock(3, 19, 30),
    clock(3, 23, 30),
);
pub(crate) const OUTAGE: Planted = Planted::new(
    PlantedKind::Outage,
    Some(Platform::X),
    clock(4, 10, 0),
    clock(4, 14, 0),
);
pub(crate) const CATCH_UP: Planted = Planted::new(
    PlantedKind::CatchUp,
    Some(Platform::X),
    clock(4, 14, 0),
    clock(4, 14, 20),
);
pub(crate) const SPAM_BURST: Planted = Planted::new(
    PlantedKind::SpamBurst,
    Some(Platform::X),
    clock(5, 13, 10),
    clock(5, 13, 25),
);

/// Everything that was planted, in the order of time. The rest of the week is ordinary.
///
/// ```
/// use sample::{DEFAULT_START, planted};
///
/// let paging: Vec<_> = planted().iter().filter(|one| one.kind.pages()).collect();
/// assert_eq!(paging.len(), 2);
/// // Wednesday 14:00 in Amsterdam.
/// assert_eq!(paging[0].from(DEFAULT_START).to_string(), "2026-03-04T13:00:00Z");
/// ```
#[must_use]
pub const fn planted() -> &'static [Planted] {
    &[
        CAMPAIGN,
        DELIVERY_WAVE,
        VIRAL_THREAD,
        OUTAGE,
        CATCH_UP,
        SPAM_BURST,
    ]
}
