#![allow(clippy::unwrap_used, reason = "a test")]

mod cases;
mod laws;

use std::collections::{BTreeMap, BTreeSet};

use mention::{Conversation, EventTime, Mention, Record};

use crate::{Book, BookSettings, Change, Effects, Note, ReplyTo, Taken};

/// 2026-03-02T09:00:00Z, a Monday.
const START: i64 = 1_772_442_000_000;

/// A minute of the test's clock.
pub(crate) fn minute(minutes: i64) -> EventTime {
    EventTime::from_millis(START + minutes * EventTime::MINUTE_MS)
}

/// A post as JSON, with what `more` adds to it.
pub(crate) fn post(id: &str, at: i64, author: &str, role: &str, kind: &str, more: &str) -> String {
    let label = if kind == "praise" {
        "positive"
    } else {
        "negative"
    };
    format!(
        r#"{{"id":"{id}","brand":"acme","platform":"x","created_at":"{}","text":"…",
        "author":{{"id":"{author}","role":"{role}","followers":1001}},
        "score":{{"label":"{label}","probabilities":{{"negative":0.8,"neutral":0.1,"positive":0.1}},
        "kind":"{kind}"}}{more}}}"#,
        minute(at)
    )
}

pub(crate) fn complaint(id: &str, at: i64, author: &str, more: &str) -> String {
    post(id, at, author, "customer", "complaint", more)
}

pub(crate) fn reply(id: &str, at: i64, to: &str) -> String {
    let to = format!(r#","in_reply_to":"{to}""#);
    post(id, at, "care-team", "brand", "webcare", &to)
}

pub(crate) fn event(id: &str, event: &str, at: i64, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","brand":"acme","platform":"x","event":"{event}","observed_at":"{}"{more}}}"#,
        minute(at)
    )
}

/// A book with its clock, and everything that came out.
pub(crate) struct Told {
    pub(crate) book: Book,
    now: EventTime,
    pub(crate) notes: Vec<Note>,
    pub(crate) changes: Vec<Change>,
    pub(crate) deleted: BTreeSet<u64>,
}

impl Told {
    pub(crate) fn new(settings: BookSettings) -> Self {
        Self {
            book: Book::new(settings),
            now: EventTime::from_millis(0),
            notes: Vec::new(),
            changes: Vec::new(),
            deleted: BTreeSet::new(),
        }
    }

    pub(crate) fn tell(&mut self, json: &str) -> Taken {
        let Record::Mention(mention) = mention::parse_scored(json.as_bytes()).unwrap() else {
            panic!("not a mention");
        };
        self.take(&mention)
    }

    pub(crate) fn take(&mut self, mention: &Mention<'_>) -> Taken {
        self.now = self.now.max(mention.created_at);
        if mention.event == mention::Event::Delete {
            self.deleted.insert(mention.hashed_id());
        }
        let mut effects = Effects::default();
        let taken = self.book.take(mention, self.now, &mut effects);
        self.notes.append(&mut effects.notes);
        self.changes.append(&mut effects.changes);
        taken
    }

    pub(crate) fn wait(&mut self, until: EventTime) {
        self.now = self.now.max(until);
        let mut effects = Effects::default();
        self.book.advance(self.now, &mut effects);
        self.notes.append(&mut effects.notes);
        self.changes.append(&mut effects.changes);
    }

    /// Writes the pages that changed.
    pub(crate) fn write(&mut self, topic: &mut BTreeMap<String, Vec<u8>>) {
        let pages: Vec<_> = self.book.dirty().collect();
        for page in pages {
            match self.book.write(page) {
                Some(bytes) => topic.insert(page.to_string(), bytes),
                None => topic.remove(&page.to_string()),
            };
        }
    }

    /// The same, read from those pages.
    pub(crate) fn read(&self, topic: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut read = Self::new(self.book.settings.clone());
        for bytes in topic.values() {
            read.book.read(bytes).unwrap();
        }
        read.now = self.now;
        read.book.ready(self.now);
        read
    }

    pub(crate) fn only(&self) -> Conversation {
        let mut all = self.book.conversations();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) fn replies(&self, to: ReplyTo) -> usize {
        let wanted = Note::Replied(to);
        self.notes.iter().filter(|note| **note == wanted).count()
    }
}

pub(crate) fn told(settings: BookSettings, records: &[String]) -> Told {
    let mut told = Told::new(settings);
    for record in records {
        told.tell(record);
    }
    told
}

pub(crate) fn acme() -> BookSettings {
    BookSettings::new("acme")
}
