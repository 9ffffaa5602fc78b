//! How far posts carry on each platform, and when that changes.
//!
//! A platform that changes its rules shows the same posts to fewer people, and a brand
//! sees its reactions fall without anybody having lost interest. What can be seen of it
//! is the ratio of reactions (likes, shares, replies) to views, or to the author's
//! followers where views aren't told. It annotates and never pages.
//!
//! - **One post, one say.** A post is rated when it comes with its engagement, and once
//!   more by its first update after an hour. Later updates, deletions and repeats
//!   change nothing.
//! - **Logarithms.** A rating is ln((reactions + ½)/(audience + ½)), from an audience of
//!   50 people on: a post that goes viral is one large number among others then. The
//!   four sorts of ratings (by views or followers, new or later) each have their own level.
//! - **Hours.** The ratings of an hour are summed in whole numbers, so that their order
//!   doesn't matter, and judged once three later ones have begun.
//! - **A change** is a cumulative sum (E. S. Page, Biometrika 41 (1954) 100) of the
//!   log-likelihood ratio of half or twice the usual against the usual. What hours
//!   differ by is learned, within and between them. While it lasts the
//!   usual is frozen; it ends when as much evidence speaks for the usual, or after a
//!   week, when it is the usual.
//!
//! Hours without posts say nothing: silence is no drop of visibility. A platform takes
//! at most 200 bytes; beside them the ratings by updates of up to 8,192 posts are
//! remembered, as long as the posts are.

use mention::{EventTime, Mention};
use serde::{Deserialize, Serialize};

use crate::by_platform::ByPlatform;
use crate::fifo::Fifo;
use crate::known::{CAPACITY, Entry};
use crate::maths;

/// People below which an audience says nothing.
const AUDIENCE_MIN: u64 = 50;
/// Age of a post from which an update rates it: its reactions mostly come within hours.
const SETTLED_MS: i64 = EventTime::HOUR_MS;
/// Sorts of ratings.
const SORTS: usize = 4;
/// Hours that are open at once: the longest lateness reaches over three.
const OPEN_HOURS: usize = 3;
/// Ratings that are taken of an hour and a sort; their sum fits 32 bits then.
const HOUR_MAX: u32 = 1_000_000;
/// Ratings are kept in hundredths.
const STEP: f64 = 100.0;
/// Ratings that a level rests on before it is judged by: two days of a post an hour.
const LEVEL_MIN: f32 = 48.0;
/// Hours in which a level loses half its weight; in which what is known of the noise
/// does; and over which the present ratio is told.
const LEVEL_HALF_LIFE: f64 = 14.0 * 24.0;
const NOISE_HALF_LIFE: f64 = 21.0 * 24.0;
const RECENT_HALF_LIFE: f64 = 6.0;
/// Variance of ratings of one hour before anything is known, and of the hours'
/// means; ratings, and hours, that each is worth. The range of the latter.
const PRIOR_NOISE: [f64; 2] = [1.0, 20.0];
const PRIOR_WANDER: [f64; 2] = [0.04, 10.0];
const WANDER_RANGE: [f64; 2] = [0.01, 4.0];
/// The shift that is looked for: half, or double (ln 2). Evidence at which it is told,
/// odds of 3,000 to one, and the most that one hour may bring of it, so that it takes
/// several. Found together with the next figure, on simulated months.
const SHIFT: f64 = std::f64::consts::LN_2;
const CERTAIN: f32 = 8.0;
const HOUR_EVIDENCE_MAX: f64 = 3.0;
/// Neighbouring hours wander together: what one differs by beyond chance, that many do.
const WANDER_HOURS: f64 = 6.0;
/// Hours after which a change is the usual: a week.
const NEW_USUAL: i64 = 7 * 24;
/// Ratings that the present ratio rests on at least, as they fade, and how many of the
/// usual it is shrunk by.
const RECENT_MIN: f64 = 10.0;
const RECENT_PRIOR: f64 = 3.0;
/// Hours without a rating after which nothing is told: that is silence.
const SILENT_HOURS: i64 = 24;

/// How far posts carry on a platform at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visibility {
    /// Reactions per view or follower over the last hours, relative to the usual: 1 as
    /// ever, 0.5 half as many.
    pub ratio: f64,
    /// The change that lasts, if there is one.
    pub change: Option<VisibilityChange>,
}

/// A lasting change of visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibilityChange {
    /// Whether posts carry less far than usual; else farther.
    pub fell: bool,
    /// When it was certain.
    pub at: EventTime,
}

/// The rating by which an update counts: the earliest one of its post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Rating {
    /// Minute of event time at which the engagement was observed.
    minute: i64,
    /// Sort of the rating.
    sort: u8,
    /// Its logarithm, hundredths.
    hundredths: i16,
}

impl Rating {
    /// The rating of a mention's engagement at `at` milliseconds, if it tells one.
    fn of(mention: &Mention<'_>, at: i64, is_update: bool) -> Option<Self> {
        let engagement = mention.engagement?;
        let reactions = [engagement.likes, engagement.shares, engagement.replies];
        let known = reactions.iter().any(Option::is_some);
        if !known || mention.repost_of.is_some() || mention.canary {
            return None;
        }
        let reactions = reactions.into_iter().flatten().fold(0, u64::saturating_add);
        let followers = mention.author.as_ref().and_then(|author| author.followers);
        let (audience, by_followers) = match (engagement.views, followers) {
            (Some(views), _) => (views, false),
            (None, followers) => (followers?, true),
        };
        if audience < AUDIENCE_MIN {
            return None;
        }
        #[allow(clippy::cast_precision_loss, reason = "a ratio")]
        let ratio = (reactions as f64 + 0.5) / (audience as f64 + 0.5);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "within ±45: numbers of 64 bits"
        )]
        let hundredths = (maths::ln(ratio) * STEP).round() as i16;
        Some(Self {
            minute: EventTime::from_millis(at).minute(),
            sort: u8::from(by_followers) + 2 * u8::from(is_update),
            hundredths,
        })
    }

    fn hour(self) -> i64 {
        self.minute.div_euclid(60)
    }
}

/// All platforms of a brand that told engagement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sight {
    platforms: ByPlatform<Box<PlatformSight>>,
    /// The update that counts for each of the posts that had one.
    rated: Fifo<Rating, CAPACITY>,
}

impl Sight {
    /// A post came, perhaps with its engagement.
    pub(crate) fn created(&mut self, mention: &Mention<'_>, platform: u8, at: i64) {
        if let Some(rating) = Rating::of(mention, at, false) {
            let sight = self.platforms.or_insert_with(platform, Box::default);
            sight.add(rating);
        }
    }

    /// New engagement came of the known post with that key.
    pub(crate) fn updated(&mut self, mention: &Mention<'_>, key: u64, entry: &Entry, at: i64) {
        if at.saturating_sub(entry.at) < SETTLED_MS {
            return;
        }
        let Some(rating) = Rating::of(mention, at, true) else {
            return;
        };
        let present = self.rated.get(key).copied();
        // The earliest counts, whichever arrives first.
        if present.is_some_and(|present| present <= rating) {
            return;
        }
        let platform = self.platforms.or_insert_with(entry.platform, Box::default);
        if !platform.is_open(rating.hour()) {
            return;
        }
        if let Some(present) = present {
            platform.remove(present);
        }
        platform.add(rating);
        self.rated.insert(key, rating);
    }

    /// How far posts carry on a platform, as of `now`; none where too little is known,
    /// or it has been silent for a day.
    pub(crate) fn of(&self, platform: u8, now: EventTime) -> Option<Visibility> {
        self.platforms.get(&platform)?.visibility(now)
    }

    /// Whether the restored values are such as are learned.
    pub(crate) fn is_whole(&self) -> bool {
        let mut platforms = self.platforms.iter();
        platforms.all(|(&position, platform)| position < 15 && platform.is_whole())
    }
}

/// The ratings of one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    counts: [u32; SORTS],
    /// Sums of the ratings, hundredths.
    sums: [i32; SORTS],
    /// Sum of their squares, over all sorts.
    squares: u64,
}

/// One platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct PlatformSight {
    /// The newest hour with a rating, and it and the two before, by hour modulo three.
    newest: i64,
    open: [Hour; OPEN_HOURS],
    /// Usual rating of each sort, and faded ratings it rests on.
    levels: [f32; SORTS],
    weights: [f32; SORTS],
    /// Faded squares within hours, and ratings; squares between hours, and information.
    noise: [f32; 2],
    wander: [f32; 2],
    /// Evidence of a fall and of a rise; while one lasts, of the usual in the first.
    evidence: [f32; 2],
    /// Faded sum of what ratings differ from the usual by, and their number.
    recent: [f32; 2],
    /// Hour in which a change was certain, 0 for none; and whether it was a fall.
    changed: i32,
    fell: bool,
}

impl PlatformSight {
    fn is_whole(&self) -> bool {
        let sums = [self.noise, self.wander, self.evidence, self.recent];
        let fours = [self.levels, self.weights];
        let mut all = sums.iter().flatten().chain(fours.iter().flatten());
        let [_, information] = self.wander;
        let [_, recent] = self.recent;
        let mut sizes = self.noise.iter().chain(&self.weights);
        let counts = self.open.iter().flat_map(|hour| hour.counts);
        all.all(|value| value.is_finite())
            && sizes.all(|size| *size >= 0.0)
            && information >= 0.0
            && recent >= 0.0
            && counts.max() <= Some(HOUR_MAX)
    }

    /// Whether ratings of that hour still count.
    fn is_open(&self, hour: i64) -> bool {
        hour > self.newest.saturating_sub(OPEN_HOURS as i64)
    }

    fn add(&mut self, rating: Rating) {
        let hour = rating.hour();
        if hour > self.newest {
            self.move_to(hour);
        }
        if !self.is_open(hour) {
            return;
        }
        let sort = usize::from(rating.sort) % SORTS;
        let open = &mut self.open[slot(hour)];
        if open.counts[sort] < HOUR_MAX {
            open.counts[sort] += 1;
            open.sums[sort] = open.sums[sort].saturating_add(i32::from(rating.hundredths));
            open.squares = open.squares.saturating_add(square(rating));
        }
    }

    fn remove(&mut self, rating: Rating) {
        if !self.is_open(rating.hour()) {
            return;
        }
        let sort = usize::from(rating.sort) % SORTS;
        let open = &mut self.open[slot(rating.hour())];
        if open.counts[sort] > 0 {
            open.counts[sort] -= 1;
            open.sums[sort] = open.sums[sort].saturating_sub(i32::from(rating.hundredths));
            open.squares = open.squares.saturating_sub(square(rating));
        }
    }

    /// A rating of a later hour has come: those that it closes are judged and learned.
    fn move_to(&mut self, hour: i64) {
        let first = self.newest.saturating_sub(OPEN_HOURS as i64 - 1);
        let last = hour.saturating_sub(OPEN_HOURS as i64).min(self.newest);
        for closing in first..=last {
            let closed = std::mem::take(&mut self.open[slot(closing)]);
            self.close(closing, &closed);
        }
        #[allow(clippy::cast_precision_loss, reason = "hours")]
        let passed = hour.saturating_sub(self.newest) as f64;
        fade(&mut self.weights, passed, LEVEL_HALF_LIFE);
        fade(&mut self.noise, passed, NOISE_HALF_LIFE);
        fade(&mut self.wander, passed, NOISE_HALF_LIFE);
        fade(&mut self.recent, passed, RECENT_HALF_LIFE);
        self.newest = hour;
    }

    fn close(&mut self, number: i64, hour: &Hour) {
        let judged = (0..SORTS).filter(|&sort| self.weights[sort] >= LEVEL_MIN);
        let (mut differs, mut count) = (0.0, 0.0);
        for sort in judged {
            let n = f64::from(hour.counts[sort]);
            differs += f64::from(hour.sums[sort]) / STEP - n * f64::from(self.levels[sort]);
            count += n;
        }
        let mut cut = f64::MAX;
        if count > 0.0 {
            let mean = differs / count;
            let chance = self.noise_of_one() / count;
            let variance = chance + self.wander();
            add(&mut self.recent, [differs, count]);
            cut = 3.0 * variance.sqrt();
            self.judge(number, mean, chance + WANDER_HOURS * self.wander());
            if self.changed == 0 {
                let wander = self.wander();
                let information = (wander / variance) * (wander / variance);
                let beyond = (mean * mean).min(9.0 * variance) - chance;
                add(&mut self.wander, [information * beyond, information]);
            }
        }
        self.learn(hour, cut);
    }

    /// Learns the levels, unless a change lasts, and how much single ratings differ.
    fn learn(&mut self, hour: &Hour, cut: f64) {
        #[allow(clippy::cast_precision_loss, reason = "a sum of squares")]
        let mut squares = hour.squares as f64 / (STEP * STEP);
        let mut freedom = 0.0;
        for sort in (0..SORTS).filter(|&sort| hour.counts[sort] > 0) {
            let n = f64::from(hour.counts[sort]);
            let mean = f64::from(hour.sums[sort]) / STEP / n;
            squares -= n * mean * mean;
            freedom += n - 1.0;
            let (level, weight) = (f64::from(self.levels[sort]), f64::from(self.weights[sort]));
            let is_young = self.weights[sort] < LEVEL_MIN;
            if is_young || self.changed == 0 {
                let differs = mean - level;
                let differs = if is_young {
                    differs
                } else {
                    differs.clamp(-cut, cut)
                };
                self.levels[sort] = single(level + differs * n / (weight + n));
            }
            self.weights[sort] = single(weight + n);
        }
        add(&mut self.noise, [squares.max(0.0), freedom]);
    }

    /// Takes in that the mean of an hour differs by `mean` from the usual.
    fn judge(&mut self, number: i64, mean: f64, variance: f64) {
        let towards = |sign: f64| {
            let evidence = (sign * SHIFT * mean - SHIFT * SHIFT / 2.0) / variance;
            evidence.clamp(-HOUR_EVIDENCE_MAX, HOUR_EVIDENCE_MAX)
        };
        let since = number.saturating_sub(i64::from(self.changed));
        if self.changed == 0 {
            for (evidence, sign) in self.evidence.iter_mut().zip([-1.0, 1.0]) {
                *evidence = single((f64::from(*evidence) + towards(sign)).max(0.0));
            }
            if let Some(side) = self.evidence.iter().position(|found| *found >= CERTAIN) {
                self.changed = i32::try_from(number).unwrap_or(0);
                self.fell = side == 0;
                self.evidence = [0.0; 2];
            }
        } else {
            let of_change = towards(if self.fell { -1.0 } else { 1.0 });
            self.evidence[0] = single((f64::from(self.evidence[0]) - of_change).max(0.0));
            if since >= NEW_USUAL {
                let shift = self.difference();
                for level in &mut self.levels {
                    *level = single(f64::from(*level) + shift);
                }
                self.recent = [0.0; 2];
            }
            if since >= NEW_USUAL || self.evidence[0] >= CERTAIN {
                self.changed = 0;
                self.evidence = [0.0; 2];
            }
        }
    }

    /// Variance of a rating within its hour.
    fn noise_of_one(&self) -> f64 {
        let [squares, count] = self.noise.map(f64::from);
        let [prior, worth] = PRIOR_NOISE;
        (prior * worth + squares) / (worth + count)
    }

    /// Variance of the hours' means beyond chance.
    fn wander(&self) -> f64 {
        let [squares, information] = self.wander.map(f64::from);
        let [prior, worth] = PRIOR_WANDER;
        let variance = (prior * worth + squares) / (worth + information);
        variance.clamp(WANDER_RANGE[0], WANDER_RANGE[1])
    }

    /// Logarithm of the present ratio to the usual.
    fn difference(&self) -> f64 {
        let [differs, count] = self.recent.map(f64::from);
        differs / (count + RECENT_PRIOR)
    }

    fn visibility(&self, now: EventTime) -> Option<Visibility> {
        let silent = now.minute().div_euclid(60).saturating_sub(self.newest);
        let is_known = f64::from(self.recent[1]) >= RECENT_MIN && silent < SILENT_HOURS;
        let change = (self.changed != 0).then(|| VisibilityChange {
            fell: self.fell,
            at: EventTime::from_minute(60 * (i64::from(self.changed) + 1)),
        });
        is_known.then(|| Visibility {
            ratio: maths::exp(self.difference()),
            change,
        })
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 2"
)]
fn slot(hour: i64) -> usize {
    hour.rem_euclid(OPEN_HOURS as i64) as usize
}

fn square(rating: Rating) -> u64 {
    let value = u64::from(rating.hundredths.unsigned_abs());
    value * value
}

fn fade(sums: &mut [f32], passed: f64, half_life: f64) {
    let remains = maths::decay(passed, half_life);
    for sum in sums {
        *sum = single(f64::from(*sum) * remains);
    }
}

fn add(sums: &mut [f32; 2], added: [f64; 2]) {
    for (sum, added) in sums.iter_mut().zip(added) {
        *sum = single(f64::from(*sum) + added);
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "single precision is enough for a mean"
)]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_takes_two_hundred_bytes() {
        assert!(
            size_of::<PlatformSight>() <= 200,
            "{}",
            size_of::<PlatformSight>()
        );
        let mut sight = PlatformSight::default();
        for hour in 400_000..400_100 {
            for count in 0..200 {
                sight.add(Rating {
                    minute: 60 * hour,
                    sort: (count % 4) as u8,
                    hundredths: -350 + count,
                });
            }
        }
        let bytes = postcard::to_stdvec(&sight).unwrap().len();
        assert!(bytes <= 200, "{bytes}");
    }
}
