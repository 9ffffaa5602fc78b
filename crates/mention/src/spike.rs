//! A spike: a rise of negative publicity, from its opening to its all-clear.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Platform};

/// One revision of a spike, the value on [`crate::Topic::Spikes`].
///
/// `id`, `brand`, `platform` and `onset` are fixed at opening; a later revision
/// replaces an earlier one of the same id. All times are event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spike {
    /// Hash of brand, platform and onset, 16 hexadecimal digits.
    pub id: String,
    /// Slug of the brand.
    pub brand: String,
    /// The platform it is confined to, or `all`.
    pub platform: String,
    /// What it looks like.
    pub spike_kind: SpikeKind,
    /// Whether people should be woken for it; follows from `spike_kind`.
    pub pages: bool,
    /// 1 (notable) to 5 (crisis).
    pub severity: u8,
    /// When the rise began, as far as the data tell.
    pub onset: EventTime,
    /// Time of the mention that decided it.
    pub detected_at: EventTime,
    /// When it was over; `null` while it is open.
    pub closed_at: Option<EventTime>,
    /// Why it is over; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_because: Option<ClosedBecause>,
    /// Minutes from onset until the negatives were back to the usual, or until a silent
    /// input spoke again; only of a spike that recovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_minutes: Option<u64>,
    /// Counts from onset until now (or the close).
    pub observed: Observed,
    /// What the frozen baseline would have led one to expect.
    pub expected: Expected,
    /// Both shares free of the scorer's bias; absent where its error rates aren't known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
    /// How unusual the number of mentions is; absent while too little is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Volume>,
    /// How many people its negatives reached, and how that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// What shows that negatives are copies spread in step; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordination: Option<Coordination>,
    /// Other brands that changed on the same platform in the same minutes; absent where
    /// it is this brand's own affair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_shift: Option<PlatformShift>,
    /// Campaigns, events and holidays that were known to run at its onset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendar: Vec<CalendarEntry>,
    /// Where the excess comes from; the shares of one dimension add up to 1.
    pub drivers: Vec<Driver>,
    /// Words that rose most, most lift first.
    pub terms: Vec<Term>,
    /// Threads with the most posts, first.
    pub threads: Vec<Thread>,
    /// Up to five typical mentions, pseudonymous and redacted.
    pub exemplars: Vec<Exemplar>,
    /// Counts over time with the expected band, at most 240 points.
    pub series: Vec<SeriesPoint>,
    /// The detector, `name@version`. The scores it rests on name theirs.
    pub model: String,
}

/// What a spike looks like; decides whether it pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SpikeKind {
    /// Many authors complain.
    ComplaintWave,
    /// One thread spreads.
    ViralThread,
    /// A large author's negative post.
    Influencer,
    /// Near-duplicates in step; annotates.
    Coordinated,
    /// Volume up, mood normal; annotates.
    Campaign,
    /// A whole platform changed; annotates.
    PlatformShift,
    /// The input is at fault (outage, catch-up); annotates.
    InputFault,
}

impl SpikeKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 7] = [
        Self::ComplaintWave,
        Self::ViralThread,
        Self::Influencer,
        Self::Coordinated,
        Self::Campaign,
        Self::PlatformShift,
        Self::InputFault,
    ];

    /// Whether a spike of this kind pages.
    #[must_use]
    pub const fn pages(self) -> bool {
        matches!(
            self,
            Self::ComplaintWave | Self::ViralThread | Self::Influencer
        )
    }

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ComplaintWave => "complaint_wave",
            Self::ViralThread => "viral_thread",
            Self::Influencer => "influencer",
            Self::Coordinated => "coordinated",
            Self::Campaign => "campaign",
            Self::PlatformShift => "platform_shift",
            Self::InputFault => "input_fault",
        }
    }
}

impl Spike {
    /// The value of `platform` for a spike over all platforms.
    pub const ALL_PLATFORMS: &'static str = "all";

    /// The id of the spike of that series and onset: FNV-1a over the three parts,
    /// finished with the mixer of `SplitMix64` so that near onsets look unalike.
    #[must_use]
    pub fn id_of(brand: &str, platform: Option<Platform>, onset: EventTime) -> String {
        let platform = platform.map_or(Self::ALL_PLATFORMS, Platform::as_str);
        let onset = onset.millis().to_le_bytes();
        let parts = [brand.as_bytes(), b"\0", platform.as_bytes(), b"\0", &onset];
        let hash = parts
            .into_iter()
            .flatten()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:016x}", hash ^ (hash >> 31))
    }
}

/// Counts of what entered the share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Observed {
    /// Negative mentions.
    pub negative: u64,
    /// Mentions that count in the share.
    pub total: u64,
}

/// The expected share of negative mentions with its band, each 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Expected {
    /// The baseline's share.
    pub share: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// The true share of negative mentions, as far as it can be told from labels that are
/// sometimes wrong: by the scorer's measured error rates (Rogan and Gladen, 1978). Each
/// is 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Corrected {
    /// The observed share, corrected.
    pub share: f64,
    /// Lower end of its interval of about 95 %, which carries the uncertainty of the
    /// counts and of the error rates.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// The expected share, corrected.
    pub expected: f64,
}

/// Why a spike is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClosedBecause {
    /// The negatives fell back to the usual: an all-clear. Of a silent input: it speaks
    /// again.
    Recovered,
    /// They stayed for so long that their level is the usual now: no all-clear. Of a
    /// silent input: it was silent for a week.
    NewNormal,
    /// The input fell silent while the spike was open: nobody knows.
    InputSilent,
    /// It was noted after the fact, and never open.
    Noted,
}

impl ClosedBecause {
    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::NewNormal => "new_normal",
            Self::InputSilent => "input_silent",
            Self::Noted => "noted",
        }
    }
}

/// Mentions of an hour beside what that hour usually brings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Volume {
    /// Mentions that count in the share, in the hour that ends with the newest one.
    pub observed: u64,
    /// Mentions expected in it, announced campaigns included.
    pub expected: f64,
    /// 0 (usual) to 5 (beyond all that was seen): whole powers of three of the deviation.
    pub severity: u8,
}

/// People reached by the negatives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reach {
    /// People, as far as known.
    pub people: u64,
    /// Part of the negatives whose views were counted, 0–1.
    pub measured: f64,
    /// Part for which followers stand in for views, 0–1.
    pub estimated: f64,
    /// Part of which nothing is known, and which adds nothing to `people`, 0–1.
    pub missing: f64,
    /// Reactions (likes, shares, replies) to the negatives.
    pub engagement: u64,
    /// Part of these reactions in the thread that has most of them, 0–1.
    pub top_thread: f64,
}

/// What shows that negatives are copies spread in step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coordination {
    /// Posts that repeat another one nearly word by word; they count once in the share.
    pub copies: u64,
    /// Part of the copies that came within five minutes of the one before, 0–1.
    pub in_step: f64,
    /// Part of the posts whose author's account was younger than 30 days, 0–1; absent
    /// where the age of too few is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub young_accounts: Option<f64>,
}

/// A change that many brands show on one platform at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlatformShift {
    /// The platform.
    pub platform: String,
    /// Brands that changed with it.
    pub changed: u64,
    /// Brands that were active there.
    pub active: u64,
}

/// An entry of the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CalendarEntry {
    /// Its name, `Koningsdag` or what the operator wrote.
    pub name: String,
    /// `campaign`, `event` or `holiday`.
    pub kind: String,
    /// Beginning.
    pub from: EventTime,
    /// End; it doesn't count any more then.
    pub until: EventTime,
}

/// One value's part in the excess of negatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Driver {
    /// `platform`, `kind`, `aspect`, `language`, `author_tier`, `thread` or `term`.
    pub dimension: String,
    /// The value in that dimension.
    pub value: String,
    /// Part of the excess, 0–1.
    pub share: f64,
}

/// A word that rose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Term {
    /// The word or hashtag.
    pub term: String,
    /// Rate among the spike's negatives over the rate before, ≥ 0.
    pub lift: f64,
    /// Negative mentions with it since onset.
    pub count: u64,
}

/// A conversation within the spike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Thread {
    /// Id of its first post, hashed.
    pub root: String,
    /// Posts seen.
    pub posts: u64,
    /// People reached, as far as known: views, or followers of the authors.
    pub reach: u64,
    /// Posts an hour.
    pub velocity: f64,
}

/// A typical mention, without personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exemplar {
    /// Hashed id.
    pub id: String,
    /// Where it was posted.
    pub platform: Platform,
    /// When it was posted.
    pub created_at: EventTime,
    /// Redacted text.
    pub text: String,
    /// People reached, as far as known.
    pub reach: u64,
    /// Ranges of `text`, as `[start, end)` in characters, that made the score negative;
    /// empty unless scored records carry spans (`[score] spans`).
    pub spans: Vec<[u32; 2]>,
}

impl Exemplar {
    /// The first `chars` characters of the text in pieces, each with whether a span marks
    /// it; together they are that text. Spans that overlap or lie outside it are passed
    /// over.
    #[must_use]
    pub fn pieces(&self, chars: usize) -> Vec<(String, bool)> {
        let letters: Vec<char> = self.text.chars().take(chars).collect();
        let mut spans = self.spans.clone();
        spans.sort_unstable();
        let mut pieces = Vec::new();
        let mut put = |from: usize, until: usize, is_marked: bool| {
            if from < until {
                pieces.push((String::from_iter(&letters[from..until]), is_marked));
            }
        };
        let mut done = 0;
        for [from, until] in spans {
            let (Ok(from), Ok(until)) = (usize::try_from(from), usize::try_from(until)) else {
                continue;
            };
            if from >= done && from < until && until <= letters.len() {
                put(done, from, false);
                put(from, until, true);
                done = until;
            }
        }
        put(done, letters.len(), false);
        pieces
    }
}

/// Counts of one step of time, with the negatives expected in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesPoint {
    /// Start of the step.
    pub at: EventTime,
    /// Negative mentions in it.
    pub negative: u64,
    /// Mentions in it that count in the share.
    pub total: u64,
    /// Lower end of the band of expected negatives.
    pub low: f64,
    /// Upper end of the band of expected negatives.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_every_part() {
        let onset = EventTime::from_millis(1_424_160_000_000);
        let id = Spike::id_of("acme", None, onset);
        assert_eq!(id.len(), 16);
        assert_ne!(id, Spike::id_of("acme", Some(Platform::X), onset));
        assert_ne!(id, Spike::id_of("acm", None, onset));
        assert_ne!(id, Spike::id_of("acme", None, onset.plus_millis(60_000)));
    }

    #[test]
    fn only_three_kinds_page() {
        let paging: Vec<_> = SpikeKind::ALL
            .into_iter()
            .filter(|kind| kind.pages())
            .collect();
        assert_eq!(
            paging,
            [
                SpikeKind::ComplaintWave,
                SpikeKind::ViralThread,
                SpikeKind::Influencer
            ]
        );
    }

    /// The pieces with the marked ones in brackets.
    fn shown(text: &str, spans: &[[u32; 2]]) -> String {
        let exemplar = Exemplar {
            id: "1".to_owned(),
            platform: Platform::X,
            created_at: EventTime::default(),
            text: text.to_owned(),
            reach: 0,
            spans: spans.to_vec(),
        };
        let mark = |(text, is_marked)| match is_marked {
            true => format!("[{text}]"),
            false => text,
        };
        exemplar.pieces(20).into_iter().map(mark).collect()
    }

    #[test]
    fn words_are_marked_by_characters() {
        assert_eq!(shown("wéér <b>niet", &[[5, 8], [0, 4]]), "[wéér] [<b>]niet");
        assert_eq!(shown("abcd", &[[0, 2], [1, 3]]), "[ab]cd");
    }

    #[test]
    fn spans_that_cannot_be_are_passed_over() {
        for spans in [
            &[[0, 99]][..],
            &[[3, 3]],
            &[[4, 2]],
            &[[u32::MAX - 1, u32::MAX]],
        ] {
            assert_eq!(shown("kort", spans), "kort");
        }
        assert_eq!(shown(&"a".repeat(30), &[[15, 25]]).len(), 20);
    }
}
