//! Posts of those who reach many, of partners, and of campaigns, and what is answered.

use detect::{Class, class_of};
use mention::{
    Event, EventTime, Influence, Mention, PartnerPost, Platform, Role, Tier, TierCourse,
};
use serde::{Deserialize, Serialize};

use super::{Counted, KEPT_MS};
use crate::brand::is_positive;
use crate::community::author_hash;
use crate::hash;

/// Posts that are remembered; beyond, the oldest goes. A month of seventeen a day.
const POSTS_MAX: usize = 512;
/// Posts that were answered and haven't come; beyond, the oldest goes. Sources that are
/// late are so by minutes, and a busy brand has some threads a minute.
const WAITING_MAX: usize = 256;
/// Posts of partners that are told.
const PARTNERS_TOLD: usize = 10;
/// A follower stands for a tenth of a view, as in a spike's reach.
const FOLLOWERS_A_VIEW: u64 = 10;

/// What is remembered of posts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posts {
    known: Vec<Post>,
    waiting: Vec<Waiting>,
}

/// A post that was answered before it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    key: u64,
    at: i64,
    answers: Counted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Post {
    key: u64,
    at: i64,
    platform: u8,
    tier: Tier,
    voice: Voice,
    /// Hash of the author, 0 if they aren't told.
    author: u64,
    /// Hash of the campaign's name, 0 without.
    campaign: u64,
    views: u64,
    followers: u64,
    reactions: u64,
    answers: Counted,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Voice {
    /// The brand itself: remembered for the answers to its campaigns, no influencer.
    Own,
    Partner,
    Other,
}

/// What a mention means for a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answered {
    /// Hash of the name of the campaign that it answers.
    pub(super) campaign: u64,
    /// Answers that were waiting for this post.
    pub(super) earlier: Counted,
}

impl Posts {
    /// Takes a mention; `campaign` is the hash of the campaign's name that it bears, or 0.
    pub(super) fn take(&mut self, mention: &Mention<'_>, campaign: u64) -> Answered {
        let key = mention.hashed_id();
        match mention.event {
            Event::Update => self.update(key, mention),
            Event::Delete => {
                self.known.retain(|post| post.key != key);
                self.waiting.retain(|post| post.key != key);
            }
            Event::Create if mention.repost_of.is_none() => {
                return self.create(key, mention, campaign);
            }
            Event::Create | Event::Heartbeat => {}
        }
        Answered::default()
    }

    fn create(&mut self, key: u64, mention: &Mention<'_>, campaign: u64) -> Answered {
        let mut answered = self.answer(key, mention);
        let waiting = self.waiting.iter().position(|post| post.key == key);
        let waiting = waiting.map(|at| self.waiting.swap_remove(at));
        let Some(mut post) = Post::of(key, mention, campaign) else {
            return answered;
        };
        if self.known.iter().any(|known| known.key == key) {
            return answered;
        }
        if let Some(waiting) = waiting {
            post.answers = waiting.answers;
            if campaign != 0 {
                answered.earlier = waiting.answers;
            }
        }
        self.known.push(post);
        if self.known.len() > POSTS_MAX {
            remove_oldest(&mut self.known, |post| (post.at, post.key));
        }
        answered
    }

    /// Counts the mention with the post that it answers.
    fn answer(&mut self, key: u64, mention: &Mention<'_>) -> Answered {
        let first = mention.root.as_ref().or(mention.in_reply_to.as_ref());
        let of = first.map(|id| mention::hashed_id(mention.platform, id));
        let Some(of) = of.filter(|of| *of != key) else {
            return Answered::default();
        };
        let Class::Share { negative } = class_of(mention) else {
            return Answered::default();
        };
        let mood = Counted::one(negative, is_positive(mention));
        if let Some(post) = self.known.iter_mut().find(|post| post.key == of) {
            let author = author_hash(mention).unwrap_or(0);
            // Who goes on with their own thread answers nobody.
            if author == 0 || author != post.author {
                post.answers.add(mood);
                return Answered {
                    campaign: post.campaign,
                    earlier: Counted::default(),
                };
            }
            return Answered::default();
        }
        let at = mention.created_at.millis();
        match self.waiting.iter_mut().find(|post| post.key == of) {
            Some(post) => {
                post.answers.add(mood);
                post.at = post.at.max(at);
            }
            None => self.waiting.push(Waiting {
                key: of,
                at,
                answers: mood,
            }),
        }
        if self.waiting.len() > WAITING_MAX {
            remove_oldest(&mut self.waiting, |post| (post.at, post.key));
        }
        Answered::default()
    }

    /// New engagement; counts only grow.
    fn update(&mut self, key: u64, mention: &Mention<'_>) {
        let Some(post) = self.known.iter_mut().find(|post| post.key == key) else {
            return;
        };
        let [views, followers, reactions] = audience(mention);
        post.views = post.views.max(views);
        post.followers = post.followers.max(followers);
        post.reactions = post.reactions.max(reactions);
    }

    /// Forgets what is too old.
    pub(super) fn forget(&mut self, now: i64) {
        self.known
            .retain(|post| now.saturating_sub(post.at) < KEPT_MS);
        self.waiting
            .retain(|post| now.saturating_sub(post.at) < KEPT_MS);
    }

    /// What the posts reached; `name_of` finds the name of a campaign by its hash.
    pub(super) fn summary(&self, name_of: impl Fn(u64) -> Option<String>) -> Influence {
        let mut tiers = Vec::new();
        for voice in [Voice::Partner, Voice::Other] {
            for tier in Tier::ALL {
                let posts = self.known.iter();
                let mut posts = posts.filter(|post| post.voice == voice && post.tier == tier);
                tiers.extend(posts.next().map(|first| {
                    let none = TierCourse {
                        tier,
                        is_partner: voice == Voice::Partner,
                        posts: 0,
                        reach: 0,
                        reactions: 0,
                        replies: Counted::default().mood(),
                    };
                    let mut answers = Counted::default();
                    let sum = std::iter::once(first).chain(posts).fold(none, |sum, post| {
                        answers.add(post.answers);
                        TierCourse {
                            posts: sum.posts + 1,
                            reach: sum.reach.saturating_add(post.reach()),
                            reactions: sum.reactions.saturating_add(post.reactions),
                            ..sum
                        }
                    });
                    TierCourse {
                        replies: answers.mood(),
                        ..sum
                    }
                }));
            }
        }
        let partners = self.known.iter();
        let mut partners: Vec<&Post> = partners
            .filter(|post| post.voice == Voice::Partner)
            .collect();
        partners.sort_by_key(|post| (std::cmp::Reverse(post.reach()), post.key));
        let partners = partners.into_iter().take(PARTNERS_TOLD);
        Influence {
            tiers,
            partners: partners.map(|post| post.summary(&name_of)).collect(),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let is_placed = |post: &Post| usize::from(post.platform) < Platform::ALL.len();
        self.known.len() <= POSTS_MAX
            && self.waiting.len() <= WAITING_MAX
            && self.known.iter().all(is_placed)
    }
}

impl Post {
    /// The post, if it is one to remember.
    fn of(key: u64, mention: &Mention<'_>, campaign: u64) -> Option<Self> {
        let role = mention.author.as_ref().and_then(|author| author.role);
        let voice = match role {
            Some(Role::Brand | Role::Staff) => Voice::Own,
            Some(Role::Partner) => Voice::Partner,
            _ => Voice::Other,
        };
        let [views, followers, reactions] = audience(mention);
        let tier = Tier::of(followers);
        let is_wanted = match voice {
            Voice::Own => campaign != 0,
            Voice::Partner => true,
            Voice::Other => tier > Tier::Nano,
        };
        is_wanted.then(|| Self {
            key,
            at: mention.created_at.millis(),
            platform: u8::try_from(mention.platform.index()).unwrap_or(0),
            tier,
            voice,
            author: author_hash(mention).unwrap_or(0),
            campaign,
            views,
            followers,
            reactions,
            answers: Counted::default(),
        })
    }

    const fn reach(&self) -> u64 {
        if self.views > 0 {
            self.views
        } else {
            self.followers.div_ceil(FOLLOWERS_A_VIEW)
        }
    }

    fn summary(&self, name_of: impl Fn(u64) -> Option<String>) -> PartnerPost {
        let platform = Platform::ALL.get(usize::from(self.platform));
        PartnerPost {
            id: format!("{:016x}", self.key),
            platform: platform.copied().unwrap_or(Platform::Other),
            at: EventTime::from_millis(self.at),
            campaign: name_of(self.campaign),
            tier: self.tier,
            reach: self.reach(),
            reactions: self.reactions,
            replies: self.answers.mood(),
        }
    }
}

/// Views, followers, and reactions.
fn audience(mention: &Mention<'_>) -> [u64; 3] {
    let engagement = mention.engagement.unwrap_or_default();
    let reactions = [engagement.likes, engagement.shares, engagement.replies];
    let reactions = reactions.into_iter().flatten();
    let author = mention.author.as_ref();
    [
        engagement.views.unwrap_or(0),
        author.and_then(|author| author.followers).unwrap_or(0),
        reactions.fold(0, u64::saturating_add),
    ]
}

/// The hash that stands for a campaign's name; never 0.
pub(super) fn name_hash(name: &str) -> u64 {
    hash::of(name.as_bytes()).max(1)
}

fn remove_oldest<T, K: Ord>(of: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let oldest = (0..of.len()).min_by_key(|&at| key(&of[at]));
    if let Some(at) = oldest {
        of.swap_remove(at);
    }
}
