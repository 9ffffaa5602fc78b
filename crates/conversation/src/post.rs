//! What matters of a post.

use detect::Class;
use mention::{Asked, Kind, Label, Mention, Role};
use serde::{Deserialize, Serialize};

/// A follower stands for a tenth of a view, as in a spike's reach.
const FOLLOWERS_A_VIEW: u64 = 10;

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    /// When it was posted, milliseconds.
    pub(crate) at: i64,
    /// Hash of its author's pseudonym; 0 if it has none.
    pub(crate) author: u64,
    /// Hashed id of its thread's first post, as far as it tells.
    pub(crate) thread: u64,
    /// What it asks.
    pub(crate) ask: Option<Ask>,
    /// Whether the brand speaks in it.
    pub(crate) is_own: bool,
}

/// What a post asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) kind: Asked,
    pub(crate) label: Label,
    /// When it should be answered, milliseconds.
    pub(crate) due: i64,
}

impl Post {
    /// Posts of one author in one thread, by a name; none without an author.
    pub(crate) const fn group(&self) -> Option<u64> {
        if self.author == 0 || self.is_own {
            return None;
        }
        // Both are mixed already; turned, so that equal ones don't cancel out.
        Some(self.thread ^ self.author.rotate_left(32))
    }
}

/// The role, if it is one that answers.
pub(crate) fn answering_role(mention: &Mention<'_>) -> Option<Role> {
    let role = mention.author.as_ref()?.role?;
    matches!(role, Role::Brand | Role::Staff).then_some(role)
}

pub(crate) fn author_of(mention: &Mention<'_>) -> u64 {
    let author = mention.author.as_ref();
    let id = author.and_then(|author| author.id.as_deref());
    id.map_or(0, |id| mention::hashed_id(mention.platform, id).max(1))
}

/// The thread by the post's own word.
pub(crate) fn thread_of(mention: &Mention<'_>) -> u64 {
    let told = mention.root.as_deref().or(mention.in_reply_to.as_deref());
    mention::hashed_id(mention.platform, told.unwrap_or(&mention.id))
}

/// What a customer's post asks, and its sentiment.
pub(crate) fn asked_by(mention: &Mention<'_>) -> Option<(Asked, Label)> {
    let is_copy = mention
        .cluster
        .as_ref()
        .is_some_and(|cluster| cluster.size > 1);
    let Class::Share { negative } = detect::class_of(mention) else {
        return None;
    };
    if is_copy {
        return None;
    }
    let score = mention.score.as_ref()?;
    let label = match score.abstained {
        Some(_) => Label::Neutral,
        None => score.label,
    };
    let kind = match score.kind {
        Kind::Complaint => Asked::Complaint,
        Kind::Question => Asked::Question,
        _ if negative => Asked::Negative,
        _ => return None,
    };
    Some((kind, label))
}

/// How far a post reached: the most that was told of each, since both only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    views: u64,
    followers: u64,
}

impl Reach {
    pub(crate) fn of(mention: &Mention<'_>) -> Self {
        let author = mention.author.as_ref();
        Self {
            views: mention
                .engagement
                .and_then(|engagement| engagement.views)
                .unwrap_or(0),
            followers: author.and_then(|author| author.followers).unwrap_or(0),
        }
    }

    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            views: self.views.max(other.views),
            followers: self.followers.max(other.followers),
        }
    }

    pub(crate) const fn people(self) -> u64 {
        if self.views > 0 {
            self.views
        } else {
            self.followers.div_ceil(FOLLOWERS_A_VIEW)
        }
    }
}
