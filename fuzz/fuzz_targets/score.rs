//! Any post has a score, the same one twice, and its reasons add up to it.
//!
//! The first byte chooses what comes with the text, the second the rating; the
//! rest is cut at line ends into title, picture description and text.

#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use mention::{Platform, Role};
use sentiment::{Model, Post, Scorer};

thread_local! {
    static SCORER: RefCell<Scorer> = RefCell::new(Scorer::new(Arc::new(
        Model::embedded().expect("the built-in model is read"),
    )));
}

/// What platforms call languages, right and wrong.
const LANGS: [Option<&str>; 8] = [
    None,
    Some("nl"),
    Some("en-GB"),
    Some("und"),
    Some("de"),
    Some("-"),
    Some(""),
    Some("nl_BE"),
];

fuzz_target!(|bytes: &[u8]| {
    let [choice, stars, rest @ ..] = bytes else {
        return;
    };
    let all = String::from_utf8_lossy(rest);
    let (title, text) = match all.split_once('\n') {
        Some((title, text)) if choice & 8 != 0 => (Some(title), text),
        _ => (None, all.as_ref()),
    };
    let post = Post {
        title,
        lang: LANGS[usize::from(choice & 7)],
        platform: if choice & 16 != 0 {
            Platform::News
        } else {
            Platform::X
        },
        kind_hint: (choice & 32 != 0).then_some("complaint"),
        rating: (choice & 64 != 0).then(|| f64::from(*stars) / 51.0),
        role: (choice & 128 != 0).then_some(Role::Customer),
        ..Post::new(text)
    };
    SCORER.with_borrow_mut(|scorer| {
        let score = scorer.score(&post);
        let p = score.probabilities;
        assert!((p.negative + p.neutral + p.positive - 1.0).abs() < 1e-9);
        assert_eq!(score.label, p.label());
        assert!((0.0..=1.0).contains(&score.confidence));
        assert!(score.aspects.len() <= sentiment::ASPECTS);
        assert_eq!(score, scorer.score(&post), "the second score differs");
        let explanation = scorer.explain(&post);
        assert_eq!(
            explanation.total(),
            explanation.logits,
            "the reasons don't add up"
        );
        assert_eq!(explanation.score, score, "another score is explained");
    });
});
