//! Which rule hits what, and that one pass finds what looking for each word would.
#![allow(clippy::unwrap_used, reason = "a test")]

use brands::{Kind, Matcher, Outcome, Post, Rules, Scratch, Verdict};
use proptest::prelude::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn shop() -> Rules {
    Rules {
        names: words(&["Pluimvos", "Pluim & Vos"]),
        ambiguous: words(&["Vos"]),
        handles: words(&["pluimvos", "@pluimvos.example", "did:plc:pluimvos"]),
        hashtags: words(&["#pvos"]),
        products: words(&["Snelvos Bezorgd"]),
        context: words(&["pakket", "bezorger"]),
        exclude: words(&["vossenjacht"]),
        languages: words(&["nl", "en"]),
        ..Rules::new("pluimvos")
    }
}

fn rival() -> Rules {
    Rules {
        names: words(&["Donsbeer", "Vos en Beer"]),
        ..Rules::new("donsbeer")
    }
}

fn matcher() -> Matcher {
    Matcher::new(vec![shop(), rival()]).unwrap()
}

fn slugs(matcher: &Matcher, post: &Post<'_>) -> Vec<String> {
    let found = matcher.find(post, &mut Scratch::default());
    found
        .iter()
        .map(|&brand| matcher.slug(brand).to_owned())
        .collect()
}

#[test]
fn words_are_found_whole_and_however_they_are_written() {
    let matcher = matcher();
    let hits = [
        "PLUIMVOS!",
        "pluimvos's pakket",
        "bij Plüimvos gekocht",
        "Pluimvos😡",
        "😡Pluimvos",
        "“Pluimvos”",
        "pluim  &\nvos",
        "#Pluimvos",
        "#PVOS",
        "@pluimvos doe wat",
        "zie @pluimvos.example.",
        "zie www.pluimvos.example/hulp",
        "mijn snelvos bezorgd abonnement",
        "Pluim\u{200b}vos",
    ];
    for text in hits {
        assert_eq!(
            slugs(&matcher, &Post::of_text(&text)),
            ["pluimvos"],
            "{text}"
        );
    }
    let misses = [
        "Pluimvossen",
        "opluimvos",
        "pluimvos_fans",
        "pluimvosé",
        "#pvosje",
        "pvos",
        "@pluimvosje",
        "",
    ];
    for text in misses {
        assert!(slugs(&matcher, &Post::of_text(&text)).is_empty(), "{text}");
    }
    // Another's account, and an address, in which the name stands alone all the same.
    let only_handles = Matcher::new(vec![Rules {
        handles: words(&["acme"]),
        ..Rules::new("acme")
    }]);
    let only_handles = only_handles.unwrap();
    for text in [
        "info@acme",
        "@acme.fans.example",
        "@acme@other.example",
        "acme",
    ] {
        assert!(
            slugs(&only_handles, &Post::of_text(&text)).is_empty(),
            "{text}"
        );
    }
    assert_eq!(slugs(&only_handles, &Post::of_text(&"(@ACME).")), ["acme"]);
}

#[test]
fn one_post_may_be_about_several_brands() {
    let text = "Donsbeer is trager dan Pluimvos";
    let found = slugs(&matcher(), &Post::of_text(&text));
    assert_eq!(found, ["pluimvos", "donsbeer"]);
}

#[test]
fn an_ambiguous_name_needs_its_context_and_an_exclusion_takes_it_away() {
    let matcher = matcher();
    let verdict = |text: &str| {
        let mut scratch = Scratch::default();
        let found = matcher.verdicts(&Post::of_text(&text), &mut scratch);
        found
            .iter()
            .map(|v| (v.kind, v.outcome))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        verdict("een vos gezien"),
        [(Kind::Ambiguous, Outcome::NoContext)]
    );
    let [
        (
            Kind::Ambiguous,
            Outcome::Mention {
                context: Some(word),
            },
        ),
    ] = verdict("Vos! Waar is mijn pakket?")[..]
    else {
        panic!("a mention by context");
    };
    assert_eq!(matcher.pattern(word), "pakket");
    // The plain name needs none.
    assert_eq!(
        verdict("vos of Pluimvos"),
        [(Kind::Name, Outcome::Mention { context: None })]
    );
    let [(_, Outcome::Excluded { word })] = verdict("Pluimvos vossenjacht")[..] else {
        panic!("excluded");
    };
    assert_eq!(matcher.pattern(word), "vossenjacht");
}

#[test]
fn languages_and_accounts_are_looked_at() {
    let matcher = matcher();
    let text = ["Pluimvos"];
    let of = |lang| Post {
        texts: &text,
        lang,
        ..Post::default()
    };
    for lang in [
        None,
        Some("nl"),
        Some("nl-BE"),
        Some("EN"),
        Some("und"),
        Some(""),
    ] {
        assert_eq!(slugs(&matcher, &of(lang)), ["pluimvos"], "{lang:?}");
    }
    assert!(slugs(&matcher, &of(Some("de"))).is_empty());
    let answered = Post {
        texts: &["wat een service"],
        mentioned: &["did:plc:pluimvos"],
        ..Post::default()
    };
    assert_eq!(slugs(&matcher, &answered), ["pluimvos"]);
    let own = Post {
        texts: &["Wir antworten, vossenjacht"],
        handle: Some("@Pluimvos"),
        lang: Some("de"),
        ..Post::default()
    };
    let mut scratch = Scratch::default();
    let [Verdict { kind, outcome, .. }] = matcher.verdicts(&own, &mut scratch) else {
        panic!("one verdict");
    };
    assert_eq!(
        (*kind, *outcome),
        (Kind::Account, Outcome::Mention { context: None })
    );
    let tagged = Post {
        texts: &["zonder woorden"],
        tags: &["pvos"],
        ..Post::default()
    };
    assert_eq!(slugs(&matcher, &tagged), ["pluimvos"]);
}

#[test]
fn words_that_would_be_found_everywhere_are_refused() {
    for word in ["", " ", "a", "@", "#x", "!?"] {
        let rules = Rules {
            names: words(&["Good", word]),
            ..Rules::new("x")
        };
        let error = Matcher::new(vec![rival(), rules]).unwrap_err();
        assert_eq!((error.brand, error.key), (1, "names"), "{word:?}");
    }
    let long = "a".repeat(300);
    let rules = Rules {
        context: words(&[&long]),
        ..Rules::new("x")
    };
    assert_eq!(Matcher::new(vec![rules]).unwrap_err().key, "context");
    assert!(Matcher::new(Vec::new()).unwrap().is_empty());
}

/// Whether a folded word stands whole in a text of small letters, spaces and `#`.
fn stands_in(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

proptest! {
    #[test]
    fn one_pass_finds_what_looking_for_each_word_would(
        names in prop::collection::vec(prop::collection::vec("[abé]{2,4}( [ab]{1,2})?", 1..4), 1..6),
        text in "[abAé#😡 ]{0,40}",
    ) {
        let rules: Vec<Rules> = names
            .iter()
            .enumerate()
            .map(|(index, names)| Rules { names: names.clone(), ..Rules::new(index.to_string()) })
            .collect();
        let matcher = Matcher::new(rules).unwrap();
        let plain = |text: &str| text.to_lowercase().replace('é', "e");
        let folded = plain(&text);
        let folded = folded.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let expected: Vec<String> = names
            .iter()
            .enumerate()
            .filter(|(_, names)| names.iter().any(|name| stands_in(&folded, &plain(name))))
            .map(|(index, _)| index.to_string())
            .collect();
        prop_assert_eq!(slugs(&matcher, &Post::of_text(&text.as_str())), expected);
    }

    #[test]
    fn no_text_makes_the_matcher_panic(text in "\\PC{0,80}", handle in "\\PC{0,20}") {
        let post = Post {
            texts: &[&text],
            tags: &[&handle],
            handle: Some(&handle),
            mentioned: &[&handle],
            lang: Some(&handle),
        };
        let _ = slugs(&matcher(), &post);
    }

    #[test]
    fn what_was_looked_at_before_changes_nothing(texts in prop::collection::vec("(vos|pakket|Pluimvos|vossenjacht|Donsbeer| |,){0,6}", 1..8)) {
        let matcher = matcher();
        let mut scratch = Scratch::default();
        for text in &texts {
            let text = text.as_str();
            let again: Vec<Verdict> = matcher.verdicts(&Post::of_text(&text), &mut scratch).to_vec();
            let fresh = matcher.verdicts(&Post::of_text(&text), &mut Scratch::default()).to_vec();
            prop_assert_eq!(again, fresh);
        }
    }
}
