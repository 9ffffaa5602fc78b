//! Any bytes are a record or a rejection; a mention that gets a score is read again.

#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use mention::{Event, Mention, Record, append_score, parse, parse_scored};
use sentiment::{Model, Post, Scorer};

thread_local! {
    static SCORER: RefCell<Scorer> = RefCell::new(Scorer::new(Arc::new(
        Model::embedded().expect("the built-in model is read"),
    )));
}

fuzz_target!(|bytes: &[u8]| {
    let scored = parse_scored(bytes);
    let parsed = parse(bytes);
    if let Ok(record) = &parsed {
        assert_eq!(scored.as_ref().ok(), Some(record));
    }
    let Ok(Record::Mention(mention)) = parsed else {
        return;
    };
    if mention.score.is_none() && mention.event == Event::Create {
        score(bytes, &mention);
    }
});

/// The score comes back as it was written, and nothing else has changed.
fn score(bytes: &[u8], mention: &Mention<'_>) {
    let score = SCORER.with_borrow_mut(|scorer| scorer.score(&Post::of_mention(mention)));
    let mut out = Vec::new();
    append_score(bytes, &score, &mut out).expect("a record that was taken takes a score");
    let Ok(Record::Mention(mut again)) = parse_scored(&out) else {
        panic!("a scored record isn't read: {}", String::from_utf8_lossy(&out));
    };
    assert_eq!(again.score.take(), Some(score));
    assert_eq!(*again, *mention);
}
