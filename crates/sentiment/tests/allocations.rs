//! Scoring allocates nothing once its buffers are warm.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::hint::black_box;
use std::sync::Arc;

use allocation_counter::measure;
use mention::{Kind, Label, Platform, Role, Score};
use sentiment::{Model, Post, Scorer};

/// Dutch, English, mixed, foreign and empty texts; the first names many aspects.
const TEXTS: &[&str] = &[
    "Bezorging te laat, prijs te hoog, kwaliteit slecht, klantenservice onbereikbaar, retour \
     lukt niet, betalen met de app mislukt, alles uitverkocht en de winkel is dicht",
    "Al drie weken wacht ik op mijn pakket, en niemand neemt op 😡 #NooitMeer",
    "Topservice, vandaag besteld en morgen al in huis!",
    "Hoe laat gaat de winkel in Utrecht open?",
    "Late delivery, bad quality, no refund, rude service, the app crashes and the price is a joke",
    "Does anyone know if the store opens on Sunday? https://example.org/h",
    "Love it, thank you @someone :-)",
    "De levering was echt bad, maar the support team was heel friendly",
    "Ich warte seit drei Wochen auf mein Paket und niemand antwortet",
    "",
    "😡😡😡",
    "ok",
];

/// The texts as plain posts, and with everything a mention can tell beside its text.
fn posts() -> impl Iterator<Item = Post<'static>> {
    let plain = TEXTS.iter().map(|text| Post::new(text));
    let told = TEXTS.iter().map(|text| Post {
        title: Some("Nooit meer"),
        lang: Some("nl-BE"),
        platform: Platform::Reviews,
        kind_hint: Some("question"),
        rating: Some(1.5),
        role: Some(Role::Customer),
        ..Post::new(text)
    });
    plain.chain(told)
}

#[test]
fn a_warm_scorer_allocates_nothing() {
    assert!(
        measure(|| drop(black_box(Box::new(7)))).count_total > 0,
        "nothing is counted"
    );
    let mut scorer = Scorer::new(Arc::new(Model::embedded().unwrap()));
    let scores: Vec<Score<'static>> = posts().map(|post| scorer.score(&post)).collect();
    // The texts reach every part of scoring that might allocate.
    assert!(scores.iter().any(|score| score.aspects.len() >= 2));
    for lang in ["nl", "en", "de", "und"] {
        assert!(scores.iter().any(|score| score.lang.as_str() == lang));
    }
    assert!(
        Label::ALL
            .iter()
            .all(|label| scores.iter().any(|s| s.label == *label))
    );
    assert!(scores.iter().any(|score| score.kind == Kind::Question));
    assert!(scores.iter().any(|score| score.abstained.is_some()));

    for post in posts() {
        let allocated = measure(|| drop(black_box(scorer.score(&post))));
        assert_eq!(allocated.count_total, 0, "{:?} allocates", post.text);
    }
}
