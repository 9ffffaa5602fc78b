//! One brand, watched.

use mention::{Event, EventTime, Mention, Platform, Spike};
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::by_platform::ByPlatform;
use crate::copies::{self, Groups};
use crate::counting::{Class, Outcome, class_of};
use crate::episode::Episode;
use crate::facts::{Deciding, Fact, Facts, thread_of};
use crate::hash;
use crate::inputs::Inputs;
use crate::known::{Entry, Known, Leader};
use crate::mixture::Mixture;
use crate::notes::Notes;
use crate::ring::Sums;
use crate::scan::{Counts, Mood, Moods, WINDOWS};
use crate::series::Series;
use crate::settings::BrandSettings;
use crate::spread::Spread;
use crate::virality::Virality;
use crate::visibility::Sight;
use crate::words::Words;

/// All series of one brand: over all platforms, and each platform.
///
/// Feed it the brand's scored mentions in the order of the stream, and heartbeats
/// where there are some; it appends revisions of spikes.
///
/// ```
/// use detect::{BrandSettings, BrandWatch, Outcome};
/// use mention::{Record, parse};
///
/// let json = br#"{"id":"1","brand":"acme","platform":"x",
///     "created_at":"2026-03-02T09:00:00Z","text":"Weer te laat"}"#;
/// let Record::Mention(mention) = parse(json)? else { unreachable!() };
/// let mut watch = BrandWatch::new(BrandSettings::new("acme"));
/// let mut spikes = Vec::new();
/// assert_eq!(watch.observe(&mention, &mut spikes), Outcome::Counted { negative: false });
/// assert!(spikes.is_empty() && !watch.has_open_spike());
/// # Ok::<(), mention::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BrandWatch {
    pub(crate) settings: BrandSettings,
    pub(crate) state: State,
}

/// What a snapshot holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Where time stands; none before the first mention.
    pub(crate) clock: Option<Clock>,
    /// Over all platforms.
    pub(crate) all: Series,
    /// By position of the platform.
    pub(crate) platforms: ByPlatform<Box<Series>>,
    pub(crate) known: Known,
    /// The recent negative mentions.
    pub(crate) facts: Facts,
    /// What they usually are made of.
    pub(crate) background: Background,
    pub(crate) notes: Notes,
    /// Copies of one text, being counted.
    pub(crate) copies: Groups,
    /// Silences, and what comes late.
    pub(crate) inputs: Inputs,
    /// The threads that may spread.
    pub(crate) threads: Virality,
    /// What the mentions are made of, for the corrected share.
    pub(crate) mixture: Mixture,
    /// How far posts carry on each platform.
    pub(crate) sight: Sight,
    /// The open spike that pages, if any.
    pub(crate) page: Option<Box<Episode>>,
    /// First and last minute of the last spike that was closed.
    pub(crate) last_spike: Option<[i64; 2]>,
}

/// Where time stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// Minute of the newest mention: learning follows it.
    pub(crate) newest: i64,
    /// Newest event time of mentions and heartbeats, milliseconds: lateness and
    /// closings follow it.
    pub(crate) heard: i64,
}

impl Clock {
    /// The newest minute heard of.
    pub(crate) fn heard_minute(self) -> i64 {
        EventTime::from_millis(self.heard).minute()
    }
}

impl BrandWatch {
    /// A brand about which nothing is known yet.
    #[must_use]
    pub fn new(settings: BrandSettings) -> Self {
        let lateness = settings.lateness_minutes();
        let state = State {
            clock: None,
            all: with_calendar(Series::new(lateness, 0), &settings),
            platforms: ByPlatform::default(),
            known: Known::default(),
            facts: Facts::default(),
            background: Background::default(),
            notes: Notes::default(),
            copies: Groups::default(),
            inputs: Inputs::default(),
            threads: Virality::default(),
            mixture: Mixture::default(),
            sight: Sight::default(),
            page: None,
            last_spike: None,
        };
        Self { settings, state }
    }

    /// Takes one scored mention and appends revisions of spikes to `out`.
    ///
    /// Within the lateness the order doesn't matter for what is learned. Any time
    /// is taken, the ends of the range included.
    pub fn observe(&mut self, mention: &Mention<'_>, out: &mut Vec<Spike>) -> Outcome {
        if mention.brand.as_str() != self.settings.brand {
            return Outcome::OtherBrand;
        }
        if mention.canary {
            return Outcome::Canary;
        }
        let at = self.enter(mention, out);
        let key = key_of(mention.platform, &mention.id);
        match mention.event {
            Event::Create => self.create(mention, key, at, out),
            Event::Update => self.update(mention, key, at, out),
            Event::Delete => self.delete(mention, key, at),
            Event::Heartbeat => Outcome::Canary,
        }
    }

    /// Whether a spike that pages is open.
    #[must_use]
    pub fn has_open_spike(&self) -> bool {
        self.state.page.is_some()
    }

    /// Moves time to the mention's and returns the time it counts at. A time that
    /// was moved back to the Kafka timestamp says nothing about the stream's.
    fn enter(&mut self, mention: &Mention<'_>, out: &mut Vec<Spike>) -> i64 {
        let at = mention.created_at.millis();
        match self.state.clock {
            Some(clock) if mention.clamped => {
                let newest = EventTime::from_minute(clock.newest.saturating_add(1));
                at.min(newest.millis().saturating_sub(1))
            }
            Some(_) if mention.event != Event::Create => {
                self.advance(mention.created_at, out);
                at
            }
            _ => {
                self.arrive(mention.created_at, out);
                at
            }
        }
    }

    fn create(
        &mut self,
        mention: &Mention<'_>,
        key: u64,
        at: i64,
        out: &mut Vec<Spike>,
    ) -> Outcome {
        if self.state.known.get(key).is_some() {
            return Outcome::Duplicate;
        }
        let class = class_of(mention);
        let negative = class == Class::Share { negative: true };
        // The words of most mentions are nobody's concern.
        let words = negative.then(|| Words::of(&mention.text));
        let mut entry = Entry {
            at,
            platform: platform_position(mention.platform),
            counted: false,
            led: false,
            negative,
            group: self.group_of(mention, key, at, words.as_ref()),
        };
        self.state.sight.created(mention, entry.platform, at);
        if !matches!(class, Class::Share { .. }) {
            self.state.known.insert(key, entry);
            return Outcome::Volume;
        }
        let minute = EventTime::from_millis(at).minute();
        if minute <= self.closed_minute() {
            self.state.known.insert(key, entry);
            self.count_late(minute, negative);
            self.note_late(minute, entry.platform, out);
            return Outcome::Late { negative };
        }
        self.state.mixture.add(mention, minute);
        let leads = self.takes_lead(&mut entry, key);
        self.state.known.insert(key, entry);
        let is_copy = entry.group != key && mention.repost_of.is_none();
        if let Some(words) = &words
            && self.state.facts.would_keep(key)
        {
            let mut fact = Fact::of(mention, words, key, at, leads);
            fact.group = if is_copy { entry.group } else { 0 };
            self.state.facts.insert(fact);
        }
        if !leads {
            if negative && is_copy {
                self.note_copy(entry.group, entry.platform, at, out);
            }
            return Outcome::Repeat;
        }
        self.count(entry.platform, minute, Counts::one(negative));
        if negative {
            let deciding = Deciding {
                at,
                platform: entry.platform,
                audience: Spread::of(mention).audience(),
                root: thread_of(mention, key),
            };
            self.look_for_spike(deciding, out);
        }
        self.note_post(mention, key, entry, out);
        self.revise_if_due(minute, negative, out);
        Outcome::Counted { negative }
    }

    /// Whether this member of a group of repeats is the one that counts: the
    /// earliest. If it displaces one that arrived before it, that one's counts are
    /// taken back, so that the order of arrival doesn't matter.
    fn takes_lead(&mut self, entry: &mut Entry, key: u64) -> bool {
        let leader = Leader { at: entry.at, key };
        entry.counted = true;
        entry.led = true;
        // A repost that came first stood for this post, whose text counts by its own group.
        if entry.group != key
            && let Some(early) = self.state.known.leader(key)
        {
            self.uncount(early.key);
            self.state.known.lead(key, leader);
        }
        let present = self.state.known.leader(entry.group);
        match present {
            Some(present) if present <= leader => {
                (entry.counted, entry.led) = (false, false);
                return false;
            }
            Some(present) => self.uncount(present.key),
            None => {}
        }
        // A post leads its own group without an entry there, unless a repost came first.
        if entry.group != key || present.is_some() {
            self.state.known.lead(entry.group, leader);
        }
        true
    }

    /// The group of repeats that the mention belongs to: its near-duplicates, a post
    /// and its reposts, or the copies of a negative text, which has `words`. Without any
    /// it is the post's own key; 0 is never a group.
    fn group_of(&self, mention: &Mention<'_>, key: u64, at: i64, words: Option<&Words<'_>>) -> u64 {
        match (&mention.cluster, &mention.repost_of) {
            (Some(cluster), _) => hash::of(&[b"cluster", cluster.id.as_bytes()]).max(1),
            (None, Some(original)) => {
                let original = key_of(mention.platform, original).max(1);
                let known = self.state.known.get(original);
                let group = known.map(|known| known.group).filter(|group| *group != 0);
                group.unwrap_or(original)
            }
            (None, None) => {
                let copies = words.and_then(|words| copies::group_of_text(words, at));
                copies.unwrap_or(key.max(1))
            }
        }
    }

    fn count(&mut self, platform: u8, minute: i64, counts: Counts) {
        let lateness = self.settings.lateness_minutes();
        let newest = self.state.clock.map_or(minute, |clock| clock.newest);
        self.state.all.add(minute, counts);
        let settings = &self.settings;
        let series = self.state.platforms.or_insert_with(platform, || {
            Box::new(with_calendar(Series::new(lateness, newest), settings))
        });
        series.add(minute, counts);
    }

    fn count_late(&mut self, minute: i64, negative: bool) {
        if let Some(page) = self.state.page.as_mut()
            && minute >= page.onset
        {
            page.late.add(Counts::one(negative));
        }
    }

    /// Takes a mention's counts back, as far as its minute is still held.
    fn uncount(&mut self, key: u64) {
        let Some(entry) = self.state.known.get(key).filter(|entry| entry.counted) else {
            return;
        };
        self.state.known.change(key, |entry| entry.counted = false);
        self.state.facts.uncount(key);
        let minute = EventTime::from_millis(entry.at).minute();
        let learned = self.learned_minute();
        let counts = Counts::one(entry.negative);
        if let Some(page) = self.state.page.as_mut() {
            page.take_back(minute, entry.platform, counts);
        }
        let platform = self.state.platforms.get_mut(&entry.platform);
        let platform = platform.map(Box::as_mut);
        for series in [Some(&mut self.state.all), platform].into_iter().flatten() {
            series.remove(
                minute,
                counts,
                minute <= learned,
                (learned + 1).div_euclid(60),
            );
        }
    }

    fn update(
        &mut self,
        mention: &Mention<'_>,
        key: u64,
        at: i64,
        out: &mut Vec<Spike>,
    ) -> Outcome {
        let Some(entry) = self.state.known.get(key) else {
            return Outcome::Unknown;
        };
        self.state.sight.updated(mention, key, &entry, at);
        self.note_update(mention, key, entry, at, out);
        let Some(score) = &mention.score else {
            return Outcome::Updated; // engagement only: it changes reach, never the share
        };
        let negative = score.is_negative();
        if entry.counted && negative != entry.negative {
            self.uncount(key);
            let minute = EventTime::from_millis(entry.at).minute();
            if minute > self.closed_minute() {
                self.count(entry.platform, minute, Counts::one(negative));
                self.state.known.change(key, |entry| entry.counted = true);
            }
        }
        self.state
            .known
            .change(key, |entry| entry.negative = negative);
        self.state.threads.begin(key, entry.at, negative);
        Outcome::Updated
    }

    /// A deletion of what never arrived leaves a mark, so that a creation that
    /// comes after it isn't counted.
    fn delete(&mut self, mention: &Mention<'_>, key: u64, at: i64) -> Outcome {
        if self.state.known.get(key).is_some() {
            self.uncount(key);
            // What is noted of it from now on is noted of nothing.
            self.state.known.change(key, |entry| entry.negative = false);
            self.state.facts.forget(key);
            self.state.threads.forget(key);
            if let Some(page) = self.state.page.as_mut() {
                page.tally.forget(key);
            }
            return Outcome::Deleted;
        }
        let entry = Entry {
            at,
            platform: platform_position(mention.platform),
            counted: false,
            led: false,
            negative: false,
            group: 0,
        };
        self.state.known.insert(key, entry);
        Outcome::Unknown
    }

    /// What is expected of each window: on one platform its own mood; over all, the
    /// platforms' moods in the proportion of the window's mentions, so that a change
    /// of the mixture of platforms isn't taken for a change of mood.
    pub(crate) fn moods(&self, platform: Option<u8>, windows: &Sums, last: i64) -> Moods {
        let brand = self.state.all.mood(Mood::PRIOR);
        if let Some(series) = platform.and_then(|position| self.state.platforms.get(&position)) {
            return [series.mood(brand.for_platform()); WINDOWS.len()];
        }
        if self.state.platforms.len() < 2 {
            return [brand; WINDOWS.len()];
        }
        let mut expected = [0.0; WINDOWS.len()];
        for series in self.state.platforms.values() {
            let share = series.mood(brand.for_platform()).share;
            for (sum, counts) in expected.iter_mut().zip(series.windows(last)) {
                *sum += share * f64::from(counts.total);
            }
        }
        let mut moods = [brand; WINDOWS.len()];
        for ((mood, expected), counts) in moods.iter_mut().zip(expected).zip(windows) {
            if counts.total > 0 {
                mood.share = (expected / f64::from(counts.total)).clamp(1e-4, 1.0 - 1e-4);
            }
        }
        moods
    }
}

/// The series, with its hours by the brand's clock.
fn with_calendar(mut series: Series, settings: &BrandSettings) -> Series {
    series.rhythm.adopt(&settings.calendar);
    series
}

pub(crate) fn key_of(platform: Platform, id: &str) -> u64 {
    hash::of(&[platform.as_str().as_bytes(), id.as_bytes()])
}

#[allow(clippy::cast_possible_truncation, reason = "fifteen platforms")]
pub(crate) fn platform_position(platform: Platform) -> u8 {
    platform.index() as u8
}
