//! How far one post has spread: who may have seen it, and who reacted.

use mention::Mention;
use serde::{Deserialize, Serialize};

/// Most people, and most reactions of one sort, that a post is believed to have:
/// about as many as there are people. It keeps sums of hostile figures exact.
pub(crate) const MOST: u64 = 10_000_000_000;
/// Followers for each one who sees a post, where views aren't counted. What platforms
/// and vendors publish lies between 2 and 20 followers in a hundred: a tenth is no more
/// than the order of magnitude, and is told as an estimate.
const FOLLOWERS_A_VIEW: u64 = 10;
/// What reactions are worth as shares, in thousandths. Who shares or answers carries
/// the post to others; a like is about a fifth of that and a view a five-hundredth, the
/// usual order of the ratios between them. A brand's own past makes up for what they
/// are there (`virality`).
const SHARE: u64 = 1000;
const LIKE: u64 = 200;
const VIEW: u64 = 2;

/// What a platform tells about a post's spread, at the moment of its latest word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// Views, where they are counted.
    pub(crate) views: Option<u64>,
    /// Followers of the author, where known.
    pub(crate) followers: Option<u64>,
    likes: u64,
    shares: u64,
    replies: u64,
}

impl Spread {
    pub(crate) fn of(mention: &Mention<'_>) -> Self {
        let engagement = mention.engagement.unwrap_or_default();
        let followers = mention.author.as_ref().and_then(|author| author.followers);
        let figure = |told: Option<u64>| told.unwrap_or(0).min(MOST);
        Self {
            views: engagement.views.map(|views| views.min(MOST)),
            followers: followers.map(|followers| followers.min(MOST)),
            likes: figure(engagement.likes),
            shares: figure(engagement.shares),
            replies: figure(engagement.replies),
        }
    }

    /// The most of both, figure by figure: counts of views and reactions only grow, so
    /// that it doesn't matter which was told first.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            views: self.views.max(other.views),
            followers: self.followers.max(other.followers),
            likes: self.likes.max(other.likes),
            shares: self.shares.max(other.shares),
            replies: self.replies.max(other.replies),
        }
    }

    /// People reached: views where they are counted, else a tenth of the followers,
    /// rounded up; 0 where neither is known.
    pub(crate) fn people(&self) -> u64 {
        let estimate = self
            .followers
            .map(|followers| followers.div_ceil(FOLLOWERS_A_VIEW));
        self.views.or(estimate).unwrap_or(0)
    }

    /// Whom the author could reach: the larger of views and followers. It decides
    /// whether an author is large.
    pub(crate) fn audience(&self) -> u64 {
        self.views.max(self.followers).unwrap_or(0)
    }

    /// Likes, shares and replies.
    pub(crate) fn reactions(&self) -> u64 {
        self.likes + self.shares + self.replies
    }

    /// Views and reactions as thousandths of a share.
    pub(crate) fn weight(&self) -> u64 {
        let carried = (self.shares + self.replies) * SHARE + self.likes * LIKE;
        carried + self.views.unwrap_or(0) * VIEW
    }
}

/// Sums over posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpreadSum {
    pub(crate) people: u64,
    pub(crate) reactions: u64,
    /// Thousandths of a share.
    pub(crate) weight: u64,
    /// Posts whose views are counted, whose followers stand in for views, and of which
    /// nothing is known.
    pub(crate) measured: u64,
    pub(crate) estimated: u64,
    pub(crate) missing: u64,
}

impl SpreadSum {
    pub(crate) fn add(&mut self, spread: &Spread) {
        self.people = self.people.saturating_add(spread.people());
        self.reactions = self.reactions.saturating_add(spread.reactions());
        self.weight = self.weight.saturating_add(spread.weight());
        *self.sort_of(spread) += 1;
    }

    /// Takes back what a post added.
    pub(crate) fn take_back(&mut self, spread: &Spread) {
        self.people = self.people.saturating_sub(spread.people());
        self.reactions = self.reactions.saturating_sub(spread.reactions());
        self.weight = self.weight.saturating_sub(spread.weight());
        let posts = self.sort_of(spread);
        *posts = posts.saturating_sub(1);
    }

    const fn sort_of(&mut self, spread: &Spread) -> &mut u64 {
        match (spread.views, spread.followers) {
            (Some(_), _) => &mut self.measured,
            (None, Some(_)) => &mut self.estimated,
            (None, None) => &mut self.missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Spread = Spread {
        views: None,
        followers: None,
        likes: 0,
        shares: 0,
        replies: 0,
    };

    #[test]
    fn views_are_measured_and_followers_are_an_estimate() {
        let estimated = Spread {
            followers: Some(151),
            ..NOTHING
        };
        let measured = Spread {
            views: Some(40),
            ..estimated
        };
        assert_eq!(
            (estimated.people(), measured.people(), NOTHING.people()),
            (16, 40, 0)
        );
        assert_eq!((estimated.audience(), measured.audience()), (151, 151));
    }

    #[test]
    fn what_is_taken_back_leaves_the_sum_as_it_was() {
        let mut sum = SpreadSum::default();
        let largest = Spread {
            views: Some(MOST),
            followers: None,
            likes: MOST,
            shares: MOST,
            replies: MOST,
        };
        sum.add(&NOTHING);
        let before = sum;
        for _ in 0..1000 {
            sum.add(&largest);
        }
        assert!(sum.weight < u64::MAX && sum.people < u64::MAX);
        for _ in 0..1000 {
            sum.take_back(&largest);
        }
        assert_eq!(sum, before);
    }
}
