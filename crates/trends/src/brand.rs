//! All of it for one brand.

use std::sync::Arc;

use detect::{AspectScan, BrandSettings, Class, class_of};
use mention::{
    Aspect, AspectRise, AspectRose, CampaignEvent, Coverage, Event, EventTime, Insight, Label,
    Mention, Platform,
};
use serde::{Deserialize, Serialize};

use crate::campaigns::{Campaigns, Told};
use crate::community::{Community, author_hash};
use crate::comparisons::{Comparisons, Rival, Rivals};
use crate::coverage::{Platforms, WEEK_MENTIONS_MIN, is_unscored};
use crate::days::{Days, day_of};
use crate::hash;
use crate::rising::{COUNT_MIN, Rising, Terms};
use crate::wishes::Wishes;

/// Rising terms that are told.
const RISING_TOLD: usize = 20;
/// An aspect's rise is over when nothing at all was heard of the brand for so long,
/// milliseconds: scans move by mentions only.
const SILENT_MS: i64 = EventTime::HOUR_MS;
/// A rise that is over is told for a week, milliseconds, so that a weekly report has it.
const ROSE_MS: i64 = 7 * EventTime::DAY_MS;

/// What is known of a brand beforehand. Made once, shared by all states of the brand.
#[derive(Debug, Clone)]
pub struct About {
    settings: BrandSettings,
    own_names: Vec<String>,
    rivals: Rivals,
    sampled: Vec<Platform>,
}

impl About {
    /// The brand with these settings, its competitors (the first sixteen count), and the
    /// platforms that are known to bring a sample only.
    #[must_use]
    pub fn new(settings: BrandSettings, rivals: &[Rival], sampled: &[Platform]) -> Self {
        Self {
            own_names: detect::own_names(&settings.brand, &settings.names),
            rivals: Rivals::new(rivals),
            sampled: sampled.to_vec(),
            settings,
        }
    }
}

/// What a brand's mentions say over weeks.
///
/// Feed it the brand's scored mentions in the order of the stream, and heartbeats where
/// there are some.
#[derive(Debug, Clone)]
pub struct BrandTrends {
    about: Arc<About>,
    pub(crate) state: State,
}

/// What a snapshot holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// First and newest event time, milliseconds; none before the first mention.
    times: Option<[i64; 2]>,
    days: Days,
    community: Community,
    terms: Terms,
    wishes: Wishes,
    comparisons: Comparisons,
    platforms: Platforms,
    too_late: u64,
    /// Whether anything changed since the last summary, and the minute of that.
    is_changed: bool,
    told: i64,
    /// By position of the aspect, up to the last that had a complaint.
    pub(crate) scans: Vec<Option<Box<AspectScan>>>,
    pub(crate) campaigns: Campaigns,
}

/// What became of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is a customer's and counts; what was found in it.
    Counted {
        /// Whether something is wished for.
        wish: bool,
        /// Competitors that it names.
        rivals: usize,
    },
    /// It counts as volume only: the brand's own voice, press, adverts, service replies.
    Volume,
    /// It is 28 days or more behind the newest record.
    TooLate,
    /// An edit, a test record, or of another brand: nothing changes. A deletion takes back
    /// what is shown of the post, and no counts.
    Ignored,
}

impl BrandTrends {
    /// A brand about which nothing is known yet.
    #[must_use]
    pub fn new(about: Arc<About>) -> Self {
        let state = State {
            times: None,
            days: Days::default(),
            community: Community::new(),
            terms: Terms::default(),
            wishes: Wishes::default(),
            comparisons: Comparisons::default(),
            platforms: Platforms::default(),
            too_late: 0,
            is_changed: false,
            told: i64::MIN,
            scans: Vec::new(),
            campaigns: Campaigns::default(),
        };
        Self { about, state }
    }

    /// The brand with that state; see [`BrandTrends::restore`].
    pub(crate) const fn with_state(about: Arc<About>, state: State) -> Self {
        Self { about, state }
    }

    /// Takes one scored mention.
    pub fn observe(&mut self, mention: &Mention<'_>) -> Outcome {
        if mention.canary || mention.brand.as_str() != self.about.settings.brand {
            return Outcome::Ignored;
        }
        match mention.event {
            Event::Create => self.create(mention),
            Event::Delete => {
                self.state.wishes.forget(mention.hashed_id());
                self.state.follow(mention, &self.about.settings);
                self.state.is_changed = true;
                Outcome::Ignored
            }
            Event::Update => {
                self.state.follow(mention, &self.about.settings);
                Outcome::Ignored
            }
            Event::Heartbeat => Outcome::Ignored,
        }
    }

    fn create(&mut self, mention: &Mention<'_>) -> Outcome {
        let (at, day) = (mention.created_at, day_of(mention.created_at));
        let state = &mut self.state;
        state.is_changed = true;
        if !state.days.is_known(day) {
            state.too_late = state.too_late.saturating_add(1);
            return Outcome::TooLate;
        }
        state.reach(at);
        state.platforms.heard(mention.platform, at, day);
        let Some(counts) = state.days.at(day) else {
            return Outcome::TooLate;
        };
        let add = |count: &mut u32, when: bool| *count = count.saturating_add(u32::from(when));
        add(&mut counts.mentions, true);
        add(&mut counts.unscored_media, is_unscored(mention));
        state.follow(mention, &self.about.settings);
        let Some(counts) = state.days.at(day) else {
            return Outcome::TooLate;
        };
        let Class::Share { negative } = class_of(mention) else {
            return Outcome::Volume;
        };
        let positive = is_positive(mention);
        add(&mut counts.counted, true);
        add(&mut counts.negative, negative);
        add(&mut counts.positive, positive);
        counts.count_aspects(mention);
        let author = author_hash(mention);
        let mood = i8::from(positive) - i8::from(negative);
        state.community.insert(author, day, mood);
        if is_copy(mention) {
            return Outcome::Counted {
                wish: false,
                rivals: 0,
            };
        }
        // A post without an author is an author's of its own.
        let author = author.unwrap_or_else(|| mention.hashed_id());
        self.read(mention, author, negative)
    }

    /// Reads what a customer wrote.
    fn read(&mut self, mention: &Mention<'_>, author: u64, negative: bool) -> Outcome {
        let about = &*self.about;
        let state = &mut self.state;
        let mut terms = detect::terms_of(&mention.text, &mention.brand);
        terms.retain(|term| !detect::is_own_name(term, &about.own_names));
        let at = mention.created_at;
        state
            .terms
            .count(at.millis(), terms.iter(), author, negative);
        let wish = state.wishes.take(mention);
        let rivals = state
            .comparisons
            .take(&mention.text, day_of(at), &about.rivals);
        state.scan(mention, author, negative, &about.settings);
        Outcome::Counted { wish, rivals }
    }

    /// Takes the totals of a campaign, which were read at `observed_at`. They don't move
    /// time.
    pub fn take_campaign(&mut self, event: &CampaignEvent<'_>, observed_at: EventTime) -> Told {
        let now = self.state.times.map(|[_, newest]| newest);
        let told = self.state.campaigns.told(event, observed_at, now);
        self.state.is_changed |= matches!(told, Told::Taken { .. });
        told
    }

    /// Whether [`BrandTrends::advance`] to `at` would make a summary due.
    #[must_use]
    pub fn is_moved_by(&self, at: EventTime) -> bool {
        let Some([_, newest]) = self.state.times else {
            return false;
        };
        let is_due = self.state.is_changed && at.minute() > self.state.told;
        is_due || is_new_hour(newest, at)
    }

    /// Time has reached `at`, though no mention came.
    pub fn advance(&mut self, at: EventTime) {
        let Some([_, newest]) = self.state.times else {
            return;
        };
        // Silence is told, too, but not every minute.
        self.state.is_changed |= is_new_hour(newest, at);
        self.state.reach(at);
    }

    /// The summary, if something changed and event time is in a new minute since the last
    /// one.
    pub fn summary_if_due(&mut self) -> Option<Insight> {
        let [_, newest] = self.state.times?;
        let minute = EventTime::from_millis(newest).minute();
        if !self.state.is_changed || minute <= self.state.told {
            return None;
        }
        (self.state.told, self.state.is_changed) = (minute, false);
        self.state.campaigns.settle(newest);
        Some(self.summary())
    }

    /// The summary as of the newest record.
    #[must_use]
    pub fn summary(&self) -> Insight {
        let (about, state) = (&*self.about, &self.state);
        let [first, newest] = state.times.unwrap_or_default();
        let now = EventTime::from_millis(newest);
        let loyalty = state.community.loyalty();
        let ranked = state.terms.ranked();
        let told = ranked.iter().filter(|rising| rising.is_told());
        let rising = told.take(RISING_TOLD).map(term_of);
        let stirring = ranked.iter().filter(|rising| rising.is_stirring());
        let stirring = stirring.take(RISING_TOLD).map(term_of);
        let mut aspects = state.days.aspects();
        let is_silent = newest - state.platforms.last() > SILENT_MS;
        for course in &mut aspects {
            let scan = state.scans.get(course.aspect as usize);
            let Some(scan) = scan.and_then(Option::as_ref) else {
                continue;
            };
            course.rise = rise_of(scan).filter(|_| !is_silent);
            course.rose = rose_of(scan).filter(|rose| now.millis_since(rose.until) <= ROSE_MS);
        }
        let mentions = state.days.sum(Days::ALL, |day| day.mentions);
        let unscored = state.days.sum(Days::ALL, |day| day.unscored_media);
        Insight {
            brand: about.settings.brand.clone(),
            at: now,
            since: EventTime::from_millis(first),
            days: state.days.summary(),
            community: mention::Community {
                authors_today: whole(state.community.today()),
                authors_four_weeks: whole(state.community.four_weeks()),
                sampled: loyalty.map_or(0, |loyalty| loyalty.sampled as u64),
                returning: rounded(loyalty.map_or(0.0, |loyalty| loyalty.returning)),
                advocates: rounded(loyalty.map_or(0.0, |loyalty| loyalty.advocates)),
                days_active: rounded(loyalty.map_or(0.0, |loyalty| loyalty.days)),
                anonymous: state.community.anonymous(),
            },
            rising: rising.collect(),
            stirring: stirring.collect(),
            aspects,
            wishes: state.wishes.summary(),
            competitors: state.comparisons.summary(&about.rivals),
            coverage: Coverage {
                unscored_media: rounded(share(unscored, mentions)),
                silent: state.platforms.silent(now),
                sampled: about.sampled.clone(),
                is_too_little: state.days.sum(7, |day| day.counted) < WEEK_MENTIONS_MIN,
                too_late: state.too_late,
            },
            campaigns: state.campaigns.summary(&state.days),
            influence: state.campaigns.influence(),
        }
    }

    /// The terms of the present that come often enough to be told, and how improbable their
    /// number is, those first that rise the most: for judging the tables themselves.
    #[must_use]
    pub fn ranked_terms(&self) -> Vec<(String, f64)> {
        let ranked = self.state.terms.ranked().into_iter();
        let ranked = ranked.filter(|rising| rising.count >= COUNT_MIN);
        ranked
            .map(|rising| (rising.term.into(), rising.deviance))
            .collect()
    }

    pub(crate) fn settings(&self) -> &BrandSettings {
        &self.about.settings
    }
}

impl PartialEq for BrandTrends {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl State {
    /// Time has reached `at`.
    fn reach(&mut self, at: EventTime) {
        let millis = at.millis();
        let [first, newest] = self.times.unwrap_or([millis; 2]);
        self.times = Some([first.min(millis), newest.max(millis)]);
        let day = day_of(at);
        if day > day_of(EventTime::from_millis(newest)) {
            self.campaigns.forget(millis);
        }
        self.days.advance(day);
        self.community.advance(day);
        self.terms.advance(millis);
        self.wishes.advance(millis);
        self.comparisons.advance(day);
        self.platforms.advance(day);
    }

    /// What the mention means for campaigns, edits and deletions included.
    fn follow(&mut self, mention: &Mention<'_>, settings: &BrandSettings) {
        self.campaigns.take(mention, &self.days, settings);
    }

    /// Counts the mention in the scan of each aspect that ever had a complaint.
    fn scan(
        &mut self,
        mention: &Mention<'_>,
        author: u64,
        negative: bool,
        settings: &BrandSettings,
    ) {
        let mut about = [false; Aspect::ALL.len()];
        let score = mention.score.as_ref().filter(|_| negative);
        for found in score.iter().flat_map(|score| &score.aspects) {
            if let Some(is_about) = about.get_mut(found.aspect as usize) {
                *is_about |= found.polarity == Label::Negative;
            }
        }
        let minute = mention.created_at.minute();
        for (index, is_about) in about.into_iter().enumerate() {
            if is_about && self.scans.len() <= index {
                self.scans.resize_with(index + 1, || None);
            }
            let Some(place) = self.scans.get_mut(index) else {
                break;
            };
            if is_about && place.is_none() {
                *place = Some(Box::new(AspectScan::new(settings)));
            }
            if let Some(scan) = place {
                scan.count(minute, is_about.then_some(author), settings);
            }
        }
    }

    /// Whether the bounds hold that the code relies on.
    pub(crate) fn is_whole(&self, settings: &BrandSettings) -> bool {
        let mut scans = self.scans.iter().flatten();
        let times = self.times.unwrap_or_default();
        self.days.is_whole()
            && self.community.is_whole()
            && self.terms.is_whole()
            && self.wishes.is_whole()
            && self.comparisons.is_whole()
            && self.platforms.is_whole()
            && self.campaigns.is_whole(settings)
            && self.scans.len() <= Aspect::ALL.len()
            && scans.all(|scan| scan.fits(settings))
            && times[0] <= times[1]
    }
}

fn term_of(rising: &Rising) -> mention::RisingTerm {
    mention::RisingTerm {
        term: rising.term.as_str().into(),
        count: rising.count.into(),
        expected: rounded(rising.expected),
        lift: rounded(rising.lift()),
        negative: rounded(f64::from(rising.negative) / f64::from(rising.count.max(1))),
    }
}

fn rise_of(scan: &AspectScan) -> Option<AspectRise> {
    let rise = scan.rise()?;
    let [negative, total] = rise.counts;
    Some(AspectRise {
        since: EventTime::from_minute(rise.since),
        surprise: rounded(rise.surprise),
        negative: negative.into(),
        total: total.into(),
        expected: rounded(rise.expected),
    })
}

fn rose_of(scan: &AspectScan) -> Option<AspectRose> {
    let [since, until] = scan.last_rise()?.map(EventTime::from_minute);
    Some(AspectRose { since, until })
}

fn is_new_hour(newest: i64, at: EventTime) -> bool {
    let hour = |at: i64| at.div_euclid(EventTime::HOUR_MS);
    hour(at.millis()) > hour(newest)
}

/// Whether the post repeats another: people wrote its words only once.
pub(crate) fn is_copy(mention: &Mention<'_>) -> bool {
    let cluster = mention.cluster.as_ref();
    mention.repost_of.is_some() || cluster.is_some_and(|cluster| cluster.size > 1)
}

pub(crate) fn is_positive(mention: &Mention<'_>) -> bool {
    let score = mention.score.as_ref();
    score.is_some_and(|score| score.label == Label::Positive && score.abstained.is_none())
}

/// Four decimals keep records short and the same on every machine.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
fn share(part: u64, of: u64) -> f64 {
    part as f64 / (of.max(1)) as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of people, at most e^31"
)]
fn whole(estimate: f64) -> u64 {
    estimate.round() as u64
}

/// A seed for tests and benches: a hash with all its bits of use.
#[must_use]
pub const fn spread(number: u64) -> u64 {
    hash::mix(number)
}
