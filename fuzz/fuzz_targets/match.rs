//! Any text is about some brands, and what was looked at before changes nothing.

#![no_main]

use std::cell::RefCell;

use brands::{Matcher, Post, Rules, Scratch};
use libfuzzer_sys::fuzz_target;

fn matcher() -> Matcher {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let first = Rules {
        names: words(&["pluimvos", "één twee", "a&b"]),
        ambiguous: words(&["vos"]),
        handles: words(&["pluimvos", "vos.example"]),
        hashtags: words(&["vos"]),
        context: words(&["pak", "pakket"]),
        exclude: words(&["jacht"]),
        ..Rules::new("a")
    };
    let second = Rules {
        names: words(&["vos", "pluim", "ss"]),
        ..Rules::new("b")
    };
    Matcher::new(vec![first, second]).expect("rules that can be looked for")
}

thread_local! {
    static MATCHER: (Matcher, RefCell<Scratch>) = (matcher(), RefCell::default());
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (handle, text) = text.split_once('\n').unwrap_or(("", &text));
    let post = Post {
        texts: &[text],
        tags: &[handle],
        handle: Some(handle),
        mentioned: &[handle],
        lang: None,
    };
    MATCHER.with(|(matcher, scratch)| {
        let again = matcher.find(&post, &mut scratch.borrow_mut());
        assert_eq!(again, matcher.find(&post, &mut Scratch::default()));
    });
});
