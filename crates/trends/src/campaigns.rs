//! Campaigns: what they brought, what people say of them, and whether that goes wrong.
//!
//! A campaign is known by its name, from totals ([`mention::CampaignEvent`]) and from the
//! mentions that bear it. What is said of it are customers' mentions with its name and
//! their answers to its posts by the brand, partners and accounts with 10,000 followers or
//! more. It *backfires* while two things rise together: the share of negatives in what is
//! said of it, beyond what the brand's usual mood and the campaign's own past explain, by
//! the share scan with its false-alarm budget ([`AspectScan::of_subject`]); and its clicks
//! (or impressions, where no clicks are told), against the same hours of the days before.
//! Only the first is a test. Clicks come in bursts, and no test of them would hold what it
//! promises; so for them a factor is asked.

mod channel;
mod posts;

use detect::share::wilson;
use detect::{AspectScan, BrandSettings, Class, class_of};
use mention::{
    Backfire, CampaignCourse, CampaignEvent, EventTime, Influence, Measure, Mention, Mood,
};
use serde::{Deserialize, Serialize};

pub use self::channel::Told;
use self::channel::{Channel, count, union};
use self::posts::{Posts, name_hash};
use crate::brand::{is_copy, is_positive, rounded};
use crate::community::author_hash;
use crate::days::{Days, day_of};

/// Campaigns with totals that are followed at once; beyond, the one that was heard of
/// least recently goes.
pub const CAMPAIGNS_MAX: usize = 8;
/// Campaigns that mentions bear and no totals have come of, likewise: any source may
/// write a name.
const NAMED_MAX: usize = 8;
/// Periods of a brand that may be restated; beyond, the oldest stands as it is. Two
/// weeks of hours on three platforms.
const CELLS_MAX: usize = 1_024;
/// How long a period may be restated and posts are remembered, milliseconds: what
/// advertising platforms attribute conversions within.
const KEPT_MS: i64 = 28 * EventTime::DAY_MS;
/// A campaign that nothing was heard of for so long is forgotten: its figures are told for
/// the week that is compared with, after the time in which they may change.
const FORGOTTEN_MS: i64 = KEPT_MS + 7 * EventTime::DAY_MS;
/// Days before and after that are compared.
const SIDE_DAYS: i64 = 7;
/// Counted mentions of the brand from which its usual share is a guess for a campaign's.
const USUAL_MIN: u64 = 20;
/// Clicks have risen when there are at least so many and so many times the usual: those of
/// the day before are often off by half.
const RISE_MIN: f64 = 20.0;
const RISE_TIMES: f64 = 1.5;
/// What is said of a campaign is silent after so long, and then nothing rises: scans move
/// by mentions only.
const SILENT_MS: i64 = 2 * EventTime::HOUR_MS;

/// All campaigns of a brand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Campaigns {
    /// In the order of their names.
    list: Vec<Campaign>,
    posts: Posts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Campaign {
    name: String,
    /// Newest time that was heard of it, milliseconds.
    last: i64,
    /// Newest time that something was said of it.
    said: i64,
    /// In the order of the platforms.
    channels: Vec<Channel>,
    about: Counted,
    scan: Option<Box<AspectScan>>,
    backfire: Option<Backfire>,
}

/// Mentions that count in the share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    counted: u32,
    negative: u32,
    positive: u32,
}

impl Counted {
    fn one(negative: bool, positive: bool) -> Self {
        Self {
            counted: 1,
            negative: negative.into(),
            positive: positive.into(),
        }
    }

    fn add(&mut self, other: Self) {
        self.counted = self.counted.saturating_add(other.counted);
        self.negative = self.negative.saturating_add(other.negative);
        self.positive = self.positive.saturating_add(other.positive);
    }

    fn mood(self) -> Mood {
        let [counted, negative, positive] = [self.counted, self.negative, self.positive];
        mood([counted.into(), negative.into(), positive.into()])
    }
}

/// Counted, negative and positive mentions with the share and its interval.
fn mood([counted, negative, positive]: [u64; 3]) -> Mood {
    if counted == 0 {
        return Mood::default();
    }
    let [low, high] = wilson(negative, counted);
    Mood {
        counted,
        negative,
        positive,
        share: rounded(count(negative) / count(counted)),
        low: rounded(low),
        high: rounded(high),
    }
}

impl Campaigns {
    /// Takes a mention of the brand, an edit or a deletion; `days` say what is usual.
    pub(crate) fn take(&mut self, mention: &Mention<'_>, days: &Days, settings: &BrandSettings) {
        let name = mention.campaign.as_deref();
        let name = name.and_then(mention::campaign_name);
        let hash = name.as_deref().map_or(0, name_hash);
        let answered = self.posts.take(mention, hash);
        if mention.event != mention::Event::Create {
            return;
        }
        if hash == 0 && answered.campaign == 0 {
            return;
        }
        let at = match &name {
            Some(name) => Some(self.named(name, mention.created_at.millis())),
            None => self.by_hash(answered.campaign),
        };
        let Some(campaign) = at.and_then(|at| self.list.get_mut(at)) else {
            return;
        };
        campaign.heard(mention.created_at.millis());
        campaign.about.add(answered.earlier);
        if let Class::Share { negative } = class_of(mention)
            && !is_copy(mention)
        {
            campaign.count(mention, negative, days, settings);
        }
    }

    fn by_hash(&self, hash: u64) -> Option<usize> {
        let mut list = self.list.iter();
        list.position(|campaign| name_hash(&campaign.name) == hash)
    }

    /// The place of the campaign; it is made if it isn't there, and another may go.
    fn named(&mut self, name: &str, at: i64) -> usize {
        let place = |list: &[Campaign]| list.binary_search_by(|one| one.name.as_str().cmp(name));
        if let Ok(at) = place(&self.list) {
            return at;
        }
        self.make_room(false, NAMED_MAX);
        let found = place(&self.list).unwrap_or_else(|at| at);
        let campaign = Campaign {
            name: name.to_owned(),
            last: at,
            said: i64::MIN,
            channels: Vec::new(),
            about: Counted::default(),
            scan: None,
            backfire: None,
        };
        self.list.insert(found, campaign);
        found
    }

    /// Lets the campaign go that was heard of least recently, if there are `max` with
    /// totals, or without.
    fn make_room(&mut self, with_totals: bool, max: usize) {
        let places = 0..self.list.len();
        let of_them = places.filter(|&at| self.list[at].channels.is_empty() != with_totals);
        let of_them: Vec<usize> = of_them.collect();
        let oldest = of_them
            .iter()
            .min_by_key(|&&at| (self.list[at].last, &self.list[at].name));
        if let Some(&at) = oldest.filter(|_| of_them.len() >= max) {
            self.list.remove(at);
        }
    }

    /// Takes an event; `now` is the brand's time, milliseconds, if any mention came.
    pub(crate) fn told(
        &mut self,
        event: &CampaignEvent<'_>,
        observed_at: EventTime,
        now: Option<i64>,
    ) -> Told {
        let end = event.from.millis().saturating_add(event.period.millis());
        if now.is_some_and(|now| end <= now - KEPT_MS) {
            return Told::TooLate;
        }
        let known = self.list.iter().find(|one| one.name == event.campaign);
        if known.is_none_or(|campaign| campaign.channels.is_empty()) {
            self.make_room(true, CAMPAIGNS_MAX);
        }
        let at = self.named(&event.campaign, end);
        let told = self.list[at].told(event, observed_at.millis());
        while self.cells() > CELLS_MAX {
            self.fold_oldest();
        }
        told
    }

    fn cells(&self) -> usize {
        let channels = self.list.iter().flat_map(|one| &one.channels);
        channels.map(Channel::cells).sum()
    }

    fn fold_oldest(&mut self) {
        let channels = self.list.iter_mut().flat_map(|one| &mut one.channels);
        let with_cells = channels.filter_map(|channel| Some((channel.oldest()?, channel)));
        if let Some((_, channel)) = with_cells.min_by_key(|(oldest, _)| *oldest) {
            channel.fold();
        }
    }

    /// A new day has begun: what is too old stands as it is, or is forgotten.
    pub(crate) fn forget(&mut self, now: i64) {
        self.posts.forget(now);
        self.list
            .retain(|one| now.saturating_sub(one.last) < FORGOTTEN_MS);
        for channel in self.list.iter_mut().flat_map(|one| &mut one.channels) {
            while channel.oldest().is_some_and(|from| from <= now - KEPT_MS) {
                channel.fold();
            }
        }
    }

    /// Notes which campaigns backfire at `now`, milliseconds.
    pub(crate) fn settle(&mut self, now: i64) {
        self.list.iter_mut().for_each(|one| one.settle(now));
    }

    /// Those with totals, the newest first.
    pub(crate) fn summary(&self, days: &Days) -> Vec<CampaignCourse> {
        let list = self.list.iter();
        let mut told: Vec<CampaignCourse> = list.filter_map(|one| one.summary(days)).collect();
        told.sort_by_key(|one| std::cmp::Reverse(one.to));
        told
    }

    pub(crate) fn influence(&self) -> Influence {
        self.posts.summary(|hash| {
            let at = self.by_hash(hash)?;
            Some(self.list[at].name.clone())
        })
    }

    /// Whether the bounds hold that the code relies on.
    pub(crate) fn is_whole(&self, settings: &BrandSettings) -> bool {
        let mut list = self.list.iter();
        self.list.len() <= CAMPAIGNS_MAX + NAMED_MAX
            && self.list.is_sorted_by(|a, b| a.name < b.name)
            && self.cells() <= CELLS_MAX
            && self.posts.is_whole()
            && list.all(|one| one.is_whole(settings))
    }
}

impl Campaign {
    const fn heard(&mut self, at: i64) {
        if at > self.last {
            self.last = at;
        }
    }

    /// Counts a customer's mention that says something of it.
    fn count(
        &mut self,
        mention: &Mention<'_>,
        negative: bool,
        days: &Days,
        settings: &BrandSettings,
    ) {
        let at = mention.created_at;
        self.said = self.said.max(at.millis());
        self.about.add(Counted::one(negative, is_positive(mention)));
        let scan = self.scan.get_or_insert_with(|| {
            let [counted, negative, _] = days.between(i64::MIN, i64::MAX);
            let usual = (counted >= USUAL_MIN).then(|| count(negative) / count(counted));
            Box::new(AspectScan::of_subject(settings, usual))
        });
        // A post without an author is an author's of its own.
        let author = author_hash(mention).unwrap_or_else(|| mention.hashed_id());
        scan.count(at.minute(), negative.then_some(author), settings);
    }

    fn told(&mut self, event: &CampaignEvent<'_>, observed_at: i64) -> Told {
        let platform = u8::try_from(event.platform.index()).unwrap_or(0);
        let place = self
            .channels
            .binary_search_by_key(&platform, |channel| channel.platform);
        let at = place.unwrap_or_else(|at| {
            self.channels.insert(at, Channel::new(platform));
            at
        });
        self.heard(event.from.millis().saturating_add(event.period.millis()));
        self.channels[at].take(event, observed_at)
    }

    /// First and last moment that totals tell of.
    fn span(&self) -> Option<[i64; 2]> {
        self.channels.iter().filter_map(Channel::span).reduce(union)
    }

    fn settle(&mut self, now: i64) {
        let present = self.backfires(now);
        if let Some(present) = present {
            self.backfire = Some(present);
        } else if let Some(past) = &mut self.backfire {
            past.until.get_or_insert(EventTime::from_millis(now));
        }
    }

    fn backfires(&self, now: i64) -> Option<Backfire> {
        if now.saturating_sub(self.said) > SILENT_MS {
            return None;
        }
        let rise = self.scan.as_ref()?.rise()?;
        let since = EventTime::from_minute(rise.since);
        // Whole hours: what most totals tell of.
        let hour = since.millis().div_euclid(EventTime::HOUR_MS);
        let (measure, count, usual) = self.rise_since(hour * EventTime::HOUR_MS)?;
        let [negative, counted] = rise.counts;
        Some(Backfire {
            since,
            until: None,
            surprise: rounded(rise.surprise),
            negative: negative.into(),
            counted: counted.into(),
            expected: rounded(rise.expected),
            measure,
            count,
            usual,
        })
    }

    /// How many clicks there were from then on, and usually are, if that is more; else the
    /// same of impressions.
    fn rise_since(&self, from: i64) -> Option<(Measure, u64, f64)> {
        let [_, to] = self.span()?;
        let to = to.min(from.saturating_add(EventTime::DAY_MS));
        let clicks = self.within(from, to, |totals| totals.clicks);
        let (measure, (present, usual)) = match clicks {
            Some(present) if present > 0.0 => {
                let usual = self.usual(from, to, |totals| totals.clicks);
                (Measure::Clicks, (present, usual))
            }
            _ => {
                let present = self.within(from, to, |totals| totals.impressions)?;
                let usual = self.usual(from, to, |totals| totals.impressions);
                (Measure::Impressions, (present, usual))
            }
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a count"
        )]
        (present >= RISE_MIN && present >= RISE_TIMES * usual).then(|| {
            let whole = present.round() as u64;
            (measure, whole, rounded(usual))
        })
    }

    /// How many there were within; none where no totals tell of that time.
    fn within(
        &self,
        from: i64,
        to: i64,
        of: impl Fn(&mention::CampaignTotals) -> u64,
    ) -> Option<f64> {
        let channels = self.channels.iter();
        let found = channels.filter_map(|channel| channel.within(from, to, &of));
        found.reduce(|sum, one| sum + one)
    }

    /// The mean of the same hours of the seven days before, those without totals aside.
    fn usual(&self, from: i64, to: i64, of: impl Fn(&mention::CampaignTotals) -> u64) -> f64 {
        let (mut sum, mut days) = (0.0, 0.0);
        for back in 1..=SIDE_DAYS {
            let back = back * EventTime::DAY_MS;
            if let Some(found) = self.within(from - back, to - back, &of) {
                sum += found;
                days += 1.0;
            }
        }
        if days > 0.0 { sum / days } else { 0.0 }
    }

    fn summary(&self, days: &Days) -> Option<CampaignCourse> {
        let [from, to] = self.span()?;
        let day = |at: i64| day_of(EventTime::from_millis(at));
        let (first, last) = (day(from), day((to - 1).max(from)));
        let between = |first: i64, last: i64| {
            let counts = days.between(first, last);
            (counts[0] > 0).then(|| mood(counts))
        };
        Some(CampaignCourse {
            campaign: self.name.clone(),
            from: EventTime::from_millis(from),
            to: EventTime::from_millis(to),
            channels: self.channels.iter().map(Channel::summary).collect(),
            about: self.about.mood(),
            before: between(first - SIDE_DAYS, first - 1),
            during: between(first, last),
            after: between(last + 1, last + SIDE_DAYS),
            backfire: self.backfire,
        })
    }

    fn is_whole(&self, settings: &BrandSettings) -> bool {
        let scan = self.scan.as_ref();
        self.channels.is_sorted_by(|a, b| a.platform < b.platform)
            && self.channels.iter().all(Channel::is_whole)
            && scan.is_none_or(|scan| scan.fits(settings))
    }
}
