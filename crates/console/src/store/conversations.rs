//! Who waits for an answer, and who has one.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{Conversation, EventTime, Label, is_brand_slug};

use super::is_id;

/// Conversations that are kept at most, those that began last: two weeks of brands that are
/// asked five times a minute.
pub const MAX_CONVERSATIONS: usize = 100_000;

/// Brand, when it was asked, and the key of its record.
type Place = (String, EventTime, Arc<str>);

/// Conversations that wait or were answered, as the answering service tells them.
#[derive(Debug, Default)]
pub struct Conversations {
    all: BTreeMap<Place, Arc<Conversation>>,
    /// Where each key is.
    places: BTreeMap<Arc<str>, (String, EventTime)>,
    /// By when they began, the oldest of which go first.
    by_age: BTreeMap<(EventTime, Arc<str>), String>,
    /// The newest time that any of them told.
    now: Option<EventTime>,
}

/// What was asked in some time, and how much of it has an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Conversations.
    pub asked: u64,
    /// Those with an answer.
    pub answered: u64,
    /// When the oldest of the others began.
    pub oldest: Option<EventTime>,
    /// Seconds to the first answer, the middle one of those that have one.
    pub median_seconds: Option<u64>,
}

impl Answers {
    /// Those without an answer.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.asked - self.answered
    }
}

impl Conversations {
    /// A record of the topic; `None` where it was deleted.
    ///
    /// # Errors
    /// The record isn't a conversation of that key; nothing changes then.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        use serde::de::Error;
        let key = std::str::from_utf8(key).map_err(serde_json::Error::custom)?;
        if value.is_empty() {
            self.remove(key);
            return Ok(());
        }
        let told: Conversation = serde_json::from_slice(value)?;
        let is_sound = is_brand_slug(&told.brand) && is_id(&told.id) && is_id(&told.thread);
        if told.key() != key || !is_sound {
            return Err(serde_json::Error::custom(
                "the key isn't the conversation's",
            ));
        }
        self.remove(key);
        self.insert(key.into(), told);
        Ok(())
    }

    fn insert(&mut self, key: Arc<str>, told: Conversation) {
        self.now = self.now.max(Some(told.asked_at)).max(told.answered_at);
        let (brand, at) = (told.brand.clone(), told.asked_at);
        self.by_age.insert((at, Arc::clone(&key)), brand.clone());
        self.places.insert(Arc::clone(&key), (brand.clone(), at));
        self.all.insert((brand, at, key), Arc::new(told));
        while self.places.len() > MAX_CONVERSATIONS
            && let Some(((_, oldest), _)) = self.by_age.first_key_value()
        {
            let oldest = Arc::clone(oldest);
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some((key, (brand, at))) = self.places.remove_entry(key) {
            self.by_age.remove(&(at, Arc::clone(&key)));
            self.all.remove(&(brand, at, key));
        }
    }

    /// Conversations that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The newest time that any of them told.
    #[must_use]
    pub const fn now(&self) -> Option<EventTime> {
        self.now
    }

    /// Those of a brand that began in that time, on one platform or on `all`.
    fn within(
        &self,
        brand: &str,
        platform: &str,
        from: EventTime,
        until: EventTime,
    ) -> impl Iterator<Item = &Conversation> {
        let first = (brand.to_owned(), from, Arc::from(""));
        let brand = brand.to_owned();
        let later = self.all.range(first..).map(|(_, told)| &**told);
        let later = later.take_while(move |told| told.brand == brand && told.asked_at <= until);
        let is_all = platform == mention::Spike::ALL_PLATFORMS;
        later.filter(move |told| is_all || told.platform.as_str() == platform)
    }

    /// What was asked of a brand from `from` until `until`, on one platform or on `all`.
    #[must_use]
    pub fn answers(
        &self,
        brand: &str,
        platform: &str,
        from: EventTime,
        until: EventTime,
    ) -> Answers {
        let mut answers = Answers::default();
        let mut seconds = Vec::new();
        for told in self.within(brand, platform, from, until) {
            answers.asked += 1;
            if told.is_open() {
                // In order of time, so the first one is the oldest.
                answers.oldest = answers.oldest.or(Some(told.asked_at));
            } else {
                answers.answered += 1;
                seconds.extend(told.response_seconds);
            }
        }
        let middle = seconds.len().saturating_sub(1) / 2;
        if !seconds.is_empty() {
            let (_, median, _) = seconds.select_nth_unstable(middle);
            answers.median_seconds = Some(*median);
        }
        answers
    }

    /// All of one brand or of every brand, in order of brand and time.
    pub fn of<'a>(&'a self, brand: Option<&'a str>) -> impl Iterator<Item = &'a Arc<Conversation>> {
        let first = (
            brand.unwrap_or_default().to_owned(),
            EventTime::from_millis(i64::MIN),
            Arc::from(""),
        );
        let own = self.all.range(first..).map(|(_, told)| told);
        own.take_while(move |told| brand.is_none_or(|brand| told.brand == brand))
    }

    /// The negative posts that nobody has answered, of one brand or of all, in order of
    /// brand and time.
    pub fn unanswered<'a>(
        &'a self,
        brand: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<Conversation>> {
        let own = self.of(brand);
        own.filter(|told| told.is_open() && told.label == Label::Negative)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn at(minute: i64) -> EventTime {
        EventTime::from_millis(1_772_442_000_000 + minute * EventTime::MINUTE_MS)
    }

    fn told(brand: &str, id: u64, minute: i64, answered: Option<i64>) -> Vec<u8> {
        let answered = answered.map_or_else(String::new, |seconds| {
            let at = at(minute).plus_millis(seconds * 1_000);
            format!(r#","answered_at":"{at}","answered_by":"brand","response_seconds":{seconds},"office_seconds":{seconds}"#)
        });
        format!(
            r#"{{"brand":"{brand}","platform":"x","id":"{id:016x}","thread":"{id:016x}","kind":"complaint","label":"negative","asked_at":"{}","reach":{id}{answered}}}"#,
            at(minute)
        )
        .into_bytes()
    }

    fn key(brand: &str, id: u64) -> Vec<u8> {
        format!("{brand}/x/{id:016x}").into_bytes()
    }

    #[test]
    fn answers_are_counted_in_their_time() {
        let mut all = Conversations::default();
        for (id, minute, answered) in [
            (1, 0, None),
            (2, 5, Some(60)),
            (3, 9, Some(600)),
            (4, 30, None),
        ] {
            all.take(&key("acme", id), &told("acme", id, minute, answered))
                .unwrap();
        }
        all.take(&key("acm", 5), &told("acm", 5, 6, None)).unwrap();
        let answers = all.answers("acme", "all", at(1), at(40));
        assert_eq!((answers.asked, answers.answered, answers.open()), (3, 2, 1));
        assert_eq!(
            (answers.oldest, answers.median_seconds),
            (Some(at(30)), Some(60))
        );
        assert_eq!(
            all.answers("acme", "facebook", at(0), at(40)),
            Answers::default()
        );
        assert_eq!(all.unanswered(Some("acme")).count(), 2);
        assert_eq!(all.unanswered(None).count(), 3);
        // Answered, and gone.
        all.take(&key("acme", 4), &told("acme", 4, 30, Some(5)))
            .unwrap();
        all.take(&key("acme", 1), b"").unwrap();
        assert_eq!(all.unanswered(Some("acme")).count(), 0);
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn what_isnt_a_conversation_of_its_key_changes_nothing() {
        let mut all = Conversations::default();
        let sound = told("acme", 1, 0, None);
        assert!(all.take(&key("acme", 2), &sound).is_err());
        assert!(all.take(&key("acme", 1), b"{}").is_err());
        let hostile = String::from_utf8(sound.clone()).unwrap();
        let hostile = hostile.replace(r#""thread":"0000000000000001""#, r#""thread":"<script>""#);
        assert!(all.take(&key("acme", 1), hostile.as_bytes()).is_err());
        assert!(all.is_empty());
        all.take(&key("acme", 1), &sound).unwrap();
        assert!(all.take(b"\xff", b"").is_err());
        assert_eq!(all.len(), 1);
    }
}
