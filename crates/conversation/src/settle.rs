//! Which reply answers which question.

use mention::{EventTime, Mention};
use smallvec::{SmallVec, smallvec};

use crate::book::{Book, GROUP_MAX, group_of};
use crate::effects::{Effects, Note, ReplyTo};
use crate::open::platform_at;
use crate::page::Class;
use crate::slot::Reply;

/// The first reply to a post.
#[derive(Debug, Clone, Copy)]
struct Given {
    to: u64,
    /// When that post was posted, milliseconds.
    posted_at: i64,
    reply: Reply,
}

impl Book {
    /// The brand posted: to whom?
    pub(crate) fn reply(&mut self, mention: &Mention<'_>, reply: Reply, effects: &mut Effects) {
        let Some(parent) = mention.in_reply_to.as_deref() else {
            effects.notes.push(Note::Posted);
            return;
        };
        let mut note = |to| effects.notes.push(Note::Replied(to));
        if parent == mention.id.as_str() {
            return note(ReplyTo::Itself);
        }
        let key = mention::hashed_id(mention.platform, parent);
        let post = self.slots.get(&key).and_then(|slot| slot.post.as_ref());
        let expiry = self.settings.expiry_ms;
        match post {
            Some(post) if post.is_own => return note(ReplyTo::Itself),
            Some(post) if reply.author != 0 && reply.author == post.author => {
                return note(ReplyTo::Itself);
            }
            Some(post) if reply.at > post.at.saturating_add(expiry) => {
                return note(ReplyTo::Forgotten);
            }
            _ => {}
        }
        let is_known = post.is_some();
        let is_further = self
            .slots
            .get(&key)
            .is_some_and(|slot| !slot.replies.is_empty());
        self.change(key, mention, |slot| slot.replies.add(reply));
        if is_known {
            let is_first = self.settle(key, effects);
            effects
                .notes
                .push(Note::Replied(self.reply_to(key, is_first)));
        } else if is_further {
            // The first of them is counted when its post comes, or doesn't.
            effects.notes.push(Note::Replied(ReplyTo::Answered));
        }
    }

    /// What a reply to that post is, if it gave the first answer to something or not.
    pub(crate) fn reply_to(&self, key: u64, is_first: bool) -> ReplyTo {
        if is_first {
            return ReplyTo::Question;
        }
        let Some(slot) = self.slots.get(&key) else {
            return ReplyTo::Forgotten;
        };
        if slot.is_gone {
            return ReplyTo::Deleted;
        }
        let of_group = self.members(key);
        let mut slots = of_group.iter().filter_map(|key| self.slots.get(key));
        if slots.any(|slot| slot.class() == Class::Asks) {
            ReplyTo::Answered
        } else {
            ReplyTo::Unasked
        }
    }

    /// The posts that are answered together with that one, itself among them, the oldest
    /// first.
    pub(crate) fn members(&self, key: u64) -> SmallVec<[u64; GROUP_MAX]> {
        let Some((group, _)) = self.slots.get(&key).and_then(group_of) else {
            return smallvec![key];
        };
        let of_group = self.groups.range((group, i64::MIN, 0)..);
        let of_group = of_group.take_while(|member| member.0 == group);
        let first: SmallVec<_> = of_group.take(GROUP_MAX).map(|member| member.2).collect();
        if first.contains(&key) {
            first
        } else {
            smallvec![key]
        }
    }

    /// Finds the answers to what is asked in the post and in those that are answered with
    /// it. Returns whether anything got its first one.
    pub(crate) fn settle(&mut self, key: u64, effects: &mut Effects) -> bool {
        let members = self.members(key);
        let expiry = self.settings.expiry_ms;
        let first_reply = |key: &u64| {
            let slot = self.slots.get(key)?;
            let (to, posted_at) = (*key, slot.post.as_ref()?.at);
            let reply = slot.first_reply(expiry)?;
            Some(Given {
                to,
                posted_at,
                reply,
            })
        };
        let replies: SmallVec<[Given; GROUP_MAX]> =
            members.iter().filter_map(first_reply).collect();
        if replies.is_empty() {
            return false;
        }
        let mut is_first = false;
        for key in members {
            is_first |= self.answer(key, &replies, effects);
        }
        is_first
    }

    /// Answers the post by the first of the replies that does. Returns whether it had
    /// none before.
    fn answer(&mut self, key: u64, replies: &[Given], effects: &mut Effects) -> bool {
        let Some(slot) = self.slots.get(&key) else {
            return false;
        };
        let Some(post) = slot.post.as_ref() else {
            return false;
        };
        let Some(ask) = post.ask.filter(|_| !slot.is_gone) else {
            return false;
        };
        let until = post.at.saturating_add(self.settings.expiry_ms);
        // A reply to the post itself answers it, whatever the clocks say. Whether one to
        // another does mustn't hang on whether this one is still remembered then.
        let answers = |given: &&Given| {
            given.to == key
                || (given.posted_at <= until && (post.at..=until).contains(&given.reply.at))
        };
        let found = replies.iter().filter(answers).map(|given| given.reply);
        let found = found.chain(slot.answer).min();
        let before = slot.answer;
        let Some(found) = found.filter(|_| found != before) else {
            return false;
        };
        let (asked_at, platform) = (post.at, platform_at(slot.platform));
        let was_due = self
            .due
            .contains(&(EventTime::from_millis(ask.due).minute(), key));
        self.alter(key, |slot| slot.answer = Some(found));
        self.publish(key, effects);
        if before.is_some() {
            return false;
        }
        let [from, at] = [asked_at, found.at].map(EventTime::from_millis);
        effects.notes.push(Note::Answered {
            platform,
            kind: ask.kind,
            millis: at.millis_since(from).max(0),
            office_millis: self.settings.calendar.open_millis(from, at),
            clocks_disagree: at < from,
        });
        if was_due {
            let in_time = found.at <= ask.due;
            effects.notes.push(Note::Judged { in_time });
        }
        true
    }
}
