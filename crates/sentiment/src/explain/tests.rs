#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::{Arc, LazyLock};

use mention::{Label, Media, Probabilities, Text};
use proptest::prelude::*;

use super::*;
use crate::Model;

/// What the base may hold beside the bias, millionths: the rounding of the scorer's
/// single-precision sums; half a millionth a span comes on top.
const ROUNDING_MAX: i64 = 200;

/// Read once: it takes far longer than an explanation.
static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::embedded().unwrap()));

fn scorer() -> Scorer {
    Scorer::new(Arc::clone(&MODEL))
}

/// Texts that trip tokenisers, and texts in both languages at once.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        "[a-zA-Z]{1,60}",
        "[#@:;=x'’!?.…<3^_0-9D()-]{1,12}",
        Just("https://".to_owned()),
        Just("👩‍👩‍👧🏽❤️🇳🇱 😡😡".to_owned()),
        Just("\u{202e}\u{0}\u{feff}\u{301}\u{301}".to_owned()),
        Just("İIıßﬀ".to_owned()),
        Just(" niet goed geen n't slechte maar ".to_owned()),
        Just(" ik heb het nooit never liked the terrible service en dat is jammer ".to_owned()),
        Just("#NooitMeer_Kopen2 ".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn softmax(logits: [f64; CLASSES]) -> [f64; CLASSES] {
    let max = logits.iter().copied().fold(f64::MIN, f64::max);
    let odds = logits.map(|logit| (logit - max).exp());
    let total: f64 = odds.iter().sum();
    odds.map(|odds| odds / total)
}

/// The laws that every explanation keeps.
fn check(post: &Post<'_>) -> Explanation {
    let mut scorer = scorer();
    let explanation = scorer.explain(post);
    assert_eq!(explanation.score, scorer.score(post));
    assert_eq!(explanation.total(), explanation.logits);

    // The score's probabilities are rounded to four decimals: half a step, and a millionth.
    let p = explanation.score.probabilities;
    let told = [p.negative, p.neutral, p.positive];
    for (exact, told) in softmax(explanation.logits.logits()).into_iter().zip(told) {
        assert!((exact - told).abs() <= 1.01e-4, "{exact} {told}");
    }

    let model = &*MODEL;
    let tokens = &mut Tokens::default();
    Origin::trace(post, tokens);
    let language = language::identify(tokens, longest_part(post), post.lang, model);
    let english = f64::from(language.english.unwrap_or(1.0));
    let [of_english, of_dutch] = [model.english().bias(), model.dutch().bias()];
    let bias: [f64; CLASSES] = std::array::from_fn(|class| {
        english * f64::from(of_english[class]) + (1.0 - english) * f64::from(of_dutch[class])
    });
    let bias = Weights::of_logits(bias);
    let rounding_max = ROUNDING_MAX + i64::try_from(explanation.spans.len()).unwrap() / 2;
    for (base, bias) in [
        (explanation.base.negative, bias.negative),
        (explanation.base.neutral, bias.neutral),
        (explanation.base.positive, bias.positive),
    ] {
        assert!(
            (base - bias).abs() <= rounding_max,
            "base {base}, bias {bias}"
        );
    }
    check_places(post, &explanation);
    explanation
}

/// Spans lie in their parts, in order, apart, and both offsets mean the same.
fn check_places(post: &Post<'_>, explanation: &Explanation) {
    for span in &explanation.spans {
        let (_, part) = places(post)
            .find(|(place, _)| *place == span.place)
            .unwrap();
        let piece = part.get(span.byte_start..span.byte_end).unwrap();
        assert!(!piece.is_empty());
        assert_eq!(part[..span.byte_start].chars().count(), span.start);
        assert_eq!(span.end - span.start, piece.chars().count());
    }
    for two in explanation.spans.windows(2) {
        assert!(two[0].place != two[1].place || two[0].end <= two[1].start);
    }
}

proptest! {
    #[test]
    fn reasons_add_up_to_the_score(
        text in hostile(), title in prop::option::of(hostile()), alt in prop::option::of(hostile()),
        lang in prop::option::of("nl|en|de|"), rating in prop::option::of(1.0_f64..=5.0),
        hint in prop::option::of("complaint|praise|news|poem"),
    ) {
        let media = [
            Media::Kind(Text::from("image")),
            Media::Described { kind: None, alt: alt.map(Text::from) },
        ];
        check(&Post {
            title: title.as_deref(), media: &media, lang: lang.as_deref(), rating,
            kind_hint: hint.as_deref(), ..Post::new(&text)
        });
    }
}

#[test]
fn long_texts_add_up_too() {
    let text = "wéér niets gekregen!! 😡 slechte service, never again… #NooitMeer ".repeat(900);
    assert!(text.len() > 60_000);
    check(&Post::new(&text));
}

#[test]
fn a_text_of_both_languages_is_weighed_by_share() {
    let text =
        "Bestelling kwam drie dagen te laat and the customer service was terrible, never again";
    let explanation = check(&Post::new(text));
    let weight = |word: &str| {
        let at = text.find(word).unwrap();
        let span = explanation.spans.iter().find(|span| span.byte_start == at);
        span.unwrap().weights.towards_negative()
    };
    assert!(
        weight("laat") > 0 && weight("terrible") > 0,
        "{explanation:?}"
    );
}

/// The piece of text of each span, with the sign of what it says.
fn pieces(text: &str) -> Vec<(&str, i64)> {
    let explanation = check(&Post::new(text));
    let piece = |span: &Span| {
        (
            &text[span.byte_start..span.byte_end],
            span.weights.towards_negative(),
        )
    };
    explanation.spans.iter().map(piece).collect()
}

#[test]
fn words_marks_and_hashtags_are_pieces_of_their_own() {
    let words: Vec<&str> = pieces("Café #NooitMeer top!! 😡 @jan https://a.example/b :-(")
        .into_iter()
        .map(|(piece, _)| piece)
        .collect();
    assert_eq!(
        words,
        [
            "Café",
            "#NooitMeer",
            "top",
            "!!",
            "😡",
            "@jan",
            "https://a.example/b",
            ":-("
        ]
    );
}

#[test]
fn a_negation_shares_what_it_turns() {
    let of = |text: &str, word: &str| {
        let pieces = pieces(text);
        pieces.iter().find(|(piece, _)| *piece == word).unwrap().1
    };
    assert!(of("dat is goed", "goed") < 0);
    assert!(of("dat is niet goed", "goed") > of("dat is goed", "goed"));
    assert!(of("dat is niet goed", "niet") > 0);
}

#[test]
fn stars_and_hints_are_named() {
    let explanation = check(&Post {
        rating: Some(1.0),
        kind_hint: Some("complaint"),
        ..Post::new("")
    });
    let named: Vec<&str> = explanation
        .circumstances
        .iter()
        .map(|(circumstance, _)| circumstance.as_str())
        .collect();
    assert!(named.ends_with(&["stars", "kind_hint"]), "{named:?}");
    assert!(explanation.spans.is_empty());
    assert_eq!(explanation.score.label, Label::Negative);
}

#[test]
fn a_record_gets_the_strongest_spans_of_its_text() {
    let text = "Wat een waardeloze service, ik wacht al weken";
    let post = Post {
        title: Some("Drama"),
        ..Post::new(text)
    };
    assert!(scorer().explain(&post).into_score(0).spans.is_empty());
    let score = scorer().explain(&post).into_score(2);
    assert_eq!(score.spans.len(), 2);
    assert!(score.spans[0].weight.abs() >= score.spans[1].weight.abs());
    let first = score.spans[0];
    let piece: String = text
        .chars()
        .skip(first.start as usize)
        .take((first.end - first.start) as usize)
        .collect();
    assert_eq!(piece, "waardeloze");
    assert!(first.weight > 0.0);
}

#[test]
fn weights_that_are_no_numbers_are_none() {
    let weights = Weights::of_logits([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(weights.negative, 0);
    assert!(weights.neutral > 0 && weights.positive < 0);
    let p = Probabilities::from_weights(0.0, 0.0, 0.0);
    assert_eq!(p.label(), Label::Neutral);
}
