//! The conversations of one brand.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use detect::calendar::Calendar;
use mention::{Asked, Conversation, Event, EventTime, Mention};

use crate::effects::{Change, Effects, Note, ReplyTo, Taken};
use crate::open::{Open, Waiting, platform_at};
use crate::page::{Class, Page};
use crate::post::{self, Ask, Post, Reach};
use crate::slot::{Reply, Slot};

/// How long after its time a conversation is still remembered, so that what is told in a
/// disorder of up to an hour gives the same as in order, milliseconds.
pub const GRACE_MS: i64 = EventTime::HOUR_MS;
/// How long a reply waits for a post that isn't known, milliseconds: an interface that is
/// asked once a night tells of a post a day later.
pub const REPLY_WAIT_MS: i64 = EventTime::DAY_MS;
/// Posts of one author in one thread that are answered together, the first of them; a
/// flood isn't.
pub(crate) const GROUP_MAX: usize = 16;

/// Settings of a brand.
#[derive(Debug, Clone, PartialEq)]
pub struct BookSettings {
    /// Its slug.
    pub brand: String,
    /// When its office is open.
    pub calendar: Arc<Calendar>,
    /// How long a conversation is remembered, milliseconds. A later reply doesn't count.
    pub expiry_ms: i64,
    /// Posts that ask which are remembered at most; as many others are besides.
    pub max_conversations: usize,
    /// Office hours within which an answer is in time, milliseconds.
    pub answer_within_ms: i64,
}

impl BookSettings {
    /// The defaults: always open, 14 days, 100,000 conversations, four hours.
    #[must_use]
    pub fn new(brand: impl Into<String>) -> Self {
        Self {
            brand: brand.into(),
            calendar: Arc::default(),
            expiry_ms: 14 * EventTime::DAY_MS,
            max_conversations: 100_000,
            answer_within_ms: 4 * EventTime::HOUR_MS,
        }
    }
}

/// The conversations of one brand; see the [crate](crate).
#[derive(Debug)]
pub struct Book {
    pub(crate) settings: BookSettings,
    pub(crate) slots: HashMap<u64, Slot>,
    /// Group, time and key of each post that has a group. Sorted, so that neither what is
    /// told together nor the order of telling hangs on which of them was known first: a
    /// restarted service knows them from the pages.
    pub(crate) groups: BTreeSet<(u64, i64, u64)>,
    /// Slots by the minute until which they are remembered, of each class.
    pub(crate) shelves: [BTreeSet<(i64, u64)>; Class::ALL.len()],
    /// Those that wait and aren't late yet, by the minute in which they become so.
    pub(crate) due: BTreeSet<(i64, u64)>,
    waiting: Waiting,
    /// Pages that changed since they were written.
    pub(crate) dirty: BTreeSet<Page>,
}

impl Book {
    /// A book in which nothing stands.
    #[must_use]
    pub fn new(settings: BookSettings) -> Self {
        Self {
            settings,
            slots: HashMap::new(),
            groups: BTreeSet::new(),
            shelves: Default::default(),
            due: BTreeSet::new(),
            waiting: Waiting::default(),
            dirty: BTreeSet::new(),
        }
    }

    /// Takes a mention of the brand, when event time has come to `now`.
    pub fn take(&mut self, mention: &Mention<'_>, now: EventTime, effects: &mut Effects) -> Taken {
        let taken = match mention.event {
            _ if mention.canary => return Taken::Canary,
            Event::Create => self.create(mention, now, effects),
            Event::Update => self.update(mention, effects),
            Event::Delete => self.delete(mention, effects),
            Event::Heartbeat => return Taken::Canary,
        };
        self.make_room(effects);
        self.advance(now, effects);
        taken
    }

    /// Event time has come to `now`: what is too old is forgotten, and what waits too long
    /// is late.
    pub fn advance(&mut self, now: EventTime, effects: &mut Effects) {
        let minute = now.minute();
        while let Some(&(due, key)) = self.due.first()
            && due < minute
        {
            self.due.remove(&(due, key));
            effects.notes.push(Note::Judged { in_time: false });
        }
        for class in Class::ALL {
            while let Some(&(until, key)) = self.shelves[class as usize].first()
                && until < minute
            {
                self.forget(key, Note::Expired, effects);
            }
        }
    }

    /// Whether [`Book::advance`] would change anything at `now`.
    #[must_use]
    pub fn is_moved_by(&self, now: EventTime) -> bool {
        let minute = now.minute();
        let shelves = self.shelves.iter().chain([&self.due]);
        shelves
            .filter_map(BTreeSet::first)
            .any(|(until, _)| *until < minute)
    }

    fn create(&mut self, mention: &Mention<'_>, now: EventTime, effects: &mut Effects) -> Taken {
        if mention.repost_of.is_some() {
            return Taken::Repost;
        }
        let at = mention.created_at;
        let until = at
            .plus_millis(self.settings.expiry_ms)
            .plus_millis(GRACE_MS);
        if until.minute() < now.minute() {
            return Taken::TooOld;
        }
        let key = mention.hashed_id();
        let before = self.slots.get(&key);
        if before.is_some_and(|slot| slot.post.is_some()) {
            return Taken::Duplicate;
        }
        let has_replies = before.is_some_and(|slot| !slot.replies.is_empty());
        let role = post::answering_role(mention);
        let ask = post::asked_by(mention).map(|(kind, label)| Ask {
            kind,
            label,
            due: self.due_of(at),
        });
        let post = Post {
            at: at.millis(),
            author: post::author_of(mention),
            thread: post::thread_of(mention),
            ask,
            is_own: role.is_some(),
        };
        let author = post.author;
        self.change(key, mention, |slot| {
            slot.post = Some(post);
            slot.reach = slot.reach.most(Reach::of(mention));
        });
        if let Some(role) = role {
            self.reply(mention, Reply::new(at, role, author), effects);
            if has_replies {
                effects.notes.push(Note::Replied(ReplyTo::Itself));
            }
            return Taken::OfBrand;
        }
        if let Some(Ask { kind, .. }) = ask.filter(|_| !self.is_gone(key)) {
            let platform = mention.platform;
            effects.notes.push(Note::Asked { platform, kind });
        }
        let is_first = self.settle(key, effects);
        self.publish(key, effects);
        if has_replies {
            effects
                .notes
                .push(Note::Replied(self.reply_to(key, is_first)));
        }
        match ask {
            Some(_) => Taken::Asks,
            None => Taken::Other,
        }
    }

    fn is_gone(&self, key: u64) -> bool {
        self.slots.get(&key).is_some_and(|slot| slot.is_gone)
    }

    fn due_of(&self, at: EventTime) -> i64 {
        let within = self.settings.answer_within_ms;
        let due = self.settings.calendar.after_open_millis(at, within);
        due.map_or(i64::MAX, EventTime::millis)
    }

    fn update(&mut self, mention: &Mention<'_>, effects: &mut Effects) -> Taken {
        let key = mention.hashed_id();
        let reach = Reach::of(mention);
        let at = mention.created_at.millis();
        let slot = self.slots.get(&key);
        let before = slot.map(|slot| slot.reach);
        // As with replies: whether it is still in time mustn't hang on the order.
        let asked_at = slot.and_then(|slot| Some(slot.post.as_ref()?.at));
        let is_late = asked_at.is_some_and(|asked_at| at - asked_at > self.settings.expiry_ms);
        let is_news = before.unwrap_or_default().most(reach) != before.unwrap_or_default();
        if is_late || !is_news {
            return Taken::Updated;
        }
        self.change(key, mention, |slot| {
            slot.reach = slot.reach.most(reach);
            slot.touched = slot.touched.max(Some(at));
        });
        let after = self.slots.get(&key).map(|slot| slot.reach.people());
        if before.map(Reach::people) != after {
            self.publish(key, effects);
        }
        Taken::Updated
    }

    fn delete(&mut self, mention: &Mention<'_>, effects: &mut Effects) -> Taken {
        let key = mention.hashed_id();
        let slot = self.slots.get(&key);
        if slot.is_some_and(|slot| slot.is_gone) {
            return Taken::Deleted;
        }
        let has_record = slot.is_some_and(|slot| slot.class() == Class::Asks);
        let at = mention.created_at.millis();
        self.change(key, mention, |slot| {
            slot.is_gone = true;
            slot.touched = slot.touched.max(Some(at));
        });
        if has_record {
            effects.changes.push(Change::Gone(mention.platform, key));
        }
        Taken::Deleted
    }

    /// Changes a slot, which begins if there is none, and keeps everything in step.
    pub(crate) fn change(
        &mut self,
        key: u64,
        mention: &Mention<'_>,
        change: impl FnOnce(&mut Slot),
    ) {
        let (mut slot, is_judged) = self.take_out(key).unwrap_or_else(|| {
            let slot = Slot {
                // There are fifteen.
                platform: u8::try_from(mention.platform.index()).unwrap_or(u8::MAX),
                ..Slot::default()
            };
            (slot, false)
        });
        change(&mut slot);
        self.put_in(key, slot, is_judged);
    }

    /// Changes a slot that is there.
    pub(crate) fn alter(&mut self, key: u64, change: impl FnOnce(&mut Slot)) {
        if let Some((mut slot, is_judged)) = self.take_out(key) {
            change(&mut slot);
            self.put_in(key, slot, is_judged);
        }
    }

    /// Takes a slot out, with whether it waits and was judged already.
    fn take_out(&mut self, key: u64) -> Option<(Slot, bool)> {
        let slot = self.slots.remove(&key)?;
        let (class, until) = (slot.class(), slot.until(self.settings.expiry_ms));
        self.shelves[class as usize].remove(&(until, key));
        self.mark(class, until, key);
        if let Some((group, at)) = group_of(&slot) {
            self.groups.remove(&(group, at, key));
        }
        let mut is_judged = false;
        if let Some((kind, post)) = open_post(&slot) {
            self.waiting.remove(slot.platform, kind, post.at, key);
            is_judged = !self.due.remove(&(due_minute(post), key));
        }
        Some((slot, is_judged))
    }

    pub(crate) fn put_in(&mut self, key: u64, slot: Slot, is_judged: bool) {
        let (class, until) = (slot.class(), slot.until(self.settings.expiry_ms));
        self.shelves[class as usize].insert((until, key));
        self.mark(class, until, key);
        if let Some((kind, post)) = open_post(&slot) {
            self.waiting.add(slot.platform, kind, post.at, key);
            if !is_judged {
                self.due.insert((due_minute(post), key));
            }
        }
        if let Some((group, at)) = group_of(&slot) {
            self.groups.insert((group, at, key));
        }
        self.slots.insert(key, slot);
    }

    fn mark(&mut self, class: Class, until: i64, key: u64) {
        let page = Page::of(class, until, key);
        self.dirty.insert(page);
    }

    /// Forgets a slot, and tells of it what is to be told.
    fn forget(&mut self, key: u64, because: Note, effects: &mut Effects) {
        let Some((slot, _)) = self.take_out(key) else {
            return;
        };
        match slot.class() {
            Class::Asks => {
                let platform = platform_at(slot.platform);
                effects.changes.push(Change::Gone(platform, key));
                if slot.is_open() {
                    effects.notes.push(because);
                }
            }
            Class::Awaited if !slot.replies.is_empty() => {
                effects.notes.push(Note::Replied(ReplyTo::Forgotten));
            }
            Class::Others | Class::Awaited => {}
        }
    }

    /// Whoever would be forgotten first has to go where there are too many.
    fn make_room(&mut self, effects: &mut Effects) {
        let max = self.settings.max_conversations.max(1);
        for class in Class::ALL {
            while self.shelves[class as usize].len() > max
                && let Some(&(_, key)) = self.shelves[class as usize].first()
            {
                self.forget(key, Note::Dropped, effects);
            }
        }
    }

    /// Tells of a conversation as it is now.
    pub(crate) fn publish(&self, key: u64, effects: &mut Effects) {
        if let Some(conversation) = self.conversation(key) {
            effects.changes.push(Change::Is(conversation));
        }
    }

    fn conversation(&self, key: u64) -> Option<Conversation> {
        let slot = self.slots.get(&key)?;
        let post = slot.post.as_ref()?;
        let ask = post.ask.filter(|_| !slot.is_gone)?;
        let asked_at = EventTime::from_millis(post.at);
        let answered_at = slot.answer.map(|answer| EventTime::from_millis(answer.at));
        let seconds = |millis: i64| u64::try_from(millis / 1_000).unwrap_or(0);
        Some(Conversation {
            brand: self.settings.brand.clone(),
            platform: platform_at(slot.platform),
            id: format!("{key:016x}"),
            thread: format!("{:016x}", post.thread),
            kind: ask.kind,
            label: ask.label,
            asked_at,
            reach: slot.reach.people(),
            answered_at,
            answered_by: slot.answer.map(Reply::role),
            response_seconds: answered_at.map(|at| seconds(at.millis_since(asked_at))),
            office_seconds: answered_at
                .map(|at| seconds(self.settings.calendar.open_millis(asked_at, at))),
        })
    }

    /// All conversations that are remembered, by platform and hashed id.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        let asks = self.shelves[Class::Asks as usize].iter();
        let mut all: Vec<_> = asks
            .filter_map(|&(_, key)| self.conversation(key))
            .collect();
        all.sort_by(|a, b| (a.platform, &a.id).cmp(&(b.platform, &b.id)));
        all
    }

    /// How many wait on each platform, by what they asked.
    pub fn open(&self) -> impl Iterator<Item = Open> {
        self.waiting.iter()
    }

    /// How many of each kind have waited for less than an hour, four hours and a day at
    /// `now`, and how many for longer; counted by whole hours of the clock.
    #[must_use]
    pub fn open_by_age(&self, now: EventTime) -> [[usize; Asked::ALL.len()]; 4] {
        self.waiting.by_age(now.millis())
    }

    /// Replies that wait for their post, and what else was told of unknown posts.
    #[must_use]
    pub fn awaited(&self) -> usize {
        self.shelves[Class::Awaited as usize].len()
    }
}

/// The group of the slot's post, if it has one, and when it was posted.
pub(crate) fn group_of(slot: &Slot) -> Option<(u64, i64)> {
    let post = slot.post.as_ref()?;
    Some((post.group()?, post.at))
}

/// The post, if somebody waits for an answer to it.
fn open_post(slot: &Slot) -> Option<(Asked, &Post)> {
    if !slot.is_open() {
        return None;
    }
    let post = slot.post.as_ref()?;
    Some((post.ask?.kind, post))
}

fn due_minute(post: &Post) -> i64 {
    let due = post.ask.map_or(i64::MAX, |ask| ask.due);
    EventTime::from_millis(due).minute()
}
