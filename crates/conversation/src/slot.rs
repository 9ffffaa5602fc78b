//! What is known of a post, whichever order it was told in.

use mention::{EventTime, Role};
use serde::{Deserialize, Serialize};

use crate::book::{GRACE_MS, REPLY_WAIT_MS};
use crate::page::Class;
use crate::post::{Post, Reach};

/// What is known of a post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// Position of its platform.
    pub(crate) platform: u8,
    pub(crate) post: Option<Post>,
    pub(crate) replies: Replies,
    pub(crate) reach: Reach,
    pub(crate) is_gone: bool,
    /// The newest time at which an edit or a deletion told of it, milliseconds.
    pub(crate) touched: Option<i64>,
    /// The first answer, wherever in the thread it was given.
    pub(crate) answer: Option<Reply>,
}

/// A reply of the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// When, milliseconds.
    pub(crate) at: i64,
    pub(crate) is_staff: bool,
    /// Hash of who replied; 0 if it isn't told.
    pub(crate) author: u64,
}

impl Reply {
    pub(crate) fn new(at: EventTime, role: Role, author: u64) -> Self {
        Self {
            at: at.millis(),
            is_staff: role == Role::Staff,
            author,
        }
    }

    pub(crate) const fn role(self) -> Role {
        if self.is_staff {
            Role::Staff
        } else {
            Role::Brand
        }
    }
}

/// The first replies of the two authors that were first: one of them isn't the post's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replies([Option<Reply>; 2]);

impl Replies {
    pub(crate) fn add(&mut self, reply: Reply) {
        let [first, second] = self.0;
        let mut all = [first, second, Some(reply)];
        all.sort_by_key(|reply| (reply.is_none(), *reply));
        let first = all[0];
        let is_other = |reply: &Reply| first.is_some_and(|first| first.author != reply.author);
        let second = all[1..].iter().flatten().find(|reply| is_other(reply));
        self.0 = [first, second.copied()];
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Reply> {
        self.0.iter().flatten().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }
}

impl Slot {
    /// The first reply that counts: not the author's own, and in time.
    pub(crate) fn first_reply(&self, expiry_ms: i64) -> Option<Reply> {
        let post = self.post.as_ref()?;
        let counts = |reply: &Reply| {
            (reply.author == 0 || reply.author != post.author)
                && reply.at <= post.at.saturating_add(expiry_ms)
        };
        self.replies.iter().find(counts)
    }

    /// Whether somebody waits.
    pub(crate) fn is_open(&self) -> bool {
        self.class() == Class::Asks && self.answer.is_none()
    }

    pub(crate) fn class(&self) -> Class {
        match &self.post {
            None => Class::Awaited,
            Some(post) if post.ask.is_some() && !self.is_gone => Class::Asks,
            Some(_) => Class::Others,
        }
    }

    /// The last minute at which it is remembered.
    pub(crate) fn until(&self, expiry_ms: i64) -> i64 {
        let until = match &self.post {
            Some(post) => post.at.saturating_add(expiry_ms).saturating_add(GRACE_MS),
            None => {
                // Not longer than the reply itself is known, which may be told again.
                let wait = REPLY_WAIT_MS.min(expiry_ms);
                let reply = self.replies.iter().map(|reply| reply.at);
                let reply = reply.map(|at| at.saturating_add(wait)).min();
                let touched = self.touched.map(|at| at.saturating_add(GRACE_MS));
                reply.max(touched).unwrap_or(0)
            }
        };
        EventTime::from_millis(until).minute()
    }
}
