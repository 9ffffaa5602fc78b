//! What holds of any stream: neither order nor repeats nor restarts change the end.

use proptest::prelude::*;

use super::*;

/// One record of a small, entangled world: few posts, few authors, replies to anything.
fn record() -> impl Strategy<Value = (i64, String)> {
    let id = 0..12_u8;
    let kind = prop::sample::select(vec!["complaint", "question", "remark", "praise"]);
    // Few authors, the brand's own among the customers' names.
    let author = prop::sample::select(vec!["ann", "bob", "care-team", "night-team"]);
    // Within the day that a reply waits for its post.
    let at = 0..1_300_i64;
    (0..10_u8, id.clone(), id, at, kind, author).prop_map(|(sort, id, to, at, kind, author)| {
        let to = format!(r#","in_reply_to":"p{to}""#);
        let root = format!(r#"{to},"root":"p0""#);
        let json = match sort {
            0..3 => post(&format!("p{id}"), at, author, "customer", kind, ""),
            3 => post(&format!("p{id}"), at, author, "customer", kind, &to),
            4 => post(&format!("p{id}"), at, author, "customer", kind, &root),
            5..8 => post(&format!("r{at}"), at, author, "brand", "webcare", &to),
            8 => event(&format!("p{id}"), "delete", at, ""),
            _ => {
                let views = format!(r#","engagement":{{"views":{}}}"#, at * 3);
                event(&format!("p{id}"), "update", at, &views)
            }
        };
        (at, json)
    })
}

/// The stream in order of time. A platform gives each id once, so of two posts with one
/// id only the first is kept; and nothing is told of a post before it is there, but that
/// a reply may be dated up to an hour earlier.
fn stream() -> impl Strategy<Value = Vec<(i64, String)>> {
    prop::collection::vec(record(), 1..80).prop_map(|mut records| {
        records.sort();
        let mut posted = BTreeMap::<String, i64>::new();
        records.retain(|(at, json)| {
            let is_event = json.contains(r#""event""#);
            let is_new = !posted.contains_key(id_of(json));
            if is_new && !is_event {
                posted.insert(id_of(json).to_owned(), *at);
            }
            is_event != is_new
        });
        records.retain(|(at, json)| {
            let to = json
                .split_once(r#""in_reply_to":""#)
                .map(|(_, to)| &to[..to.find('"').unwrap()]);
            let parent = to.and_then(|to| posted.get(to));
            !json.contains(r#""brand","followers""#)
                || parent.is_none_or(|parent| at + 60 >= *parent)
        });
        records
    })
}

fn id_of(json: &str) -> &str {
    json.split('"').nth(3).unwrap()
}

/// Conversations that are forgotten within the stream.
fn short() -> BookSettings {
    BookSettings {
        expiry_ms: 5 * EventTime::HOUR_MS,
        ..acme()
    }
}

/// What stands in the end, once everybody who was waited for has come or hasn't.
fn end(told: &mut Told) -> (Vec<Conversation>, Vec<crate::Open>) {
    told.wait(minute(1_400));
    let waiting = told.book.open().filter(|open| open.count > 0);
    (told.book.conversations(), waiting.collect())
}

/// The last that was told of each conversation before it was forgotten; of what was
/// deleted, that depends on when.
fn last_words(told: &Told) -> BTreeMap<String, Conversation> {
    let deleted = |change: &Change| match change {
        Change::Gone(_, key) if told.deleted.contains(key) => Some(format!("{key:016x}")),
        _ => None,
    };
    let deleted: BTreeSet<_> = told.changes.iter().filter_map(deleted).collect();
    let words = told.changes.iter().filter_map(|change| match change {
        Change::Is(one) if !deleted.contains(&one.id) => Some((one.id.clone(), one.clone())),
        _ => None,
    });
    words.collect()
}

proptest! {
    #[test]
    fn shuffled_within_an_hour_and_doubled_the_end_is_the_same(
        records in stream(),
        delays in prop::collection::vec((0..60_i64, any::<bool>()), 80),
    ) {
        let plain: Vec<_> = records.iter().map(|(_, json)| json.clone()).collect();
        let mut in_order = told(short(), &plain);
        let mut shuffled = Vec::new();
        for ((at, json), (delay, is_doubled)) in records.iter().zip(&delays) {
            shuffled.push((at + delay, json.clone()));
            if *is_doubled {
                shuffled.push((at + 59 - delay, json.clone()));
            }
        }
        shuffled.sort_by_key(|(at, _)| *at);
        let shuffled: Vec<_> = shuffled.into_iter().map(|(_, json)| json).collect();
        let mut other = told(short(), &shuffled);
        prop_assert_eq!(end(&mut in_order), end(&mut other));
        prop_assert_eq!(last_words(&in_order), last_words(&other));
    }

    /// Written now and then, lost, and read again: the same as if nothing had happened.
    #[test]
    fn what_is_written_comes_back(
        records in stream(),
        crash in 1..80_usize,
        is_written in prop::collection::vec(any::<bool>(), 80),
    ) {
        let plain: Vec<_> = records.into_iter().map(|(_, json)| json).collect();
        let crash = crash.min(plain.len());
        let mut whole = Told::new(short());
        // How much was told by each record, in which order.
        let told_by = plain.iter().map(|record| {
            whole.tell(record);
            whole.changes.len()
        });
        let told_by: Vec<usize> = std::iter::once(0).chain(told_by).collect();
        let mut before = Told::new(short());
        let mut topic = BTreeMap::new();
        let mut after = (Told::new(short()), 0);
        for (at, record) in plain[..crash].iter().enumerate() {
            before.tell(record);
            if is_written[at] {
                before.write(&mut topic);
                let read = before.read(&topic);
                prop_assert_eq!(&read.book.slots, &before.book.slots);
                prop_assert_eq!(&read.book.due, &before.book.due);
                after = (read, at + 1);
            }
        }
        let (mut after, resume) = after;
        for record in &plain[resume..] {
            after.tell(record);
        }
        prop_assert_eq!(&whole.changes[told_by[resume]..], &after.changes[..]);
        prop_assert_eq!(end(&mut whole), end(&mut after));
        prop_assert_eq!(&whole.book.slots, &after.book.slots);
        prop_assert_eq!(&whole.book.due, &after.book.due);
    }
}
