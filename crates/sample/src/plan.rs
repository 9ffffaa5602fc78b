//! The week while it is being planned.

use mention::{EventTime, Platform, Role};

use crate::author::{self, Author};
use crate::brand::Brand;
use crate::draft::{Draft, Engagement};
use crate::planted::{OUTAGE, Planted};
use crate::rhythm::{HOUR, MINUTE, WEEK};
use crate::rng::{Rng, mix};
use crate::texts::Category;
use crate::voice::Voice;

/// The name of Tuesday's campaign.
pub(crate) const CAMPAIGN_NAME: &str = "lentekriebels-2026";

/// Where the numbers of authors begin who belong to no crowd.
const NEWCOMERS: u64 = 1_000_000_000;

/// Gathers the drafts of the week; each part of the story adds its own.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) start: EventTime,
    pub(crate) rng: Rng,
    pub(crate) drafts: Vec<Draft>,
    /// How long it lasts, seconds.
    pub(crate) length: u64,
    /// When a platform delivers nothing, if one ever does.
    outage: Option<Planted>,
    /// What people complain about instead of this and that.
    pub(crate) instead: Vec<Instead>,
    voice: Voice,
    ids: u64,
}

/// For some time most complaints are about one thing, and there are no more of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instead {
    pub(crate) brand: &'static str,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) category: Category,
    /// Of 1,000 complaints.
    pub(crate) permille: u64,
}

impl Plan {
    /// The bundled week, of which nothing is planned yet.
    pub(crate) fn new(seed: u64, start: EventTime) -> Self {
        Self {
            seed,
            start,
            rng: Rng::new(mix(seed, 0)),
            drafts: Vec::with_capacity(9_000),
            length: WEEK,
            outage: Some(OUTAGE),
            instead: Vec::new(),
            voice: Voice::default(),
            ids: 0,
        }
    }

    /// Weeks in which every platform delivers.
    pub(crate) fn of_weeks(weeks: u64, seed: u64, start: EventTime) -> Self {
        Self {
            length: weeks * WEEK,
            outage: None,
            ..Self::new(seed, start)
        }
    }

    /// Whether a record lies in the plan's time and its platform isn't silent then.
    pub(crate) fn arrives(&self, draft: &Draft) -> bool {
        let is_silent = self.outage.is_some_and(|outage| {
            let silence = outage.from_seconds..outage.to_seconds;
            outage.platform == Some(draft.platform) && silence.contains(&draft.at)
        });
        draft.at < self.length && !is_silent
    }

    /// What a complaint made at `at` is about.
    pub(crate) fn complaint(&mut self, at: u64, brand: &Brand) -> Category {
        let is_now = |one: &&Instead| one.brand == brand.slug && (one.from..one.to).contains(&at);
        let instead = self.instead.iter().find(is_now).copied();
        let instead = instead.filter(|one| self.rng.chance(one.permille));
        instead.map_or(Category::Complaint, |one| one.category)
    }

    /// A post by a customer of the usual crowd: a quarter by the few who post often.
    pub(crate) fn post(
        &mut self,
        at: u64,
        brand: &'static Brand,
        platform: Platform,
        category: Category,
    ) -> Draft {
        let crowd = brand.authors;
        let regulars = crowd / 20;
        let number = if self.rng.chance(250) {
            self.rng.below(regulars)
        } else {
            self.rng.between(regulars, crowd)
        };
        let author = self.customer(brand, number + crowd_of(platform));
        self.post_by(at, brand, platform, category, author)
    }

    /// A post by `author`.
    pub(crate) fn post_by(
        &mut self,
        at: u64,
        brand: &'static Brand,
        platform: Platform,
        category: Category,
        author: Author,
    ) -> Draft {
        let body = self.voice.write(category, brand, platform, &mut self.rng);
        let rating = (category == Category::Review || platform == Platform::Reviews)
            .then(|| stars(body.sentiment, &mut self.rng));
        Draft {
            at,
            id: self.next_id(),
            brand: brand.slug,
            platform,
            media: media(platform, &mut self.rng),
            body: Some(body),
            author: Some(author),
            rating,
            in_reply_to: None,
            root: None,
            repost_of: None,
            cluster: None,
            engagement: None,
            campaign: None,
            received: false,
        }
    }

    /// Customer `number` of a brand.
    pub(crate) fn customer(&self, brand: &Brand, number: u64) -> Author {
        author::customer(mix(self.seed, brand.authors), number, self.start)
    }

    /// A customer who hasn't posted before.
    pub(crate) fn newcomer(&mut self, brand: &Brand) -> Author {
        let number = NEWCOMERS + self.next_id();
        self.customer(brand, number)
    }

    /// The brand's own account.
    pub(crate) fn brand_account(&self, brand: &Brand) -> Author {
        let id = mix(self.seed, mix(brand.authors, 1));
        author::special(id, 48_000, 4_000, Role::Brand, self.start)
    }

    /// Adds a draft, unless it would never reach us.
    pub(crate) fn push(&mut self, draft: Draft) {
        if self.arrives(&draft) {
            self.drafts.push(draft);
        }
    }

    /// Adds a post, now and then with an answer by the brand (in `permille` of 1,000
    /// cases, after `delay` minutes at the earliest) from `category`.
    pub(crate) fn push_with_answer(
        &mut self,
        post: Draft,
        brand: &'static Brand,
        category: Category,
        permille: u64,
        delay: u64,
    ) {
        if brand.answers && self.rng.chance(permille) {
            let quickest = self.rng.between(delay, 8 * delay);
            let wait = quickest.min(self.rng.between(delay, 8 * delay));
            let at = office_hours(post.at + wait * MINUTE, &mut self.rng);
            let account = self.brand_account(brand);
            let mut answer = self.post_by(at, brand, post.platform, category, account);
            answer.in_reply_to = Some(post.id);
            answer.root = Some(post.root.unwrap_or(post.id));
            answer.media = &[];
            answer.rating = None;
            self.push(answer);
        }
        self.push(post);
    }

    /// Counts as a collector reads them a little after the post; `None` where it can't.
    pub(crate) fn first_counts(&mut self, post: &Draft) -> Option<Engagement> {
        let counted = !matches!(
            post.platform,
            Platform::Reviews | Platform::Forum | Platform::News
        );
        if !counted || !self.rng.chance(400) {
            return None;
        }
        Some(self.counts(post, 3, 12))
    }

    /// Counts of a post seen by `low` to `high` of 100 followers, and then by others.
    pub(crate) fn counts(&mut self, post: &Draft, low: u64, high: u64) -> Engagement {
        let followers = post.author.as_ref().map_or(0, |author| author.followers);
        let views = 5 + followers * self.rng.between(low, high) / 100 + self.rng.below(20);
        let likes = views * self.rng.between(5, 50) / 1_000 + self.rng.below(3);
        let has_views = !matches!(post.platform, Platform::Facebook | Platform::Bluesky);
        Engagement {
            likes: Some(likes),
            shares: Some(likes / 9),
            replies: Some(likes / 6),
            views: has_views.then_some(views),
            clicks: None,
            conversions: None,
        }
    }

    pub(crate) const fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }
}

/// Where the numbers of a platform's crowd begin: an account belongs to one platform.
const fn crowd_of(platform: Platform) -> u64 {
    platform.index() as u64 * 1_000_000
}

/// The webcare team answers from 8 to 22 o'clock; what came later waits for the morning.
fn office_hours(at: u64, rng: &mut Rng) -> u64 {
    let of_day = at % (24 * HOUR);
    let morning = at - of_day + 8 * HOUR + rng.between(10, 120) * MINUTE;
    match of_day / HOUR {
        0..8 => morning,
        8..22 => at,
        _ => morning + 24 * HOUR,
    }
}

/// Stars that go with a sentiment.
fn stars(sentiment: mention::Label, rng: &mut Rng) -> u8 {
    let upper = rng.chance(550);
    match sentiment {
        mention::Label::Negative => 1 + u8::from(!upper),
        mention::Label::Neutral => 3,
        mention::Label::Positive => 4 + u8::from(upper),
    }
}

/// What hangs on a post, by the custom of the platform.
fn media(platform: Platform, rng: &mut Rng) -> &'static [&'static str] {
    match platform {
        Platform::Instagram => &["image"],
        Platform::Tiktok => &["video"],
        Platform::News => &["link"],
        Platform::X | Platform::Facebook | Platform::Bluesky if rng.chance(120) => &["image"],
        _ => &[],
    }
}
