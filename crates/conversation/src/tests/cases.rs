//! Each rule of `docs/care.md`, one by one.

use std::sync::Arc;

use detect::calendar::{Calendar, Holidays, OpenHours};
use mention::{Asked, Role};

use super::*;

#[test]
fn a_complaint_waits_until_the_brand_replies() {
    let mut told = told(acme(), &[complaint("1", 0, "ann", "")]);
    let waiting = told.only();
    assert!(waiting.is_open());
    assert_eq!((waiting.kind, waiting.reach), (Asked::Complaint, 101));
    let open: Vec<_> = told.book.open().collect();
    assert_eq!((open[0].count, open[0].oldest), (1, Some(minute(0))));
    told.tell(&reply("2", 125, "1"));
    let answered = told.only();
    assert_eq!(answered.response_seconds, Some(125 * 60));
    assert_eq!(answered.answered_by, Some(Role::Brand));
    assert_eq!(told.book.open().next().unwrap().count, 0);
    told.tell(&reply("3", 130, "1"));
    assert_eq!(told.only().answered_at, Some(minute(125)));
    assert_eq!(told.replies(ReplyTo::Question), 1);
    assert_eq!(told.replies(ReplyTo::Answered), 1);
    assert!(told.notes.contains(&Note::Judged { in_time: true }));
}

#[test]
fn what_doesnt_ask() {
    for (role, kind, more) in [
        ("customer", "praise", ""),
        ("customer", "promo", ""),
        ("press", "complaint", ""),
        ("partner", "question", ""),
        ("staff", "complaint", ""),
        ("customer", "complaint", r#","repost_of":"9""#),
        ("customer", "complaint", r#","cluster":{"id":"c","size":2}"#),
        ("customer", "complaint", r#","canary":true"#),
    ] {
        let told = told(acme(), &[post("1", 0, "ann", role, kind, more)]);
        assert!(told.book.conversations().is_empty(), "{role} {kind} {more}");
    }
    let told = told(acme(), &[post("1", 0, "ann", "customer", "remark", "")]);
    assert_eq!(told.only().kind, Asked::Negative);
}

#[test]
fn a_reply_may_come_before_its_post() {
    let mut told = told(acme(), &[reply("2", 10, "1")]);
    assert_eq!(told.book.awaited(), 1);
    told.tell(&complaint("1", 0, "ann", ""));
    assert_eq!(told.only().response_seconds, Some(600));
    assert_eq!(
        (told.book.awaited(), told.replies(ReplyTo::Question)),
        (0, 1)
    );
}

#[test]
fn a_reply_to_what_nobody_knows_waits_a_day() {
    let mut told = told(acme(), &[reply("2", 0, "1"), reply("3", 1, "1")]);
    told.wait(minute(24 * 60));
    assert_eq!(told.replies(ReplyTo::Forgotten), 0);
    told.wait(minute(24 * 60 + 1));
    assert_eq!(told.replies(ReplyTo::Forgotten), 1);
    assert_eq!(told.replies(ReplyTo::Answered), 1, "the second of them");
    assert_eq!(told.book.awaited(), 0);
}

#[test]
fn a_reply_to_another_post_of_the_author_in_the_thread_answers_too() {
    let again = r#","in_reply_to":"1""#;
    let first = complaint("1", 0, "ann", "");
    let second = post("2", 5, "ann", "customer", "praise", again);
    let answered = told(acme(), &[first.clone(), second, reply("3", 60, "2")]);
    assert_eq!(answered.only().response_seconds, Some(3_600));
    // Not to somebody else's, nor in another thread.
    let other = post("2", 5, "bob", "customer", "praise", again);
    let elsewhere = post("4", 5, "ann", "customer", "praise", "");
    let records = [
        first,
        other,
        elsewhere,
        reply("3", 60, "2"),
        reply("5", 61, "4"),
    ];
    let waiting = told(acme(), &records);
    assert!(waiting.only().is_open());
    assert_eq!(waiting.replies(ReplyTo::Unasked), 2);
    // An older reply doesn't answer what is asked after it.
    let asked_again = complaint("2", 90, "ann", r#","root":"1""#);
    let records = [
        complaint("1", 0, "ann", ""),
        reply("3", 60, "1"),
        asked_again,
    ];
    let again = told(acme(), &records);
    assert_eq!(again.book.open().next().unwrap().count, 1);
}

#[test]
fn self_replies_circles_and_own_posts_are_counted_as_such() {
    let own = post("1", 0, "care-team", "brand", "promo", "");
    let circle = [
        complaint("7", 2, "ann", r#","in_reply_to":"8""#),
        complaint("8", 3, "ann", r#","in_reply_to":"7""#),
        complaint("9", 4, "ann", r#","in_reply_to":"9""#),
    ];
    let mut told = told(acme(), &[own, reply("2", 1, "1"), reply("3", 1, "3")]);
    circle.iter().for_each(|record| {
        told.tell(record);
    });
    assert_eq!(told.replies(ReplyTo::Itself), 2);
    assert!(told.notes.contains(&Note::Posted));
    assert_eq!(told.book.conversations().len(), 3);
    // Somebody who complains and then replies in the brand's name hasn't answered.
    told.tell(&complaint("10", 5, "care-team", ""));
    told.tell(&reply("11", 6, "10"));
    assert_eq!(told.replies(ReplyTo::Itself), 3);
    assert!(told.book.conversations().iter().all(Conversation::is_open));
}

#[test]
fn clocks_that_disagree_give_no_time_at_all() {
    let told = told(acme(), &[complaint("1", 10, "ann", ""), reply("2", 8, "1")]);
    let answered = told.only();
    assert_eq!(answered.response_seconds, Some(0));
    assert_eq!(answered.answered_at, Some(minute(8)));
    let disagree = |note: &&Note| {
        matches!(
            note,
            Note::Answered {
                clocks_disagree: true,
                ..
            }
        )
    };
    assert_eq!(told.notes.iter().filter(disagree).count(), 1);
}

#[test]
fn a_deleted_question_is_nobodys() {
    let records = [complaint("1", 0, "ann", ""), event("1", "delete", 5, "")];
    let mut deleted = told(acme(), &records);
    assert!(deleted.book.conversations().is_empty());
    assert!(matches!(deleted.changes.last(), Some(Change::Gone(..))));
    deleted.tell(&reply("2", 6, "1"));
    assert_eq!(deleted.replies(ReplyTo::Deleted), 1);
    // Whichever is told first.
    let backwards = told(acme(), &[records[1].clone(), records[0].clone()]);
    assert!(backwards.book.conversations().is_empty());
}

#[test]
fn reach_only_grows_and_an_edit_changes_nothing_else() {
    let mut told = told(acme(), &[complaint("1", 0, "ann", "")]);
    let views = |views: u64| format!(r#","engagement":{{"views":{views}}},"text":"Anders""#);
    told.tell(&event("1", "update", 5, &views(5_000)));
    told.tell(&event("1", "update", 9, &views(700)));
    assert_eq!(told.only().reach, 5_000);
    assert_eq!(told.changes.len(), 2);
}

#[test]
fn conversations_are_forgotten_and_replies_to_them_counted_as_such() {
    let mut told = told(acme(), &[complaint("1", 0, "ann", "")]);
    let days = |days: i64| days * 24 * 60;
    told.wait(minute(days(14) + 30));
    assert!(told.only().is_open());
    // Remembered still, but the reply comes too late to be an answer.
    assert_eq!(told.tell(&reply("2", days(14) + 1, "1")), Taken::OfBrand);
    assert!(told.only().is_open());
    told.wait(minute(days(14) + 61));
    assert!(told.book.conversations().is_empty());
    assert!(told.notes.contains(&Note::Expired));
    assert!(told.notes.contains(&Note::Judged { in_time: false }));
    assert_eq!(told.tell(&complaint("1", 0, "ann", "")), Taken::TooOld);
    told.tell(&reply("3", days(15), "1"));
    told.wait(minute(days(17)));
    assert_eq!(told.replies(ReplyTo::Forgotten), 2);
}

#[test]
fn a_full_book_forgets_what_would_go_first() {
    let settings = BookSettings {
        max_conversations: 2,
        ..acme()
    };
    let asks = (0..4).map(|id| complaint(&id.to_string(), 4 - id, "ann", ""));
    let others = (10..20).map(|id| post(&id.to_string(), id, "bob", "customer", "praise", ""));
    let records: Vec<_> = asks.chain(others).collect();
    let told = told(settings, &records);
    let times: Vec<_> = told
        .book
        .conversations()
        .iter()
        .map(|one| one.asked_at)
        .collect();
    assert_eq!(times.len(), 2);
    assert!(times.contains(&minute(4)) && times.contains(&minute(3)));
    let dropped = told.notes.iter().filter(|note| **note == Note::Dropped);
    assert_eq!(dropped.count(), 2);
    assert!(told.book.slots.len() <= 4);
}

#[test]
fn office_hours_are_the_brands_own() {
    let weekdays = [true, true, true, true, true, false, false];
    let hours = OpenHours {
        days: weekdays,
        from_minute: 9 * 60,
        to_minute: 17 * 60,
    };
    let calendar = Calendar::new("Europe/Amsterdam", Some(Holidays::Nl)).unwrap();
    let settings = BookSettings {
        calendar: Arc::new(calendar.with_office_hours(vec![hours])),
        ..acme()
    };
    // Monday 10:00 there; asked on the Friday before at 16:30, answered at 10:00.
    let asked = -(2 * 24 + 17) * 60 - 30;
    let mut told = told(settings, &[complaint("1", asked, "ann", "")]);
    told.tell(&reply("2", 0, "1"));
    let answered = told.only();
    assert_eq!(answered.office_seconds, Some(90 * 60));
    assert_eq!(answered.response_seconds, Some(65 * 3_600 + 1_800));
    assert!(told.notes.contains(&Note::Judged { in_time: true }));
}

#[test]
fn what_is_late_is_judged_once() {
    let views = r#","engagement":{"views":5000}"#;
    let mut told = told(acme(), &[complaint("1", 0, "ann", "")]);
    told.wait(minute(4 * 60 + 1));
    told.tell(&event("1", "update", 300, views));
    told.wait(minute(600));
    let mut topic = BTreeMap::new();
    told.write(&mut topic);
    let mut after = told.read(&topic);
    after.wait(minute(601));
    after.tell(&reply("2", 602, "1"));
    let judged: Vec<_> = told
        .notes
        .iter()
        .chain(&after.notes)
        .filter(|note| matches!(note, Note::Judged { .. }))
        .collect();
    assert_eq!(judged, [&Note::Judged { in_time: false }]);
}
