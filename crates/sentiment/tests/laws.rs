//! What holds of every text and every file.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use mention::{Kind, Label, Platform, Role};
use proptest::prelude::*;
use sentiment::{Family, Model, ModelError, ModelParts, Post, Scorer};

const FILE: &[u8] = include_bytes!("../model/ophef-linear.bin");

/// Read once: every case gets a scorer of its own.
static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::embedded().unwrap()));

fn scorer() -> Scorer {
    Scorer::new(Arc::clone(&MODEL))
}

/// Texts that trip tokenisers: marks, joiners, half words, all scripts.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        "[a-zA-Z]{1,60}",
        "[#@:;=x'’!?.…<3^_0-9D()-]{1,12}",
        Just("https://".to_owned()),
        Just("👩‍👩‍👧🏽❤️🇳🇱".to_owned()),
        Just("\u{202e}\u{0}\u{feff}\u{301}\u{301}".to_owned()),
        Just("İIıßﬀ".to_owned()),
        Just(" niet geen n't maar ".to_owned()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_has_a_score(text in hostile(), lang in prop::option::of("[a-z]{0,3}-?"), rating in prop::option::of(1.0_f64..=5.0)) {
        let post = Post { lang: lang.as_deref(), rating, title: Some(&text), ..Post::new(&text) };
        let score = scorer().score(&post);
        let p = score.probabilities;
        prop_assert!((p.negative + p.neutral + p.positive - 1.0).abs() < 1e-9, "{p:?}");
        prop_assert_eq!(score.label, p.label());
        prop_assert!((0.0..=1.0).contains(&score.confidence));
        prop_assert!(score.aspects.iter().all(|a| (0.0..=1.0).contains(&a.confidence)));
    }

    #[test]
    fn a_scorer_remembers_nothing(first in hostile(), second in hostile()) {
        let mut used = scorer();
        used.score(&Post::new(&first));
        prop_assert_eq!(used.score(&Post::new(&second)), scorer().score(&Post::new(&second)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_byte_is_noticed(at in 0..FILE.len(), bits in 1_u8..=255) {
        let mut file = FILE.to_vec();
        file[at] ^= bits;
        prop_assert!(Model::from_bytes(&file).is_err());
    }

    #[test]
    fn half_a_file_is_refused(length in 0..FILE.len()) {
        prop_assert!(Model::from_bytes(&FILE[..length]).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Model::from_bytes(&bytes).is_err());
    }
}

#[test]
fn errors_name_what_is_wrong() {
    let refused = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err();
    assert_eq!(refused(b""), ModelError::Foreign);
    assert_eq!(refused(b"PK\x03\x04 a zip file"), ModelError::Foreign);
    assert!(matches!(
        refused(&FILE[..1_000]),
        ModelError::Truncated { found: 1_000, .. }
    ));
    let mut newer = FILE.to_vec();
    newer[8] = 9;
    assert_eq!(refused(&newer), ModelError::TooNew { found: 9 });
    let mut older = FILE.to_vec();
    older[8] = 1;
    assert_eq!(refused(&older), ModelError::TooOld { found: 1 });
    assert!(
        ModelError::TooOld { found: 1 }
            .to_string()
            .contains("train it anew")
    );
    let mut longer = FILE.to_vec();
    longer.push(0);
    assert!(matches!(refused(&longer), ModelError::Damaged(_)));
}

#[test]
fn writing_and_reading_are_inverse() {
    let parts = ModelParts::from_bytes(FILE).unwrap();
    assert_eq!(parts.to_bytes(), FILE);
    assert!(FILE.len() <= 4_000_000, "{} bytes", FILE.len());
}

/// A file with a right checksum can still be made wrong.
#[test]
fn a_well_wrapped_wrong_body_is_refused() {
    let mut parts = ModelParts::from_bytes(FILE).unwrap();
    parts.languages[0].bias[1] = f32::NAN;
    assert!(Model::from_bytes(&parts.to_bytes()).is_err());
    let mut parts = ModelParts::from_bytes(FILE).unwrap();
    parts.languages[1].lexicon.reverse();
    assert!(Model::from_bytes(&parts.to_bytes()).is_err());
    let mut parts = ModelParts::from_bytes(FILE).unwrap();
    parts.languages[0].lexicon[0].valences[2] = -128;
    assert!(Model::from_bytes(&parts.to_bytes()).is_err());
    let mut parts = ModelParts::from_bytes(FILE).unwrap();
    parts.topics[1].rows.pop();
    assert!(Model::from_bytes(&parts.to_bytes()).is_err());
    let mut parts = ModelParts::from_bytes(FILE).unwrap();
    parts.languages[0].rates[0].positives[1] = 0;
    assert!(Model::from_bytes(&parts.to_bytes()).is_err());
}

#[test]
fn the_model_knows_its_error_rates() {
    let model = Model::embedded().unwrap();
    for lang in ["nl", "en"] {
        let rates = model.rates(lang).unwrap();
        assert!(rates.tpr > rates.fpr + 0.3, "{lang}: {rates:?}");
        assert!(
            rates.positives > 1_000 && rates.negatives > 1_000,
            "{lang}: {rates:?}"
        );
        assert!(model.source_rates(lang).len() >= 2);
    }
    assert!(model.rates_of("nl", Family::Reviews).is_some());
    assert_eq!(model.rates("fr"), None);
}

/// 64 KiB of anything take time in proportion: the limit is some fifty times what
/// a quiet machine needs, a quadratic step would need minutes.
#[test]
fn long_hostile_texts_take_bounded_time() {
    let fill = |piece: &str| piece.repeat(65_536 / piece.len());
    let mut scorer = scorer();
    for piece in [
        "a",
        "ab ",
        "!",
        "?!",
        "#",
        "#Aa",
        "@a",
        ":'(",
        "😡",
        "é",
        "n't ",
        "x",
        "http",
        "https://a ",
        "\u{301}",
        "漢",
        "'",
        "a'",
        "_",
        "#_a",
        "0",
        "..",
        "xD",
        "niet ",
    ] {
        let text = fill(piece);
        let begin = Instant::now();
        scorer.score(&Post::new(&text));
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{piece:?}: {:?}",
            begin.elapsed()
        );
    }
}

#[test]
fn stars_and_hints_are_respected() {
    let mut scorer = scorer();
    let mut label = |rating: f64| {
        let post = Post {
            rating: Some(rating),
            ..Post::new("gisteren binnengekomen")
        };
        let score = scorer.score(&post);
        assert_eq!(score.kind, Kind::Review);
        score.label
    };
    assert_eq!(label(1.0), Label::Negative);
    assert_eq!(label(2.0), Label::Negative);
    assert_eq!(label(3.0), Label::Neutral);
    assert_eq!(label(4.0), Label::Positive);
    assert_eq!(label(5.0), Label::Positive);
    let hinted = Post {
        kind_hint: Some("Question"),
        ..Post::new("Schandalig, weer te laat")
    };
    assert_eq!(scorer.score(&hinted).kind, Kind::Question);
    let brand = Post {
        role: Some(Role::Brand),
        platform: Platform::X,
        ..Post::new("Wat vervelend!")
    };
    assert_eq!(scorer.score(&brand).kind, Kind::Webcare);
}

#[test]
fn empty_and_wordless_posts_abstain_unless_emoji_speak() {
    let mut scorer = scorer();
    for text in ["", " ", "...", "https://example.org/a", "@zonnewinkel"] {
        let score = scorer.score(&Post::new(text));
        assert!(score.abstained.is_some(), "{text:?} {score:?}");
        assert!(!score.is_negative());
    }
    assert!(scorer.score(&Post::new("😡😡😡")).is_negative());
    assert_eq!(scorer.score(&Post::new("❤️😍")).label, Label::Positive);
}
